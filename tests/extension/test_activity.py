"""A running publish counts as activity, as a busy kernel does: idle cullers look at the time of the last one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rsconnect_jupyter.extension import app
from rsconnect_jupyter.extension.job_service import JobService


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "ACTIVITY_SECONDS", 0.01)


@pytest.mark.parametrize("running", [True, False], ids=["running", "idle"])
async def test_the_last_activity_moves_while_a_publish_runs(
    running: bool, jp_serverapp: Any, jp_fetch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def activity(_service: JobService) -> dict[str, Any] | None:
        asked.append(running)
        return {"publishing": ["a"]} if running else None

    async def last() -> str:
        return str(json.loads((await jp_fetch("api", "status")).body)["last_activity"])

    monkeypatch.setattr(JobService, "activity", activity)
    extension = jp_serverapp.extension_manager.extension_points["rsconnect_jupyter"].app
    await jp_serverapp.extension_manager.start_all_extensions()
    await extension.services()
    before, begun = await last(), len(asked)
    while len(asked) < begun + 3:
        after = await last()
    await extension.stop_extension()
    assert (after != before) == running
