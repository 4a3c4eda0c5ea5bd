"""Pages made in a process of their own: the same page, the same errors, and a process that is never in the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
from authoring import write_notebook
from processes import children_with

from rsconnect_jupyter.errors import BundleError, Cancelled, NotebookError, RenderError
from rsconnect_jupyter.html import page_worker, run_worker
from rsconnect_jupyter.html.page_process import PageMaker
from rsconnect_jupyter.html.render import read_document, render_html

GONE_SECONDS = 60
SECRETS = {
    "CONNECT_API_KEY": "connect-secret",
    "JUPYTER_TOKEN": "jupyter-secret",
    "AWS_SECRET_ACCESS_KEY": "cloud-secret",
    "PGPASSWORD": "base-secret",
}


@pytest.fixture
def maker() -> Iterator[PageMaker]:
    made = PageMaker()
    yield made
    made.end()


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return write_notebook(tmp_path / "report.ipynb", "# Some *report*", "print(6 * 7)")


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A notebook whose page is never done: reading it waits for a writer."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(tmp_path / "endless.ipynb")
    return tmp_path / "endless.ipynb"


def order(notebook: Path, page: Path | None = None) -> dict[str, Any]:
    where, target = str(notebook.parent), str(page or notebook.with_suffix(".html"))
    places = {"notebook": str(notebook), "page": target, "folder": where, "root": where}
    return {**places, "title": "Report", "hide_input": "none"}


@pytest.fixture
def new_workers() -> Callable[[], list[psutil.Process]]:
    """Tell which there are since the test began."""
    before = children_with("page_worker")
    return lambda: [each for each in children_with("page_worker") if each not in before]


def never() -> bool:
    return False


def test_the_page_is_the_one_that_would_be_made_here(maker: PageMaker, report: Path) -> None:
    maker.make(order(report), should_stop=never)
    here = render_html(read_document(report), title="Report", folder=report.parent, root=report.parent)
    assert report.with_suffix(".html").read_text(encoding="utf-8") == here


def test_one_process_makes_the_pages_of_all_threads(maker: PageMaker, tmp_path: Path, new_workers: Any) -> None:
    notebooks = [write_notebook(tmp_path / f"{each}.ipynb", f"# Number {each}") for each in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda each: maker.make(order(each), should_stop=never), notebooks))
    assert len(new_workers()) == 1
    for number, notebook in enumerate(notebooks):
        assert f"Number {number}" in notebook.with_suffix(".html").read_text(encoding="utf-8")


def test_errors_are_the_same_as_here(maker: PageMaker, tmp_path: Path, report: Path) -> None:
    broken = tmp_path / "broken.ipynb"
    broken.write_text("{")
    with pytest.raises(NotebookError) as here:
        read_document(broken)
    with pytest.raises(NotebookError) as there:
        maker.make(order(broken), should_stop=never)
    assert there.value.as_dict() == here.value.as_dict()
    with pytest.raises(BundleError, match=r"Could not write the page in .*gone: No such file") as unwritable:
        maker.make(order(report, tmp_path / "gone" / "page.html"), should_stop=never)
    assert unwritable.value.code == "bundle-not-written"
    maker.make(order(report), should_stop=never)


def test_an_unexpected_failure_is_an_error_of_rendering(maker: PageMaker, report: Path) -> None:
    with pytest.raises(RenderError, match="cannot be rendered as a page: KeyError") as told:
        maker.make({"notebook": str(report)}, should_stop=never)
    assert told.value.code == "render-failed"


def test_a_page_that_takes_too_long_ends_the_process_and_the_next_page_is_made(
    maker: PageMaker, report: Path, endless: Path, new_workers: Any
) -> None:
    maker.make(order(report), should_stop=never)
    (first,) = new_workers()
    maker.time_limit = 0.1
    with pytest.raises(RenderError, match="ended after 0 seconds") as told:
        maker.make(order(endless), should_stop=never)
    assert told.value.code == "page-unfinished"
    assert not first.is_running()
    maker.time_limit = 600.0
    maker.make(order(report), should_stop=never)
    assert new_workers() != [first]


def test_a_cancelled_page_ends_the_process_and_the_next_page_starts_another(
    maker: PageMaker, report: Path, endless: Path, new_workers: Any
) -> None:
    maker.make(order(report), should_stop=never)
    first = new_workers()
    with pytest.raises(Cancelled):
        maker.make(order(endless), should_stop=lambda: True)
    assert new_workers() == []
    maker.make(order(report), should_stop=never)
    assert len(new_workers()) == 1
    assert new_workers() != first


def test_who_waits_for_the_process_can_be_cancelled(maker: PageMaker, report: Path, endless: Path) -> Any:
    wished, begun = threading.Event(), threading.Event()

    def stop() -> bool:
        begun.set()
        return wished.is_set()

    with ThreadPoolExecutor(1) as thread:
        busy = thread.submit(maker.make, order(endless), should_stop=stop)
        begun.wait()
        with pytest.raises(Cancelled):
            maker.make(order(report), should_stop=lambda: True)
        wished.set()
        assert isinstance(busy.exception(), Cancelled)


def test_a_process_that_dies_is_told_and_replaced(
    maker: PageMaker, report: Path, endless: Path, new_workers: Any
) -> Any:
    maker.make(order(report), should_stop=never)
    victim = new_workers()[0]
    killer = threading.Timer(0, victim.kill)

    def begun() -> bool:
        if killer.ident is None:
            killer.start()
        return False

    with pytest.raises(RenderError, match="ended") as told:
        maker.make(order(endless), should_stop=begun)
    assert told.value.code == "page-process-ended"
    maker.make(order(report), should_stop=never)


def test_a_process_without_work_ends(report: Path, new_workers: Any) -> None:
    maker = PageMaker(idle=0)
    maker.make(order(report), should_stop=never)
    assert psutil.wait_procs(new_workers(), timeout=GONE_SECONDS)[1] == []
    maker.begin()
    assert psutil.wait_procs(new_workers(), timeout=GONE_SECONDS)[1] == []


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_process_whose_parent_was_killed_ends_in_the_middle_of_a_page(endless: Path) -> None:
    code = (
        "import sys, psutil; from rsconnect_jupyter.html.page_process import PageMaker\n"
        "def stop(): print(psutil.Process().children()[0].pid, flush=True); return False\n"
        f"PageMaker().make({order(endless)!r}, should_stop=stop)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert psutil.wait_procs([worker], timeout=GONE_SECONDS)[1] == []


def test_the_process_knows_no_secrets(
    maker: PageMaker, report: Path, new_workers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    maker.make(order(report), should_stop=never)
    worker = new_workers()[0]
    told = [*worker.cmdline(), *worker.environ(), *worker.environ().values()]
    assert not [each for each in told if each in SECRETS or each in SECRETS.values()]


def test_modules_of_the_users_folder_and_noise_at_the_start_do_no_harm(
    maker: PageMaker, report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('not the one you want')")
    monkeypatch.chdir(tmp_path)
    noise = tmp_path / "noise"
    noise.mkdir()
    (noise / "sitecustomize.py").write_text("print('welcome'); print([1]); print('{', end='', flush=True)")
    monkeypatch.setenv("PYTHONPATH", str(noise))
    maker.make(order(report), should_stop=never)
    assert "<em>report</em>" in report.with_suffix(".html").read_text(encoding="utf-8")


@pytest.mark.parametrize("executable", ["/nowhere/python", "", "false"])
def test_a_python_that_starts_no_process_makes_the_page_itself(
    maker: PageMaker, report: Path, executable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    maker.make(order(report), should_stop=never)
    assert "<em>report</em>" in report.with_suffix(".html").read_text(encoding="utf-8")


def test_what_a_process_says_of_its_failures(report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {**order(report), "page": str(report.parent / "gone" / "page.html")}
    assert page_worker.answered(wanted)["error"] == "BundleError"
    ran = {"notebook": str(report), "target": wanted["page"], "folder": str(report.parent), "timeout": None}
    monkeypatch.setattr("rsconnect_jupyter.kernel.execution.execute_notebook", lambda *_, **__: {})
    assert run_worker.answered(ran, lambda _question: False)["error"] == "BundleError"

    def surprised(*_arguments: Any, **_named: Any) -> None:
        raise ZeroDivisionError("odd")

    monkeypatch.setattr(page_worker, "make_page", surprised)
    monkeypatch.setattr(run_worker, "run_to_file", surprised)
    told = {"unexpected": "ZeroDivisionError: odd"}
    assert (page_worker.answered(wanted), run_worker.answered(ran, lambda _question: False)) == (told, told)
