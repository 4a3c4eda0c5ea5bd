"""Which content on the server a publish goes to, and whether it may."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from ..connect.app_modes import TITLES
from ..connect.client import Client
from ..errors import ForbiddenError, NotFoundError, TargetError
from ..history import publications as history
from ..models import Content, Mode, Publication, PublishRequest, User
from .defaults import MODES, choose_publication, earlier

PUBLISH_AS_NEW = {"action": "set-target", "label": "Publish as new content", "value": "new"}
REPLACE = {"action": "replace", "label": "Publish over it"}


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a publish goes.

    Attributes:
        content: None for new content.
        known: The earlier publication of this notebook there.
        mode: What the content is and stays; None when the author or the defaults decide.
    """

    content: Content | None = None
    known: Publication | None = None
    mode: Mode | None = None


def find_target(client: Client, request: PublishRequest, user: User, *, folder: Path | None = None) -> Target:
    """Return where a publish goes, checked against the server as it is now.

    Args:
        client: Signed in.
        request: What the author wants.
        user: Who publishes.
        folder: Our data folder.

    Raises:
        TargetError: code ``content-gone``, ``content-forbidden``, ``content-not-editable``, ``content-locked``,
            ``mode-differs`` or ``published-by-others``.
    """
    choices = request.choices
    if choices.target == "new":
        return Target()
    if choices.target is None:
        target = _remembered(client, request, user, folder)
    else:
        known = earlier(request.notebook, request.server, folder=folder)
        guid = choices.target
        same = next((each for each in known if each.guid.lower() == guid.lower()), None)
        target = Target(content=_content(client, guid, same), known=same)
    if target.content is None:
        return target
    mode = check_content(target.content, choices.mode)
    if target.known is not None and not choices.replace:
        _refuse_changed(target.content, target.known, request.notebook, user, folder)
    return replace(target, mode=mode)


def _remembered(client: Client, request: PublishRequest, user: User, folder: Path | None) -> Target:
    known = earlier(request.notebook, request.server, by=user.username, folder=folder)
    chosen = choose_publication(known, request.choices.mode)
    if chosen is not None:
        content = _content(client, chosen.guid, chosen, quietly=not chosen.user)
        foreign = content is None or (not chosen.user and not content.editable)
        return Target() if foreign else Target(content=content, known=chosen)
    for each in known:
        # of another mode, but it never ran: the server does not hold it to that mode
        content = _content(client, each.guid, each, quietly=True) if each.result == "failed" else None
        if content is not None and content.mode == "unknown" and content.editable:
            return Target(content=content, known=each)
    return Target()


def _content(client: Client, guid: str, known: Publication | None, *, quietly: bool = False) -> Content | None:
    """Return the content; for a record that may be a colleague's, None when it is not for this user."""
    try:
        return client.content(guid)
    except (NotFoundError, ForbiddenError) as exc:
        if quietly:
            return None
        gone = isinstance(exc, NotFoundError)
        title = known.title if known and known.title else "The content to update"
        raise TargetError(
            f"{title} is no longer on the server." if gone else f"You may no longer see {title} on the server.",
            hint="Publish as new content.",
            code="content-gone" if gone else "content-forbidden",
            data={"guid": guid, "fix": PUBLISH_AS_NEW},
        ) from exc


def check_content(content: Content, mode: Mode | None) -> Mode | None:
    """Return the mode to update a content with, or None when it has none yet. Pure.

    Args:
        content: As the server describes it now.
        mode: The author's choice.

    Raises:
        TargetError: code ``content-locked``, ``content-not-editable`` or ``mode-differs``.
    """
    title = content.title or content.name
    if content.locked:
        raise _refusal(content, f"{title} is locked on the server.", "Ask its owner to unlock it", "content-locked")
    if not content.editable:
        owner = content.owner_name or "someone else"
        message = f"{title} belongs to {owner} and you may not change it."
        raise _refusal(content, message, "Ask its owner to make you a collaborator", "content-not-editable")
    if content.mode == "unknown":
        return None
    if content.mode in MODES and mode in (None, content.mode):
        return cast("Mode", content.mode)
    there = TITLES.get(cast("Mode", content.mode), content.mode)
    way = f"Publish it as {there}" if content.mode in MODES else "Choose other content"
    message = f"{title} is published as {there}, and Connect does not change what content is."
    raise _refusal(content, message, way, "mode-differs", mode=content.mode)


def _refusal(content: Content, message: str, way: str, code: str, **facts: Any) -> TargetError:
    data = {"guid": content.guid, "url": content.url, "dashboard_url": content.dashboard_url}
    return TargetError(
        message, hint=f"{way}, or publish as new content.", code=code, data={**data, **facts, "fix": PUBLISH_AS_NEW}
    )


def _refuse_changed(content: Content, known: Publication, notebook: Path, user: User, folder: Path | None) -> None:
    own = history.own_bundles(notebook, known, by=user.username, folder=folder)
    if not own or content.bundle_id is None or content.bundle_id in own:
        return
    title = content.title or content.name
    raise TargetError(
        f"{title} was published by someone else, or from elsewhere, since you published it from here.",
        hint="Look at what is there now; publish over it, or publish as new content.",
        code="published-by-others",
        data={
            "guid": content.guid,
            "url": content.url,
            "dashboard_url": content.dashboard_url,
            "time": content.last_deployed,
            "fix": REPLACE,
        },
    )
