"""How often a server is asked which version of a content readers see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from publishing_project import Project, project
from request_log import requests_sent
from serving import Sandbox

from rsconnect_jupyter.extension.contents_paths import NotebookFile
from rsconnect_jupyter.extension.inspection_service import InspectionService
from rsconnect_jupyter.extension.job_service import JobService
from rsconnect_jupyter.extension.known_servers import KnownServers
from rsconnect_jupyter.extension.notebook_process import NotebookProcess
from rsconnect_jupyter.extension.rehearsal_service import RehearsalLimits, RehearsalService
from rsconnect_jupyter.extension.version_service import VersionService
from rsconnect_jupyter.models import Secret
from rsconnect_jupyter.servers.store import ServerStore
from rsconnect_jupyter.storage import data_folder

__all__ = ["project"]


class Marks:
    """A service with a clock of its own."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.now = 0.0
        self.process = NotebookProcess()
        servers = KnownServers(ServerStore(), None, timeout=30)
        servers.add(sandbox.url, Secret(sandbox.key), name="here")
        jobs = JobService(servers, self.process, emit=lambda *_: None)
        limits = RehearsalLimits(allowed=False, seconds=1, environment_bytes=0)
        rehearsals = RehearsalService(servers, jobs, limits)
        inspections = InspectionService(servers, jobs, rehearsals, self.process)
        self.service = VersionService(servers, inspections, self.process, clock=lambda: self.now)

    def asked(self, notebook: Path, *, seconds: float) -> int:
        """Move the clock, ask for the mark, and return how many requests that took."""
        self.now += seconds
        place = NotebookFile(path=notebook.name, file=notebook, root=notebook.parent)
        with requests_sent() as sent:
            assert self.service.changes(place, ask=True)["state"] == "up-to-date"
        return sum(each == "GET content" for each in sent)


@pytest.fixture
def marks(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Marks]:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    made = Marks(sandbox)
    yield made
    made.process.close()


def test_a_server_is_asked_at_most_once_a_minute_for_each_content(marks: Marks, project: Project) -> None:
    project.folder = data_folder()
    project.publish()
    assert marks.asked(project.notebook, seconds=1000) == 1
    assert [marks.asked(project.notebook, seconds=each) for each in (0, 20, 39)] == [0, 0, 0]
    assert marks.asked(project.notebook, seconds=1) == 1
    assert marks.asked(project.notebook, seconds=59) == 0

    project.write("print('other')", name="other.ipynb")
    project.publish(title="Other")
    assert marks.asked(project.notebook, seconds=0) == 1, "another content"
