"""Servers and keys: where each was learnt from, where its key is kept, and what may not happen to either."""

from __future__ import annotations

import errno
import json
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import keyring.backend
import keyring.backends.chainer
import keyring.backends.fail
import keyring.backends.null
import keyring.errors
import pytest

from rsconnect_jupyter.connect.sign_in.tokens import Tokens
from rsconnect_jupyter.connect.sign_in_credentials import ClaimedToken
from rsconnect_jupyter.errors import NoKeyError, ServerStoreError, UnknownServerError
from rsconnect_jupyter.models import Secret, Server
from rsconnect_jupyter.models.credential import Credential
from rsconnect_jupyter.servers import keys, sources
from rsconnect_jupyter.servers.kept_credentials import KeptCredential
from rsconnect_jupyter.servers.sessions import RsconnectPythonTokens, StoredTokens, session_lock
from rsconnect_jupyter.servers.sign_in_texts import kept
from rsconnect_jupyter.servers.store import ServerConfiguration, ServerStore

KEY = "abcdefghij0123456789abcdefghij01"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path, own_places: Path) -> ServerStore:
    return ServerStore(folder=folder)


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a configuration folder of its own for rsconnect-python and the predecessor."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter"))
    return tmp_path


def add(
    store: ServerStore, name: str | None = None, *, url: str = "https://connect.example.com", key: str = KEY
) -> Any:
    return store.add(url=url, api_key=Secret(key), name=name)


def test_a_server_is_kept_and_told_without_its_key(store: ServerStore) -> None:
    added = add(store, url="HTTPS://Connect.Example.com:443/rsc/")

    (told,) = store.servers()
    assert told == added
    assert (told.name, told.url) == ("connect.example.com", "https://connect.example.com/rsc")
    assert (told.api_key, told.origin, told.key_place, told.default) == (None, "saved", "file", True)
    assert store.get(told.name).api_key == Secret(KEY)


def test_another_process_sees_the_same(store: ServerStore, folder: Path) -> None:
    add(store, "prod")

    assert ServerStore(folder=folder).get("prod").api_key == Secret(KEY)


def test_the_files_are_private_and_the_list_holds_no_key(store: ServerStore, folder: Path) -> None:
    folder.mkdir(mode=0o755)
    add(store, "prod")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    assert KEY not in (folder / "servers.json").read_text()


@pytest.mark.parametrize(
    "asked",
    ["prod", "https://connect.example.com", "connect.example.com/connect/#/apps/0", "https://CONNECT.example.com/"],
)
def test_a_server_is_found_by_name_and_by_any_address_on_it(store: ServerStore, asked: str) -> None:
    add(store, "prod")
    add(store, "other", url="https://connect.example.com.evil.org")

    assert store.find(asked).name == "prod"


def test_of_two_servers_on_a_host_the_longer_address_is_meant(store: ServerStore) -> None:
    add(store, "root")
    add(store, "deep", url="https://connect.example.com/rsc")

    assert store.find("https://connect.example.com/rsc/content/1").name == "deep"


@pytest.mark.parametrize("call", ["get", "find", "named", "remove", "update"])
def test_an_unknown_server_is_told(store: ServerStore, call: str) -> None:
    with pytest.raises(UnknownServerError):
        getattr(store, call)("nobody")


def test_names_are_unique(store: ServerStore) -> None:
    add(store, "prod")

    with pytest.raises(ServerStoreError) as error:
        add(store, " prod ")
    assert error.value.code == "server-name-taken"
    add(store)
    assert add(store).name == "connect.example.com (2)"
    with pytest.raises(ServerStoreError) as error:
        store.update("connect.example.com", new_name="prod")
    assert error.value.code == "server-name-taken"


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\\b", "a\nb", "x" * 129, ".", ".. "])
def test_names_that_break_an_address_are_refused(store: ServerStore, name: str) -> None:
    with pytest.raises(ServerStoreError) as error:
        add(store, name)
    assert error.value.code == "server-name-unusable"


