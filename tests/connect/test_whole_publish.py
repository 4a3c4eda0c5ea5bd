"""A whole publish through the client: how many requests, over how many connections, and what faults do to it."""

from __future__ import annotations

import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from connect.conftest import Noted
from connect.wire import drained, notebook_bundle, static_bundle

from rsconnect_jupyter.connect import job_tracking
from rsconnect_jupyter.connect.client import Client
from rsconnect_jupyter.connect.content_names import name_for
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.models import Content, Secret, Server, TaskResult

LOG = ["Building static content...", "Launching static content..."]


@pytest.fixture
def _short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for a lost deployment for 50 ms, not for 2 s: pages run no code, deploying them twice is harmless."""
    monkeypatch.setattr(job_tracking, "POLL_PAUSES", (0.0, 0.05))


def publish(client: Client, title: str, path: Path, md5: str) -> tuple[Content, list[str]]:
    """Publish as `publish.py` does: name, create, upload, draft where there is one, look at the page, activate."""
    client.user()
    client.facts()
    assert client.find_by_name(name_for(title)) is None
    content = client.create(name_for(title), title)
    bundle_id = client.upload(content.guid, path, md5=md5)
    drafts = client.capabilities.drafts
    lines, result = drained(client.follow(client.deploy(content.guid, bundle_id, activate=not drafts)))
    assert not result.failed
    assert client.check_page(content, bundle_id=bundle_id if drafts else None) == 200
    if drafts:
        assert not drained(client.follow(client.deploy(content.guid, bundle_id)))[1].failed
        assert client.check_page(content) == 200
    return content, lines


def server_of(noted: Noted) -> Server:
    return Server(name="x", url=noted.url, api_key=Secret(noted.key))


def test_requests_and_connections_of_a_first_publish(noted: Noted, page_bundle: tuple[Path, str]) -> None:
    with open_client(server_of(noted)) as client:
        publish(client, "Counted requests", *page_bundle)
    asked = [each for each in noted.asked() if not each["path"].startswith("/__sandbox__")]
    calls = [each for each in asked if each["path"].startswith("/__api__") and "/tasks/" not in each["path"]]
    assert len({each["connection"] for each in asked}) == 1
    assert len(calls) <= 9, [f"{each['method']} {each['path']}" for each in calls]


def faults(dice: int) -> list[dict[str, Any]]:
    """Break every third answer, by turns before and after the request was carried out."""
    kinds: list[dict[str, Any]] = [
        {"action": "status", "status": 502},
        {"action": "reset"},
        {"action": "delay", "seconds": 0.05},
        {"action": "status", "status": 503, "when": "after"},
        {"action": "reset", "when": "after"},
        {"action": "delay", "seconds": 0.05, "when": "after"},
        {"action": "truncate"},
    ]
    turned = kinds[dice % len(kinds) :] + kinds[: dice % len(kinds)]
    return [{"method": "*", "path": "/*", "every": 3, "actions": turned}]


def many(noted: Noted, count: int, folder: Path) -> list[tuple[Content, list[str]]]:
    """Publish `count` different pages, eight at a time."""
    paths = [folder / f"{number}.tar.gz" for number in range(count)]
    sums = [static_bundle(path, f"<h1>Page {number}</h1>") for number, path in enumerate(paths)]

    def one(number: int) -> tuple[Content, list[str]]:
        with open_client(server_of(noted)) as client:
            return publish(client, f"Faulty {number:03}", paths[number], sums[number])

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(count)))


@pytest.mark.slow
@pytest.mark.usefixtures("_short_looks")
@pytest.mark.parametrize(("dialect", "count"), [("v1", 100), ("legacy", 20)])
def test_publishes_with_every_third_answer_broken_all_end_right(
    dialect: str, count: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    noted: Noted = request.getfixturevalue(f"{dialect}_sandbox")
    noted.break_with(*faults(0))
    try:
        outcomes = many(noted, count, tmp_path)
        broken = noted.broken()
    finally:
        noted.break_with()
    assert broken > 3 * count
    assert Counter(tuple(lines) for _, lines in outcomes) == {tuple(LOG): count}
    with open_client(server_of(noted)) as client:
        found = [each for each in client.matches("Faulty") if each.title and each.title.startswith("Faulty ")]
        assert sorted(each.title or "" for each in found) == [f"Faulty {number:03}" for number in range(count)]
        for each in found:
            assert each.bundle_id is not None
            active = [bundle["id"] for bundle in client.bundles(each.guid) if bundle["active"]]
            assert active == ([each.bundle_id] if dialect == "v1" else [])  # the older dialect lists no bundles


@pytest.mark.usefixtures("_short_looks")
@pytest.mark.parametrize("path", ["/__api__/v1/content", "*/bundles", "*/deploy"])
@pytest.mark.parametrize(
    "action",
    [
        {"action": "reset", "when": "after"},
        {"action": "reset"},
        {"action": "truncate"},
        {"action": "status", "status": 502, "when": "after"},
        {"action": "status", "status": 503},
    ],
)
def test_one_lost_answer_changes_nothing(
    path: str, action: dict[str, Any], v1_sandbox: Noted, page_bundle: tuple[Path, str], tmp_path: Path
) -> None:
    title = f"Lost {next(_NUMBERS)}"
    v1_sandbox.break_with({"method": "POST", "path": path, "times": 1, **action})
    with open_client(server_of(v1_sandbox)) as client:
        content, lines = publish(client, title, *page_bundle)
        assert lines == LOG
        assert [each.guid for each in client.matches(title) if each.title == title] == [content.guid]
        assert len([each for each in client.bundles(content.guid) if each["active"]]) == 1
    v1_sandbox.break_with()


@pytest.mark.slow
@pytest.mark.parametrize("activate", [True, False])
def test_a_notebook_whose_deploy_answer_is_lost_runs_once(activate: bool, v1_sandbox: Noted, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    source = f"print('it runs'); open({str(marks)!r}, 'a').write('x')"
    md5 = notebook_bundle(tmp_path / "b.tar.gz", source)
    with open_client(server_of(v1_sandbox)) as client:
        content = client.create("runs_once", "JobTracker once")
        bundle_id = client.upload(content.guid, tmp_path / "b.tar.gz", md5=md5)
        v1_sandbox.break_with({"method": "POST", "path": "*/deploy", "times": 1, "action": "reset", "when": "after"})
        task_id = client.deploy(content.guid, bundle_id, activate=activate)
        lines, result = drained(client.follow(task_id, deadline=200))
        assert client.content(content.guid).bundle_id == (bundle_id if activate else None)
        assert client.check_page(content, bundle_id=None if activate else bundle_id) == 200
    v1_sandbox.break_with()
    assert not result.failed
    assert lines
    assert len([line for line in lines if "[rsc-session] Content GUID" in line]) <= 2  # restore and render
    assert marks.read_text() == "x"


_NUMBERS = itertools.count(1)


def test_the_end_of_a_task_is_a_record(v1_sandbox: Noted, page_bundle: tuple[Path, str]) -> None:
    with open_client(server_of(v1_sandbox)) as client:
        content = client.create("recorded", "Recorded")
        task = client.deploy(content.guid, client.upload(content.guid, page_bundle[0], md5=page_bundle[1]))
        lines, result = drained(client.follow(task))
    assert lines == LOG
    assert result == TaskResult(task_id=task, code=0, error="", result=None)
