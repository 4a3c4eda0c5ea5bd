"""What people paste becomes the right server, or an error that says what was tried."""

from __future__ import annotations

import json

import pytest
from connect.conftest import Noted
from connect.wire import GUID, KEY, NOT_ROUTED, SETTINGS, Reply, Script, Seen, reply, text
from serving import running_sandbox

from rsconnect_jupyter.connect.address import candidates, strip_userinfo
from rsconnect_jupyter.connect.compat import LegacyClient
from rsconnect_jupyter.connect.discovery import find_server, open_client
from rsconnect_jupyter.connect.versions import capabilities_of, parse_version
from rsconnect_jupyter.errors import AddressError, NoAnswerError, RSConnectException, SignInError
from rsconnect_jupyter.models import Secret, Server


@pytest.mark.parametrize(
    "pasted",
    [
        "{host}",
        "{host}/",
        "http://{host}",
        "HTTP://{host}/",
        "  http://{host}/ \n",
        "<http://{host}/>",
        "http://{host}/connect/",
        "http://{host}/connect/#/content/listing",
        "http://{host}/connect/#/apps/" + GUID,
        "http://{host}/connect/#/apps/" + GUID + "/access",
        "http://{host}/content/" + GUID + "/",
        "http://{host}/content/" + GUID + "/notebook.html?x=1",
        "http://{host}/__api__",
        "http://{host}/__api__/v1/content",
        "http://{host}/some/vanity/path/",
        "http://user:pass@{host}/",
    ],
)
@pytest.mark.parametrize("prefix", ["", "/rsc", "/deep/er"])
def test_anything_pasted_finds_the_server(pasted: str, prefix: str, script: Script) -> None:
    def only_below(seen: Seen) -> Reply | None:
        return None if seen.path.startswith(prefix + "/__api__") else text("<html>Not here</html>", 404, "text/html")

    script.rules.append(only_below)
    found = find_server(pasted.format(host=f"127.0.0.1:{script.port}{prefix}"))
    assert found.url == f"{script.url}{prefix}"
    assert (found.dialect, found.version) == ("v1", "2026.06.0")
    assert found.guid == (GUID if GUID in pasted else None)
    assert all("pass" not in json.dumps(each.headers) for each in script.seen)


