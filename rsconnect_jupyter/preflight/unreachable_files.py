"""Files that a notebook uses and that will not be where it looks for them on the server."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Set
from pathlib import Path
from typing import Any

from ..bundle.mentioned_files import MentionedFiles
from ..bundle.proposals import USES, place_name
from ..messages import finding
from ..models import Finding, Where
from ..notebook.analysis import NotebookAnalysis
from ..notebook.local_paths import inside, is_file
from ..notebook.modules import is_standard, place_of
from ..notebook.output_references import OUTPUT
from ..notebook.path_expressions import LONGEST_PATH
from ..notebook.path_references import Mention, Use, notebook_mentions
from ..project_files import is_secret
from ..translation import N_, _

SETTINGS_FILES = (".json", ".yml", ".yaml", ".toml")
MOST_SETTINGS = 200_000
"""Bytes of a settings file that is looked through; larger ones are data."""

_ABSOLUTE = re.compile(r"/|~[/\\]|[A-Za-z]:[\\/]")
_DATA_FILE = re.compile(
    r"[\w./ -]+\.(csv|tsv|txt|json|parquet|xlsx?|feather|pkl|pickle|npy|npz|h5|db|sqlite|png|jpe?g|svg|gif|yml|yaml"
    r"|toml|geojson|shp|zip|gz|html|md)"
)


def unreachable_files(
    analysis: NotebookAnalysis, files: MentionedFiles, *, bundled: Set[str], finished: bool = False
) -> Iterator[Finding]:
    """Yield findings about paths of this machine, files that stay behind, lie elsewhere or do not exist.

    Args:
        analysis: Of the notebook; its cells and the local code it reaches are looked through.
        files: Those of its folder that the paths mean.
        bundled: Paths in the bundle.
        finished: True for a finished document: no code runs, so only links and images count; images are part of the
            page when they are there.
    """
    if not finished:
        yield from _modules_elsewhere(analysis)
    folder, mentions = analysis.notebook.folder, analysis.paths
    if finished:
        shown = (*analysis.outputs, *notebook_mentions(analysis.notebook))
        mentions = tuple(each for each in shown if _matters_to_page(each, folder))
    written = {each.text for each in mentions if each.kind == "write"}
    seen: set[str] = set()
    for mention in _first_of_each_use(mentions):
        if mention.text in seen or mention.text in written:
            continue
        about = _about(mention, folder, files, bundled)
        if about is not None:
            seen.add(mention.text)
            yield about
    if not finished:
        yield from _named_in_settings(mentions, folder, bundled)


def _first_of_each_use(mentions: Iterable[Mention]) -> Iterable[Mention]:
    found: dict[Use, Mention] = {}
    for each in mentions:
        found.setdefault(each.use, each)
    return found.values()


def _named_in_settings(mentions: Iterable[Mention], folder: Path, bundled: Set[str]) -> Iterator[Finding]:
    """Yield findings about existing files that are named in settings files the code reads (JSON, YAML, TOML)."""
    read = {each.text.removeprefix("./") for each in mentions if each.kind == "read" and not each.is_pattern}
    reported: set[str] = set()
    for name in sorted(each for each in read if each in bundled and each.endswith(SETTINGS_FILES)):
        for text in _texts_in(folder / name):
            path = inside(text, folder) if 0 < len(text) < LONGEST_PATH and "\n" not in text else None
            if path is None or path in bundled or path in reported or is_secret(path) or not is_file(folder / path):
                continue
            reported.add(path)
            use = _(USES["text"]).format(place=_("in {file}").format(file=name))
            yield finding("file-not-in-bundle", where=Where(file=name), fix_value=path, path=path, use=use)


def _texts_in(path: Path) -> Iterator[str]:
    """Yield the texts that a settings file has as values; none of a large or a malformed one."""
    try:
        content = path.read_bytes() if path.stat().st_size <= MOST_SETTINGS else b""
        if path.suffix == ".json":
            values = json.loads(content or b"null")
        elif path.suffix == ".toml":
            values = _toml(content)
        else:
            values = _yaml(content)
    except (OSError, ValueError, RecursionError):
        return
    waiting, seen = [values], set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
            continue
        if id(value) in seen:  # YAML's aliases
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            waiting += reversed(list(value.values()))
        elif isinstance(value, list):
            waiting += reversed(value)


def _toml(content: bytes) -> Any:
    from ..requirements.toml_text import load_toml  # noqa: PLC0415 - few notebooks read such a file

    return load_toml(content.decode("utf-8"))


def _yaml(content: bytes) -> Any:
    from ..notebook.yaml_text import load_yaml  # noqa: PLC0415 - few notebooks read such a file

    return load_yaml(content.decode("utf-8"))


def _modules_elsewhere(analysis: NotebookAnalysis) -> Iterator[Finding]:
    """Yield findings about imports that the kernel finds only outside of the notebook's folder."""
    places, folder = analysis.search_places, analysis.notebook.folder
    reported: set[str] = set()
    for each in analysis.scan.imports if len(places) > 1 else ():
        name = each.module.partition(".")[0]
        place = None if each.level or name in reported or is_standard(each) else place_of(each, places)
        if place is not None and not place.is_relative_to(folder):
            reported.add(name)
            yield _module_outside(name, each.where, os.path.relpath(place, folder), folder)


