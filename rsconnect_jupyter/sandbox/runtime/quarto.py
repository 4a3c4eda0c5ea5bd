"""Quarto, where it is on the PATH."""

from __future__ import annotations

import functools
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .environments import BuildFailed

DOCUMENTS = (".qmd", ".ipynb", ".md", ".rmd")


@functools.cache
def quarto_version() -> str | None:
    """Return the version of the Quarto on the PATH, None when there is none."""
    program = shutil.which("quarto")
    if program is None:
        return None
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None


def check_quarto(manifest: dict[str, Any], write: Callable[[str], None]) -> None:
    """Tell which Quarto is used; raises `BuildFailed` when there is none on this machine."""
    wanted = str((manifest.get("quarto") or {}).get("version") or "")
    here = quarto_version()
    if here is None:
        line = f"Cannot find compatible environment: no compatible Local environment with Quarto version {wanted}"
        write(line)
        write("Quarto is not installed on the machine that runs this sandbox.")
        raise BuildFailed(line)
    write(f"Bundle requested Quarto version {wanted}; using Quarto version {here} from Local")


def document_to_render(manifest: dict[str, Any], folder: Path) -> str | None:
    """Return the document that a bundle is about, by its manifest, else its only one; None without any."""
    metadata = manifest["metadata"]
    named = metadata.get("entrypoint") or metadata.get("primary_document")
    if named:
        return str(named)
    found = [name for name in sorted(manifest.get("files") or {}) if name.lower().endswith(DOCUMENTS)]
    top = [name for name in found if "/" not in name and (folder / name).is_file()]
    first = [name for name in top if name.startswith("index.")] or top
    return first[0] if first else None
