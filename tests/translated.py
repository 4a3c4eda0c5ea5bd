"""Other catalogs than the package's own, for one test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rsconnect_jupyter import translation


@contextmanager
def catalogs_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read catalogs from a folder; afterwards, all that `monkeypatch` changed is as it was."""
    monkeypatch.setattr(translation, "_LOCALE", folder)
    _forget()
    yield
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    for kept in (translation._catalogs, translation._catalog_of, translation._translations):
        kept.cache_clear()
