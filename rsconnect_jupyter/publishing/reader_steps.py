"""The steps of a publish that change who may read the content, and what readers see of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from ..connect.client import Client
from ..errors import Cancelled, RSConnectException
from ..messages import finding
from ..models import Content, Event, Finding, PublishOptions, Step, Where
from ..models.serialization import as_json_data
from ..translation import _
from .inspection import as_finding
from .progress_events import Working, event
from .project_access import ProjectAccess
from .reader_plan import Change, ReaderPlan, Restriction
from .readers import (
    attempt,
    check_reader_options,
    is_refusal,
    names_readers,
    plan_readers,
    refuse_early_widening,
    refused,
)
from .remote_state import RemoteState
from .thumbnails import NO_THUMBNAIL

_MAY_NOT = (21, 22)
"""Connect's numbers for "you may not do this at all": there is no use in asking for the next one."""


def prepare_readers(
    project: ProjectAccess, options: PublishOptions, content: Content | None, client: Client
) -> Working[ReaderPlan]:
    """Look up whom and what the options name; nothing is changed.

    Args:
        project: Reads the chosen picture.
        options: The author's.
        content: To update; None for new content.
        client: Signed in.

    Raises:
        OptionError: a name is not known, a value cannot be, or more people would see the current version.
    """
    if not names_readers(options):
        return ReaderPlan()
    check_reader_options(options)
    chosen = options.thumbnail
    image = None if chosen is None or chosen in NO_THUMBNAIL else project.thumbnail(chosen)
    plan = plan_readers(client, options, content, thumbnail=image)
    refuse_early_widening(plan, draft=bool(options.draft), wait=options.wait is not False)
    if options.draft and plan.is_seen and plan.thumbnail is not None:
        plan = replace(plan, thumbnail=None)
        yield _warning(finding("thumbnail-of-draft", where=Where(field="thumbnail")), "check")
    return plan


def pending_readers(
    project: ProjectAccess, options: PublishOptions, content: Content, client: Client
) -> Working[ReaderPlan]:
    """Look up what is left to change after a restart; what cannot be is said, and the publish goes on."""
    try:
        return (yield from prepare_readers(project, options, content, client))
    except Cancelled:
        raise
    except RSConnectException as exc:
        yield _warning(as_finding(exc, severity="warning"), "deploy")
    return ReaderPlan()


def is_late(plan: ReaderPlan, options: PublishOptions) -> bool:
    """Tell whether changes wait until readers see the new version, since they see an earlier one."""
    return plan.is_seen and not options.draft and options.wait is not False


def restricted(remote: RemoteState, plan: ReaderPlan) -> RemoteState:
    """Return the state with what must be known to undo that fewer people can read the content."""
    return remote.at(restricted=as_json_data(plan.restriction())) if plan.narrows and plan.is_seen else remote


def narrow(remote: RemoteState, plan: ReaderPlan, client: Client) -> Working[None]:
    """Make the circle of readers smaller, before the server gets anything that fewer shall see.

    Raises:
        ConnectError: that was not possible.
    """
    if not plan.narrows:
        return
    yield event("content", "progress", _("Limiting who can read the content."), data=remote.facts())
    plan.narrow(client, remote.content.guid)
    about = {"readers": plan.about_access(), **remote.facts()}
    yield event("content", "progress", _("Only the chosen people can read the content."), data=about)


def change_before(remote: RemoteState, plan: ReaderPlan, client: Client) -> Working[None]:
    """Change everything else while readers see nothing of the new version yet.

    Raises:
        ConnectError: somebody could not be let in, or the server does not answer.
    """
    guid = remote.content.guid
    for change in plan.widening(client, guid):
        change.carry_out()
        yield event("settings", "progress", _("{part} is changed.").format(part=change.part))
    if plan.widens and not plan.narrows:
        yield event("settings", "progress", _("Who can read it is changed."), data={"readers": plan.about_access()})
    for change in plan.details(client, guid):
        error = attempt(change)
        if error is not None and not is_refusal(error):
            raise error
        if error is not None:
            yield _warning(refused(change, error), "settings")


def change_after(remote: RemoteState, plan: ReaderPlan, client: Client) -> Working[None]:
    """Change everything else once readers see the new version; what fails is said, and the version stays."""
    guid = remote.content.guid
    failed = yield from _tried(plan.widening(client, guid))
    if plan.widens and not failed:
        yield event("done", "progress", _("More people can read it now."), data={"readers": plan.about_access()})
    yield from _tried(plan.details(client, guid))


def _tried(changes: Iterable[Change]) -> Working[bool]:
    """Carry out changes, say which fail, and return whether one did; the rest is left where it would fail as well."""
    failed = False
    for change in changes:
        error = attempt(change)
        if error is not None:
            failed = True
            yield _warning(refused(change, error), "done")
            if not is_refusal(error) or getattr(error, "connect_code", None) in _MAY_NOT:
                break
    return failed


def _warning(found: Finding, step: Step) -> Event:
    details = {"hint": found.hint or None, "data": {"finding": found.as_dict()}}
    return event(step, "warning", found.message, code=found.code, **details)


class Undone(NamedTuple):
    """What became of a restriction: a part of a sentence, and whether a draft had to go for it."""

    said: str
    draft_deleted: bool = False


def undo_restriction(remote: RemoteState, client: Client) -> Undone:
    """Let those read the content who could before the publish, as long as they cannot see the new version.

    So nothing is undone while that may become what readers see, and a draft of it, whose address can be guessed, is
    deleted first.
    """
    point = remote.checkpoint
    if not point.restricted:
        return Undone("")
    if remote.live or remote.may_become_live:
        return _stays()
    try:
        if remote.may_be_built:
            client.delete_bundle(point.guid, point.bundle_id)
        msgspec.convert(dict(point.restricted), Restriction).undo(client, point.guid)
    except (RSConnectException, msgspec.ValidationError):
        return _stays()
    if remote.may_be_built:
        return Undone(_("; the draft was deleted, and who can read it is as before"), draft_deleted=True)
    return Undone(_("; who can read it is as before"))


def _stays() -> Undone:
    return Undone(_("; fewer people can read it than before"))
