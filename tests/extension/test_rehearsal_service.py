"""Rehearsals that are stopped, interrupted or without a page; no process runs for them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rsconnect_jupyter.errors import Cancelled, JobError
from rsconnect_jupyter.extension import rehearsal_service
from rsconnect_jupyter.extension.contents_paths import NotebookFile
from rsconnect_jupyter.extension.rehearsal_service import RehearsalLimits, RehearsalService
from rsconnect_jupyter.jobs.job import Job
from rsconnect_jupyter.models import Event
from rsconnect_jupyter.servers.store import ServerStore

Run = Callable[[Mapping[str, Callable[[Any], Any]]], Mapping[str, Any]]


class Process:
    """Stands for the process that rehearses; each is told what to do."""

    run_of_each: Run

    def run(self, *_arguments: Any, replies: Mapping[str, Callable[[Any], Any]], **_named: Any) -> Any:
        return type(self).run_of_each(replies)

    def close(self) -> None:
        """It is none."""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RehearsalService:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(rehearsal_service, "NotebookProcess", Process)
    return made(tmp_path)


def made(folder: Path) -> RehearsalService:
    servers: Any = SimpleNamespace(store=ServerStore(folder=folder / "store"))
    publishing: Any = None
    limits = RehearsalLimits(allowed=True, seconds=1.0, environment_bytes=1)
    return RehearsalService(servers, publishing, limits)


@pytest.fixture
def notebook(tmp_path: Path) -> NotebookFile:
    return NotebookFile("n.ipynb", tmp_path / "n.ipynb", tmp_path)


def ended(service: RehearsalService, job_id: str) -> Job:
    service.jobs.join(job_id, timeout=60)
    return service.jobs.get(job_id)


def until_stopped(replies: Mapping[str, Callable[[Any], Any]]) -> Mapping[str, Any]:
    replies["event"](
        Event(seq=0, time="", step="run", status="log", message="running", data={"page": "/our/folder"}).as_dict()
    )
    while not replies["stopping"](None):
        pass
    raise Cancelled.of("cancelled/running")


def code_of(job: Job) -> str:
    assert job.error is not None
    return str(job.error["code"])


def test_one_that_made_no_page_has_none(
    service: RehearsalService, notebook: NotebookFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Process, "run_of_each", lambda _replies: {"runs": False, "page": None}, raising=False)
    job = ended(service, service.start(notebook, {})["id"])
    assert (job.state, dict(job.result or {})) == ("done", {"runs": False, "page": False})
    with pytest.raises(JobError):
        service.page(job.id)


def test_a_stop_and_the_end_of_jupyter_are_told_apart(
    service: RehearsalService, notebook: NotebookFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Process, "run_of_each", until_stopped, raising=False)
    first = service.start(notebook, {})["id"]
    assert service.cancel(first)["stopping"]
    assert code_of(ended(service, first)) == "cancelled"
    assert "/our/folder" not in service.read_json(first, 0)

    second = service.start(notebook, {})["id"]
    service.close()
    assert code_of(ended(service, second)) == "rehearsal-interrupted"


def test_after_a_kill_it_is_not_taken_up_again(service: RehearsalService) -> None:
    service.resume()
    some: Any = None
    with pytest.raises(Cancelled) as caught:
        rehearsal_service._interrupted(some, (), some)
    assert caught.value.code == "rehearsal-interrupted"


def test_a_process_that_does_not_stop_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[float] = []

    class Timer:
        def __init__(self, seconds: float, _work: Any) -> None:
            timers.append(seconds)

        def start(self) -> None:
            """Nothing is left over here."""

    monkeypatch.setattr("rsconnect_jupyter.extension.rehearsal_service.threading.Timer", Timer)
    monkeypatch.setattr(rehearsal_service, "PATIENCE", -1.0)
    stops = iter([False, True])
    patience = rehearsal_service._Patience(lambda: next(stops))
    patience.look()
    with pytest.raises(Cancelled):
        patience.look()
    assert timers == [1.0]


def test_pages_of_yesterday_are_removed(service: RehearsalService, tmp_path: Path) -> None:
    old, new = tmp_path / "old.html", tmp_path / "new.html"
    for each in (old, new):
        each.touch()
    os.utime(old, (1, 1))
    service._remove_old_pages(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)
