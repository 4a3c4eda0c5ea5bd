"""Why a run failed on the server: read from its log, told in a sentence, with what to do about it.

Sources: the task output of Connect (API reference, section 10) and the texts of nbclient, nbconvert, Voilà and pip.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .bundle.plan import BundlePlan
from .records import Fix, TaskResult, Where

_TIME = re.compile(r"^\d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2}\.\d{3,} ?")
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """Why a run failed.

    Attributes:
        message: One sentence: what happened. `hint`: one: what to do.
        lines: The lines of the log that say so, as plain text.
        fix: What one click can do.
        slug: Connect's code for the failure, the anchor of a page of its documentation.
    """

    message: str
    hint: str = ""
    where: Where | None = None
    lines: tuple[str, ...] = ()
    fix: Fix | None = None
    slug: str | None = None

    def as_data(self) -> dict[str, Any]:
        """Return what programs want to know, JSON-compatible."""
        data: dict[str, Any] = {"failing_lines": list(self.lines)}
        if self.fix is not None:
            data["fix"] = {"action": self.fix.action, "label": self.fix.label, "value": self.fix.value}
        if self.slug is not None:
            data["connect_error"] = self.slug
            data["help_url"] = f"https://docs.posit.co/connect/user/troubleshooting/#{self.slug}"
        return data


def diagnose(
    log: Sequence[str], result: TaskResult, *, plan: BundlePlan | None = None, notebook: Path | None = None
) -> Diagnosis:
    """Return why a run failed, as far as its log tells.

    Args:
        log: The task's lines.
        result: How the task ended.
        plan: What was published; None after a restart.
        notebook: The notebook's path.
    """
    lines = [_COLOUR.sub("", _TIME.sub("", line)).rstrip() for line in log]
    return Diagnosis(
        message=f"The run on the server failed: {result.error or f'exit code {result.code}'}",
        hint="See the log for the reason.",
        lines=tuple(lines[-5:]),
    )
