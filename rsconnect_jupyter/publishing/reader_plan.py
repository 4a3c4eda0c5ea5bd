"""What a publish changes of who may read a content and what they see of it, in an order that shows nobody too much.

What makes the circle of readers smaller is done before the new version is sent; what makes it larger once readers see
the new version, so that nobody sees the one before who could not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from ..connect.client import Client
from ..models import ACCESS_TYPES, AccessType, Permission, Principal, ReaderRole, Tag
from ..translation import _

Grant = tuple[Principal, ReaderRole]


class Change(NamedTuple):
    """A part of the content: the option that it is, what it is called, and what changes it."""

    field: str
    part: str
    carry_out: Callable[[], object]


_ROLES: dict[ReaderRole, str] = {"viewer": "viewer", "owner": "collaborator"}


class Restriction(msgspec.Struct, frozen=True, kw_only=True):
    """Who could read a content before a publish made the circle smaller: enough to undo that.

    Attributes:
        access: The access type before; empty when it was not changed.
        permissions: Those that were taken away or became smaller.
        granted: GUIDs of users and groups that got a permission in exchange for the access type.
    """

    access: str = ""
    permissions: tuple[Permission, ...] = ()
    granted: tuple[str, ...] = ()

    def undo(self, client: Client, guid: str) -> None:
        """Let those read a content again who could before.

        Raises:
            ConnectError: some of it is not done.
        """
        for each in self.permissions:
            client.permit(guid, Principal(kind=each.kind, guid=each.guid, name=""), each.role)
        if self.access:
            client.update(guid, access_type=self.access)
        for each in client.permissions(guid) if self.granted else ():
            if each.guid in self.granted:
                client.forbid(guid, each.id)


class ReaderPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What to change, with everything found on the server that it names.

    Attributes:
        access: None leaves it.
        access_before: As the content has it; empty for new content.
        grants: Who gets which permission; those that they have already are left out.
        reduced: Permissions of collaborators among them who become viewers.
        removed: Permissions to take away.
        vanity: None leaves it, empty takes it away. `description` likewise.
        thumbnail: None leaves it, empty takes it away.
        is_seen: True when readers see an earlier version now.
    """

    access: AccessType | None = None
    access_before: str = ""
    grants: tuple[Grant, ...] = ()
    reduced: tuple[Permission, ...] = ()
    removed: tuple[Permission, ...] = ()
    vanity: str | None = None
    description: str | None = None
    added_tags: tuple[Tag, ...] = ()
    removed_tags: tuple[Tag, ...] = ()
    thumbnail: bytes | None = None
    is_seen: bool = False

    @property
    def narrows(self) -> bool:
        """True when fewer may read the content than before."""
        return bool(self._narrower_access or self.removed or self.reduced)

    @property
    def widens(self) -> bool:
        """True when more may read the content than before."""
        return bool(self._wider_access or self._new_grants)

    @property
    def _narrower_access(self) -> AccessType | None:
        narrower = not self.access_before or _width(self.access or "") < _width(self.access_before)
        return self.access if narrower else None

    @property
    def _wider_access(self) -> AccessType | None:
        return None if self._narrower_access else self.access

    @property
    def _exchanged_grants(self) -> tuple[Grant, ...]:
        """Permissions of those who can read the content because everyone can, and shall still be able to."""
        if not self._narrower_access or self.access_before not in ACCESS_TYPES[1:]:
            return ()
        return tuple((who, role) for who, role in self.grants if role == "viewer" and not self._is_reduced(who))

    @property
    def _new_grants(self) -> tuple[Grant, ...]:
        exchanged = self._exchanged_grants
        return tuple(each for each in self.grants if each not in exchanged and not self._is_reduced(each[0]))

    def _is_reduced(self, who: Principal) -> bool:
        return any(each.guid == who.guid for each in self.reduced)

    def restriction(self) -> Restriction:
        """Return who can read the content and shall not, as it is before the change."""
        granted = tuple(who.guid for who, _role in self._exchanged_grants)
        access = self.access_before if self._narrower_access else ""
        return Restriction(access=access, permissions=(*self.removed, *self.reduced), granted=granted)

    def narrow(self, client: Client, guid: str) -> None:
        """Make the circle of readers smaller.

        Raises:
            ConnectError: it may be as large as before.
        """
        for who, role in self._exchanged_grants:
            client.permit(guid, who, role)
        if self._narrower_access:
            client.update(guid, access_type=self._narrower_access)
        for each in self.removed:
            client.forbid(guid, each.id)
        for who, role in self.grants:
            if self._is_reduced(who):
                client.permit(guid, who, role)

    def widening(self, client: Client, guid: str) -> Iterator[Change]:
        """Yield what makes the circle of readers larger."""
        for who, role in self._new_grants:
            field = "share_with" if role == "viewer" else "collaborators"
            yield Change(
                field, _("The permission of {name}").format(name=who.name), _call(client.permit, guid, who, role)
            )
        wider = self._wider_access
        if wider:
            yield Change("access", _("Who may read it"), lambda: client.update(guid, access_type=wider))

    def details(self, client: Client, guid: str) -> Iterator[Change]:
        """Yield what changes what readers see of the content besides its page."""
        if self.description is not None:
            text = self.description
            yield Change("description", _("The description"), lambda: client.update(guid, description=text))
        for each in self.added_tags:
            yield Change("tags", _("The tag {name}").format(name=each.name), _call(client.add_tag, guid, each.id))
        for each in self.removed_tags:
            yield Change("tags", _("The tag {name}").format(name=each.name), _call(client.remove_tag, guid, each.id))
        if self.vanity:
            yield Change("vanity", _("The vanity URL"), _call(client.set_vanity, guid, self.vanity))
        elif self.vanity is not None:
            yield Change("vanity", _("The vanity URL"), _call(client.remove_vanity, guid))
        if self.thumbnail:
            yield Change("thumbnail", _("The thumbnail"), _call(client.set_thumbnail, guid, self.thumbnail))
        elif self.thumbnail is not None:
            yield Change("thumbnail", _("The thumbnail"), _call(client.remove_thumbnail, guid))

    def about_access(self) -> dict[str, Any]:
        """Return what changes about who may read the content, for those who watch over a Jupyter server."""
        shared = [f"{who.typed} ({_ROLES[role]})" for who, role in self.grants]
        withdrawn = [f"{each.kind} {each.guid}" for each in self.removed]
        parts = {"access": self.access, "shared": shared, "withdrawn": withdrawn}
        return {name: value for name, value in parts.items() if value}


def _call(change: Callable[..., object], *arguments: object) -> Callable[[], object]:
    return lambda: change(*arguments)


def _width(access: str) -> int:
    """Return how many may read: a word that is not known counts as the widest."""
    return [*ACCESS_TYPES, access].index(access)
