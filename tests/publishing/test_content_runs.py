"""What the server ran of a content: listed, explained, started and stopped."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nightly_content import FAILING, fail_from_now_on, nightly_notebook, published_report, run_scheduled, schedule_daily
from sandbox.publishing import Api, bundle, notebook
from serving import Sandbox, running_sandbox

from rsconnect_jupyter.connect.client import Client
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.errors import NotFoundError, RefusedError
from rsconnect_jupyter.models import Secret, Server
from rsconnect_jupyter.publishing.content_runs import (
    content_run,
    last_scheduled_failure,
    list_runs,
    read_run,
    run_result,
)
from rsconnect_jupyter.publishing.diagnosis import run_failure
from rsconnect_jupyter.publishing.steps import drained


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("timed"), "--movable-clock") as running:
        yield running


@pytest.fixture(scope="module")
def client(timed: Sandbox) -> Iterator[Client]:
    with open_client(Server(name="timed", url=timed.url, api_key=Secret(timed.key))) as opened:
        yield opened


def test_a_scheduled_run_that_failed_is_found_and_explained(timed: Sandbox, client: Client, tmp_path: Path) -> None:
    guid = published_report(timed, tmp_path, "Nightly")
    schedule_daily(timed, guid)
    assert last_scheduled_failure(client, guid) is None
    fail_from_now_on(timed, guid)
    run_scheduled(timed)

    found = list_runs(client, guid)
    renders = [each for each in found.runs if each.kind == "render"]
    assert [(each.reason, each.outcome) for each in renders] == [("schedule", "failed"), ("request", "ok")]
    assert found.can_run
    assert [each.seen for each in renders] == [None, True]
    assert all(each.seconds is not None and each.started < each.ended for each in renders)

    failed = last_scheduled_failure(client, guid)
    assert failed is not None
    assert failed.key == renders[0].key
    run, lines = read_run(client, guid, failed.key)
    failure = run_failure(run_result(run), lines, notebook=nightly_notebook(tmp_path / "nightly.ipynb"))
    assert failure.where is not None
    assert failure.where.cell == FAILING
    assert "the night is dark" in failure.message

    fail_from_now_on(timed, guid, fails=False)
    _lines, result = followed(client, client.render(guid))
    assert result is False
    assert last_scheduled_failure(client, guid) is None, "it ran successfully since"


def followed(client: Client, task: str) -> tuple[list[str], bool]:
    """Return the lines of a task, and whether it failed."""
    lines, result = drained(client.follow(task))
    return lines, result.failed


def test_a_run_is_stopped(timed: Sandbox, client: Client) -> None:
    cell = "import os, time\nif 'SLOW' in os.environ: time.sleep(300)"
    api = Api(timed.url, timed.key)
    guid = api.publish(bundle("jupyter-static", {"a.ipynb": notebook(cell)}), title="Slow")[0]["guid"]
    api.json("PATCH", f"v1/content/{guid}/environment", [{"name": "SLOW", "value": "1"}])
    task = client.render(guid)
    running = next(
        each
        for _look in itertools.count()
        for each in list_runs(client, guid).runs
        if each.outcome == "running" and each.kind == "render"
    )
    client.stop_job(guid, running.key)
    _lines, failed = followed(client, task)
    assert failed
    assert read_run(client, guid, running.key)[0].outcome == "failed"
    client.stop_job(guid, running.key)  # it has ended


def test_only_what_the_server_renders_can_be_run(timed: Sandbox, client: Client) -> None:
    api = Api(timed.url, timed.key)
    page = api.publish(bundle("static", {"index.html": b"<p>hello</p>"}), title="A page")[0]["guid"]
    assert list_runs(client, page).can_run is False
    with pytest.raises(RefusedError):
        client.render(page)
    with pytest.raises(NotFoundError):
        read_run(client, page, "nosuchkey")


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        ({"status": 0}, "running"),
        ({"status": 1, "exit_code": None}, "running"),
        ({"status": 1, "exit_code": 1}, "failed"),
        ({"status": 2, "exit_code": 0}, "ok"),
        ({"status": 2, "exit_code": 137}, "failed"),
        ({"status": 2, "exit_code": None}, "unknown"),
        ({"status": 3, "exit_code": None}, "skipped"),
        ({"status": "2", "exit_code": "0"}, "ok"),
        ({}, "unknown"),
    ],
    ids=str,
)
def test_outcomes(job: dict[str, Any], expected: str) -> None:
    assert content_run({"key": "k", **job}).outcome == expected


def test_lengths_are_read_from_times_with_and_without_fractions() -> None:
    times = {"start_time": "2026-11-27T01:00:00Z", "end_time": "2026-11-27T01:00:02.500000000Z"}
    assert content_run(times).seconds == pytest.approx(2.5)
    assert content_run({"start_time": "yesterday", "end_time": None}).seconds is None
