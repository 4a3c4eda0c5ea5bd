"""Packages that the rehearsal got in another version than the author's kernel has, and the fix that pins them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ..messages import finding
from ..models import Finding, Fix, KernelEnvironment
from ..requirements.dependencies import brought_along, parsed
from ..requirements.pins import requirement_line
from ..translation import _, ngettext

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
        line = requirement_line(each)[0]
        fix = Fix(action="pin-requirements", label=_label([line]), value=[line]) if line else None
        found.append(replace(told, fix=fix))
    return tuple(found)


def pin(versions: Iterable[Finding], *, without: Collection[str] = ()) -> Fix | None:
    """Return one fix for all packages that can be pinned; None when there is none.

    Args:
        versions: From `version_differences`.
        without: Lines that were tried.
    """
    lines = [line for each in versions if each.fix for line in each.fix.value if line not in without]
    return Fix(action="pin-requirements", label=_label(lines), value=lines) if lines else None


def _label(lines: Sequence[str]) -> str:
    if len(lines) == 1:
        return _("Pin {package}").format(package=lines[0])
    return ngettext("Pin {count} package", "Pin {count} packages", len(lines)).format(count=len(lines))


def _is_kernel(line: str) -> bool:
    requirement = parsed(line)
    return requirement is not None and canonicalize_name(requirement.name) == KERNEL_PACKAGE


def _public(version: str) -> Version | str:
    """Return a version without its label, which no index knows."""
    try:
        return Version(Version(version).public)
    except InvalidVersion:
        return version