def test_a_server_is_changed_in_place(store: ServerStore, folder: Path) -> None:
    add(store, "prod")
    add(store, "test", url="https://test.example.com")

    changed = store.update(
        "prod", new_name="live", url="https://live.example.com/", api_key=Secret("new-key"), insecure=True, user="ana",
        ca_data=b"\x30\x82der", default=False,
    )  # fmt: skip

    assert [each.name for each in store.servers()] == ["live", "test"]
    assert (changed.url, changed.insecure, changed.user) == ("https://live.example.com", True, "ana")
    assert (store.get("live").api_key, store.get("live").ca_data) == (Secret("new-key"), b"\x30\x82der")
    keys = json.loads((folder / "keys.json").read_text()).values()
    assert sorted(keys) == sorted([KEY, "new-key"]), "the key that was replaced is forgotten"
    assert store.update("live", ca_data=None, api_key=Secret("new-key")).ca_data is None


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://else.example.com"},
        {"url": "http://connect.example.com"},
        {"insecure": True},
        {"ca_data": "PEM"},
    ],
    ids=["host", "scheme", "insecure", "certificate"],
)
def test_a_kept_key_is_not_used_for_another_place(store: ServerStore, changes: dict[str, Any]) -> None:
    added = add(store, "prod")
    with pytest.raises(ServerStoreError) as error:
        store.update("prod", **changes)

    assert error.value.code == "api-key-needed"
    assert store.named("prod") == added
    assert store.update("prod", url=added.url, insecure=False, ca_data=None) == added


def test_removing_a_server_removes_its_key(store: ServerStore, folder: Path) -> None:
    add(store, "prod")
    add(store, "test", url="https://test.example.com", key="other-key")

    store.remove("prod")

    assert [each.name for each in store.servers()] == ["test"]
    assert list(json.loads((folder / "keys.json").read_text()).values()) == ["other-key"]
    assert _default_name(store) == "test"


def test_the_default_is_the_last_used_then_the_chosen_then_the_first(store: ServerStore) -> None:
    assert store.default() is None
    add(store, "one", url="https://one.example.com")
    add(store, "two", url="https://two.example.com")

    assert _default_name(store) == "one"
    store.update("two", default=True)
    assert _default_name(store) == "two"
    assert _default_name(store, last_used="https://one.example.com/") == "one"
    assert _default_name(store, last_used="https://gone.example.com/") == "two"


# Sources


def environment(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"CONNECT_{name}", value)


