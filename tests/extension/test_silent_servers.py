"""Servers that take a request and never answer keep nobody waiting but those who asked them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def test_they_stop_neither_inspections_nor_other_servers(
    api: Any, put_notebook: Any, known_sandbox: Any, finished: Any, silent: str
) -> None:
    name = await known_sandbox()
    put_notebook("a.ipynb", "# Some title", "1")
    waiting = [
        asyncio.ensure_future(api("POST", "address", {"address": silent})) for _ in range(9)
    ]  # the client has ten
    await asyncio.sleep(0)
    try:
        assert (await api("GET", "servers")).status == 200
        assert (await api("POST", "inspect", {"path": "a.ipynb", "server": name})).status == 200
        assert (await api("GET", f"servers/{name}/content", search="some")).status == 200
        job = await finished((await api("POST", "publish", {"path": "a.ipynb", "server": name, "mode": "html"})).body)
        assert job["state"] == "done", job["error"]
        assert not any(each.done() for each in waiting)
    finally:
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
