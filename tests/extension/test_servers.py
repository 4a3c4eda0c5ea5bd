"""Servers through the REST API: added once, checked, kept with a key that no answer ever holds."""

from __future__ import annotations

import http.server
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from serving import Sandbox, running_sandbox
from traces import holders

from rsconnect_jupyter.runner.ports import free_port


@pytest.fixture
def web_page() -> Iterator[str]:
    """A server that answers everything with a page, as proxies and sign-in pages do."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<!doctype html><title>Sign in</title>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: Any) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Path]]:
    """A sandbox behind TLS with a certificate of a CA of its own."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    options = ("--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem"))
    with running_sandbox(folder / "data", *options) as sandbox:
        yield sandbox, folder / "ca.pem"


async def test_a_server_is_added_from_any_link_and_becomes_the_default(api: Any, sandbox: Sandbox) -> None:
    pasted = f"{sandbox.url}/connect/#/apps/"
    added = await api("POST", "servers", {"address": pasted, "api_key": sandbox.key})
    assert added.status == 201
    assert added.body["url"] == sandbox.url
    assert added.body["user"]
    assert added.body["has_key"]
    assert added.body["key_place"] == "file"
    assert added.body["default"]
    listed = (await api("GET", "servers")).body
    assert [each["name"] for each in listed["servers"]] == [added.body["name"]]
    assert listed["default"] == added.body["name"]
    assert listed["key_place"] == "file"


async def test_no_answer_about_servers_holds_the_key(api: Any, sandbox: Sandbox) -> None:
    name = (await api("POST", "servers", {"address": sandbox.url, "api_key": sandbox.key})).body["name"]
    for verb, route in [
        ("GET", "servers"), ("GET", f"servers/{name}/content"), ("PATCH", f"servers/{name}"),
    ]:  # fmt: skip
        answer = await api(verb, route, {} if verb != "GET" else None)
        assert answer.status == 200
        assert sandbox.key not in json.dumps(answer.body)


async def test_the_address_is_checked_before_a_key_is_asked_for(api: Any, sandbox: Sandbox) -> None:
    found = await api("POST", "address", {"address": sandbox.url + "/connect/#/"})
    assert found.body["url"] == sandbox.url
    assert found.body["known"] is None
    assert found.body["keys_url"].startswith(sandbox.url)
    await api("POST", "servers", {"address": sandbox.url, "api_key": sandbox.key, "name": "mine"})
    assert (await api("POST", "address", {"address": sandbox.url})).body["known"] == "mine"


async def test_a_wrong_key_is_refused_at_the_key_field_and_nothing_is_kept(api: Any, sandbox: Sandbox) -> None:
    refused = await api("POST", "servers", {"address": sandbox.url, "api_key": "wrong-key-0123456789"})
    assert refused.status == 422
    assert refused.body["code"] == "bad-api-key"
    assert refused.body["where"] == {"field": "api_key"}
    assert refused.body["hint"]
    assert "wrong-key" not in json.dumps(refused.body)
    assert (await api("GET", "servers")).body["servers"] == []


async def test_a_dead_host_is_said_at_the_address_field(api: Any) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    for route, body in (("address", {"address": address}), ("servers", {"address": address, "api_key": "k"})):
        answer = await api("POST", route, body)
        assert answer.status == 424
        assert answer.body["code"] == "no-answer"
        assert answer.body["where"] == {"field": "address"}


async def test_a_web_page_is_no_connect_server(api: Any, web_page: str) -> None:
    answer = await api("POST", "servers", {"address": web_page, "api_key": "k"})
    assert answer.status == 422
    assert answer.body["where"] == {"field": "address"}
    assert "Connect" in answer.body["message"]
    assert "<" not in answer.body["message"] + answer.body["hint"]


async def test_an_unknown_certificate_is_refused_until_its_ca_is_given(
    api: Any, certified: tuple[Sandbox, Path]
) -> None:
    sandbox, ca = certified
    new = {"address": sandbox.url, "api_key": sandbox.key, "name": "certified"}
    refused = await api("POST", "servers", new)
    assert refused.status == 424
    assert refused.body["code"] == "certificate-refused"
    assert refused.body["where"] == {"field": "address"}
    added = await api("POST", "servers", {**new, "ca_data": ca.read_text()})
    assert added.status == 201
    assert added.body["has_ca"]
    assert (await api("GET", "servers/certified/content")).status == 200
    unchecked = await api("POST", "servers", {**new, "name": "unchecked", "insecure": True})
    assert unchecked.body["insecure"]
    assert not unchecked.body["has_ca"]
    listed = (await api("GET", "servers")).body["servers"]
    assert [each["name"] for each in listed] == ["unchecked"], "added again, it is changed"


