"""``--strict``: requests are held against the contract, ``openapi.yaml``, and not only their JSON."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from ..api_errors import ApiError
from .routing import Request, Route


@functools.cache
def contract() -> dict[str, Any]:
    """Return the contract of all routes."""
    import yaml  # noqa: PLC0415 - jupyter_server brings it; a sandbox that is not strict does without

    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("openapi.yaml").read_text(encoding="utf-8"))
    return found


def check_strict(request: Request, route: Route) -> None:
    """Refuse query parameters that the operation does not have (400/25)."""
    operation = contract()["paths"][route.template][request.method.lower()]
    known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
    for name in sorted(set(request.queries) - known):
        raise ApiError(25, f"There is no parameter {name}.")
