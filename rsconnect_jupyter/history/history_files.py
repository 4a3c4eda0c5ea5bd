"""The files that say where a notebook was published.

Three places:

- **Beside the notebook**, rsconnect-python's record ``rsconnect-python/<stem>.json`` (publish formats, 4.2): colleagues
  who share the folder and that tool see it, and it travels with a repository. So anybody may have written it: what only
  it knows is a proposal, which the author confirms by publishing there once. Its keys are kept as that tool writes
  them; ours lie in one added key, ``rsconnect_jupyter``, per server: the notebook's fingerprint and a list of
  publications, one per content and user, so that two people who publish the same notebook both keep theirs. The tool's
  own keys follow the newest publication, unless they point to content of someone else. An entry without a GUID
  announces content that is about to be made.
- **In that tool's private folder**, ``applications/<key>.json``, when the notebook's folder or our index cannot be
  written.
- **In our index**, ``history.json`` in this user's data folder, by path.

A notebook that was renamed or moved is known again by its fingerprint, in the records beside it and in the index,
provided that nothing like it is left at its old place: a copy is a new notebook. The predecessor's ``rsconnect`` key in
the notebook's metadata is read too, as a proposal. Nothing is written into the notebook, and nothing here says anything
about keys.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any, get_args

import msgspec

from ..addresses import guid_in, plain_address
from ..messages import finding
from ..models import Finding, Mode
from ..project_files import read_regular
from ..servers.sources import addresses_of, rsconnect_python_folder
from ..storage import data_folder, locked, parsed_json, private_folder, read_json, write_json
from ..translation import _
from .fingerprints import Fingerprint, of_notebook, same_notebook, unlike

OURS = "rsconnect_jupyter"
SHARED = "rsconnect-python"
"""Name of the folder of records that travel with a project."""

MOST_BYTES = 10_000_000
"""A larger record is not read."""

_MODES = get_args(Mode)
_KEPT_BUNDLES = 20
_KEPT_NOTEBOOKS = 1000
_NEIGHBOURS = 40
"""Notebooks of a folder to look at when a record may belong to one of them under a new name."""

Section = dict[str, Any]
"""Ours for one server: ``{"notebook": fingerprint, "publications": [publication + bundles, …]}``."""

Sections = dict[str, Section]
"""Server address -> section."""


def own_sections(notebook: Path, *, folder: Path | None = None) -> Sections:
    """Return what this user's private files know about a notebook, per server. Nothing readable is no error."""
    now = of_notebook(notebook)
    index = _index_entries(folder)
    found: Sections = {}
    here = [_of_record(_read_private(path)) for path in _places(notebook)[1:]] + [_of_index(index.get(str(notebook)))]
    for each in here:
        _add(found, {url: section for url, section in each.items() if not _owner(section, now, notebook, index)})
    for each in () if found else _abandoned_entries(notebook, now, index):
        _add(found, each)
    return _at_present_addresses(found, folder)


def shared_sections(notebook: Path, *, folder: Path | None = None) -> tuple[Sections, tuple[Finding, ...]]:
    """Return what files that travel with the project say about a notebook, and what is wrong with them."""
    now = of_notebook(notebook)
    index = _index_entries(folder)
    found: Sections = {}
    data, problems = _read_shared(_places(notebook)[0])
    here = _without_future(_of_record(data))
    _add(found, {url: section for url, section in here.items() if not _owner(section, now, notebook, index)})
    for each in () if found else _abandoned_records(notebook, now):
        _add(found, _without_future(each))
    _add(found, _of_metadata(now.metadata))
    return _at_present_addresses(found, folder), problems


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
        known: Per server; of this user, not what only the project says.
        folder: Our data folder.
        beside: False writes the index only, as another write follows.
    """
    if beside:
        _hand_over(notebook, folder)
    written = []
    for path in _places(notebook)[:2] if beside else ():
        if _tried(_write_record, path, notebook, known):
            written.append(path)
            break
    private = _places(notebook)[1]
    if _tried(partial(_write_index, last=beside), _index(folder), notebook, known):
        written.append(_index(folder))
    elif private not in written and _tried(_write_record, private, notebook, known):
        written.append(private)  # what only the record beside the notebook says would be no more than a proposal
    return tuple(written)


def is_shared(path: Path) -> bool:
    """Return True for a file that travels with the project."""
    return path.parent.name == SHARED


def _tried(writing: Callable[..., None], *arguments: Any) -> bool:
    """Write a file; return False where that is not possible, or it is someone else's and not in the known form."""
    with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
        writing(*arguments)
        return True
    return False


