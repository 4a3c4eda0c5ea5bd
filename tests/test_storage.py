"""Small shared files: the lock keeps others out, ends with its holder, and can be shared."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rsconnect_jupyter import storage
from rsconnect_jupyter.storage import lock_path, locked, read_json, write_json


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(storage, "LOCK_SECONDS", 0.05)
    return tmp_path / "shared.json"


def test_who_has_the_lock_keeps_others_out(path: Path) -> None:
    with locked(path):
        with pytest.raises(TimeoutError), locked(path):
            pass
    with locked(path):
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


def test_what_killed_writers_left_is_removed_by_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    (tmp_path / ".history.json.1a2b3c4d.new").write_text("{")
    (tmp_path / ".other.json.1a2b3c4d.new").write_text("{")
    with locked(path):
        write_json(path, {})
    assert sorted(each.name for each in tmp_path.iterdir() if each.suffix == ".new") == [".other.json.1a2b3c4d.new"]


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_json(tmp_path / "a.json", 1)

    def full(_file: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_json(tmp_path / "a.json", 2)
    assert (read_json(tmp_path / "a.json"), [each.name for each in tmp_path.iterdir()]) == (1, ["a.json"])


def test_what_is_nested_too_deeply_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[" * 100_000 + "]" * 100_000)
    with pytest.raises(ValueError, match="deep"):
        read_json(tmp_path / "a.json")


def test_a_file_that_cannot_be_replaced_stays_and_leaves_nothing_beside_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_json(path, 1)

    def refused(_path: Path, _target: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(PermissionError):
        write_json(path, 2)
    assert (read_json(path), [each.name for each in path.parent.iterdir()]) == (1, [path.name])


def test_a_new_shared_file_has_the_permissions_that_users_have_by_default(path: Path) -> None:
    write_json(path, 1, mode=None)
    write_json(path, 2, mode=None)
    assert read_json(path) == 2
