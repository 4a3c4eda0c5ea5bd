"""What an installed distribution brings along, and constraints on packages that no line lists. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ..models import KernelEnvironment


def brought_along(lines: Iterable[str], environment: KernelEnvironment | None) -> set[str]:
    """Return the canonical names that requirement lines install, with all that these depend on in the kernel."""
    installed = environment.distributions if environment else ()
    requires = {canonicalize_name(each.name): each.requires for each in installed}
    waiting = list(_names(lines))
    reached: set[str] = set()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in reached:
            reached.add(name)
            waiting += requires.get(name, ())
    return reached


def _names(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        found = re.match(r"[\w][\w.-]*", line)
        yield from [found[0]] if found else []
        yield from re.findall(r"[#&]egg=([\w.-]+)", line)


def constrained_lines(
    lines: Sequence[str], constraints: Sequence[Requirement], environment: KernelEnvironment | None
) -> tuple[str, ...]:
    """Return lines with the constraints in them, so that they need no file of constraints on the server.

    Args:
        lines: Requirement lines.
        constraints: As ``-c`` or uv's ``constraint-dependencies`` list them.
        environment: Of the kernel; shows which other packages the lines bring along. None adds every constraint.
    """
    limited = tuple(_constrained(each, constraints) for each in lines)
    reached = brought_along(lines, environment)
    listed = {canonicalize_name(each) for each in _names(lines)}
    more = [
        str(each)
        for each in constraints
        if each.marker or canonicalize_name(each.name) not in listed
        if environment is None or canonicalize_name(each.name) in reached
    ]
    return (*limited, *dict.fromkeys(more))


def _constrained(line: str, constraints: Sequence[Requirement]) -> str:
    """Return a line with the constraints on its package that have no marker of their own."""
    requirement = parsed(line)
    if requirement is None or requirement.url:
        return line
    name = canonicalize_name(requirement.name)
    limits = [each for each in constraints if not each.marker and canonicalize_name(each.name) == name]
    for each in limits:
        requirement.specifier &= each.specifier
    return str(requirement) if limits else line


def parsed(line: str) -> Requirement | None:
    """Return a requirement line as PEP 508 reads it, comments left out; None for any other line."""
    try:
        return Requirement(re.sub(r"(^|\s)#.*$", "", line).strip())
    except (InvalidRequirement, RecursionError):
        return None
