"""The process that runs a notebook before its page is made: it ends with the wish for it, and never stays silent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from nbformat import v4
from processes import started_since

from rsconnect_jupyter.errors import Cancelled, NotebookError, RenderError
from rsconnect_jupyter.html import run_process
from rsconnect_jupyter.html.run_process import run_notebook
from rsconnect_jupyter.worker_process import WorkerStoppedError


def order(folder: Path, *sources: str) -> dict[str, Any]:
    """Write a notebook and return the order to run it."""
    document = v4.new_notebook(cells=[v4.new_code_cell(each) for each in sources])
    document.metadata["kernelspec"] = {"name": "python3", "display_name": "Python"}
    (folder / "a.ipynb").write_text(json.dumps(document))
    names = {"notebook": "a.ipynb", "target": "run.ipynb", "folder": "."}
    return {**{name: str(folder / each) for name, each in names.items()}, "timeout": None}


def never() -> bool:
    return False


def test_it_runs_in_another_process_that_ends_and_finds_the_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "needed by the notebook")
    before = started_since([])
    source = "import os; print(os.getppid(), os.environ['DATABASE_PASSWORD'])"
    run_notebook(order(tmp_path, source), should_stop=never)
    (cell,) = json.loads((tmp_path / "run.ipynb").read_text())["cells"]
    parent, said = "".join(cell["outputs"][0]["text"]).split(maxsplit=1)
    assert (int(parent) != os.getpid(), said) == (True, "needed by the notebook\n")
    assert started_since(before) == []


def test_stopping_ends_process_and_kernel(tmp_path: Path) -> None:
    pid, before = tmp_path / "pid", started_since([])
    sources = (f"import os; open({str(pid)!r}, 'w').write(str(os.getpid()))", "import time; time.sleep(3600)")
    with pytest.raises(Cancelled):
        run_notebook(order(tmp_path, *sources), should_stop=lambda: pid.exists() and bool(pid.read_text()))
    with suppress(psutil.NoSuchProcess):  # a kernel that took too long to end notices that its parent is gone
        psutil.Process(int(pid.read_text())).wait(60)
    assert started_since(before) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no list of child processes there")
def test_a_kernel_that_does_not_look_after_its_parent_ends_with_whoever_wanted_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As R's and Julia's: ipykernel ends by itself when the process that started it is gone."""
    kernel, pid = tmp_path / "jupyter" / "kernels" / "python3", tmp_path / "pid"
    kernel.mkdir(parents=True)
    argv = ["env", "-u", "JPY_PARENT_PID", sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Python", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    sources = (f"import os; open({str(pid)!r}, 'w').write(str(os.getpid()))", "import time; time.sleep(600)")
    program = [
        "import json, os, sys",
        f"from {run_process.__name__} import run_notebook",
        f"ready = lambda: os.path.exists({str(pid)!r}) and os.path.getsize({str(pid)!r})",
        "run_notebook(json.load(sys.stdin), should_stop=lambda: ready() and os.kill(os.getpid(), 9))",
    ]
    command = [sys.executable, "-c", "\n".join(program)]
    wanted = json.dumps(order(tmp_path, *sources))
    assert subprocess.run(command, input=wanted, text=True, timeout=60, check=False).returncode == -signal.SIGKILL
    with suppress(psutil.NoSuchProcess):
        psutil.Process(int(pid.read_text())).wait(30)


def test_errors_arrive(tmp_path: Path) -> None:
    with pytest.raises(RenderError) as failed:
        run_notebook(order(tmp_path, "1 / 0"), should_stop=never)
    assert (failed.value.code, failed.value.where and failed.value.where.cell) == ("cell-failed", 0)
    (tmp_path / "a.ipynb").write_text("{")
    with pytest.raises(NotebookError):
        run_notebook({**order(tmp_path), "notebook": str(tmp_path / "gone.ipynb")}, should_stop=never)


def test_a_process_that_stays_silent_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = started_since([])
    monkeypatch.setattr(run_process, "LONGEST_SILENCE", 0.0)
    with pytest.raises(RenderError) as caught:
        run_notebook(order(tmp_path, "1"), should_stop=never)
    assert caught.value.code == "run-unfinished"
    assert started_since(before) == []


def test_a_process_that_dies_is_told(tmp_path: Path) -> None:
    with pytest.raises(RenderError) as caught:
        run_notebook(order(tmp_path, "import os; os.kill(os.getppid(), 9)", "input"), should_stop=never)
    assert caught.value.code == "run-process-ended"


@pytest.mark.parametrize("answer", [{"unexpected": "odd"}, OSError(), WorkerStoppedError(None)], ids=str)
def test_what_becomes_of_a_process_that_fails(answer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Worker:
        def __init__(self, *_arguments: Any, **_named: Any) -> None:
            """Nothing is started."""

        def run(self, *_arguments: Any, **_named: Any) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

        def end(self) -> None:
            """Nothing runs."""

    here: list[Any] = []
    monkeypatch.setattr(run_process, "SharedWorker", Worker)
    monkeypatch.setattr(run_process, "run_to_file", lambda order, should_stop: here.append(order))
    asked = order(tmp_path)
    if isinstance(answer, OSError):  # then it runs in this process
        run_notebook(asked, should_stop=never)
    else:
        with pytest.raises(RenderError):
            run_notebook(asked, should_stop=never)
    assert here == ([asked] if isinstance(answer, OSError) else [])


def test_a_process_that_says_nothing_for_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_process, "LONGEST_SILENCE", -1.0)
    with pytest.raises(WorkerStoppedError):
        run_process._Watch(never).look()


def test_a_run_that_is_not_wanted_ends_at_once_while_it_has_no_kernel() -> None:
    with pytest.raises(Cancelled):
        run_process._Watch(lambda: True).look()
