"""What the server must install: the project's own file, or lines made from imports, or everything installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..records import Finding, KernelEnvironment, Mode, Requirements
from .notebook import Notebook


def choose_requirements(
    notebook: Notebook,
    environment: KernelEnvironment | None,
    *,
    root: Path,
    choice: str = "auto",
    mode: Mode = "jupyter-static",
    modules: Sequence[Path] = (),
) -> Requirements:
    """Return what the server must install.

    Args:
        notebook: The notebook that is published.
        environment: The kernel's environment; None when it could not be asked.
        root: Folder above which no project file is looked for.
        choice: ``"auto"``, ``"imports"``, ``"freeze"`` or a file's path relative to the notebook's folder.
        mode: A finished document (``static``) installs nothing.
        modules: Local Python files that go into the bundle; their imports count too.

    Raises:
        RequirementsError: The chosen file is missing or cannot be read.
    """
    return Requirements(source="none")


def python_constraint(folder: Path) -> tuple[str | None, tuple[Finding, ...]]:
    """Return the PEP 440 constraint for ``environment.python.requires`` and what was odd about its sources.

    Source of the rules: ``.python-version``, ``pyproject.toml``, ``setup.cfg`` of the notebook's own folder, in this
    order; an unusable value falls through.
    """
    return None, ()
