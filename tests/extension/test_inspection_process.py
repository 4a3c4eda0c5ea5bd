"""Inspections run in a process of their own: it has no key, and one that takes too long is ended."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from processes import children_with

from rsconnect_jupyter import worker_process
from rsconnect_jupyter.extension import notebook_process, version_service
from rsconnect_jupyter.html.page_process import PAGES
from rsconnect_jupyter.models import Secret
from rsconnect_jupyter.servers.store import ServerStore
from rsconnect_jupyter.worker_process import WorkerProcess


def inspectors() -> list[psutil.Process]:
    """Return the processes of this one that inspect."""
    return children_with("rsconnect_jupyter.extension.notebook_worker")


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make reading of notebooks, projects, records and logs in this process, which is Jupyter's, a failure."""

    def refused(*_arguments: Any, **_named: Any) -> None:
        raise AssertionError("read in Jupyter's process")

    for place in (
        "bundle.plan.choose_files",
        "history.history_files._read_private",
        "history.history_files._read_shared",
        "history.history_files.parsed_json",
        "html.document.read_document",
        "kernel.execution.execute_notebook",
        "notebook.analysis.read_notebook",
        "notebook.reading._parsed",
        "preflight.checks.check",
        "publishing.diagnosis.diagnose",
        "publishing.inspection.analyse",
        "publishing.inspection.plan_bundle",
        "publishing.open_content.unpack",
        "requirements.toml_text.load_toml",
    ):
        monkeypatch.setattr(f"rsconnect_jupyter.{place}", refused)


async def test_nothing_of_a_notebook_is_read_in_jupyters_process(
    api: Any, put_notebook: Any, known_sandbox: Any, unread: None
) -> None:
    await known_sandbox()
    put_notebook("a.ipynb", "# Some title", "import numpy")
    assert (await api("POST", "inspect", {"path": "a.ipynb"})).body["title"] == "Some title"
    assert (await api("POST", "manifest", {"path": "a.ipynb", "mode": "html"})).status == 201


@pytest.mark.parametrize(
    "options", [{"mode": "html"}, {"mode": "html", "run_first": True}, {"mode": "source"}], ids=str
)
async def test_nothing_of_a_notebook_is_read_in_jupyters_process_to_publish_it(
    api: Any, put_notebook: Any, known_sandbox: Any, finished: Any, unread: None, options: dict[str, Any]
) -> None:
    name = await known_sandbox()
    put_notebook("a.ipynb", "# Some title", "print(6 * 7)")
    first = await finished((await api("POST", "publish", {"path": "a.ipynb", **options, "note": "one"})).body)
    assert first["state"] == "done", first["error"]
    again = await finished((await api("POST", "publish", {"path": "a.ipynb"})).body)
    assert again["result"]["guid"] == first["result"]["guid"]
    found = (await api("GET", f"servers/{name}/content", search="Some title", path="a.ipynb")).body["content"]
    assert [each["published_here"] for each in found if each["guid"] == first["result"]["guid"]] == [True]


