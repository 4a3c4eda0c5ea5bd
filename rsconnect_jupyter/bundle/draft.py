"""The draft of a bundle's manifest: everything but the files, from notebook, kernel and the author's choices."""

from __future__ import annotations

import locale
from typing import Any

from ..models import Choices, Finding, KernelEnvironment, Mode, Requirements, ServerFacts
from ..notebook.reading import Notebook
from ..requirements.selection import python_constraint
from . import quarto
from .manifest import PythonNeeds, make_manifest

PARAMETERS_TAG = "parameters"
"""papermill's tag of the cell that gives the parameters' defaults."""


def draft_manifest(
    notebook: Notebook,
    environment: KernelEnvironment | None,
    requirements: Requirements,
    *,
    mode: Mode,
    entrypoint: str,
    choices: Choices,
    facts: ServerFacts | None,
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Return the manifest without its files, and what was missing for it."""
    version, version_findings = quarto.choose_version(facts) if mode == "quarto-static" else (None, ())
    requires, requires_findings = python_constraint(notebook.folder) if environment else (None, ())
    manifest = make_manifest(
        mode,
        entrypoint=entrypoint,
        python=_python_needs(environment, requirements, choices=choices, requires=requires),
        locale=_locale(),
        quarto_version=version,
        hide_input=choices.hide_input or "none",
        has_parameters=any(PARAMETERS_TAG in cell.tags for cell in notebook.code),
        image=choices.image,
        manage_python=choices.manage_python,
        manage_r=choices.manage_r,
    )
    return manifest, (*version_findings, *requires_findings)


def _python_needs(
    environment: KernelEnvironment | None, requirements: Requirements, *, choices: Choices, requires: str | None
) -> PythonNeeds | None:
    if environment is None or not environment.version or requirements.source == "none":
        return None
    return PythonNeeds(
        version=environment.version,
        package_file=requirements.package_file,
        manager=choices.package_manager,
        named=requirements.manager or "pip",
        versions={"pip": environment.pip_version},
        requires=requires,
    )


def _locale() -> str | None:
    try:
        language, encoding = locale.getlocale()
    except ValueError:  # macOS: LC_CTYPE=UTF-8 names no language
        return None
    return f"{language}.{encoding}" if language and encoding else None
