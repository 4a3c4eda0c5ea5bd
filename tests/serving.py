"""Start the real servers that tests talk to."""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from rsconnect_jupyter.runner.ports import free_port

READY = re.compile(r"^Sandbox ready at (?P<url>\S+) \(API key: (?P<key>\S+)\)$")
START_LIMIT = 120
FAULTY = Path(__file__).with_name("faulty_sandbox.py")


@dataclass
class Sandbox:
    """A running sandbox: its root URL, the administrator's API key, its data folder and its process."""

    url: str
    key: str
    data: Path
    process: subprocess.Popen[str]
    output: list[str] = field(default_factory=list)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def start_sandbox(data: Path, *options: str, key: str = "k" * 32, port: int = 0) -> Sandbox:
    """Start a sandbox on loopback and return it when it is ready; `port` 0 lets the system choose one.

    The option ``--allow-faults`` starts ``faulty_sandbox.py``, whose requests go wrong when a test says so.
    """
    program = [str(FAULTY)] if "--allow-faults" in options else ["-m", "rsconnect_jupyter.sandbox"]
    command = [sys.executable, *program, "--port", str(port), "--data", str(data), "--api-key", key]
    process = subprocess.Popen(
        [*command, *(each for each in options if each != "--allow-faults")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    watchdog = threading.Timer(START_LIMIT, process.kill)
    watchdog.start()
    output: list[str] = []
    for line in process.stdout:
        output.append(line)
        ready = READY.match(line.strip())
        if ready:
            watchdog.cancel()
            sandbox = Sandbox(ready["url"].rstrip("/"), ready["key"], data, process, output)
            threading.Thread(target=output.extend, args=(process.stdout,), daemon=True).start()
            return sandbox
    watchdog.cancel()
    raise AssertionError("the sandbox did not start:\n" + "".join(output))


@contextmanager
def running_sandbox(data: Path, *options: str, key: str = "k" * 32) -> Iterator[Sandbox]:
    """Run a sandbox for the length of a ``with`` block."""
    sandbox = start_sandbox(data, *options, key=key)
    try:
        yield sandbox
    finally:
        sandbox.stop()


@dataclass
class Jupyter:
    """A running Jupyter server that serves JupyterLab and Notebook 7: its root URL, token and root folder."""

    url: str
    token: str
    root: Path
    process: subprocess.Popen[str]
    log: Path

    def address(self, app: str, notebook: str) -> str:
        """Return the page of a notebook in ``lab`` or ``notebook``."""
        page = {"lab": "lab/tree", "notebook": "notebooks"}[app]
        return f"{self.url}/{page}/{quote(notebook)}?token={self.token}"

    def stop(self) -> int:
        """Ask it to end and return its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def start_jupyter(
    home: Path, root: Path, *options: str, base_url: str = "/", environment: Mapping[str, str] | None = None
) -> Jupyter:
    """Start a Jupyter server with a home of its own and return it when it answers."""
    port, token = free_port(), secrets.token_hex(16)
    log = home / "jupyter.log"
    command = [sys.executable, "-m", "jupyterlab", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                *command,
                "--ServerApp.port_retries=0",
                f"--ServerApp.root_dir={root}",
                f"--ServerApp.base_url={base_url}",
                "--ServerApp.open_browser=False",
                "--ServerApp.answer_yes=True",
                "--ServerApp.allow_root=True",
                *options,
            ],
            env={**jupyter_environment(home), "JUPYTER_TOKEN": token, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    jupyter = Jupyter(f"http://127.0.0.1:{port}{base_url.rstrip('/')}", token, root, process, log)
    _await(f"{jupyter.url}/api/status?token={token}", process, log)
    return jupyter


def jupyter_environment(home: Path) -> dict[str, str]:
    """Return an environment with every folder of Jupyter's under `home`, and no news toast over our own."""
    folders = {
        "HOME": "",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "MPLCONFIGDIR": "matplotlib",
    }
    for folder in folders.values():
        (home / folder).mkdir(parents=True, exist_ok=True)
    news = home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    news.parent.mkdir(parents=True, exist_ok=True)
    news.write_text(json.dumps({"fetchNews": "false"}))
    return {**os.environ, **{name: str(home / folder) for name, folder in folders.items()}}


def _await(address: str, process: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, http.client.HTTPException), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError("Jupyter did not start:\n" + log.read_text())
