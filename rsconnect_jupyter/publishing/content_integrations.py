"""Which OAuth integrations a content uses: read, planned and changed.

The server only takes the whole list of a content's integrations, so it is read right before it is written. Nothing is
written to a server that does not list its integrations, and those of the content, in the known shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from ..connect.client import Client
from ..errors import BadAnswerError, RefusedError, TargetError
from ..models import Content, ContentIntegrations, Integration, PublishOptions
from ..translation import _
from .people import find_integration, split_removal
from .reader_state import may_change

_NO_LICENSE = 402


class IntegrationPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What changes of the integrations that a content uses, as the server knows them."""

    added: tuple[Integration, ...] = ()
    removed: tuple[Integration, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    def after(self, before: Sequence[str]) -> tuple[str, ...]:
        """Return the GUIDs of what the content uses after the change; the order of what was there stays. Pure."""
        gone = {each.guid for each in self.removed}
        kept = [each for each in before if each not in gone]
        return tuple(dict.fromkeys([*kept, *(each.guid for each in self.added)]))

    def about(self) -> dict[str, list[str]]:
        """Return what changes, for those who watch over a Jupyter server."""
        parts = {"added": self.added, "removed": self.removed}
        return {name: [f"{each.name} ({each.guid})" for each in found] for name, found in parts.items() if found}


def integration_state(client: Client, guid: str | None) -> ContentIntegrations:
    """Return the integrations of a server and which of them a content uses; None stands for new content.

    Raises:
        NotFoundError, ForbiddenError: the content is not there, or not for this user.
    """
    content = None if guid is None else client.content(guid)
    changeable = content is None or may_change(content, client.user())
    try:
        used = used_integrations(client, content.guid) if content else ()
        listed = server_integrations(client) if changeable else ()
    except TargetError as exc:
        return ContentIntegrations(guid=guid or "", reason=exc.message)
    others = (each for each in listed if each.guid not in {one.guid for one in used})
    found = (*(replace(each, used=True) for each in used), *others)
    reason = "" if found or not changeable else TargetError.of("integrations-unavailable/none").message
    may_choose = changeable and bool(found)
    return ContentIntegrations(guid=guid or "", integrations=found, may_change=may_choose, reason=reason)


def plan_integrations(client: Client, options: PublishOptions, content: Content | None) -> IntegrationPlan:
    """Return what options change of the integrations that a content uses; None stands for new content.

    Raises:
        OptionError: an integration is not known.
        TargetError: code ``integrations-unavailable``: the server has none, or does not list them.
    """
    if not options.integrations:
        return IntegrationPlan()
    listed = server_integrations(client)
    used = used_integrations(client, content.guid) if content else ()
    known = tuple({each.guid: each for each in (*listed, *used)}.values())
    if not known:
        raise TargetError.of("integrations-unavailable/none")
    named = [split_removal(each) for each in options.integrations]
    removed = {each.guid: each for each in (find_integration(known, name) for name, removal in named if removal)}
    added = {each.guid: each for each in (find_integration(known, name) for name, removal in named if not removal)}
    guids = {each.guid for each in used}
    return IntegrationPlan(
        added=tuple(each for guid, each in added.items() if guid not in guids),
        removed=tuple(each for guid, each in removed.items() if guid in guids - added.keys()),
    )


def change_integrations(client: Client, guid: str, plan: IntegrationPlan) -> tuple[str, ...]:
    """Change which integrations a content uses; return the GUIDs of those that it used before.

    Raises:
        TargetError: code ``integrations-unavailable``; nothing was written.
        RefusedError: the server does not accept the change.
    """
    before = tuple(each.guid for each in used_integrations(client, guid))
    after = plan.after(before)
    if after != before:
        _write(client, guid, after)
    return before


def apply_integrations(client: Client, content: Content, options: PublishOptions) -> IntegrationPlan:
    """Change at once what options say of the integrations that a content uses; return what was changed.

    Raises:
        OptionError, TargetError: as for `plan_integrations`.
        RefusedError: as for `change_integrations`.
    """
    plan = plan_integrations(client, options, content)
    if plan:
        change_integrations(client, content.guid, plan)
    return plan


def server_integrations(client: Client) -> tuple[Integration, ...]:
    """Return the integrations of the server.

    Raises:
        TargetError: code ``integrations-unavailable``: it is too old, or does not list them for this user.
    """
    return _listed(client, client.integrations)


def used_integrations(client: Client, guid: str) -> tuple[Integration, ...]:
    """Return the integrations that a content uses.

    Raises:
        TargetError: as for `server_integrations`.
    """
    return _listed(client, lambda: client.content_integrations(guid))


def _listed(client: Client, ask: Callable[[], tuple[Integration, ...]]) -> tuple[Integration, ...]:
    if client.capabilities.integrations is False:
        version = client.version or _("an earlier version")
        raise TargetError.of("integrations-unavailable/version", version=version)
    try:
        return ask()
    except BadAnswerError as exc:
        raise TargetError.of("integrations-unavailable/unreadable") from exc
    except RefusedError as exc:
        if exc.status not in _UNAVAILABLE:
            raise
        raise TargetError.of(_UNAVAILABLE[exc.status]) from exc


_UNAVAILABLE = {
    _NO_LICENSE: "integrations-unavailable/license",
    403: "integrations-unavailable/forbidden",
    404: "integrations-unavailable/missing",
}
"""HTTP status -> what it means where integrations are listed."""


def _write(client: Client, guid: str, integrations: Sequence[str]) -> None:
    try:
        client.set_integrations(guid, integrations)
    except RefusedError as exc:
        if exc.status == _NO_LICENSE:
            raise TargetError.of("integrations-unavailable/license") from exc
        raise
