"""Packages that the rehearsal got in another version than the author's kernel has, and the fix that pins them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ..messages import finding
from ..models import Finding, Fix, KernelEnvironment
from ..requirements.dependencies import brought_along, parsed
from ..requirements.pins import requirement_line

PIN = "pin-requirements"
"""The action of the fix; its value is requirement lines."""

KERNEL_PACKAGE = "ipykernel"
"""What it brings along runs the notebook and is not part of it."""


def version_differences(
    lines: Iterable[str], here: KernelEnvironment | None, installed: Mapping[str, str]
) -> tuple[Finding, ...]:
    """Return the packages of a notebook whose versions differ, by name; each that an index may have with its fix.

    Args:
        lines: The requirement lines.
        here: The author's kernel.
        installed: Name -> version of the rehearsal's environment.
    """
    there = {canonicalize_name(name): version for name, version in installed.items()}
    own = brought_along([each for each in lines if not _is_kernel(each)], here)
    found = []
    for each in here.distributions if here else ():
        other = there.get(canonicalize_name(each.name))
        if other is None or canonicalize_name(each.name) not in own or _public(each.version) == _public(other):
            continue
        told = finding("rehearsed-version", package=each.name, here=each.version, there=other)
        line, _ = requirement_line(each)
        fix = Fix(action=PIN, label=f"Pin {line}", value=[line]) if line else None
        found.append(Finding(severity=told.severity, code=told.code, message=told.message, fix=fix))
    return tuple(found)


def pin(versions: Iterable[Finding], *, without: Collection[str] = ()) -> Fix | None:
    """Return one fix for all packages that can be pinned; None when there is none.

    Args:
        versions: From `version_differences`.
        without: Lines that were tried.
    """
    lines = [line for each in versions if each.fix for line in each.fix.value if line not in without]
    if not lines:
        return None
    return Fix(action=PIN, label=f"Pin {lines[0]}" if len(lines) == 1 else f"Pin {len(lines)} packages", value=lines)


def _is_kernel(line: str) -> bool:
    requirement = parsed(line)
    return requirement is not None and canonicalize_name(requirement.name) == KERNEL_PACKAGE


def _public(version: str) -> Version | str:
    """Return a version without its label, which no index knows."""
    try:
        return Version(Version(version).public)
    except InvalidVersion:
        return version
