"""The first job of a deployment: restore the Python environment that the bundle asks for.

``inherit`` runs content with the interpreter of the sandbox and tells what is missing; ``venv`` makes a virtual
environment from the bundle's requirements, once for the same requirements.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import sys
import threading
from importlib import metadata
from pathlib import Path
from typing import Any

from ..store.database import Store, write_whole
from .build import Build
from .environments import (
    BuildFailed,
    Environment,
    check_python,
    describe_python,
    kernel_python,
    python_version,
    report_requirements,
    requirements_file,
)
from .job_log import JobLog

NEEDED = {"jupyter-static": "ipykernel", "jupyter-voila": "ipykernel", "quarto-static": "ipykernel"}
NEEDED |= {"python-fastapi": "uvicorn", "python-shiny": "uvicorn"}
ADVICE = "https://docs.posit.co/connect/user/troubleshooting/#"
_LOCKS: dict[str, threading.Lock] = {}


def restore(build: Build) -> Environment:
    """Return the environment to run in, its log written; raises `BuildFailed` when there is none."""
    check_python(build.manifest, build.write)
    job = build.start_job("python_restore")
    job.write(f"Building environment using {describe_python()}")
    requirements = requirements_file(build.manifest, build.source)
    try:
        if build.runtime.settings.python == "venv" and is_managed(build.manifest, build.content):
            environment = _restore_venv(build, job, requirements)
        else:
            report_requirements(requirements, job.write)
            environment = Environment(python=Path(sys.executable), version=python_version())
    except BuildFailed:
        job.end(1)
        raise
    job.end(0)
    build.write(f"Completed Python build against Python version: '{python_version()}'")
    return environment


def is_managed(manifest: dict[str, Any], content: dict[str, Any]) -> bool:
    """Return whether the server installs the packages: the manifest decides, else the content's setting. Pure."""
    environment = manifest.get("environment") or {}
    chosen = (environment.get("environment_management") or {}).get("python")
    if chosen is None:
        chosen = json.loads(content["settings"]).get("default_py_environment_management")
    manager = (manifest.get("python") or {}).get("package_manager") or {}
    return chosen is not False and manager.get("name") != "none"


def _restore_venv(build: Build, job: JobLog, requirements: Path | None) -> Environment:
    text = requirements.read_bytes() if requirements else b""
    name = environment_name(text)
    folder = build.runtime.store.folder / "environments" / name
    with _LOCKS.setdefault(name, threading.Lock()):
        listed = folder / "packages.json"
        if listed.exists():
            job.write(f"Using cached environment: {name}")
        else:
            job.write(f"Creating environment: {name}")
            shutil.rmtree(folder, ignore_errors=True)
            installer = _Installer(build, job, folder)
            installer.install(requirements, allow_uv=_may_use_uv(build.manifest))
            write_whole(listed, json.dumps(_installed(folder)).encode())
        packages = tuple(json.loads(listed.read_text(encoding="utf-8")))
    job.write(f"Packages in the environment: {''.join(f'{each}, ' for each in packages)}".rstrip())
    job.write("Creating lockfile: python/requirements.txt.lock")
    python = kernel_python(build.runtime.store.folder, name)
    return Environment(python=python, version=python_version(), packages=packages, managed=True, name=name)


def environment_name(requirements: bytes) -> str:
    """Return the name in the cache of an environment: by its requirements and the Python that makes it. Pure."""
    return hashlib.sha256(sys.version.encode() + b"\0" + requirements).hexdigest()[:22]


def remove_incomplete(store: Store) -> None:
    """Remove environments that were not complete when the sandbox ended."""
    for folder in (store.folder / "environments").iterdir():
        if not (folder / "packages.json").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _may_use_uv(manifest: dict[str, Any]) -> bool:
    manager = (manifest.get("python") or {}).get("package_manager") or {}
    return manager.get("allow_uv") is not False


class _Installer:
    """Makes one virtual environment, with the installer's own words in the job's log."""

    def __init__(self, build: Build, job: JobLog, folder: Path) -> None:
        self._build = build
        self._job = job
        self._folder = folder
        self._seen: list[str] = []

    def install(self, requirements: Path | None, *, allow_uv: bool) -> None:
        """Make the environment and install the requirements; raises `BuildFailed`.

        uv reads none of pip's settings, such as a company's index; where it fails, pip has its turn.
        """
        uv = shutil.which("uv") if allow_uv else None
        own_pip = importlib.util.find_spec("pip") is not None
        if self._call([sys.executable, "-m", "venv", *(["--without-pip"] if own_pip else []), str(self._folder)]):
            raise BuildFailed("The virtual environment cannot be made.")
        python = str(self._folder / "bin" / "python")
        pip = [sys.executable, "-m", "pip", "--python", python] if own_pip else [python, "-m", "pip"]
        installers = [("pip", [*pip, "install", "--no-input"])]
        if uv:
            installers.insert(0, ("uv", [uv, "pip", "install", "--python", python]))
        for name, command in installers:
            code = self._install_with(command, requirements)
            if code == 0:
                return
            self._job.write(f"{name} install failed with exit code {code}")
        self._fail()

    def _install_with(self, command: list[str], requirements: Path | None) -> int:
        """Install requirements, then what runs the content if they did not bring it; return the exit code."""
        code = 0
        if requirements is not None:
            code = self._call([*command, "-r", str(requirements.relative_to(self._build.source.resolve()))])
        needed = NEEDED.get(self._build.mode)
        if code == 0 and needed and not any(each.startswith(f"{needed}==") for each in _installed(self._folder)):
            code = self._call([*command, needed])
        return code

    def _fail(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        slug = failure_slug(self._seen)
        text = f"An error occurred while building your content. (Error code: {slug})"
        for line in (
            "An error occurred while building your content.",
            "This link offers advice for this kind of error:",
            f"    {ADVICE}{slug}",
            f"Build error: {text}",
        ):
            self._build.write(line)
        raise BuildFailed(text, result=text)

    def _call(self, command: list[str]) -> int:
        return self._build.run_process(
            self._job, command, _installer_environment(), self._build.source, self._seen.append
        )


def failure_slug(lines: list[str]) -> str:
    """Return Connect's name of the failure that an installer's lines tell about. Pure."""
    missing = ("No matching distribution found", "Could not find a version", "No solution found")
    if any(text in line for line in lines for text in missing):
        return "python-package-version-not-available"
    return "python-package-install-failed"


def _installer_environment() -> dict[str, str]:
    """The sandbox's own environment, for proxies and indexes, without what looks like a secret or is Jupyter's."""
    secret = ("KEY", "TOKEN", "SECRET", "PASSWORD")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "JPY_", "PYTHONPATH", "VIRTUAL_ENV")) and not any(s in name for s in secret)
    }
    return {**kept, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUNBUFFERED": "1"}


def _installed(folder: Path) -> list[str]:
    paths = [str(each) for each in folder.glob("lib*/python*/site-packages")] + [str(folder / "Lib" / "site-packages")]
    found = {each.name.lower(): f"{each.name}=={each.version}" for each in metadata.distributions(path=paths)}
    return [found[name] for name in sorted(found)]
