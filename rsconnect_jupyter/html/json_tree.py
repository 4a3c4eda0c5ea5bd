"""JSON as a tree that readers open and close, without scripts. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

MOST_NODES = 5_000
"""More are shown as text: so many elements open slowly."""

_DEEPEST = 60


def json_html(value: Any, *, is_open: bool) -> str:
    """Return JSON as HTML.

    Args:
        value: What JSON can hold.
        is_open: True shows what is in each part from the start.
    """
    if _is_large(value):
        text = json.dumps(value, indent=2, ensure_ascii=False)
        return f'<pre class="page-json">{escape(text)}</pre>'
    return f'<div class="page-json">{_node("root", value, is_open=is_open, is_top=True)}</div>'


def _is_large(value: Any) -> bool:
    waiting, count = [(value, 0)], 0
    while waiting and count <= MOST_NODES:
        each, depth = waiting.pop()
        count += 1
        if depth > _DEEPEST:
            return True
        if isinstance(each, (Mapping, list)):
            waiting += [(inner, depth + 1) for inner in (each.values() if isinstance(each, Mapping) else each)]
    return count > MOST_NODES


def _node(name: str, value: Any, *, is_open: bool, is_top: bool = False) -> str:
    label = f'<span class="page-json-name">{escape(name if is_top else json.dumps(name, ensure_ascii=False))}</span>'
    if not isinstance(value, (Mapping, list)):
        return f"<div>{label}: {_leaf(value)}</div>"
    parts = value.items() if isinstance(value, Mapping) else ((str(index), each) for index, each in enumerate(value))
    inside = "".join(_node(str(key), each, is_open=is_open) for key, each in parts)
    opened = " open" if is_open or is_top else ""
    return f"<details{opened}><summary>{label} {_size(value)}</summary>{inside}</details>"


def _leaf(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return f'<span class="page-json-{"text" if isinstance(value, str) else "value"}">{escape(text)}</span>'


def _size(value: Mapping[str, Any] | Sequence[Any]) -> str:
    one, many = ("key", "keys") if isinstance(value, Mapping) else ("item", "items")
    marks = "{}" if isinstance(value, Mapping) else "[]"
    return f'<span class="page-json-size">{marks} {len(value)} {one if len(value) == 1 else many}</span>'
