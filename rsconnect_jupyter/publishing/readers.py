"""Options about readers, with whom and what they name looked up on the server."""

from __future__ import annotations

from collections.abc import Sequence

from ..connect.client import Client
from ..connect.vanity import vanity_path
from ..errors import Cancelled, OptionError, RefusedError, RSConnectException
from ..messages import finding
from ..models import ABOUT_READERS, Content, Finding, Permission, PublishOptions, ReaderRole, Tag, Where
from .people import ReaderField, find_principal, find_tag, split_removal
from .reader_plan import Change, Grant, ReaderPlan
from .thumbnails import NO_THUMBNAIL

MOST_DESCRIPTION = 4096
"""Characters that Connect takes."""


def names_readers(options: PublishOptions) -> bool:
    """Tell whether options change anything about readers."""
    return any(getattr(options, name) not in (None, ()) for name in ABOUT_READERS)


def check_reader_options(options: PublishOptions) -> None:
    """Refuse values that no server takes. Pure.

    Raises:
        OptionError: code ``bad-description`` or ``bad-vanity``.
    """
    count = len(options.description or "")
    if count > MOST_DESCRIPTION:
        where = Where(field="description")
        raise OptionError.of("bad-description", where=where, count=count, most=MOST_DESCRIPTION)
    if options.vanity:
        vanity_path(options.vanity)


def plan_readers(
    client: Client, options: PublishOptions, content: Content | None, *, thumbnail: bytes | None = None
) -> ReaderPlan:
    """Return what options change about the readers of a content; everything that they name is looked up.

    New content that is shared with somebody is for them only, unless an access type is chosen.

    Args:
        client: Signed in.
        options: The author's.
        content: As it is; None for new content.
        thumbnail: Bytes of the chosen picture.

    Raises:
        OptionError: a user, group or tag is not known, or a value cannot be.
        ConnectError: the server does not say.
    """
    check_reader_options(options)
    known = _permissions(client, options, content)
    grants, removed = _people(client, options, known, content.owner_guid if content else client.user().guid)
    added_tags, removed_tags = _tags(client, options)
    viewers = {who.guid for who, role in grants if role == "viewer"}
    access = options.access or ("acl" if content is None and grants else None)
    return ReaderPlan(
        access=None if content is not None and access == content.access else access,
        access_before=content.access if content else "",
        grants=grants,
        reduced=tuple(each for each in known if each.role == "owner" and each.guid in viewers),
        removed=removed,
        vanity=None if options.vanity is None else vanity_path(options.vanity),
        description=options.description,
        added_tags=added_tags,
        removed_tags=removed_tags,
        thumbnail=b"" if options.thumbnail in NO_THUMBNAIL else thumbnail,
        is_seen=content is not None and content.bundle_id is not None,
    )


def refuse_early_widening(plan: ReaderPlan, *, draft: bool, wait: bool) -> None:
    """Refuse to let more people in when they would see an earlier version. Pure.

    Raises:
        OptionError: code ``access-needs-version``.
    """
    if plan.is_seen and plan.widens and draft:
        raise OptionError.of("access-needs-version/draft", where=Where(field="access"))
    if plan.is_seen and plan.widens and not wait:
        raise OptionError.of("access-needs-version/no-wait", where=Where(field="access"))


def attempt(change: Change) -> RSConnectException | None:
    """Carry out a change; return why it was refused, or not answered."""
    try:
        change.carry_out()
    except Cancelled:
        raise
    except RSConnectException as exc:
        return exc
    return None


def refused(change: Change, error: RSConnectException) -> Finding:
    """Return what to say about a change that was not made."""
    where = Where(field=change.field)
    return finding("setting-refused", where=where, part=change.part, reason=error.message, hint=error.hint)


def is_refusal(error: RSConnectException) -> bool:
    """Tell whether the server has said no: asking it again is no use."""
    return isinstance(error, RefusedError) and error.status < 500


def _permissions(client: Client, options: PublishOptions, content: Content | None) -> tuple[Permission, ...]:
    if content is None or not (options.share_with or options.collaborators):
        return ()
    return client.permissions(content.guid)


def _people(
    client: Client, options: PublishOptions, known: Sequence[Permission], owner: str
) -> tuple[tuple[Grant, ...], tuple[Permission, ...]]:
    """Return new permissions, and those to take away; the owner needs none."""
    wanted: dict[str, Grant] = {}
    gone: set[str] = set()
    fields: tuple[tuple[ReaderField, ReaderRole], ...] = (("share_with", "viewer"), ("collaborators", "owner"))
    for field, role in fields:
        for text in getattr(options, field) or ():
            name, removal = split_removal(text)
            who = find_principal(client, name, field=field)
            if removal:
                gone.add(who.guid)
            elif who.guid != owner:
                wanted[who.guid] = (who, role)
    have = {each.guid: each.role for each in known}
    grants = tuple((who, role) for guid, (who, role) in wanted.items() if have.get(guid) != role)
    return grants, tuple(each for each in known if each.guid in gone - wanted.keys())


def _tags(client: Client, options: PublishOptions) -> tuple[tuple[Tag, ...], tuple[Tag, ...]]:
    if not options.tags:
        return (), ()
    tags = client.tags()
    named = [split_removal(each) for each in options.tags]
    added = tuple(find_tag(tags, name) for name, removal in named if not removal)
    return added, tuple(find_tag(tags, name) for name, removal in named if removal)
