"""A notebook to publish, its folder, and what came of publishing it."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from serving import Sandbox

from rsconnect_jupyter.connect.client import Client
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.errors import RSConnectException
from rsconnect_jupyter.models import (
    ChangeState,
    Content,
    Deployment,
    Event,
    PublishOptions,
    PublishRequest,
    Secret,
    Server,
)
from rsconnect_jupyter.publishing.changes import change_state
from rsconnect_jupyter.publishing.publish import publish


@dataclass
class Outcome:
    """The events of a publish, and the deployment or the error it ended in."""

    events: list[Event] = field(default_factory=list)
    deployment: Deployment | None = None
    error: RSConnectException | None = None

    @property
    def good(self) -> Deployment:
        assert self.deployment is not None, self.error and self.error.as_dict()
        return self.deployment

    @property
    def bad(self) -> RSConnectException:
        assert self.error is not None, self.deployment
        return self.error

    def of(self, step: str, status: str | None = None) -> list[Event]:
        return [each for each in self.events if each.step == step and status in (None, each.status)]


def exhausted(steps: Generator[Event, None, Deployment], events: list[Event] | None = None) -> Outcome:
    """Go on to the end; the events are added to the list one by one."""
    outcome = Outcome([] if events is None else events)
    try:
        while True:
            outcome.events.append(next(steps))
    except StopIteration as end:
        outcome.deployment = end.value
    except RSConnectException as exc:
        outcome.error = exc
    return outcome


@dataclass
class Project:
    """A notebook in a folder of its own, published by one person to the sandbox."""

    notebook: Path
    server: Server
    folder: Path

    def write(self, *sources: str, name: str | None = None, **metadata: Any) -> Path:
        """Write the notebook with these code cells; ids stay the same from one writing to the next."""
        if name is not None:
            self.notebook = self.notebook.with_name(name)
        cells: list[dict[str, Any]] = [
            {"cell_type": "code", "id": f"{self.notebook.parent.name[-6:]}{index}".replace("_", "-"),
             "source": source, "metadata": {}, "outputs": [], "execution_count": None}
            for index, source in enumerate(sources)
        ]  # fmt: skip
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {**kernel, **metadata}, "cells": cells}
        self.notebook.write_text(json.dumps(document), encoding="utf-8")
        return self.notebook

    def request(self, **options: Any) -> PublishRequest:
        options.setdefault("mode", "static")
        chosen = PublishOptions(**options)
        return PublishRequest(notebook=self.notebook, root=self.notebook.parent, server=self.server, options=chosen)

    def publish(self, *, stop_at: tuple[str, str] | None = None, **options: Any) -> Outcome:
        """Publish as a finished document unless the options say otherwise; ask to stop at a step's event."""
        events: list[Event] = []
        steps = publish(
            self.request(**options),
            should_stop=lambda: any((each.step, each.status) == stop_at for each in events),
            folder=self.folder,
        )
        return exhausted(steps, events)

    def client(self) -> Client:
        return open_client(self.server)

    def content(self, guid: str) -> Content:
        with self.client() as client:
            return client.content(guid)

    def contents(self) -> set[str]:
        """Return the GUIDs of everything this person sees on the server."""
        with self.client() as client:
            return {each.guid for each in client.matches("")}


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox) -> Project:
    (tmp_path / "work").mkdir()
    server = Server(name="sandbox", url=sandbox.url, api_key=Secret(sandbox.key))
    made = Project(tmp_path / "work" / f"{tmp_path.name}.ipynb", server, tmp_path / "data")
    made.write("print(6 * 7)", "print('more')")
    return made


@pytest.fixture
def colleague(sandbox: Sandbox) -> Server:
    """The sandbox as its user ``publisher`` knows it."""
    key = json.loads((sandbox.data / "keys.json").read_text())["publisher"]
    return Server(name="sandbox", url=sandbox.url, api_key=Secret(key))


def state(project: Project) -> ChangeState:
    return change_state(project.notebook, root=project.notebook.parent, folder=project.folder)


def invite(project: Project, guid: str, colleague: Server) -> None:
    """Let the colleague deploy to a content."""
    with open_client(colleague) as client:
        who = client.user().guid
    with project.client() as client:
        rights = {"principal_guid": who, "principal_type": "user", "role": "owner"}
        answer = client.transport.exchange("POST", f"__api__/v1/content/{guid}/permissions", json=rights)
        assert answer.good, answer.body


def publish_as(colleague: Server, project: Project, guid: str, *sources: str) -> str:
    """Publish another notebook to the content, as the colleague, from their own machine; return the version."""
    other = replace(project, server=colleague, folder=project.folder.with_name("other-data"))
    other.notebook = project.notebook.parent.with_name("elsewhere") / "theirs.ipynb"
    other.notebook.parent.mkdir(exist_ok=True)
    other.write(*(sources or ("print('theirs')",)))
    return other.publish(update=guid, overwrite=True).good.bundle_id