def _hand_over(notebook: Path, folder: Path | None) -> None:
    """Give what is kept under this notebook's name, but is about one renamed since, to that one's own name.

    Each file's content stays in files of its kind: what only a record says does not get into the index.
    """
    now = of_notebook(notebook)
    index = _index_entries(folder)
    for number, path in enumerate(_places(notebook)):
        data = _read_shared(path)[0] if is_shared(path) else _read_private(path)
        for url, section in _of_record(data).items():
            owner = _owner(section, now, notebook, index)
            if owner is not None and _tried(_write_record, _places(owner)[min(number, 1)], owner, {url: section}):
                _tried(_drop_server, path, url)
    for url, section in _of_index(index.get(str(notebook))).items():
        owner = _owner(section, now, notebook, index)
        if owner is not None and _tried(_write_index, _index(folder), owner, {url: section}):
            _tried(_drop_from_index, _index(folder), notebook, url)


def _drop_server(path: Path, url: str) -> None:
    with locked(path, shared=is_shared(path)):
        data = {key: each for key, each in _read_for_update(path).items() if plain_address(key) != url}
        write_json(path, data, mode=None)


def _drop_from_index(path: Path, notebook: Path, url: str) -> None:
    with locked(path):
        data = _read_for_update(path)
        data["notebooks"][str(notebook)]["servers"].pop(url, None)
        write_json(path, data, indent=None)


def drop(notebook: Path, url: str, guid: str, *, folder: Path | None = None) -> None:
    """Take one content out of the records and the index; what cannot be read or written stays as it is."""
    urls = addresses_of(url, folder=folder or data_folder())
    for path in [each for each in _places(notebook) if each.exists()]:
        _tried(_drop_from_record, path, urls, guid)
    if _index(folder).exists():
        _tried(_drop_content_from_index, _index(folder), notebook, urls, guid)


def _drop_from_record(path: Path, urls: Collection[str], guid: str) -> None:
    with locked(path, shared=is_shared(path)):
        data = _read_for_update(path)
        for key in [each for each in data if plain_address(each) in urls and isinstance(data[each], dict)]:
            _drop_publication(data[key].get(OURS), guid)
            if data[key].get("app_guid") == guid:
                _point_elsewhere(data, key)
        write_json(path, data, mode=None)


def _drop_content_from_index(path: Path, notebook: Path, urls: Collection[str], guid: str) -> None:
    with locked(path):
        data = _read_for_update(path)
        for url in urls:
            _drop_publication(data["notebooks"][str(notebook)]["servers"].get(url), guid)
        write_json(path, data, indent=None)


def _index(folder: Path | None) -> Path:
    return (folder or data_folder()) / "history.json"


def _places(notebook: Path) -> list[Path]:
    """Return the records of a notebook, the one to write first; the last is where ``deploy notebook`` puts its own."""
    applications = rsconnect_python_folder() / "applications"
    misplaced = notebook / f"{notebook.name}.py"
    return [
        notebook.parent.resolve() / SHARED / f"{notebook.stem}.json",
        applications / f"{_private_key(notebook)}.json",
        applications / f"{_private_key(misplaced)}.json",
    ]


def _private_key(path: Path) -> str:
    digest = hashlib.sha1(str(path).encode("utf-8", "surrogateescape"), usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def _read_private(path: Path) -> dict[str, Any]:
    try:
        value = read_json(path)
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _index_entries(folder: Path | None) -> dict[str, Any]:
    entries = _read_private(_index(folder)).get("notebooks")
    return entries if isinstance(entries, dict) else {}


def _read_shared(path: Path) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Return a record of the project, and why it cannot be used, or not all of it."""
    reason = ""
    try:
        data = _read_for_update(path)
        msgspec.convert(data, dict[str, _Entry])
    except OSError as exc:
        data, reason = {}, exc.strerror or str(exc)
    except msgspec.ValidationError as exc:
        reason = str(exc)
    except (ValueError, RecursionError):
        data, reason = {}, _("it is not valid JSON")
    name = f"{path.parent.name}/{path.name}"
    return data, (finding("record-not-usable", path=name, reason=reason),) if reason else ()


def _read_for_update(path: Path) -> dict[str, Any]:
    """Return a file's object; empty when there is none.

    Raises:
        OSError: it cannot be read, is no regular file, or one of the project that a link leads to.
        ValueError: it is no JSON object.
    """
    if not is_shared(path):
        value = read_json(path)
    else:
        value = parsed_json(read_regular(path, most=MOST_BYTES)) if os.path.lexists(path) else None
    if not isinstance(value, dict | None):
        raise ValueError(_("it is no JSON object"))  # noqa: TRY004 - as for a text that is no JSON
    return value or {}


class _Entry(msgspec.Struct):
    """What is used of a record's entry for one server; anything else in it is left alone."""

    server_url: str | None = None
    app_guid: str | None = None
    app_id: str | int | None = None
    app_mode: str | None = None
    app_url: str | None = None
    title: str | None = None
    rsconnect_jupyter: _Section | None = None


class _Section(msgspec.Struct):
    publications: list[_Kept]
    notebook: dict[str, Any] | None = None


class _Kept(msgspec.Struct):
    """The types of a publication's parts that are used here; its options are looked at when they are."""

    mode: Mode
    guid: str = ""
    user: str = ""
    time: str = ""
    bundle_id: str | None = None
    bundles: list[str] = []


def _fits(value: Any, kind: type) -> bool:
    try:
        msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError):
        return False
    return True


