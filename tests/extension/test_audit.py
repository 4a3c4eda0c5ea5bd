"""Events for operators about publishes, servers and sign-ins, through Jupyter's event system, without secrets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox.signing_in import Browser
from serving import Sandbox, running_sandbox

from rsconnect_jupyter.servers.store import ServerStore

PREFIX = "https://events.rsconnect-jupyter.org/"


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Sandbox]:
    """A server whose device codes may be asked for each second."""
    with running_sandbox(tmp_path / "server", "--device-interval=1") as running:
        yield running


async def _heard(api: Any, jupyter: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return a list that gets the events of this extension, as listeners of Jupyter's event system get them."""
    assert (await api("GET", "servers")).status == 200  # the schemas are there once the extension was used
    events: list[tuple[str, dict[str, Any]]] = []

    async def listen(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        events.append((schema_id.removeprefix(PREFIX), data))

    for name in ("publish", "restore", "server", "sign-in"):
        jupyter.event_logger.add_listener(schema_id=f"{PREFIX}{name}/v1", listener=listen)
    return events


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # pytest's time limit ends it
        await asyncio.sleep(0.01)


async def test_a_publish_emits_its_start_and_its_end(
    api: Any, jp_serverapp: Any, put_notebook: Any, known_sandbox: Any, finished: Any, sandbox: Sandbox
) -> None:
    heard = await _heard(api, jp_serverapp)
    name = await known_sandbox()
    put_notebook("a.ipynb", "# Title here", "1")
    job = await finished((await api("POST", "publish", {"path": "a.ipynb", "mode": "html"})).body)
    await _until(lambda: len(heard) >= 3)
    about = {"notebook": "a.ipynb", "server": name, "server_url": sandbox.url}
    made = {"content_guid": job["result"]["guid"], "bundle_id": job["result"]["bundle_id"], "mode": "static"}
    assert heard == [
        ("server/v1", {"action": "added", "server": name}),
        ("publish/v1", {"action": "started", **about}),
        ("publish/v1", {"action": "succeeded", **about, **made}),
    ]
    assert sandbox.key not in json.dumps(heard)


async def test_a_failed_publish_emits_the_code_of_its_error(
    api: Any, jp_serverapp: Any, put_notebook: Any, known_sandbox: Any, finished: Any
) -> None:
    heard = await _heard(api, jp_serverapp)
    await known_sandbox()
    put_notebook("broken.ipynb", "# Title here", "1 / 0")
    await finished((await api("POST", "publish", {"path": "broken.ipynb", "mode": "source"})).body)
    await _until(lambda: len(heard) >= 3)
    schema, data = heard[-1]
    assert (schema, data["action"], data["code"]) == ("publish/v1", "failed", "task-failed")


async def test_a_restore_emits_its_start_and_its_end(
    api: Any, jp_serverapp: Any, put_notebook: Any, known_sandbox: Any, finished: Any, sandbox: Sandbox
) -> None:
    name = await known_sandbox()
    for text in ("1", "2"):
        put_notebook("a.ipynb", "# Title here", text)
        job = await finished((await api("POST", "publish", {"path": "a.ipynb", "mode": "html"})).body)
    heard = await _heard(api, jp_serverapp)
    guid, active = job["result"]["guid"], job["result"]["bundle_id"]
    versions = (await api("GET", f"servers/{name}/content/{guid}/versions")).body["versions"]
    asked = {"path": "a.ipynb", "server": name, "guid": guid, "version": versions[-1]["id"]}
    for seen in ("1", active):
        await finished((await api("POST", "restore", {**asked, "seen": seen})).body)
    await _until(lambda: len(heard) >= 4)

    about = {"notebook": "a.ipynb", "server": name, "server_url": sandbox.url, "bundle_id": asked["version"]}
    assert heard == [
        ("restore/v1", {"action": "started", **about}),
        ("restore/v1", {"action": "failed", "code": "published-by-others", **about}),
        ("restore/v1", {"action": "started", **about}),
        ("restore/v1", {"action": "succeeded", **about, "content_guid": guid, "mode": "static"}),
    ]
    assert sandbox.key not in json.dumps(heard)


async def test_changing_and_removing_a_server_are_events(api: Any, jp_serverapp: Any, known_sandbox: Any) -> None:
    heard = await _heard(api, jp_serverapp)
    name = await known_sandbox()
    assert (await api("PATCH", f"servers/{name}", {"name": "other"})).status == 200
    assert (await api("DELETE", "servers/other")).status == 204
    await _until(lambda: len(heard) >= 3)
    assert [(data["action"], data["server"]) for _, data in heard] == [
        ("added", name),
        ("changed", "other"),
        ("removed", "other"),
    ]


async def test_signing_in_and_out_are_events_without_a_token(api: Any, jp_serverapp: Any, own_server: Sandbox) -> None:
    heard = await _heard(api, jp_serverapp)
    for decision in ("deny", "allow"):
        begun = (await api("POST", "sign-in", {"address": own_server.url, "name": "acme"})).body
        Browser(own_server.url, own_server.key).answer(begun["page"], decision=decision)
        await api("GET", f"sign-in/{begun['id']}", wait=30)
    waiting = (await api("POST", "sign-in", {"server": "acme"})).body
    await api("DELETE", f"sign-in/{waiting['id']}")
    secrets = [each.reveal() for each in ServerStore().get("acme").credential.secrets]  # type: ignore[union-attr]
    await api("POST", "servers/acme/sign-out", {})
    await _until(lambda: len(heard) >= 8)

    about = {"server": "acme", "server_url": own_server.url}
    by_code = {**about, "method": "device"}
    assert heard == [
        ("sign-in/v1", {"action": "started", **by_code}),
        ("sign-in/v1", {"action": "failed", "code": "sign-in-denied", **by_code}),
        ("sign-in/v1", {"action": "started", **by_code}),
        ("server/v1", {"action": "added", "server": "acme"}),
        ("sign-in/v1", {"action": "succeeded", **by_code}),
        ("sign-in/v1", {"action": "started", **by_code}),
        ("sign-in/v1", {"action": "cancelled", **by_code}),
        ("sign-in/v1", {"action": "signed-out", **about}),
    ]
    said = json.dumps(heard)
    assert [each for each in (*secrets, waiting["user_code"]) if each in said] == []
