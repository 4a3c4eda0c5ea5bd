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

FOLDER = (Path(__file__).parents[1] / ".peers").resolve()  # an environment's programs name the place it was made at
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
        made, what = folder / "made.txt", "\n".join((str(folder), *requirements))
        if made.exists() and made.read_text() == what:
            return programs
        _make(folder, requirements)
        made.write_text(what)
    return programs


def _make(folder: Path, requirements: tuple[str, ...]) -> None:
    """Make an environment as users do, with Python's own pip; uv fills it sooner where it reaches an index."""
    shutil.rmtree(folder, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(folder))
    python, uv = str(folder / "bin" / "python"), shutil.which("uv", path=str(Path(sys.executable).parent))
    if not (uv and _done(uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *requirements)):
        _run(python, "-m", "pip", "install", "--quiet", *requirements)


def _name(requirements: tuple[str, ...]) -> str:
    first = re.sub(r"[^A-Za-z0-9.]+", "-", requirements[0]).strip("-")
    return f"{first}-{hashlib.sha256(repr(requirements).encode()).hexdigest()[:8]}"


def _run(*command: str) -> None:
    done = _installer(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def _done(*command: str) -> bool:
    return _installer(*command).returncode == 0


def _installer(*command: str) -> subprocess.CompletedProcess[str]:
    """Run an installer outside the tests' own home, so that its cache and its settings are the machine's."""
    environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_CONFIG_HOME")}
    return subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_LIMIT, env=environment, check=False)
