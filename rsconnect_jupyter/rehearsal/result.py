"""What a rehearsal found out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from ..models import Finding, Fix, PublishOptions, Where
from ..models.serialization import as_json_data
from ..requirements.dependencies import parsed
from .version_differences import PIN


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """How a rehearsal ended.

    Attributes:
        runs: True when the server would have a page.
        message: One sentence: what happened.
        hint: One sentence: what to do; empty when it runs.
        where: The cell that failed.
        fix: What one click can do about it; of one that runs, about its differences.
        lines: The lines of the log that say so.
        python: Version of the Python that it ran in; empty when nothing was run.
        seconds: How long the run took, without the making of the environment.
        environment_bytes: Size of the environment; 0 without one.
        cached: True when the environment was there from an earlier rehearsal.
        page: The page that resulted.
        differences: What cells show otherwise than in the notebook, in order.
        versions: Packages of other versions than the author's, which a failure or a difference may come from.
        applied: The fixes that were applied before, in order.
        options: The options it was rehearsed with, fixes among them.
    """

    runs: bool
    message: str
    hint: str = ""
    where: Where | None = None
    fix: Fix | None = None
    lines: tuple[str, ...] = ()
    python: str = ""
    seconds: float = 0.0
    environment_bytes: int = 0
    cached: bool = False
    page: Path | None = None
    differences: tuple[Finding, ...] = ()
    versions: tuple[Finding, ...] = ()
    applied: tuple[Fix, ...] = ()
    options: PublishOptions = msgspec.field(default_factory=PublishOptions)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it; no values of environment variables."""
        data = as_json_data(replace(self, options=PublishOptions(), page=None))
        data.pop("options", None)
        return {**data, "page": str(self.page) if self.page else None}


def with_fix(options: PublishOptions, fix: Fix) -> PublishOptions | None:
    """Return options with a fix applied; None when it is none that options can hold, or changes nothing. Pure."""
    changes: Mapping[str, Any] = {}
    if fix.action == "add-requirement":
        changes = {"add_requirements": _with_all(options.add_requirements, fix.value)}
    elif fix.action == PIN:
        changes = {"add_requirements": _with_pins(options.add_requirements or (), fix.value)}
    elif fix.action == "remove-requirement":
        kept = [each for each in options.add_requirements or () if each not in fix.value]
        changes = {"add_requirements": tuple(kept) or None}
    elif fix.action == "add-file":
        changes = {"files": _with_all(options.files, fix.value)}
    elif fix.action == "set-requirements":
        changes = {"requirements": str(fix.value)}
    fixed = dataclasses.replace(options, **changes)
    return fixed if changes and fixed != options else None


def _with_pins(known: Sequence[str], lines: Sequence[str]) -> tuple[str, ...]:
    """Return requirement lines with those of a fix, which replace others of the same packages."""
    pinned = {_name_in(each) for each in lines}
    return (*(each for each in known if _name_in(each) not in pinned), *lines)


def _name_in(line: str) -> str:
    requirement = parsed(line)
    return canonicalize_name(requirement.name) if requirement else line


def _with_all(known: tuple[str, ...] | None, value: Any) -> tuple[str, ...]:
    added = [str(each) for each in value] if isinstance(value, (list, tuple)) else [str(value)]
    return tuple(dict.fromkeys((*(known or ()), *added)))
