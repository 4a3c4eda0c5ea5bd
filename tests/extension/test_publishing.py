"""Publishing through the REST API: jobs that start at once, are followed by long-poll and survive their page."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import requests
from serving import Sandbox
from traces import holders

SLOW = "import time\nfor n in range(600):\n    print('tick', n, flush=True)\n    time.sleep(0.2)"


async def test_a_path_is_all_that_a_first_publish_needs(
    api: Any, put_notebook: Any, known_sandbox: Any, finished: Any, sandbox: Sandbox
) -> None:
    name = await known_sandbox()
    put_notebook("sales.ipynb", "# Quarterly sales", "print(6 * 7)")
    started = await api("POST", "publish", {"path": "sales.ipynb"})
    assert started.status == 202
    assert started.body["state"] == "running"
    job = await finished(started.body)
    assert job["state"] == "done", job["error"]
    assert job["path"] == "sales.ipynb"
    assert job["server"] == name
    assert job["result"]["title"] == "Quarterly sales"
    assert job["result"]["created"]
    page = requests.get(job["result"]["url"], headers={"Authorization": f"Key {sandbox.key}"}, timeout=30)
    assert page.status_code == 200
    assert "42" in page.text


async def test_events_are_numbered_in_order_and_can_be_read_again(
    api: Any, put_notebook: Any, known_sandbox: Any, finished: Any
) -> None:
    await known_sandbox()
    put_notebook("a.ipynb", "# Title here", "print('server says hello')")
    job = await finished((await api("POST", "publish", {"path": "a.ipynb", "mode": "source"})).body)
    assert [each["seq"] for each in job["events"]] == list(range(len(job["events"])))
    steps = list(dict.fromkeys(each["step"] for each in job["events"]))
    assert steps[0] == "inspect"
    assert steps[-1] == "done"
    again = (await api("GET", f"publish/{job['id']}")).body
    assert again["events"] == job["events"]
    tail = (await api("GET", f"publish/{job['id']}", first=len(job["events"]) - 2, wait=30)).body
    assert tail["events"] == job["events"][-2:]
    assert any(each["status"] == "log" for each in job["events"])


async def test_a_second_publish_updates_the_first(
    api: Any, put_notebook: Any, known_sandbox: Any, finished: Any
) -> None:
    await known_sandbox()
    put_notebook("b.ipynb", "# Some title", "1")
    first = await finished((await api("POST", "publish", {"path": "b.ipynb", "mode": "html"})).body)
    assert first["state"] == "done", first["error"]
    second = await finished((await api("POST", "publish", {"path": "b.ipynb"})).body)
    assert second["result"]["guid"] == first["result"]["guid"]
    assert second["result"]["mode"] == "static"
    assert not second["result"]["created"]
    other = await finished((await api("POST", "publish", {"path": "b.ipynb", "new": True})).body)
    assert other["result"]["guid"] != first["result"]["guid"]
    history = (await api("POST", "inspect", {"path": "b.ipynb"})).body["publications"]
    assert {each["guid"] for each in history} == {first["result"]["guid"], other["result"]["guid"]}
    hits = (await api("GET", "servers/here/content", search="Some title", path="b.ipynb")).body["content"]
    marked = {each["guid"] for each in hits if each["published_here"]}
    assert marked == {first["result"]["guid"], other["result"]["guid"]}
    pasted = await api("GET", "servers/here/content", search=first["result"]["dashboard_url"])
    assert [each["guid"] for each in pasted.body["content"]] == [first["result"]["guid"]]


async def test_a_running_publish_is_named_not_doubled_and_can_be_cancelled(
    api: Any, put_notebook: Any, known_sandbox: Any, finished: Any
) -> None:
    await known_sandbox()
    put_notebook("slow.ipynb", "# Slow one", SLOW)
    job = (await api("POST", "publish", {"path": "slow.ipynb", "mode": "source"})).body
    refused = await api("POST", "publish", {"path": "slow.ipynb"})
    assert (refused.status, refused.body["code"]) == (409, "job-running")
    assert refused.body["data"]["id"] == job["id"]
    listed = (await api("GET", "publish", path="slow.ipynb")).body["jobs"]
    assert [each["id"] for each in listed] == [job["id"]]
    assert (await api("POST", "inspect", {"path": "slow.ipynb"})).body["running"] == job["id"]
    cancelled = await api("DELETE", f"publish/{job['id']}")
    assert cancelled.status == 200
    ended = await finished(job)
    assert ended["state"] == "cancelled"
    assert ended["error"]["code"] == "cancelled"
    assert (await api("DELETE", f"publish/{job['id']}")).body["state"] == "cancelled"
    inspected = (await api("POST", "inspect", {"path": "slow.ipynb"})).body
    assert (inspected["running"], inspected["last"]) == (None, job["id"])


async def test_a_failing_notebook_says_what_failed_and_the_next_try_works(
    api: Any, put_notebook: Any, known_sandbox: Any, finished: Any
) -> None:
    await known_sandbox()
    put_notebook("fails.ipynb", "# Failing one", "open('data/prices.csv')")
    job = await finished((await api("POST", "publish", {"path": "fails.ipynb", "mode": "source"})).body)
    assert job["state"] == "failed"
    assert job["error"]["message"]
    assert job["error"]["hint"]
    assert any("FileNotFoundError" in each["message"] for each in job["events"])
    assert job["events"][-1]["status"] == "failure"
    put_notebook("fails.ipynb", "# Failing one", "print('mended')")
    again = await finished((await api("POST", "publish", {"path": "fails.ipynb"})).body)
    assert again["state"] == "done", again["error"]


class TestWithTwoThreads:
    """More requests wait than the extension has threads; the test's own client sends ten at a time."""

    @pytest.fixture
    def extension_config(self) -> Any:
        return {"workers": 2}

    async def test_waiting_requests_hold_no_thread_and_answer_at_the_end(
        self, api: Any, put_notebook: Any, known_sandbox: Any
    ) -> None:
        await known_sandbox()
        put_notebook("long.ipynb", "# Long one", SLOW)
        job = (await api("POST", "publish", {"path": "long.ipynb", "mode": "source"})).body
        waiting = [asyncio.ensure_future(api("GET", f"publish/{job['id']}", first=10**6, wait=60)) for _ in range(8)]
        assert (await api("GET", "servers")).status == 200
        assert not any(each.done() for each in waiting)
        await api("DELETE", f"publish/{job['id']}")
        assert [(await each).body["finished"] for each in waiting] == [True] * 8


