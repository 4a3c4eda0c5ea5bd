"""Requirement lines from ``pylock.toml`` (PEP 751), ``uv.lock``, ``pyproject.toml`` (PEP 621).

A lock's markers are kept, so that the server's Python decides. ``uv.lock`` is read by uv if it is installed, else here:
from the project's own entry along its dependencies, without development groups and other workspace members.
"""

from __future__ import annotations

import re
import subprocess
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import Requirement

from ..messages import finding
from ..models import Finding, Where
from ..process_environment import find_program, without_key
from ..translation import _
from .dependencies import parsed
from .pins import without_login
from .requirement_files import read_text, requirement_lines, unreadable
from .toml_text import load_toml

if TYPE_CHECKING:
    from packaging.pylock import Package, PackageSdist, PackageWheel

Lines = tuple[tuple[str, ...], tuple[Finding, ...]]

UV_EXPORT = (
    "export", "--format", "requirements-txt", "--frozen", "--no-hashes", "--no-annotate", "--offline", "--no-header",
    "--no-emit-project", "--no-dev",
)  # fmt: skip
UV_TIME_LIMIT = 20.0


def read_pyproject(path: Path) -> Lines | None:
    """Return ``[project] dependencies``; None when the file does not state any.

    Raises:
        RequirementsError: It is no TOML.
    """
    project = _table(_toml(path), "project")
    dependencies = project.get("dependencies")
    if not isinstance(dependencies, list):
        return None
    return tuple(each for each in dependencies if isinstance(each, str)), ()


def has_poetry_dependencies(path: Path) -> bool:
    """Return whether a ``pyproject.toml`` lists packages in Poetry's own table."""
    listed = _table(_table(_table(_toml(path), "tool"), "poetry"), "dependencies")
    return bool(listed.keys() - {"python"})


def parsed_toml(text: str) -> dict[str, Any]:
    """Return TOML's values; empty when it is no TOML."""
    try:
        return load_toml(text)
    except ValueError:
        return {}


def read_constraints(path: Path) -> tuple[list[Requirement], list[Requirement]]:
    """Return the constraints and the overrides that ``[tool.uv]`` of a ``pyproject.toml`` states."""
    settings = _table(_table(_toml(path), "tool"), "uv")
    constraints, overrides = settings.get("constraint-dependencies"), settings.get("override-dependencies")
    return _requirements(constraints), _requirements(overrides)


def _requirements(lines: Any) -> list[Requirement]:
    texts = [each for each in lines if isinstance(each, str)] if isinstance(lines, list) else []
    return [each for text in texts if (each := parsed(text))]


def read_pylock(path: Path) -> Lines:
    """Return the packages of a ``pylock.toml``.

    Raises:
        RequirementsError: It is no TOML or not a lock file of PEP 751.
    """
    from packaging.pylock import Pylock, PylockValidationError  # noqa: PLC0415 - few projects have one

    try:
        packages = Pylock.from_dict(_toml(path)).packages
    except PylockValidationError as exc:
        raise unreadable(path, _("it is not a valid lock file ({exc})").format(exc=exc)) from exc
    lines: list[str] = []
    findings: list[Finding] = []
    for package in packages:
        line = _locked_line(package)
        if line is None:
            findings.append(_left_out(package.name, path))
            continue
        marker = str(package.marker or "")
        lines.append(f"{line} ; {marker}" if marker and _usable(marker) else line)
    return tuple(lines), tuple(findings)


def read_uv_lock(path: Path, *, uv: str | None = None) -> Lines:
    """Return the packages that a ``uv.lock`` locks for its project.

    Args:
        path: The file; ``pyproject.toml`` lies beside it.
        uv: Path of the uv program; None looks for it.

    Raises:
        RequirementsError: It is no TOML or lists no packages.
    """
    program = uv or find_program("uv")
    exported = _exported(path, program) if program else None
    if exported is not None:
        return _without_local(exported, path)
    packages = _toml(path).get("package")
    if not isinstance(packages, list):
        raise unreadable(path, _("it has no [[package]]"))
    return _walked([each for each in packages if isinstance(each, dict)], path)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return load_toml(read_text(path))
    except ValueError as exc:
        raise unreadable(path, _("it is not valid TOML ({exc})").format(exc=exc)) from exc


def _table(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, Mapping) else {}


def _locked_line(package: Package) -> str | None:
    """Return the line of a PEP 751 package, None for one that only this machine has."""
    vcs, archive = package.vcs, package.archive
    if vcs and vcs.url:
        return f"{package.name} @ {vcs.type}+{without_login(vcs.url)}@{vcs.commit_id}"
    if archive and archive.url:
        return f"{package.name} @ {without_login(archive.url)}"
    files: list[PackageWheel | PackageSdist] = [*(package.wheels or ())]
    files += [package.sdist] if package.sdist else []
    if package.version is None or not any(each.url or not each.path for each in files):
        return None
    return f"{package.name}=={package.version}"


