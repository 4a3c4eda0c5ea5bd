"""OAuth integrations: a sandbox has none, and answers like a server on which nobody made any."""

from __future__ import annotations

from typing import Any

from ..api_errors import ApiError
from ..store.identifiers import check_guid
from .content_items import edited_content, seen_content
from .routing import Request, Response, route


@route("GET", "/v1/oauth/integrations", since=(2024, 12))
@route("GET", "/v1/oauth/sessions", since=(2024, 12))
@route("GET", "/v1/oauth/templates", since=(2024, 12))
def nothing(_request: Request) -> list[Any]:
    """Return an empty list."""
    return []


@route("GET", "/v1/oauth/integrations/{guid}", since=(2024, 12))
@route("GET", "/v1/oauth/integrations/{guid}/associations", since=(2024, 12))
@route("GET", "/v1/oauth/sessions/{guid}", since=(2024, 12))
def no_such_object(request: Request) -> Any:
    """Refuse: whatever it is, it is not here."""
    check_guid(request.path["guid"])
    raise ApiError(4)


@route("GET", "/v1/content/{guid}/oauth/integrations/associations", since=(2024, 12))
def associations(request: Request) -> list[Any]:
    """Return no associations."""
    seen_content(request)
    return []


@route("PUT", "/v1/content/{guid}/oauth/integrations/associations", since=(2024, 12))
def associate(request: Request) -> Response:
    """Accept an empty list; there is no integration to associate (404/4)."""
    edited_content(request)
    wanted = request.json()
    if not isinstance(wanted, list):
        raise ApiError(121)
    if wanted:
        raise ApiError(4)
    return Response(status=204)
