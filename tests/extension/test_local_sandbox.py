"""Sandboxes that do not start, do not end, or cannot be kept as a server; scripts stand for the child process."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rsconnect_jupyter.errors import SandboxError, ServerStoreError
from rsconnect_jupyter.extension import local_sandbox
from rsconnect_jupyter.extension.local_sandbox import LocalSandbox
from rsconnect_jupyter.servers.store import ServerStore

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stand-ins are shell scripts")
READY = "echo 'Sandbox ready at http://127.0.0.1:9/ (API key: k)'; "
Start = Callable[[str], LocalSandbox]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Make a sandbox whose process is a shell script."""

    def make(script: str) -> LocalSandbox:
        program = tmp_path / "python"
        program.write_text(f"#!/bin/sh\nread key\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(local_sandbox.sys, "executable", str(program))  # type: ignore[attr-defined]
        return LocalSandbox(ServerStore(folder=tmp_path / "store"))

    return make


@pytest.mark.parametrize(
    ("script", "reason"),
    [("echo; echo 'no room left'; echo", "no room left"), ("exit 1", "it printed nothing")],
    ids=["a reason", "none"],
)
def test_one_that_does_not_start(made: Start, script: str, reason: str) -> None:
    with pytest.raises(SandboxError, match=reason):
        made(script).start()


def test_one_that_cannot_be_kept_is_ended(made: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = made(READY + "exec cat")

    def full(*_arguments: Any, **_named: Any) -> None:
        raise ServerStoreError("no room")

    monkeypatch.setattr(ServerStore, "add", full)
    with pytest.raises(ServerStoreError):
        sandbox.start()
    assert sandbox.url is None


def test_one_that_does_not_end_is_killed(made: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_sandbox, "STOP_SECONDS", 0.1)
    sandbox = made("trap '' TERM; " + READY + "while true; do sleep 0.1; done")
    assert sandbox.start().url == sandbox.url == "http://127.0.0.1:9"
    process = sandbox._process
    assert process is not None
    sandbox.close()
    assert process.poll() == -9


def test_another_port_is_taken_when_the_last_one_fails(made: Start) -> None:
    sandbox = made('case "$*" in *"--port 0"*) ' + READY + "exec cat;; *) echo 'port taken'; exit 1;; esac")
    sandbox.start()
    sandbox.close()
    assert sandbox.start().url == "http://127.0.0.1:9"  # its last port was 9, and the script refuses all but 0
    sandbox.close()


def test_a_port_that_somebody_has_is_not_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert local_sandbox._free_port(f"http://127.0.0.1:{port}") == 0
    assert local_sandbox._free_port(f"http://127.0.0.1:{port}") == port
