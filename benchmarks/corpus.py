"""Publish made-up notebooks that use popular libraries, with the requirements from their imports, to the sandbox.

    python benchmarks/corpus.py [--only NAME,NAME] [--environment FOLDER]

The libraries are installed from PyPI into an environment of their own, the notebooks' kernel. The sandbox makes a
virtual environment for each list of requirements and runs the notebook there: one that runs at the first try has all
that it needs. Findings about a notebook that runs are false ones. Prints both numbers and what was wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from corpus_notebooks import LIBRARIES, NOTEBOOKS, Made  # noqa: E402
from serving import Sandbox, running_sandbox  # noqa: E402

from rsconnect_jupyter.errors import RSConnectException  # noqa: E402
from rsconnect_jupyter.models import Event, PublishOptions, PublishRequest, Secret, Server  # noqa: E402
from rsconnect_jupyter.publishing.publish import publish  # noqa: E402

AIM = 58 / 60
"""The share that is meant to run at the first try."""


@dataclass(frozen=True)
class Result:
    """How one notebook fared.

    Attributes:
        failure: Why it did not run; empty when it did.
        findings: Codes of the warnings and errors that the checks gave.
    """

    name: str
    failure: str
    findings: tuple[str, ...]


UV = (sys.executable, "-m", "uv")


def make_environment(folder: Path) -> Path:
    """Install the libraries into an environment, unless it is there, and return its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([*UV, "venv", "-q", "--python", sys.executable, str(folder)], check=True)
        subprocess.run(
            [*UV, "pip", "install", "-q", "--python", str(python), "ipykernel", *LIBRARIES],
            check=True,
        )
    return python


def use_kernel(python: Path, folder: Path) -> None:
    """Make the environment the kernel ``python3`` of this process."""
    kernel = folder / "kernels" / "python3"
    kernel.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    os.environ["JUPYTER_PATH"] = str(folder)


def write(made: Made, folder: Path, name: str, python: Path) -> Path:
    """Write a notebook and its files, and return its path."""
    folder.mkdir(parents=True)
    for path, text in made.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    if made.prepare:
        subprocess.run([str(python), "-c", made.prepare], cwd=folder, check=True)
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"c{index}", "source": each, "metadata": {}, "outputs": [], "execution_count": None}
        for index, each in enumerate(made.cells)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = folder / f"{name}.ipynb"
    notebook.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}))
    return notebook


def publish_one(name: str, folder: Path, sandbox: Sandbox, python: Path) -> Result:
    """Publish one notebook, and return how it went."""
    notebook = write(NOTEBOOKS[name], folder / name, name, python)
    server = Server(name="sandbox", url=sandbox.url, api_key=Secret(sandbox.key))
    options = PublishOptions(requirements="imports", mode="jupyter-static", title=f"Notebook {name}")
    request = PublishRequest(notebook=notebook, root=notebook.parent, server=server, options=options)
    events: list[Event] = []
    failure = ""
    try:
        events.extend(publish(request, folder=folder / "data"))
    except RSConnectException as exc:
        failure = f"{exc.message} {exc.hint}"
    codes = tuple(each.code or "" for each in events if each.step == "check" and each.status == "warning")
    return Result(name, failure, codes)


def run(names: list[str], environment: Path, folder: Path) -> Iterator[Result]:
    """Publish notebooks one after the other."""
    python = make_environment(environment)
    use_kernel(python, folder / "jupyter")
    with running_sandbox(folder / "sandbox", "--python", "venv") as sandbox:
        for name in names:
            yield publish_one(name, folder / "work", sandbox, python)


def main() -> int:
    """Publish them all, and return 1 when fewer than the aim run at the first try."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", help="names of notebooks, with commas between them")
    parser.add_argument("--environment", type=Path, help="where the kernel's environment is, or is to be made")
    arguments = parser.parse_args()
    names = arguments.only.split(",") if arguments.only else list(NOTEBOOKS)
    ran, silent = 0, 0
    with tempfile.TemporaryDirectory(prefix="corpus-") as scratch:
        folder = Path(scratch)
        for each in run(names, arguments.environment or folder / "environment", folder):
            ran += not each.failure
            silent += not each.failure and not each.findings
            print(f"{time.strftime('%X')} {each.name}: {each.failure or 'ran'} {', '.join(each.findings)}", flush=True)
    print(f"{ran} of {len(names)} ran at the first try, {silent} of them without a finding.")
    return 0 if ran >= AIM * len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
