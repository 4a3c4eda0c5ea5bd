"""The API of the shared sandbox, as each of its three ready users sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from peers import peer
from sandbox.peer_commands import RSCONNECT
from sandbox.publishing import Api, notebook
from serving import Sandbox, running_sandbox


@pytest.fixture
def admin(sandbox: Sandbox) -> Api:
    return Api(sandbox.url, sandbox.key)


@pytest.fixture
def publisher(sandbox: Sandbox) -> Api:
    return Api(sandbox.url, json.loads((sandbox.data / "keys.json").read_text())["publisher"])


@pytest.fixture
def viewer(sandbox: Sandbox) -> Api:
    return Api(sandbox.url, json.loads((sandbox.data / "keys.json").read_text())["viewer"])


@pytest.fixture
def stranger(sandbox: Sandbox) -> Api:
    return Api(sandbox.url, None)


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox below a prefix that goes wrong on demand."""
    options = ("--allow-faults", "--prefix", "/rsc")
    with running_sandbox(tmp_path_factory.mktemp("faulty"), *options) as running:
        yield running


@pytest.fixture(scope="session")
def current() -> Path:
    return peer(RSCONNECT, "nbconvert", "ipykernel")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "report.ipynb").write_bytes(notebook("print('from', 'rsconnect')").replace(b"my-project", b"python3"))
    (folder / "app.ipynb").write_bytes(notebook("print('an app')").replace(b"my-project", b"python3"))
    (folder / "requirements.txt").write_text("packaging\n")
    (folder / ".python-version").write_text("3\n")
    return folder