async def test_many_notebooks_at_once_keep_their_logs_apart(
    api: Any, put_notebook: Any, known_sandbox: Any, finished: Any, jp_fetch: Any, sandbox: Sandbox
) -> None:
    await known_sandbox()
    names = [f"notebook-{number:02}" for number in range(8)]
    for name in names:
        put_notebook(f"{name}.ipynb", f"# Report {name}", f"print('this is ' + '{name}')")
    modes = ["source", "html"] * 4  # a run on the server has a log, and takes seconds
    jobs = [
        (await api("POST", "publish", {"path": f"{name}.ipynb", "mode": mode})).body
        for name, mode in zip(names, modes, strict=True)
    ]
    for name, mode, started in zip(names, modes, jobs, strict=True):
        job = await finished(started)
        assert job["state"] == "done", job["error"]
        assert job["result"]["title"] == f"Report {name}"
        logged = [each["message"] for each in job["events"] if each["status"] == "log"]
        assert any(name in line for line in logged) or mode == "html"
        others = [each for each in names if each != name]
        assert not [line for line in job["events"] if any(other in line["message"] for other in others)]
        page = requests.get(job["result"]["url"], headers={"Authorization": f"Key {sandbox.key}"}, timeout=30)
        assert f"Report {name}" in page.text


async def test_nothing_a_publish_leaves_behind_holds_the_key(
    api: Any,
    put_notebook: Any,
    known_sandbox: Any,
    finished: Any,
    jp_root_dir: Path,
    jp_data_dir: Path,
    caplog: pytest.LogCaptureFixture,
    sandbox: Sandbox,
) -> None:
    await known_sandbox()
    put_notebook("secret.ipynb", "# Secret one", "1")
    env = {"DB_PASSWORD": "correct-horse-battery"}
    job = await finished((await api("POST", "publish", {"path": "secret.ipynb", "mode": "source", "env": env})).body)
    assert job["state"] == "done", job["error"]
    told = json.dumps(job) + caplog.text
    for secret in (sandbox.key, env["DB_PASSWORD"]):
        assert secret not in told
        holding = holders(secret, jp_root_dir, jp_data_dir)
        assert [each.name for each in holding] == (["keys.json"] if secret == sandbox.key else [])


async def test_unusual_requests_are_refused_by_name(api: Any, put_notebook: Any, known_sandbox: Any) -> None:
    put_notebook("c.ipynb", "# Title here", "1")
    nowhere = await api("POST", "publish", {"path": "c.ipynb"})
    assert (nowhere.status, nowhere.body["code"]) == (404, "unknown-server")
    await known_sandbox()
    refused: list[tuple[dict[str, Any], str]] = [
        ({"mode": "poster"}, "mode"), ({"update": {"guid": "no"}}, "update"), ({"update": "no"}, "update"),
        ({"hide_input": "some"}, "hide_input"), ({"files": "a.csv"}, "files"), ({"env": {"A=B": "x"}}, "env"),
        ({"env": {"A": 1}}, "env"), ({"draft": "yes"}, "draft"), ({"colour": "red"}, "colour"),
    ]  # fmt: skip
    for body, field in refused:
        answer = await api("POST", "publish", {"path": "c.ipynb", **body})
        assert (answer.status, answer.body.get("where")) == (400, {"field": field}), body
    assert (await api("POST", "publish", {"path": "c.ipynb", "server": "elsewhere"})).status == 404
    assert (await api("GET", "publish/0123456789abcdef")).status == 404
    assert (await api("DELETE", "publish/nonsense")).status == 404
    assert (await api("GET", "publish")).body == {"jobs": []}


@pytest.mark.parametrize(
    ("route", "query", "field"),
    [
        ("publish/0123456789abcdef", {"first": "-1"}, "first"),
        ("publish/0123456789abcdef", {"first": "1.5"}, "first"),
        ("publish/0123456789abcdef", {"wait": "soon"}, "wait"),
        ("publish/0123456789abcdef", {"wait": "nan"}, "wait"),
        ("publish/0123456789abcdef", {"wait": "-1"}, "wait"),
        ("publish", {"path": "a\0b"}, "path"),
        ("publish", {"path": "a" * 5000}, "path"),
        ("servers/sandbox/content", {"search": "a" * 5000}, "search"),
        ("sandbox", {}, "url"),
    ],
)
async def test_queries_are_held_to_the_contract(api: Any, route: str, query: dict[str, str], field: str) -> None:
    answer = await api("GET", route, **query)
    assert (answer.status // 100, answer.body.get("where")) == (4, {"field": field})
