"""How many requests reach the server from the panel's opening to the moment in which Publish can be clicked."""

from __future__ import annotations

from typing import Any

import pytest
from request_log import requests_sent

from rsconnect_jupyter.extension import server_replies
from rsconnect_jupyter.publishing.server_answers import AnswerCache


async def opened(api: Any) -> Any:
    """Ask what the panel asks until Publish is enabled, in its order; return the inspection."""
    assert (await api("GET", "version")).status == 200
    assert (await api("GET", "servers")).status == 200
    assert (await api("POST", "changes", {"path": "a.ipynb", "ask": False})).status == 200
    return (await api("POST", "inspect", {"path": "a.ipynb", "server_versions": False})).body


@pytest.mark.parametrize("is_published", [False, True], ids=["new content", "published before"])
async def test_publish_waits_for_three_requests_at_most(
    api: Any, put_notebook: Any, known_sandbox: Any, finished: Any, monkeypatch: pytest.MonkeyPatch, is_published: bool
) -> None:
    await known_sandbox()
    put_notebook("a.ipynb", "# Some title", "1")
    if is_published:
        job = (await api("POST", "publish", {"path": "a.ipynb", "mode": "html"})).body
        assert (await finished(job))["state"] == "done"
    monkeypatch.setattr(server_replies, "CACHE", AnswerCache())
    with requests_sent() as sent:
        inspection = await opened(api)
        assert sent == ["GET server_settings", "GET user", *["GET content"] * is_published]
        assert inspection["server_versions_pending"]
        complete = (await api("POST", "inspect", {"path": "a.ipynb", "server_versions": True})).body
    assert sorted(sent[-2:]) == ["GET server_settings/python", "GET server_settings/quarto"]
    assert not complete["server_versions_pending"]
    again = (await api("POST", "inspect", {"path": "a.ipynb", "server_versions": False})).body
    assert again["findings"] == complete["findings"]
    assert [each for each in again["modes"] if each.get("reason") == "The server has no Quarto."]
