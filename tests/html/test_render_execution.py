"""Running a notebook first: in its own kernel, in its own folder, with an end, and with errors that name the cell."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from failing_kernels import EXITS, PORT_TAKEN, write_kernel
from nbformat import v4
from processes import started_since

from rsconnect_jupyter.errors import Cancelled, KernelError, RenderError
from rsconnect_jupyter.html.render import render_html
from rsconnect_jupyter.kernel.execution import execute_notebook


def notebook(*sources: str, kernel: str = "python3", **tags: list[str]) -> Any:
    cells = [v4.new_code_cell(each, id=f"c{number}") for number, each in enumerate(sources)]
    for name, value in tags.items():
        cells[int(name.removeprefix("cell"))].metadata["tags"] = value
    return v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": kernel, "display_name": kernel}})


def printed(document: Any) -> str:
    return "".join(output.get("text", "") for cell in document.cells for output in cell.get("outputs", []))


def _written(file: Path) -> Callable[[], bool]:
    return lambda: file.exists() and bool(file.read_text())


def test_it_runs_top_to_bottom_in_the_notebooks_folder(tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("from the file")
    document = notebook("text = open('data.txt').read()", "import os; print(text, os.getcwd())")
    before, here = document.copy(), Path.cwd()
    run = execute_notebook(document, folder=tmp_path)
    assert printed(run) == f"from the file {tmp_path}\n"
    assert [each.execution_count for each in run.cells] == [1, 2]
    assert document == before
    assert Path.cwd() == here
    assert f"from the file {tmp_path}" in render_html(run, title="T")


def test_a_failing_cell_is_named_with_its_source_and_traceback(tmp_path: Path) -> None:
    document = notebook("x = 1", "def half(n):\n    return n / 0\nhalf(x)", "print('never')")
    with pytest.raises(RenderError) as caught:
        execute_notebook(document, folder=tmp_path)
    error = caught.value
    assert error.code == "cell-failed"
    assert error.message == "Cell 2 failed: ZeroDivisionError: division by zero"
    assert error.where is not None
    assert (error.where.cell, error.where.cell_id) == (1, "c1")
    assert error.data["source"].startswith("def half")
    assert error.data["error"] == "ZeroDivisionError: division by zero"
    assert "return n / 0" in error.data["traceback"]
    assert "\x1b" not in error.data["traceback"]


def test_a_cell_that_is_meant_to_fail_may(tmp_path: Path) -> None:
    document = notebook("1 / 0", "print('after')", cell0=["raises-exception"])
    assert printed(execute_notebook(document, folder=tmp_path)).endswith("after\n")


def test_a_notebook_without_end_is_ended(tmp_path: Path) -> None:
    before = started_since([])
    with pytest.raises(RenderError) as caught:
        execute_notebook(notebook("while True: pass"), folder=tmp_path, timeout=1)
    assert caught.value.code == "run-timed-out"
    assert "1 s" in caught.value.message
    assert caught.value.where is not None
    assert caught.value.where.cell == 0
    assert started_since(before) == []


def test_stopping_ends_the_kernel_without_a_word_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    document = notebook("import os; open('pid', 'w').write(str(os.getpid()))", "import time; time.sleep(3600)")
    with pytest.raises(Cancelled):
        execute_notebook(document, folder=tmp_path, should_stop=_written(tmp_path / "pid"))
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))
    gc.collect()  # asyncio speaks of errors that nobody looked at when their task goes
    assert not [each for each in caplog.records if each.name == "asyncio"]


def test_a_kernel_that_dies_is_told(tmp_path: Path) -> None:
    with pytest.raises(RenderError) as caught:
        execute_notebook(notebook("import os; os._exit(9)"), folder=tmp_path)
    assert caught.value.code == "kernel-died"


def test_a_kernel_that_ends_at_its_start_is_started_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = write_kernel(tmp_path / "jupyter", failing=PORT_TAKEN, times=1)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    assert printed(execute_notebook(notebook("print(6 * 7)"), folder=tmp_path)) == "42\n"
    assert count.read_text() == "2"


def test_one_that_never_starts_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = write_kernel(tmp_path / "jupyter", failing=EXITS, times=9)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    with pytest.raises(KernelError) as caught:
        execute_notebook(notebook("print(6 * 7)"), folder=tmp_path)
    assert (caught.value.code, count.read_text()) == ("kernel-broken", "2")


def test_a_kernel_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(KernelError) as caught:
        execute_notebook(notebook("1", kernel="no-such-kernel"), folder=tmp_path)
    assert caught.value.code == "kernel-not-installed"
    assert "no-such-kernel" in caught.value.message


def test_a_kernel_that_does_not_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = tmp_path / "kernels" / "broken"
    spec.mkdir(parents=True)
    (spec / "kernel.json").write_text('{"argv": ["/nowhere/python", "-m", "x"], "display_name": "B", "language": "p"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with pytest.raises(KernelError) as caught:
        execute_notebook(notebook("1", kernel="broken"), folder=tmp_path)
    assert caught.value.code == "kernel-broken"


def test_it_may_be_called_where_an_event_loop_runs(tmp_path: Path) -> None:
    """As ``publish()`` is in a notebook's cell."""

    async def in_a_cell() -> Any:
        return execute_notebook(notebook("print('inside')"), folder=tmp_path)

    assert printed(asyncio.run(in_a_cell())) == "inside\n"


def test_environment_and_folder_of_this_process_stay_as_they_are(tmp_path: Path) -> None:
    before = dict(os.environ)
    execute_notebook(notebook("import os; os.environ['LEAK'] = '1'"), folder=tmp_path)
    assert dict(os.environ) == before


def test_widgets_state_is_saved_with_the_run(tmp_path: Path) -> None:
    pytest.importorskip("ipywidgets")
    run = execute_notebook(notebook("import ipywidgets; ipywidgets.IntSlider(value=42)"), folder=tmp_path)
    page = render_html(run, title="T")
    assert "IntSliderModel" in page
