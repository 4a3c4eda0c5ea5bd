"""Temporary files are private, go with their process, and are swept at the next start when it was killed."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rsconnect_jupyter import file_locks
from rsconnect_jupyter.errors import RSConnectException
from rsconnect_jupyter.temporary_files import PREFIX, file_taking_the_name, remove_leftovers, temporary_folder

HOLD = """
import errno, fcntl, sys
def refuse(*_arguments): raise OSError(errno.ENOLCK, "no locks")
if "no-locks" in sys.argv: fcntl.flock = fcntl.lockf = refuse
from rsconnect_jupyter.temporary_files import temporary_folder
with temporary_folder() as folder:
    (folder / "bundle.tar.gz").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""
WRITE = """
import sys
from pathlib import Path
from rsconnect_jupyter.temporary_files import file_taking_the_name
with file_taking_the_name(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    print(flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, of this test and of what it starts."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def writing(target: Path) -> subprocess.Popen[str]:
    """Start a process that is in the middle of writing a file."""
    command = [sys.executable, "-c", WRITE, str(target)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def held(*arguments: str) -> tuple[subprocess.Popen[str], Path]:
    """Start a process that holds a temporary folder; return it and the folder."""
    command = [sys.executable, "-c", HOLD, *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_a_folder_is_private_and_goes(place: Path) -> None:
    with temporary_folder() as folder:
        assert folder.parent == place
        assert [stat.S_IMODE(each.stat().st_mode) for each in (folder, folder / ".lock")] == [0o700, 0o600]
    assert list(place.iterdir()) == []


def test_only_what_a_killed_process_left_is_swept(place: Path) -> None:
    killed, left = held()
    living, used = held()
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    fresh, old, others = place / f"{PREFIX}fresh", place / f"{PREFIX}old", place / "others"
    for each in (fresh, old, others):
        each.mkdir()
    os.utime(old, (0, 0))
    (place / f"{PREFIX}link").symlink_to(others)

    remove_leftovers()
    assert (left.exists(), used.exists(), old.exists()) == (False, True, False)
    assert all(each.exists() for each in (fresh, others, place / f"{PREFIX}link", used / "bundle.tar.gz"))
    living.communicate("")
    assert not used.exists()


@pytest.mark.parametrize("holder", ["locks", "no-locks"])
@pytest.mark.parametrize("sweeper", ["locks", "no-locks"])
def test_a_folder_in_use_stays_where_locks_are_refused(
    holder: str, sweeper: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One process may have no locks where another one has, and a folder may be in use for long."""
    process, folder = held(holder)
    os.utime(folder, (1_000_000, 1_000_000))
    if sweeper == "no-locks":
        monkeypatch.setattr(file_locks, "_has_locks", lambda _folder: False)
    remove_leftovers()
    assert (folder / "bundle.tar.gz").exists()
    process.communicate("")
    assert not folder.exists()


@pytest.mark.parametrize("name", ["manifest.json", "a \udcff.tar.gz"], ids=["manifest", "a name that is no text"])
def test_half_written_files_in_a_project_are_swept_too(place: Path, tmp_path: Path, name: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / name).write_text("old")
    killed, living = writing(project / name), writing(project / "other")
    assert len(list(project.iterdir())) == 3
    killed.kill()
    killed.communicate()

    remove_leftovers()
    assert [each.suffix for each in project.iterdir() if each.name != name] == [".part"]
    assert (project / name).read_text() == "old"
    living.communicate("")
    assert sorted(each.name for each in project.iterdir()) == sorted([name, "other"])
    assert list(place.iterdir()) == []


def test_a_leftover_names_nothing_else_for_removal(place: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("x")
    killed, left = held()
    (left / "unfinished").write_text(str(kept))
    killed.kill()
    killed.communicate()
    remove_leftovers()
    assert (kept.exists(), left.exists()) == (True, False)


def test_a_failed_write_leaves_the_old_file(place: Path, tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    target.chmod(0o640)
    with pytest.raises(TypeError), file_taking_the_name(target) as file:
        file.writelines([b"half", "text"])  # type: ignore[list-item]
    assert target.read_text() == "old"
    with file_taking_the_name(target, mode=0o666) as file:
        file.write(b"new")
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("new", 0o640)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.txt", "temporary"]


def test_where_there_is_no_place_for_them_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(RSConnectException) as caught, temporary_folder():
        pass
    assert caught.value.code == "no-temporary-folder"
    assert "TMPDIR" in caught.value.hint
