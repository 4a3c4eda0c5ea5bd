"""What the process that reads notebooks answers, and what becomes of it when that process fails or is late."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from authoring import write_notebook
from tornado.web import HTTPError

from rsconnect_jupyter.errors import (
    Cancelled,
    NotebookError,
    RSConnectException,
    TaskFailedError,
    UnknownServerError,
)
from rsconnect_jupyter.extension import notebook_worker
from rsconnect_jupyter.extension.git_files import integration_requests
from rsconnect_jupyter.extension.notebook_process import NotebookProcess
from rsconnect_jupyter.extension.notebook_worker import Place, carry_out, pickled
from rsconnect_jupyter.extension.project_in_process import ProjectInProcess
from rsconnect_jupyter.extension.rest_handler import RestHandler, problem_of
from rsconnect_jupyter.extension.server_replies import server_replies
from rsconnect_jupyter.history.version_records import VersionRecord
from rsconnect_jupyter.kernel import kernelspecs
from rsconnect_jupyter.models import PublishOptions, PublishRequest, Server, TaskResult
from rsconnect_jupyter.publishing.server_answers import ServerAnswers
from rsconnect_jupyter.worker_process import WorkerStoppedError


@pytest.fixture(autouse=True)
def own_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget afterwards which manager of kernels was named."""
    monkeypatch.setattr(kernelspecs, "_managers", [])
    monkeypatch.setattr(kernelspecs, "_gateway", [])


def ordered(task: str, *arguments: Any, as_text: bool = False) -> dict[str, Any]:
    def ask(question: Mapping[str, Any]) -> Any:
        return {"wait": pickled(ServerAnswers()), "kernel": pickled(None)}.get(question["ask"])

    order = {
        "task": task,
        "arguments": pickled(arguments),
        "kernel": pickled((Path("/n.ipynb"), None)),
        "gateway": False,
        "as_text": as_text,
    }
    return carry_out(order, ask)


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (RecursionError(), {"error": "NotebookError"}),
        (NotebookError.of("inspection-unfinished"), {"error": "NotebookError"}),
        (ZeroDivisionError("what is this"), {"failed": "ZeroDivisionError: what is this\n"}),
    ],
    ids=["deep", "known", "unexpected"],
)
def test_failures_are_answers(error: Exception, answer: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_arguments: Any) -> None:
        raise error

    monkeypatch.setattr(notebook_worker, "TASKS", {"task": failing})
    [(name, text)] = answer.items()
    assert str(ordered("task")[name]).endswith(text)


def test_tasks_answer_what_they_found(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "# Some title", "1")
    place = Place(notebook=notebook, root=tmp_path, folder=tmp_path / "data")
    told = json.loads(ordered("inspect", place, {}, (None, ()), (), as_text=True)["text"])
    assert told["title"] == "Some title"
    assert ordered("write", place, {"mode": "jupyter-static"}, None)["made"] == ("manifest.json", "requirements.txt")
    assert ordered("published", notebook) == {"made": []}
    assert ordered("figures", notebook) == {"made": {"figures": []}}
    how: dict[str, Any] = {"page": None, "fix": False}
    assert ordered("rehearse", place, {"mode": "static"}, None, how)["made"]["runs"] is True


