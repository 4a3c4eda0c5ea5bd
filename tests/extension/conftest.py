"""A Jupyter server with the extension in it, and a client that holds every answer against openapi.yaml."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from authoring import write_notebook
from contract import check_answer
from nightly_content import failed_report  # noqa: F401
from pytest_jupyter.jupyter_server import *  # noqa: F403
from serving import Sandbox

PREFIX = "rsconnect-jupyter"


@dataclass(frozen=True)
class Answer:
    """What a route answered: status, JSON (None for an empty body) and headers."""

    status: int
    body: Any
    headers: Mapping[str, str]


Api = Callable[..., Awaitable[Answer]]


@pytest.fixture
def extension_config() -> dict[str, Any]:
    """What an administrator configured; tests override it."""
    return {}


@pytest.fixture  # type: ignore[no-redef] # replaces the one of pytest-jupyter
def jp_server_config(extension_config: dict[str, Any]) -> Any:
    return {
        "ServerApp": {"jpserver_extensions": {"rsconnect_jupyter": True}},
        "PublishExtension": extension_config,
    }


@pytest.fixture
def api(jp_serverapp: Any, http_server_client: Any, jp_auth_header: Any, jp_base_url: Any) -> Api:
    """Ask a route as a signed-in user: ``await api("POST", "inspect", {"path": "a.ipynb"})``.

    A mapping as third argument is sent as JSON, named arguments are the query. Every answer must be as
    openapi.yaml says.
    """

    async def ask(verb: str, route: str, body: Any = None, *, raw: bytes | None = None, **query: Any) -> Answer:
        url = f"{jp_base_url}{PREFIX}/{route}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        content = raw if raw is not None else None if body is None else json.dumps(body).encode()
        answer = await http_server_client.fetch(
            url,
            method=verb,
            headers=dict(jp_auth_header),
            body=content if content is not None or verb in ("GET", "DELETE") else b"",
            allow_nonstandard_methods=True,
            raise_error=False,
            request_timeout=120,
        )
        text = answer.body.decode()
        value = json.loads(text) if text else None
        check_answer(verb, route, answer.code, value)
        return Answer(answer.code, value, answer.headers)

    return ask


@pytest.fixture
def put_notebook(jp_root_dir: Path) -> Callable[..., Path]:
    """Write a notebook below Jupyter's root: ``put_notebook("a.ipynb", "# Title", "print(1)")``."""
    return lambda name, *cells, **metadata: write_notebook(jp_root_dir / name, *cells, **metadata)


@pytest.fixture
def known_sandbox(api: Api, sandbox: Sandbox) -> Callable[[], Awaitable[str]]:
    """Add the sandbox as a server and return its name."""

    async def add(name: str = "here") -> str:
        added = await api("POST", "servers", {"address": sandbox.url, "api_key": sandbox.key, "name": name})
        assert added.status == 201, added
        return name

    return add


@pytest.fixture
def finished(api: Api) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Follow a job by long-poll to its end and return it with all its events."""

    async def follow(job: Mapping[str, Any]) -> dict[str, Any]:
        events: list[Any] = []
        while True:
            read = (await api("GET", f"publish/{quote(job['id'])}", first=len(events), wait=30)).body
            events += read["events"]
            assert read["last"] == len(events)
            if read["finished"]:
                return {**read, "events": events}

    return follow
