"""What every test stands on: a home of its own, sockets to loopback only, a running sandbox for who asks."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from serving import Sandbox, running_sandbox

from rsconnect_jupyter.worker_process import WorkerProcess

_HOME = Path(tempfile.mkdtemp(prefix="home-"))
_FOLDERS = {
    "HOME": "",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "share",
    "JUPYTER_CONFIG_DIR": "jupyter-config",
    "JUPYTER_DATA_DIR": "jupyter-data",
    "JUPYTER_RUNTIME_DIR": "jupyter-runtime",
    "JUPYTERLAB_SETTINGS_DIR": "lab-settings",
    "JUPYTERLAB_WORKSPACES_DIR": "lab-workspaces",
    "IPYTHONDIR": "ipython",
    "MPLCONFIGDIR": "matplotlib",
}
for _name, _folder in _FOLDERS.items():
    (_HOME / _folder).mkdir(exist_ok=True)
    os.environ[_name] = str(_HOME / _folder)
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
for _name in [each for each in os.environ if each.startswith("CONNECT_")]:
    del os.environ[_name]
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each process of a test would compile this package anew

settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")  # what is made up is the same in each run: a failure is a change of ours


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test an id of its own, and begin with the files that hold slow tests.

    xdist runs only one test of an id; in pytest 9.2 schemathesis's tests of all routes of a schema have the same one.
    """
    for item in items:
        label = getattr(item, "operation_label", "")
        if label and label not in item.nodeid:
            item._id = item.id.with_params(label)
    ids = Counter(item.nodeid for item in items)
    assert ids.total() == len(ids), f"tests with the same id: {[each for each, count in ids.items() if count > 1]}"
    slow = {each.path for each in items if each.get_closest_marker("slow") or each.get_closest_marker("peer")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that passed only at their second try, and note them in the file ``FLAKY`` for the end of all."""
    if terminalreporter.config.getoption("lf", False):  # without its cache pytest has no such option
        lines = [f"flaky: {report.nodeid}" for report in terminalreporter.stats.get("passed", [])]
        for line in lines:
            terminalreporter.write_line(line)
        if noted := os.environ.get("FLAKY"):
            with Path(noted).open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)


def measurement() -> Any:
    """Return what measures which lines of the package run; None where nothing does."""
    measured = sys.modules.get("coverage")
    return None if measured is None else measured.Coverage.current()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure no test, nor what it starts, that must not see it or that runs the same lines hundreds of times."""
    running = measurement()
    if running is None or not any(map(item.get_closest_marker, ("unmeasured", "hypothesis"))):
        return (yield)
    with pytest.MonkeyPatch.context() as children:
        children.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        running.stop()
        try:
            return (yield)
        finally:
            running.start()


def pytest_unconfigure() -> None:
    """Save what was measured so far, and leave no home behind: xdist ends its workers before `atexit` functions run."""
    shutil.rmtree(_HOME, ignore_errors=True)
    if (running := measurement()) is not None:
        running.save()


@pytest.fixture(scope="session", autouse=True)
def _workers_save_what_was_measured() -> Iterator[None]:
    """While coverage is measured, end workers by the end of their orders: what is killed saves nothing."""
    if measurement() is None:
        yield
        return
    kill = WorkerProcess.end

    def end(self: WorkerProcess) -> None:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self._orders.close()
            self._child.wait(5)
        kill(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorkerProcess, "end", end)
        yield


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections that leave this machine: a test that needs the network is no test of ours."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise OSError(f"tests connect to loopback only, not to {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for the whole run; tests make content of their own in it."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running
