"""Frozen dataclasses as Markdown: a row for each field, with its type and what the docstring says of it."""

from __future__ import annotations

import dataclasses
import inspect
import re


def fields_of(record: type) -> str:
    """Return what a record is for, and the table of its fields."""
    about, _, attributes = (inspect.getdoc(record) or "").partition("Attributes:\n")
    told = re.findall(r"^    ([\w, ]+): (.*(?:\n {5,}.*)*)", attributes, re.MULTILINE)
    rows = []
    for each in dataclasses.fields(record):
        text = next((text for names, text in told if each.name in names.split(", ")), "")
        rows.append(f"| `{each.name}` | {_type(str(each.type))} | {_plain(text)} |")
    return "\n".join([_plain(about), "", "| Field | Type | |", "| --- | --- | --- |", *rows, ""])


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").replace("|", "\\|").split())


def _type(text: str) -> str:
    return " or ".join(f"`{each.strip()}`" for each in text.split("|"))
