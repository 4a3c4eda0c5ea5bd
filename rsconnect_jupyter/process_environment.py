"""The environment of programs that we start: this process's, without keys that are no business of theirs."""

from __future__ import annotations

import os
import re

_KEY = "CONNECT_API_KEY"
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|^CONNECT_", re.IGNORECASE)


def without_key() -> dict[str, str]:
    """Return all but the API key: for kernels' interpreters, uv and Quarto, which may need anything else."""
    return {name: value for name, value in os.environ.items() if name != _KEY}


def without_secrets() -> dict[str, str]:
    """Return what does not look like a secret by its name: for our own programs, which need none."""
    return {name: value for name, value in os.environ.items() if not _SECRET_NAME.search(name)}
