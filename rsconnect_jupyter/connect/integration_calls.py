"""The calls of the v1 API about OAuth integrations and the content that uses them.

Shapes and errors: the Connect API's OAuth integrations and associations (2024.12 and later).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import BadAnswerError
from ..models import Integration
from .parsing import as_text, is_id
from .responses import read_json, read_list
from .session import Session, as_segment

_OF_CONTENT = "oauth_integration_"


class IntegrationCalls(Session):
    """Which integrations a server has, and which a content uses."""

    def integrations(self) -> tuple[Integration, ...]:
        """Return the server's integrations, in alphabetical order.

        Raises:
            ForbiddenError: this user may not see them.
            NotFoundError: the server has no such endpoint.
            BadAnswerError: the answer is not in the known shape.
        """
        found = (_integration(each, prefix="") for each in read_list(self._get("v1/oauth/integrations")))
        return tuple(sorted(found, key=lambda each: each.name.casefold()))

    def content_integrations(self, guid: str) -> tuple[Integration, ...]:
        """Return the integrations that a content uses, in the server's order.

        Raises:
            RefusedError: as for `integrations`; NotFoundError also when there is no such content.
            BadAnswerError: the answer is not in the known shape, or about another content.
        """
        listed = read_list(self._get(_associations(guid)))
        if not all(_is_about(each, guid) for each in listed):
            raise BadAnswerError.of("answer-incomplete", name="content_guid", request=f"GET /{_associations(guid)}")
        return tuple(_integration(each, prefix=_OF_CONTENT) for each in listed)

    def set_integrations(self, guid: str, integrations: Iterable[str]) -> None:
        """Have a content use exactly these integrations.

        Args:
            guid: The content.
            integrations: Their GUIDs.

        Raises:
            RefusedError: the server does not accept one of them, or has no license for any (402).
            ForbiddenError: this user may not change the content.
        """
        fields = [{"oauth_integration_guid": each} for each in integrations]
        read_json(self._send("PUT", _associations(guid), json=fields))


def _associations(guid: str) -> str:
    return f"v1/content/{as_segment(guid)}/oauth/integrations/associations"


def _is_about(value: Any, guid: str) -> bool:
    # ``app_guid`` is the older name.
    return isinstance(value, Mapping) and as_text(value.get("content_guid") or value.get("app_guid")) == guid


def _integration(value: Any, *, prefix: str) -> Integration:
    described = value if isinstance(value, Mapping) else {}
    guid = as_text(described.get(f"{prefix}guid"))
    if not is_id(guid):
        raise BadAnswerError.of("answer-incomplete", name=f"{prefix}guid", request="GET /v1/oauth/integrations")
    return Integration(
        guid=guid,
        name=as_text(described.get(f"{prefix}name")) or guid,
        description=as_text(described.get(f"{prefix}description")),
        template=as_text(described.get(f"{prefix}template")),
        auth_type=as_text(described.get(f"{prefix}auth_type")),
    )
