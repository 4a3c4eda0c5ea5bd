"""What is kept of the versions of a content: bounded, and nothing where nothing can be read or written."""

from __future__ import annotations

from pathlib import Path

import pytest

from rsconnect_jupyter.history import version_records
from rsconnect_jupyter.history.version_records import (
    ActiveVersion,
    ContentRecord,
    VersionRecord,
    keep_active,
    keep_version,
    read,
)

PLACE = ("https://server", "guid")


def test_the_oldest_versions_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version_records, "_KEPT", 2)
    for bundle in ("1", "2", "3"):
        keep_version(*PLACE, bundle, VersionRecord(), folder=tmp_path)
    assert list(read(*PLACE, folder=tmp_path).versions) == ["2", "3"]


def test_which_version_readers_see_is_kept_once(tmp_path: Path) -> None:
    for bundle in ("1", "2", "1", "1"):
        keep_active(*PLACE, ActiveVersion(id=bundle), folder=tmp_path)
    kept = read(*PLACE, folder=tmp_path)
    assert kept.active == ActiveVersion(id="1")


def test_a_damaged_record_is_none_and_is_replaced(tmp_path: Path) -> None:
    keep_version(*PLACE, "1", VersionRecord(), folder=tmp_path)
    [file] = [each for each in tmp_path.rglob("*.json") if each.is_file()]
    file.write_text("{")
    assert read(*PLACE, folder=tmp_path) == ContentRecord()
    keep_version(*PLACE, "2", VersionRecord(), folder=tmp_path)
    assert list(read(*PLACE, folder=tmp_path).versions) == ["2"]
