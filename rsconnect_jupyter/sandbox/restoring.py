"""The first job of a deployment: restore the Python environment that the bundle asks for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .environments import (
    Environment,
    check_python,
    describe_python,
    python_version,
    report_requirements,
    requirements_file,
)

if TYPE_CHECKING:
    from .runner import _Run


def restore(run: _Run, source: Path) -> Environment:
    """Return the environment to run in, its log written; raises `BuildFailed` when there is none."""
    check_python(run.manifest, run.write)
    job = run.start_job("python_restore")
    job.write(f"Building environment using {describe_python()}")
    requirements = requirements_file(run.manifest, source)
    report_requirements(requirements, job.write)
    job.end(0)
    run.write(f"Completed Python build against Python version: '{python_version()}'")
    return Environment(python=Path(sys.executable), version=python_version())
