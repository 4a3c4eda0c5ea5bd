"""The Python that content runs in: this interpreter, or a virtual environment of the bundle's requirements."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ...runner.environments import interpreter_of

Write = Callable[[str], None]


class BuildFailed(Exception):  # noqa: N818 - it ends a task, it is not a fault of this program
    """The environment cannot be made.

    Args:
        error: The task's error text.
        result: Text for the task's ``result.data``.
    """

    def __init__(self, error: str, *, result: str = "An error occurred while building the content") -> None:
        super().__init__(error)
        self.error = error
        self.result = result


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Where content runs.

    Attributes:
        python: The interpreter.
        version: Its version, ``3.11.7``.
        packages: ``name==version`` of everything installed; empty when it was not asked.
        managed: True when it was made for the bundle.
        name: Its name in the cache.
    """

    python: Path
    version: str
    packages: tuple[str, ...] = ()
    managed: bool = False
    name: str = ""


def python_version() -> str:
    """Return this interpreter's version, ``3.11.7``."""
    return platform.python_version()


def describe_python() -> str:
    """Return this interpreter as Connect's logs describe one."""
    return f"Python {' '.join(sys.version.split())} at {sys.executable}"


def check_python(manifest: dict[str, Any], write: Write) -> None:
    """Tell which Python is used; raises `BuildFailed` when the bundle needs another one.

    A bundle made with another minor version of the same Python is accepted, as Connect does with its usual setting
    ``Python.VersionMatching = nearest``; the constraint ``environment.python.requires`` is not negotiable.
    """
    wanted = str((manifest.get("python") or {}).get("version") or "")
    requires = ((manifest.get("environment") or {}).get("python") or {}).get("requires")
    here = python_version()
    if not _suits(wanted, requires, here):
        asked = f"{wanted} ({requires})" if requires else wanted
        line = f"Cannot find compatible environment: no compatible Local environment with Python version {asked}"
        write(line)
        raise BuildFailed(line)
    if not wanted:
        return
    asked = f"{wanted} ({requires})" if requires else wanted
    write(
        f"Bundle created with Python version {asked} is compatible with environment Local "
        f"with Python version {here} from {sys.executable}"
    )
    write(f"Bundle requested Python version {asked}; using {sys.executable} from Local which has version {here}")


def _suits(wanted: str, requires: Any, here: str) -> bool:
    if requires:
        try:
            return SpecifierSet(str(requires)).contains(here, prereleases=True)
        except InvalidSpecifier:
            return False
    return not wanted or wanted.split(".", maxsplit=1)[0] == here.split(".", maxsplit=1)[0]


def requirements_file(manifest: dict[str, Any], folder: Path) -> Path | None:
    """Return the requirements file that a manifest names, if the bundle has it."""
    manager = (manifest.get("python") or {}).get("package_manager") or {}
    name = manager.get("package_file") or "requirements.txt"
    path = (folder / str(name)).resolve()
    return path if path.is_file() and path.is_relative_to(folder.resolve()) else None


def report_requirements(requirements: Path | None, write: Write) -> None:
    """Tell which requirements this interpreter does not meet; a run may still succeed without them."""
    if requirements is None:
        return
    unmet = []
    for line in requirements.read_text(encoding="utf-8", errors="replace").splitlines():
        text = line.split(" #")[0].strip()
        if not text or text.startswith(("#", "-")):
            continue
        problem = _unmet(text)
        if problem:
            unmet.append(problem)
    for problem in unmet:
        write(f"Requirement not met: {problem}")
    if not unmet:
        write("All requirements are met by the Python that runs this sandbox.")


def _unmet(text: str) -> str | None:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return f"{text} (cannot be understood)"
    if requirement.marker is not None and not requirement.marker.evaluate():
        return None
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{text} (not installed)"
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{text} (installed: {version})"
    return None


def kernel_python(data: Path, name: str | None) -> Path:
    """Return the interpreter of an environment in the cache; without a name the one that runs this sandbox."""
    return interpreter_of(data / "environments" / name) if name else Path(sys.executable)
