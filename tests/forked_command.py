"""``jupyter publish`` in a process of its own that does not import everything anew: a test has many of them."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LIMIT = 240
"""Seconds that a command may take."""

_SERVER: Any = multiprocessing.get_context("forkserver" if sys.platform != "win32" else "spawn")
_SERVER.set_forkserver_preload(["rsconnect_jupyter.cli.command", "rsconnect_jupyter.publishing.publish"])


def run_forked(arguments: list[str], environment: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a fork of a process that imported it; return its code, what it printed and its errors."""
    with tempfile.TemporaryDirectory() as name:
        output, errors = Path(name, "output"), Path(name, "errors")
        process = _SERVER.Process(target=_run, args=(arguments, dict(environment), folder, output, errors))
        process.start()
        process.join(LIMIT)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(arguments, LIMIT)
        texts = [each.read_text(encoding="utf-8") for each in (output, errors)]
        return subprocess.CompletedProcess(arguments, process.exitcode, *texts)


def _run(arguments: list[str], environment: dict[str, str], folder: Path, output: Path, errors: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in ((1, output), (2, errors)):
        opened = os.open(path, os.O_CREAT | os.O_WRONLY)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
    from rsconnect_jupyter import cli

    sys.argv = [str(Path(cli.__file__).parents[1] / "__main__.py"), *arguments]
    cli.main()
