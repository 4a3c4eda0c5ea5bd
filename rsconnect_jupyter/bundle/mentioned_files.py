"""The existing files that a path in code or text means: itself, those of a folder or of a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..errors import BundleError
from ..notebook.local_paths import inside, is_file, is_folder
from ..notebook.path_references import Mention, Use
from .patterns import compile_patterns
from .walking import walk

MOST_OF_PATTERN = 500
"""Files that one pattern or folder of a notebook proposes at most; with more it is not obvious what is meant."""

MOST_LOOKED_AT = 20_000
"""Files and folders that are looked at for one pattern or folder of a notebook."""

SIDECARS = {".shp": (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix")}
"""Files that a format splits its data over; they are read without being named."""

_READS = re.compile(r"read|load|open|scan|import|dir|folder|files|walk|data|glob|copy|path", re.IGNORECASE)


class MentionedFiles:
    """The files of a notebook's folder, as they were when first asked for; each folder is walked once.

    Args:
        folder: The notebook's.
        root: Folder that a link's target must lie in.
    """

    def __init__(self, folder: Path, *, root: Path) -> None:
        self._folder = folder
        self._root = root
        self._below_folder: dict[str, tuple[str, ...]] = {}
        self._of_pattern: dict[str, tuple[str, ...]] = {}
        self._of_mention: dict[Use, tuple[str, ...]] = {}

    def of(self, mention: Mention) -> tuple[str, ...]:
        """Return the files that a mention means, relative to the folder and inside it; none when too many."""
        if mention.use not in self._of_mention:
            self._of_mention[mention.use] = self._found(mention)
        return self._of_mention[mention.use]

    def crowd(self, mention: Mention) -> tuple[str, ...]:
        """Return the files that a mention means, when they are too many to be proposed."""
        if mention.kind not in ("folder", "read"):
            return ()
        text = _plain(mention)
        if mention.is_pattern:
            files = self._matching(text) if "/" in text.partition("*")[0] or mention.kind == "folder" else ()
        else:
            path = inside(text, self._folder)
            files = self._inside(mention, path) if path is not None else ()
        return files if len(files) > MOST_OF_PATTERN else ()

    def _found(self, mention: Mention) -> tuple[str, ...]:
        text = _plain(mention)
        if mention.is_pattern:
            files = self._matching(text)
            return files if len(files) <= MOST_OF_PATTERN else ()
        path = inside(text, self._folder)
        if path is None:
            return ()
        target = self._folder / path
        if is_file(target):
            return path, *_sidecars(target, path)
        files = self._inside(mention, path)
        return files if len(files) <= MOST_OF_PATTERN else ()

    def _inside(self, mention: Mention, path: str) -> tuple[str, ...]:
        means_folder = _means_folder(mention, path) and is_folder(self._folder / path)
        return self._below(path) if means_folder else ()

    def _matching(self, pattern: str) -> tuple[str, ...]:
        if pattern not in self._of_pattern:
            self._of_pattern[pattern] = tuple(self._matched(pattern))
        return self._of_pattern[pattern]

    def _matched(self, pattern: str) -> Iterator[str]:
        start = pattern.partition("*")[0].rpartition("/")[0]
        path = inside(start, self._folder) if start else "."
        literal = pattern.replace("*", "").replace("/", "")
        spec = compile_patterns(["/" + pattern.lstrip("/")])
        if path is not None and len(literal) >= 3 and is_folder(self._folder / path):
            yield from (each for each in self._below(path) if spec.match_file(each))

    def _below(self, path: str) -> tuple[str, ...]:
        """Return the files below a folder; none when looking would take long, for a proposal is not worth a wait."""
        if path not in self._below_folder:
            below = "" if path == "." else path
            try:
                files = walk(self._folder, root=self._root, below=below, most=MOST_LOOKED_AT).files
            except BundleError:
                files = []
            self._below_folder[path] = tuple(each for each, _ in files)
        return self._below_folder[path]


def _plain(mention: Mention) -> str:
    return mention.text.replace("\\", "/").removeprefix("./")


def _means_folder(mention: Mention, path: str) -> bool:
    """``groupby("tests")`` names a column, whatever folders there are; ``load_data("tests")`` is another matter."""
    if path == ".":
        return False
    return mention.kind == "folder" or (mention.kind == "read" and ("/" in path or bool(_READS.search(mention.by))))


def _sidecars(target: Path, path: str) -> Iterator[str]:
    for suffix in SIDECARS.get(target.suffix.lower(), ()):
        if target.with_suffix(suffix).is_file():
            yield path.removesuffix(target.suffix) + suffix
