"""Frozen records as Markdown: a row for each field, with its type and the text of its docstring."""

from __future__ import annotations

import inspect
import re
from typing import get_args

from rsconnect_jupyter import models


def fields_of(record: type) -> str:
    """Return what a record is for, and the table of its fields."""
    about, _, attributes = (inspect.getdoc(record) or "").partition("Attributes:\n")
    told = re.findall(r"^    ([\w, ]+): (.*(?:\n {5,}.*)*)", attributes, re.MULTILINE)
    rows = []
    for name, kind in inspect.get_annotations(record).items():
        text = next((text for names, text in told if name in names.split(", ")), "")
        rows.append(f"| `{name}` | {_type(kind)} | {_plain(text)} |")
    return "\n".join([_plain(about), "", "| Field | Type | Meaning |", "| --- | --- | --- |", *rows, ""])


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").replace("|", "\\|").split())


def _type(text: str) -> str:
    """Return a type as people read it; a name for a few words becomes the words."""
    parts = []
    for each in map(str.strip, text.split("|")):
        words = get_args(getattr(models, each, None))
        parts += [f"`{word}`" for word in words] if words else [f"`{each}`"]
    return " or ".join(parts)
