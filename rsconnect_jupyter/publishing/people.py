"""Users, groups, tags and integrations as a person writes them, found on the server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from ..connect.client import Client
from ..errors import OptionError
from ..models import Integration, Principal, PrincipalKind, Tag, Where
from ..translation import _

_MOST_PEOPLE = 500
_SHOWN = 5

ReaderField = Literal["share_with", "collaborators"]


def split_removal(text: str) -> tuple[str, bool]:
    """Return a name, and whether ``!`` before it says to take it away."""
    return (text[1:].strip(), True) if text.startswith("!") else (text.strip(), False)


def find_principal(client: Client, text: str, *, field: ReaderField) -> Principal:
    """Return the user or group of exactly this name, whatever the case; the same case comes first.

    Args:
        client: Signed in.
        text: ``ada``, ``user:ada`` or ``group:Friends``.
        field: The option that names it.

    Raises:
        OptionError: code ``unknown-reader``: there is none, or more than one.
        ForbiddenError: this user may not list users or groups.
    """
    kind, name = _kind_and_name(text)
    known = _beginning_with(client, name, kind) if name else ()
    same = [each for each in known if each.name.casefold() == name.casefold()]
    exact = [each for each in same if each.name == name] or same
    if len(exact) == 1:
        return exact[0]
    where = Where(field=field)
    if exact:
        names = ", ".join(each.typed for each in exact)
        raise OptionError.of("unknown-reader/ambiguous", where=where, name=name, count=len(exact), names=names)
    raise OptionError.of("unknown-reader", where=where, name=name, hint=_did_you_mean(each.name for each in known))


def _kind_and_name(text: str) -> tuple[PrincipalKind | None, str]:
    for kind in ("user", "group"):
        if text.startswith(f"{kind}:"):
            return ("user" if kind == "user" else "group"), text.partition(":")[2].strip()
    return None, text.strip()


def _beginning_with(client: Client, name: str, kind: PrincipalKind | None) -> tuple[Principal, ...]:
    users = client.users(name, size=_MOST_PEOPLE)[0] if kind != "group" else ()
    groups = client.groups(name, size=_MOST_PEOPLE)[0] if kind != "user" else ()
    return (*users, *groups)


def _did_you_mean(names: Iterable[str]) -> str:
    close = list(names)[:_SHOWN]
    if not close:
        return _("Check the name in Connect's dashboard.")
    return _("Did you mean {names}?").format(names=_(" or ").join(close))


def find_tag(tags: Sequence[Tag], text: str) -> Tag:
    """Return the tag of this name or path, whatever the case. Pure.

    Args:
        tags: All of the server's.
        text: ``Reports``, or ``Departments/Finance/Reports``.

    Raises:
        OptionError: code ``unknown-tag``: there is none, more than one, or it is a category.
    """
    wanted, where = text.strip().strip("/").casefold(), Where(field="tags")
    found = [each for each in tags if wanted in (each.path.casefold(), each.name.casefold())]
    usable = [each for each in found if each.parent_id]
    by_path = [each for each in usable if each.path.casefold() == wanted]
    if len(by_path or usable) == 1:
        return (by_path or usable)[0]
    if usable:
        names = ", ".join(each.path for each in usable)
        raise OptionError.of("unknown-tag/ambiguous", where=where, name=text, count=len(usable), names=names)
    if found:
        raise OptionError.of("unknown-tag/category", where=where, name=found[0].name)
    close = (each.path for each in tags if each.parent_id and wanted and wanted in each.name.casefold())
    raise OptionError.of("unknown-tag", where=where, name=text, hint=_did_you_mean(close))


def find_integration(known: Sequence[Integration], text: str) -> Integration:
    """Return the integration of this GUID or name, whatever the case; the same case comes first. Pure.

    Args:
        known: All of the server's, and those that the content uses.
        text: Its name or GUID.

    Raises:
        OptionError: code ``unknown-integration``: there is none, or more than one.
    """
    wanted, where = text.strip().casefold(), Where(field="integrations")
    same = [each for each in known if wanted in (each.guid.casefold(), each.name.casefold())]
    exact = [each for each in same if text.strip() in (each.guid, each.name)] or same
    if len(exact) == 1:
        return exact[0]
    if exact:
        guids = ", ".join(each.guid for each in exact)
        raise OptionError.of("unknown-integration/ambiguous", where=where, name=text, count=len(exact), guids=guids)
    close = (each.name for each in known if wanted and wanted in each.name.casefold())
    raise OptionError.of("unknown-integration", where=where, name=text, hint=_did_you_mean(close))
