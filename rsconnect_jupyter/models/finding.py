"""What the author should know before publishing, where, and what one click can do about it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .serialization import as_json_data

Severity = Literal["error", "warning", "info", "unknown"]


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """A place in the author's work: a cell (0-based index and nbformat id), a file, a line (1-based), a form field."""

    cell: int | None = None
    cell_id: str | None = None
    file: str | None = None
    line: int | None = None
    field: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the parts that are set."""
        return as_json_data(self)


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """What one click can do about a finding.

    Attributes:
        action: ``add-file``, ``save``, ``run-all``, ``set-mode``, ``set-title``, ``set-requirements`` …
        label: The button's text, in English.
        value: What the action needs (a path, a mode); JSON-compatible.
    """

    action: str
    label: str
    value: Any = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something about the notebook, the bundle or the server that the author should know before publishing."""

    severity: Severity
    code: str
    message: str
    hint: str = ""
    where: Where | None = None
    fix: Fix | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as it goes over the wire, unset parts left out."""
        return as_json_data(self)
