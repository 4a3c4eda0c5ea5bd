"""The first job of a deployment: restore the Python environment that the bundle asks for.

``inherit`` runs content with the interpreter of the sandbox and tells what is missing; ``venv`` makes a virtual
environment from the bundle's requirements, once for the same requirements.
"""

from __future__ import annotations

import json
import shutil
import sys
import threading
from pathlib import Path
from typing import Any

from ...runner.environments import EnvironmentFailedError, environment_name, installed_packages, make_environment
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
            _make(build, job, folder, requirements)
            write_whole(listed, json.dumps(installed_packages(folder)).encode())
        packages = tuple(json.loads(listed.read_text(encoding="utf-8")))
    job.write(f"Packages in the environment: {''.join(f'{each}, ' for each in packages)}".rstrip())
    job.write("Creating lockfile: python/requirements.txt.lock")
    python = kernel_python(build.runtime.store.folder, name)
    return Environment(python=python, version=python_version(), packages=packages, managed=True, name=name)


def remove_incomplete(store: Store) -> None:
    """Remove environments that were not complete when the sandbox ended."""
    for folder in (store.folder / "environments").iterdir():
        if not (folder / "packages.json").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _may_use_uv(manifest: dict[str, Any]) -> bool:
    manager = (manifest.get("python") or {}).get("package_manager") or {}
    return manager.get("allow_uv") is not False


def _make(build: Build, job: JobLog, folder: Path, requirements: Path | None) -> None:
    seen: list[str] = []
    relative = requirements.relative_to(build.source.resolve()) if requirements else None
    try:
        make_environment(
            folder,
            relative,
            call=lambda command, variables: build.run_process(job, command, dict(variables), build.source, seen.append),
            say=job.write,
            needed=NEEDED.get(build.mode, ""),
            allow_uv=_may_use_uv(build.manifest),
        )
    except EnvironmentFailedError as exc:
        raise _failure(build, seen) from exc


def _failure(build: Build, seen: list[str]) -> BuildFailed:
    slug = failure_slug(seen)
    text = f"An error occurred while building your content. (Error code: {slug})"
    for line in (
        "An error occurred while building your content.",
        "This link offers advice for this kind of error:",
        f"    {ADVICE}{slug}",
        f"Build error: {text}",
    ):
        build.write(line)
    return BuildFailed(text, result=text)


def failure_slug(lines: list[str]) -> str:
    """Return Connect's name of the failure that an installer's lines tell about. Pure."""
    missing = ("No matching distribution found", "Could not find a version", "No solution found")
    if any(text in line for line in lines for text in missing):
        return "python-package-version-not-available"
    return "python-package-install-failed"
