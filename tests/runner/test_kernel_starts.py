"""A kernel that ends before it ran a cell is started once more; what is told differs from one that died in a cell.

nbconvert chooses free ports and passes them on to the kernel; another process may take one of them first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from authoring import write_notebook

from rsconnect_jupyter.models import TaskResult
from rsconnect_jupyter.publishing.diagnosis import diagnose
from rsconnect_jupyter.runner.notebooks import nbconvert_command

FIRST_TIME = """
import json, os, pathlib, runpy, signal, socket, sys
count = pathlib.Path(__file__).with_suffix('.count')
number = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(number))
if number <= {times}:
    {failing}
runpy.run_module('ipykernel_launcher', run_name='__main__')
"""
"""A kernel's program that fails some times, and counts how often it was started."""

PORT_TAKEN = "taken = socket.socket(); taken.bind(('127.0.0.1', json.load(open(sys.argv[2]))['shell_port']))"


def run(folder: Path, *, failing: str, times: int, cell: str = "print(6 * 7)") -> tuple[int, list[str], int]:
    """Run a notebook; return the exit code, the log, and how often its kernel was started."""
    program = folder / "kernel.py"
    program.write_text(FIRST_TIME.format(failing=failing, times=times))
    kernel = folder / "jupyter" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    argv = [sys.executable, str(program), "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}))
    notebook = write_notebook(folder / "n.ipynb", cell)
    variables = {"JUPYTER_PATH": str(folder / "jupyter"), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    done = subprocess.run(
        nbconvert_command(notebook.name, folder / "site", hide={}),
        cwd=folder,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines(), int(program.with_suffix(".count").read_text())


@pytest.mark.parametrize(
    "failing",
    [PORT_TAKEN, "sys.exit(1)", "os.kill(os.getpid(), signal.SIGKILL)"],
    ids=["another process has the port", "it exits", "it is killed"],
)
def test_a_kernel_that_ends_at_its_start_is_started_once_more(failing: str, tmp_path: Path) -> None:
    code, log, started = run(tmp_path, failing=failing, times=1)
    assert (code, started) == (0, 2), log
    assert "42" in (tmp_path / "site" / "index.html").read_text()
    assert [each for each in log if "It is started once more." in each]


def test_one_that_never_starts_is_told_with_its_reason(tmp_path: Path) -> None:
    code, log, started = run(tmp_path, failing="raise ImportError('no zmq for this Python')", times=9)
    assert (code != 0, started) == (True, 2), log
    told = diagnose(log, TaskResult(task_id="", code=code, error=""))
    assert told.message == "The kernel could not be started on the server: ImportError: no zmq for this Python."
    assert "memory" not in told.message + told.hint
    assert told.lines == ("ImportError: no zmq for this Python",)


def test_one_that_dies_in_a_cell_is_not_started_again(tmp_path: Path) -> None:
    code, log, started = run(tmp_path, failing="pass", times=0, cell="import os; os._exit(1)")
    assert (code != 0, started) == (True, 1), log
    assert diagnose(log, TaskResult(task_id="", code=code, error="")).key == "kernel-died"