def test_plans_of_old_publishes_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook_worker, "_PROJECTS", {})
    request: Any = SimpleNamespace(notebook=Path("n.ipynb"))
    monkeypatch.setattr(notebook_worker, "ProjectHere", lambda _request: object())
    first = notebook_worker._project("0", request)
    assert notebook_worker._project("0", request) is first
    for number in range(30):
        notebook_worker._project(str(number), request)
    assert "0" not in notebook_worker._PROJECTS
    assert len(notebook_worker._PROJECTS) == 21


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "# Some title", "1")

    def refused(*_arguments: Any, **_named: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("rsconnect_jupyter.extension.git_files.file_taking_the_name", refused)
    place = Place(notebook=notebook, root=tmp_path, folder=tmp_path / "data")
    told = ordered("write", place, {"mode": "jupyter-static"}, None)
    assert (told["error"], told["parts"]["code"]) == ("BundleError", "folder-unwritable")


def test_integrations_are_named_or_known_by_their_guid() -> None:
    guid = "0b4f8f2c-1d1e-4f0a-9c8d-1f2e3d4c5b6a"
    assert integration_requests([guid, "Snowflake"]) == ({"guid": guid}, {"name": "Snowflake"})


class Failing:
    """A process for notebooks whose tasks fail."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def run(self, *_arguments: Any, look: Any = None, **_named: Any) -> Any:
        if look is not None:
            look()
        raise self._error


REQUEST = PublishRequest(
    notebook=Path("/n.ipynb"), root=Path("/"), server=Server(name="s", url="https://s"), options=PublishOptions()
)


def project(error: Exception, *, stops: bool = False) -> ProjectInProcess:
    process: Any = Failing(error)
    return ProjectInProcess(REQUEST, process, lambda: stops)


def test_a_process_that_is_too_late_spoils_no_publish() -> None:
    late = project(NotebookError.of("inspection-unfinished"))
    some: Any = None
    assert late.packed_version(some) == VersionRecord()
    late.forget("guid")
    with pytest.raises(RSConnectException) as caught:
        late.record(some, bundle=None, beside=False)
    assert caught.value.code == "history-unwritable"
    result = TaskResult(task_id="t", code=1, error="it failed")
    assert isinstance(late.run_failure(result, ()), TaskFailedError)
    told = TaskFailedError("told")
    assert project(told).run_failure(result, ()) is told


def test_a_stop_ends_a_preparation() -> None:
    some: Any = None
    with pytest.raises(Cancelled):
        project(AssertionError(), stops=True).prepare(some)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"failed": "Traceback"}, RuntimeError),
        (WorkerStoppedError(-9), NotebookError),
    ],
    ids=["failed", "killed"],
)
def test_what_a_failed_process_raises(answer: Any, error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    class Worker:
        def run(self, *_arguments: Any, **_named: Any) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

    process = NotebookProcess()
    monkeypatch.setattr(process, "_worker", Worker())
    with pytest.raises(error):
        process.run("published", notebook=Path("/n.ipynb"))


def test_servers_that_are_not_known_are_not_asked() -> None:
    class Store:
        def get(self, name: str) -> Server:
            raise UnknownServerError.of("unknown-server", name=name)

    store: Any = Store()
    replies = server_replies(store, Server(name="s", url="https://s"))
    replies["begin"](["guid", True])
    answers = notebook_worker._unpickled(replies["wait"](1))
    assert answers.error.code == "unknown-server"
    none = server_replies(store, None)
    none["begin"]("odd")
    assert notebook_worker._unpickled(none["wait"](1)) == ServerAnswers()


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (RSConnectException.of("files-exist", files="a"), 500, (409, "files-exist")),
        (PermissionError(13, "Permission denied"), 500, (422, "file-unusable")),
        (HTTPError(403), 403, (403, None)),
        (HTTPError(418), 418, (418, "bad-request")),
        (ZeroDivisionError(), 500, (500, "internal-error")),
    ],
    ids=["ours", "a file", "not allowed", "any other", "unexpected"],
)
def test_each_failure_is_a_problem(error: Exception, status: int, told: tuple[int, str | None]) -> None:
    found, problem = problem_of(error, status)
    assert (found, problem["code"] if told[1] else None) == told


def test_only_surprises_are_logged_with_their_traceback() -> None:
    logged: list[str] = []
    log = SimpleNamespace(
        info=lambda text, *parts: logged.append(text % parts), error=lambda text, *parts: logged.append(text % parts)
    )
    handler: Any = SimpleNamespace(log=log, request=SimpleNamespace(method="GET", path="/inspect"))
    for error in (NotebookError.of("inspection-unfinished"), ZeroDivisionError("odd")):
        RestHandler.log_exception(handler, type(error), error, None)
    assert [each.splitlines()[-1].split(":")[0] for each in logged] == ["rsconnect_jupyter", "ZeroDivisionError"]
