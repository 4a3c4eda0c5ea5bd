"""Whether readers see what the notebook is now: digests kept at each publish, compared with those of the files now."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from ..addresses import without_userinfo
from ..bundle.plan import BundlePlan, plan_bundle
from ..connect.client import Client
from ..connect.parsing import as_text
from ..differences.meaning import digests, one_digest
from ..errors import BundleError, ConnectError, NotFoundError
from ..history import version_records
from ..history.publications import NotebookHistory
from ..history.version_records import ActiveVersion, FileStamp, VersionRecord
from ..models import PARTS, Bundle, ChangeState, Part, Publication, PublishOptions
from ..notebook.analysis import analyse
from ..project_files import open_regular
from .resolve import resolve

DIGEST_KEY = "notebook_digest"
"""Name, in the metadata of a bundle, of the digest of what was published."""

_NEVER = ChangeState(state="never-published")


def file_stamps(plan: BundlePlan) -> dict[str, tuple[int, int]]:
    """Return path in the bundle -> size and time of the files beside the notebook, before they are packed."""
    statuses = {path: source.stat() for path, source in other_files(plan).items()}
    return {path: (each.st_size, each.st_mtime_ns) for path, each in statuses.items()}


def packed_version(plan: BundlePlan, bundle: Bundle, stamps: Mapping[str, tuple[int, int]]) -> VersionRecord:
    """Return what to keep of a version that was packed: digests of its parts, and stamps of its files."""
    listed = bundle.manifest.get("files")
    listed = listed if isinstance(listed, Mapping) else {}
    files = {
        path: FileStamp(size=size, mtime_ns=time, digest=str(listed.get(path, {}).get("checksum", "")))
        for path, (size, time) in stamps.items()
    }
    return VersionRecord(parts=_digests(plan, {path: each.digest for path, each in files.items()}), files=files)


def digest_of(version: VersionRecord) -> str:
    """Return the one digest that travels with a version."""
    return one_digest(version.parts)


def change_state(
    notebook: Path, *, root: Path, guid: str | None = None, server_url: str | None = None, folder: Path | None = None
) -> ChangeState:
    """Return whether readers see what the notebook is now, from what is kept here. No network.

    A notebook that was never published is not read for it.

    Args:
        notebook: Absolute path.
        root: Folder that nothing in the bundle may lie outside of.
        guid: Which of its contents; the one published to last when omitted.
        server_url: That content's server.
        folder: Our data folder.

    Raises:
        NotebookError: the notebook cannot be read.
    """
    past = NotebookHistory(notebook, folder=folder)
    known = chosen_publication(past, guid=guid, server_url=server_url)
    if known is None:
        return _NEVER
    kept = version_records.read(known.server_url, known.guid, folder=folder)
    active = kept.active or ActiveVersion(id=known.bundle_id)
    known_as = ChangeState(
        state="never-published", server_url=known.server_url, guid=known.guid, title=known.title, bundle_id=active.id
    )
    if not active.id:
        return known_as
    record = kept.versions.get(active.id)
    if record is None and not active.digest:
        return _without_digests(notebook, known, active, known_as, has_records=bool(kept.versions))
    now = _digests_now(notebook, root, known, record or VersionRecord(), past)
    if record is not None:
        changed = tuple(each for each in PARTS if record.parts.get(each) != now[each])
        return replace(known_as, state="changed" if changed else "up-to-date", changed=changed, time=record.time)
    same = one_digest(now) == active.digest
    return replace(known_as, state="up-to-date" if same else "updated", by=active.by, time=active.time)


def chosen_publication(
    past: NotebookHistory, *, guid: str | None = None, server_url: str | None = None
) -> Publication | None:
    """Return the publication that is meant: of a content, else the newest."""
    known = past.publications(server_url=server_url)
    return next((each for each in known if guid in (None, each.guid)), None)


def hear_from_server(client: Client, guid: str, *, folder: Path | None = None) -> ActiveVersion:
    """Ask which version readers see, keep the answer, and return it; its id is empty when there is none.

    One request, two or three more when that version was not published from here.
    """
    server_url = client.server.url
    try:
        content = client.content(guid)
    except NotFoundError:
        active = ActiveVersion(id="")
    else:
        active = _described(client, guid, content.bundle_id or "", folder)
    version_records.keep_active(server_url, guid, active, folder=folder)
    return active


def user_name(client: Client, guid: str) -> str:
    """Return the name of a server's user; empty when the server does not say."""
    if not guid:
        return ""
    user = client.user()
    try:
        return user.username if guid == user.guid else as_text(client.account_details(guid).get("username"))
    except ConnectError:
        return ""


