"""Homes that cannot be written: the panel says so when it opens, and what needs no home works."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def unwritable(jp_data_dir: Path) -> Path:
    """A file in place of our folder: as good as a read-only disk, also for an administrator."""
    folder = jp_data_dir / "rsconnect-jupyter"
    folder.write_text("")
    return folder


async def test_a_home_that_cannot_be_written_is_said_when_the_panel_opens(
    unwritable: Path, api: Any, put_notebook: Any
) -> None:
    put_notebook("a.ipynb", "# Some title", "1")
    seen = await api("POST", "inspect", {"path": "a.ipynb"})
    assert seen.status == 200
    (finding,) = [each for each in seen.body["findings"] if each["severity"] == "error"]
    assert finding["code"] == "data-folder-unwritable"
    assert str(unwritable) in finding["message"]
    assert (await api("POST", "manifest", {"path": "a.ipynb", "mode": "html"})).status == 201


async def test_a_home_that_can_be_written_is_no_finding(api: Any, put_notebook: Any) -> None:
    put_notebook("a.ipynb", "# Some title", "1")
    seen = await api("POST", "inspect", {"path": "a.ipynb"})
    assert "data-folder-unwritable" not in [each["code"] for each in seen.body["findings"]]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
async def test_a_full_disk_is_said_as_such(
    number: int, api: Any, put_notebook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: Any, **_named: Any) -> Any:
        raise OSError(number, "full")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    put_notebook("a.ipynb", "# Some title", "1")
    seen = await api("POST", "inspect", {"path": "a.ipynb"})
    (finding,) = [each for each in seen.body["findings"] if each["severity"] == "error"]
    assert finding["code"] == "data-folder-unwritable"
    assert "is full" in finding["message"]
    assert "Free some disk space" in finding["hint"]
