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

from rsconnect_jupyter.errors import RSConnectException
from rsconnect_jupyter.temporary_files import PREFIX, remove_leftovers, temporary_folder

HOLD = """
import sys
from rsconnect_jupyter.temporary_files import temporary_folder
with temporary_folder() as folder:
    (folder / "bundle.tar.gz").write_text("x")
    print(folder, flush=True)
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


def held() -> tuple[subprocess.Popen[str], Path]:
    """Start a process that holds a temporary folder; return it and the folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
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


def test_where_there_is_no_place_for_them_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(RSConnectException) as caught, temporary_folder():
        pass
    assert caught.value.code == "no-temporary-folder"
    assert "TMPDIR" in caught.value.hint
