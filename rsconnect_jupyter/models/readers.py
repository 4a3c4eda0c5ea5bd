"""Who may read content on a server, and what readers see of it before they open it: address, description, tags."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .serialization import as_json_data

AccessType = Literal["all", "logged_in", "acl"]
"""Connect's names: everyone without a sign-in, everyone signed in, only those who are permitted."""

ACCESS_TYPES: tuple[AccessType, ...] = ("acl", "logged_in", "all")
"""From the narrowest to the widest."""

PrincipalKind = Literal["user", "group"]

ReaderRole = Literal["viewer", "owner"]
"""Connect's names: a viewer may read, an ``owner`` (the dashboard's collaborator) may change content, too."""


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A user or a group.

    Attributes:
        name: User name, or the group's name.
        full_name: A person's first and last name; may be empty.
    """

    kind: PrincipalKind
    guid: str
    name: str
    full_name: str = ""

    @property
    def typed(self) -> str:
        """How it is named where users and groups could have the same name: ``user:ada``."""
        return f"{self.kind}:{self.name}"


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """What a content permits a user or a group; its owner has none.

    Attributes:
        id: Of the permission.
        guid: Of the user or group.
    """

    id: str
    kind: PrincipalKind
    guid: str
    role: ReaderRole


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag of the server.

    Attributes:
        parent_id: Empty for a category, which no content can have.
        path: Names from the category down: ``Departments/Finance``.
    """

    id: str
    name: str
    parent_id: str = ""
    path: str = ""


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """A user or a group, and what they may do with a content."""

    kind: PrincipalKind
    name: str
    role: ReaderRole
    full_name: str = ""


class ContentReaders(msgspec.Struct, frozen=True, kw_only=True):
    """Who may read a content, and what they see of it.

    Attributes:
        access: One of `AccessType`; another word of the server's as it is.
        readers: Users and groups that are permitted; None when this user may not see them.
        tags: Paths of its tags, those left out that have a more special one below them.
        vanity: Path of its own address (``/figures/sales/``); empty for none.
        thumbnail: Whether it has one; None when that is not known.
        may_change: False when this user may not change any of it.
        may_set_vanity: False when this user may not choose an address; None when that is not known.
    """

    guid: str
    access: str
    readers: tuple[Reader, ...] | None
    description: str
    tags: tuple[str, ...]
    vanity: str
    thumbnail: bool | None
    may_change: bool
    may_set_vanity: bool | None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data, unknown parts as null."""
        unknown = {"readers": None, "thumbnail": None, "may_set_vanity": None}
        return unknown | as_json_data(self)


class VanityCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a content can have an address.

    Attributes:
        path: The address as the server would keep it; empty for none.
        problem: Why it cannot be that one: one sentence, empty when nothing is known against it.
        free: None when that only shows when it is set.
    """

    path: str
    problem: str = ""
    free: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {"free": None} | as_json_data(self)


class PeoplePage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a search for users and groups."""

    people: tuple[Principal, ...]
    more: bool

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return as_json_data(self)
