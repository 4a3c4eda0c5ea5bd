"""The widget's choice of a server: what is listed, what is asked for, what a click keeps."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from connect.wire import USER, Script, reply, scripted
from sandbox.signing_in import Browser
from serving import Sandbox, running_sandbox

from rsconnect_jupyter.errors import NoKeyError, SignInError
from rsconnect_jupyter.models import Secret, Server
from rsconnect_jupyter.servers.sign_in_task import SignInTask
from rsconnect_jupyter.servers.store import ServerStore
from rsconnect_jupyter.widget import html_views as texts
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


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    options = ("--device-interval=1", "--prefix=/rsc")
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), *options) as running:
        yield running


def signing_in(box: ServerBox) -> SignInTask:
    """Press the button, and return the sign-in once it waits for its user."""
    before = box._sign_in._task
    box._sign_in._button.click()
    while box._sign_in._task is before or "Open the server" not in box._sign_in._status.value:
        assert "alert" not in box._sign_in._status.value, box._sign_in._status.value
        time.sleep(0.01)  # the thread that asks the server
    assert box._sign_in._task is not None
    return box._sign_in._task


def ended() -> None:
    for each in threading.enumerate():
        if each.name == "publish-sign-in-box":
            each.join(30)


def secrets_of(store: ServerStore, name: str) -> list[str]:
    credential = store.get(name).credential
    assert credential is not None
    return [each.reveal() for each in credential.secrets]


def test_signing_in_needs_an_address_and_a_click(store: ServerStore, sandbox: Sandbox) -> None:
    changed: list[None] = []
    box = ServerBox(store, on_change=lambda: changed.append(None))
    assert box._key.layout.display == "none"
    box._address.value = f"{sandbox.url}/connect/#/content/listing"
    task = signing_in(box)
    shown = box._sign_in._status.value
    assert f'data-code="{task.prompt.user_code}"' in shown
    assert f'href="{task.prompt.page}"' in shown

    Browser(sandbox.url, sandbox.key).answer(task.prompt.page)
    ended()
    assert box.server().credential is not None
    assert (box._status.value, bool(changed)) == (texts.status("Signed in."), True)
    assert box._entry.layout.display == "none"


def test_a_sign_in_is_cancelled_denied_and_tried_again(store: ServerStore, sandbox: Sandbox) -> None:
    box = ServerBox(store, on_change=lambda: None)
    box._address.value = sandbox.url
    signing_in(box)
    box._sign_in._cancel.click()
    ended()
    assert (box._sign_in._status.value, box._sign_in._button.disabled) == ("", False)

    Browser(sandbox.url, sandbox.key).answer(signing_in(box).prompt.page, decision="deny")
    ended()
    assert "not approved" in box._sign_in._status.value
    assert store.servers() == ()


def test_a_session_that_is_over_is_begun_again(store: ServerStore, sandbox: Sandbox) -> None:
    box = ServerBox(store, on_change=lambda: None)
    box._address.value = sandbox.url
    Browser(sandbox.url, sandbox.key).answer(signing_in(box).prompt.page)
    ended()
    name = str(box.name)
    before = secrets_of(store, name)
    box.offer_sign_in(offered=True)
    assert (box._entry.layout.display, box._sign_in.label) == (None, "Sign in again")
    Browser(sandbox.url, sandbox.key).answer(signing_in(box).prompt.page)
    ended()
    assert [each.name for each in store.servers()] == [name]
    assert secrets_of(store, name) != before
    assert box._entry.layout.display == "none"


def test_a_server_without_a_page_to_sign_in_on_takes_a_key(store: ServerStore, tmp_path: Path) -> None:
    box = ServerBox(store, on_change=lambda: None)
    with running_sandbox(tmp_path / "plain", "--auth=api-keys") as plain:
        box._address.value = plain.url
        box._sign_in._button.click()
        ended()
        assert "no sign-in with the browser" in box._sign_in._status.value
        assert box._key.layout.display is None
        enter(box, plain.key, plain.url)
    assert box.name is not None


def test_a_server_that_sends_sign_ins_elsewhere_is_asked_about(
    store: ServerStore, sandbox: Sandbox, script: Script
) -> None:
    elsewhere = requests.get(f"{sandbox.url}/.well-known/oauth-authorization-server", timeout=30).json()
    script.on("GET", ".well-known/oauth-authorization-server", reply(elsewhere))
    box = ServerBox(store, on_change=lambda: None)
    box._address.value = script.url
    box._sign_in._button.click()
    ended()
    assert "another place" in box._sign_in._status.value
    host = urlsplit(sandbox.url).netloc
    assert (box._sign_in._there.layout.display, box._sign_in._there.description) == (None, f"Sign in at {host}")
    box._sign_in._there.click()
    while box._sign_in._task is None:
        time.sleep(0.01)
    box._sign_in.cancel()
    ended()


def test_a_preferred_server_is_chosen_also_one_that_is_not_kept(store: ServerStore, script: Script) -> None:
    given = Server(name="given", url=script.url, api_key=Secret("mine"))
    assert ServerBox(store, preferred=given, on_change=lambda: None).server() == given
    box = ServerBox(store, preferred=script.url, on_change=lambda: None)
    assert (box.url, box._entry.layout.display) == (script.url, None)
    box._sign_in._button.click()
    ended()
    assert "no sign-in with the browser" in box._sign_in._status.value
    store.add(name="kept", url=script.url, api_key=Secret("k"))
    assert ServerBox(store, preferred="kept", on_change=lambda: None).name == "kept"


def test_without_a_server_there_is_nothing_to_send_to_or_to_add(store: ServerStore) -> None:
    box = ServerBox(store, on_change=lambda: None)
    with pytest.raises(NoKeyError):
        box.server()
    enter(box, "key without an address")
    assert "Enter an address" in box._status.value


def test_a_mistake_of_ours_is_told_as_one(store: ServerStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError("oops")

    box = ServerBox(store, on_change=lambda: None)
    monkeypatch.setattr(box, "_save", fail)
    monkeypatch.setattr(box._sign_in, "_begin", fail)
    enter(box, "key", "https://connect.example.com")
    box._sign_in.cancel()
    box._sign_in.start()
    ended()
    for said in (box._status.value, box._sign_in._status.value):
        assert "ZeroDivisionError" in said
    assert not box._add.disabled


def test_a_sign_in_begins_once(store: ServerStore, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, release = [], threading.Event()

    def begin(host: str) -> Any:
        begun.append(host)
        release.wait(30)
        raise SignInError.of("sign-in-timeout", details={"status": 401})

    box = ServerBox(store, on_change=lambda: None)
    monkeypatch.setattr("rsconnect_jupyter.widget.server_box.begin_for_any_browser", lambda _start: begin(""))
    for _click in range(2):
        box._sign_in.start()
    release.set()
    ended()
    assert begun == [""]
    assert 'role="alert"' in box._sign_in._status.value
    assert box._key.layout.display == "none", "an API key is proposed only where there is no sign-in"
