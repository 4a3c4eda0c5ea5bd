"""Start the demo: a sandbox, and a JupyterLab in which it is the server `sandbox`, until Ctrl-C.

Environment: `DEMO_PORT` and `SANDBOX_PORT` (8888 and 3939; the next free port is taken when one is in use),
`DEMO_DIR` (Jupyter's root, where the examples are copied; what is there already is kept), `BROWSER=none` (open none).
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import TextIO

PROJECT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_LIMIT = 120.0
SANDBOX_READY = "Sandbox ready at "


def main() -> int:
    """Run the demo and return its exit code."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _stop)
    root = Path(os.environ.get("DEMO_DIR") or PROJECT / ".demo" / "notebooks").resolve()
    state = root.parent / f"{root.name}.state"
    _copy_examples(root)
    environment = _environment(state)
    children: list[subprocess.Popen[str]] = []
    try:
        sandbox, ready = _start_sandbox(state / "sandbox", environment)
        children.append(sandbox)
        url, key = ready.removeprefix(SANDBOX_READY).rstrip(")").split(" (API key: ")
        _remember_sandbox(url, key, environment)
        lab, address = _start_lab(root, state, environment)
        children.append(lab)
        _say(f"JupyterLab ready at {address}")
        _say(ready)
        _say("Press Ctrl-C to stop both.")
        if os.environ.get("BROWSER") != "none":
            webbrowser.open(address)
        return _wait(children)
    except KeyboardInterrupt:
        return 0
    except DemoError as error:
        _say(str(error))
        return 1
    finally:
        _end(children)


class DemoError(Exception):
    """The demo could not start."""


def _copy_examples(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)
    for example in sorted((PROJECT / "examples").iterdir()):
        if example.is_file() and not (root / example.name).exists():
            shutil.copy(example, root)


def _environment(state: Path) -> dict[str, str]:
    """Return an environment in which nothing of the user's own Jupyter is read or changed."""
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    for folder in folders.values():
        (state / folder).mkdir(parents=True, exist_ok=True)
    state.chmod(0o700)
    no_news = state / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    no_news.parent.mkdir(parents=True, exist_ok=True)
    no_news.write_text(json.dumps({"fetchNews": "false"}))
    ours = {name: str(state / folder) for name, folder in folders.items()}
    # The demo's key stays in the demo's folder instead of the user's keyring.
    ours["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    ours["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CONNECT_", "JUPYTER"))}
    return {**kept, **ours}


def _start_sandbox(data: Path, environment: Mapping[str, str]) -> tuple[subprocess.Popen[str], str]:
    port = _free_port("SANDBOX_PORT", 3939)
    command = [sys.executable, "-m", "rsconnect_jupyter.sandbox", "--port", str(port), "--data", str(data)]
    process = subprocess.Popen(
        [*command, "--default-access", "all"],
        env=dict(environment),
        stdout=subprocess.PIPE,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(SANDBOX_READY):
            threading.Thread(target=_forward, args=(process.stdout,), daemon=True).start()
            return process, line.strip()
    raise DemoError("The sandbox did not start; its output is above.")


def _forward(stream: TextIO) -> None:
    for line in stream:
        _say(line.rstrip("\n"))


def _remember_sandbox(url: str, key: str, environment: Mapping[str, str]) -> None:
    """Make the sandbox known as `sandbox`, in the store that panel, widget and command line share."""
    code = (
        "import sys\n"
        "from rsconnect_jupyter.models import Secret\n"
        "from rsconnect_jupyter.servers.store import ServerStore\n"
        "url, key = sys.stdin.read().split()\n"
        "store = ServerStore()\n"
        "known = any(server.name == 'sandbox' for server in store.servers())\n"
        "if known:\n"
        "    store.update('sandbox', url=url, api_key=Secret(key), user='admin')\n"
        "else:\n"
        "    store.add(name='sandbox', url=url, api_key=Secret(key), user='admin', default=True, origin='sandbox')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=f"{url} {key}", text=True, env=dict(environment), check=False
    )
    if done.returncode:
        raise DemoError("The sandbox could not be added to the servers; the error is above.")


def _start_lab(root: Path, state: Path, environment: Mapping[str, str]) -> tuple[subprocess.Popen[str], str]:
    port = _free_port("DEMO_PORT", 8888)
    token = secrets.token_hex(16)
    options = [
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={root}",
        "--ServerApp.open_browser=False",
        "--ServerApp.answer_yes=True",
        "--ServerApp.allow_root=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    log = (state / "jupyter.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options],
        env={**environment, "JUPYTER_TOKEN": token},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        text=True,
    )
    _await_lab(process, f"http://{HOST}:{port}/api/status?token={token}", state / "jupyter.log")
    return process, f"http://{HOST}:{port}/lab?token={token}"


def _await_lab(process: subprocess.Popen[str], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.2)
    raise DemoError(f"JupyterLab did not start. Its last output:\n{log.read_text()[-3000:]}")


def _free_port(variable: str, default: int) -> int:
    wanted = int(os.environ.get(variable) or default)
    for port in range(wanted, wanted + 100) if wanted else [0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            if port != wanted:
                _say(f"Port {wanted} is in use; using {probe.getsockname()[1]} (set {variable} to choose another).")
            return int(probe.getsockname()[1])
    raise DemoError(f"No free port from {wanted} to {wanted + 99}; set {variable} to another port.")


def _wait(children: list[subprocess.Popen[str]]) -> int:
    while all(child.poll() is None for child in children):
        time.sleep(0.3)
    _say("One of the two servers ended, so the demo stops.")
    return 1


def _end(children: list[subprocess.Popen[str]]) -> None:
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    for child in reversed(children):
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _stop(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