async def test_a_server_is_renamed_changed_and_removed(api: Any, sandbox: Sandbox) -> None:
    await api("POST", "servers", {"address": sandbox.url, "api_key": sandbox.key, "name": "one"})
    other_name = sandbox.url.replace("127.0.0.1", "localhost")
    await api("POST", "servers", {"address": other_name, "api_key": sandbox.key, "name": "two"})
    assert (await api("PATCH", "servers/one", {"name": "a b/c"})).status == 422
    taken = await api("PATCH", "servers/one", {"name": "two"})
    assert (taken.status, taken.body["code"]) == (409, "server-name-taken")
    renamed = await api("PATCH", "servers/one", {"name": "a b%c"})
    assert renamed.body["name"] == "a b%c"
    assert (await api("PATCH", "servers/a%20b%25c", {})).body["user"]
    assert (await api("PATCH", "servers/two", {"default": True})).body["default"]
    assert (await api("PATCH", "servers/two", {"api_key": "wrong"})).status == 422
    assert (await api("GET", "servers/two/content")).status == 200, "the old key was lost"
    assert (await api("DELETE", "servers/two")).status == 204
    assert (await api("PATCH", "servers/two", {})).status == 404
    assert (await api("DELETE", "servers/two")).status == 404


async def test_removing_a_server_removes_its_key_from_disk(api: Any, sandbox: Sandbox, jp_data_dir: Path) -> None:
    await api("POST", "servers", {"address": sandbox.url, "api_key": sandbox.key, "name": "gone"})
    holding = holders(sandbox.key, jp_data_dir)
    assert len(holding) == 1
    assert holding[0].stat().st_mode & 0o777 == 0o600
    await api("DELETE", "servers/gone")
    assert not holders(sandbox.key, jp_data_dir)


async def test_a_changed_address_needs_the_key_again(api: Any, sandbox: Sandbox) -> None:
    new = {"address": sandbox.url, "api_key": sandbox.key, "name": "here"}
    await api("POST", "servers", new)
    elsewhere = {"address": sandbox.url.replace("127.0.0.1", "localhost")}
    refused = await api("PATCH", "servers/here", elsewhere)
    assert (refused.status, refused.body["code"], refused.body["where"]) == (
        422,
        "api-key-needed",
        {"field": "api_key"},
    )
    moved = await api("PATCH", "servers/here", {**elsewhere, "api_key": sandbox.key})
    assert moved.body["url"] == elsewhere["address"]


async def test_a_lost_key_can_be_entered_again(api: Any, sandbox: Sandbox, jp_data_dir: Path) -> None:
    await api("POST", "servers", {"address": sandbox.url, "api_key": sandbox.key, "name": "here"})
    holders(sandbox.key, jp_data_dir)[0].unlink()
    assert (await api("GET", "servers/here/content")).body["code"] == "no-api-key"
    assert (await api("PATCH", "servers/here", {"api_key": sandbox.key})).status == 200
    assert (await api("GET", "servers/here/content")).status == 200


async def test_a_viewer_is_refused_with_the_role(api: Any, sandbox: Sandbox) -> None:
    key = json.loads((sandbox.data / "keys.json").read_text())["viewer"]
    refused = await api("POST", "servers", {"address": sandbox.url, "api_key": key})
    assert (refused.status, refused.body["code"], refused.body["where"]) == (
        422,
        "cannot-publish",
        {"field": "api_key"},
    )
    assert "viewer" in refused.body["message"]
    assert (await api("GET", "servers")).body["servers"] == []


async def test_a_server_that_cannot_be_used_is_listed_with_the_reason(
    api: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "rsconnect-python").mkdir()
    entry = {"name": "login", "url": "https://oauth.example.com", "oauth_client_id": "c"}
    (tmp_path / "rsconnect-python" / "servers.json").write_text(json.dumps({"login": entry}))
    (listed,) = (await api("GET", "servers")).body["servers"]
    assert "browser" in listed["problem"]
    assert (listed["has_key"], listed["key_editable"], listed["editable"]) == (False, True, False)


async def test_a_stopped_server_is_no_answer_not_a_sign_out(api: Any, tmp_path: Path) -> None:
    with running_sandbox(tmp_path / "short") as short:
        await api("POST", "servers", {"address": short.url, "api_key": short.key, "name": "short"})
    answer = await api("GET", "servers/short/content")
    assert (answer.status, answer.body["code"]) == (424, "no-answer")


