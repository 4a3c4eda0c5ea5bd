"""Records as JSON-compatible data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def as_json_data(record: Any) -> dict[str, Any]:
    """Return a record as JSON-compatible data; parts that are None are left out."""
    parts: dict[str, Any] = {}
    for each in dataclasses.fields(record):
        value = getattr(record, each.name)
        if value is not None:
            parts[each.name] = _plain(value)
    return parts


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return as_json_data(value)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return str(value) if isinstance(value, Path) else value
