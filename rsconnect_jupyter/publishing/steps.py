"""The steps of a publish, each a generator of events over what the earlier ones found out."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..bundle.plan import plan_bundle, write_bundle
from ..connect.app_modes import TITLES
from ..connect.content_names import name_for
from ..errors import ForbiddenError, PreflightError, RSConnectException
from ..html.page_process import PAGES
from ..kernel.environment import begin_inspection
from ..models import Deployment, Finding, TaskResult
from ..notebook.reading import read_notebook
from ..preflight import checks as preflight
from .defaults import choose_hiding, default_mode, default_title, distinct
from .run import Point, Run, Steps, needed
from .targets import find_target
from .worker_thread import watched


def inspect(run: Run) -> Steps:
    """Read the notebook, sign in, and find out where it goes and as what."""
    request = run.request
    yield run.say("inspect", "start", f"Reading {request.notebook.name} and asking {request.server.name}.")
    notebook = read_notebook(request.notebook)
    if request.choices.mode == "static":
        PAGES.begin()  # while the server answers
    else:
        begin_inspection(request.notebook)
    client = run.open()
    user = run.user = client.user()
    if not user.may_publish:
        raise ForbiddenError(
            f"{user.username} may not publish on {request.server.name}.",
            hint="Ask its administrator for the publisher role, or use another API key.",
            status=403,
            code="cannot-publish",
        )
    target = run.target = find_target(client, request, user, folder=run.folder)
    run.content = target.content
    known = target.known
    mode = target.mode or request.choices.mode or default_mode(notebook, last=known)
    there = (target.content.title or target.content.name) if target.content else ""
    title = request.choices.title or there or default_title(notebook, last=known)
    run.point = replace(run.point, mode=mode, title=title)
    choices = replace(request.choices, title=title, hide_input=choose_hiding(request.choices, known))
    facts = client.facts(quarto=mode == "quarto-static")
    run.plan = plan_bundle(request.notebook, root=request.root, mode=mode, choices=choices, facts=facts)
    goes = f"updates {there}" if target.content else "becomes new content"
    found = {"title": title, "mode": mode, "target": target.content.guid if target.content else "new"}
    yield run.say("inspect", "success", f"{title} {goes} as {TITLES[mode]}.", data=found)


def check(run: Run) -> Steps:
    """Look for what would go wrong; warnings are told, errors end the publish."""
    yield run.say("check", "start", "Checking the notebook and the bundle.")
    plan, client = run.planned(), run.connected()
    facts = client.facts(quarto=plan.mode == "quarto-static")
    more = preflight.check(plan, facts=facts, target=run.content, title=run.point.title)
    findings = distinct([*plan.findings, *more])
    for each in findings:
        if each.severity == "warning":
            yield run.say("check", "warning", each.message, code=each.code, **_told(each))
    errors = [each for each in findings if each.severity == "error"]
    if errors:
        raise PreflightError(
            errors[0].message,
            hint=errors[0].hint,
            code=errors[0].code,
            where=errors[0].where,
            data={"findings": [each.as_dict() for each in errors]},
        )
    if run.request.choices.draft and not client.capabilities.drafts:
        raise RSConnectException(
            f"{run.request.server.name} is too old for drafts.",
            hint="Publish without the draft option.",
            code="drafts-unsupported",
        )
    yield run.say("check", "success", "Nothing stops the publish.")


def pack(run: Run) -> Steps:
    """Write the bundle to a temporary file."""
    plan = run.planned()
    count = len(plan.files)
    rendering = " and rendering the page" if plan.mode == "static" else ""
    yield run.say("bundle", "start", f"Packing {count} {'file' if count == 1 else 'files'}{rendering}.")
    folder = Path(run.stack.enter_context(tempfile.TemporaryDirectory(prefix="rsconnect-jupyter-")))
    packing = watched(
        lambda progress, stop: write_bundle(plan, folder / "bundle.tar.gz", progress=progress, should_stop=stop),
        should_stop=run.should_stop,
    )
    run.bundle = yield from run.progress("bundle", "Packing.", "done", packing)
    size = run.bundle.size
    yield run.say("bundle", "success", f"The bundle has {size:,} bytes.", data={"size": size, "files": len(plan.files)})


def ensure_content(run: Run) -> Steps:
    """Create the item of a first publish, and write down at once that it exists."""
    run.look_for_stop()
    title = run.point.title
    if run.content is not None:
        run.point = replace(run.point, guid=run.content.guid)
        yield run.say("content", "success", f"Updating {title}.", data=run.facts())
        return
    unfinished = run.announce()
    yield run.say("content", "start", f"Creating {title} on {run.request.server.name}.")
    content = run.connected().create(name_for(title), title, adopt=unfinished)
    run.content = content
    run.point = replace(run.point, guid=content.guid, created=True)
    run.remember("failed", beside=False)
    yield run.say("content", "success", f"Created {title}.", data=run.facts())


def upload(run: Run) -> Steps:
    """Bring the bundle to the server."""
    run.look_for_stop()
    client, bundle, guid = run.connected(), needed(run.bundle), run.point.guid
    yield run.say("upload", "start", "Uploading the bundle.", data={"sent": 0, "total": bundle.size})
    sending = watched(
        lambda progress, stop: client.upload(guid, bundle.path, md5=bundle.md5, progress=progress, should_stop=stop),
        should_stop=run.should_stop,
    )
    bundle_id = yield from run.progress("upload", "Uploading.", "sent", sending)
    run.point = replace(run.point, bundle_id=bundle_id)
    yield run.say("upload", "success", f"Uploaded as bundle {bundle_id}.", data={"bundle_id": bundle_id})


def apply_settings(run: Run) -> Steps:
    """Change title and environment variables, now that there is a bundle to go with them."""
    run.look_for_stop()
    choices, client, content = run.request.choices, run.connected(), needed(run.content)
    if choices.title and choices.title != content.title:
        yield run.say("settings", "start", "Changing the title.")
        run.content = client.update(content.guid, title=choices.title)
    if choices.env:
        yield run.say("settings", "start", f"Setting {len(choices.env)} environment variables.")
        client.set_variables(content.guid, choices.env)
        run.set_variables = True
    yield run.say("settings", "success", "The settings are as chosen.")


def deploy(run: Run) -> Steps:
    """Have the server run the bundle, as a draft when readers use an earlier version, and show its log."""
    run.look_for_stop()
    client, content, point = run.connected(), needed(run.content), run.point
    update = content.bundle_id is not None and client.capabilities.draft_pages
    draft = run.request.choices.draft or update
    yield run.say("deploy", "start", f"Running on {run.request.server.name}.")
    run.remember("ok" if content.bundle_id else "failed")
    task_id = client.deploy(point.guid, point.bundle_id, activate=not draft)
    run.point = replace(point, task_id=task_id, phase="draft" if draft else "live")
    yield run.say("deploy", "progress", "The server has begun.", data=run.facts())
    yield from follow_deployment(run)


def follow_deployment(run: Run, *, first: int = 0) -> Steps:
    """Show the log of the server's task from line `first` on, until it ends.

    Raises:
        TaskFailedError: the run failed; says where and why, as far as the log tells.
    """
    run.look_for_stop()
    lines: list[str] = []
    result = yield from run.follow(first, lines)
    if result.failed:
        raise run.failure(result, lines)
    run.live = run.point.phase == "live"
    yield run.say("deploy", "success", "The server has run it.")


def verify(run: Run) -> Steps:
    """Fetch the page once; a draft that answers becomes what readers see, unless a draft was asked for."""
    yield run.say("verify", "start", "Fetching the page once.")
    client, content, point = run.connected(), needed(run.content), run.point
    if point.phase != "activation":
        drafted = point.phase == "draft"
        if not drafted or client.capabilities.draft_pages:
            run.check_page(client, content, point.bundle_id if drafted else None)
        if not drafted or run.request.choices.draft:
            yield run.say("verify", "success", "The page answers.")
            return
        run.look_for_stop()
        task_id = client.deploy(point.guid, point.bundle_id)
        run.point = replace(point, task_id=task_id, phase="activation")
        yield run.say("verify", "progress", "The page answers; making it what readers see.", data=run.facts())
    lines, result = _drain(client.follow(run.point.task_id))  # its log repeats the draft's
    if result.failed:
        for line in lines:
            yield run.say("verify", "log", line)
        raise run.failure(result, lines)
    run.live = True
    yield run.say("verify", "success", "Readers see the new version.")


def finish(run: Run) -> Steps:
    """Write down where the notebook is published now, and tell it."""
    content, point = needed(run.content), run.point
    draft = point.phase == "draft"
    kept = run.remember("ok" if not draft or content.bundle_id else "failed", active=not draft)
    if not kept:
        message = "Where this notebook is published could not be written down."
        hint = "Look at the permissions of its folder; the next publish would make new content."
        yield run.say("done", "warning", message, code="history-unwritable", hint=hint)
    run.deployment = Deployment(
        server=run.request.server.name,
        guid=content.guid,
        title=content.title or point.title,
        mode=point.mode,
        url=content.url,
        dashboard_url=content.dashboard_url,
        logs_url=content.logs_url,
        bundle_id=point.bundle_id,
        task_id=point.task_id,
        created=point.created,
        draft_url=f"{content.dashboard_url}/draft/{point.bundle_id}" if draft else None,
    )
    done = "is ready as a draft" if draft else "is published"
    yield run.say("done", "success", f"{content.title or point.title} {done}.", data=run.deployment.as_dict())


def take_up(run: Run, point: Point | None) -> Steps:
    """Sign in again and go on from where a publish was that died."""
    yield run.say("deploy", "progress", "Jupyter was restarted; going on with the publish.")
    if point is None:
        return
    run.point = point
    run.reopen()
    run.content = run.connected().content(point.guid)


def _drain(following: Generator[str, None, TaskResult]) -> tuple[list[str], TaskResult]:
    """Return a task's lines and how it ended."""
    ends: list[TaskResult] = []

    def lines() -> Generator[str, None, None]:
        ends.append((yield from following))

    return list(lines()), ends[0]


def _told(finding: Finding) -> dict[str, Any]:
    return {"hint": finding.hint or None, "data": {"finding": finding.as_dict()}}
