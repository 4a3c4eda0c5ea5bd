"""From rsconnect-jupyter 1.8.1 to this version in one environment, and away again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import requests
from serving import Jupyter, Sandbox, start_jupyter

pytestmark = [pytest.mark.peer, pytest.mark.thorough, pytest.mark.timeout(600)]

PROJECT = Path(__file__).parents[2]
OLD = "rsconnect-jupyter==1.8.1"
STALE = {
    "etc/jupyter/jupyter_notebook_config.json": {"NotebookApp": {"nbserver_extensions": {"rsconnect_jupyter": True}}},
    "etc/jupyter/nbconfig/notebook.json": {"load_extensions": {"rsconnect_jupyter/index": True}},
}
"""What ``jupyter nbextension enable`` and ``jupyter serverextension enable`` of 1.x left in the environment."""


class Environment:
    """A new environment that sees the packages of this one, but neither this checkout nor its front end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = str(folder / "bin" / "python")
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        (packages,) = folder.glob("lib/python*/site-packages")
        (packages / "others.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")

    def run(self, *arguments: str) -> str:
        """Run Python in an empty folder and return what it said."""
        place = self.folder / "empty"
        place.mkdir(exist_ok=True)
        environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(self.folder / "config")}
        command = [self.python, *arguments]
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def install(self, what: str) -> None:
        """Install a package without its dependencies."""
        self.run("-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", what)

    def extensions(self) -> tuple[bool, str]:
        """Return whether the server extension is enabled, and the line about the front end."""
        server = self.run("-c", "from jupyter_server.extension.serverextension import main; main()", "list")
        front = self.run("-m", "jupyterlab.labextensions", "list")
        lines = [each.strip() for each in front.splitlines() if "rsconnect-jupyter" in each]
        return "rsconnect_jupyter" in server, lines[0] if lines else ""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(PROJECT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def ask(jupyter: Jupyter, route: str) -> Any:
    headers = {"Authorization": f"token {jupyter.token}"}
    answer = requests.get(f"{jupyter.url}/rsconnect-jupyter/{route}", headers=headers, timeout=120)
    return answer.json() if answer.ok else answer.status_code


def test_an_upgrade_takes_over_what_1_x_left_and_an_uninstall_leaves_nothing(
    wheel: Path, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = Environment(tmp_path / "environment")
    environment.install(OLD)
    for name, content in STALE.items():
        (environment.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (environment.folder / name).write_text(json.dumps(content))
    known = {"1": {"server": f"{sandbox.url}/", "serverName": "old", "apiKey": sandbox.key}}
    old_servers = tmp_path / "home" / "config" / "nbconfig" / "rsconnect_jupyter.json"
    old_servers.parent.mkdir(parents=True)
    old_servers.write_text(json.dumps(known))
    environment.install(str(wheel))
    enabled, front = environment.extensions()
    assert (enabled, "enabled" in front, "OK" in front) == (True, True, True), front

    monkeypatch.setattr(sys, "executable", environment.python)
    monkeypatch.chdir(environment.folder / "empty")
    (tmp_path / "root").mkdir()
    jupyter = start_jupyter(tmp_path / "home", tmp_path / "root")
    assert ask(jupyter, "version")["version"] == wheel.name.split("-")[1]
    assert [(each["name"], each["url"]) for each in ask(jupyter, "servers")["servers"]] == [("old", sandbox.url)]
    jupyter.stop()
    said = jupyter.log.read_text()
    assert "Traceback" not in said
    assert said.count("rsconnect_jupyter | extension was successfully loaded") == 1

    for verb, word in (("disable", "disabled"), ("enable", "enabled"), ("lock", "locked"), ("unlock", "enabled")):
        environment.run("-m", "jupyterlab.labextensions", verb, "rsconnect-jupyter")
        assert word in environment.extensions()[1], verb

    environment.run("-m", "pip", "uninstall", "--quiet", "--yes", "rsconnect-jupyter")
    assert environment.extensions() == (False, "")
    left = [each for each in environment.folder.rglob("*rsconnect*") if "nbextensions" not in each.parts]
    assert left == []
    without = start_jupyter(tmp_path / "home", tmp_path / "root")
    assert ask(without, "version") == 404
    without.stop()