def _described(client: Client, guid: str, bundle_id: str, folder: Path | None) -> ActiveVersion:
    record = version_records.read(client.server.url, guid, folder=folder).versions.get(bundle_id)
    if record is not None:
        return ActiveVersion(id=bundle_id, by=record.by, time=record.time)
    try:
        details = client.bundle(guid, bundle_id) if bundle_id else {}
    except ConnectError:
        return ActiveVersion(id=bundle_id)
    about = details.get("metadata")
    digest = as_text(about.get(DIGEST_KEY)) if isinstance(about, Mapping) else ""
    by = user_name(client, as_text(details.get("created_by")))
    return ActiveVersion(id=bundle_id, by=by, time=as_text(details.get("created_time")), digest=digest)


def _without_digests(
    notebook: Path, known: Publication, active: ActiveVersion, known_as: ChangeState, *, has_records: bool
) -> ChangeState:
    """Return what can be said of a version that was not published from here, or before digests were kept."""
    # The hash is that of the last publish; once digests are kept, that one has its own.
    if has_records or active.id != known.bundle_id or not known.notebook_hash:
        return replace(known_as, state="updated", by=active.by, time=active.time)
    same = analyse(notebook).notebook.hash == known.notebook_hash
    return replace(known_as, state="up-to-date" if same else "unknown", time=known.time)


def _digests_now(
    notebook: Path, root: Path, known: Publication, record: VersionRecord, past: NotebookHistory
) -> dict[Part, str]:
    plan = current_plan(notebook, root=root, guid=known.guid, past=past)
    files = {path: _digest_now(source, record.files.get(path)) for path, source in other_files(plan).items()}
    return _digests(plan, files)


def current_plan(
    notebook: Path, *, root: Path, guid: str, past: NotebookHistory, options: PublishOptions | None = None
) -> BundlePlan:
    """Return the bundle that publishing to a content again would make, with what is remembered besides `options`."""
    analysis = analyse(notebook)
    given = dataclasses.replace(options or PublishOptions(), update=guid, new=None)
    plan = resolve(analysis.notebook, None, given, history=past)
    try:
        return plan_bundle(analysis, root=root, mode=plan.mode, options=plan.bundle)
    except BundleError:  # a picked file is gone: without it, it is a change of the files
        return plan_bundle(analysis, root=root, mode=plan.mode, options=replace(plan.bundle, files=()))


def _digests(plan: BundlePlan, files: Mapping[str, str]) -> dict[Part, str]:
    lines = map(without_userinfo, plan.requirements.lines)
    return digests(plan.notebook, mode=plan.mode, options=plan.options, files=files, requirements=lines)


def other_files(plan: BundlePlan) -> dict[str, Path]:
    """Return what the bundle holds besides the notebook or its page, and the list of packages: files on disk."""
    own = {plan.entrypoint, plan.notebook.file_name, plan.notebook.path.name, plan.requirements.package_file}
    return {each.path: each.source for each in plan.files if each.path not in own and isinstance(each.source, Path)}


def _digest_now(source: Path, stamp: FileStamp | None) -> str:
    try:
        status = source.stat()
        if stamp is not None and (status.st_size, status.st_mtime_ns) == (stamp.size, stamp.mtime_ns):
            return stamp.digest
        if stamp is not None and status.st_size != stamp.size:
            return "of another size"
        return _md5(source, status.st_size, status.st_mtime_ns)
    except OSError:
        return "unreadable"


@functools.lru_cache(maxsize=2000)
def _md5(path: Path, _size: int, _mtime_ns: int) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with open_regular(path) as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
