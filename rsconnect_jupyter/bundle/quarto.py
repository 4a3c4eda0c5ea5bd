"""Which Quarto renders a notebook: the one on this machine, else one the server offers, never an invented version."""

from __future__ import annotations

import functools
import re
import subprocess

from packaging.version import InvalidVersion, Version

from ..messages import finding
from ..models import Finding, ServerFacts
from ..process_environment import NOWHERE, find_program, without_key

TIMEOUT = 10.0


def choose_version(facts: ServerFacts | None) -> tuple[str | None, tuple[Finding, ...]]:
    """Return the version for the manifest, and a warning when none is known.

    Args:
        facts: What is known about the server; its newest Quarto is taken when there is none on this machine.
    """
    version = local_version() or _newest(facts.quarto if facts else None)
    is_known = version is not None or (facts is not None and not facts.versions_asked)
    return version, () if is_known else (finding("quarto-version-unknown"),)


def local_version() -> str | None:
    """Return the version of the ``quarto`` on the path; None when there is none that answers."""
    program = find_program("quarto")
    return _version_of(program) if program else None


@functools.lru_cache(maxsize=4)
def _version_of(program: str) -> str | None:
    try:
        answer = subprocess.run(
            [program, "--version"],
            env=without_key(),
            cwd=NOWHERE,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"^\d+\.\d+\.\d+$", answer.stdout, re.MULTILINE)
    return found[0] if found else None


def _newest(versions: tuple[str, ...] | None) -> str | None:
    return max(versions or (), key=_rank, default=None)


def _rank(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")
