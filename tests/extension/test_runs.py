"""Runs through the REST API: listed, explained, started, stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nightly_content import CELLS, FAILING


async def test_runs_are_listed_and_a_failed_one_names_its_cell(
    api: Any, put_notebook: Callable[..., Path], known_sandbox: Any, failed_report: str
) -> None:
    await known_sandbox()
    put_notebook("nightly.ipynb", *CELLS)
    place = f"servers/here/content/{failed_report}"

    listed = (await api("GET", f"{place}/runs")).body
    assert listed["can_run"] is True
    newest = next(each for each in listed["runs"] if each["kind"] == "render")
    assert newest["outcome"] == "failed"

    report = (await api("GET", f"{place}/runs/{newest['key']}", path="nightly.ipynb")).body
    assert report["failure"]["where"]["cell"] == FAILING
    assert any("the night is dark" in line for line in report["lines"])
    assert (await api("GET", f"{place}/scheduled-failure")).body == {}, "nobody scheduled it"

    assert (await api("DELETE", f"{place}/runs/{newest['key']}")).status == 204, "it has ended"
    assert (await api("GET", f"{place}/runs/nosuchkey", path="nightly.ipynb")).body["code"] == "not-found"
    assert (await api("GET", f"{place}/runs/{newest['key']}")).status in (400, 422), "which notebook?"


async def test_content_that_is_not_rendered_is_not_run(
    api: Any, put_notebook: Callable[..., Path], known_sandbox: Any, finished: Any
) -> None:
    await known_sandbox()
    put_notebook("page.ipynb", "# A page", "1")
    job = await finished((await api("POST", "publish", {"path": "page.ipynb", "mode": "html"})).body)
    assert job["state"] == "done", job["error"]
    place = f"servers/here/content/{job['result']['guid']}/runs"
    assert (await api("GET", place)).body["can_run"] is False
    assert (await api("POST", place)).status == 424
