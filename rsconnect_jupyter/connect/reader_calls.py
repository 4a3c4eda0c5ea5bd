"""The calls of the v1 API about readers: permissions, people, vanity URLs, tags and thumbnails of content.

Shapes and errors: the Connect API's permissions, groups, tags, vanity and thumbnail endpoints (1.8.6 and later).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import ConflictError, NotFoundError
from ..models import Content, Permission, Principal, PrincipalKind, ReaderRole, Tag
from .at_most_once import send_once
from .parsing import as_text
from .responses import Answer, is_unrouted, read_items, read_json, read_list, read_object, refusal
from .session import Session, as_segment
from .upload import Body

PEOPLE_PAGE = 20
_ALL_PAGE = 500
_MOST_PAGES = 40
_DUPLICATES = (154, 155)
"""Connect's numbers for somebody who has a permission already; since 2026 the call changes that one instead."""

THUMBNAIL_LIMIT = 10_000_000
"""Bytes; the ``maximum_app_image_size`` that servers have unless it was changed."""


class ReaderCalls(Session):
    """Who may read content, and what readers see of it."""

    # People

    def users(self, prefix: str, *, page: int = 1, size: int = PEOPLE_PAGE) -> tuple[tuple[Principal, ...], int]:
        """Return one page of the users whose user, first or last name begins so, and how many there are."""
        return self._people("user", "v1/users", prefix, page, size)

    def groups(self, prefix: str, *, page: int = 1, size: int = PEOPLE_PAGE) -> tuple[tuple[Principal, ...], int]:
        """Return one page of the groups whose name begins so, and how many there are."""
        return self._people("group", "v1/groups", prefix, page, size)

    def all_groups(self) -> Iterator[Principal]:
        """Yield every group, page by page."""
        seen = 0
        for page in range(1, _MOST_PAGES + 1):
            found, total = self.groups("", page=page, size=_ALL_PAGE)
            yield from found
            seen += len(found)
            if not found or seen >= total:
                return

    def _people(
        self, kind: PrincipalKind, path: str, prefix: str, page: int, size: int
    ) -> tuple[tuple[Principal, ...], int]:
        query = {**({"prefix": prefix} if prefix else {}), "page_number": page, "page_size": size}
        items, total = read_items(self._get(path, query), "results")
        described = [each for each in items if isinstance(each, Mapping) and as_text(each.get("guid"))]
        return tuple(_principal(kind, each) for each in described), total

    def user_of(self, guid: str) -> Principal:
        """Return a user.

        Raises:
            NotFoundError: there is none.
        """
        return _principal("user", self.account_details(guid))

    # Permissions

    def permissions(self, guid: str) -> tuple[Permission, ...]:
        """Return what a content permits to whom; its owner is not listed."""
        listed = read_list(self._get(f"v1/content/{as_segment(guid)}/permissions"))
        return tuple(_permission(each) for each in listed if isinstance(each, Mapping))

    def permit(self, guid: str, who: Principal, role: ReaderRole) -> None:
        """Permit a user or a group to read or to change a content, whatever was permitted before.

        Raises:
            ForbiddenError: this user may not say so, or a viewer would become a collaborator.
            RefusedError: it is the content's owner.
        """
        path = f"v1/content/{as_segment(guid)}/permissions"
        fields = {"principal_guid": who.guid, "principal_type": who.kind, "role": role}

        def look() -> bool | None:
            known = self._permission_of(guid, who)
            return True if known is not None and known.role == role else None

        def send() -> bool:
            read_json(self._post(path, json=fields))
            return True

        try:
            send_once(send, look, self.transport.wait)
        except ConflictError as exc:
            known = self._permission_of(guid, who) if exc.connect_code in _DUPLICATES else None
            if known is None:
                raise
            if known.role != role:
                read_json(self._send("PUT", f"{path}/{as_segment(known.id)}", json=fields))

    def forbid(self, guid: str, permission_id: str) -> None:
        """Take a permission away; one that is gone already is fine."""
        path = f"v1/content/{as_segment(guid)}/permissions/{as_segment(permission_id)}"
        _accept_gone(self._send("DELETE", path))

    def _permission_of(self, guid: str, who: Principal) -> Permission | None:
        return next((each for each in self.permissions(guid) if each.guid == who.guid), None)

    # Vanity URLs

    def vanity(self, guid: str) -> str:
        """Return the path of a content's own address (``/figures/sales/``); empty when it has none."""
        answer = self._get(f"v1/content/{as_segment(guid)}/vanity")
        return "" if answer.status == 404 and not is_unrouted(answer) else as_text(read_object(answer).get("path"))

    def set_vanity(self, guid: str, path: str) -> str:
        """Give a content an address and return its path as the server keeps it; no other content loses its own.

        Raises:
            ConflictError: the path, or one above or below it, is taken.
            ForbiddenError: this user may not choose addresses.
            RefusedError: the server does not permit the path.
        """
        fields = {"path": path, "force": False}
        answer = read_object(self._send("PUT", f"v1/content/{as_segment(guid)}/vanity", json=fields))
        return as_text(answer.get("path")) or path

    def remove_vanity(self, guid: str) -> None:
        """Take a content's address away; one that has none is fine."""
        _accept_gone(self._send("DELETE", f"v1/content/{as_segment(guid)}/vanity"))

    def vanities(self) -> tuple[tuple[str, str], ...]:
        """Return ``(path, GUID of its content)`` of all addresses.

        Raises:
            ForbiddenError: this user is no administrator.
        """
        listed = [each for each in read_list(self._get("v1/vanities")) if isinstance(each, Mapping)]
        return tuple((as_text(each.get("path")), as_text(each.get("content_guid"))) for each in listed)

    # Tags

    def tags(self) -> tuple[Tag, ...]:
        """Return all tags of the server, parents before what is below them, in alphabetical order."""
        return tree_of(read_list(self._get("v1/tags")))

    def content_tags(self, guid: str) -> frozenset[str]:
        """Return the ids of a content's tags, those above them included, categories left out."""
        listed = read_list(self._get(f"v1/content/{as_segment(guid)}/tags"))
        return frozenset(as_text(each.get("id")) for each in listed if isinstance(each, Mapping))

    def add_tag(self, guid: str, tag_id: str) -> None:
        """Put a tag on a content, with those above it."""
        path = f"v1/content/{as_segment(guid)}/tags"
        # What a content has already it gets no second time.
        _accept_good(self._send("POST", path, json={"tag_id": tag_id}, repeatable=True))

    def remove_tag(self, guid: str, tag_id: str) -> None:
        """Take a tag off a content, with those below it."""
        _accept_gone(self._send("DELETE", f"v1/content/{as_segment(guid)}/tags/{as_segment(tag_id)}"))

    # Thumbnails

    def thumbnail(self, content: Content, *, at_most: int = THUMBNAIL_LIMIT) -> bytes | None:
        """Return the picture of a content, or its first bytes; None when it has none, or was never deployed."""
        path = f"content/{as_segment(content.guid)}/__thumbnail__"
        answer = self.transport.exchange("GET", path, at_most=at_most)
        if answer.status in (204, 404):
            return None
        if not answer.good:
            raise refusal(answer)
        return answer.body

    def set_thumbnail(self, guid: str, image: bytes) -> None:
        """Give a content a picture: PNG, JPEG, GIF or SVG.

        Raises:
            RefusedError: the server does not take it.
        """
        headers = {"Content-Type": "application/octet-stream"}

        def body() -> Body:
            return Body(io.BytesIO(image), len(image))

        answer = self._send("PUT", f"v1/content/{as_segment(guid)}/thumbnail", body=body, headers=headers)
        if is_unrouted(answer):  # before 2024.09
            path = f"applications/{as_segment(guid)}/image"
            answer = self._send("POST", path, body=body, headers=headers, repeatable=True)
        _accept_good(answer)

    def remove_thumbnail(self, guid: str) -> None:
        """Take a content's picture away; one that has none is fine."""
        answer = self._send("DELETE", f"v1/content/{as_segment(guid)}/thumbnail")
        if is_unrouted(answer):  # before 2024.09
            answer = self._send("DELETE", f"applications/{as_segment(guid)}/image")
        _accept_gone(answer)


