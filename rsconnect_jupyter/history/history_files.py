"""The files that say where a notebook was published.

Three places, read as one:

- **Beside the notebook**, rsconnect-python's record ``rsconnect-python/<stem>.json`` (publish formats, 4.2): colleagues
  who share the folder and that tool see it. Its keys are kept as it writes them; ours lie in one added key,
  ``rsconnect_jupyter``, per server: the notebook's fingerprint and a list of publications, one per content and user, so
  that two people who publish the same notebook both keep theirs. The tool's own keys follow the newest publication,
  unless they point to content of someone else. An entry without a GUID announces content that is about to be made.
- **In that tool's private folder**, ``applications/<key>.json``, when the notebook's folder cannot be written.
- **In our index**, ``history.json`` in this user's data folder, by path.

A notebook that was renamed or moved is known again by its fingerprint, in the records beside it and in the index,
provided that nothing like it is left at its old place: a copy is a new notebook. The predecessor's ``rsconnect`` key in
the notebook's metadata is read too. Nothing is written into the notebook, and nothing here says anything about keys.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

from ..addresses import guid_in, plain_address
from ..models import Mode
from ..servers.sources import rsconnect_python_folder
from ..storage import data_folder, locked, private_folder, read_json, write_json
from .fingerprints import Fingerprint, of_notebook, same_notebook, unlike

OURS = "rsconnect_jupyter"
_MODES = get_args(Mode)
_KEPT_BUNDLES = 20
_KEPT_NOTEBOOKS = 1000
_NEIGHBOURS = 40
"""Notebooks of a folder to look at when a record may belong to one of them under a new name."""

Section = dict[str, Any]
"""Ours for one server: ``{"notebook": fingerprint, "publications": [publication + bundles, …]}``."""

Sections = dict[str, Section]
"""Server address -> section."""


def sections(notebook: Path, *, folder: Path | None = None) -> Iterable[tuple[str, Section]]:
    """Return what is known about a notebook, per server, merged from all places. Nothing readable is no error."""
    now = of_notebook(notebook)
    index = _read(_index(folder)).get("notebooks", {})
    found: Sections = {}
    here = [_of_record(_read(path)) for path in _places(notebook)] + [_of_index(index.get(str(notebook)))]
    for each in here:
        _add(found, {url: section for url, section in each.items() if not _owner(section, now, notebook, index)})
    if not found:
        for each in [*_abandoned_records(notebook, now), *_abandoned_entries(notebook, now, index)]:
            _add(found, each)
    _add(found, _of_metadata(now.metadata))
    return list(found.items())


def merged(one: Section | None, other: Section) -> Section:
    """Return a section with the publications of both; per content and user the later one counts, bundles add up."""
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    for each in [*(one or {}).get("publications", []), *other.get("publications", [])]:
        key = (str(each.get("guid", "")), str(each.get("user", "")))
        before = kept.get(key, {})
        later = each if str(each.get("time", "")) >= str(before.get("time", "")) else before
        bundles = dict.fromkeys([*before.get("bundles", []), *each.get("bundles", [])])
        kept[key] = {**later, "bundles": list(bundles)[-_KEPT_BUNDLES:]}
    fingerprint = other.get("notebook") or (one or {}).get("notebook")
    return {"notebook": fingerprint, "publications": _without_announced(list(kept.values()))}


def _without_announced(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what was announced, and has no GUID, once its user has a publication that is as late."""
    made = [(each.get("user"), str(each.get("time", ""))) for each in entries if each.get("guid")]
    return [
        each
        for each in entries
        if each.get("guid") or not any(user == each.get("user") and time >= each.get("time", "") for user, time in made)
    ]


def write(notebook: Path, known: Sections, *, folder: Path | None = None, beside: bool = True) -> tuple[Path, ...]:
    """Merge what is known into the record and the index, and return the files that took it.

    Args:
        notebook: Absolute path.
        known: Per server.
        folder: Our data folder.
        beside: False writes the index only.
    """
    if beside:
        _hand_over(notebook, folder)
    return _put(notebook, known, folder, beside=beside)


def _put(notebook: Path, known: Sections, folder: Path | None, *, beside: bool = True) -> tuple[Path, ...]:
    written = []
    for path in _places(notebook)[:2] if beside else ():
        with suppress(OSError, ValueError, TypeError):  # the last two: someone else's file, not in the known form
            _write_record(path, notebook, known)
            written.append(path)
            break
    with suppress(OSError, ValueError, TypeError):
        path = _index(folder)
        private_folder(path.parent)
        _write_index(path, notebook, known)
        written.append(path)
    return tuple(written)


