"""Small shared files: the lock keeps out other processes, also those that take it with the filelock package."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from rsconnect_jupyter import storage
from rsconnect_jupyter.storage import lock_path, locked


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(storage, "LOCK_SECONDS", 0.05)
    return tmp_path / "shared.json"


def test_who_has_the_lock_keeps_others_out(path: Path) -> None:
    with locked(path):
        with pytest.raises(TimeoutError, match="held by another process"), locked(path):
            pass
        with pytest.raises(Timeout):
            FileLock(str(lock_path(path)), timeout=0).acquire()
    with locked(path):
        pass


def test_earlier_versions_of_this_package_keep_us_out(path: Path) -> None:
    with FileLock(str(lock_path(path))), pytest.raises(TimeoutError), locked(path):
        pass


def test_a_process_that_died_leaves_no_lock(path: Path) -> None:
    code = "import os, sys; from pathlib import Path; from rsconnect_jupyter.storage import locked\n"
    dying = f"{code}with locked(Path(sys.argv[1])): os._exit(7)"
    assert subprocess.run([sys.executable, "-c", dying, str(path)], check=False).returncode == 7
    with locked(path):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="permission bits")
@pytest.mark.parametrize(("shared", "mode"), [(False, 0o600), (True, 0o666)])
def test_a_shared_lock_can_be_taken_by_other_users(path: Path, shared: bool, mode: int) -> None:
    with locked(path, shared=shared):
        assert stat.S_IMODE(lock_path(path).stat().st_mode) == mode
