"""A real JupyterHub, its proxy from npm, and what its users' browsers and an administrator ask."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from filelock import FileLock
from peers import FOLDER, peer
from serving import jupyter_environment

from rsconnect_jupyter.runner.ports import free_port

PROXY = "configurable-http-proxy@5.3.0"
PROJECT = Path(__file__).parents[2]
START_LIMIT = 90


@dataclass(frozen=True)
class Hub:
    """A running hub: its address, and a token that may do everything."""

    url: str
    token: str
    folder: Path

    def ask(self, verb: str, path: str, body: Any = None) -> requests.Response:
        """Ask the hub's own API as its administrator."""
        headers = {"Authorization": f"token {self.token}"}
        return requests.request(verb, f"{self.url}/hub/api/{path}", json=body, headers=headers, timeout=60)

    def token_of(self, user: str) -> str:
        """Return a token of a user, who is made when there is none of that name."""
        self.ask("POST", f"users/{user}")
        return str(self.ask("POST", f"users/{user}/tokens").json()["token"])

    def start(self, user: str, name: str = "") -> UserServer:
        """Start a user's server, or one of a name of theirs, and return it when it answers."""
        token = self.token_of(user)
        (self.folder / "homes" / user).mkdir(parents=True, exist_ok=True)
        self.ask("POST", f"users/{user}/servers/{name}" if name else f"users/{user}/server")
        server = UserServer(self, user, name, token)
        deadline = time.monotonic() + START_LIMIT
        while not server.is_running():
            assert time.monotonic() < deadline, (self.folder / "hub.log").read_text()[-4000:]
            time.sleep(0.2)
        return server


@dataclass(frozen=True)
class UserServer:
    """One user's Jupyter on a hub."""

    hub: Hub
    user: str
    name: str
    token: str

    @property
    def home(self) -> Path:
        """The user's home folder."""
        return self.hub.folder / "homes" / self.user

    def is_running(self) -> bool:
        """Ask the hub; a stopped server is none of its servers."""
        known = self.hub.ask("GET", f"users/{self.user}").json().get("servers", {})
        return bool(known.get(self.name, {}).get("ready"))

    def ask(self, verb: str, route: str, body: Any = None, *, token: str | None = None, **query: Any) -> Any:
        """Ask one of our routes by way of the hub's proxy."""
        place = f"{self.user}/{self.name}" if self.name else self.user
        return requests.request(
            verb,
            f"{self.hub.url}/user/{place}/rsconnect-jupyter/{route}",
            json=body,
            params=query,
            headers={"Authorization": f"token {token or self.token}"},
            timeout=120,
        )

    def finish(self, job: str) -> dict[str, Any]:
        """Follow a job to its end and return it."""
        first = 0
        while True:
            read = self.ask("GET", f"publish/{job}", first=first, wait=20).json()
            first = read["last"]
            if read["finished"]:
                return dict(self.ask("GET", f"publish/{job}").json())


def proxy_program() -> Path:
    """Return the hub's proxy, installed from npm when it is not there yet."""
    if shutil.which("npm") is None:
        pytest.skip("needs npm")
    folder = FOLDER / "configurable-http-proxy"
    program = folder / "node_modules" / ".bin" / "configurable-http-proxy"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(FOLDER / "configurable-http-proxy.lock"):
        if not program.exists():
            command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", PROXY]
            home = {name: value for name, value in os.environ.items() if name != "HOME"}
            subprocess.run(command, check=True, env=home, capture_output=True, timeout=300)
    return program


@contextmanager
def running_hub(folder: Path) -> Iterator[Hub]:
    """Run a hub for the length of a ``with`` block. Its users' Jupyters have the packages of this environment."""
    try:
        programs, proxy = peer("jupyterhub==6.1.1", "jupyterhub-idle-culler==2.0.0"), proxy_program()
    except (AssertionError, subprocess.SubprocessError) as error:
        pytest.skip(f"JupyterHub or its proxy cannot be installed: {str(error)[-300:]}")
    port, token = free_port(), secrets.token_hex(16)
    packages = os.pathsep.join([str(PROJECT), sysconfig.get_paths()["purelib"]])
    environment = {
        **jupyter_environment(folder / "own"),
        "HUB_TEST_PORT": str(port),
        "HUB_TEST_PACKAGES": packages,
        "HUB_TEST_FOLDER": str(folder),
        "HUB_TEST_PROXY": str(proxy),
        "HUB_TEST_TOKEN": token,
    }
    command = [programs / "python", "-m", "jupyterhub", "-f", Path(__file__).with_name("hub_config.py")]
    with (folder / "hub.log").open("w") as log:
        process = subprocess.Popen(
            [str(each) for each in command], cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    hub = Hub(f"http://127.0.0.1:{port}/hubs/one", token, folder)
    try:
        _await(hub, process)
        yield hub
    finally:
        process.terminate()
        process.wait(timeout=60)


def _await(hub: Hub, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if hub.ask("GET", "users").ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    raise AssertionError("the hub did not start:\n" + (hub.folder / "hub.log").read_text()[-4000:])


if sys.platform == "win32":
    pytest.skip("JupyterHub needs Unix", allow_module_level=True)
