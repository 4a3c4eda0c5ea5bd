"""Environment variables through the REST API; their values go to the server and are nowhere else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TYPED, OF_FILE, OWN = "typed-value-7f3a", "value-of-the-file-91bc", "value-set-at-once-c07d"


def files_with(secrets: tuple[str, ...], folders: list[Path]) -> list[str]:
    """Return the files below some folders that hold one of the secrets."""
    files = [each for folder in folders for each in folder.rglob("*") if each.is_file()]
    return [each.name for each in files if any(text.encode() in each.read_bytes() for text in secrets)]


async def test_values_are_in_no_answer_log_event_job_or_history(
    api: Any,
    put_notebook: Callable[..., Path],
    known_sandbox: Any,
    finished: Any,
    jp_root_dir: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    await known_sandbox()
    put_notebook(
        "v.ipynb", "# Variables", "from os import environ", "environ['TOKEN'], environ['OF_FILE'], environ.get('R', 1)"
    )
    (jp_root_dir / ".env").write_text(f"OF_FILE={OF_FILE}\n")
    asked = {"path": "v.ipynb", "mode": "source", "env_file": ".env"}
    inspected = (await api("POST", "inspect", {**asked, "env": {"TOKEN": None}})).body
    assert {each["name"]: each["optional"] for each in inspected["variables"]} == {
        "TOKEN": False,
        "OF_FILE": False,
        "R": True,
    }
    assert not [each for each in inspected["findings"] if each["code"] == "variable-not-set"]
    assert ".env" not in {each["path"] for each in inspected["files"] if each["included"]}

    job = await finished((await api("POST", "publish", {**asked, "mode": "html", "env": {"TOKEN": TYPED}})).body)
    guid = job["result"]["guid"]
    place = f"servers/here/content/{guid}/variables"
    listed = (await api("GET", place)).body
    assert listed == {"names": ["OF_FILE", "TOKEN"]}
    changed = (await api("PATCH", place, {"env": {"OWN": OWN, "TOKEN": None}})).body
    assert changed == {"names": ["OF_FILE", "OWN"]}
    refused = await api("PATCH", place, {"env": {"OWN": OWN, "A=B": OWN}})
    unreadable = await api("PATCH", place, {"env": {"OWN": [OWN]}})
    assert min(refused.status, unreadable.status) >= 400
    nowhere = await api("PATCH", place.replace(guid, "0" * 8 + guid[8:]), {"env": {"OWN": OWN}})
    assert nowhere.status == 424

    secrets = (TYPED, OF_FILE, OWN)
    said = json.dumps([inspected, job, listed, changed, refused.body, unreadable.body, nowhere.body]) + caplog.text
    assert [each for each in secrets if each in said] == []
    kept = [Path(os.environ[each]) for each in ("HOME", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")]
    assert set(files_with(secrets, [*kept, jp_root_dir])) <= {".env"}


async def test_a_file_outside_of_the_project_is_not_read(
    api: Any, put_notebook: Callable[..., Path], jp_root_dir: Path, known_sandbox: Any
) -> None:
    await known_sandbox()
    put_notebook("v.ipynb", "1")
    (jp_root_dir.parent / "other.env").write_text("KEY=value\n")
    for route in ("inspect", "publish"):
        refused = await api("POST", route, {"path": "v.ipynb", "env_file": "../other.env"})
        assert (refused.status, refused.body["code"]) == (400, "bad-variable")
