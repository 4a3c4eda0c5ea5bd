"""OAuth integrations through the REST API: listed, chosen with a publish and at once, and told to operators."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox.publishing import Api
from serving import Sandbox

EVENT = "https://events.rsconnect-jupyter.org/integrations/v1"


@pytest.fixture
def warehouse(sandbox: Sandbox) -> Iterator[str]:
    """The GUID of an integration that is there during the test."""
    admin = Api(sandbox.url, sandbox.key)
    config = {"auth_type": "Service Account", "client_secret": "hidden-value"}
    body = {"name": "Warehouse", "description": "Sales", "template": "snowflake", "config": config}
    guid = str(admin.json("POST", "v1/oauth/integrations", body)["guid"])
    yield guid
    admin.json("DELETE", f"v1/oauth/integrations/{guid}", status=204)


async def test_integrations_are_listed_chosen_and_told(
    api: Any, put_notebook: Callable[..., Path], known_sandbox: Any, finished: Any, warehouse: str, jp_serverapp: Any
) -> None:
    await known_sandbox()
    events = list[dict[str, Any]]()

    async def listen(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        events.append(data)

    entry = {
        "guid": warehouse, "name": "Warehouse", "description": "Sales", "template": "snowflake",
        "auth_type": "Service Account", "used": False,
    }  # fmt: skip
    listed = (await api("GET", "servers/here/integrations")).body
    assert listed == {"guid": "", "integrations": [entry], "may_change": True, "reason": ""}
    jp_serverapp.event_logger.add_listener(schema_id=EVENT, listener=listen)

    put_notebook("i.ipynb", "# Integrations", "print(1)")
    asked = {"path": "i.ipynb", "mode": "html", "integrations": ["Warehouse"]}
    job = await finished((await api("POST", "publish", asked)).body)
    place = f"servers/here/content/{job['result']['guid']}/integrations"
    chosen = (await api("GET", place)).body
    assert chosen == {**listed, "guid": job["result"]["guid"], "integrations": [{**entry, "used": True}]}

    assert (await api("PATCH", place, {"integrations": [f"!{warehouse}"]})).body["integrations"] == [entry]
    unknown = await api("PATCH", place, {"integrations": ["Lake"]})
    assert (unknown.status, unknown.body["code"]) == (400, "unknown-integration")
    assert (await api("PATCH", place, {})).status == 400

    while len(events) < 2:  # pytest's time limit ends it
        await asyncio.sleep(0.01)
    named = [f"Warehouse ({warehouse})"]
    assert [(each.get("notebook"), each.get("added"), each.get("removed")) for each in events] == [
        ("i.ipynb", named, None),
        (None, None, named),
    ]
    assert "hidden-value" not in str([listed, chosen, job, events])


async def test_a_server_without_integrations_says_so(api: Any, known_sandbox: Any) -> None:
    await known_sandbox()
    found = (await api("GET", "servers/here/integrations")).body
    assert found == {"guid": "", "integrations": [], "may_change": False, "reason": "The server has no integrations."}
