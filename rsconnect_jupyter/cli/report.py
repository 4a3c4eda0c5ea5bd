"""What the command prints on stdout: the result for people, and JSON lines for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..connect.app_modes import mode_title
from ..models import Deployment
from ..terminal_text import table_text
from ..translation import _


def print_json(record: Mapping[str, Any]) -> None:
    """Print one record on a line of its own."""
    print(json.dumps(record), flush=True)  # noqa: T201


def result_text(deployment: Deployment, *, quiet: bool, finished: bool = True) -> str:
    """Return what a person reads after a publish, or when the server has started it; with `quiet` just the address."""
    address = deployment.draft_url or deployment.url
    if quiet:
        return address
    if not finished:
        did = _("Started publishing {title!r} ({mode}) on {server}")
    elif deployment.draft_url:
        did = _("Draft of {title!r} ({mode}) on {server}")
    else:
        did = (
            _("Published {title!r} ({mode}) on {server}")
            if deployment.created
            else _("Updated {title!r} ({mode}) on {server}")
        )
    head = did.format(title=deployment.title, mode=mode_title(deployment.mode), server=deployment.server)
    rows = ((_("Content"), address), (_("Dashboard"), deployment.dashboard_url), (_("Logs"), deployment.logs_url))
    return f"{head}\n{table_text([(f'  {label}', value) for label, value in rows])}"
