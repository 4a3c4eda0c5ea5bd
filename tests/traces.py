"""What is left on disk."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def holders(text: str, *folders: Path) -> list[Path]:
    """Return the files below the folders that hold a text; those that go meanwhile are passed over."""
    found = []
    for folder in folders:
        for place, _folders, names in os.walk(folder):
            for each in map(Path(place).joinpath, names):
                with suppress(FileNotFoundError):
                    if each.is_file() and text.encode() in each.read_bytes():
                        found.append(each)
    return found
