"""The widget's choice of a server: what is listed, what is asked for, what a click keeps."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from connect.wire import USER, Script, reply, scripted

from rsconnect_jupyter.models import Secret
from rsconnect_jupyter.servers.store import ServerStore
from rsconnect_jupyter.widget.server_box import ADD, ServerBox


@pytest.fixture
def script() -> Any:
    with scripted() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ServerStore:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return ServerStore(folder=tmp_path / "store")


def list_in_rsconnect_python(tmp_path: Path, **entry: object) -> None:
    folder = tmp_path / "config" / "rsconnect-python"
    folder.mkdir(parents=True)
    (folder / "servers.json").write_text(json.dumps({"theirs": entry}))


def enter(box: ServerBox, key: str, address: str = "") -> None:
    """Type an address and a key, press the button and wait for the end."""
    box._address.value = address
    box._key.value = key
    box._add.click()
    for each in threading.enumerate():
        if each.name == "publish-add-server":
            each.join(30)


def test_a_server_that_was_added_is_chosen_and_added_again_it_is_updated(store: ServerStore, script: Script) -> None:
    box = ServerBox(store, on_change=lambda: None)
    enter(box, "first", script.url)
    assert box.server().api_key == Secret("first")
    box._choice.value = ADD
    enter(box, "second", f"{script.url}/connect/")
    assert [each.name for each in store.servers()] == [box.name]
    assert box.server().api_key == Secret("second")


def test_who_may_not_publish_is_told_why_and_nothing_is_kept(store: ServerStore, script: Script) -> None:
    script.on("GET", "v1/user", reply({**USER, "user_role": "viewer"}))
    box = ServerBox(store, on_change=lambda: None)
    enter(box, "key", script.url)
    assert "viewer" in box._status.value
    assert store.servers() == ()


def test_a_server_that_needs_a_key_says_why_and_takes_one(store: ServerStore, script: Script, tmp_path: Path) -> None:
    list_in_rsconnect_python(tmp_path, url=script.url, oauth_client_id="c")
    box = ServerBox(store, on_change=lambda: None)
    box._choice.value = "theirs"
    assert "browser" in box._status.value
    assert box._entry.layout.display is None
    enter(box, "mine")
    assert (box.name, box.server().api_key) == ("theirs", Secret("mine"))


def test_a_server_that_cannot_be_used_says_why(store: ServerStore, tmp_path: Path) -> None:
    list_in_rsconnect_python(tmp_path, url="https://x.example.com", snowflake_connection_name="c")
    box = ServerBox(store, on_change=lambda: None)
    assert "cannot be used" in {value: label for label, value in box._choice.options}["theirs"]
    box._choice.value = "theirs"
    assert "Snowflake" in box._status.value
    assert box._entry.layout.display == "none"


def test_a_lost_key_is_entered_again(store: ServerStore, script: Script) -> None:
    box = ServerBox(store, on_change=lambda: None)
    enter(box, "first", script.url)
    (store.folder / "keys.json").unlink()
    box = ServerBox(store, on_change=lambda: None)
    assert box._entry.layout.display is None
    enter(box, "again")
    assert box.server().api_key == Secret("again")
