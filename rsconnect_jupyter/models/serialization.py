"""Records as JSON-compatible data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from msgspec import Struct


def as_json_data(record: Any) -> dict[str, Any]:
    """Return a record as JSON-compatible data; parts that are None are left out."""
    parts: dict[str, Any] = {}
    names = record.__struct_fields__ if isinstance(record, Struct) else [each.name for each in fields(record)]
    for name in names:
        value = getattr(record, name)
        if value is not None:
            parts[name] = _plain(value)
    return parts


def _plain(value: Any) -> Any:
    if isinstance(value, Struct) or is_dataclass(value):
        return as_json_data(value)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return str(value) if isinstance(value, Path) else value