def test_the_environment_names_a_server(store: ServerStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pem = tmp_path / "ca.pem"
    pem.write_text("-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n")
    environment(monkeypatch, SERVER="https://env.example.com/", API_KEY=KEY, CA_CERTIFICATE=str(pem), INSECURE="0")
    add(store, "prod")

    server = store.find("https://env.example.com")

    assert (server.origin, server.key_place, server.api_key) == ("environment", "environment", Secret(KEY))
    assert (server.ca_data, server.insecure) == (pem.read_text(), False)
    assert store.default() == store.named("env.example.com")
    for change in ({"url": "https://x.example.com"}, {"new_name": "x"}, {"insecure": True}):
        with pytest.raises(ServerStoreError) as error:
            store.update("env.example.com", **change)
        assert error.value.code == "server-read-only"
    with pytest.raises(ServerStoreError):
        store.remove("env.example.com")


@pytest.mark.parametrize("page", ["connect/", "connect/#/apps/0", "__api__"])
def test_a_server_is_named_by_any_page_on_it(
    store: ServerStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, page: str
) -> None:
    environment(monkeypatch, SERVER=f"https://env.example.com/rsc/{page}", API_KEY=KEY)
    rsconnect_python(tmp_path, theirs={"url": f"https://theirs.example.com/{page}", "api_key": "k"})

    assert [each.url for each in store.servers()] == ["https://env.example.com/rsc", "https://theirs.example.com"]


@pytest.mark.parametrize(("text", "insecure"), [("1", True), ("TRUE", True), ("yes", True), ("0", False), ("", False)])
def test_insecure_in_the_environment_is_read_as_a_truth(
    monkeypatch: pytest.MonkeyPatch, text: str, insecure: bool
) -> None:
    environment(monkeypatch, SERVER="https://env.example.com/", INSECURE=text)

    (known,) = sources.from_environment()
    assert known.server.insecure is insecure


def test_a_server_without_a_key_takes_ones_own(store: ServerStore, folder: Path) -> None:
    configuration = ServerConfiguration(servers=(Server(name="acme", url="https://acme.example.com/"),), default="acme")
    store = ServerStore(configuration, folder)
    assert store.named("acme").key_place == "none"
    with pytest.raises(NoKeyError):
        store.get("acme")

    told = store.update("acme", api_key=Secret(KEY), user="ana")

    assert (told.origin, told.key_place, told.user) == ("configuration", "file", "ana")
    assert ServerStore(configuration, folder).get("acme").api_key == Secret(KEY)


def test_a_saved_server_gives_way_to_the_administrators_of_its_name(store: ServerStore, folder: Path) -> None:
    add(store, "acme")
    theirs = Server(name="acme", url="https://acme.example.com", api_key=Secret("theirs"))
    store = ServerStore(ServerConfiguration(servers=(theirs,)), folder)

    assert [(each.name, each.origin) for each in store.servers()] == [
        ("acme", "configuration"), ("acme (saved)", "saved"),
    ]  # fmt: skip
    assert store.get("acme (saved)").api_key == Secret(KEY)
    assert store.update("acme (saved)", user="ana", default=True).default
    assert store.update("acme (saved)", new_name="mine").default
    store.update("mine", new_name="acme 2")
    store.remove("acme 2")
    assert [each.name for each in store.servers()] == ["acme"]


def test_an_administrator_locks_the_list(store: ServerStore, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(store, "mine")
    environment(monkeypatch, SERVER="https://env.example.com/", API_KEY=KEY)
    acme = Server(name="acme", url="https://acme.example.com", api_key=Secret("theirs"))
    locked = ServerStore(ServerConfiguration(servers=(acme,), lock=True), folder)

    assert [each.name for each in locked.servers()] == ["acme"]
    with pytest.raises(ServerStoreError) as error:
        add(locked, "another")
    assert error.value.code == "servers-locked"
    with pytest.raises(UnknownServerError):
        locked.get("mine")


def test_an_administrator_forbids_skipping_certificate_checks(folder: Path, tmp_path: Path) -> None:
    ServerStore(folder=folder).add(url="https://a.example.com", api_key=Secret(KEY), name="a", insecure=True)
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    strict = ServerStore(ServerConfiguration(allow_insecure=False, ca_file=tmp_path / "ca.pem"), folder)

    assert not strict.get("a").insecure
    assert strict.get("a").ca_data == "-----BEGIN CERTIFICATE-----\n"
    refusals: tuple[Callable[[], object], ...] = (
        lambda: strict.add(url="https://b.example.com", api_key=Secret(KEY), insecure=True),
        lambda: strict.update("a", insecure=True),
    )
    for refused in refusals:
        with pytest.raises(ServerStoreError) as error:
            refused()
        assert error.value.code == "insecure-not-allowed"


def rsconnect_python(folder: Path, **servers: dict[str, object]) -> Path:
    path = folder / "config" / "rsconnect-python" / "servers.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({name: {"name": name, **entry} for name, entry in servers.items()}))
    return path


def test_servers_of_rsconnect_python_are_read_as_they_are(store: ServerStore, tmp_path: Path) -> None:
    path = rsconnect_python(
        tmp_path,
        prod={"url": "https://prod.example.com/", "api_key": "k1", "insecure": False, "ca_cert": "PEM", "extra": 1},
        test={"url": "https://test.example.com", "api_key": "k2", "insecure": True, "ca_cert": None, "default": True},
        shiny={"url": "https://api.shinyapps.io", "account_name": "a", "token": "t", "secret": "s"},
        snow={"url": "https://x.snowflakecomputing.app", "snowflake_connection_name": "c", "api_key": "k"},
        login={"url": "https://oauth.example.com", "oauth_client_id": "c"},
        cloud={"url": "https://connect.posit.cloud", "connect_cloud_account_name": "a"},
    )
    before = path.read_bytes()
    add(store, "prod")

    told = {each.name: each for each in store.servers()}

    unusable = {"shiny", "snow", "login", "cloud"}
    assert set(told) == {"prod", "prod (rsconnect-python)", "test"} | unusable
    assert {name for name, each in told.items() if each.problem} == unusable
    theirs = store.get("prod (rsconnect-python)")
    assert (theirs.api_key, theirs.ca_data, theirs.origin) == (Secret("k1"), "PEM", "rsconnect-python")
    assert told["test"].insecure
    store.update("test", default=True)
    assert _default_name(store) == "test"
    with pytest.raises(ServerStoreError):
        store.update("test", api_key=Secret("k3"))
    for change in (store.remove, store.sign_out):
        with pytest.raises(ServerStoreError):
            change("test")
    assert path.read_bytes() == before


LOGIN = {
    "url": "https://oauth.example.com/",
    "oauth_client_id": "c",
    "oauth_access_token": "t",
    "oauth_token_expiry": 1.0,
    "default": True,
}


def test_a_server_that_rsconnect_python_signs_in_to_by_browser_is_listed_and_takes_a_key(
    store: ServerStore, tmp_path: Path
) -> None:
    rsconnect_python(tmp_path, login=LOGIN)

    (listed,) = store.servers()
    assert (listed.name, listed.key_place, listed.default) == ("login", "none", False)
    assert "browser" in str(listed.problem)
    assert store.default() is None, "nothing can be published to it yet"
    with pytest.raises(NoKeyError):
        store.get("login")

    store.update("login", api_key=Secret(KEY), user="ana")
    (listed,) = store.servers()
    assert (listed.problem, listed.user, store.get("login").api_key) == (None, "ana", Secret(KEY))


@pytest.mark.parametrize(
    "entry",
    [
        {"account_name": "a", "token": "t", "secret": "s"},
        {"snowflake_connection_name": "c", "api_key": "k"},
        {"connect_cloud_account_name": "a"},
    ],
    ids=["shinyapps", "snowflake", "cloud"],
)
def test_a_server_that_no_api_key_opens_says_so(store: ServerStore, tmp_path: Path, entry: dict[str, object]) -> None:
    rsconnect_python(tmp_path, dev={"url": "https://dev.example.com", **entry})

    assert not store.named("dev").takes_key
    with pytest.raises(ServerStoreError) as error:
        store.find("dev")
    assert error.value.code == "server-unusable"
    assert str(store.named("dev").problem) in error.value.message
    with pytest.raises(ServerStoreError):
        store.update("dev", api_key=Secret(KEY))


def test_a_server_with_a_key_takes_the_place_of_the_one_without(store: ServerStore, tmp_path: Path) -> None:
    rsconnect_python(tmp_path, login=LOGIN)
    add(store, "mine", url=str(LOGIN["url"]))

    assert [each.name for each in store.servers()] == ["mine"]


def test_the_same_server_with_the_same_key_is_told_once(store: ServerStore, tmp_path: Path) -> None:
    rsconnect_python(tmp_path, theirs={"url": "https://connect.example.com/", "api_key": KEY})
    add(store, "mine")

    assert [each.name for each in store.servers()] == ["mine"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', '{"a": {"url": 1, "api_key": 2}}'])
def test_a_broken_file_of_rsconnect_python_is_no_failure(store: ServerStore, tmp_path: Path, text: str) -> None:
    rsconnect_python(tmp_path).write_text(text)

    assert store.servers() == ()


PREDECESSOR: dict[str, dict[str, Any]] = {
    "1": {"server": "https://old.example.com/", "serverName": "old", "apiKey": "old-key", "disableTLSCheck": True,
          "cadata": ""},
    "2": {"server": "https://connect.example.com/", "serverName": "known", "apiKey": KEY, "disableTLSCheck": False},
    "3": {"server": "https://nokey.example.com/", "serverName": "nokey"},
}  # fmt: skip


def predecessor(folder: Path) -> Path:
    path = folder / "jupyter" / "nbconfig" / "rsconnect_jupyter.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(PREDECESSOR))
    return path


def test_servers_of_the_predecessor_are_taken_over_once(store: ServerStore, tmp_path: Path) -> None:
    path = predecessor(tmp_path)
    add(store, "mine")

    (taken,) = store.import_predecessor()

    assert (taken.name, taken.insecure, store.get("old").api_key) == ("old", True, Secret("old-key"))
    store.remove("old")
    assert store.import_predecessor() == ()
    assert store.predecessor_file() == path
    store.delete_predecessor_file()
    assert store.predecessor_file() is None
    store.delete_predecessor_file()


@pytest.mark.parametrize("name", ["Prod / EU", "..", "x" * 200, "\n"])
def test_a_name_of_the_predecessors_that_is_none_of_ours_becomes_the_hosts(
    store: ServerStore, tmp_path: Path, name: str
) -> None:
    path = predecessor(tmp_path)
    first = {**PREDECESSOR[next(iter(PREDECESSOR))], "server": "https://free.example.com/", "serverName": name}
    path.write_text(json.dumps({"0" * 32: first, **PREDECESSOR}))

    assert [each.name for each in store.import_predecessor()] == ["free.example.com", "old", "known"]
    assert store.import_predecessor() == ()


@pytest.mark.parametrize("text", ["[1]", '"text"', "{", '{"a": [], "b": {"name": "b", "default": true}}'])
def test_a_strange_file_of_rsconnect_pythons_is_passed_over(store: ServerStore, tmp_path: Path, text: str) -> None:
    add(store, "mine")
    rsconnect_python(tmp_path).write_text(text)

    assert [each.name for each in store.servers()] == ["mine"]
    assert store.default() is not None


# Keyrings


class Ring(keyring.backend.KeyringBackend):
    """A keyring that encrypts, as far as its module tells."""

    priority = 5

    def __init__(self, *, fails: bool = False) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.fails = fails
        self.deletes = True

    def get_password(self, service: Any, username: Any) -> Any:
        self._answer()
        return self.kept.get((service, username))

    def set_password(self, service: Any, username: Any, password: Any) -> None:
        self._answer()
        self.kept[service, username] = password

    def delete_password(self, service: Any, username: Any) -> None:
        self._answer()
        if not self.deletes:
            raise keyring.errors.PasswordDeleteError("refused")
        del self.kept[service, username]

    def _answer(self) -> None:
        if self.fails:
            raise keyring.errors.KeyringLocked("locked")


@pytest.fixture
def use_keyring() -> Any:
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


def test_a_real_keyring_gets_the_keys_and_loses_them_with_the_server(folder: Path, use_keyring: Any) -> None:
    ring = Ring()
    use_keyring(ring)
    store = ServerStore(folder=folder)

    assert store.key_place == "keyring"
    assert add(store, "prod").key_place == "keyring"
    assert list(ring.kept.values()) == [KEY]
    assert {service for service, _ in ring.kept} == {"rsconnect-jupyter"}
    assert not (folder / "keys.json").exists()
    assert store.get("prod").api_key == Secret(KEY)
    store.update("prod", api_key=Secret("new"))
    assert list(ring.kept.values()) == ["new"]
    store.remove("prod")
    assert ring.kept == {}


def test_a_keyring_that_locks_later_is_told(folder: Path, use_keyring: Any) -> None:
    ring = Ring()
    use_keyring(ring)
    store = ServerStore(folder=folder)
    add(store, "prod")
    ring.fails = True

    with pytest.raises(ServerStoreError) as error:
        store.get("prod")
    assert error.value.code == "keyring-locked"
    assert [each.name for each in store.servers()] == ["prod"], "the list needs no key"


def test_a_locked_keyring_does_not_keep_the_list_from_being_read(folder: Path, use_keyring: Any) -> None:
    ring = Ring()
    use_keyring(ring)
    add(ServerStore(folder=folder), "mine")
    ring.fails = True
    theirs = Server(name="theirs", url="https://connect.example.com", api_key=Secret("theirs"))

    servers = ServerStore(ServerConfiguration(servers=(theirs,)), folder).servers()
    assert [each.name for each in servers] == ["theirs", "mine"]


@pytest.mark.parametrize("change", ["remove", "replace"])
def test_a_key_that_the_keyring_does_not_delete_is_reported_and_tried_again(
    folder: Path, use_keyring: Any, change: str
) -> None:
    ring = Ring()
    use_keyring(ring)
    store = ServerStore(folder=folder)
    add(store, "prod")
    (kept,) = ring.kept
    ring.deletes = False

    with pytest.raises(ServerStoreError) as error:
        store.remove("prod") if change == "remove" else store.update("prod", api_key=Secret("new"))
    assert error.value.code == "key-not-deleted"
    assert kept[1] in error.value.hint, "the entry can be found"
    assert KEY not in f"{error.value.message} {error.value.hint}"
    assert [each.name for each in store.servers()] == ([] if change == "remove" else ["prod"])

    ring.deletes = True
    store.import_predecessor()
    assert kept not in ring.kept


class Plaintext(Ring):
    __module__ = "keyrings.alt.file"


@pytest.mark.parametrize(
    "ring",
    [keyring.backends.fail.Keyring(), keyring.backends.null.Keyring(), Plaintext(), Ring(fails=True)],
    ids=["fail", "null", "plaintext", "locked"],
)
def test_what_is_no_encrypting_keyring_gets_no_key(folder: Path, use_keyring: Any, ring: Any) -> None:
    use_keyring(ring)
    store = ServerStore(folder=folder)

    assert store.key_place == "file"
    assert add(store, "prod").key_place == "file"
    assert ServerStore(folder=folder).get("prod").api_key == Secret(KEY)


def test_a_system_whose_keyring_cannot_be_asked_for_keeps_keys_in_a_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("no D-Bus")

    monkeypatch.setattr(keyring, "get_keyring", broken)
    assert ServerStore(folder=folder).key_place == "file"


def test_of_a_chain_the_first_encrypting_keyring_is_used(
    folder: Path, use_keyring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring, plain = Ring(), Plaintext()
    chain = keyring.backends.chainer.ChainerBackend()
    monkeypatch.setattr(type(chain), "backends", [plain, keyring.backends.null.Keyring(), ring])
    use_keyring(chain)

    add(ServerStore(folder=folder), "prod")

    assert list(ring.kept.values()) == [KEY]
    assert plain.kept == {}


# Accidents


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"servers": 3}'])
def test_a_broken_store_is_told_with_its_place(store: ServerStore, folder: Path, text: str) -> None:
    add(store, "prod")
    (folder / "servers.json").write_text(text)

    with pytest.raises(ServerStoreError) as error:
        store.servers()
    assert str(folder) in error.value.message
    with pytest.raises(ServerStoreError):
        add(store, "another")
    assert (folder / "servers.json").read_text() == text, "what could not be read is not overwritten"


def test_a_broken_file_of_keys_is_told_with_its_place(store: ServerStore, folder: Path) -> None:
    add(store, "prod")
    (folder / "keys.json").write_text("{")

    with pytest.raises(ServerStoreError) as error:
        store.get("prod")
    assert str(folder / "keys.json") in error.value.message
    assert (folder / "keys.json").read_text() == "{"


def test_files_that_are_not_there_or_in_the_way_are_told(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    (sources.predecessor_path() / "folder").mkdir(parents=True)
    for work in (
        lambda: add(ServerStore(folder=in_the_way)),
        sources.delete_predecessor,
        lambda: sources.read_certificate(tmp_path / "gone.pem"),
    ):
        with pytest.raises(ServerStoreError) as caught:
            work()
        assert str(tmp_path) in caught.value.message
    assert sources.from_predecessor() == []
    in_the_way.rename(tmp_path / "servers.json")
    assert sources.addresses_of("http://127.0.0.1:1", folder=tmp_path) == ("http://127.0.0.1:1",)
    (tmp_path / "servers.json").write_text("[1]")
    assert sources.addresses_of("http://127.0.0.1:1", folder=tmp_path) == ("http://127.0.0.1:1",)


@pytest.mark.parametrize(
    ("platform", "environ", "place"),
    [
        ("darwin", {}, "Library/Application Support/rsconnect-python"),
        ("win32", {"APPDATA": "/appdata"}, "/appdata/rsconnect-python"),
        ("win32", {}, ".rsconnect-python"),
        ("linux", {"XDG_CONFIG_HOME": "/config"}, "/config/rsconnect-python"),
        ("linux", {}, ".rsconnect-python"),
    ],
)
def test_rsconnect_pythons_folder(
    monkeypatch: pytest.MonkeyPatch, platform: str, environ: dict[str, str], place: str
) -> None:
    monkeypatch.setattr(sources, "sys", SimpleNamespace(platform=platform))
    assert sources.rsconnect_python_folder(environ) == Path.home() / place


def test_keys_are_never_printed(store: ServerStore) -> None:
    add(store, "prod")

    assert KEY not in f"{store.get('prod')!r} {store.get('prod')} {store.servers()}"


KILLED = """
import os, signal, sys
from pathlib import Path
from rsconnect_jupyter.models import Secret
from rsconnect_jupyter.servers.store import ServerStore

store, change, left = ServerStore(folder=Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
replace = Path.replace

def kill(self, target):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return replace(self, target)

Path.replace = kill
store.remove("prod") if change == "remove" else store.update("prod", api_key=Secret("new-key"))
"""


@pytest.mark.parametrize("change", ["remove", "replace"])
@pytest.mark.parametrize("written", range(4))
def test_a_change_that_is_killed_leaves_no_half_server(
    store: ServerStore, folder: Path, change: str, written: int
) -> None:
    add(store, "prod")
    add(store, "test", url="https://test.example.com", key="other-key")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(folder), change, str(written)], check=False)
    assert killed.returncode in (0, -9)

    for each in store.servers():
        assert store.get(each.name).api_key, f"{each.name} lost its key"
    store.update("test", user="ana")
    store.import_predecessor()
    here = {_revealed(store, each.name) for each in store.servers()}
    removed = change == "remove" and "prod" not in {each.name for each in store.servers()}
    kept = set(json.loads((folder / "keys.json").read_text()).values())
    assert here <= kept
    if removed or (change == "replace" and "new-key" in here):
        assert kept == here, "a key without its server is left"


BUSY = """
import sys
from pathlib import Path
from rsconnect_jupyter.models import Secret
from rsconnect_jupyter.servers.store import ServerStore

folder, mark, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
store = ServerStore(folder=folder)
for number in range(count):
    name = f"{mark}-{number}"
    store.add(url=f"https://{name}.example.com", api_key=Secret(name), name=name)
    assert store.get(name).api_key == Secret(name)
    if number % 2:
        store.remove(f"{mark}-{number - 1}")
        print(number, flush=True)
"""


@pytest.mark.slow
def test_three_processes_change_the_list_two_hundred_times_and_lose_nothing(store: ServerStore, folder: Path) -> None:
    count = 46  # adds, and half as many removals, by three processes: 207 changes
    processes = [
        subprocess.Popen([sys.executable, "-c", BUSY, str(folder), mark, str(count)], stdout=subprocess.PIPE)
        for mark in ("a", "b", "c")
    ]
    reads = 0
    for _ in _output(processes[0]):
        for each in store.servers():
            assert each.url == f"https://{each.name}.example.com"
            reads += 1

    assert [each.wait() for each in processes] == [0, 0, 0]
    for process in processes:
        _output(process).close()
    names = {each.name for each in store.servers()}
    assert names == {f"{mark}-{number}" for mark in "abc" for number in range(1, count, 2)}
    assert {name: store.get(name).api_key for name in names} == {name: Secret(name) for name in names}
    assert len(json.loads((folder / "keys.json").read_text())) == len(names), "no key is left without its server"
    assert reads > 0
    assert not list(folder.glob("*.new"))


def test_a_session_of_rsconnect_python_is_used_without_a_copy(store: ServerStore, tmp_path: Path) -> None:
    path = rsconnect_python(tmp_path, login={**LOGIN, "oauth_refresh_token": "r"})
    before = path.read_bytes()

    (listed,) = store.servers()
    assert (listed.problem, listed.key_place, listed.credential_kind) == (None, "rsconnect-python", "session")
    assert _credential(store, "login").secrets == (Secret("t"), Secret("r"))
    assert path.read_bytes() == before
    assert not any(b'"t"' in each.read_bytes() for each in store.folder.rglob("*") if each.is_file())


def test_tokens_of_rsconnect_python_are_replaced_where_it_keeps_them(
    store: ServerStore, tmp_path: Path, use_keyring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = rsconnect_python(tmp_path, login={**LOGIN, "oauth_refresh_token": "r"})
    tokens = RsconnectPythonTokens(path, "login", store.folder)
    with tokens.locked():
        tokens.save(Tokens(client_id="c", access=Secret("t2"), refresh=Secret("r2"), expires=5.0))
    kept_there = json.loads(path.read_text())["login"]
    assert [kept_there[f"oauth_{each}"] for each in ("access_token", "refresh_token", "token_expiry")] == [
        "t2",
        "r2",
        5,
    ]

    ring = Ring()
    use_keyring(ring)
    places = [("rsconnect-python", f"{LOGIN['url']}:{each}_token") for each in ("access", "refresh")]
    ring.kept[places[1]] = "old"
    tokens.save(Tokens(client_id="c", access=Secret("t3"), refresh=Secret("r3")))
    assert [ring.kept[each] for each in places] == ["t3", "r3"]
    assert json.loads(path.read_text())["login"] == kept_there

    def refuse(*_arguments: object) -> None:
        raise keyring.errors.PasswordSetError

    monkeypatch.setattr(ring, "set_password", refuse)
    with pytest.raises(ServerStoreError) as caught:
        tokens.save(Tokens(client_id="c", access=Secret("t4")))
    assert caught.value.code == "keyring-locked"


@pytest.mark.parametrize("text", ["{", "[]", '{"login": 5}', '{"other": {"url": "https://a.example.com"}}'])
def test_where_rsconnect_python_has_no_session_any_more_none_is_used_or_made(
    store: ServerStore, tmp_path: Path, text: str
) -> None:
    path = rsconnect_python(tmp_path)
    path.write_text(text)
    tokens = RsconnectPythonTokens(path, "login", store.folder)
    assert tokens.load() is None
    tokens.save(Tokens(client_id="c", access=Secret("t2")))
    assert path.read_text() == text


def test_a_session_that_cannot_be_kept_or_locked_is_told(
    store: ServerStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = rsconnect_python(tmp_path, login=LOGIN)
    with pytest.raises(ServerStoreError), session_lock(path, "a file is no folder"):
        pass
    monkeypatch.setattr("rsconnect_jupyter.servers.sessions.write_json", full)
    with pytest.raises(ServerStoreError) as caught:
        RsconnectPythonTokens(path, "login", store.folder).save(Tokens(client_id="c", access=Secret("t2")))
    assert (caught.value.code, str(path) in caught.value.message) == ("server-store-failed", True)


@pytest.mark.parametrize("text", ["{", "[1]", '{"access_token": 5}'])
def test_a_damaged_session_needs_a_new_sign_in(store: ServerStore, folder: Path, text: str) -> None:
    store.add(url="https://connect.example.com", api_key=session(), name="mine")
    path = folder / "keys.json"
    path.write_text(json.dumps(dict.fromkeys(json.loads(path.read_text()), text)))
    with pytest.raises(NoKeyError):
        store.get("mine")


@pytest.mark.parametrize(
    ("tokens", "is_open"),
    [
        ({"oauth_refresh_token": "r"}, True),
        ({"oauth_token_expiry": None}, True),
        ({"oauth_token_expiry": 4e9}, True),
        ({"oauth_access_token": None}, False),
    ],
    ids=["can be renewed", "without end", "not ended", "no token"],
)
def test_a_session_of_rsconnect_python_is_open_or_needs_a_sign_in(
    store: ServerStore, tmp_path: Path, tokens: dict[str, object], is_open: bool
) -> None:
    rsconnect_python(tmp_path, login={**LOGIN, **tokens})
    assert (store.named("login").problem is None) is is_open


def session(access: str = "a1") -> KeptCredential:
    return kept(Tokens(client_id="c", access=Secret(access), refresh=Secret("r1"), expires=1.0))


def test_a_session_is_kept_and_its_tokens_are_replaced_in_place(store: ServerStore) -> None:
    add(store, "another", url="https://another.example.com")
    store.add(url="https://connect.example.com", api_key=session(), name="mine")
    credential = _credential(store, "mine")
    assert credential.secrets == (Secret("a1"), Secret("r1"))

    tokens = StoredTokens(store, store.folder, url="https://connect.example.com", key_id=credential.identity)
    tokens.save(Tokens(client_id="c", access=Secret("a2"), refresh=Secret("r2")))

    assert _credential(store, "mine").secrets == (Secret("a2"), Secret("r2"))
    assert store.named("mine").credential_kind == "session"


def test_a_claimed_token_is_kept(store: ServerStore) -> None:
    store.add(url="https://connect.example.com", api_key=kept(ClaimedToken("T1", Secret("key"))), name="mine")

    assert _credential(store, "mine").secrets == (Secret("key"), Secret("T1"))
    assert store.get("mine").api_key is None


def test_signing_out_deletes_the_credential_and_keeps_the_server(store: ServerStore) -> None:
    add(store, "another", url="https://another.example.com")
    store.add(url="https://connect.example.com", api_key=session("first-access-token"), name="mine")
    credential = _credential(store, "mine")

    store.sign_out("mine")

    assert [(each.name, each.key_place) for each in store.servers()] == [("another", "file"), ("mine", "none")]
    with pytest.raises(NoKeyError):
        store.get("mine")
    assert store.credential_text(credential.identity) is None
    assert "first-access-token" not in "".join(each.read_text() for each in store.folder.rglob("*.json"))


def test_a_session_for_another_place_needs_a_new_sign_in(store: ServerStore) -> None:
    store.add(url="https://connect.example.com", api_key=session(), name="mine")

    with pytest.raises(ServerStoreError) as caught:
        store.update("mine", url="https://other.example.com")
    assert caught.value.code == "api-key-needed"


def _default_name(store: ServerStore, **arguments: Any) -> str | None:
    found = store.default(**arguments)
    return found.name if found else None


def _credential(store: ServerStore, name: str) -> Credential:
    found = store.get(name).credential
    assert found is not None
    return found


def _revealed(store: ServerStore, name: str) -> str:
    key = store.get(name).api_key
    assert key is not None
    return key.reveal()


def _output(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None
    return process.stdout


@pytest.mark.parametrize("work", ["read_json", "write_json"])
def test_a_full_disk_never_advises_to_remove_the_file_of_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, work: str
) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keys, work, full)
    with pytest.raises(ServerStoreError) as caught:
        ServerStore(folder=tmp_path).add(name="a", url="https://a.example.com", api_key=Secret(KEY))
    assert "disk" in caught.value.hint
    assert not re.search("remove|delete|move", caught.value.hint)
