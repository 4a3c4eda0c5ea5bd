"""Quarto, where it is on the PATH."""

from __future__ import annotations

import functools
import shutil
import subprocess


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
