"""The steps of a publish: each takes what earlier ones made, yields events, and returns what it makes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..bundle.plan import BundlePlan, plan_bundle, write_bundle
from ..connect.app_modes import FINISHED, QUARTO, TITLES
from ..connect.client import Client
from ..connect.content_names import name_for
from ..errors import ForbiddenError, NoAnswerError, NotFoundError, PreflightError, RSConnectException, TaskFailedError
from ..history.publications import NotebookHistory
from ..html.page_process import PAGES
from ..kernel.environment import begin_inspection
from ..models import Bundle, Deployment, Finding, PublishRequest, Server, ServerFacts, TaskResult, User
from ..notebook.analysis import NotebookAnalysis, analyse
from ..preflight import checks as preflight
from .progress_events import Working, event, progress_events
from .remote_state import Checkpoint, RemoteState, task_id
from .resolve import PublishPlan, resolve
from .targets import ServerView, proposal, proposed_guid
from .worker_thread import run_in_thread

ShouldStop = Callable[[], bool]

_KEPT_LINES = 2000
"""Log lines kept for finding out why a run failed; the reason stands near the end."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What a publish will do, and with what.

    Attributes:
        user: Who publishes.
        facts: What the server says about itself.
        bundle: What will be packed.
    """

    plan: PublishPlan
    bundle: BundlePlan
    user: User
    facts: ServerFacts


def read(request: PublishRequest) -> Working[NotebookAnalysis]:
    """Read the notebook, and begin in the background what takes long: asking its kernel, starting the page process."""
    message = f"Reading {request.notebook.name} and connecting to {request.server.name}."
    yield event("inspect", "start", message)
    analysis = analyse(request.notebook)
    if request.options.mode == FINISHED:
        PAGES.begin()
    else:
        begin_inspection(request.notebook)
    return analysis


def inspect(
    request: PublishRequest, analysis: NotebookAnalysis, client: Client, history: NotebookHistory
) -> Working[Prepared]:
    """Sign in and find out where the notebook goes and as what.

    Raises:
        ForbiddenError: code ``cannot-publish``.
        TargetError: the content to update cannot be published to.
    """
    user = publisher(client, request.server)
    view = ServerView(server=request.server, user=user, content=client.content)
    plan = resolve(analysis.notebook, view, request.options, history=history)
    if plan.target.problem is not None:
        raise plan.target.problem
    yield from _offer(plan, request, client, history)
    facts = client.facts(quarto=plan.mode == QUARTO)
    bundle = plan_bundle(analysis, root=request.root, mode=plan.mode, options=plan.bundle, facts=facts)
    content = plan.target.content
    goes = f"updates {content.title or content.name}" if content else "becomes new content"
    found = {"title": plan.title, "mode": plan.mode, "target": content.guid if content else "new"}
    yield event("inspect", "success", f"{plan.title} {goes} as {TITLES[plan.mode]}.", data=found)
    return Prepared(plan=plan, bundle=bundle, user=user, facts=facts)


def _offer(plan: PublishPlan, request: PublishRequest, client: Client, history: NotebookHistory) -> Working[None]:
    """Say which content the project names, when it is not the target."""
    guid = proposed_guid(plan.target, request.options, server=request.server, history=history)
    if guid is None:
        return
    with suppress(NotFoundError, ForbiddenError):
        offer = proposal(client.content(guid))
        if offer is not None:
            details = {"hint": offer.hint, "data": {"finding": offer.as_dict()}}
            yield event("inspect", "warning", offer.message, code=offer.code, **details)


def publisher(client: Client, server: Server) -> User:
    """Return who is signed in.

    Raises:
        ForbiddenError: code ``cannot-publish``: this user may not publish.
    """
    user = client.user()
    if not user.may_publish:
        details = {"status": 403}
        raise ForbiddenError.of("cannot-publish", details=details, user=user.username, server=server.name)
    return user


def check(prepared: Prepared, server: Server, client: Client) -> Working[None]:
    """Run the checks.

    Raises:
        RSConnectException: code ``drafts-unsupported``: a draft is wanted, and the server is known to have none.
        PreflightError: a finding of severity ``error``; ``data["findings"]`` has all of them.
    """
    yield event("check", "start", "Checking the notebook and the bundle.")
    plan, bundle = prepared.plan, prepared.bundle
    findings = preflight.check(
        bundle, facts=prepared.facts, target=plan.target.content, title=plan.title, variables=plan.options.env or {}
    )
    for each in findings:
        if each.severity == "warning":
            details = {"hint": each.hint or None, "data": {"finding": each.as_dict()}}
            yield event("check", "warning", each.message, code=each.code, **details)
    refuse(findings)
    if plan.options.draft and client.capabilities.drafts is False:
        raise RSConnectException.of("drafts-unsupported", server=server.name)
    yield event("check", "success", "No problems found.")


def refuse(findings: tuple[Finding, ...]) -> None:
    """Raise the first finding of severity ``error``, with all of them as data.

    Raises:
        PreflightError: there is one.
    """
    errors = [each for each in findings if each.severity == "error"]
    if errors:
        first, data = errors[0], {"findings": [each.as_dict() for each in errors]}
        raise PreflightError(first.message, hint=first.hint, code=first.code, where=first.where, data=data)


def pack(plan: BundlePlan, folder: Path, *, should_stop: ShouldStop) -> Working[Bundle]:
    """Write the bundle into a temporary folder."""
    count = len(plan.files)
    page = " and making the page" if plan.app_mode.is_page else ""
    yield event("bundle", "start", f"Packing {count} {'file' if count == 1 else 'files'}{page}.")
    packing = run_in_thread(
        lambda progress, stop: write_bundle(plan, folder / "bundle.tar.gz", progress=progress, should_stop=stop),
        should_stop=should_stop,
    )
    bundle = yield from progress_events("bundle", "Packing.", "done", packing)
    data = {"size": bundle.size, "files": count}
    yield event("bundle", "success", f"The bundle has {bundle.size:,} bytes.", data=data)
    return bundle


def create_content(plan: PublishPlan, server: Server, client: Client, *, unfinished: bool) -> Working[RemoteState]:
    """Create the content of a first publish.

    Args:
        plan: What the publish does.
        server: Where to.
        client: Signed in.
        unfinished: True when an earlier publish may have created it and was ended before it knew.
    """
    yield event("content", "start", f"Creating {plan.title} on {server.name}.")
    content = client.create(name_for(plan.title), plan.title, adopt=unfinished)
    point = Checkpoint(guid=content.guid, created=True, mode=plan.mode, title=plan.title)
    return RemoteState(content=content, before=None, checkpoint=point)


def existing_content(plan: PublishPlan) -> RemoteState | None:
    """Return the state of the content to update; None when it is to be created."""
    content = plan.target.content
    if content is None:
        return None
    point = Checkpoint(guid=content.guid, mode=plan.mode, title=plan.title)
    return RemoteState(content=content, before=content, checkpoint=point)


def upload(
    remote: RemoteState, bundle: Bundle, client: Client, *, metadata: Mapping[str, str], should_stop: ShouldStop
) -> Working[RemoteState]:
    """Bring the bundle to the server, with metadata where the server keeps that."""
    guid = remote.content.guid
    yield event("upload", "start", "Uploading the bundle.", data={"sent": 0, "total": bundle.size})
    sending = run_in_thread(
        lambda progress, stop: client.upload(
            guid, bundle.path, md5=bundle.md5, metadata=metadata, progress=progress, should_stop=stop
        ),
        should_stop=should_stop,
    )
    bundle_id = yield from progress_events("upload", "Uploading.", "sent", sending)
    yield event("upload", "success", f"Uploaded as bundle {bundle_id}.", data={"bundle_id": bundle_id})
    return remote.at(bundle_id=bundle_id)


def change_title(remote: RemoteState, plan: PublishPlan, client: Client) -> Working[RemoteState]:
    """Give the content the chosen title."""
    if plan.sources["title"] != "chosen" or plan.title == remote.content.title:
        return remote
    yield event("settings", "start", "Changing the title.")
    return replace(remote, content=client.update(remote.content.guid, title=plan.title))


def set_variables(remote: RemoteState, plan: PublishPlan, client: Client) -> Working[RemoteState]:
    """Set the chosen environment variables."""
    if plan.options.env:
        yield event("settings", "start", f"Setting {len(plan.options.env)} environment variables.")
        client.set_variables(remote.content.guid, plan.options.env)
        remote = replace(remote, variables_set=True)
    yield event("settings", "success", "The settings are applied.")
    return remote


def start_deployment(remote: RemoteState, client: Client, *, draft: bool = False, wait: bool = True) -> RemoteState:
    """Have the server run the bundle, as a draft when readers use an earlier version and we wait to activate it."""
    draft |= wait and remote.content.bundle_id is not None and bool(client.capabilities.draft_pages)
    point = remote.checkpoint
    task = client.deploy(point.guid, point.bundle_id, activate=not draft)
    return replace(remote.at(task=task, phase="draft" if draft else "live"), task_runs=True)


def follow(remote: RemoteState, client: Client, *, should_stop: ShouldStop) -> Working[tuple[TaskResult, list[str]]]:
    """Yield the task's log from the first line not yet seen; return how the task ended, and its last lines."""
    point, lines = remote.checkpoint, list[str]()
    following = client.follow(point.task, first=point.lines, should_stop=should_stop)
    while True:
        try:
            line = next(following)
        except StopIteration as end:
            result: TaskResult = end.value
            return result, lines
        lines.append(line)
        del lines[:-_KEPT_LINES]
        yield event("deploy", "log", line)


