"""What Connect can have and a sandbox never has: git repositories, integrations, caches, records of who visited what.

The answers are those of a server on which nobody made any: administrators' tools find nothing, and do not fail.
"""

from __future__ import annotations

from typing import Any

from .calls import Answer, Call, check_guid, route
from .codes import Refusal
from .contents import edited_content, seen_content


@route("GET", "/v1/content/{guid}/repository", since=(2022, 12))
@route("DELETE", "/v1/content/{guid}/repository", since=(2022, 12))
@route("PATCH", "/v1/content/{guid}/repository", since=(2022, 12))
def no_repository(call: Call) -> Any:
    """Refuse: no content of a sandbox comes from a git repository."""
    seen_content(call)
    raise Refusal(4)


@route("PUT", "/v1/content/{guid}/repository", since=(2022, 12))
def git_disabled(call: Call) -> Any:
    """Refuse: a sandbox has no git support."""
    edited_content(call)
    raise Refusal(145)


@route("GET", "/v1/oauth/integrations", since=(2024, 12))
@route("GET", "/v1/oauth/sessions", since=(2024, 12))
@route("GET", "/v1/oauth/templates", since=(2024, 12))
def nothing(_call: Call) -> list[Any]:
    """Return an empty list."""
    return []


@route("GET", "/v1/oauth/integrations/{guid}", since=(2024, 12))
@route("GET", "/v1/oauth/integrations/{guid}/associations", since=(2024, 12))
@route("GET", "/v1/oauth/sessions/{guid}", since=(2024, 12))
def no_such_object(call: Call) -> Any:
    """Refuse: whatever it is, it is not here."""
    check_guid(call.path["guid"])
    raise Refusal(4)


@route("GET", "/v1/content/{guid}/oauth/integrations/associations", since=(2024, 12))
def associations(call: Call) -> list[Any]:
    """Return no associations."""
    seen_content(call)
    return []


@route("PUT", "/v1/content/{guid}/oauth/integrations/associations", since=(2024, 12))
def associate(call: Call) -> Answer:
    """Accept an empty list; there is no integration to associate (404/4)."""
    edited_content(call)
    wanted = call.json()
    if not isinstance(wanted, list):
        raise Refusal(121)
    if wanted:
        raise Refusal(4)
    return Answer(status=204)


@route("GET", "/v1/system/caches/runtime", role="administrator", since=(2024, 5))
def runtime_caches(_call: Call) -> dict[str, Any]:
    """Return no caches: what a sandbox caches is in its data folder."""
    return {"caches": []}


@route("DELETE", "/v1/system/caches/runtime", role="administrator", since=(2024, 5))
def no_cache(_call: Call) -> Any:
    """Refuse: there is no such cache."""
    raise Refusal(4, "Cache does not exist")


@route("GET", "/v1/audit_logs", role="administrator")
@route("GET", "/v1/instrumentation/content/visits", role="publisher")
@route("GET", "/v1/instrumentation/content/hits", role="publisher")
@route("GET", "/v1/instrumentation/shiny/usage", role="publisher")
def no_records(call: Call) -> dict[str, Any]:
    """Return an empty page of records, in the form of lists that are read by cursor."""
    call.number("limit", 20, low=1, high=500)
    ends = dict.fromkeys(("first", "previous", "next", "last"))
    return {"results": [], "paging": {"cursors": {"previous": None, "next": None}, **ends}}
