"""A real JupyterHub: a prefix, two users, named servers, stop and restart, and the idle culler."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from authoring import write_notebook
from real.hub import Hub, UserServer, running_hub
from serving import Sandbox

pytestmark = [pytest.mark.peer, pytest.mark.timeout(600)]

CULLED_AFTER = 20
"""Seconds without activity after which the hub's culler stops a server; see `hub_config`."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running_hub(tmp_path_factory.mktemp("hub")) as running:
        yield running


def added(server: UserServer, sandbox: Sandbox) -> None:
    answer = server.ask("POST", "servers", {"address": sandbox.url, "api_key": sandbox.key, "name": "here"})
    assert answer.status_code == 201, answer.text


def test_a_user_publishes_below_the_hubs_prefix_and_nobody_else_there(hub: Hub, sandbox: Sandbox) -> None:
    one = hub.start("one")
    added(one, sandbox)
    write_notebook(one.home / "a.ipynb", "# Of one", "1")
    job = one.ask("POST", "publish", {"path": "a.ipynb", "mode": "html"}).json()
    assert one.finish(job["id"])["state"] == "done"
    assert one.ask("GET", "servers", token=hub.token_of("two")).status_code in (403, 404)


@pytest.mark.thorough
def test_two_users_see_nothing_of_each_other(hub: Hub, sandbox: Sandbox) -> None:
    one, two = hub.start("one"), hub.start("two")
    write_notebook(one.home / "b.ipynb", "# Of one", "1")
    job = one.ask("POST", "publish", {"path": "b.ipynb", "mode": "html"}).json()
    assert two.ask("GET", "servers").json()["servers"] == []
    assert two.ask("GET", f"publish/{job['id']}").status_code == 404
    assert one.finish(job["id"])["state"] == "done"


@pytest.mark.thorough
def test_a_named_server_and_a_restarted_one_know_what_was_published(hub: Hub, sandbox: Sandbox) -> None:
    first = hub.start("three")
    added(first, sandbox)
    write_notebook(first.home / "a.ipynb", "# Of three", "1")
    job = first.ask("POST", "publish", {"path": "a.ipynb", "mode": "html"}).json()
    guid = first.finish(job["id"])["result"]["guid"]
    hub.ask("DELETE", "users/three/server")
    for name in ("", "second"):
        server = hub.start("three", name)
        seen = server.ask("POST", "inspect", {"path": "a.ipynb"}).json()
        assert (seen["server"], seen["target"]) == ("here", guid)


@pytest.mark.thorough
def test_the_idle_culler_lets_a_publish_finish_and_stops_the_server_then(
    hub: Hub, sandbox: Sandbox, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    server = hub.start("four")
    added(server, sandbox)
    code = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.1)"
    write_notebook(server.home / "long.ipynb", "# Long one", code)
    job = server.ask("POST", "publish", {"path": "long.ipynb", "mode": "source"}).json()
    idle = hub.start("five")
    deadline = time.monotonic() + 12 * CULLED_AFTER
    while idle.is_running():  # the tab is closed: nobody asks the server that publishes
        assert time.monotonic() < deadline, "the culler stops nobody"
        time.sleep(1)
    time.sleep(CULLED_AFTER)
    assert server.is_running(), "stopped while it published"
    gate.touch()
    assert server.finish(job["id"])["state"] == "done"
    while server.is_running():
        assert time.monotonic() < deadline + 6 * CULLED_AFTER, "kept although it is idle"
        time.sleep(1)
