"""A kernel that ends before it ran a cell is started once more; what is told differs from one that died in a cell.

nbconvert chooses free ports and passes them on to the kernel; another process may take one of them first.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from authoring import write_notebook
from failing_kernels import EXITS, KILLED, PORT_TAKEN, write_kernel

from rsconnect_jupyter.models import TaskResult
from rsconnect_jupyter.publishing.diagnosis import diagnose
from rsconnect_jupyter.runner.notebooks import nbconvert_command


def run(folder: Path, *, failing: str, times: int, cell: str = "print(6 * 7)") -> tuple[int, list[str], int]:
    """Run a notebook; return the exit code, the log, and how often its kernel was started."""
    count = write_kernel(folder / "jupyter", failing=failing, times=times)
    notebook = write_notebook(folder / "n.ipynb", cell)
    variables = {"JUPYTER_PATH": str(folder / "jupyter"), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    done = subprocess.run(
        nbconvert_command(
            notebook.name, folder / "site", hide={"hide_tagged_input": True}, executed=folder / "run.ipynb"
        ),
        cwd=folder,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines(), int(count.read_text())


@pytest.mark.parametrize(
    "failing",
    [PORT_TAKEN, EXITS, KILLED],
    ids=["another process has the port", "it exits", "it is killed"],
)
def test_a_kernel_that_ends_at_its_start_is_started_once_more(failing: str, tmp_path: Path) -> None:
    code, log, started = run(tmp_path, failing=failing, times=1)
    assert (code, started) == (0, 2), log
    assert "42" in (tmp_path / "site" / "index.html").read_text()
    assert "42" in (tmp_path / "run.ipynb").read_text()
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
