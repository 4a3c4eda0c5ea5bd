"""Requirement lines that the author adds to whatever was chosen. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ..messages import finding
from ..models import KernelEnvironment, Requirements, Where
from .dependencies import parsed
from .pins import line_to_show, requirement_line
from .requirement_lines import some

FIELD = Where(field="add_requirements")


def with_additions(
    requirements: Requirements, additions: Iterable[str], environment: KernelEnvironment | None
) -> Requirements:
    """Return requirements with lines added to them; what is none of pip's lines becomes a finding.

    A name alone adds nothing where the package is listed, and gets the kernel's version where the list is made here;
    a line with a version takes the place of the one that is listed.

    Args:
        requirements: What was chosen: a file's or those of the imports.
        additions: Names, or lines as PEP 508 has them.
        environment: Of the kernel.
    """
    added: dict[str, Requirement] = {}
    wrong: list[str] = []
    for line in filter(None, (each.strip() for each in additions)):
        requirement = parsed(line)
        if requirement is None:
            wrong.append(line)
        else:
            added[canonicalize_name(requirement.name)] = requirement
    listed = {canonicalize_name(one.name) for each in requirements.lines if (one := parsed(each))}
    added = {name: each for name, each in added.items() if name not in listed or _says_more(each)}
    lines = [_pinned(each, requirements, environment) for each in added.values()]
    found = requirements.findings
    if wrong:
        found = (
            *found,
            finding("requirement-malformed/added", where=FIELD, lines=some(list(map(line_to_show, wrong)))),
        )
    return replace(
        requirements,
        lines=(*_others(requirements.lines, added), *lines),
        text=_with_lines(requirements.text, added, lines),
        findings=found,
    )


def _says_more(requirement: Requirement) -> bool:
    return bool(requirement.specifier or requirement.extras or requirement.url or requirement.marker)


def _pinned(requirement: Requirement, requirements: Requirements, environment: KernelEnvironment | None) -> str:
    if requirements.source == "file" or environment is None or _says_more(requirement):
        return str(requirement)
    name = canonicalize_name(requirement.name)
    installed = next((each for each in environment.distributions if canonicalize_name(each.name) == name), None)
    return (requirement_line(installed)[0] if installed else None) or str(requirement)


def _others(lines: Iterable[str], added: dict[str, Requirement]) -> list[str]:
    """Return the lines of other packages; a line with a marker may stand beside one without."""
    named = [(line, parsed(line)) for line in lines]
    return [line for line, one in named if one is None or canonicalize_name(one.name) not in added]


def _with_lines(text: str, added: dict[str, Requirement], lines: Sequence[str]) -> str:
    """Return a package file's text with lines added; a line that runs on (hashes) is left out whole."""
    whole = re.findall(r"(?:[^\n]*\\\n)*[^\n]*(?:\n|$)", text)
    kept = [each for each in whole if not _is_of(each, added)]
    joined = "".join(kept)
    return (joined if not joined or joined.endswith("\n") else joined + "\n") + "".join(f"{each}\n" for each in lines)


def _is_of(line: str, added: dict[str, Requirement]) -> bool:
    requirement = parsed(re.sub(r"\s--hash\b.*", "", line.replace("\\\n", " "), flags=re.DOTALL))
    return requirement is not None and canonicalize_name(requirement.name) in added
