"""Nothing that was started outlives the supervisor: neither when the command ends nor when its parent does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from rsconnect_jupyter.runner import process_supervisor

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux only")


def supervised(*code: str) -> subprocess.Popen[str]:
    """Run Python code under a supervisor."""
    command = [sys.executable, process_supervisor.__file__, sys.executable, "-c", "\n".join(code)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("code", "status"),
    [("print('said')", 0), ("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)],
    ids=["it ends", "it fails", "it is killed"],
)
def test_its_exit_code_is_the_commands(code: str, status: int) -> None:
    with supervised(code) as process:
        assert process.stdout is not None
        out = process.stdout.read()
        process.wait()
    assert (process.returncode, out) == (status, "said\n" if status == 0 else "")


STARTS_ONE = (
    "import os, subprocess, sys",
    "child = subprocess.Popen(['sleep', '1000'], start_new_session=True)",
    "print(child.pid, flush=True)",
)


def is_running(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_what_the_command_leaves_behind_is_killed() -> None:
    with supervised(*STARTS_ONE) as process:
        assert process.stdout is not None
        out = process.stdout.readline()
        assert process.wait() == 0
    assert not is_running(int(out))


def test_the_end_of_its_standard_input_kills_all() -> None:
    with supervised(*STARTS_ONE, "child.wait()") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        left = int(process.stdout.readline())
        process.stdin.close()
        assert process.wait() == 137
    assert not is_running(left)


@pytest.mark.skipif(shutil.which("ps") is None, reason="no ps")
def test_without_proc_processes_are_found_by_ps(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen(["sleep", "1000"]) as child:
        try:
            assert child.pid in process_supervisor._descendants(os.getpid())
            with monkeypatch.context() as patch:
                patch.setattr(Path, "exists", lambda _path: False)
                assert child.pid in process_supervisor._descendants(os.getpid())
        finally:
            child.kill()
