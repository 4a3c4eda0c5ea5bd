"""The order of the steps of a publish, as a generator of events. The only module that knows it.

``inspect`` reads the notebook and finds out where it goes, ``check`` looks for what would go wrong, ``bundle`` packs.
Only then is anything made on the server: ``content`` creates the item of a first publish, ``upload`` brings the
bundle, ``settings`` changes title, variables and integrations, ``deploy`` has the server run it and shows its log,
``verify`` fetches the page once. An update of content that readers use goes as a draft first where the server can, and
is activated when its page answers. ``done`` carries the `Deployment`. When who may read it is changed: see
`reader_plan`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Literal

from msgspec.structs import replace

from ..addresses import without_userinfo
from ..connect.client import Client
from ..connect.discovery import open_client
from ..errors import Cancelled, NoAnswerError, RSConnectException
from ..history import version_records
from ..history.git_source import as_metadata, git_source
from ..history.publications import remembered_options
from ..history.version_records import VersionRecord
from ..models import (
    Content,
    Deployment,
    Event,
    Publication,
    PublishRequest,
    Server,
    Status,
    TaskResult,
    User,
    timestamp,
)
from ..temporary_files import temporary_folder
from ..translation import _
from . import changes, integration_steps, reader_steps, steps
from .content_integrations import plan_integrations
from .preparation import Preparation
from .progress_events import Working, event, numbered
from .project_access import ProjectAccess, ProjectHere
from .reader_plan import ReaderPlan
from .remote_state import Checkpoint, RemoteState, last_checkpoint
from .schedule_option import apply_schedule, refuse_schedule
from .steps import ShouldStop

_REOPEN_PAUSES = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 60.0, 60.0)
"""Seconds between attempts to reach a server again."""


def _metadata(version: VersionRecord) -> dict[str, str]:
    """Return what the server keeps with the version (bundle metadata of Connect 2025.12 and later)."""
    note = {"note": version.note} if version.note else {}
    source = as_metadata(version.source) if version.source else {}
    return {**note, **source, changes.DIGEST_KEY: changes.digest_of(version)}


def _never() -> bool:
    return False


def publish(
    request: PublishRequest,
    *,
    should_stop: ShouldStop = _never,
    folder: Path | None = None,
    project: ProjectAccess | None = None,
) -> Generator[Event, None, Deployment]:
    """Publish a notebook: yield what happens, return what came of it.

    The server is only asked questions before the bundle is ready. What a failed first publish created is removed again,
    unless the server has begun to run it: then it stays, with its log, and the next publish updates it. Closing the
    generator leaves things as tidy as a failure.

    Args:
        request: What to publish where; the server with its key.
        should_stop: Asked between and inside the steps.
        folder: Our data folder, with the index of publications.
        project: Reads the notebook and its project, and saves where it was published; None does so here.

    Raises:
        RSConnectException: the publish failed, which the last event has said; ``data`` has ``remains`` (one sentence:
            what is on the server now) and, when there is content, ``guid``, ``url``, ``dashboard_url``, ``logs_url``.
        Cancelled: `should_stop` said so; the same data.
    """
    attempt = Attempt(request, should_stop=should_stop, folder=folder, project=project)
    return (yield from numbered(attempt.guarded(attempt.publish())))


def resume(
    request: PublishRequest,
    events: Iterable[Event],
    *,
    should_stop: ShouldStop = _never,
    folder: Path | None = None,
    project: ProjectAccess | None = None,
) -> Generator[Event, None, Deployment]:
    """Bring a publish to its end whose process died: yield the events that come after `events`.

    When the server had begun to run it, its log is followed from the first line not yet seen. Before that nothing can
    be resumed: what was created is removed, and the publish has failed.

    Args:
        request: As for `publish`; of its options only ``draft``, ``schedule`` and those about readers matter.
        events: All events of the publish so far.
        should_stop: As for `publish`.
        folder: As for `publish`.
        project: As for `publish`.

    Raises:
        RSConnectException: code ``interrupted`` when the server had not begun; else as `publish`.
    """
    attempt = Attempt(request, should_stop=should_stop, folder=folder, project=project)
    known = tuple(events)
    asked = any(each.step == "deploy" for each in known)
    return (yield from numbered(attempt.guarded(attempt.resume(last_checkpoint(known), asked=asked))))


class Attempt:
    """One publish while it runs: its connection and temporary files, and what it has made on the server so far."""

    def __init__(
        self,
        request: PublishRequest,
        *,
        should_stop: ShouldStop,
        folder: Path | None,
        project: ProjectAccess | None = None,
        connect: Callable[[Server], Client] = open_client,
    ) -> None:
        self._request = request
        self._connect = connect
        self._project = project or ProjectHere(request, folder=folder)
        self._folder = folder
        self._wished_to_stop = should_stop
        self._stack = ExitStack()
        self._client: Client | None = None
        self._user: User | None = None
        self._made: Preparation | None = None
        self._remote: RemoteState | None = None
        self._publication: Publication | None = None
        self._readers = ReaderPlan()

    def guarded(self, running: Working[Deployment]) -> Working[Deployment]:
        """Carry out steps; whatever ends them early, tidy up and say what remains on the server."""
        with self._stack:
            try:
                return (yield from running)
            except Cancelled as exc:
                remains = self._tidy()
                if self._remote is not None and self._remote.task_runs:
                    remains = _("The server continues with what it has started. {remains}").format(remains=remains)
                raise Cancelled.of("cancelled/publish", data=self._facts_after(remains), remains=remains) from exc
            except RSConnectException as exc:
                raise exc.with_parts(data={**self._facts_after(self._tidy()), **exc.data}) from exc.__cause__
            except BaseException:  # closed, or Ctrl-C: the same tidiness
                self._tidy()
                raise

    def publish(self) -> Working[Deployment]:
        """All steps."""
        request, options, stop = self._request, self._request.options, self._wished_to_stop
        made, replies = yield from steps.prepare(self._project, request, self._connected)
        self._made, self._user, client = made, replies.user, self._connected()
        refuse_schedule(options, made.mode)
        yield from steps.check(made, request.server, client, draft=bool(options.draft))
        target = steps.target_content(made, replies)
        readers = yield from reader_steps.prepare_readers(self._project, options, target, client)
        integrations = plan_integrations(client, options, target)
        scratch = self._stack.enter_context(temporary_folder())
        bundle = yield from steps.pack(made.packing, scratch, should_stop=stop)
        version = self._version_record(made, self._project.packed_version(bundle))
        self._look_for_stop()
        remote = yield from self._content(made, target, client)
        self._look_for_stop()
        self._remote = remote = reader_steps.restricted(remote, readers)
        yield from reader_steps.narrow(remote, readers, client)
        self._remote = remote = yield from steps.upload(
            remote, bundle, client, metadata=_metadata(version), should_stop=stop
        )
        self._keep_version(remote, version)
        self._look_for_stop()
        self._remote = remote = yield from steps.change_title(remote, made, client)
        self._remote = remote = yield from steps.set_variables(remote, options, client)
        self._remote = remote = yield from integration_steps.change(remote, integrations, client)
        if reader_steps.is_late(readers, options):
            self._readers = readers
        else:
            yield from reader_steps.change_before(remote, readers, client)
        yield event("settings", "success", _("The settings are applied."))
        self._look_for_stop()
        yield event("deploy", "start", _("Running on {name}.").format(name=request.server.name))
        self._remember(remote, "ok" if remote.content.bundle_id else "failed")
        self._remote = remote = self._start(remote, client)
        yield event("deploy", "progress", _("The server has started."), data=remote.facts())
        if options.wait is False:
            yield from self._save(remote)
            return (yield from self._done(remote, "progress", _("{title} is being run by the server.")))
        remote = yield from self._follow(remote, client)
        return (yield from self._finish(remote, client, keep_draft=bool(options.draft)))

    def resume(self, point: Checkpoint | None, *, asked: bool = True) -> Working[Deployment]:
        """The steps that are left of a publish whose process died; `asked`: perhaps the server was asked to run it."""
        yield event("deploy", "progress", _("Jupyter was restarted; the publish is being resumed."))
        if point is None:
            raise RSConnectException.of("interrupted")
        client = self._reopen()
        content = client.content(point.guid)
        remote = self._remote = RemoteState(
            content=content,
            before=None if point.created else content,
            checkpoint=point,
            task_runs=bool(point.task),
            may_become_live=point.phase != "draft" if point.task else asked and not client.capabilities.draft_pages,
            may_be_built=asked,
        )
        if not point.task:
            raise RSConnectException.of("interrupted")
        if not point.created:
            options = self._request.options
            self._readers = yield from reader_steps.pending_readers(self._project, options, content, client)
        if point.phase != "activation":
            remote = yield from self._follow(remote, client)
        return (yield from self._finish(remote, client, keep_draft=bool(self._request.options.draft)))

    def _content(self, made: Preparation, existing: Content | None, client: Client) -> Working[RemoteState]:
        """Create the content of a first publish, and save at once that it exists."""
        if existing is not None:
            remote = self._remote = steps.existing_content(made, existing)
            yield event("content", "success", _("Updating {title}.").format(title=made.title), data=remote.facts())
            return remote
        unfinished = self._announce(made)
        remote = self._remote = yield from steps.create_content(
            made, self._request.server, client, unfinished=unfinished
        )
        self._remember(remote, "failed", beside=False)
        yield event("content", "success", _("Created {title}.").format(title=made.title), data=remote.facts())
        return remote

    def _start(self, remote: RemoteState, client: Client) -> RemoteState:
        """Have the server run the bundle; when its answer is no, or lost, it may have begun all the same."""
        options = self._request.options
        draft = steps.is_drafted(remote, client, draft=bool(options.draft), wait=options.wait is not False)
        self._remote = remote = replace(remote, may_become_live=not draft, may_be_built=True)
        return steps.start_deployment(remote, client, draft=draft)

    def _follow(self, remote: RemoteState, client: Client) -> Working[RemoteState]:
        """Show the log of the run until it ends.

        Raises:
            TaskFailedError: the run failed.
        """
        self._look_for_stop()
        result, lines = yield from steps.follow(remote, client, should_stop=self._wished_to_stop)
        remote = self._remote = replace(remote, task_runs=False)
        self._refuse_failed(remote, result, lines)
        remote = self._remote = replace(remote, live=remote.checkpoint.phase == "live")
        yield event("deploy", "success", _("The server has run it."))
        return remote

    def _finish(self, remote: RemoteState, client: Client, *, keep_draft: bool) -> Working[Deployment]:
        """Fetch the page once, activate a draft whose page answers unless it stays one, and save the history."""
        yield event("verify", "start", _("Opening the page once."))
        phase = remote.checkpoint.phase
        if phase != "activation":
            steps.check_page(remote, client)
        if phase == "live" or (phase == "draft" and keep_draft):
            yield event("verify", "success", _("The page opens."))
        else:
            remote = yield from self._activate(remote, client)
        yield from self._save(remote)
        if remote.live:
            yield from reader_steps.change_after(remote, self._readers, client)
            yield from apply_schedule(remote, self._request.options, client)
        draft = remote.checkpoint.phase == "draft"
        outcome = _("{title} is ready as a draft.") if draft else _("{title} is published.")
        return (yield from self._done(remote, "success", outcome))

    def _activate(self, remote: RemoteState, client: Client) -> Working[RemoteState]:
        if remote.checkpoint.phase == "draft":
            self._look_for_stop()
            remote = self._remote = replace(remote, may_become_live=True)
            remote = self._remote = steps.activate(remote, client)
            message = _("The page opens; the new version is being activated.")
            yield event("verify", "progress", message, data=remote.facts())
        lines, result = steps.drained(client.follow(remote.checkpoint.task))  # its log repeats the draft's
        remote = self._remote = replace(remote, task_runs=False)
        if result.failed:
            for line in lines:
                yield event("verify", "log", line)
        self._refuse_failed(remote, result, lines)
        remote = self._remote = replace(remote, live=True)
        yield event("verify", "success", _("Readers see the new version."))
        return remote

    def _version_record(self, made: Preparation, packed: VersionRecord) -> VersionRecord:
        """Return what is known of the new version: digests of what was packed, who, when, the note, the commit."""
        options, by = self._request.options, self._user.username if self._user else ""
        source = git_source(made.packing.folder) if options.git_metadata is not False else None
        return replace(packed, by=by, time=timestamp(), note=options.note or "", source=source)

    def _keep_version(self, remote: RemoteState, version: VersionRecord) -> None:
        point, server = remote.checkpoint, self._request.server
        version_records.keep_version(server.url, point.guid, point.bundle_id, version, folder=self._folder)

    def _keep_active(self, remote: RemoteState) -> None:
        point, server = remote.checkpoint, self._request.server
        active = version_records.ActiveVersion(
            id=point.bundle_id, by=self._user.username if self._user else "", time=timestamp()
        )
        version_records.keep_active(server.url, point.guid, active, folder=self._folder)

    def _save(self, remote: RemoteState) -> Working[None]:
        draft = remote.checkpoint.phase == "draft"
        if remote.live:
            self._keep_active(remote)
        works = not draft or bool(remote.content.bundle_id)
        unsaved = self._remember(remote, "ok" if works else "failed", active=not draft)
        if unsaved is not None:
            yield event("done", "warning", unsaved.message, code=unsaved.code, hint=unsaved.hint)

    def _done(self, remote: RemoteState, status: Status, outcome: str) -> Working[Deployment]:
        made = steps.deployment(remote, self._request.server)
        yield event("done", status, outcome.format(title=made.title), data=made.as_dict())
        return made

    def _refuse_failed(self, remote: RemoteState, result: TaskResult, lines: list[str]) -> None:
        if result.failed:
            built = remote.checkpoint.phase == "activation"
            self._remote = replace(remote, may_become_live=False, may_be_built=built)
            raise self._project.run_failure(result, lines)

    def _connected(self) -> Client:
        self._look_for_stop()
        return self._client or self._open()

    def _open(self) -> Client:
        """Connect to the server; the connection is closed with the publish."""
        client = self._client = self._stack.enter_context(self._connect(self._request.server))
        client.transport.should_stop = self._wished_to_stop
        return client

    def _reopen(self) -> Client:
        """Connect again after a restart, which may come before the network does: try for some minutes.

        Raises:
            NoAnswerError: the server does not answer.
            Cancelled: the user asked to stop.
        """
        pauses = iter(_REOPEN_PAUSES)
        while True:
            try:
                client = self._open()
                self._user = client.user()
            except NoAnswerError:  # noqa: PERF203 - each attempt is one
                pause = next(pauses, None)
                if pause is None:
                    raise
                self._pause(pause)
            else:
                return client

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._look_for_stop()
            time.sleep(min(0.2, seconds))

    def _look_for_stop(self) -> None:
        if self._wished_to_stop():
            raise Cancelled.of("cancelled")

    def _announce(self, made: Preparation) -> bool:
        """Save that content is about to be made; return True when an earlier publish did and came no further."""
        user = self._user.username if self._user else ""
        url = self._request.server.url
        note = Publication(server_url=url, guid="", title=made.title, mode=made.mode, user=user, time=timestamp())
        return self._project.announce(replace(note, result="failed"))

    def _remember(
        self, remote: RemoteState, result: Literal["ok", "failed"], *, active: bool = False, beside: bool = True
    ) -> RSConnectException | None:
        """Save where the notebook is published; return why that was not possible."""
        content, point = remote.content, remote.checkpoint
        known = replace(
            self._known_publication(remote),
            mode=point.mode,
            title=content.title or point.title,
            url=content.url,
            dashboard_url=content.dashboard_url,
            bundle_id=(point.bundle_id if active else content.bundle_id) or "",
            user=self._user.username if self._user else "",
            time=timestamp(),
            result=result,
        )
        if self._made is not None:
            known = replace(
                known,
                options=remembered_options(self._made.remembered),
                requirement_lines=tuple(map(without_userinfo, self._made.requirement_lines)),
                notebook_hash=self._made.notebook_hash,
                note=self._request.options.note or "",
            )
        self._publication = known
        bundle = point.bundle_id or None
        try:
            self._project.record(known, bundle=bundle, beside=beside)
        except RSConnectException as exc:
            return exc
        return None

    def _known_publication(self, remote: RemoteState) -> Publication:
        """Return what is known about the publication so far."""
        point, server = remote.checkpoint, self._request.server
        if self._publication is None and self._user is not None and self._made is None:
            self._publication = self._project.publication(point.guid, self._user.username)
        empty = Publication(server_url=server.url, guid=point.guid, title=point.title, mode=point.mode)
        return self._publication or empty

    def _tidy(self) -> str:
        """Leave the server as it was, or as useful as can be; return one sentence on what is there now."""
        remote, client = self._remote, self._client
        if remote is None or client is None:
            return _("Nothing was created on the server.")
        client.transport.should_stop = _never
        point = remote.checkpoint
        if point.created and not point.task:
            return self._remove(remote, client)
        if remote.live:
            self._keep_active(remote)
            self._remember(remote, "failed", active=True)
            return _("Readers see the new version{said}.").format(
                said=reader_steps.undo_restriction(remote, client).said
            )
        if point.task:
            self._remember(remote, "failed")
        if remote.content.bundle_id:
            return self._keep_earlier_version(remote, client)
        return _("The content on the server keeps the log; the next publish updates it.")

    def _remove(self, remote: RemoteState, client: Client) -> str:
        guid = remote.content.guid
        try:
            client.delete(guid)
        except RSConnectException:
            return _("Empty content was created on the server; the next publish uses it.")
        self._project.forget(guid)
        self._remote = None
        return _("Nothing was created on the server.")

    def _keep_earlier_version(self, remote: RemoteState, client: Client) -> str:
        """Give readers' earlier version its title back; return what is on the server now."""
        point, before = remote.checkpoint, remote.before
        becomes_live = remote.task_runs and point.phase == "live"
        if before is not None and before.title != remote.content.title and not becomes_live:
            with suppress(RSConnectException):
                self._remote = replace(remote, content=client.update(point.guid, title=before.title))
        old_integrations = not becomes_live and integration_steps.put_back(remote, client)
        access = reader_steps.undo_restriction(remote, client)
        said = _("The content on the server keeps its earlier version")
        if point.task and point.phase == "draft" and not remote.task_runs and not access.draft_deleted:
            said += _("; the new one is there as a draft")
        said += access.said
        if remote.integrations_before is not None and not old_integrations:
            said += _("; the integrations are the new ones")
        if remote.variables_set:
            return said + _("; the environment variables are the new ones.")
        return _("{said}.").format(said=said)

    def _facts_after(self, remains: str) -> dict[str, Any]:
        """Return what an error says about the server, once all is tidy: what is there now, and where to look."""
        remote = self._remote
        if remote is None:
            return {"remains": remains}
        return {"guid": remote.content.guid, **remote.links(), "remains": remains}
