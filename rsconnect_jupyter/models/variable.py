"""Environment variables of a content: their names, never their values."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .finding import Where
from .serialization import as_json_data

VariableState = Literal["set", "missing", "optional", "unused"]
"""``set``: on the server; ``missing``: the code reads it; ``optional``: the code does without; ``unused``: not read."""


class ContentVariable(msgspec.Struct, frozen=True, kw_only=True):
    """One name.

    Attributes:
        where: The first place of the code that reads it.
    """

    name: str
    state: VariableState
    where: Where | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data, unset parts left out."""
        return as_json_data(self)