async def test_opened_content_is_unpacked_in_a_process_with_a_time_limit(
    api: Any,
    put_notebook: Any,
    known_sandbox: Any,
    finished: Any,
    unread: None,
    jp_root_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = await known_sandbox()
    put_notebook("a.ipynb", "# Opened anew", "1")
    job = await finished((await api("POST", "publish", {"path": "a.ipynb", "mode": "source"})).body)
    asked = {"server": name, "guid": job["result"]["guid"], "folder": ""}
    opened = (await api("POST", "open", asked)).body
    assert opened["notebook"] == "Opened anew/a.ipynb"
    again = await finished((await api("POST", "publish", {"path": opened["notebook"]})).body)
    assert again["result"]["guid"] == job["result"]["guid"]
    running = inspectors()
    monkeypatch.setattr(version_service, "UNPACKING_TIME_LIMIT", 1e-9)
    late = await api("POST", "open", asked)
    assert (late.status, late.body["code"]) == (422, "version-unreadable")
    assert not (jp_root_dir / "Opened anew 2").exists()
    assert inspectors() == running


async def test_why_a_run_failed_is_read_in_that_process_too(
    api: Any, put_notebook: Any, known_sandbox: Any, finished: Any, unread: None
) -> None:
    await known_sandbox()
    put_notebook("a.ipynb", "# Some title", "open('data.csv')")
    job = await finished((await api("POST", "publish", {"path": "a.ipynb", "mode": "source"})).body)
    assert job["state"] == "failed"
    assert job["error"]["code"] == "task-failed"
    assert "FileNotFoundError" in job["error"]["message"]
    assert job["error"]["where"]["cell"] == 1


async def test_a_publish_that_takes_too_long_to_prepare_fails_and_the_next_one_works(
    api: Any, put_notebook: Any, known_sandbox: Any, finished: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await known_sandbox()
    put_notebook("a.ipynb", "# Some title", "1")
    assert (await api("POST", "inspect", {"path": "a.ipynb"})).status == 200
    monkeypatch.setattr(notebook_process, "TIME_LIMIT", 0.0)
    late = await finished((await api("POST", "publish", {"path": "a.ipynb", "server": "here", "mode": "html"})).body)
    assert (late["state"], late["error"]["code"]) == ("failed", "inspection-unfinished")
    assert inspectors() == []
    monkeypatch.undo()
    job = await finished((await api("POST", "publish", {"path": "a.ipynb", "server": "here", "mode": "html"})).body)
    assert job["state"] == "done", job["error"]


async def test_one_that_takes_too_long_is_ended_and_the_next_one_is_made(
    api: Any, put_notebook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_notebook("a.ipynb", "# Some title", "1")
    monkeypatch.setattr(notebook_process, "TIME_LIMIT", 0.0)
    late = await api("POST", "inspect", {"path": "a.ipynb"})
    assert (late.status, late.body["code"]) == (422, "inspection-unfinished")
    assert inspectors() == []
    monkeypatch.undo()
    assert (await api("POST", "inspect", {"path": "a.ipynb"})).status == 200


SLOW_CODE = """
import signal
import rsconnect_jupyter.preflight.checks as checks
import rsconnect_jupyter.extension.notebook_worker as worker
import rsconnect_jupyter.time_budget as time_budget

def never(*_arguments):
    while True:
        pass

checks.secret_findings = never
time_budget.LONGEST_PART = 0.2
worker.serve(worker.carry_out, prepare=worker._prepare)
"""


@pytest.fixture
def slow_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give the process a module that never ends in the place of one check."""
    (tmp_path / "slow").mkdir()
    module = tmp_path / "slow" / "slow_worker.py"
    module.write_text(SLOW_CODE)
    monkeypatch.setenv("PYTHONPATH", str(module.parent))
    monkeypatch.setattr(notebook_process, "_WORKER", module.stem)
    return module


async def test_where_there_are_no_timers_the_process_is_ended_from_outside(
    api: Any, put_notebook: Any, slow_worker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows."""
    slow_worker.write_text(SLOW_CODE.replace("import signal", "import signal; del signal.setitimer, signal.SIGALRM"))
    monkeypatch.setattr(notebook_process, "TIME_LIMIT", 1.0)
    put_notebook("a.ipynb", "# Some title", "1")
    late = await api("POST", "inspect", {"path": "a.ipynb", "mode": "source"})
    assert (late.status, late.body["code"]) == (422, "inspection-unfinished")
    assert children_with(slow_worker.stem) == []


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers")
async def test_what_takes_too_long_is_named_and_the_rest_is_told(
    api: Any, put_notebook: Any, slow_worker: Path
) -> None:
    put_notebook("a.ipynb", "# Some title", "import numpy\nopen('/home/me/data.csv')")
    told = (await api("POST", "inspect", {"path": "a.ipynb", "mode": "source"})).body
    assert told["title"] == "Some title"
    unchecked = [each for each in told["findings"] if each["code"] == "check-unfinished"]
    assert [each["severity"] for each in unchecked] == ["unknown"]
    assert "keys and passwords" in unchecked[0]["message"]
    assert "numpy" in json.dumps(told["requirements"])


async def test_one_whose_process_dies_says_so(api: Any, put_notebook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put_notebook("a.ipynb", "# Some title", "1")
    send = WorkerProcess.send

    def killed(process: WorkerProcess, message: Any) -> None:
        for each in inspectors():
            each.kill()
            each.wait()
        send(process, message)

    monkeypatch.setattr(WorkerProcess, "send", killed)
    died = await api("POST", "inspect", {"path": "a.ipynb"})
    assert (died.status, died.body["code"]) == (422, "inspection-unfinished")
    monkeypatch.undo()
    assert (await api("POST", "inspect", {"path": "a.ipynb"})).status == 200


async def test_the_process_gets_no_key_and_no_value(
    api: Any, put_notebook: Any, known_sandbox: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = await known_sandbox()
    monkeypatch.setenv("CONNECT_API_KEY", "environment-secret")
    sent: list[str] = []
    send = WorkerProcess.send

    def listened(process: WorkerProcess, message: Any) -> None:
        sent.append(json.dumps(message))
        send(process, message)

    monkeypatch.setattr(WorkerProcess, "send", listened)
    put_notebook("a.ipynb", "# Some title", "1")
    request = {"path": "a.ipynb", "server": name, "env": {"PASSWORD": "value-secret"}}
    told = (await api("POST", "inspect", request)).body
    assert told["server"] == name
    (process,) = inspectors()
    seen = " ".join([*sent, *process.cmdline(), *process.environ().values()])
    assert sent
    for secret in (sandbox.key, "value-secret", "environment-secret"):
        assert secret not in seen


async def test_the_server_is_asked_though_the_process_cannot(api: Any, put_notebook: Any, known_sandbox: Any) -> None:
    name = await known_sandbox()
    put_notebook("a.ipynb", "# Some title", "1")
    told = (await api("POST", "inspect", {"path": "a.ipynb", "server": name})).body
    assert not [each for each in told["findings"] if each["code"] == "server-silent"]


async def test_a_server_that_refuses_the_key_is_a_finding(api: Any, put_notebook: Any, known_sandbox: Any) -> None:
    name = await known_sandbox()
    ServerStore().update(name, api_key=Secret("revoked-key-0123456789"))
    put_notebook("a.ipynb", "# Some title", "1")
    told = await api("POST", "inspect", {"path": "a.ipynb", "server": name})
    assert told.status == 200
    assert ("bad-api-key", "error") in [(each["code"], each["severity"]) for each in told.body["findings"]]


async def test_a_content_that_is_not_there_is_no_failure(api: Any, put_notebook: Any, known_sandbox: Any) -> None:
    name = await known_sandbox()
    put_notebook("a.ipynb", "# Some title", "1")
    gone = "00000000-0000-4000-8000-000000000000"
    told = await api("POST", "inspect", {"path": "a.ipynb", "server": name, "update": gone})
    assert told.status == 200
    assert "content-gone" in [each["code"] for each in told.body["findings"]]


async def test_the_process_ends_with_jupyter(api: Any, put_notebook: Any, jp_serverapp: Any) -> None:
    put_notebook("a.ipynb", "# Some title", "1")
    await api("POST", "inspect", {"path": "a.ipynb"})
    (process,) = inspectors()
    await jp_serverapp.extension_manager.extension_points["rsconnect_jupyter"].app.stop_extension()
    assert inspectors() == []
    assert not process.is_running()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="counts processes")
async def test_files_beside_jupyter_are_not_run(
    api: Any, put_notebook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('run by looking')")
    monkeypatch.chdir(tmp_path)
    put_notebook("a.ipynb", "# Some title", "1")
    assert (await api("POST", "inspect", {"path": "a.ipynb"})).status == 200


@pytest.mark.parametrize("extension_config", [{"page_timeout": 0.0}])
async def test_the_time_limit_for_pages_is_the_administrators(
    api: Any, put_notebook: Any, known_sandbox: Any, finished: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PAGES, "time_limit", PAGES.time_limit)  # what the setting changes is the process's
    await known_sandbox()
    put_notebook("a.ipynb", "# Some title", "1")
    late = await finished((await api("POST", "publish", {"path": "a.ipynb", "mode": "html"})).body)
    assert (late["state"], late["error"]["code"]) == ("failed", "page-unfinished")
    assert children_with("rsconnect_jupyter.html.page_worker") == []


async def test_a_long_answer_is_passed_on_without_being_parsed(
    api: Any, put_notebook: Any, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jupyter would answer nobody meanwhile."""
    lengths: list[int] = []

    def listened(line: str | bytes) -> Any:
        lengths.append(len(line))
        return json.loads(line)

    monkeypatch.setattr(worker_process, "json", SimpleNamespace(loads=listened, dumps=json.dumps))
    (jp_root_dir / "many").mkdir()
    for number in range(2000):
        (jp_root_dir / "many" / f"{number}.csv").touch()
    put_notebook("a.ipynb", "# Some title", "1")
    told = (await api("POST", "inspect", {"path": "a.ipynb", "files": ["many/"]})).body
    assert len(told["files"]) > 2000
    assert (told["path"], told["running"]) == ("a.ipynb", None)
    assert 0 < max(lengths) < 5000
