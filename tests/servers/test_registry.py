"""Servers are added, changed and searched after asking them; a key goes only to the place it was entered for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from connect.wire import GUID, KEY, NOT_ROUTED, USER, Reply, Script, Seen, reply, scripted

from rsconnect_jupyter.connect.discovery import FoundServer, open_client
from rsconnect_jupyter.connect.sign_in.tokens import Tokens
from rsconnect_jupyter.errors import RSConnectException, ServerStoreError, SignInError
from rsconnect_jupyter.models import Secret, Server
from rsconnect_jupyter.servers.environment_key import environment_key
from rsconnect_jupyter.servers.registry import ServerRegistry, search_content
from rsconnect_jupyter.servers.sign_in_texts import kept
from rsconnect_jupyter.servers.store import ServerConfiguration, ServerStore


@pytest.fixture
def script() -> Any:
    with scripted() as running:
        yield running


@pytest.fixture
def other() -> Any:
    with scripted() as running:
        yield running


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter"))


@pytest.fixture
def registry(tmp_path: Path) -> ServerRegistry:
    return ServerRegistry(ServerStore(folder=tmp_path / "store"))


def keys_seen(script: Script) -> list[str]:
    return [each.path for each in script.seen if "authorization" in each.headers]


def names(registry: ServerRegistry) -> list[str]:
    return [each.name for each in registry.store.servers()]


def by_key(**users: str) -> Callable[[Seen], Reply]:
    """Answer ``v1/user`` as the user whose key it is."""

    def answer(seen: Seen) -> Reply:
        key = seen.headers.get("authorization", "").removeprefix("Key ")
        return reply({**USER, "username": users[key]}) if key in users else reply({"code": 30, "error": "no"}, 401)

    return answer


# Adding


@pytest.mark.parametrize("dialect", ["v1", "unversioned"])
@pytest.mark.parametrize("pasted", ["", f"/connect/#/apps/{GUID}"], ids=["root", "link"])
def test_adding_a_server_makes_at_most_three_requests(
    registry: ServerRegistry, script: Script, dialect: str, pasted: str
) -> None:
    if dialect != "v1":
        script.on("GET", "v1/user", NOT_ROUTED)
        script.on("GET", "/me", reply({**USER, "email": "ada@example.com"}))

    added, is_new = registry.add(f"{script.url}{pasted}", Secret(KEY))

    assert (added.url, added.user, is_new) == (script.url, "ada", True)
    assert len(script.seen) <= 3
    assert registry.store.get(added.name).api_key == Secret(KEY)


def test_adding_a_server_that_was_found_before_makes_at_most_four_requests(
    registry: ServerRegistry, script: Script
) -> None:
    found = registry.find(script.url)
    registry.add(script.url, Secret(KEY), found=found)

    assert len(script.seen) <= 4


@pytest.mark.parametrize(
    ("keys", "expires"),
    [
        pytest.param([{"key": "2345", "expires_at": "2027-01-01T00:00:00Z"}], 1798761600.0, id="told"),
        pytest.param([{"key": "****2345", "expires_at": "2027-01-01T01:00:00+01:00"}], 1798761600.0, id="stars"),
        pytest.param([{"key": "2345", "expires_at": None}], None, id="without-end"),
        pytest.param([{"key": "9999", "expires_at": "2027-01-01T00:00:00Z"}], None, id="another-key"),
        pytest.param(
            [{"key": "2345", "expires_at": "2027-01-01T00:00:00Z"}, {"key": "345", "expires_at": None}],
            None,
            id="two-that-end-so",
        ),
        pytest.param([{"key": "2345", "expires_at": "soon"}], None, id="no-time"),
        pytest.param({"error": "no"}, None, id="no-list"),
    ],
)
def test_the_end_of_a_key_is_kept_as_far_as_the_server_tells(
    registry: ServerRegistry, script: Script, keys: object, expires: float | None
) -> None:
    script.on("GET", "v1/users/u-1/keys", reply(keys))
    added, _ = registry.add(script.url, Secret(KEY))
    assert registry.store.named(added.name).expires == expires
    script.on("GET", "v1/users/u-1/keys", reply([]))
    registry.edit(added.name, api_key=Secret(KEY))
    assert registry.store.named(added.name).expires is None


def test_the_key_is_sent_only_to_the_server_that_was_found(registry: ServerRegistry, script: Script) -> None:
    script.rules.append(lambda seen: None if seen.path.startswith("/rsc/__api__") else NOT_ROUTED)
    registry.add(f"{script.url}/rsc/some/page", Secret(KEY))

    assert set(keys_seen(script)) == {"/rsc/__api__/v1/user", "/rsc/__api__/v1/users/u-1/keys"}


def test_the_same_address_and_account_again_updates_the_entry(registry: ServerRegistry, script: Script) -> None:
    script.on("GET", "v1/user", by_key(first="ada", second="ada", third="bob"))
    registry.add(script.url, Secret("first"), name="ours")

    again, is_new = registry.add(f"{script.url}/connect/", Secret("second"))
    assert (again.name, is_new, names(registry)) == ("ours", False, ["ours"])
    assert registry.store.get("ours").api_key == Secret("second")
    renamed, _ = registry.add(script.url, Secret("second"), name="prod")
    assert (renamed.name, names(registry)) == ("prod", ["prod"])
    _, is_new = registry.add(script.url, Secret("third"), name="as bob")
    assert (is_new, names(registry)) == (True, ["prod", "as bob"])


@pytest.mark.parametrize(
    ("user", "code", "word"),
    [
        ({"user_role": "viewer"}, "cannot-publish", "viewer"),
        ({"locked": True}, "cannot-publish", "locked"),
        ({"confirmed": False}, "cannot-publish", "not confirmed"),
    ],
    ids=["viewer", "locked", "unconfirmed"],
)
def test_who_may_not_publish_is_refused_with_the_reason(
    registry: ServerRegistry, script: Script, user: dict[str, object], code: str, word: str
) -> None:
    script.on("GET", "v1/user", reply({**USER, **user}))
    with pytest.raises(SignInError) as refused:
        registry.add(script.url, Secret(KEY))

    assert refused.value.where is not None
    assert (refused.value.code, refused.value.where.field, refused.value.status) == (code, "api_key", 403)
    assert word in refused.value.message
    assert refused.value.hint
    assert names(registry) == []


def test_where_the_administrator_decides_nothing_is_asked(script: Script, tmp_path: Path) -> None:
    registry = ServerRegistry(ServerStore(ServerConfiguration(lock=True), tmp_path / "store"))
    with pytest.raises(ServerStoreError) as refused:
        registry.add(script.url, Secret(KEY))

    assert refused.value.code == "servers-locked"
    with pytest.raises(ServerStoreError, match=refused.value.message):
        registry.begin_sign_in(FoundServer(url=script.url), remote=True)
    assert script.seen == []


def test_a_server_that_others_keep_takes_a_key_only_where_it_has_none(script: Script, tmp_path: Path) -> None:
    place = tmp_path / "config" / "rsconnect-python" / "servers.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"theirs": {"url": script.url, "api_key": KEY}}))
    registry = ServerRegistry(ServerStore(folder=tmp_path / "store"))
    known, is_new = registry.add(script.url, Secret(KEY), name="mine")
    assert (known.name, is_new, names(registry)) == ("theirs", False, ["theirs"])

    place.unlink()
    rules = ServerConfiguration(servers=(Server(name="acme", url=script.url),))
    registry = ServerRegistry(ServerStore(rules, tmp_path / "store"))
    known, is_new = registry.add(script.url, Secret(KEY), name="mine")
    assert (known.name, known.user, is_new, names(registry)) == ("acme", "ada", False, ["acme"])


def test_a_session_is_forgotten_where_the_server_offers_none_any_more(registry: ServerRegistry, script: Script) -> None:
    session = kept(Tokens(client_id="c", access=Secret("t"), refresh=Secret("r")))
    registry.store.add(url=script.url, api_key=session, name="mine")
    registry.remove("mine")
    assert names(registry) == []


# Changing


@pytest.fixture
def saved(registry: ServerRegistry, script: Script) -> str:
    registry.add(script.url, Secret(KEY), name="saved")
    script.seen.clear()
    return "saved"


@pytest.mark.parametrize(
    "changes",
    [{"address": "{other}"}, {"address": "{here}/prefix"}, {"insecure": True}, {"ca_data": "-----BEGIN CERTIFICATE"}],
    ids=["port", "prefix", "insecure", "certificate"],
)
def test_another_place_or_other_certificate_checks_ask_for_the_key_again(
    registry: ServerRegistry, script: Script, other: Script, saved: str, changes: dict[str, Any]
) -> None:
    script.rules.append(lambda seen: None if seen.path.startswith(("/prefix/__api__", "/__api__")) else NOT_ROUTED)
    places = {"here": script.url, "other": other.url}
    changes = {name: value.format(**places) if name == "address" else value for name, value in changes.items()}
    with pytest.raises(ServerStoreError) as refused:
        registry.edit(saved, **changes)

    assert refused.value.where is not None
    assert (refused.value.code, refused.value.where.field) == ("api-key-needed", "api_key")
    assert keys_seen(script) == keys_seen(other) == []
    assert registry.store.get(saved).url == script.url


def test_with_the_key_a_server_moves(registry: ServerRegistry, other: Script, saved: str) -> None:
    moved = registry.edit(saved, address=f"{other.url}/connect/#/", api_key=Secret("new-key"))

    assert moved.url == other.url
    assert registry.store.get(saved).api_key == Secret("new-key")
    assert len([each for each in other.seen if not each.path.endswith("/keys")]) <= 3  # that one tells when it ends


def test_a_link_to_the_same_server_is_no_other_place(registry: ServerRegistry, script: Script, saved: str) -> None:
    assert registry.edit(saved, address=f"{script.url}/connect/#/", new_name="here").name == "here"
    assert keys_seen(script) == []


def test_a_key_that_was_lost_is_entered_again(registry: ServerRegistry, saved: str) -> None:
    (registry.store.folder / "keys.json").unlink()

    assert registry.edit(saved, api_key=Secret("again")).user == "ada"
    assert registry.store.get(saved).api_key == Secret("again")


def test_a_lost_key_does_not_keep_the_server_from_being_added_again(
    registry: ServerRegistry, script: Script, saved: str
) -> None:
    (registry.store.folder / "keys.json").unlink()

    _, is_new = registry.add(script.url, Secret("again"))
    assert (is_new, registry.store.get(saved).api_key) == (False, Secret("again"))


def test_a_refused_key_changes_nothing(registry: ServerRegistry, script: Script, saved: str) -> None:
    script.on("GET", "v1/user", reply({"code": 30, "error": "no", "payload": None}, 401))
    with pytest.raises(RSConnectException) as refused:
        registry.edit(saved, api_key=Secret("wrong"))

    assert refused.value.where is not None
    assert refused.value.where.field == "api_key"
    assert registry.store.get(saved).api_key == Secret(KEY)


def test_a_server_of_the_administrator_takes_a_key_and_nothing_else(
    script: Script, other: Script, tmp_path: Path
) -> None:
    rules = ServerConfiguration(servers=(Server(name="acme", url=script.url),), lock=True)
    registry = ServerRegistry(ServerStore(rules, tmp_path / "store"))
    for changes in ({"address": other.url}, {"insecure": True}, {"new_name": "x"}, {"ca_data": None}):
        with pytest.raises(ServerStoreError) as refused:
            registry.edit("acme", api_key=Secret(KEY), **changes)
        assert refused.value.code == "server-read-only"
    assert script.seen == other.seen == []

    assert registry.edit("acme", api_key=Secret(KEY)).takes_key
    assert registry.store.get("acme").api_key == Secret(KEY)


# Where a key goes


def test_a_saved_server_below_a_path_never_has_its_key_sent_to_the_root(script: Script) -> None:
    script.rules.append(lambda seen: NOT_ROUTED if seen.path.startswith("/rsc/") else None)
    with pytest.raises(RSConnectException):
        open_client(Server(name="x", url=f"{script.url}/rsc", api_key=Secret(KEY)))

    assert {each.path.partition("/__api__/")[0] for each in script.seen} == {"/rsc"}


@pytest.mark.parametrize(
    ("owner", "typed", "used"),
    [
        ("https://connect.example.com", "https://connect.example.com/", True),
        ("https://connect.example.com/connect/", "connect.example.com/connect/#/apps", True),
        ("https://connect.example.com/rsc", "https://connect.example.com", False),
        ("https://connect.example.com", "http://connect.example.com", False),
        ("https://connect.example.com", "https://connect.example.com:8443", False),
        ("https://connect.example.com", "https://other.example.com", False),
        ("", "https://other.example.com", True),
        ("https://connect.example.com", "https://", False),
    ],
)
def test_the_key_of_the_environment_belongs_to_the_server_of_the_environment(
    owner: str, typed: str, used: bool
) -> None:
    environ = {"CONNECT_SERVER": owner, "CONNECT_API_KEY": KEY}

    assert environment_key(typed, typed=True, environ=environ) == (Secret(KEY) if used else None)
    assert environment_key(typed, typed=False, environ=environ) == (Secret(KEY) if used and owner else None)
    assert environment_key(typed, typed=True, environ={"CONNECT_SERVER": owner}) is None


# Searching


@pytest.mark.parametrize("text", ["A title", GUID, f"https://x/connect/#/apps/{GUID}/access"])
def test_content_is_found_by_title_link_or_guid(
    registry: ServerRegistry, script: Script, saved: str, text: str
) -> None:
    found = search_content(registry.ready(saved), text)

    assert [each.guid for each in found] == [GUID]


def test_content_that_is_not_there_is_not_found(registry: ServerRegistry, saved: str) -> None:
    assert search_content(registry.ready(saved), GUID.replace("1", "9")) == ()
