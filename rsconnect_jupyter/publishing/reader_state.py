"""Who may read a content now, and what can be chosen instead: asked when a front end shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..connect.client import Client
from ..connect.parsing import as_text, read_content
from ..connect.vanity import in_the_way, vanity_path
from ..errors import BadAnswerError, ForbiddenError, NotFoundError, OptionError, RefusedError, RSConnectException
from ..models import (
    Content,
    ContentReaders,
    Finding,
    PeoplePage,
    Permission,
    PublishOptions,
    Reader,
    Tag,
    User,
    VanityCheck,
)
from .reader_plan import Change, ReaderPlan
from .readers import attempt, is_refusal, plan_readers, refused

_BAD_INCLUDE = 161
"""Connect's number for an ``include`` it does not know: before 2024.06 ``vanity_url`` is none."""

_PEOPLE_PAGE = 20


def read_readers(client: Client, guid: str) -> ContentReaders:
    """Return who may read a content, and what they see of it besides its page.

    Raises:
        NotFoundError, ForbiddenError: it is not there, or not for this user.
    """
    details = _details(client, guid)
    content, user = read_content(details, client.transport.root), client.user()
    own = _tag_ids(client, details)
    return ContentReaders(
        guid=content.guid,
        access=content.access,
        readers=_readers(client, guid),
        description=content.description,
        tags=_paths(client.tags(), own) if own else (),
        vanity=_vanity(client, details),
        thumbnail=_has_thumbnail(client, content),
        may_change=may_change(content, user),
        may_set_vanity=True if user.role == "administrator" else None,
    )


def search_people(client: Client, text: str, *, page: int = 1) -> PeoplePage:
    """Return one page of users and groups whose names begin so.

    Raises:
        ForbiddenError: this user may not list them.
    """
    users, all_users = client.users(text.strip(), page=page, size=_PEOPLE_PAGE)
    groups, all_groups = client.groups(text.strip(), page=page, size=_PEOPLE_PAGE)
    return PeoplePage(people=(*users, *groups), more=max(all_users, all_groups) > page * _PEOPLE_PAGE)


def check_vanity(client: Client, text: str, *, guid: str | None) -> VanityCheck:
    """Return whether a content can have an address; only administrators may ask which ones are taken.

    Args:
        client: Signed in.
        text: What was typed.
        guid: The content; None for new content.
    """
    try:
        path = vanity_path(text)
    except OptionError as exc:
        return VanityCheck(path="", problem=f"{exc.message} {exc.hint}".strip())
    if not path or client.user().role != "administrator":
        return VanityCheck(path=path)
    try:
        other = in_the_way(path, client.vanities(), guid=guid)
    except RefusedError:
        return VanityCheck(path=path)
    if other is None:
        return VanityCheck(path=path, free=True)
    told = OptionError.of("vanity-taken", path=other)
    return VanityCheck(path=path, problem=told.message, free=False)


def apply_readers(
    client: Client, content: Content, options: PublishOptions, *, thumbnail: bytes | None
) -> tuple[ReaderPlan, tuple[Finding, ...]]:
    """Change at once who may read a content and what they see of it; return what was planned, and what was refused.

    Raises:
        OptionError: a name is not known, or a value cannot be.
        ConnectError: fewer people should read it, and that was not possible.
    """
    guid = content.guid
    plan = plan_readers(client, options, content, thumbnail=thumbnail)
    plan.narrow(client, guid)
    return plan, (*_refusals(plan.widening(client, guid)), *_refusals(plan.details(client, guid)))


def _refusals(changes: Iterable[Change]) -> Iterable[Finding]:
    for change in changes:
        error = attempt(change)
        if error is not None:
            yield refused(change, error)
        if error is not None and not is_refusal(error):
            return


def _details(client: Client, guid: str) -> dict[str, Any]:
    try:
        return client.content_details(guid, include="owner,tags,vanity_url")
    except RefusedError as exc:
        if exc.connect_code != _BAD_INCLUDE:
            raise
        return client.content_details(guid)


def _tag_ids(client: Client, details: Mapping[str, Any]) -> set[str]:
    listed = details.get("tags")
    if isinstance(listed, list):
        return {as_text(each.get("id")) for each in listed if isinstance(each, Mapping)}
    try:
        return set(client.content_tags(as_text(details.get("guid"))))
    except (RefusedError, BadAnswerError):
        return set()


def _vanity(client: Client, details: Mapping[str, Any]) -> str:
    """Return the path of a content's address below the server's root; empty for none."""
    if "vanity_url" not in details:
        try:
            return client.vanity(as_text(details.get("guid")))
        except (RefusedError, BadAnswerError):
            return ""
    return urlsplit(as_text(details["vanity_url"])).path.removeprefix(urlsplit(client.transport.root).path.rstrip("/"))


def _paths(tags: Iterable[Tag], own: set[str]) -> tuple[str, ...]:
    """Return the paths of a content's tags, without those that have one of them below. Pure."""
    had = [each for each in tags if each.id in own and each.parent_id]
    above = {each.parent_id for each in had}
    return tuple(each.path for each in had if each.id not in above)


def _readers(client: Client, guid: str) -> tuple[Reader, ...] | None:
    try:
        permissions = client.permissions(guid)
    except (ForbiddenError, NotFoundError):
        return None
    names = _group_names(client) if any(each.kind == "group" for each in permissions) else {}
    return tuple(_reader(client, each, names) for each in permissions)


def _reader(client: Client, permission: Permission, groups: Mapping[str, str]) -> Reader:
    """Return who has a permission; by the GUID where the server does not say the name."""
    if permission.kind == "group":
        return Reader(kind="group", name=groups.get(permission.guid, permission.guid), role=permission.role)
    try:
        who = client.user_of(permission.guid)
    except RSConnectException:
        return Reader(kind="user", name=permission.guid, role=permission.role)
    return Reader(kind="user", name=who.name, full_name=who.full_name, role=permission.role)


def _group_names(client: Client) -> dict[str, str]:
    try:
        return {each.guid: each.name for each in client.all_groups()}
    except (RefusedError, BadAnswerError):
        return {}


def _has_thumbnail(client: Client, content: Content) -> bool | None:
    if content.bundle_id is None:
        return None
    try:
        return client.thumbnail(content, at_most=1) is not None
    except RSConnectException:
        return None


def may_change(content: Content, user: User) -> bool:
    """Tell whether a user may change the settings of a content. Pure."""
    administrator = user.role == "administrator" and not content.locked
    return user.may_publish and (content.editable or administrator)
