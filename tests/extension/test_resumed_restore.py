"""A restore that a killed Jupyter left: the next one brings it to its end, and operators hear of it as a restore."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from publishing_project import Project, project

from rsconnect_jupyter.extension.job_service import JobService
from rsconnect_jupyter.extension.known_servers import KnownServers
from rsconnect_jupyter.extension.notebook_process import NotebookProcess
from rsconnect_jupyter.jobs.job import Job
from rsconnect_jupyter.models import Event, RestoreRequest, Secret
from rsconnect_jupyter.publishing.restore import restore
from rsconnect_jupyter.servers.store import ServerStore
from rsconnect_jupyter.storage import data_folder

__all__ = ["project"]


@pytest.fixture
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return data_folder()


def test_a_restore_goes_on_after_a_restart_and_is_told_as_one(project: Project, own_data: Path) -> None:
    project.folder = own_data
    first = project.publish().good
    project.write("print('second')")
    project.publish()
    place: dict[str, Any] = {"notebook": project.notebook, "root": project.notebook.parent}
    request = RestoreRequest(**place, server=project.server, guid=first.guid, bundle_id=first.bundle_id)
    died, events = restore(request), list[Event]()
    while not events or (events[-1].step, events[-1].status) != ("deploy", "progress"):
        events.append(next(died))

    heard: list[tuple[str, dict[str, Any]]] = []
    servers, process = KnownServers(ServerStore(), None, timeout=30), NotebookProcess()
    assert project.server.api_key is not None
    servers.add(project.server.url, Secret(project.server.api_key.reveal()), name="here")
    service = JobService(servers, process, emit=lambda schema, data: heard.append((schema, data)))
    notes = {**{name: str(path) for name, path in place.items()}, "server_url": project.server.url}
    job = Job(id="0" * 16, path="v.ipynb", server="here", notes={**notes, "restores": first.bundle_id})
    for _ in service._go_on(job, tuple(events), lambda: False):  # what `resume` starts for each job it finds
        pass
    process.close()

    assert project.content(first.guid).bundle_id == first.bundle_id
    assert [(schema.split("/")[-2], data["action"], data["bundle_id"]) for schema, data in heard] == [
        ("restore", "started", first.bundle_id),
        ("restore", "succeeded", first.bundle_id),
    ]