def test_the_sandbox_under_a_prefix(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_sandbox(tmp_path_factory.mktemp("prefixed"), "--prefix", "/rsc") as running:
        root = running.url if running.url.endswith("/rsc") else running.url + "/rsc"
        assert find_server(f"{root}/connect/#/apps/{GUID}/logs").url == root
        with open_client(Server(name="x", url=root, api_key=Secret(running.key))) as client:
            assert client.user().username == "admin"


def test_the_dialect_is_the_servers_own(noted: Noted) -> None:
    found = find_server(noted.url)
    assert found.dialect == noted.dialect
    assert found.version is None  # told only to those with a key
    with open_client(Server(name="x", url=noted.url, api_key=Secret(noted.key))) as client:
        assert isinstance(client, LegacyClient) is (noted.dialect == "legacy")
        assert client.version


IMPOSTORS: dict[str, Reply] = {
    "a page for everything": text("<!doctype html><title>Welcome</title>", 200, "text/html"),
    "401 for everything": text("<html>sign in</html>", 401, "text/html"),
    "401 in JSON": reply({"message": "Unauthorized"}, 401),
    "403 for everything": text("", 403),
    "another JSON service": reply({"status": "ok"}),
    "a JSON list": reply([]),
    "a JSON error with 200": reply({"error": "not found"}),
    "an empty object": reply({}),
    "another service with a version": reply({"version": "3.2", "name": "something"}),
    "a redirect to a sign-in": Reply(302, b"", {"Location": "https://login.example.com/"}),
    "nothing there": text("not found", 404),
}


@pytest.mark.parametrize("kind", IMPOSTORS)
def test_what_is_not_connect_is_not_taken_for_it(kind: str, script: Script) -> None:
    script.rules.append(lambda seen: IMPOSTORS[kind])
    with pytest.raises(AddressError) as caught:
        find_server(f"{script.url}/a/path/")
    tried = [f"{script.url}/a/path", f"{script.url}/a", script.url]
    assert caught.value.data["tried"] == tried
    assert ", ".join(tried) in caught.value.message
    assert caught.value.hint
    with pytest.raises(RSConnectException):
        open_client(Server(name="x", url=script.url, api_key=Secret(KEY)))


def test_settings_that_ask_for_a_good_key_are_read_without_one(script: Script) -> None:
    def refuses_keys(seen: Seen) -> Reply:
        if "authorization" in seen.headers:
            return reply({"code": 30, "error": "no", "payload": None}, 401)
        return reply({key: value for key, value in SETTINGS.items() if key != "version"})

    script.on("GET", "server_settings", refuses_keys)
    script.on("GET", "v1/user", reply({"code": 30, "error": "no", "payload": None}, 401))
    with open_client(Server(name="x", url=script.url, api_key=Secret(KEY))) as client:
        with pytest.raises(SignInError):
            client.user()


ERROR_30 = {"code": 30, "error": "We couldn't log you in.", "payload": None}


@pytest.mark.parametrize("settings", [{}, {"new_in_2030": True}, []], ids=["empty", "unknown", "list"])
@pytest.mark.parametrize("dialect", ["v1", "legacy"])
def test_settings_of_unknown_content_leave_the_decision_to_the_user_route(
    settings: object, dialect: str, script: Script
) -> None:
    script.on("GET", "server_settings", reply(settings))
    if dialect == "legacy":
        script.on("GET", "v1/user", NOT_ROUTED)
        script.on("GET", "/me", reply({"code": 24, "error": "Please sign in.", "payload": None}, 401))
    found = find_server(script.url)
    assert (found.url, found.dialect, found.version) == (script.url, dialect, None)


@pytest.mark.parametrize("without_key", [reply(ERROR_30, 401), text("<html>", 401, "text/html"), NOT_ROUTED])
def test_a_wrong_key_is_not_taken_for_a_wrong_address(without_key: Reply, script: Script) -> None:
    def settings(seen: Seen) -> Reply:
        return reply(ERROR_30, 401) if "authorization" in seen.headers else without_key

    script.on("GET", "server_settings", settings)
    script.on("GET", "v1/user", reply(ERROR_30, 401))
    with (
        pytest.raises(SignInError) as caught,
        open_client(Server(name="x", url=script.url, api_key=Secret(KEY))) as client,
    ):
        client.user()
    assert caught.value.code == "bad-api-key"


def test_the_settings_of_the_first_look_are_not_asked_for_again(script: Script) -> None:
    with open_client(Server(name="x", url=script.url, api_key=Secret(KEY))) as client:
        assert client.settings()["hostname"] == "connect"
        assert client.user().username == "ada"
        assert len(script.seen) == 2
        client.settings()  # a later call asks, as settings may change
        assert len(script.seen) == 3


def test_a_server_with_neither_dialect(script: Script) -> None:
    script.on("GET", "v1/user", NOT_ROUTED)
    script.on("GET", "/me", NOT_ROUTED)
    with pytest.raises(RSConnectException):
        find_server(script.url)


def test_the_step_to_https_or_another_path_is_followed(script: Script) -> None:
    script.on("GET", "/__api__/server_settings", Reply(301, b"", {"Location": "/new/__api__/server_settings/"}))
    script.on("GET", "/new/__api__/server_settings/", reply(SETTINGS))
    assert find_server(script.url).url == f"{script.url}/new"


def test_without_a_scheme_no_key_travels_unencrypted(script: Script) -> None:
    script.on("GET", "server_settings", reply(SETTINGS))
    elsewhere = script.url.replace("http://127.0.0.1:", "127.1:")  # the same socket; no name of loopback to look at
    with pytest.raises(AddressError) as caught:
        open_client(Server(name="x", url=elsewhere, api_key=Secret(KEY)))
    assert caught.value.code == "not-encrypted"
    assert f"http://{elsewhere}" in caught.value.hint
    assert script.seen
    assert not any("authorization" in each.headers for each in script.seen)
    with open_client(Server(name="x", url=f"http://{elsewhere}", api_key=Secret(KEY))) as client:
        assert client.version == SETTINGS["version"]


def test_without_a_scheme_what_is_not_connect_is_not_asked_further(script: Script) -> None:
    script.on("GET", "server_settings", reply({"status": "ok"}))
    with pytest.raises(AddressError) as caught:
        find_server(script.url.replace("http://127.0.0.1:", "127.1:"))
    assert caught.value.data["why"] == "address-not-connect"


def test_no_key_goes_to_another_path_than_the_servers(script: Script) -> None:
    script.on("GET", "/rsc/__api__/server_settings", NOT_ROUTED)
    with pytest.raises(AddressError):
        open_client(Server(name="x", url=f"{script.url}/rsc", api_key=Secret(KEY)))
    assert {each.path for each in script.seen} == {"/rsc/__api__/server_settings"}
    link = f"{script.url}/connect/#/apps/{GUID}"
    with open_client(Server(name="x", url=link, api_key=Secret(KEY))) as client:
        assert client.server.url == script.url


@pytest.mark.parametrize(
    "address",
    [
        "",
        "   ",
        "ftp://host",
        "file:///etc/passwd",
        "http://",
        "https://?",
        "http://a b<c>/",
        "http://[::1",
        "http://host:99999",
    ],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(AddressError) as caught:
        find_server(address)
    assert caught.value.hint


def test_a_dead_host_is_asked_once_and_named(script: Script) -> None:
    script.close()
    with pytest.raises(NoAnswerError) as caught:
        find_server(f"{script.url}/a/b/c")
    assert f"127.0.0.1:{script.port}" in caught.value.message


def test_without_a_scheme_the_safe_one_comes_first() -> None:
    assert candidates("connect.example.com/rsc/") == (
        "https://connect.example.com/rsc",
        "http://connect.example.com/rsc",
        "https://connect.example.com",
        "http://connect.example.com",
    )
    assert candidates("localhost:3939")[0] == "http://localhost:3939"
    assert candidates("https://host/rsc/connect/#/apps/x")[0] == "https://host/rsc"
    assert candidates("https://HOST:443/")[0] == "https://host"
    assert candidates("http://[::1]:3939/x")[-1] == "http://[::1]:3939"


@pytest.mark.parametrize(
    "pasted",
    [
        "https://connect.example.com\u200b",
        "\ufeffhttps://connect.example.com/",
        "“https://connect.example.com”",
        "(https://connect.example.com).",
        "https://connect.example.com,",
        "https://connect.example.com.",
        "https:/connect.example.com",
        "https//connect.example.com",
        "https:\\\\connect.example.com\\",
        "https://connect.\xa0example.com",
    ],
)
def test_what_mails_and_documents_add_is_taken_away(pasted: str) -> None:
    assert candidates(pasted) == ("https://connect.example.com",)


def test_user_names_and_passwords_are_dropped() -> None:
    assert strip_userinfo("https://u:p@host/x?y@z") == "https://host/x?y@z"
    assert strip_userinfo("https://host/a@b") == "https://host/a@b"
    assert all("u:p" not in each for each in candidates("u:p@host/x"))


@pytest.mark.parametrize(
    ("version", "drafts", "pages", "metadata", "search"),
    [
        ("2026.06.0", True, True, True, True),
        ("2025.06.0", True, False, False, True),
        ("2025.07.0-dev+103-g11242", True, True, False, True),
        ("2025.12.1", True, True, True, True),
        ("2024.04.0", False, False, False, True),
        ("2024.03.9", False, False, False, False),
        ("1.8.6", False, False, False, False),
        ("", None, None, False, None),
        (None, None, None, False, None),
        ("unknowable", None, None, False, None),
    ],
)
def test_capabilities_by_version(
    version: str | None, drafts: bool | None, pages: bool | None, metadata: bool, search: bool | None
) -> None:
    found = capabilities_of(version)
    assert (found.drafts, found.draft_pages, found.metadata, found.search) == (drafts, pages, metadata, search)
    assert capabilities_of(version, legacy=True).drafts is False


def test_versions_are_numbers() -> None:
    assert parse_version("2024.01.0") == (2024, 1, 0)
    assert parse_version("2023.11.0-dev+103-g1124") == (2023, 11, 0)
    assert parse_version("v1.8.6") == (1, 8, 6)
