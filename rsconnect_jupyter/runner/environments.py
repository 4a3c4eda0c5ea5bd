"""A virtual environment made from a list of requirements, by uv or pip, and the kernel that runs notebooks in it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path

Call = Callable[[Sequence[str], Mapping[str, str]], int]
"""Runs a command with these environment variables, says what it prints, and returns its exit code."""


class EnvironmentFailedError(Exception):
    """An environment cannot be made; the installer's words were said."""


def environment_name(requirements: bytes, *, python: str = sys.version) -> str:
    """Return the name in a cache of an environment: by its requirements and the Python that makes it. Pure."""
    return hashlib.sha256(python.encode() + b"\0" + requirements).hexdigest()[:22]


def make_environment(
    folder: Path,
    requirements: Path | None,
    *,
    call: Call,
    say: Callable[[str], None],
    python: str = sys.executable,
    needed: str = "",
    allow_uv: bool = True,
) -> None:
    """Make an environment and install requirements into it; what is left of a failed one is removed.

    uv reads none of pip's settings, such as a company's index; where it fails, pip has its turn.

    Args:
        folder: Where it is to be; what is there is removed first.
        requirements: A requirements file; None for none.
        call: Runs a command.
        say: Takes a line for the log.
        python: The interpreter that it is made from.
        needed: A package that is installed even if the requirements do not bring it; empty for none.
        allow_uv: False keeps to pip.

    Raises:
        EnvironmentFailedError: no installer could do it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    own_pip = importlib.util.find_spec("pip") is not None
    variables = installer_variables()
    if call([python, "-m", "venv", *(["--without-pip"] if own_pip else []), str(folder)], variables):
        shutil.rmtree(folder, ignore_errors=True)
        raise EnvironmentFailedError("The virtual environment cannot be made.")
    for name, command in _installers(folder, own_pip=own_pip, allow_uv=allow_uv):
        code = call([*command, "-r", str(requirements)], variables) if requirements else 0
        if code == 0 and needed and not any(each.startswith(f"{needed}==") for each in installed_packages(folder)):
            code = call([*command, needed], variables)
        if code == 0:
            return
        say(f"{name} install failed with exit code {code}")
    shutil.rmtree(folder, ignore_errors=True)
    raise EnvironmentFailedError("The requirements cannot be installed.")


def _installers(folder: Path, *, own_pip: bool, allow_uv: bool) -> list[tuple[str, list[str]]]:
    python = str(interpreter_of(folder))
    pip = [sys.executable, "-m", "pip", "--python", python] if own_pip else [python, "-m", "pip"]
    installers = [("pip", [*pip, "install", "--no-input"])]
    uv = _find_uv() if allow_uv else None
    return [("uv", [uv, "pip", "install", "--python", python]), *installers] if uv else installers


def _find_uv() -> str | None:
    """Return the uv of the search path, else the one beside this Python, which may have been started by its path."""
    return shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))


def installer_variables() -> dict[str, str]:
    """Return our own environment, for proxies and indexes, without what looks like a secret or is Jupyter's."""
    secret = ("KEY", "TOKEN", "SECRET", "PASSWORD")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "JPY_", "PYTHONPATH", "VIRTUAL_ENV")) and not any(s in name for s in secret)
    }
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}


def installed_packages(folder: Path) -> list[str]:
    """Return ``name==version`` of everything in an environment, sorted."""
    paths = [str(each) for each in folder.glob("lib*/python*/site-packages")] + [str(folder / "Lib" / "site-packages")]
    found = {each.name.lower(): f"{each.name}=={each.version}" for each in metadata.distributions(path=paths)}
    return [found[name] for name in sorted(found)]


def interpreter_of(folder: Path) -> Path:
    """Return the interpreter of an environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def kernel_folder(folder: Path, python: Path, notebooks: Path) -> None:
    """Write kernels under which notebooks find the given Python, whatever their kernel is called.

    Args:
        folder: Becomes an entry of ``JUPYTER_PATH``.
        python: The interpreter that runs their cells.
        notebooks: A notebook, or a folder of notebooks.
    """
    names = {"python3"}
    for path in [notebooks] if notebooks.is_file() else sorted(notebooks.glob("*.ipynb")):
        try:
            name = json.loads(path.read_text(encoding="utf-8"))["metadata"]["kernelspec"]["name"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9._-]{1,100}", name) and name.strip("."):
            names.add(name.lower())
    command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}", "--IPKernelApp.log_level=40"]
    for name in names:
        kernel = folder / "kernels" / name
        kernel.mkdir(parents=True)
        spec = {"argv": command, "display_name": "Python 3", "language": "python"}
        (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
