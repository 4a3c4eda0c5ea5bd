"""Homes and disks as people have them: without locks, read-only, full, without a folder for temporary files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from authoring import write_notebook
from serving import Jupyter, Sandbox, jupyter_environment
from starting import start_server

pytestmark = pytest.mark.timeout(600)

NO_LOCKS = """
import errno, fcntl
def refuse(*arguments): raise OSError(errno.{name}, "no locks here")
fcntl.flock = fcntl.lockf = refuse
"""
NO_TEMPORARY_FOLDER = """
import tempfile
tempfile._candidate_tempdir_list = lambda: ["/nowhere"]
"""


@dataclass(frozen=True)
class Person:
    """Somebody's Jupyter, with one notebook in it."""

    jupyter: Jupyter

    def ask(self, verb: str, route: str, body: Any = None, **query: Any) -> Any:
        """Ask one of our routes and return its JSON."""
        headers = {"Authorization": f"token {self.jupyter.token}"}
        address = f"{self.jupyter.url}/rsconnect-jupyter/{route}"
        return requests.request(verb, address, json=body, params=query, headers=headers, timeout=120).json()

    def errors(self) -> list[dict[str, Any]]:
        """Return what the panel names as errors."""
        seen = self.ask("POST", "inspect", {"path": "a.ipynb", "mode": "html"})
        return [each for each in seen["findings"] if each["severity"] == "error"]

    def publish(self) -> dict[str, Any]:
        """Publish the notebook and a file beside it, and return the job at its end."""
        job = self.ask("POST", "publish", {"path": "a.ipynb", "mode": "html", "files": ["noise.bin"]})
        assert "id" in job, job
        first = 0
        while True:
            read: dict[str, Any] = self.ask("GET", f"publish/{job['id']}", first=first, wait=20)
            first = read["last"]
            if read["finished"]:
                return read


@pytest.fixture
def start(tmp_path: Path, sandbox: Sandbox) -> Iterator[Callable[..., Person]]:
    """Start a Jupyter in a home; Python code that it runs first, and more of its environment, may be given."""
    started: list[Jupyter] = []

    def begin(code: str = "", **environment: str) -> Person:
        root = tmp_path / "root"
        write_notebook(root / "a.ipynb", "# Some title", "1")
        (root / "noise.bin").write_bytes(os.urandom(300_000))
        (tmp_path / "first").mkdir()
        (tmp_path / "first" / "sitecustomize.py").write_text(code)
        server = {"CONNECT_SERVER": sandbox.url, "CONNECT_API_KEY": sandbox.key}
        own = {"PYTHONPATH": str(tmp_path / "first"), "JUPYTER_DATA_DIR": str(tmp_path / "home" / "data")}
        for name in ("home", "temporary"):  # what it takes for left over is of no other Jupyter
            (tmp_path / name).mkdir()
        own["TMPDIR"] = str(tmp_path / "temporary")
        started.append(start_server(tmp_path / "home", root, environment={**server, **own, **environment}))
        return Person(started[-1])

    yield begin
    for each in started:
        each.stop()


@contextmanager
def disk(folder: Path, *options: str) -> Iterator[Path]:
    """Mount a small disk; only an administrator may."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"may not mount: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Write a file that takes all that is left of a disk."""
    with (folder / "filler").open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(4096))
        except OSError:
            return folder / "filler"


@pytest.mark.parametrize("name", ["ENOLCK", pytest.param("ENOSYS", marks=pytest.mark.thorough)])
def test_a_home_without_locks(name: str, start: Callable[..., Person]) -> None:
    person = start(NO_LOCKS.format(name=name))
    assert person.errors() == []
    first, second = person.publish(), person.publish()
    assert (first["state"], second["state"]) == ("done", "done")
    assert first["result"]["guid"] == second["result"]["guid"]


def test_a_read_only_home(start: Callable[..., Person], tmp_path: Path, sandbox: Sandbox) -> None:
    with disk(tmp_path / "locked", "ro"):
        person = start(JUPYTER_DATA_DIR=str(tmp_path / "locked"))
        (error,) = person.errors()
        assert error["code"] == "data-folder-unwritable"
        assert "Read-only file system" in error["message"]
        command = [sys.executable, "-m", "rsconnect_jupyter", str(tmp_path / "root" / "a.ipynb"), "--as", "html"]
        environment = {**jupyter_environment(tmp_path / "home"), "JUPYTER_DATA_DIR": str(tmp_path / "locked")}
        server = {"CONNECT_SERVER": sandbox.url, "CONNECT_API_KEY": sandbox.key}
        done = subprocess.run(command, env={**environment, **server}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.thorough
def test_a_full_disk(start: Callable[..., Person], tmp_path: Path) -> None:
    with disk(tmp_path / "small", "size=512k") as folder:
        person = start(JUPYTER_DATA_DIR=str(folder))
        first = person.publish()
        assert first["state"] == "done", first["error"]
        filler = fill(folder)
        (error,) = person.errors()
        assert "is full" in error["message"]
        refused = person.ask("POST", "publish", {"path": "a.ipynb", "mode": "html"})
        assert (refused["code"], str(folder) in refused["message"]) == ("job-failed", True)
        filler.unlink()
        assert person.errors() == []
        assert person.publish()["result"]["guid"] == first["result"]["guid"]


@pytest.mark.thorough
def test_a_full_folder_for_temporary_files(start: Callable[..., Person], tmp_path: Path, sandbox: Sandbox) -> None:
    with disk(tmp_path / "tmp", "size=256k") as folder:
        person = start(TMPDIR=str(folder))
        failed = person.publish()
        assert (failed["state"], failed["error"]["code"]) == ("failed", "bundle-not-written")
        assert f"in {folder}" in failed["error"]["message"]
        assert "TMPDIR" in failed["error"]["hint"]
        assert person.ask("POST", "inspect", {"path": "a.ipynb"})["publications"] == []
        assert list(folder.glob("rsconnect-jupyter-*/*")) == []
        subprocess.run(["mount", "-o", "remount,size=8m", str(folder)], check=True)
        assert person.publish()["state"] == "done"


@pytest.mark.thorough
def test_no_folder_for_temporary_files(start: Callable[..., Person], tmp_path: Path) -> None:
    person = start(NO_TEMPORARY_FOLDER)
    failed = person.publish()
    assert (failed["state"], failed["error"]["code"]) == ("failed", "no-temporary-folder")
    assert "TMPDIR" in failed["error"]["hint"]
