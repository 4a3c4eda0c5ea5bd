"""Whose content it is: the server says so only to those who ask for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from connect.conftest import Noted
from connect.wire import CONTENT, GUID, KEY, NOT_ROUTED, USER, Reply, Script, Seen, reply

from rsconnect_jupyter.api import RSConnectServer, do_bundle_deploy, find_unique_name, get_app_info
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.models import Content, Secret, Server

OWNER = {"guid": "u-1", "username": "ada", "first_name": "Ada", "last_name": "Lovelace"}


def with_included(seen: Seen) -> dict[str, Any]:
    """Return the content as Connect describes it: `owner` and `vanity_url` only when asked for."""
    asked = ",".join(seen.query.get("include", [])).split(",")
    extra = {"owner": OWNER, "vanity_url": "https://connect.example/sales/"}
    return {**CONTENT, **{key: extra[key] for key in asked if key in extra}}


@pytest.fixture
def server(script: Script) -> Server:
    script.on("GET", GUID, lambda seen: reply(with_included(seen)))
    script.on("GET", "v1/content", lambda seen: reply([with_included(seen)]))
    script.on("GET", "v1/search/content", lambda seen: reply({"results": [with_included(seen)], "total": 1}))
    return Server(name="x", url=script.url, api_key=Secret(KEY))


def test_owner_names_are_known_wherever_content_is_read(script: Script, server: Server) -> None:
    with open_client(server) as client:
        found: list[Content | None] = [client.content(GUID), client.content("8"), *client.search("title")]
        found += [client.find_by_name("a_name"), *client.matches("title")]
        script.on("GET", "v1/search/content", NOT_ROUTED)
        found += client.matches("title")
    assert [each and each.owner_name for each in found] == ["ada"] * 6


def test_the_keys_of_the_unversioned_api_are_there(script: Script, server: Server) -> None:
    info = get_app_info(RSConnectServer(script.url, KEY), GUID)
    assert (info["owner_username"], info["owner_first_name"], info["owner_last_name"]) == ("ada", "Ada", "Lovelace")
    assert info["vanity_url"] == "https://connect.example/sales/"


def test_the_owners_address_is_there_where_the_server_tells_it(script: Script, server: Server) -> None:
    script.on("GET", "v1/users/u-1", reply({**USER, "email": "ada@connect.example"}))
    assert get_app_info(RSConnectServer(script.url, KEY), GUID)["owner_email"] == "ada@connect.example"


def test_a_server_that_does_not_tell_users_tells_the_rest(script: Script, server: Server) -> None:
    script.on("GET", GUID, reply({**CONTENT, "owner_guid": "u-2"}))
    script.on("GET", "v1/users/u-2", reply({"code": 22, "error": "no", "payload": None}, 403))
    info = get_app_info(RSConnectServer(script.url, KEY), GUID)
    assert (info["guid"], info["owner_email"], info["vanity_url"]) == (GUID, "", "")


def test_an_older_server_knows_fewer_things_to_include(script: Script, server: Server) -> None:
    def refuses_vanity(seen: Seen) -> Reply:
        if "vanity" in ",".join(seen.query.get("include", [])):
            return reply({"code": 161, "error": "The include option specified is not valid", "payload": None}, 400)
        return reply(with_included(seen))

    script.on("GET", GUID, refuses_vanity)
    info = get_app_info(RSConnectServer(script.url, KEY), GUID)
    assert (info["owner_username"], info["vanity_url"]) == ("ada", "")


def test_both_dialects_name_the_owner(noted: Noted, page_bundle: tuple[Path, str]) -> None:
    server = RSConnectServer(noted.url, noted.key)
    made = do_bundle_deploy(server, None, find_unique_name(server, "owned"), "Owned", False, page_bundle[0])
    with open_client(Server(name="x", url=noted.url, api_key=Secret(noted.key))) as client:
        assert client.content(made["app_guid"]).owner_name == "admin"
        assert {each.owner_name for each in client.matches("Owned")} == {"admin"}
    info = get_app_info(server, made["app_id"])
    assert info["owner_username"] == "admin"
    assert {"owner_email", "owner_first_name", "owner_last_name", "vanity_url"} <= info.keys()
