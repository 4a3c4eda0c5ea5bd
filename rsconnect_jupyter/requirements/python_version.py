"""The Python constraint of a project, for ``environment.python.requires`` of the manifest.

Rules: the notebook's own block of inline script metadata; then ``.python-version``, then ``[project] requires-
python`` of ``pyproject.toml``, then ``[options] python_requires`` of ``setup.cfg``, all in the notebook's own folder;
the first usable value wins. Connect honours it from 2025.03.0 on.
"""

from __future__ import annotations

import re
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ..messages import finding
from ..models import Finding, Where
from ..translation import _

LONGEST = 200
"""Characters of a constraint; longer ones hold numbers that cannot be versions."""


def python_constraint(folder: Path, *, own: str = "") -> tuple[str | None, tuple[Finding, ...]]:
    """Return the PEP 440 constraint on Python that applies to a notebook, and what is wrong with what states it.

    Args:
        folder: The notebook's.
        own: What the notebook's own block of script metadata says; empty without one.
    """
    constraint = _valid(own)
    if constraint is not None:
        return constraint, tuple(_contradiction(constraint, _("the notebook's script block")))
    findings: list[Finding] = []
    for name, read in (
        (".python-version", _from_python_version),
        ("pyproject.toml", _from_pyproject),
        ("setup.cfg", _from_setup_cfg),
    ):
        text = _text_of(folder / name)
        if text is None:
            continue
        value = read(text)
        constraint = convert_version_file(value) if name == ".python-version" else _valid(value)
        if constraint is not None:
            findings += _contradiction(constraint, name)
            return constraint, tuple(findings)
        if value:
            findings.append(_unusable(name, value))
    return None, tuple(findings)


def convert_version_file(text: str) -> str | None:
    """Return ``.python-version``'s text as a constraint; None for other implementations, pre-releases and nonsense.

    Pure. ``3`` -> ``~=3.0``; ``3.8``, ``3.8.11`` -> ``~=3.8.0``; ``3.8.*`` -> ``==3.8.*``; operators stay.
    """
    text = text.strip()
    if not 0 < len(text) <= LONGEST or "\n" in text or re.search(r"[@/\-]|\d(a|b|rc)", text):
        return None
    parts = [_converted(each.strip()) for each in text.split(",")]
    return ",".join(each for each in parts if each) if all(parts) else None


def _converted(part: str) -> str | None:
    if re.match(r"[<>=!~]", part):
        return _valid(part)
    if re.fullmatch(r"\d+", part):
        return f"~={part}.0"
    if re.fullmatch(r"\d+(\.\d+)?\.\*", part):
        return f"=={part}"
    found = re.fullmatch(r"(\d+)\.(\d+)(\.\d+)?", part)
    return f"~={found[1]}.{found[2]}.0" if found else None


def _valid(value: str) -> str | None:
    try:
        SpecifierSet(value[:LONGEST])
    except InvalidSpecifier:
        return None
    return value if 0 < len(value) <= LONGEST else None


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None


def _from_python_version(text: str) -> str:
    return text.strip()


def _from_pyproject(text: str) -> str:
    from .toml_text import load_toml  # noqa: PLC0415 - many notebooks have no such file, nor one for configparser

    try:
        project = load_toml(text).get("project")
    except ValueError:
        return ""
    value = project.get("requires-python") if isinstance(project, dict) else None
    return value if isinstance(value, str) else ""


def _from_setup_cfg(text: str) -> str:
    import configparser  # noqa: PLC0415

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        return ""
    return parser.get("options", "python_requires", fallback="")


def _contradiction(constraint: str, name: str) -> list[Finding]:
    """Return a finding when no Python can satisfy a constraint (two bare versions in one list)."""
    specifiers = SpecifierSet(constraint)
    versions = [f"{major}.{minor}.{patch}" for major in (2, 3, 4) for minor in range(40) for patch in (0, 7, 15, 30)]
    exact = [each.version.removesuffix(".*") for each in specifiers]
    if any(specifiers.contains(each, prereleases=True) for each in (*versions, *exact)):
        return []
    return [finding("python-constraint-impossible", where=Where(file=name), file=name, constraint=constraint)]


def _unusable(name: str, value: str) -> Finding:
    shown = value.splitlines()[0][:60]
    return finding("python-constraint-unusable", where=Where(file=name), file=name, value=shown)
