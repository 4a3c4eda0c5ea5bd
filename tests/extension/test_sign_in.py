"""Signing in over the REST API: begun, waited for, cancelled, kept; no token in any answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox.signing_in import Browser
from serving import Sandbox, running_sandbox


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("server"), "--device-interval=1", "--prefix=/rsc") as running:
        yield running


def approve(server: Sandbox, sign_in: dict[str, Any]) -> None:
    assert Browser(server.url, server.key).answer(sign_in["page"]).status_code < 400


async def test_a_sign_in_ends_with_a_server(api: Any, server: Sandbox) -> None:
    begun = await api("POST", "sign-in", {"address": f"{server.url}/connect/#/content", "name": "acme"})
    assert (begun.status, begun.body["status"], begun.body["method"]) == (201, "pending", "device")
    assert begun.body["user_code"]
    assert (await api("GET", "sign-in")).body["sign_ins"] == [begun.body]

    approve(server, begun.body)
    done = (await api("GET", f"sign-in/{begun.body['id']}", wait=30)).body
    assert (done["status"], done["server"]["name"], done["server"]["user"]) == ("done", "acme", "admin")
    (listed,) = (await api("GET", "servers")).body["servers"]
    assert (listed["has_key"], listed["credential"], listed["expires"]) == (True, "session", None)
    assert (await api("GET", "sign-in")).body["sign_ins"] == []
    hits = await api("GET", "servers/acme/content", search="")
    assert hits.status == 200


async def test_a_browser_on_this_machine_comes_back_to_a_port(api: Any, server: Sandbox) -> None:
    begun = (await api("POST", "sign-in", {"address": server.url, "remote": False})).body
    assert (begun["method"], begun["user_code"]) == ("browser", "")
    assert begun["probe"]["url"].startswith("http://127.0.0.1:")
    assert (await api("DELETE", f"sign-in/{begun['id']}")).body["status"] == "cancelled"
    assert (await api("GET", "servers")).body["servers"] == []


async def test_a_hub_is_remote_whatever_the_browser_says(
    api: Any, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_URL", "http://hub/api")
    begun = (await api("POST", "sign-in", {"address": server.url, "remote": False})).body
    assert begun["method"] == "device"
    await api("DELETE", f"sign-in/{begun['id']}")


async def test_another_sign_in_takes_the_place_of_the_first(api: Any, server: Sandbox) -> None:
    first = (await api("POST", "sign-in", {"address": server.url})).body
    second = (await api("POST", "sign-in", {"address": server.url})).body
    assert (await api("GET", f"sign-in/{first['id']}", wait=10)).body["status"] == "cancelled"
    await api("DELETE", f"sign-in/{second['id']}")


async def test_signing_in_again_and_out(api: Any, server: Sandbox) -> None:
    begun = (await api("POST", "sign-in", {"address": server.url})).body
    approve(server, begun)
    name = (await api("GET", f"sign-in/{begun['id']}", wait=30)).body["server"]["name"]

    out = await api("POST", f"servers/{name}/sign-out", {})
    assert (out.status, out.body["has_key"]) == (200, False)

    again = (await api("POST", "sign-in", {"server": name})).body
    assert again["name"] == name
    approve(server, again)
    assert (await api("GET", f"sign-in/{again['id']}", wait=30)).body["server"]["name"] == name
    assert [each["name"] for each in (await api("GET", "servers")).body["servers"]] == [name]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({}, 400, "bad-request", id="nothing"),
        pytest.param({"server": "nobody"}, 404, "unknown-server", id="unknown-server"),
        pytest.param({"address": "http://127.0.0.1:1"}, 424, "no-answer", id="no-answer"),
        pytest.param({"address": "x", "token": "y"}, 400, "bad-request", id="unknown-field"),
    ],
)
async def test_what_cannot_be_begun(api: Any, body: dict[str, str], status: int, code: str) -> None:
    answer = await api("POST", "sign-in", body)
    assert (answer.status, answer.body["code"]) == (status, code)


async def test_an_unknown_sign_in_is_404(api: Any) -> None:
    assert (await api("GET", "sign-in/none")).status == 404
    assert (await api("DELETE", "sign-in/none")).status == 404


async def test_a_server_without_any_way_says_that_a_key_is_needed(api: Any, tmp_path: Path) -> None:
    with running_sandbox(tmp_path, "--auth=api-keys") as plain:
        answer = await api("POST", "sign-in", {"address": plain.url})
    assert (answer.status, answer.body["code"]) == (422, "sign-in-not-offered")