def _without_future(sections: Sections) -> Sections:
    """Return sections in which a time that is yet to come, which would make its entry the newest, is left out."""
    now = datetime.now(timezone.utc).isoformat()
    for section in sections.values():
        for each in section["publications"]:
            if each.get("time", "") > now:
                del each["time"]
    return sections


def _add(found: Sections, more: Sections) -> None:
    for url, section in more.items():
        found[url] = merged(found.get(url), section)


def _at_present_addresses(sections: Sections, folder: Path | None) -> Sections:
    """Return sections with the sandbox at the address that it has now, its links too."""
    found: Sections = {}
    for url, section in sections.items():
        present = addresses_of(url, folder=folder or data_folder())[0]
        moved = [_with_links_moved(each, url, present) for each in section["publications"]]
        _add(found, {present: {**section, "publications": moved}})
    return found


def _with_links_moved(publication: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    links = {name: str(publication.get(name) or "") for name in ("url", "dashboard_url")}
    moved = {name: new + link.removeprefix(old) for name, link in links.items() if link.startswith(f"{old}/")}
    return {**publication, **moved}


def _of_record(data: Mapping[str, Any]) -> Sections:
    """Return a record's content: our sections, and what rsconnect-python alone knows as publications without a time."""
    found: Sections = {}
    for key, entry in data.items():
        section = _checked(entry.get(OURS)) if isinstance(entry, dict) else None
        if section is None or not _fits({**entry, OURS: None}, _Entry):
            continue
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
        "publications": [each for each in entries if _fits(each, _Kept)],
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
    for path in sorted(_places(notebook)[0].parent.glob("*.json"))[:_NEIGHBOURS]:
        old = notebook.parent / f"{path.stem}.ipynb"
        if old != notebook:
            yield _left_behind(_of_record(_read_shared(path)[0]), old, now)


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
    shared = is_shared(path)
    if not shared:
        private_folder(path.parent)
    elif path.parent.is_symlink():
        raise NotADirectoryError(path.parent)
    else:
        path.parent.mkdir(exist_ok=True)
    with locked(path, shared=shared):
        data = _read_for_update(path)
        for url, section in known.items():
            key = next((each for each in data if plain_address(each) == url), url)
            entry: dict[str, Any] = data[key] if isinstance(data.get(key), dict) else {}
            both = merged(_of_record({key: entry}).get(url), section)
            data[key] = {**entry, **_their_keys(entry, url, notebook, both), OURS: both}
        write_json(path, data, mode=None if shared else 0o600)


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


def _write_index(path: Path, notebook: Path, known: Sections, *, last: bool = True) -> None:
    private_folder(path.parent)
    with locked(path):
        data = _read_private(path)
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
        write_json(path, {"version": 1, **data, "notebooks": notebooks}, last=last, indent=None)


def _drop_publication(section: Any, guid: str) -> None:
    if isinstance(section, dict) and isinstance(section.get("publications"), list):
        kept = [each for each in section["publications"] if not isinstance(each, dict) or each.get("guid") != guid]
        section["publications"] = kept


def _point_elsewhere(data: dict[str, Any], key: str) -> None:
    """Take rsconnect-python's keys off content that is gone."""
    left = [each for each in _checked(data[key].get(OURS))["publications"] if each.get("guid")]
    if left:
        newest: Mapping[str, Any] = max(left, key=lambda each: str(each.get("time", "")))
        data[key].update(app_guid=newest["guid"], app_id=newest["guid"], title=newest.get("title", ""))
        data[key].update(app_url=newest.get("url", ""), app_mode=newest.get("mode", ""))
    else:
        del data[key]
