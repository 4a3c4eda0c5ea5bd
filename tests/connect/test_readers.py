"""Permissions, people, addresses, tags and thumbnails, against a new sandbox and one from before their last changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from connect.conftest import Noted
from connect.wire import static_bundle
from serving import running_sandbox

from rsconnect_jupyter.connect.client import Client
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.connect.reader_calls import tree_of
from rsconnect_jupyter.errors import ConflictError, ForbiddenError, RefusedError
from rsconnect_jupyter.models import Content, Principal, Secret, Server

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


@pytest.fixture(scope="module", params=["2024.08.0", "2026.06.0"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Noted]:
    options = ("--allow-faults", f"--connect-version={request.param}")
    with running_sandbox(tmp_path_factory.mktemp("readers"), *options) as running:
        yield Noted(running, "v1")


def client_of(server: Noted, user: str = "admin") -> Client:
    key = json.loads((server.sandbox.data / "keys.json").read_text())[user]
    return open_client(Server(name="sandbox", url=server.url, api_key=Secret(key)))


@pytest.fixture
def client(server: Noted) -> Iterator[Client]:
    with client_of(server) as opened:
        yield opened
    server.break_with()


@pytest.fixture
def content(client: Client, request: pytest.FixtureRequest) -> Content:
    return client.create(f"item-{abs(hash(request.node.nodeid)) % 10**9}", "An item")


def post(client: Client, path: str, body: Any) -> Any:
    answer = client.transport.exchange("POST", f"__api__/{path}", json=body)
    assert answer.good, answer.body
    return json.loads(answer.body)


@pytest.fixture(scope="module")
def friends(server: Noted) -> Principal:
    with client_of(server) as client:
        made = post(client, "v1/groups", {"name": "Friends"})
    return Principal(kind="group", guid=made["guid"], name="Friends")


def test_people_are_found_by_the_beginning_of_their_names(client: Client, friends: Principal) -> None:
    found, total = client.users("pub")
    assert [each.name for each in found] == ["publisher"]
    assert (total, found[0].typed) == (1, "user:publisher")
    assert client.user_of(found[0].guid) == found[0]
    assert client.groups("fri") == ((friends,), 1)
    assert list(client.all_groups()) == [friends]
    first, total = client.users("", page=1, size=1)
    second, _ = client.users("", page=2, size=1)
    assert (len(first), len(second), total) == (1, 1, 3)
    assert first != second


def test_a_permission_is_given_changed_and_taken_away(client: Client, content: Content, friends: Principal) -> None:
    (publisher,), _ = client.users("publisher")
    client.permit(content.guid, publisher, "viewer")
    client.permit(content.guid, publisher, "owner")
    client.permit(content.guid, publisher, "owner")
    client.permit(content.guid, friends, "viewer")
    given = client.permissions(content.guid)
    assert {(each.kind, each.guid, each.role) for each in given} == {
        ("user", publisher.guid, "owner"),
        ("group", friends.guid, "viewer"),
    }
    client.forbid(content.guid, given[0].id)
    client.forbid(content.guid, given[0].id)
    assert client.permissions(content.guid) == given[1:]


def test_a_permission_whose_answer_is_lost_is_given_once(server: Noted, client: Client, content: Content) -> None:
    (publisher,), _ = client.users("publisher")
    lost = {"method": "POST", "path": "*/permissions", "times": 1, "action": "reset", "when": "after"}
    server.break_with(lost)
    server.forget()
    client.permit(content.guid, publisher, "viewer")
    assert server.broken() == 1
    assert [each["method"] for each in server.asked()].count("POST") == 1
    assert [each.role for each in client.permissions(content.guid)] == ["viewer"]


def test_what_a_server_does_not_permit_is_refused(server: Noted, client: Client, content: Content) -> None:
    (viewer,), _ = client.users("viewer")
    with pytest.raises(ForbiddenError):
        client.permit(content.guid, viewer, "owner")
    with pytest.raises(RefusedError) as refused:
        client.permit(content.guid, Principal(kind="user", guid=content.owner_guid, name="admin"), "viewer")
    assert refused.value.connect_code == 34
    (publisher,), _ = client.users("publisher")
    client.permit(content.guid, publisher, "owner")
    with client_of(server, "publisher") as other, pytest.raises(ForbiddenError):
        other.set_vanity(content.guid, "theirs")
    with client_of(server, "publisher") as other, pytest.raises(ForbiddenError):
        other.vanities()


def test_an_address_is_set_listed_and_removed(client: Client, content: Content) -> None:
    assert client.vanity(content.guid) == ""
    path = f"/figures-{content.id}/"
    assert client.set_vanity(content.guid, path.strip("/")) == path
    assert client.vanity(content.guid) == path
    assert (path, content.guid) in client.vanities()
    other = client.create(f"other-{content.id}", "Another")
    with pytest.raises(ConflictError) as taken:
        client.set_vanity(other.guid, f"{path}more/")
    assert taken.value.connect_code == 51
    with pytest.raises(RefusedError) as prohibited:
        client.set_vanity(other.guid, "/connect/x/")
    assert prohibited.value.connect_code == 52
    client.remove_vanity(content.guid)
    client.remove_vanity(content.guid)
    assert client.vanity(content.guid) == ""


def test_tags_are_a_tree_and_a_content_has_some_of_them(client: Client, content: Content) -> None:
    top = post(client, "v1/tags", {"name": f"Departments {content.id}", "parent_id": None})
    middle = post(client, "v1/tags", {"name": "Finance", "parent_id": top["id"]})
    low = post(client, "v1/tags", {"name": "Reports", "parent_id": middle["id"]})
    paths = {each.id: each.path for each in client.tags()}
    assert paths[low["id"]] == f"Departments {content.id}/Finance/Reports"
    client.add_tag(content.guid, low["id"])
    assert client.content_tags(content.guid) >= {low["id"], middle["id"]}
    client.remove_tag(content.guid, low["id"])
    assert client.content_tags(content.guid) & {low["id"], middle["id"]} == {middle["id"]}
    with pytest.raises(RefusedError) as category:
        client.add_tag(content.guid, top["id"])
    assert category.value.connect_code == 79


def test_a_list_of_tags_in_a_circle_ends() -> None:
    circle = [{"id": "1", "name": "a", "parent_id": "2"}, {"id": "2", "name": "b", "parent_id": "1"}]
    assert tree_of([*circle, {"id": "3", "name": "c", "parent_id": None}, None])[0].path == "c"
    assert len(tree_of(circle)) == 0


def test_a_thumbnail_is_set_read_and_removed(client: Client, content: Content, tmp_path: Path) -> None:
    md5 = static_bundle(tmp_path / "bundle.tar.gz")
    bundle_id = client.upload(content.guid, tmp_path / "bundle.tar.gz", md5=md5)
    for _line in client.follow(client.deploy(content.guid, bundle_id)):
        pass
    assert client.thumbnail(content) is None
    client.set_thumbnail(content.guid, PNG)
    assert client.thumbnail(content) == PNG
    with pytest.raises(RefusedError):
        client.set_thumbnail(content.guid, b"no picture")
    client.remove_thumbnail(content.guid)
    client.remove_thumbnail(content.guid)
    assert client.thumbnail(content) is None
