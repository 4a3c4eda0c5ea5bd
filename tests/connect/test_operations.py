"""What is done with content that is there: refusals of the server, routes of older ones, lists that do not end."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from connect.wire import CONTENT, GUID, KEY, NOT_ROUTED, Reply, Script, Seen, reply, text

from rsconnect_jupyter.connect.client import Client
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.errors import BadAnswerError, ConflictError, ForbiddenError, NotFoundError, RefusedError
from rsconnect_jupyter.models import Principal, Secret, Server

ADA = Principal(kind="user", guid="u-2", name="ada")
VARIANT = {"id": 5, "is_default": True}
NO = reply({"code": 23, "error": "no"}, 403)


@pytest.fixture
def client(script: Script) -> Iterator[Client]:
    with open_client(Server(name="x", url=script.url, api_key=Secret(KEY))) as running:
        yield running


CALLS: dict[str, tuple[str, str, Callable[[Client], Any]]] = {
    "stop a run": ("DELETE", "/jobs/k1", lambda client: client.stop_job(GUID, "k1")),
    "delete content": ("DELETE", GUID, lambda client: client.delete(GUID)),
    "delete a version": ("DELETE", "/bundles/3", lambda client: client.delete_bundle(GUID, "3")),
    "delete a schedule": ("DELETE", "/schedules/1", lambda client: client.delete_schedule(1)),
    "fetch a version": ("GET", "/download", lambda client: client.download_bundle(GUID, "3", io.BytesIO())),
    "fetch a thumbnail": ("GET", "__thumbnail__", lambda client: client.thumbnail(client.content(GUID))),
    "permit": ("POST", "/permissions", lambda client: client.permit(GUID, ADA, "viewer")),
    "who am I": ("GET", "v1/user", lambda client: client.user()),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_refusal_is_an_error(name: str, script: Script, client: Client) -> None:
    method, ending, call = CALLS[name]
    script.on("GET", "/permissions", reply([]))
    client._user_answer = None
    for answer, kind in ((NO, ForbiddenError), (text("", 501), RefusedError)):
        script.on(method, ending, answer)
        with pytest.raises(kind):
            call(client)


def test_what_has_ended_or_is_gone_is_no_error(script: Script, client: Client) -> None:
    script.on("DELETE", "/jobs/k1", reply({"code": 163, "error": "not running"}, 409))
    script.on("DELETE", "/schedules/1", reply({"code": 4, "error": "no"}, 404))
    client.stop_job(GUID, "k1")
    client.delete_schedule(1)
    script.on("DELETE", "/schedules/1", NOT_ROUTED)
    with pytest.raises(NotFoundError):
        client.delete_schedule(1)


def test_a_conflict_that_is_none_of_readers_is_an_error(script: Script, client: Client) -> None:
    script.on("GET", "/permissions", reply([]))
    script.on("POST", "/permissions", reply({"code": 1, "error": "no"}, 409))
    with pytest.raises(ConflictError):
        client.permit(GUID, ADA, "viewer")


def test_a_server_before_2025_renders_a_variant(script: Script, client: Client) -> None:
    variants, render = f"applications/{GUID}/variants", "variants/5/render"
    script.on("POST", "/render", NOT_ROUTED)
    script.on("POST", render, reply({"id": "T9"}))
    script.on("GET", variants, reply([{"id": 4}, VARIANT]))
    assert client.render(GUID) == "T9"
    script.on("GET", variants, reply([]))
    with pytest.raises(NotFoundError):
        client.render(GUID)
    assert len(script.asked("POST", render)) == 1


@pytest.mark.parametrize(
    ("variants", "listed", "found"),
    [
        pytest.param(reply([VARIANT]), reply([{"job_key": "k"}, None]), ({"job_key": "k"},), id="listed"),
        pytest.param(reply([]), NO, (), id="no-variant"),
        pytest.param(NO, NO, (), id="variants-refused"),
        pytest.param(reply([VARIANT]), reply({"surprise": 1}), (), id="another-shape"),
    ],
)
def test_renderings_are_listed_where_the_server_does(
    variants: Reply, listed: Reply, found: Any, script: Script, client: Client
) -> None:
    script.on("GET", "/variants", variants)
    script.on("GET", "variants/5/renderings", listed)
    assert client.renderings(GUID) == found


def test_schedules_of_another_shape_are_not_read(script: Script, client: Client) -> None:
    script.on("GET", "/schedules", reply([{"id": 1}, 2]))
    with pytest.raises(BadAnswerError):
        client.schedules("5")


def test_all_groups_come_from_as_many_pages_as_there_are(script: Script, client: Client) -> None:
    def page(seen: Seen) -> Reply:
        number = int(seen.query["page_number"][0])
        return reply({"results": [{"guid": f"g{number}", "name": "G"}], "total": 3})

    script.on("GET", "v1/groups", page)
    assert [each.guid for each in client.all_groups()] == ["g1", "g2", "g3"]
    script.on("GET", "v1/groups", reply({"results": None, "total": 0}))
    assert list(client.all_groups()) == []


def test_lists_without_an_end_are_read_so_far(script: Script, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("client", "compat", "reader_calls"):
        monkeypatch.setattr(f"rsconnect_jupyter.connect.{module}._MOST_PAGES", 2)
    monkeypatch.setattr("rsconnect_jupyter.connect.client._PAGE", 1)
    numbers = iter(range(100))
    script.on("GET", "v1/groups", reply({"results": [{"guid": "g", "name": "G"}], "total": 10**9}))
    script.on("GET", "search/content", reply({"results": [CONTENT], "total": 10**9}))
    script.on("GET", "/bundles", lambda _seen: reply([{"id": str(next(numbers))}]))
    assert len(list(client.all_groups())) == 2
    assert len(list(client.matches(""))) == 2
    assert len(client.bundles(GUID)) == 2
    script.on("GET", "v1/user", NOT_ROUTED)
    script.on("GET", "/me", reply({"username": "ada", "guid": "u"}))
    script.on("GET", "/applications", reply({"applications": [CONTENT], "total": 10**9}))
    with open_client(client.server) as older:
        assert len(list(older.matches(""))) == 2
