"""Notebooks that the server really runs: a failure and its repair, a file left behind, one kill in mid-run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from rsconnect_jupyter.errors import TaskFailedError
from rsconnect_jupyter.history import publications as history
from rsconnect_jupyter.jobs.manager import Jobs
from rsconnect_jupyter.models import Event, PublishRequest
from rsconnect_jupyter.publishing.publish import publish, resume
from rsconnect_jupyter.publishing.remote_state import last_checkpoint


def test_a_failing_notebook_keeps_its_content_and_the_repaired_one_goes_there(project: Any) -> None:
    project.write("print('fine')", "open('data/prices.csv').read()")
    data = project.notebook.parent / "data"
    data.mkdir()
    (data / "prices.csv").write_text("price\n42\n")

    failed = project.publish(mode="jupyter-static", detect_files=False)

    error = failed.bad
    assert isinstance(error, TaskFailedError)
    assert error.message == "The notebook failed on the server in cell 2: FileNotFoundError: data/prices.csv"
    assert error.where is not None
    assert error.where.cell == 1
    assert error.data["missing_file"] == "data/prices.csv"
    assert error.data["logs_url"].endswith("/logs")
    assert error.data["remains"] == "The content on the server keeps the log; the next publish updates it."
    assert any("FileNotFoundError" in each.message for each in failed.of("deploy", "log"))
    (kept,) = history.publications(project.notebook, folder=project.folder)
    assert (kept.guid, kept.result) == (error.data["guid"], "failed")

    repaired = project.publish(mode="jupyter-static", files=("data/prices.csv",)).good

    assert (repaired.guid, repaired.created) == (kept.guid, False)
    with project.client() as client:
        page = client.transport.exchange("GET", f"{client.transport.root}/content/{repaired.guid}/")
    assert page.status == 200
    assert b"42" in page.body
    assert history.publications(project.notebook, folder=project.folder)[0].result == "ok"


PUBLISHER = """
import json, sys
from pathlib import Path
from rsconnect_jupyter.jobs.manager import Jobs
from rsconnect_jupyter.publishing.publish import publish
from rsconnect_jupyter.models import PublishOptions, PublishRequest, Secret, Server

told = json.load(sys.stdin)
server = Server(name="sandbox", url=told["url"], api_key=Secret(told["key"]))
request = PublishRequest(notebook=Path(told["notebook"]), root=Path(told["notebook"]).parent, server=server,
                         options=PublishOptions(mode="jupyter-static", title="Killed"))
jobs = Jobs(Path(told["jobs"]))
job = jobs.start(lambda stop: publish(request, should_stop=stop, folder=Path(told["folder"])), path="nb.ipynb",
                 server="sandbox")
first = 0
while True:
    job = jobs.read(job.id, first, 60)
    for event in job.events:
        print(json.dumps(event.as_dict()), flush=True)
    first = job.last
    if job.finished:
        break
"""


def test_a_job_is_picked_up_after_its_process_was_killed_while_the_server_ran(project: Any, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    wait = (
        f"import os, time\nprint('waiting')\nwhile not os.path.exists({str(go_on)!r}): time.sleep(0.05)\nprint(6 * 7)"
    )
    project.write(wait)
    jobs_folder = tmp_path / "jobs"
    process = subprocess.Popen(
        [sys.executable, "-c", PUBLISHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    told = {"url": project.server.url, "key": project.server.api_key.reveal(), "notebook": str(project.notebook)}
    process.stdin.write(json.dumps({**told, "jobs": str(jobs_folder), "folder": str(project.folder)}))
    process.stdin.close()
    for line in process.stdout:
        if json.loads(line)["status"] == "log":
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    jobs = Jobs(jobs_folder)
    (job,) = jobs.all()
    assert job.state == "running"
    go_on.touch()
    request: PublishRequest = project.request(mode="jupyter-static")
    jobs.pick_up(lambda job, events, stop: resume(request, events, should_stop=stop, folder=project.folder))
    ended = jobs.join(job.id)

    events = jobs.read(job.id).events
    assert ended.state == "done", ended.error
    assert ended.result is not None
    assert project.content(ended.result["guid"]).bundle_id == ended.result["bundle_id"]
    lines = [each.message for each in events if each.status == "log"]
    with project.client() as client:
        told_by_server = list(client.follow(ended.result["task_id"]))
    assert lines == told_by_server, "every line once, those before the kill and those after"
    assert [each.seq for each in events] == list(range(len(events)))
    (kept,) = history.publications(project.notebook, folder=project.folder)
    assert (kept.result, kept.bundle_id) == ("ok", ended.result["bundle_id"])
    assert project.server.api_key.reveal() not in "".join(
        each.read_text() for each in jobs_folder.rglob("*") if each.is_file()
    )


def test_a_publish_that_died_before_the_server_ran_is_cleared_away(project: Any) -> None:
    before, events = project.contents(), []
    steps = publish(project.request(), folder=project.folder)
    for event in steps:
        events.append(event)
        if (event.step, event.status) == ("content", "success"):
            break
    left = last_checkpoint(events)
    assert left is not None
    assert left.created

    outcome = _exhaust(resume(project.request(), events, folder=project.folder))

    assert outcome == "interrupted"
    assert project.contents() == before


def _exhaust(steps: Any) -> str:
    from rsconnect_jupyter.errors import RSConnectException

    try:
        while True:
            next(steps)
    except StopIteration:
        return "done"
    except RSConnectException as exc:
        return exc.code


def test_the_point_to_go_on_from_counts_the_lines_of_the_last_task_only() -> None:
    def event(step: Any, status: Any, message: Any = "", **data: Any) -> Any:
        return Event(seq=0, time="", step=step, status=status, message=message, data=data or None)

    events = [
        event("content", "success", guid="g", created=True, mode="static", title="T", url="u"),
        event("deploy", "progress", guid="g", created=True, bundle_id="7", task="a", phase="draft"),
        event("deploy", "log", "one"),
        event("deploy", "log", "two"),
    ]
    point = last_checkpoint(events)
    assert point is not None
    assert (point.task, point.phase, point.lines) == ("a", "draft", 2)
    later = last_checkpoint([*events, event("verify", "progress", guid="g", task="b", phase="activation")])
    assert later is not None
    assert (later.task, later.lines) == ("b", 0)
    assert last_checkpoint([event("inspect", "start")]) is None
