"""Locks between processes, where the disk has locks and where it refuses them."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from rsconnect_jupyter import file_locks
from rsconnect_jupyter.file_locks import is_silent, take_lock
from rsconnect_jupyter.jobs.manager import Jobs
from rsconnect_jupyter.models import Deployment, Event
from rsconnect_jupyter.storage import locked, write_json
from rsconnect_jupyter.temporary_files import temporary_folder

REFUSALS = {"locks": 0, "ENOLCK": errno.ENOLCK, "ENOSYS": errno.ENOSYS, "ENOTSUP": errno.ENOTSUP}
HOLDER = """
import errno, fcntl, sys, time
from pathlib import Path
from rsconnect_jupyter import file_locks
from rsconnect_jupyter.file_locks import take_lock
def refuse(*_arguments): raise OSError(int(sys.argv[2]), "no locks")
if int(sys.argv[2]): fcntl.flock = fcntl.lockf = refuse
lock = take_lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=list(REFUSALS.values()), ids=list(REFUSALS))
def refusal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """What the disk answers to who wants a lock; 0 on one that has locks."""

    def refuse(*_arguments: Any) -> None:
        raise OSError(request.param, "no locks")

    monkeypatch.setattr(file_locks, "_KNOWN", {})
    if request.param:
        monkeypatch.setattr(fcntl, "flock", refuse)
    return int(request.param)


def test_one_holder_at_a_time(refusal: int, tmp_path: Path) -> None:
    lock = take_lock(tmp_path / "lock")
    with pytest.raises(TimeoutError):
        take_lock(tmp_path / "lock")
    lock.release()
    take_lock(tmp_path / "lock").release()


def test_a_killed_holder_holds_nothing(refusal: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "lock"), str(refusal)]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(TimeoutError):
        take_lock(tmp_path / "lock")
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    take_lock(tmp_path / "lock", seconds=30).release()


def test_a_holder_without_a_sign_of_life_is_dead_where_a_disk_has_no_locks(refusal: int, tmp_path: Path) -> None:
    """Its machine has another name, or its number was given to another process since."""
    lock = take_lock(tmp_path / "lock")
    os.utime(lock.lock_file, (1, 1))
    if not refusal:
        with pytest.raises(TimeoutError):
            take_lock(tmp_path / "lock")
        return
    again = take_lock(tmp_path / "lock")
    assert not is_silent(tmp_path / "lock")
    with pytest.raises(TimeoutError):
        take_lock(tmp_path / "lock")
    again.release()
    assert [each.name for each in tmp_path.iterdir()] == []


def test_a_holder_gives_signs_of_life(refusal: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_locks, "TOUCHED_EVERY", 0.01)
    monkeypatch.setattr(file_locks, "_HELD", file_locks._Held())
    lock = take_lock(tmp_path / "lock")
    for _ in range(2):
        os.utime(lock.lock_file, (1, 1))
        deadline = time.monotonic() + 30
        while is_silent(tmp_path / "lock"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    lock.release()


def test_what_stands_on_locks_works(refusal: int, tmp_path: Path) -> None:
    def steps() -> Generator[Event, None, Deployment]:
        yield Event(seq=0, time="", step="inspect", status="start", message="Reading.")
        return Deployment(
            server="a", guid="g", title="T", mode="static", bundle_id="1", task_id="", created=True,
            url="", dashboard_url="", logs_url="",
        )  # fmt: skip

    jobs = Jobs(tmp_path / "jobs")
    job = jobs.start(lambda _should_stop: steps(), path="a.ipynb", server="a")
    assert jobs.join(job.id, 30).state == "done"
    with locked(tmp_path / "a.json"):
        write_json(tmp_path / "a.json", {})
    with temporary_folder() as folder:
        assert folder.is_dir()


def test_a_lock_that_was_taken_while_it_was_broken_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lock").write_text("silent")
    rename = Path.rename

    def taken_meanwhile(path: Path, target: Path) -> Path:
        monkeypatch.undo()
        os.utime(path, ns=(1, 1))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", taken_meanwhile)
    file_locks.break_lock(tmp_path / "lock")
    assert [each.name for each in tmp_path.iterdir()] == ["lock"]


def test_windows_has_locks_on_every_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_locks, "_KNOWN", {tmp_path.stat().st_dev: False})
    assert not file_locks._has_locks(tmp_path)
    monkeypatch.setattr(sys, "platform", "win32")
    assert file_locks._has_locks(tmp_path)
