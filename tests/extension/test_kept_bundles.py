"""Bundles that are kept for the next comparison: used again, and bounded."""

from __future__ import annotations

from pathlib import Path

import pytest

from rsconnect_jupyter.extension import kept_bundles
from rsconnect_jupyter.extension.kept_bundles import KeptBundles


def bundle(folder: Path, name: str, size: int) -> Path:
    made = folder / name
    made.write_bytes(name[:1].encode() * size)
    return made


def test_the_bundles_used_longest_ago_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_bundles, "MOST_BYTES", 25)
    kept = KeptBundles()
    for each in "ab":
        kept.keep(each, bundle(tmp_path, each, 10))
    assert kept.take("a", tmp_path / "again")
    kept.keep("c", bundle(tmp_path, "c", 10))
    kept.keep("large", bundle(tmp_path, "large", 26))

    assert {each: kept.take(each, tmp_path / f"{each}-taken") for each in ("a", "b", "c", "large")} == {
        "a": True,
        "b": False,
        "c": True,
        "large": False,
    }
    assert (tmp_path / "a-taken").read_bytes() == b"a" * 10
    kept.close()
    assert not kept.take("a", tmp_path / "after")


def test_where_files_have_one_name_they_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: object) -> None:
        raise OSError

    monkeypatch.setattr("os.link", refused)
    kept = KeptBundles()
    kept.keep("a", bundle(tmp_path, "a", 10))
    assert kept.take("a", tmp_path / "taken")
    assert (tmp_path / "taken").read_bytes() == b"a" * 10
    kept.close()


def test_a_bundle_that_somebody_removed_is_not_kept(tmp_path: Path) -> None:
    kept = KeptBundles()
    kept.keep("a", bundle(tmp_path, "a", 10))
    for path, _size in kept._sizes.values():
        path.unlink()
    assert not kept.take("a", tmp_path / "taken")
    kept.close()
