"""Requirement lines that a server cannot install as they stand: not lines of pip's, or builds no index has. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from packaging.requirements import InvalidRequirement, Requirement

from ..messages import finding
from ..models import Finding, Where
from ..translation import _
from .pins import line_to_show

MOST_NAMED = 3
_OWN_INDEX = re.compile(r"(-i|--index-url|--extra-index-url|-f|--find-links)\b")
_LOCAL_BUILD = re.compile(r"(?P<public>(?P<name>[\w.-]+)(\[[^\]]*\])?\s*===?\s*[^\s;,+]+)\+(?P<label>[\w.]+)")
_LINE_OPTIONS = re.compile(r"\s--(hash|config-settings?|global-option|build-option)\b.*")


def malformed_lines(lines: Sequence[str], file: str) -> Iterator[Finding]:
    """Yield a finding when some lines are none of pip's; ``conda list`` writes such."""
    wrong = [each for each in lines if not _is_readable(each)]
    if wrong:
        named = ", ".join(line_to_show(each) for each in wrong[:MOST_NAMED])
        more = _(" and {count} more").format(count=len(wrong) - MOST_NAMED) if len(wrong) > MOST_NAMED else ""
        yield finding("requirement-malformed", where=Where(file=file), file=file, lines=named + more)


def _is_readable(line: str) -> bool:
    if line.startswith("-") or "://" in line or "${" in line:
        return True
    try:
        Requirement(_LINE_OPTIONS.sub("", line))
    except (InvalidRequirement, RecursionError):
        return False
    return True


def lines_without_hash(text: str, file: str) -> Iterator[Finding]:
    """Yield a finding when some lines of a list have hashes and others have none: pip then installs none of them."""
    logical = re.sub(r"\\\r?\n[ \t]*", " ", text).splitlines()
    lines = [bare for each in logical if (bare := re.sub(r"(^|\s)#.*$", "", each).strip())]
    checks = [each for each in lines if "--require-hashes" in each.split() or re.search(r"\s--hash[= ]", each)]
    named = [each for each in lines if not each.startswith("-") or re.match(r"(-e|--editable)\b", each)]
    without = [each for each in named if not re.search(r"\s--hash[= ]", each)]
    if checks and without:
        shown = some([line_to_show(each) for each in without])
        yield finding("hash-missing", where=Where(file=file), file=file, lines=shown)


def local_builds(lines: Sequence[str], file: str) -> Iterator[Finding]:
    """Yield a finding when lines pin builds such as ``+cu118`` and name no index to get them from."""
    builds = [found[0] for each in lines if (found := _LOCAL_BUILD.match(each))]
    if builds and not any(_OWN_INDEX.match(each) for each in lines):
        yield finding("local-version/requirements", where=Where(file=file), file=file, packages=some(builds))


def without_local_builds(lines: Sequence[str], file: str) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Return locked lines without ``+cu118``, for a lock's index is not sent along; and a finding that says so."""
    builds = [found[0] for each in lines if (found := _LOCAL_BUILD.match(each))]
    if not builds:
        return tuple(lines), ()
    reported = finding("local-version/lock", where=Where(file=file), file=file, packages=some(builds))
    return tuple(map(_without_label, lines)), (reported,)


def _without_label(line: str) -> str:
    found = _LOCAL_BUILD.match(line)
    return found["public"] + line[found.end() :] if found else line


def some(texts: Sequence[str]) -> str:
    """Return the first few texts, and how many more there are. Pure."""
    more = _(" and {count} more").format(count=len(texts) - MOST_NAMED) if len(texts) > MOST_NAMED else ""
    return ", ".join(texts[:MOST_NAMED]) + more
