"""What older servers lack, and what is done instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from connect.conftest import Noted
from connect.wire import CONTENT, GUID, KEY, NOT_ROUTED, SETTINGS, USER, Reply, Script, Seen, reply, text

from rsconnect_jupyter.api import (
    RSConnect,
    RSConnectServer,
    do_bundle_deploy,
    override_title_search,
    retrieve_matching_apps,
)
from rsconnect_jupyter.connect.compat import LegacyClient
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.errors import RefusedError
from rsconnect_jupyter.models import Secret, Server

ITEMS = [
    {**CONTENT, "guid": f"{number:08}-0000-0000-0000-000000000000", "id": str(number), "title": f"Report {number}"}
    for number in range(30)
]


@pytest.fixture
def older(script: Script) -> Script:
    """Run a server of 2023.11, which lists but does not search."""
    script.on("GET", "server_settings", reply({**SETTINGS, "version": "2023.11.0"}))
    script.on("GET", "search/content", NOT_ROUTED)
    script.on("GET", "v1/content", reply(ITEMS))
    return script


def test_a_server_without_search_lists(older: Script) -> None:
    server = RSConnectServer(older.url, KEY)
    titles = [each["title"] for each in override_title_search(server, None, "report 7")]
    assert titles == ["Report 7", "Report 17", "Report 27"]
    assert len(retrieve_matching_apps(server, {"search": "Report"}, limit=12)) == 12
    with RSConnect(server) as client:
        page = client.app_search({"search": "Report", "count": 7, "start": 7})
        assert (page["total"], page["count"], page["continuation"]) == (30, 7, "14")
        assert [each["id"] for each in page["applications"]] == list(range(7, 14))
        rest = client.app_search({"search": "Report", "count": 100, "cont": page["continuation"]})
        assert (rest["count"], rest["continuation"]) == (16, "")
    assert older.asked("GET", "search/content") == []


def test_a_server_that_hides_its_version_is_asked_and_found_without_search(script: Script) -> None:
    script.on("GET", "server_settings", reply({**SETTINGS, "version": ""}))
    script.on("GET", "search/content", NOT_ROUTED)
    script.on("GET", "v1/content", reply(ITEMS))
    server = RSConnectServer(script.url, KEY)
    assert len(override_title_search(server, None, "Report 1")) == 5
    with RSConnect(server) as functions:
        assert functions.app_search({"search": "Report", "count": 5})["total"] == 30
    with open_client(Server(name="x", url=script.url, api_key=Secret(KEY))) as client:
        assert client.version is None
        assert client.capabilities.drafts is None  # to be tried
        assert client.facts().modes == {}


def test_metadata_and_drafts_are_not_sent_to_servers_that_refuse_them(
    older: Script, page_bundle: tuple[Path, str]
) -> None:
    path, md5 = page_bundle
    with open_client(Server(name="x", url=older.url, api_key=Secret(KEY))) as client:
        client.upload(GUID, path, md5=md5, metadata={"source": "git"})
        client.deploy(GUID, "77")
    assert older.asked("POST", "/bundles")[0].headers["content-type"] == "application/gzip"
    assert older.asked("POST", "/deploy")[0].json == {"bundle_id": "77"}


@pytest.fixture
def oldest(script: Script) -> Script:
    """Run a server without v1 that keeps variables as such servers did: all of them, with a version."""
    app = {**CONTENT, "id": 8, "app_mode": 7, "bundle_id": 3, "url": "http://connect.example/content/8/"}
    known = {
        "server_settings": SETTINGS,
        "me": {**USER, "user_role": None, "privileges": ["publish_apps"]},
        f"applications/{GUID}": app,
        "applications/8": app,
        "applications/8/environment": {"version": 4, "values": {"KEPT": "1", "GONE": "2"}},
    }

    def answer(seen: Seen) -> Reply:
        path = seen.path.partition("/__api__/")[2]
        return reply(known[path]) if path in known else NOT_ROUTED

    script.rules.append(answer)
    return script


def test_variables_in_the_older_dialect_are_merged_here(oldest: Script) -> None:
    with open_client(Server(name="x", url=oldest.url, api_key=Secret(KEY))) as client:
        assert isinstance(client, LegacyClient)
        client.set_variables(GUID, {"NEW": Secret("v"), "GONE": None})
        assert client.variable_names(GUID) == ("GONE", "KEPT")
        oldest.on("GET", "/environment", reply({"version": 4, "values": None}))
        assert client.variable_names(GUID) == ()
    sent = oldest.asked("POST", "/environment")[0]
    assert sent.json == {"version": 4, "values": {"KEPT": "1", "NEW": "v"}}


def test_deleting_in_the_older_dialect(oldest: Script) -> None:
    with open_client(Server(name="x", url=oldest.url, api_key=Secret(KEY))) as client:
        oldest.on("DELETE", "/applications/8", reply({}), reply({"code": 4, "error": "no"}, 404), text("", 500))
        client.delete(GUID)
        client.delete(GUID)  # gone already
        with pytest.raises(RefusedError):
            client.delete(GUID)


def test_an_item_without_a_number_is_used_by_its_guid(oldest: Script) -> None:
    oldest.on("GET", f"applications/{GUID}", reply({**CONTENT, "id": None, "app_mode": 7}))
    oldest.on("GET", f"applications/{GUID}/environment", reply({"values": {"A": "1"}}))
    with open_client(Server(name="x", url=oldest.url, api_key=Secret(KEY))) as client:
        assert client.variable_names(GUID) == ("A",)


def test_versions_of_a_server_without_pages_of_them(older: Script) -> None:
    older.on("GET", "/bundles", reply([{"id": str(number)} for number in (9, 10, 2)]))
    with open_client(Server(name="x", url=older.url, api_key=Secret(KEY))) as client:
        first, second = (client.bundle_page(GUID, number, 2) for number in (1, 2))
    assert [each["id"] for each in (*first[0], *second[0])] == ["10", "9", "2"]
    assert (first[1], second[1]) == (True, False)


def test_numbers_of_the_older_dialect_are_read_as_names(oldest: Script) -> None:
    with open_client(Server(name="x", url=oldest.url, api_key=Secret(KEY))) as client:
        content = client.content("8")
        assert client.user().may_publish
        assert client.bundles(GUID) == ()
    assert (content.guid, content.id, content.mode, content.bundle_id) == (GUID, "8", "jupyter-static", "3")


def test_the_number_that_the_server_gave_is_used_and_not_looked_up(
    oldest: Script, page_bundle: tuple[Path, str]
) -> None:
    app = {**CONTENT, "id": 8, "app_mode": 7, "bundle_id": 3}
    oldest.on("POST", "/applications/8", reply(app))
    oldest.on("POST", "/upload", reply({"id": 77}))
    oldest.on("POST", "/deploy", reply({"id": "T1"}))
    do_bundle_deploy(RSConnectServer(oldest.url, KEY), GUID, "n", "Another title", False, page_bundle[0])
    asked = [(each.method, each.path.partition("/__api__/")[2]) for each in oldest.seen]
    assert asked[-4:] == [
        ("GET", f"applications/{GUID}"),
        ("POST", "applications/8/upload"),
        ("POST", "applications/8"),
        ("POST", "applications/8/deploy"),
    ]


def test_items_without_a_role_stay_where_the_server_filtered_by_it(oldest: Script) -> None:
    item = {key: value for key, value in {**CONTENT, "id": 8, "app_mode": 7}.items() if key != "app_role"}
    oldest.on("GET", "/applications", reply({"applications": [item], "total": 1}))
    with open_client(Server(name="x", url=oldest.url, api_key=Secret(KEY))) as client:
        assert [each.guid for each in client.search("title")] == [GUID]
    assert oldest.asked("GET", "/applications")[0].query["filter"] == ["min_role:editor"]


def test_a_number_is_turned_into_a_guid_once(script: Script, page_bundle: tuple[Path, str]) -> None:
    with RSConnect(RSConnectServer(script.url, KEY)) as client:
        client.app_upload(8, page_bundle[0])
        client.app_deploy(8, 77)
    assert len(script.asked("GET", "applications/8")) == 1
    assert script.asked("GET", GUID) == []


def test_variables_on_a_real_server(v1_sandbox: Noted) -> None:
    with open_client(Server(name="x", url=v1_sandbox.url, api_key=Secret(v1_sandbox.key))) as client:
        content = client.create("with_variables", "With variables")
        client.set_variables(content.guid, {"FIRST": Secret("1"), "SECOND": Secret("2")})
        client.set_variables(content.guid, {"FIRST": None})
        names = client.transport.exchange("GET", f"__api__/v1/content/{content.guid}/environment")
    assert names.body.strip() == b'["SECOND"]'
