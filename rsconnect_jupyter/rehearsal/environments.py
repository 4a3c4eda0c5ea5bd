"""The environments of rehearsals: made once for the same requirements, and given back when they take too much room."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from ..process_environment import find_program, without_secrets
from ..runner.environments import Call, environment_name, interpreter_of, make_environment
from ..storage import data_folder, locked, private_folder, read_json, write_json

MOST_BYTES = 5_000_000_000
"""Size of the environments that are kept; those used longest ago go first."""

MADE = "rehearsal.json"
"""File of a complete environment: ``{"bytes": size}``. Its time is that of the last use."""


class CleanEnvironment(msgspec.Struct, frozen=True):
    """An environment with nothing in it but requirements.

    Attributes:
        folder: Where it is.
        python: Its interpreter.
        size: Bytes.
        cached: True when it was there.
    """

    folder: Path
    python: Path
    size: int
    cached: bool


@contextlib.contextmanager
def clean_environment_of(
    requirements: Path | None, *, python: str, call: Call, say: Callable[[str], None], most: int = MOST_BYTES
) -> Iterator[CleanEnvironment]:
    """Give the environment of a requirements file, which no other rehearsal removes meanwhile.

    Args:
        requirements: None for no packages but the kernel's.
        python: The interpreter that it is made from.
        call: Runs a command.
        say: Takes a line for the log.
        most: Bytes of all environments that are kept.

    Raises:
        EnvironmentFailedError: the requirements cannot be installed.
        OSError: our data folder cannot be written.
    """
    text = requirements.read_bytes() if requirements else b""
    folder = private_folder(data_folder() / "environments") / environment_name(text, python=python)
    with locked(folder, seconds=3600):
        size = _size_of_made(folder)
        cached = size is not None
        if size is None:
            make_environment(folder, requirements, call=call, say=say, python=python, needed="ipykernel")
            size = _bytes_in(folder)
            write_json(folder / MADE, {"bytes": size})
            remove_oldest(folder.parent, keep=folder, most=most)
        os.utime(folder / MADE)
        yield CleanEnvironment(folder, interpreter_of(folder), size, cached)


def remove_oldest(folder: Path, *, keep: Path, most: int = MOST_BYTES) -> None:
    """Remove the environments used longest ago until the rest is small enough; one in use stays."""
    made = sorted(folder.glob(f"*/{MADE}"), key=lambda each: each.stat().st_mtime, reverse=True)
    total = 0
    for each in made:
        total += _size_of_made(each.parent) or 0
        if total > most and each.parent != keep:
            with contextlib.suppress(TimeoutError, OSError), locked(each.parent, seconds=0):
                shutil.rmtree(each.parent, ignore_errors=True)


def remove_unfinished() -> None:
    """Remove environments that were being made when their process was killed."""
    with contextlib.suppress(OSError):
        for each in (data_folder() / "environments").iterdir():
            if each.is_dir() and not (each / MADE).exists():
                with contextlib.suppress(TimeoutError, OSError), locked(each, seconds=0):
                    shutil.rmtree(each, ignore_errors=True)


def find_python(version: str) -> str | None:
    """Return an interpreter of this machine of a minor version (``3.11``), as uv finds it; None when there is none.

    Nothing is downloaded.
    """
    uv = find_program("uv")
    if uv is None:
        return None
    command = [uv, "python", "find", "--no-python-downloads", "--no-project", "--system", version]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=20, env=without_secrets(), check=False, cwd=os.sep
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = done.stdout.strip()
    return found if done.returncode == 0 and Path(found).is_file() else None


def _size_of_made(folder: Path) -> int | None:
    try:
        return int(read_json(folder / MADE)["bytes"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _bytes_in(folder: Path) -> int:
    return sum(
        os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 - thousands of files
        for place, _, names in os.walk(folder)
        for name in names
    )
