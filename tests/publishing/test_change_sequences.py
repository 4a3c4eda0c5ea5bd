"""Random sequences of what happens to a notebook and its content: the mark is right after each step.

15 sequences; ``SEQUENCES=100`` runs as many as one likes.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from publishing_project import Project, invite, state

from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.history.publications import forget
from rsconnect_jupyter.models import RestoreRequest, Server
from rsconnect_jupyter.publishing.changes import hear_from_server
from rsconnect_jupyter.publishing.restore import restore

# Each sequence has a data folder of its own; an object's id may be that of an earlier one, with its records.
NUMBERS = itertools.count()
SEQUENCES = int(os.environ.get("SEQUENCES", "15"))


class Marks(RuleBasedStateMachine):
    """What readers see is modelled as the text of the active version; None: nothing, or another's notebook."""

    project: Project
    colleague: Server

    def __init__(self) -> None:
        super().__init__()
        self.text = 0
        self.guid = ""
        self.versions: dict[str, int] = {}
        self.active = ""
        self.theirs = False
        self.gone = False

    @initialize()
    def begin(self) -> None:
        folder = self.project.folder.with_name(f"data-{next(NUMBERS)}")
        self.project = replace(self.project, folder=folder)
        self.write()

    def write(self, **accidents: Any) -> None:
        self.project.write(f"print({self.text})", "print('end')")
        document = json.loads(self.project.notebook.read_text())
        document["cells"][0] |= accidents.get("cell", {})
        document["metadata"] |= accidents.get("metadata", {})
        self.project.notebook.write_text(json.dumps(document))

    @rule(text=st.integers(0, 3))
    def edit_and_save(self, text: int) -> None:
        self.text = text
        self.write()

    @rule(count=st.integers(1, 99), cell_id=st.sampled_from(["a1", "b2", "c3"]), kernel=st.sampled_from(["one", "two"]))
    def run_and_save(self, count: int, cell_id: str, kernel: str) -> None:
        cell = {"execution_count": count, "id": cell_id, "source": f"print({self.text})  \n"}
        self.write(cell=cell, metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}})

    @rule(draft=st.booleans())
    def publish(self, draft: bool) -> None:
        made = self.project.publish(overwrite=True, draft=draft and bool(self.guid) and not self.gone).good
        if made.guid != self.guid:
            self.guid, self.versions, self.gone = made.guid, {}, False
            invite(self.project, self.guid, self.colleague)
        self.versions[made.bundle_id] = self.text
        if not made.draft_url:
            self.active, self.theirs = made.bundle_id, False

    @precondition(lambda self: self.versions and not self.gone)
    @rule(data=st.data())
    def restore_one(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.versions)))
        request = RestoreRequest(
            notebook=self.project.notebook,
            root=self.project.notebook.parent,
            server=self.project.server,
            guid=self.guid,
            bundle_id=chosen,
            overwrite=True,
        )
        for _ in restore(request, folder=self.project.folder):
            pass
        self.active, self.theirs = chosen, False

    @precondition(lambda self: self.guid and not self.gone)
    @rule()
    def a_colleague_publishes(self) -> None:
        with open_client(self.colleague) as client, self.project.client() as mine:
            place = self.project.folder / "theirs.tar.gz"
            with place.open("wb") as file:
                mine.download_bundle(self.guid, self.active, file)
            md5 = hashlib.md5(place.read_bytes()).hexdigest()
            bundle = client.upload(self.guid, place, md5=md5)
            for _ in client.follow(client.deploy(self.guid, bundle)):
                pass
            hear_from_server(mine, self.guid, folder=self.project.folder)
        self.active, self.theirs = bundle, True

    @precondition(lambda self: len(self.versions) > 1 and not self.gone)
    @rule()
    def delete_a_version(self) -> None:
        spare = next((each for each in self.versions if each != self.active), None)
        if spare is not None:
            with self.project.client() as client:
                client.delete_bundle(self.guid, spare)
            del self.versions[spare]

    @precondition(lambda self: self.guid and not self.gone)
    @rule()
    def delete_the_content(self) -> None:
        with self.project.client() as client:
            client.delete(self.guid)
            hear_from_server(client, self.guid, folder=self.project.folder)
        forget(self.project.notebook, server_url=self.project.server.url, guid=self.guid, folder=self.project.folder)
        self.gone, self.active, self.theirs = True, "", False

    @invariant()
    def the_mark_is_right(self) -> None:
        if not self.project.notebook.exists():
            return
        found = state(self.project)
        if not self.guid or self.gone:
            assert found.state == "never-published"
        elif self.theirs:
            assert (found.state, found.by) == ("updated", "publisher")
        else:
            same = self.versions[self.active] == self.text
            assert found.state == ("up-to-date" if same else "changed")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_mark_is_right_after_random_sequences(project: Project, colleague: Server, tmp_path: Path) -> None:
    machine: Any = type("MarksHere", (Marks,), {"project": project, "colleague": colleague})
    settle = settings(
        max_examples=SEQUENCES,
        stateful_step_count=6,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=settle)