def tree_of(listed: list[Any]) -> tuple[Tag, ...]:
    """Return a server's list of tags as a forest, read from its roots; what has no root is left out. Pure."""
    children: dict[str, list[Tag]] = {}
    for each in listed:
        if isinstance(each, Mapping) and as_text(each.get("id")):
            tag = Tag(id=as_text(each["id"]), name=as_text(each.get("name")), parent_id=as_text(each.get("parent_id")))
            children.setdefault(tag.parent_id, []).append(tag)

    def below(parent_id: str, path: str) -> Iterator[Tag]:
        for each in sorted(children.pop(parent_id, ()), key=lambda tag: tag.name.casefold()):
            whole = f"{path}/{each.name}" if path else each.name
            yield Tag(id=each.id, name=each.name, parent_id=each.parent_id, path=whole)
            yield from below(each.id, whole)

    return tuple(below("", ""))


def _principal(kind: PrincipalKind, value: Mapping[str, Any]) -> Principal:
    full = " ".join(filter(None, (as_text(value.get("first_name")), as_text(value.get("last_name")))))
    name = as_text(value.get("username" if kind == "user" else "name"))
    return Principal(kind=kind, guid=as_text(value.get("guid")), name=name, full_name=full)


def _permission(value: Mapping[str, Any]) -> Permission:
    return Permission(
        id=as_text(value.get("id")),
        kind="group" if value.get("principal_type") == "group" else "user",
        guid=as_text(value.get("principal_guid")),
        role="owner" if value.get("role") == "owner" else "viewer",
    )


def _accept_good(answer: Answer) -> None:
    if not answer.good:
        raise refusal(answer)


def _accept_gone(answer: Answer) -> None:
    """Refuse an answer that is neither good nor says that there is nothing to delete."""
    if answer.good:
        return
    refused = refusal(answer)
    if not isinstance(refused, NotFoundError) or refused.connect_code is None:
        raise refused
