"""Programs that we start, and their environment: this process's, without keys that are no business of theirs.

Nothing in it depends on the current folder, which may be a project of someone else's: relative and empty entries of
search paths mean it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

NOWHERE = os.path.abspath(os.sep)  # noqa: PTH100
"""The current folder of programs that need none."""

_KEY = "CONNECT_API_KEY"
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|^CONNECT_", re.IGNORECASE)


def without_key() -> dict[str, str]:
    """Return all but the API key: for kernels' interpreters, uv and Quarto, which may need anything else."""
    return with_absolute_paths({name: value for name, value in os.environ.items() if name != _KEY})


def without_secrets() -> dict[str, str]:
    """Return what does not look like a secret by its name: for our own programs, which need none."""
    return with_absolute_paths({name: value for name, value in os.environ.items() if not is_secret_variable(name)})


def is_secret_variable(name: str) -> bool:
    """Return True when a variable's name says that its value is a secret. Pure."""
    return bool(_SECRET_NAME.search(name))


def with_absolute_paths(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the entries of its search paths that depend on the current folder. Pure."""
    kept = dict(environment)
    for name in {"PATH", "PYTHONPATH"} & kept.keys():
        kept[name] = os.pathsep.join(each for each in kept[name].split(os.pathsep) if Path(each).is_absolute())
        if not kept[name]:
            del kept[name]
    return kept


def find_program(name: str, environment: Mapping[str, str] | None = None) -> str | None:
    """Return the path of a program that is not found by way of the current folder; None when there is none.

    Args:
        name: A program's name, or its path.
        environment: Where it is to run; None means this process's.
    """
    path = with_absolute_paths(os.environ if environment is None else environment).get("PATH", os.defpath)
    found = shutil.which(name, path=path)
    return found if found is not None and Path(found).is_absolute() else None
