"""Content that runs when a test moves the sandbox's clock, and fails from the second run on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from authoring import write_notebook
from sandbox.publishing import Api, bundle
from serving import Sandbox

CELLS = ("# Nightly report", "import os", "rows = 3", "assert 'NIGHT' not in os.environ, 'the night is dark'", "rows")
FAILING = 3
"""Index of the cell that fails at night."""

DAY = 24 * 3600
WEEK = 7 * DAY


def nightly_notebook(path: Path) -> Path:
    """Write the notebook."""
    return write_notebook(path, *CELLS)


def published_report(sandbox: Sandbox, folder: Path, title: str) -> str:
    """Publish the notebook as source and return the content's GUID."""
    file = nightly_notebook(folder / "nightly.ipynb")
    api = Api(sandbox.url, sandbox.key)
    content, _task = api.publish(bundle("jupyter-static", {"nightly.ipynb": file.read_bytes()}), title=title)
    return str(content["guid"])


def schedule_daily(sandbox: Sandbox, guid: str, **changes: Any) -> None:
    """Have the server run a content each day."""
    api = Api(sandbox.url, sandbox.key)
    [variant] = api.json("GET", f"applications/{guid}/variants")
    fields = {"type": "day", "schedule": '{"N":1}', "start_time": "2026-01-01T06:00:00Z", "timezone": "Europe/Paris"}
    ids = {"app_id": variant["app_id"], "variant_id": variant["id"]}
    api.json("POST", "schedules", {**fields, "activate": True, "email": False, **ids, **changes})


def fail_from_now_on(sandbox: Sandbox, guid: str, *, fails: bool = True) -> None:
    """Make the notebook's last but one cell fail, or not any more."""
    change = [{"name": "NIGHT", "value": "1" if fails else None}]
    Api(sandbox.url, sandbox.key).json("PATCH", f"v1/content/{guid}/environment", change)


def let_pass(sandbox: Sandbox, seconds: int) -> list[str]:
    """Let time pass and return the tasks of what became due."""
    headers = {"Authorization": f"Key {sandbox.key}", "Content-Type": "application/json"}
    url = f"{sandbox.url}/__sandbox__/clock"
    moved = requests.post(url, data=json.dumps({"seconds": seconds}), headers=headers, timeout=60)
    return list(moved.json()["tasks"])


def run_scheduled(sandbox: Sandbox) -> None:
    """Let a week pass and wait for what became due."""
    api = Api(sandbox.url, sandbox.key)
    for task in let_pass(sandbox, WEEK):
        api.follow(task)


@pytest.fixture(scope="session")
def failed_report(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The GUID of a report whose last run failed; tests leave it as it was."""
    guid = published_report(sandbox, tmp_path_factory.mktemp("nightly"), "Failed report")
    fail_from_now_on(sandbox, guid)
    api = Api(sandbox.url, sandbox.key)
    api.follow(api.json("POST", f"v1/content/{guid}/render", {}, status=202)["task_id"])
    return guid