def _hand_over(notebook: Path, folder: Path | None) -> None:
    """Give what is kept under this notebook's name, but is about one renamed since, to that one's own name."""
    now = of_notebook(notebook)
    index = _read(_index(folder)).get("notebooks", {})
    for path in _places(notebook):
        for url, section in _of_record(_read(path)).items():
            owner = _owner(section, now, notebook, index)
            if owner is not None and _put(owner, {url: section}, folder):
                with suppress(OSError, ValueError, TypeError), locked(path, shared=True):
                    data = {key: each for key, each in (read_json(path) or {}).items() if plain_address(key) != url}
                    write_json(path, data, mode=None)
    foreign = {url: _owner(each, now, notebook, index) for url, each in _of_index(index.get(str(notebook))).items()}
    if any(foreign.values()):
        with suppress(OSError, ValueError, TypeError, KeyError), locked(_index(folder)):
            data = read_json(_index(folder))
            servers = data["notebooks"][str(notebook)]["servers"]
            for url in [url for url, owner in foreign.items() if owner is not None]:
                servers.pop(url, None)
            write_json(_index(folder), data, indent=None)


def drop(notebook: Path, url: str, guid: str, *, folder: Path | None = None) -> None:
    """Take one content out of the record and the index.

    Raises:
        OSError, ValueError: a file cannot be read or written.
    """
    for path in [each for each in _places(notebook) if each.exists()]:
        with locked(path, shared=True):
            data = read_json(path) or {}
            for key in [each for each in data if plain_address(each) == url]:
                _drop_publication(data[key].get(OURS), guid)
                if data[key].get("app_guid") == guid:
                    _point_elsewhere(data, key)
            write_json(path, data, mode=None)
    path = _index(folder)
    if path.exists():
        with locked(path):
            data = read_json(path) or {}
            _drop_publication(data.get("notebooks", {}).get(str(notebook), {}).get("servers", {}).get(url), guid)
            write_json(path, data, indent=None)


def _index(folder: Path | None) -> Path:
    return (folder or data_folder()) / "history.json"


def _places(notebook: Path) -> list[Path]:
    """Return the records of a notebook, the one to write first; the last is where ``deploy notebook`` puts its own."""
    applications = rsconnect_python_folder() / "applications"
    misplaced = notebook / f"{notebook.name}.py"
    return [
        notebook.parent / "rsconnect-python" / f"{notebook.stem}.json",
        applications / f"{_private_key(notebook)}.json",
        applications / f"{_private_key(misplaced)}.json",
    ]


