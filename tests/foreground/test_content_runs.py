"""Runs of content on a server that has none, and one that goes well; others are in tests/cli/test_runs.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from connect.wire import CONTENT, GUID, TASK, Script, reply, scripted

from rsconnect_jupyter.errors import NotFoundError, TargetError
from rsconnect_jupyter.foreground.content_runs import content_run_log, run_content
from rsconnect_jupyter.foreground.content_versions import PublishedNotebook, _server_of
from rsconnect_jupyter.models import PublishOptions, Secret, Server
from rsconnect_jupyter.servers.store import ServerStore


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted() as running:
        yield running


@pytest.fixture
def published(script: Script, notebook: Path) -> PublishedNotebook:
    server = Server(name="s", url=script.url, api_key=Secret("k"))
    return PublishedNotebook(notebook=notebook, server=server, guid=GUID)


def test_without_a_run_there_is_no_log(published: PublishedNotebook) -> None:
    with pytest.raises(NotFoundError) as caught:
        content_run_log(published, None)
    assert caught.value.code == "no-runs"


def test_a_run_that_goes_well_is_its_result(published: PublishedNotebook, script: Script) -> None:
    script.on("POST", "/render", reply({"task_id": "T1"}))
    script.on("GET", "v1/tasks/T1", reply(TASK))
    lines: list[str] = []
    assert run_content(published, lines.append).code == 0
    assert lines == TASK["output"]


def test_what_readers_do_not_see_yet_is_not_compared(published: PublishedNotebook, script: Script) -> None:
    script.on("GET", f"v1/content/{GUID}", reply({**CONTENT, "bundle_id": None}))
    with pytest.raises(TargetError) as caught:
        published.compare(None, None, PublishOptions())
    assert (caught.value.code, "that readers see" in caught.value.message) == ("unknown-version", True)


def test_a_notebook_that_was_not_published_from_here_has_no_versions_of_its_own(published: PublishedNotebook) -> None:
    assert published._own_versions() == ()


def test_the_server_of_a_link_is_a_known_one_else_its_place(script: Script) -> None:
    store = ServerStore()
    store.add(name="kept", url=f"{script.url}/rsc", api_key=Secret("k"))
    assert _server_of(store, GUID) is None
    assert _server_of(store, f"{script.url}/rsc/connect/#/apps/{GUID}") == "kept"
    assert _server_of(store, f"https://other.example.com/content/{GUID}/") == "https://other.example.com"
