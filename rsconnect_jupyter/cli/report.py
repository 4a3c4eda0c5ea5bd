"""What the command prints on stdout: the result for people, and JSON lines for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..connect.app_modes import mode_title
from ..models import Deployment


def print_json(record: Mapping[str, Any]) -> None:
    """Print one record on a line of its own."""
    print(json.dumps(record), flush=True)  # noqa: T201


def result_text(deployment: Deployment, *, quiet: bool, finished: bool = True) -> str:
    """Return what a person reads after a publish, or when the server has started it; with `quiet` just the address."""
    address = deployment.draft_url or deployment.url
    if quiet:
        return address
    did = "Draft of" if deployment.draft_url else "Published" if deployment.created else "Updated"
    if not finished:
        did = "Started publishing"
    return "\n".join(
        [
            f"{did} {deployment.title!r} ({mode_title(deployment.mode)}) on {deployment.server}",
            f"  Content    {address}",
            f"  Dashboard  {deployment.dashboard_url}",
            f"  Logs       {deployment.logs_url}",
        ]
    )