async def test_requests_that_cannot_be_read_say_which_field(api: Any) -> None:
    for body, field in [
        ({}, "address"), ({"address": ""}, "address"), ({"address": 1, "api_key": "k"}, "address"),
        ({"address": "a", "api_key": None}, "api_key"), ({"address": "a", "api_key": "k", "color": "red"}, "color"),
        ({"address": "a", "api_key": "k", "insecure": "perhaps"}, "insecure"),
        ({"address": "a\ud800", "api_key": "k"}, "address"),
    ]:  # fmt: skip
        answer = await api("POST", "servers", body)
        assert (answer.status, answer.body.get("where")) == (400, {"field": field}), body
    for raw in (b"{", b"[]", b'"text"', b"\xff"):
        assert (await api("POST", "servers", raw=raw)).status == 400


async def test_servers_of_version_1_are_taken_over_and_their_clear_text_keys_deleted_on_request(
    api: Any, sandbox: Sandbox, jp_config_dir: Path
) -> None:
    left = jp_config_dir / "nbconfig" / "rsconnect_jupyter.json"
    left.parent.mkdir()
    entry = {"server": f"{sandbox.url}/", "serverName": "old one", "apiKey": sandbox.key}
    left.write_text(json.dumps({f"{sandbox.url}/": entry}))
    listed = (await api("GET", "servers")).body
    assert listed["predecessor"]
    assert [(each["url"], each["has_key"]) for each in listed["servers"]] == [(sandbox.url, True)]
    assert (await api("DELETE", "predecessor")).status == 204
    assert not left.exists()
    again = (await api("GET", "servers")).body
    assert not again["predecessor"]
    assert again["servers"] == listed["servers"]


class TestLockedByTheAdministrator:
    """``lock_server``: people publish where the administrator says, with keys of their own."""

    @pytest.fixture
    def extension_config(self, sandbox: Sandbox) -> Any:
        return {
            "servers": [{"name": "acme", "url": sandbox.url}, {"name": "spare", "url": "https://spare.invalid"}],
            "default_server": "acme",
            "lock_server": True,
            "allow_insecure": False,
            "allow_sandbox": False,
        }

    async def test_servers_are_listed_with_their_origin_and_nothing_can_be_added(
        self, api: Any, sandbox: Sandbox
    ) -> None:
        listed = (await api("GET", "servers")).body
        assert [(each["name"], each["origin"]) for each in listed["servers"]] == [
            ("acme", "configuration"),
            ("spare", "configuration"),
        ]
        assert listed["default"] == "acme"
        assert listed["locked"]
        assert not listed["allow_insecure"]
        assert not listed["sandbox"]["allowed"]
        assert not listed["servers"][0]["removable"]
        new = {"address": sandbox.url, "api_key": sandbox.key}
        assert (await api("POST", "servers", new)).body["code"] == "servers-locked"
        assert (await api("DELETE", "servers/acme")).status == 409
        assert (await api("POST", "address", {"address": sandbox.url, "insecure": True})).status == 422

    async def test_the_sandbox_stays_off(self, api: Any) -> None:
        assert (await api("POST", "sandbox", {})).body["code"] == "sandbox-disabled"

    async def test_a_key_of_ones_own_is_kept_for_a_server_of_the_administrator(
        self, api: Any, sandbox: Sandbox
    ) -> None:
        assert (await api("GET", "servers/acme/content")).body["code"] == "no-api-key"
        listed = (await api("GET", "servers")).body["servers"][0]
        assert (listed["editable"], listed["key_editable"]) == (False, True)
        changed = (await api("PATCH", "servers/acme", {"api_key": sandbox.key})).body
        assert (changed["has_key"], changed["key_editable"]) == (True, True)
        assert (await api("GET", "servers/acme/content")).status == 200
        fixed = await api("PATCH", "servers/acme", {"address": "https://else.invalid", "api_key": sandbox.key})
        assert (fixed.status, fixed.body["code"]) == (409, "server-read-only")


async def test_requests_to_a_server_are_in_jupyters_log_at_debug_level(
    api: Any, jp_serverapp: Any, sandbox: Sandbox
) -> None:
    """Jupyter's level decides, Jupyter's handlers write: method, path, status and time, no key."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    log = jp_serverapp.extension_manager.extension_points["rsconnect_jupyter"].app.log
    ours, before = logging.getLogger("rsconnect_jupyter"), log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    ours.setLevel(logging.DEBUG)
    try:
        await api("POST", "address", {"address": sandbox.url})
    finally:
        log.removeHandler(handler)
        log.setLevel(before)
        ours.setLevel(logging.INFO)
    requests = [each for each in lines if "rsconnect_jupyter.connect" in each]
    assert any("GET" in each and "server_settings" in each for each in requests), lines
