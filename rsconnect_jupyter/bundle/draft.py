"""The draft of a bundle's manifest: everything but the files, from notebook, kernel and the author's options."""

from __future__ import annotations

import locale
from typing import Any

from ..connect.app_modes import QUARTO
from ..models import BundleOptions, Finding, Installation, KernelEnvironment, Mode, Requirements, ServerFacts
from ..notebook.reading import Notebook
from ..requirements.python_version import python_constraint
from ..requirements.script_block import script_python
from . import quarto
from .manifest import PythonNeeds, make_manifest

_INSTALLS: dict[Installation, bool | None] = {"auto": None, "yes": True, "no": False}


def draft_manifest(
    notebook: Notebook,
    environment: KernelEnvironment | None,
    requirements: Requirements,
    *,
    mode: Mode,
    entrypoint: str,
    options: BundleOptions,
    facts: ServerFacts | None,
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Return the manifest without its files, and what was missing for it."""
    version, version_findings = quarto.choose_version(facts) if mode == QUARTO else (None, ())
    own = script_python(notebook)
    requires, requires_findings = python_constraint(notebook.folder, own=own) if environment else (None, ())
    manifest = make_manifest(
        mode,
        entrypoint=entrypoint,
        python=_python_needs(environment, requirements, options=options, requires=requires),
        locale=_locale(),
        quarto_version=version,
        hide_input=options.hide_input or "none",
        has_parameters=notebook.has_parameters,
        image=options.image or None,
        manage_python=_INSTALLS[options.manage_python],
        manage_r=_INSTALLS[options.manage_r],
    )
    return manifest, (*version_findings, *requires_findings)


def _python_needs(
    environment: KernelEnvironment | None, requirements: Requirements, *, options: BundleOptions, requires: str | None
) -> PythonNeeds | None:
    if environment is None or not environment.version or requirements.source == "none":
        return None
    return PythonNeeds(
        version=environment.version,
        package_file=requirements.package_file,
        manager=options.package_manager,
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
