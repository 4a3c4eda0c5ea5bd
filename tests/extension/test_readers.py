"""Readers through the REST API: read, changed at once and with a publish, people, tags and addresses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from serving import Sandbox

from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.models import Secret, Server

EVENT = "https://events.rsconnect-jupyter.org/access/v1"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


@pytest.fixture
def published(api: Any, put_notebook: Callable[..., Path], known_sandbox: Any, finished: Any) -> Any:
    """Publish a notebook with options and return the content's GUID."""

    async def publish(**options: Any) -> str:
        await known_sandbox()
        put_notebook("r.ipynb", "# Readers", "print(1)")
        job = await finished((await api("POST", "publish", {"path": "r.ipynb", "mode": "html", **options})).body)
        assert job["state"] == "done", job["error"]
        guid: str = job["result"]["guid"]
        return guid

    return publish


async def test_readers_are_read_and_changed_at_once(
    api: Any, published: Any, jp_root_dir: Path, jp_serverapp: Any
) -> None:
    guid = await published(access="acl", share_with=["publisher"], description="Monthly.")
    place, events = f"servers/here/content/{guid}/readers", list[dict[str, Any]]()

    async def listen(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        events.append(data)

    jp_serverapp.event_logger.add_listener(schema_id=EVENT, listener=listen)
    before = (await api("GET", place)).body
    publisher = {"kind": "user", "name": "publisher", "role": "viewer", "full_name": before["readers"][0]["full_name"]}
    assert before == {
        "guid": guid, "access": "acl", "readers": [publisher], "description": "Monthly.", "tags": [], "vanity": "",
        "thumbnail": False, "may_change": True, "may_set_vanity": True,
    }  # fmt: skip
    (jp_root_dir / "cover.png").write_bytes(PNG)
    wanted = {
        "access": "logged_in", "collaborators": ["publisher"], "share_with": ["viewer"], "description": "",
        "vanity": f"rest/{guid}", "thumbnail": "cover.png", "path": "r.ipynb",
    }  # fmt: skip
    changed = (await api("PATCH", place, wanted)).body
    assert changed["findings"] == []
    assert changed["readers"] == (await api("GET", place)).body
    assert (changed["readers"]["access"], changed["readers"]["vanity"]) == ("logged_in", f"/rest/{guid}/")
    assert (changed["readers"]["thumbnail"], changed["readers"]["description"]) == (True, "")
    assert {each["name"]: each["role"] for each in changed["readers"]["readers"]} == {
        "publisher": "owner",
        "viewer": "viewer",
    }
    while not events:  # pytest's time limit ends it
        await asyncio.sleep(0.01)
    assert events[0]["access"] == "logged_in"
    assert events[0]["shared"] == ["user:viewer (viewer)", "user:publisher (collaborator)"]


async def test_a_publish_that_changes_who_may_read_is_an_event(
    api: Any, published: Any, finished: Any, jp_serverapp: Any
) -> None:
    guid = await published(access="all")
    events: list[dict[str, Any]] = []

    async def listen(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        events.append(data)

    jp_serverapp.event_logger.add_listener(schema_id=EVENT, listener=listen)
    await published(access="acl", share_with=["viewer"])
    while not events:  # pytest's time limit ends it
        await asyncio.sleep(0.01)
    (told,) = events
    assert (told["content_guid"], told["notebook"], told["access"]) == (guid, "r.ipynb", "acl")
    assert told["shared"] == ["user:viewer (viewer)"]


GIF = "R0lGODlhAQABAAAAADs="


async def test_what_cannot_be_is_said_and_a_figure_can_be_the_thumbnail(
    api: Any, published: Any, jp_root_dir: Path
) -> None:
    guid = await published(access="acl")
    place = f"servers/here/content/{guid}/readers"
    refused = await api("PATCH", place, {"access": "all", "share_with": ["nobody-at-all"]})
    assert (refused.status, refused.body["code"], refused.body["where"]) == (
        400,
        "unknown-reader",
        {"field": "share_with"},
    )
    no_notebook = await api("PATCH", place, {"thumbnail": "first-figure"})
    assert no_notebook.body["code"] == "bad-thumbnail"
    assert (await api("GET", "figures", path="r.ipynb")).body == {"figures": []}
    document = json.loads((jp_root_dir / "r.ipynb").read_text())
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/gif": GIF}}
    code = next(each for each in document["cells"] if each["cell_type"] == "code")
    code.update(outputs=[picture, picture], execution_count=1)
    (jp_root_dir / "r.ipynb").write_text(json.dumps(document))
    figures = [{"number": number, "media_type": "image/gif", "data": GIF} for number in (1, 2)]
    assert (await api("GET", "figures", path="r.ipynb")).body == {"figures": figures}
    assert (await api("PATCH", place, {"thumbnail": "figure-2", "path": "r.ipynb"})).body["readers"]["thumbnail"]
    assert (await api("GET", place)).body["access"] == "acl"


async def test_people_tags_and_addresses_can_be_asked_for(api: Any, published: Any, sandbox: Sandbox) -> None:
    guid = await published()
    found = (await api("GET", "servers/here/people", search="pub")).body
    assert [each["name"] for each in found["people"]] == ["publisher"]
    assert found["more"] is False
    everyone = (await api("GET", "servers/here/people")).body
    assert len(everyone["people"]) >= 3
    assert isinstance((await api("GET", "servers/here/tags")).body["tags"], list)
    free = (await api("GET", "servers/here/vanity", path=f" free-{guid} ", guid=guid)).body
    assert free == {"path": f"/free-{guid}/", "problem": "", "free": True}
    await api("PATCH", f"servers/here/content/{guid}/readers", {"vanity": f"mine-{guid}"})
    mine = (await api("GET", "servers/here/vanity", path=f"mine-{guid}", guid=guid)).body
    taken = (await api("GET", "servers/here/vanity", path=f"mine-{guid}/below")).body
    assert (mine["free"], taken["free"]) == (True, False)
    assert taken["problem"] == f"The address /mine-{guid}/ belongs to other content."
    malformed = (await api("GET", "servers/here/vanity", path="a b")).body
    assert (malformed["path"], malformed["free"], bool(malformed["problem"])) == ("", None, True)


async def test_a_publisher_is_told_what_was_refused(
    api: Any, put_notebook: Callable[..., Path], finished: Any, sandbox: Sandbox
) -> None:
    key = json.loads((sandbox.data / "keys.json").read_text())["publisher"]
    added = await api("POST", "servers", {"address": sandbox.url, "api_key": key, "name": "theirs"})
    assert added.status == 201
    with open_client(Server(name="s", url=sandbox.url, api_key=Secret(key))) as client:
        guid = client.create(f"theirs-{abs(hash(str(sandbox.data))) % 10**6}", "Theirs").guid
    place = f"servers/theirs/content/{guid}/readers"
    assert (await api("GET", place)).body["may_set_vanity"] is None
    unknown = (await api("GET", "servers/theirs/vanity", path="theirs")).body
    assert unknown == {"path": "/theirs/", "problem": "", "free": None}
    changed = (await api("PATCH", place, {"vanity": "theirs", "description": "Kept."})).body
    assert [each["code"] for each in changed["findings"]] == ["setting-refused"]
    assert (changed["readers"]["description"], changed["readers"]["vanity"]) == ("Kept.", "")
