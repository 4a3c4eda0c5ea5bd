"""Every sentence of an error or a finding, as data: one catalog each, read by the docs and for translation.

A key is the stable code that programs see (``content-gone``), or that code and a variant (``page-not-working/status``)
where one code has several wordings. Templates are filled by keyword with `str.format`,
in the language of whoever reads them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..models.finding import Finding, Fix, Severity, Where
from ..translation import _
from .errors import ERRORS, ErrorText
from .findings import FINDINGS, FindingText

__all__ = ["ERRORS", "FINDINGS", "ErrorText", "FindingText", "Text", "error_text", "finding"]


class Text(msgspec.Struct, frozen=True):
    """A filled entry of the catalog of errors; `english` is its message for logs."""

    code: str
    message: str
    hint: str
    english: str


def error_text(key: str, **values: Any) -> Text:
    """Return the text of an error, filled with `values`.

    Raises:
        KeyError: the catalog has no such entry, or the template names a value that is not given.
    """
    entry = ERRORS[key]
    return Text(
        code=_code(key),
        message=_(entry.message).format(**values),
        hint=_(entry.hint).format(**values),
        english=entry.message.format(**values),
    )


def finding(
    key: str,
    *,
    where: Where | None = None,
    severity: Severity | None = None,
    fix_value: Any = None,
    **values: Any,
) -> Finding:
    """Return a finding of the catalog, filled with `values`.

    Args:
        key: Code, or code and variant.
        where: The place it is about.
        severity: Where it differs from the catalog's.
        fix_value: What the entry's fix needs (a path, a mode); JSON-compatible.
        values: For the templates.

    Raises:
        KeyError: the catalog has no such entry, or a template names a value that is not given.
    """
    entry = FINDINGS[key]
    fix = None
    if entry.action:
        fix = Fix(action=entry.action, label=_(entry.label).format(**values), value=fix_value)
    return Finding(
        severity=severity or entry.severity,
        code=_code(key),
        message=_(entry.message).format(**values),
        hint=_(entry.hint).format(**values),
        where=where,
        fix=fix,
    )


def _code(key: str) -> str:
    return key.partition("/")[0]
