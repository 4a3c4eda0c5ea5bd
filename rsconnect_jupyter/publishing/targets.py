"""Which content on the server a publish goes to, and whether it may. Asks nothing but the view of the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from ..addresses import guid_in
from ..connect.app_modes import TITLES, mode_title
from ..errors import ForbiddenError, NotFoundError, OptionError, TargetError
from ..history.publications import NotebookHistory
from ..messages import finding
from ..models import Content, Finding, Mode, Publication, PublishOptions, Server, User, Where
from ..translation import N_, _

PUBLISH_AS_NEW = {"action": "set-target", "label": N_("Publish as new content"), "value": "new"}
OVERWRITE = {"action": "overwrite", "label": N_("Overwrite")}


def _unknown(guid: str) -> Content | None:  # noqa: ARG001 - the form of `ServerView.content`
    return None


class ServerView(msgspec.Struct, frozen=True, kw_only=True):
    """A server, and what is known about it now.

    Attributes:
        user: Who is signed in; None when that is not known.
        content: Returns the content of a GUID, or None when it is not known; raises `NotFoundError` or
            `ForbiddenError` when it is not for this user.
    """

    server: Server
    user: User | None = None
    content: Callable[[str], Content | None] = _unknown

    @property
    def username(self) -> str | None:
        """The name of the user that publishes, as far as it is known."""
        return self.user.username if self.user else self.server.user


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a publish goes.

    Attributes:
        guid: The content to update; None for new content.
        content: That content, as the server describes it now; None when it is new or not known.
        publication: The earlier publication of this notebook there.
        problem: Why it cannot be published to, as things are.
    """

    guid: str | None = None
    content: Content | None = None
    publication: Publication | None = None
    problem: TargetError | None = None


def find_target(view: ServerView | None, options: PublishOptions, *, history: NotebookHistory) -> Target:
    """Return where a publish goes.

    Args:
        view: The server and what is known about it; None when no server is known.
        options: ``new``, ``update``, ``mode`` and ``overwrite`` are used.
        history: Where the notebook was published.

    Raises:
        OptionError: ``new`` and ``update`` contradict each other, or ``update`` names no content.
    """
    if options.new and not options.update:
        return Target()
    guid = chosen_guid(options)
    target = _chosen(view, guid, history) if guid else _remembered(view, options.mode, history)
    if view is None or target.content is None or target.problem is not None:
        return target
    problem = refusal(target.content, options.mode)
    if problem is None and target.publication is not None and not options.overwrite:
        problem = _changed_by_others(target.content, target.publication, view, history)
    return replace(target, problem=problem)


def proposed_guid(target: Target, options: PublishOptions, *, server: Server, history: NotebookHistory) -> str | None:
    """Return the content to offer for updating, instead of the new content that a publish would make.

    Only files of the project name it, so it is never the target unless the author chooses it.
    """
    if target.guid or options.new:
        return None
    return next(iter(history.proposed(server_url=server.url)), None)


def proposal(content: Content | None) -> Finding | None:
    """Return the offer to update a content that the project names, in the server's words; None where it is no use."""
    if content is None or not content.editable or content.locked:
        return None
    title, owner = content.title or content.name, content.owner_name or _("an unknown user")
    item = {"guid": content.guid, "title": title, "mode": content.mode, "owner": owner, "time": content.last_deployed}
    return finding("published-before", where=_TARGET, fix_value=item, title=title, owner=owner, guid=content.guid)


def chosen_guid(options: PublishOptions) -> str | None:
    """Return the GUID of the content that the author chose to update; None when none was chosen. Pure.

    Raises:
        OptionError: code ``bad-target``: ``new`` contradicts ``update``, or ``update`` has no GUID in it.
    """
    if not options.update:
        return None
    if options.new:
        raise OptionError.of("bad-target/both", where=Where(field="update"))
    guid = guid_in(options.update)
    if guid is None:
        raise OptionError.of("bad-target/no-guid", where=Where(field="update"), update=options.update)
    return guid


def choose_publication(known: Sequence[Publication], mode: Mode | None) -> Publication | None:
    """Return the earlier publication to update: the newest, of the chosen mode when one is chosen. Pure."""
    return next((each for each in known if mode is None or each.mode == mode), None)


def _chosen(view: ServerView | None, guid: str, history: NotebookHistory) -> Target:
    known = history.publications(server_url=view.server.url if view else None)
    same = next((each for each in known if each.guid.lower() == guid), None)
    return _looked_up(view, same.guid if same else guid, same)


def _remembered(view: ServerView | None, mode: Mode | None, history: NotebookHistory) -> Target:
    by = view.username if view else None
    known = history.publications(server_url=view.server.url if view else None, by=by)
    chosen = choose_publication(known, mode)
    if chosen is not None:
        target = _looked_up(view, chosen.guid, chosen)
        if chosen.user:
            return target
        # The record does not say whose it is: it may be a colleague's, and then it is not what this user updates.
        refused = target.problem is not None or (target.content is not None and not target.content.editable)
        return Target() if refused else target
    for each in known:
        # Of another mode, but it never ran: the server does not hold it to that mode.
        target = _looked_up(view, each.guid, each) if each.result == "failed" else Target()
        if target.content is not None and target.content.mode == "unknown" and target.content.editable:
            return target
    return Target()


def _looked_up(view: ServerView | None, guid: str, known: Publication | None) -> Target:
    """Return the target of a GUID, with its content as far as that is known."""
    found = Target(guid=guid, publication=known)
    if view is None:
        return found
    try:
        return replace(found, content=view.content(guid))
    except (NotFoundError, ForbiddenError) as exc:
        code = "content-gone" if isinstance(exc, NotFoundError) else "content-forbidden"
        title = known.title if known and known.title else _("The content to update")
        problem = TargetError.of(
            code, data={"guid": guid, "fix": translated_fix(PUBLISH_AS_NEW)}, where=_TARGET, title=title
        )
        problem.__cause__ = exc
        return replace(found, problem=problem)


def refusal(content: Content, mode: Mode | None) -> TargetError | None:
    """Return why a content cannot be updated in this mode; None when it can. Pure."""
    if content.locked:
        return _problem("content-locked", content)
    if not content.editable:
        return _problem("content-not-editable", content, owner=content.owner_name or _("someone else"))
    if content.mode == "unknown" or (content.mode in TITLES and mode in (None, content.mode)):
        return None
    variant = "mode-differs" if content.mode in TITLES else "mode-differs/other"
    return _problem(variant, content, mode=content.mode, there=mode_title(content.mode))


def _changed_by_others(
    content: Content, known: Publication, view: ServerView, history: NotebookHistory
) -> TargetError | None:
    own = history.own_bundles(known, by=view.username or "")
    if not own or content.bundle_id is None or content.bundle_id in own:
        return None
    return _problem("published-by-others", content, fix=OVERWRITE, time=content.last_deployed)


_TARGET = Where(field="target")


def translated_fix(fix: dict[str, str]) -> dict[str, str]:
    """Return a fix with its label in the reader's language."""
    return {**fix, "label": _(fix["label"])}


def _problem(key: str, content: Content, *, fix: dict[str, str] = PUBLISH_AS_NEW, **facts: Any) -> TargetError:
    data = {"guid": content.guid, "url": content.url, "dashboard_url": content.dashboard_url, **facts}
    data["fix"] = translated_fix(fix)
    return TargetError.of(key, where=_TARGET, data=data, title=content.title or content.name, **facts)
