"""Processes that one has started. Those of earlier tests may still end while a test looks."""

from __future__ import annotations

from contextlib import suppress

import psutil


def children_with(word: str, pid: int | None = None) -> list[psutil.Process]:
    """Return a process's children, and theirs, that have a word in their command line.

    Args:
        word: A module's name or a part of a path.
        pid: The process; `None` for this one.
    """
    found = []
    for each in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found += [each] if word in " ".join(each.cmdline()) else []
    return found


def started_since(before: list[psutil.Process]) -> list[psutil.Process]:
    """Return this process's children, and theirs, that are not in a list made earlier."""
    return [each for each in psutil.Process().children(recursive=True) if each not in before]
