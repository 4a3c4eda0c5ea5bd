"""A failure is the last event of a publish, with the same parts in every front end."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from serving import Sandbox

from rsconnect_jupyter import publish
from rsconnect_jupyter.errors import RSConnectException
from rsconnect_jupyter.jobs.manager import Jobs
from rsconnect_jupyter.models import Event, PublishOptions, PublishRequest
from rsconnect_jupyter.publishing.publish import publish as publish_steps
from rsconnect_jupyter.servers.store import ServerStore

VARYING = ("time", "seq")


def comparable(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event without what differs between two runs of the same publish."""
    data = {name: value for name, value in (event.get("data") or {}).items() if name != "lines"}
    return {**{name: value for name, value in event.items() if name not in VARYING}, "data": data}


def by_function(notebook: Path, **options: Any) -> list[dict[str, Any]]:
    seen: list[Event] = []
    with pytest.raises(RSConnectException):
        publish(notebook, on_event=seen.append, **options)
    return [each.as_dict() for each in seen]


def by_job(notebook: Path, folder: Path, **options: Any) -> list[dict[str, Any]]:
    server = ServerStore().get("sandbox")
    request = PublishRequest(notebook=notebook, root=notebook.parent, server=server, options=PublishOptions(**options))
    jobs = Jobs(folder)
    started = jobs.start(lambda stop: publish_steps(request, should_stop=stop), path="a", server="sandbox")
    jobs.join(started.id)
    return [each.as_dict() for each in jobs.read(started.id).events]


@pytest.mark.slow
def test_a_failed_run_is_the_same_event_everywhere(
    make_notebook: Any, known_sandbox: Sandbox, command: Any, tmp_path: Path
) -> None:
    notebook = make_notebook("x = 1", "1 / 0")
    function = by_function(notebook, mode="source")
    job = by_job(notebook, tmp_path / "jobs")
    answer = command(notebook, "--json")
    printed = [json.loads(line) for line in answer.stdout.splitlines()]

    assert comparable(function[-1]) == comparable(job[-1])
    assert comparable(printed[-1]) == comparable(job[-1])
    assert job[-1]["status"] == "failure"
    assert job[-1]["step"] == "deploy"
    assert job[-1]["data"]["where"]["cell"] == 2  # below the heading
    assert [each["seq"] for each in job] == list(range(len(job)))
    assert [each["seq"] for each in function] == list(range(len(function)))


@pytest.mark.parametrize("wait", [True, False], ids=["waiting", "not waiting"])
def test_an_immediate_failure_has_its_number_and_its_step(wait: bool, notebook: Path, known_sandbox: Sandbox) -> None:
    notebook.write_text("{", encoding="utf-8")
    first, last = by_function(notebook, wait=wait)
    assert (first["seq"], first["step"], first["status"]) == (0, "inspect", "start")
    assert (last["seq"], last["step"], last["status"]) == (1, "inspect", "failure")
    assert last["data"]["where"]["file"] == notebook.name


def test_without_waiting_nothing_is_followed_after_the_return(make_notebook: Any, known_sandbox: Sandbox) -> None:
    seen: list[Event] = []
    before = threading.enumerate()
    made = publish(make_notebook("1 / 0"), mode="source", wait=False, on_event=seen.append)
    assert [(each.step, each.status) for each in seen[-2:]] == [("deploy", "progress"), ("done", "progress")]
    assert [each.seq for each in seen] == list(range(len(seen)))
    assert [each for each in threading.enumerate() if each not in before] == []
    assert made.events == tuple(seen)


def test_the_function_overwrites_a_version_of_others_only_when_asked(
    notebook: Path, known_sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = publish(notebook, mode="html")
    copy = tmp_path / "elsewhere" / "copy.ipynb"
    copy.parent.mkdir()
    copy.write_bytes(notebook.read_bytes())
    server = ServerStore().get("sandbox")
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("JUPYTER_DATA_DIR", str(tmp_path / "another"))
        publish(copy, server=server, mode="html", update=made.guid)

    with pytest.raises(RSConnectException) as refused:
        publish(notebook)
    assert refused.value.code == "published-by-others"
    assert "overwrite=True" in refused.value.hint
    assert publish(notebook, overwrite=True).guid == made.guid


def test_a_named_file_that_does_not_exist_stops_the_command_before_anything_is_sent(
    notebook: Path, known_sandbox: Sandbox, command: Any
) -> None:
    answer = command(notebook, "--as", "html", "--file", "gone.csv", "--json")
    assert answer.returncode == 2
    assert "There is no file or folder gone.csv" in answer.stderr
    steps = [json.loads(line)["step"] for line in answer.stdout.splitlines()]
    assert set(steps) <= {"inspect", "check"}
