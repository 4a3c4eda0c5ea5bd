"""The catalog of findings: what the checks report, how severe it is, and what one click can do about it."""

from __future__ import annotations

from typing import NamedTuple

from ..models.finding import Severity


class FindingText(NamedTuple):
    """One finding.

    Attributes:
        severity: ``error`` stops a publish, ``warning`` asks for a look, ``info`` informs, ``unknown`` says that a
            check could not be made.
        message: One sentence: what was found.
        hint: One sentence: what to do; may be empty.
        action: What one click does (``add-file``, ``set-mode`` …); empty when there is no fix.
        label: The text of the fix's button.
    """

    severity: Severity
    message: str
    hint: str = ""
    action: str = ""
    label: str = ""


FINDINGS: dict[str, FindingText] = {
    "unsaved": FindingText(
        "warning",
        "The notebook has unsaved changes.",
        "Save it first: the file on disk is what is published.",
        action="save",
        label="Save",
    ),
}
"""Key -> text, in alphabetical order."""