def _matters_to_page(mention: Mention, folder: Path) -> bool:
    return mention.kind == "link" or (mention.kind == "image" and not _exists(folder / mention.text))


def _about(mention: Mention, folder: Path, files: MentionedFiles, bundled: Set[str]) -> Finding | None:
    if _ABSOLUTE.match(mention.text):
        return _absolute(mention)
    left = [each for each in files.of(mention) if each not in bundled]
    left = [each for each in left if not is_secret(each)]  # the choice of files reports these
    if left:
        return _left_behind(mention, left[0])
    crowd = files.crowd(mention)
    if crowd and bundled.isdisjoint(crowd):
        return _crowd_left_behind(mention, len(crowd))
    if mention.kind in ("text", "search") or mention.is_pattern:
        return None
    return _about_place(mention, folder, files)


def _about_place(mention: Mention, folder: Path, files: MentionedFiles) -> Finding | None:
    if "\\" in mention.text and files.of(mention):
        return _backslashes(mention)
    exists = _exists(folder / mention.text)
    if inside(mention.text, folder) is None:
        return _outside(mention, folder) if exists else None
    return _missing(mention) if not exists and _is_meant_as_file(mention) else None


def _exists(path: Path) -> bool:
    try:
        return path.expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # a name no file system allows, a home that does not exist
        return False


def _absolute(mention: Mention) -> Finding | None:
    text = mention.text
    deep = text.startswith("~") or (len(re.findall(r"[/\\]", text)) > 1 and not text.startswith("//"))
    if not deep or not (mention.kind != "text" or _exists(Path(text))):
        return None
    return finding("absolute-path", where=mention.where, path=text, use=_use(mention))


def _left_behind(mention: Mention, path: str) -> Finding:
    return finding("file-not-in-bundle", where=mention.where, fix_value=path, path=path, use=_use(mention))


def _crowd_left_behind(mention: Mention, count: int) -> Finding:
    pick = f"/{mention.text}".replace("/./", "/") if mention.is_pattern else mention.text
    return finding(
        "file-not-in-bundle/many",
        where=mention.where,
        fix_value=pick,
        count=count,
        path=mention.text,
        use=_use(mention),
    )


def _backslashes(mention: Mention) -> Finding:
    forward = mention.text.replace("\\", "/")
    return finding("windows-path", where=mention.where, path=mention.text, use=_use(mention), forward=forward)


def _module_outside(name: str, where: Where | None, path: str, folder: Path) -> Finding:
    place = place_name(where)
    return finding("file-outside-folder/module", where=where, module=name, place=place, path=path, folder=folder.name)


def _outside(mention: Mention, folder: Path) -> Finding:
    use = _use(mention)
    return finding("file-outside-folder", where=mention.where, path=mention.text, use=use, folder=folder.name)


def _missing(mention: Mention) -> Finding:
    key = "file-not-in-bundle/output" if mention.by == OUTPUT else "file-missing"
    return finding(key, where=mention.where, path=mention.text, use=_use(mention))


def _is_meant_as_file(mention: Mention) -> bool:
    return mention.kind in ("image", "link", "script") or bool(_DATA_FILE.fullmatch(mention.text))


_USES = {kind: text for kind, text in USES.items() if kind != "write"}


def _use(mention: Mention) -> str:
    """Return how a path is used, and where: ``read in cell 3``. Pure."""
    place = place_name(mention.where)
    text = N_("shown by an output {place}") if mention.by == OUTPUT else _USES.get(mention.kind, USES["read"])
    return _(text).format(place=place)
