"""Many people publish at once: all succeed, and the API stays quick."""

from __future__ import annotations

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sandbox.publishing import Api, bundle, notebook, site
from serving import running_sandbox

CLIENTS = 50
NOTEBOOKS = 3
QUICK = 1.0
"""Seconds, far more than the usual 0.02: a server that answers only when it has nothing else to do takes longer."""


@pytest.mark.slow
def test_fifty_clients_publish_at_once_and_the_api_answers_quickly(tmp_path: Path) -> None:
    with running_sandbox(tmp_path / "data") as running:
        finished = threading.Event()
        watcher = ThreadPoolExecutor(1)
        times = watcher.submit(measure, Api(running.url, running.key), finished)

        def publish(number: int) -> tuple[str, str]:
            api = Api(running.url, running.key)
            source = notebook(f"print('client', {number})")
            archive = bundle("jupyter-static", {"a.ipynb": source}) if number < NOTEBOOKS else site(f"client {number}")
            content, task = api.publish(archive, name=f"client-{number}", title=f"Client {number}")
            assert task["code"] == 0, task
            return content["guid"], api.page(content["content_url"]).text

        with ThreadPoolExecutor(CLIENTS) as clients:
            pages = list(clients.map(publish, range(CLIENTS)))
        finished.set()
        assert len({guid for guid, _ in pages}) == CLIENTS
        assert all(f"client {number}" in page for number, (_, page) in enumerate(pages))
        assert statistics.median(times.result()) < QUICK
        assert "Traceback" not in "".join(running.output)


def measure(api: Api, finished: threading.Event) -> list[float]:
    """Return how long ``v1/user`` took, again and again, while others publish."""
    times = []
    while not finished.is_set():
        start = time.perf_counter()
        api.json("GET", "v1/user")
        times.append(time.perf_counter() - start)
        finished.wait(0.02)
    return times


def test_one_bundle_deployed_by_many_at_once_ends_with_one_active(admin: Api) -> None:
    guid = admin.create()["guid"]
    bundles = [admin.upload(guid, site(str(number))) for number in range(6)]
    tasks = [admin.deploy(guid, each) for each in bundles]
    assert [admin.follow(task)["code"] for task in tasks] == [0] * 6
    active = [each["id"] for each in admin.json("GET", f"v1/content/{guid}/bundles") if each["active"]]
    assert len(active) == 1
    assert admin.json("GET", f"v1/content/{guid}")["bundle_id"] == active[0]


def test_names_are_given_once_even_at_the_same_moment(admin: Api) -> None:
    def create(_: int) -> int:
        return admin.call("POST", "v1/content", json={"name": "same-moment"}).status_code

    with ThreadPoolExecutor(8) as clients:
        assert sorted(clients.map(create, range(8))) == [200] + [409] * 7
