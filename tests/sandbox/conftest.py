"""The API of the shared sandbox, as each of its three ready users sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sandbox.publishing import Api
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