def _private_key(path: Path) -> str:
    digest = hashlib.sha1(str(path).encode("utf-8"), usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def _read(path: Path) -> dict[str, Any]:
    try:
        value = read_json(path)
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _add(found: Sections, more: Sections) -> None:
    for url, section in more.items():
        found[url] = merged(found.get(url), section)


def _of_record(data: Mapping[str, Any]) -> Sections:
    """Return a record's content: our sections, and what rsconnect-python alone knows as publications without a time."""
    found: Sections = {}
    for key, entry in data.items():
        if not isinstance(entry, dict):
            continue
        section = _checked(entry.get(OURS))
        guid = str(entry.get("app_guid") or entry.get("app_id") or "")
        known = {each.get("guid") for each in section["publications"]}
        if guid and guid not in known and entry.get("app_mode") in _MODES:
            url, title = str(entry.get("app_url") or ""), str(entry.get("title") or "")
            theirs = {"guid": guid, "title": title, "mode": entry["app_mode"], "url": url}
            section["publications"].insert(0, theirs)
        if section["publications"]:
            _add(found, {plain_address(str(entry.get("server_url") or key)): section})
    return found


def _of_index(entry: Any) -> Sections:
    servers = entry.get("servers") if isinstance(entry, dict) else None
    return {url: _checked(each) for url, each in servers.items()} if isinstance(servers, dict) else {}


def _checked(section: Any) -> Section:
    if not isinstance(section, dict) or not isinstance(section.get("publications"), list):
        return {"notebook": None, "publications": []}
    entries = [dict(each) for each in section["publications"] if isinstance(each, dict)]
    return {
        "notebook": section.get("notebook"),
        "publications": [each for each in entries if each.get("mode") in _MODES],
    }


def _of_metadata(metadata: Mapping[str, Any]) -> Sections:
    """Return what the predecessor kept in the notebook (publish formats, 6); servers never published to have no id."""
    kept = metadata.get("rsconnect")
    servers = kept.get("servers") if isinstance(kept, Mapping) else None
    found: Sections = {}
    for entry in servers.values() if isinstance(servers, Mapping) else ():
        if not isinstance(entry, Mapping) or not entry.get("server") or entry.get("appMode") not in _MODES:
            continue
        dashboard = str(entry.get("configUrl") or "")
        hide = "all" if entry.get("hide_all_input") else "tagged" if entry.get("hide_tagged_input") else "none"
        publication = {
            "guid": guid_in(dashboard) or str(entry.get("appId") or ""),
            "title": str(entry.get("notebookTitle") or ""),
            "mode": entry["appMode"],
            "dashboard_url": dashboard,
            "hide_input": hide,
        }
        if publication["guid"]:
            _add(found, {plain_address(str(entry["server"])): {"notebook": None, "publications": [publication]}})
    return found


def _owner(section: Section, now: Fingerprint, notebook: Path, index: Mapping[str, Any]) -> Path | None:
    """Return the notebook that a record at this path is about when that is another one, which bore this name before."""
    kept = Fingerprint.from_dict(section.get("notebook"))
    if not unlike(kept, now):
        return None
    moved = [Path(path) for path, entry in index.items() if path != str(notebook) and _resembles(entry, kept)]
    neighbours = sorted(each for each in notebook.parent.glob("*.ipynb") if each != notebook)[:_NEIGHBOURS]
    owners = [each for each in moved if each.exists()]
    return next(iter(owners), None) or next(
        (each for each in neighbours if same_notebook(of_notebook(each), kept)), None
    )


def _resembles(entry: Any, fingerprint: Fingerprint) -> bool:
    return any(
        same_notebook(Fingerprint.from_dict(each.get("notebook")), fingerprint) for each in _of_index(entry).values()
    )


def _abandoned_records(notebook: Path, now: Fingerprint) -> Iterator[Sections]:
    """Find records of this folder whose notebook is gone and was this one."""
    for path in sorted((notebook.parent / "rsconnect-python").glob("*.json")):
        old = notebook.parent / f"{path.stem}.ipynb"
        if old != notebook:
            yield _left_behind(_of_record(_read(path)), old, now)


def _abandoned_entries(notebook: Path, now: Fingerprint, index: Mapping[str, Any]) -> Iterator[Sections]:
    """Find entries of the index whose notebook is gone and was this one."""
    for path, entry in index.items():
        if path != str(notebook):
            yield _left_behind(_of_index(entry), Path(path), now)


def _left_behind(known: Sections, old: Path, now: Fingerprint) -> Sections:
    fingerprints = {url: Fingerprint.from_dict(each.get("notebook")) for url, each in known.items()}
    ours = {url: known[url] for url, kept in fingerprints.items() if same_notebook(kept, now)}
    if not ours or not old.exists():
        return ours
    there = of_notebook(old)
    return {url: each for url, each in ours.items() if unlike(fingerprints[url], there)}


def _write_record(path: Path, notebook: Path, known: Sections) -> None:
    private = path.parent.name == "applications"
    if private:
        private_folder(path.parent)
    else:
        path.parent.mkdir(exist_ok=True)
    with locked(path, shared=not private):
        data: dict[str, Any] = dict(read_json(path) or {})
        for url, section in known.items():
            key = next((each for each in data if plain_address(each) == url), url)
            entry: dict[str, Any] = data[key] if isinstance(data.get(key), dict) else {}
            both = merged(_of_record({key: entry}).get(url), section)
            data[key] = {**entry, **_their_keys(entry, url, notebook, both), OURS: both}
        write_json(path, data, mode=0o600 if private else None)


def _their_keys(entry: Mapping[str, Any], url: str, notebook: Path, section: Section) -> dict[str, Any]:
    """Return rsconnect-python's keys for the newest publication; none when they are someone else's."""
    newest: Mapping[str, Any] = max(section["publications"], key=lambda each: str(each.get("time", "")), default={})
    guid, theirs = newest.get("guid", ""), entry.get("app_guid")
    users = {each.get("user", "") for each in section["publications"] if each.get("guid") == theirs}
    if not guid or not re.search("[a-z-]", guid) or (theirs and theirs != guid and newest.get("user") not in users):
        return {}
    return {
        "server_url": entry.get("server_url") or url,
        "filename": str(notebook),
        "app_url": newest.get("url", ""),
        "app_id": entry.get("app_id") if theirs == guid else guid,
        "app_guid": guid,
        "title": newest.get("title", ""),
        "app_mode": newest.get("mode", ""),
        "app_store_version": 1,
    }


def _write_index(path: Path, notebook: Path, known: Sections) -> None:
    with locked(path):
        data = read_json(path) or {}
        notebooks = data.get("notebooks")
        notebooks = notebooks if isinstance(notebooks, dict) else {}
        here = notebooks.pop(str(notebook), None)
        both: Sections = {}
        _add(both, _of_index(here))
        _add(both, known)
        now = of_notebook(notebook)
        gone = [old for old, entry in notebooks.items() if not os.path.lexists(old) and _resembles(entry, now)]
        for old in gone:
            del notebooks[old]
        notebooks[str(notebook)] = {"servers": both}  # last: the index is in order of use
        for old in list(notebooks)[:-_KEPT_NOTEBOOKS]:
            del notebooks[old]
        write_json(path, {"version": 1, **data, "notebooks": notebooks}, indent=None)


def _drop_publication(section: Any, guid: str) -> None:
    if isinstance(section, dict) and isinstance(section.get("publications"), list):
        section["publications"] = [each for each in section["publications"] if each.get("guid") != guid]


def _point_elsewhere(data: dict[str, Any], key: str) -> None:
    """Take rsconnect-python's keys off content that is gone."""
    left = data[key].get(OURS, {}).get("publications")
    if left:
        newest: Mapping[str, Any] = max(left, key=lambda each: str(each.get("time", "")))
        data[key].update(app_guid=newest["guid"], app_id=newest["guid"], title=newest.get("title", ""))
        data[key].update(app_url=newest.get("url", ""), app_mode=newest.get("mode", ""))
    else:
        del data[key]
