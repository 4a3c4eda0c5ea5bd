"""The steps of a publish: each takes what earlier ones made, yields events, and returns what it makes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from pathlib import Path

from msgspec.structs import replace

from ..bundle.packing import Packing, write_packed
from ..connect.app_modes import APP_MODES, FINISHED, mode_title
from ..connect.client import Client
from ..connect.content_names import name_for
from ..errors import ForbiddenError, NoAnswerError, NotFoundError, PreflightError, RSConnectException
from ..html.page_process import PAGES
from ..models import Bundle, Content, Deployment, Finding, PublishOptions, PublishRequest, Server, TaskResult, User
from ..translation import _, ngettext
from .preparation import Preparation, Question, ServerReplies
from .progress_events import Working, event, progress_events
from .project_access import ProjectAccess
from .remote_state import Checkpoint, RemoteState, task_id
from .worker_thread import run_in_thread

ShouldStop = Callable[[], bool]

_KEPT_LINES = 2000
"""Log lines kept for finding out why a run failed; the reason stands near the end."""


def prepare(
    project: ProjectAccess, request: PublishRequest, connect: Callable[[], Client]
) -> Working[tuple[Preparation, ServerReplies]]:
    """Read the notebook and find out where it goes and as what; return that, and what the server answered.

    Args:
        project: Reads.
        request: What to publish where.
        connect: Returns the signed-in client.

    Raises:
        ForbiddenError: code ``cannot-publish``.
        TargetError: the content to update cannot be published to.
    """
    yield event(
        "inspect",
        "start",
        _("Reading {notebook} and connecting to {server}.").format(
            notebook=request.notebook.name, server=request.server.name
        ),
    )
    if request.options.mode == FINISHED:
        PAGES.begin()
    replies = ServerReplies()
    while isinstance(made := project.prepare(replies), Question):
        replies = answered(made, replies, connect(), request.server)
    if made.offer is not None:
        details = {"hint": made.offer.hint, "data": {"finding": made.offer.as_dict()}}
        yield event("inspect", "warning", made.offer.message, code=made.offer.code, **details)
    content = target_content(made, replies)
    values = {
        "title": made.title,
        "mode": mode_title(made.mode),
        "old": (content.title or content.name) if content else "",
    }
    known, new = _("{title} updates {old} as {mode}."), _("{title} becomes new content as {mode}.")
    message = (known if content else new).format(**values)
    found = {"title": made.title, "mode": made.mode, "target": content.guid if content else "new"}
    yield event("inspect", "success", message, data=found)
    return made, replies


def answered(question: Question, replies: ServerReplies, client: Client, server: Server) -> ServerReplies:
    """Ask the server and return its replies with the new one.

    Raises:
        ForbiddenError: code ``cannot-publish``.
    """
    if question.about == "user":
        return replace(replies, user=publisher(client, server))
    if question.about == "facts":
        return replace(replies, facts=client.facts(quarto=question.quarto))
    try:
        content: Content | NotFoundError | ForbiddenError = client.content(question.guid)
    except (NotFoundError, ForbiddenError) as exc:
        content = exc
    return replace(replies, contents={**replies.contents, question.guid: content})


def target_content(made: Preparation, replies: ServerReplies) -> Content | None:
    """Return the content to update, as the server described it; None for new content."""
    content = next((each for guid, each in replies.contents.items() if guid == made.target), None)
    return content if isinstance(content, Content) else None


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


def check(made: Preparation, server: Server, client: Client, *, draft: bool) -> Working[None]:
    """Show what the checks found.

    Raises:
        RSConnectException: code ``drafts-unsupported``: a draft is wanted, and the server is known to have none.
        PreflightError: a finding of severity ``error``; ``data["findings"]`` has all of them.
    """
    yield event("check", "start", _("Checking the notebook and the bundle."))
    for each in made.findings:
        if each.severity == "warning":
            details = {"hint": each.hint or None, "data": {"finding": each.as_dict()}}
            yield event("check", "warning", each.message, code=each.code, **details)
    refuse(made.findings)
    if draft and client.capabilities.drafts is False:
        raise RSConnectException.of("drafts-unsupported", server=server.name)
    yield event("check", "success", _("No problems found."))


def refuse(findings: tuple[Finding, ...]) -> None:
    """Raise the first finding of severity ``error``, with all of them as data.

    Raises:
        PreflightError: there is one.
    """
    errors = [each for each in findings if each.severity == "error"]
    if errors:
        first, data = errors[0], {"findings": [each.as_dict() for each in errors]}
        raise PreflightError(first.message, hint=first.hint, code=first.code, where=first.where, data=data)


def pack(packing: Packing, folder: Path, *, should_stop: ShouldStop) -> Working[Bundle]:
    """Write the bundle into a temporary folder."""
    count = len(packing.files)
    if APP_MODES[packing.mode].is_page:
        message = ngettext(
            "Packing {count} file and making the page.", "Packing {count} files and making the page.", count
        )
    else:
        message = ngettext("Packing {count} file.", "Packing {count} files.", count)
    yield event("bundle", "start", message.format(count=count))
    writing = run_in_thread(
        lambda progress, stop: write_packed(packing, folder / "bundle.tar.gz", progress=progress, should_stop=stop),
        should_stop=should_stop,
    )
    bundle = yield from progress_events("bundle", _("Packing."), "done", writing)
    data = {"size": bundle.size, "files": count}
    yield event("bundle", "success", _("The bundle has {size:,} bytes.").format(size=bundle.size), data=data)
    return bundle


def create_content(made: Preparation, server: Server, client: Client, *, unfinished: bool) -> Working[RemoteState]:
    """Create the content of a first publish.

    Args:
        made: What the publish does.
        server: Where to.
        client: Signed in.
        unfinished: True when an earlier publish may have created it and was ended before it knew.
    """
    yield event("content", "start", _("Creating {title} on {name}.").format(title=made.title, name=server.name))
    content = client.create(name_for(made.title), made.title, adopt=unfinished)
    point = Checkpoint(guid=content.guid, created=True, mode=made.mode, title=made.title)
    return RemoteState(content=content, before=None, checkpoint=point)


def existing_content(made: Preparation, content: Content) -> RemoteState:
    """Return the state of the content to update."""
    point = Checkpoint(guid=content.guid, mode=made.mode, title=made.title)
    return RemoteState(content=content, before=content, checkpoint=point)


def upload(
    remote: RemoteState, bundle: Bundle, client: Client, *, metadata: Mapping[str, str], should_stop: ShouldStop
) -> Working[RemoteState]:
    """Bring the bundle to the server, with metadata where the server keeps that."""
    guid = remote.content.guid
    yield event("upload", "start", _("Uploading the bundle."), data={"sent": 0, "total": bundle.size})
    sending = run_in_thread(
        lambda progress, stop: client.upload(
            guid, bundle.path, md5=bundle.md5, metadata=metadata, progress=progress, should_stop=stop
        ),
        should_stop=should_stop,
    )
    bundle_id = yield from progress_events("upload", "Uploading.", "sent", sending)
    yield event(
        "upload",
        "success",
        _("Uploaded as bundle {bundle_id}.").format(bundle_id=bundle_id),
        data={"bundle_id": bundle_id},
    )
    return remote.at(bundle_id=bundle_id)


def change_title(remote: RemoteState, made: Preparation, client: Client) -> Working[RemoteState]:
    """Give the content the chosen title."""
    if not made.chosen_title or made.title == remote.content.title:
        return remote
    yield event("settings", "start", _("Changing the title."))
    return replace(remote, content=client.update(remote.content.guid, title=made.title))


def set_variables(remote: RemoteState, options: PublishOptions, client: Client) -> Working[RemoteState]:
    """Set the chosen environment variables."""
    if options.env:
        message = ngettext(
            "Setting {count} environment variable.", "Setting {count} environment variables.", len(options.env)
        )
        yield event("settings", "start", message.format(count=len(options.env)))
        client.set_variables(remote.content.guid, options.env)
        remote = replace(remote, variables_set=True)
    return remote


def is_drafted(remote: RemoteState, client: Client, *, draft: bool = False, wait: bool = True) -> bool:
    """Tell whether the bundle is run as a draft: as chosen, or since readers use a version and we wait."""
    return draft or (wait and remote.content.bundle_id is not None and bool(client.capabilities.draft_pages))


def start_deployment(remote: RemoteState, client: Client, *, draft: bool) -> RemoteState:
    """Have the server run the bundle."""
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


def check_page(remote: RemoteState, client: Client) -> None:
    """Fetch the readers' page once, or the draft's.

    Raises:
        RSConnectException: code ``page-not-working``.
    """
    drafted = remote.checkpoint.phase == "draft"
    if drafted and not client.capabilities.draft_pages:
        return
    kept = _("Readers keep the earlier version.") if drafted else _("Look at the content's logs.")
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