def run_failure(result: TaskResult, lines: list[str], *, plan: BundlePlan | None, notebook: Path) -> TaskFailedError:
    """Return the error that says why a run on the server failed, as far as its log tells."""
    from .diagnosis import diagnose  # noqa: PLC0415 - only a failure needs its patterns

    found = diagnose(lines, result, plan=plan, notebook=notebook)
    details: dict[str, Any] = {"exit_code": result.code or 1, "lines": found.lines}
    return TaskFailedError(found.message, hint=found.hint, where=found.where, data=found.as_data(), **details)


def check_page(remote: RemoteState, client: Client) -> None:
    """Fetch the readers' page once, or the draft's.

    Raises:
        RSConnectException: code ``page-not-working``.
    """
    drafted = remote.checkpoint.phase == "draft"
    if drafted and not client.capabilities.draft_pages:
        return
    kept = "Readers keep the earlier version." if drafted else "Look at the content's logs."
    try:
        status = client.check_page(remote.content, bundle_id=remote.checkpoint.bundle_id if drafted else None)
    except NoAnswerError as exc:
        raise RSConnectException.of("page-not-working/no-answer", kept=kept) from exc
    if status >= 500:
        raise RSConnectException.of("page-not-working/status", kept=kept, status=status)


def activate(remote: RemoteState, client: Client) -> RemoteState:
    """Make a draft what readers see."""
    point = remote.checkpoint
    return replace(remote.at(task=client.deploy(point.guid, point.bundle_id), phase="activation"), task_runs=True)


def drained(following: Generator[str, None, TaskResult]) -> tuple[list[str], TaskResult]:
    """Return a task's lines and how it ended."""
    results: list[TaskResult] = []

    def lines() -> Generator[str, None, None]:
        results.append((yield from following))

    return list(lines()), results[0]


def deployment(remote: RemoteState, server: Server) -> Deployment:
    """Return what came of the publish."""
    content, point = remote.content, remote.checkpoint
    draft = f"{content.dashboard_url}/draft/{point.bundle_id}" if point.phase == "draft" else None
    return Deployment(
        server=server.name,
        guid=content.guid,
        title=content.title or point.title,
        mode=point.mode,
        bundle_id=point.bundle_id,
        task_id=task_id(point),
        created=point.created,
        draft_url=draft,
        url=content.url,
        dashboard_url=content.dashboard_url,
        logs_url=content.logs_url,
    )
