"""The files below a folder, as a folder pick or a glob sees them.

Secrets and links that lead out are never among them, but are named, so that a finding can say so.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ..errors import BundleError
from ..project_files import destination, is_hidden, is_home, is_secret, read_regular
from .exclusions import is_bundle, is_environment, is_left_out_file, is_left_out_folder
from .patterns import Patterns, compile_patterns

IGNORE_FILES = (".gitignore", ".rscignore")
MOST_ENTRIES = 100_000
MOST_OF_RULES = 1_000_000
"""Bytes of an ignore file."""


class Walked(msgspec.Struct):
    """What a walk found, paths relative to the start, sorted.

    Attributes:
        files: ``(path, size in bytes)``.
        secrets: Files left out because of their names, or of the names of what links lead to.
        links: Links left out because they are broken or lead out of the project, with what they lead to.
        unnameable: Files left out because their names are not UTF-8; what cannot be said is shown as ``?``.
        ignored: Number of files and folders that an ignore file leaves out.
    """

    files: list[tuple[str, int]] = msgspec.field(default_factory=list)
    secrets: list[str] = msgspec.field(default_factory=list)
    links: list[str] = msgspec.field(default_factory=list)
    unnameable: list[str] = msgspec.field(default_factory=list)
    ignored: int = 0


def walk(folder: Path, *, root: Path, below: str = "", ignores: bool = False, most: int | None = None) -> Walked:
    """Return the files below ``folder/below``.

    Args:
        folder: What the paths are relative to.
        root: Folder that a link's target must lie in.
        below: Where to start, relative to `folder`; empty for all of it.
        ignores: True leaves out what ``.gitignore`` and ``.rscignore`` name, those of folders above included.
        most: Number of entries that are looked at; `MOST_ENTRIES` when omitted.

    Raises:
        BundleError: code ``too-many-files``.
    """
    walked = Walked()
    start = folder / below if below else folder
    rules = [*_rules_above(start, root)] if ignores else []
    real = start.resolve()
    state = _Walk(folder, root.resolve(), ignores, most or MOST_ENTRIES, walked, is_home(real))
    _walk(start, below, state, rules, {real}, by_link=real != folder.resolve() / below)
    return walked


class _Walk(msgspec.Struct):
    """A walk under way: what it may do, and what it came by so far."""

    folder: Path
    root: Path
    ignores: bool
    most: int
    walked: Walked
    is_home: bool
    count: int = 0

    def is_private(self, path: str, *, by_link: bool) -> bool:
        if by_link:
            return destination(path, folder=self.folder, root=self.root).verdict != "open"
        return is_secret(path) or (self.is_home and is_hidden(path))


Rules = list[tuple[Path, Patterns]]


def _walk(folder: Path, prefix: str, state: _Walk, rules: Rules, above: set[Path], *, by_link: bool) -> None:
    if state.ignores:
        rules = [*rules, *_rules_of(folder)]
    for entry in _entries(folder):
        path = f"{prefix}/{entry.name}" if prefix else entry.name
        state.count += 1
        if state.count > state.most:
            raise BundleError.of("too-many-files", most=state.most, folder=folder.name or folder)
        linked = by_link or entry.is_symlink()
        place = destination(path, folder=state.folder, root=state.root) if entry.is_symlink() else None
        if place is not None and place.verdict == "outside":
            state.walked.links.append(f"{path} -> {place.real}" if place.real is not None else path)
        elif entry.is_dir():
            _enter(Path(entry.path), path, state, rules, above, by_link=linked)
        elif entry.is_file():
            _take(entry, path, state, rules, by_link=linked)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        return sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return []


def _enter(folder: Path, path: str, state: _Walk, rules: Rules, above: set[Path], *, by_link: bool) -> None:
    if is_left_out_folder(path) or is_environment(folder) or (state.is_home and is_hidden(path)):
        return
    if rules and _is_ignored(folder, rules, is_folder=True):
        state.walked.ignored += 1
        return
    real = folder.resolve()
    if by_link and is_left_out_folder(real.as_posix()):
        return
    if real not in above:
        _walk(folder, path, state, rules, above | {real}, by_link=by_link)


def _take(entry: os.DirEntry[str], path: str, state: _Walk, rules: Rules, *, by_link: bool) -> None:
    if state.is_private(path, by_link=by_link):
        state.walked.secrets.append(path)
    elif is_left_out_file(path) or is_bundle(entry.path):
        return
    elif rules and _is_ignored(Path(entry.path), rules):
        state.walked.ignored += 1
    elif not path.isprintable() and not _is_utf8(path):
        state.walked.unnameable.append(path.encode("utf-8", "replace").decode("utf-8"))
    else:
        state.walked.files.append((path, entry.stat().st_size))


def _is_utf8(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _rules_above(folder: Path, root: Path) -> Iterator[tuple[Path, Patterns]]:
    """Yield the ignore rules of the folders from the root down to above this one; the nearest comes last."""
    parents = [each for each in folder.parents if each == root or root in each.parents]
    for parent in reversed(parents):
        yield from _rules_of(parent)


def _rules_of(folder: Path) -> Rules:
    rules: Rules = []
    for name in IGNORE_FILES:
        try:
            text = read_regular((folder / name).resolve(), most=MOST_OF_RULES).decode("utf-8", "replace")
        except (OSError, RuntimeError):  # the latter: a link to itself
            continue
        rules.append((folder, compile_patterns(text.splitlines())))
    return rules


def _is_ignored(path: Path, rules: Rules, *, is_folder: bool = False) -> bool:
    """Return what the last rule that speaks of a path says, as git does."""
    ignored = False
    for base, patterns in rules:
        inside = path.relative_to(base).as_posix() + ("/" if is_folder else "")
        verdict = patterns.verdict(inside)
        if verdict is not None:
            ignored = verdict
    return ignored
