"""Other people's Connect clients, each in an environment of its own, as their users install them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

FOLDER = Path(__file__).parents[1] / ".peers"
INSTALL_LIMIT = 600


def peer(*requirements: str) -> Path:
    """Return the folder of programs of an environment with these requirements, made when it is not there yet.

    Args:
        requirements: As pip takes them, such as ``rsconnect-python==1.32.0``; all of them make the environment's
            name, so that no list of requirements takes the place of another.
    """
    name = _name(requirements)
    folder, programs = FOLDER / name, FOLDER / name / "bin"
    FOLDER.mkdir(exist_ok=True)
    with FileLock(FOLDER / f"{name}.lock"):
        made = folder / "made.txt"
        if made.exists() and made.read_text() == "\n".join(requirements):
            return programs
        shutil.rmtree(folder, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(folder))
        _run(str(programs / "python"), "-m", "pip", "install", "--quiet", *requirements)
        made.write_text("\n".join(requirements))
    return programs


def _name(requirements: tuple[str, ...]) -> str:
    first = re.sub(r"[^A-Za-z0-9.]+", "-", requirements[0]).strip("-")
    return f"{first}-{hashlib.sha256(repr(requirements).encode()).hexdigest()[:8]}"


def _run(*command: str) -> None:
    """Run an installer outside the tests' own home, so that its cache and its settings are the machine's."""
    environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_CONFIG_HOME")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_LIMIT, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
