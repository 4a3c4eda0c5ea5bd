"""Frozen dataclasses as Markdown: a row for each field, with its type and the text of its docstring."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import get_args

from rsconnect_jupyter import models


def fields_of(record: type) -> str:
    """Return what a record is for, and the table of its fields."""
    about, _, attributes = (inspect.getdoc(record) or "").partition("Attributes:\n")
    told = re.findall(r"^    ([\w, ]+): (.*(?:\n {5,}.*)*)", attributes, re.MULTILINE)
    rows = []
    for each in dataclasses.fields(record):
        text = next((text for names, text in told if each.name in names.split(", ")), "")
        rows.append(f"| `{each.name}` | {_type(str(each.type))} | {_plain(text)} |")
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