def _usable(marker: str) -> bool:
    """PEP 751 adds ``extras`` and ``dependency_groups`` to markers, which pip does not know."""
    if re.search(r"\b(extras|dependency_groups)\b", marker):
        return False
    try:
        Marker(marker)
    except (InvalidMarker, RecursionError):
        return False
    return True


def _left_out(name: str, path: Path) -> Finding:
    return finding("package-not-installable/lock", where=Where(file=path.name), file=path.name, package=name)


def _exported(path: Path, program: str) -> tuple[str, ...] | None:
    """Return what ``uv export`` says, None when it cannot (then the lock is read here)."""
    try:
        done = subprocess.run(
            [program, *UV_EXPORT],
            cwd=path.parent,
            env=without_key(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=UV_TIME_LIMIT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return requirement_lines(done.stdout.decode("utf-8", "replace"))


def _without_local(lines: tuple[str, ...], path: Path) -> Lines:
    kept, findings = [], []
    for line in lines:
        if re.match(r"(-e\s|\.|/|file:)", line) or " @ file:" in line:
            findings.append(_left_out(line, path))
        else:
            kept.append(line)
    return tuple(kept), tuple(findings)


MOST_MARKERS = 8
LONGEST_MARKER = 500
MOST_FORKS = 50
"""Ways to a package, length of a condition, and entries of one name that are looked at: their combinations grow
exponentially. A package with more ways to it is installed without a condition."""


def _walked(packages: list[dict[str, Any]], path: Path) -> Lines:
    """Follow the dependencies from the project's own entry; each package keeps the markers of the ways to it."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for package in packages:
        by_name.setdefault(_key(package)[0], []).append(package)
    reached: dict[tuple[str, str], set[str]] = {}
    seen: dict[tuple[tuple[str, str], str], set[str]] = {}
    starts = [each for each in packages if _is_project(each)][:1] or packages
    waiting = deque((package, "", "") for package in starts)
    while waiting:
        package, extra, marker = waiting.popleft()
        key = _key(package)
        markers = seen.setdefault((key, extra), set())
        if marker in markers or "" in markers:
            continue
        if len(markers) == MOST_MARKERS or len(marker) > LONGEST_MARKER:
            marker = ""
        markers.add(marker)
        if not extra:
            reached[key] = markers
        for target, of_target, more in _next(package, extra, by_name):
            waiting.append((target, of_target, _both(marker, more)))
    by_key = {_key(package): package for package in packages}
    lines, findings = [], []
    for key in sorted(reached):
        if _is_project(by_key[key]):
            continue
        line = _uv_line(by_key[key])
        if line is None:
            findings.append(_left_out(key[0], path))
        else:
            lines.append(line + _either(reached[key]))
    return tuple(lines), tuple(findings)


def _key(package: Mapping[str, Any]) -> tuple[str, str]:
    return str(package.get("name", "")), str(package.get("version", ""))


def _is_project(package: Mapping[str, Any]) -> bool:
    source = _table(package, "source")
    return source.get("virtual") == "." or source.get("editable") == "."


def _next(
    package: Mapping[str, Any], extra: str, by_name: Mapping[str, list[dict[str, Any]]]
) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Yield the packages that a package, or one of its extras, depends on: entry, extra of it, and condition."""
    stated = _table(package, "optional-dependencies") if extra else package
    for dependency in _dependencies(stated, extra or "dependencies"):
        wanted = by_name.get(str(dependency.get("name")), ())[:MOST_FORKS]
        if "version" in dependency:
            wanted = [each for each in wanted if each.get("version") == dependency["version"]]
        extras = dependency.get("extra")
        names = [each for each in extras if isinstance(each, str)] if isinstance(extras, list) else []
        for target in wanted:
            marker = _both(str(dependency.get("marker", "")), _forks(target))
            yield from ((target, each, marker) for each in ("", *names))


def _dependencies(package: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = package.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _forks(package: Mapping[str, Any]) -> str:
    """Return the condition under which a forked lock means this entry."""
    markers = package.get("resolution-markers")
    usable = [each for each in markers if isinstance(each, str)] if isinstance(markers, list) else []
    return " or ".join(f"({each})" for each in usable) if len(usable) > 1 else "".join(usable)


def _both(left: str, right: str) -> str:
    if not left or not right or left == right:
        return left or right
    return " and ".join(f"({each})" if " or " in each else each for each in (left, right))


def _either(markers: set[str]) -> str:
    if "" in markers:
        return ""
    usable = sorted(each for each in markers if _usable(each))
    if len(usable) < len(markers):
        return ""
    return " ; " + (" or ".join(f"({each})" for each in usable) if len(usable) > 1 else usable[0])


def _uv_line(package: Mapping[str, Any]) -> str | None:
    name, version = _key(package)
    source = _table(package, "source")
    if isinstance(source.get("git"), str):
        url, _hash, commit = source["git"].partition("#")
        return f"{name} @ git+{without_login(url.partition('?')[0])}" + (f"@{commit}" if commit else "")
    if isinstance(source.get("url"), str):
        return f"{name} @ {without_login(source['url'])}"
    if not version or any(key in source for key in ("path", "directory", "editable", "virtual")):
        return None
    return f"{name}=={version}"
