"""What routes refuse, with Connect's numbers, and routes that publishing does without: groups, tags, older servers'."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sandbox.publishing import Api, site
from sandbox.test_readers import PNG
from sandbox.test_rights import NOWHERE, user_guid
from serving import Sandbox, running_sandbox


@pytest.fixture(scope="module")
def names(sandbox: Sandbox) -> dict[str, str]:
    """What stands in the paths below."""
    api = Api(sandbox.url, sandbox.key)
    content, _ = api.publish(site("refusing"))
    groups = [api.json("POST", "v1/groups", {"name": f"refusing {number}"})["guid"] for number in "12"]
    tag = api.json("POST", "v1/tags", {"name": "refusing"})["id"]
    return {"content": content["guid"], "me": user_guid(api), "group": groups[0], "tag": tag}


LONG = "x" * 5000
ENVIRONMENT = {"title": "x", "cluster_name": "Kubernetes", "name": "image:1"}
REFUSALS: list[tuple[str, str, Any, tuple[int, int]]] = [
    ("POST", "v1/content/{content}/permissions",
     {"principal_guid": NOWHERE, "principal_type": "user", "role": "reader"}, (400, 25)),
    ("PATCH", "v1/content/{content}/environment", [1], (400, 121)),
    ("PATCH", "v1/content/{content}/environment", [{"other": "x"}], (400, 121)),
    ("PATCH", "v1/content/{content}/environment", [{"name": "A", "value": "\0"}], (400, 25)),
    ("PATCH", "v1/content/{content}", {"owner_guid": NOWHERE}, (404, 9)),
    ("PATCH", "v1/content/{content}", {"content_category": "other"}, (400, 25)),
    ("PATCH", "v1/content/{content}", {"default_environment_guid": "x"}, (400, 3)),
    ("POST", "v1/groups", {"name": " "}, (400, 14)),
    ("POST", "v1/groups", {"name": "refusing 2"}, (409, 15)),
    ("DELETE", "v1/groups/{group}/members/{me}", None, (404, 17)),
    ("POST", "v1/users", {"username": "1"}, (400, 7)),
    ("POST", "v1/users", {"username": "good", "user_role": "king"}, (400, 112)),
    ("PUT", "v1/users/{me}", {"username": "viewer"}, (409, 8)),
    ("POST", "v1/users/{me}/lock", {}, (400, 12)),
    ("POST", "v1/users/{me}/lock", {"locked": True}, (403, 22)),
    ("GET", "v1/users?user_role=king", None, (400, 112)),
    ("GET", "v1/users?account_status=lost", None, (400, 115)),
    ("POST", "v1/tags", {"name": LONG}, (400, 77)),
    ("GET", "v1/search/content?sort=size", None, (400, 25)),
    ("GET", "v1/search/variants?include=pages", None, (400, 161)),
    ("GET", "server_settings/scheduler/static", None, (400, 147)),
    ("GET", "server_settings/scheduler/other", None, (400, 148)),
    ("GET", "v1/content/{content}/schedule/history?variant=other", None, (404, 4)),
    ("POST", "schedules", [], (400, 121)),
    ("POST", "applications/{content}", [], (400, 121)),
    ("GET", "v1/oauth/clients/other", None, (404, 4)),
    ("DELETE", "v1/oauth/clients/other", None, (404, 4)),
    ("GET", f"v1/oauth/sessions/{NOWHERE}", None, (404, 4)),
    ("POST", "v1/environments", {**ENVIRONMENT, "description": LONG}, (400, 169)),
    ("POST", "v1/environments", {**ENVIRONMENT, "supervisor": "a\tb"}, (400, 177)),
    ("POST", "v1/environments", {**ENVIRONMENT, "python": {"installations": [1]}}, (400, 121)),
    ("DELETE", "v1/system/caches/runtime", {"language": "R"}, (404, 4)),
]  # fmt: skip


def test_refusals_have_connects_numbers(admin: Api, names: dict[str, str]) -> None:
    answers = [admin.refused(method, path.format(**names), body) for method, path, body, _ in REFUSALS]
    assert [(each[:2], found) for each, found in zip(REFUSALS, answers, strict=True)] == [
        (each[:2], each[3]) for each in REFUSALS
    ]


def test_who_is_no_administrator_changes_only_what_is_theirs(admin: Api, publisher: Api, names: dict[str, str]) -> None:
    mine = publisher.create()["guid"]
    body = {"owner_guid": names["me"]}
    assert publisher.refused("PATCH", f"v1/content/{mine}", body) == (403, 66)
    assert publisher.refused("DELETE", f"v1/content/{mine}/vanity") == (403, 22)
    assert publisher.refused("POST", f"v1/groups/{names['group']}/members", {"user_guid": names["me"]}) == (403, 21)
    assert publisher.refused("PUT", f"v1/users/{names['me']}", {}) == (403, 21)
    assert publisher.refused("PUT", f"v1/users/{user_guid(publisher)}", {"user_role": "administrator"}) == (403, 23)
    assert admin.json("PATCH", f"v1/content/{mine}", body)["owner_guid"] == names["me"]


def test_members_come_and_go(admin: Api, viewer: Api, names: dict[str, str]) -> None:
    path, member = f"v1/groups/{names['group']}", user_guid(viewer)
    assert admin.json("GET", path)["name"] == "refusing 1"
    admin.json("POST", f"{path}/members", {"user_guid": member}, status=204)
    assert admin.refused("POST", f"{path}/members", {"user_guid": member}) == (409, 16)
    assert [each["guid"] for each in admin.json("GET", f"{path}/members")["results"]] == [member]
    admin.json("DELETE", f"{path}/members/{member}", status=204)
    assert admin.json("GET", f"{path}/members")["total"] == 0


def test_lists_are_filtered_and_turned_round(admin: Api, names: dict[str, str]) -> None:
    found = [admin.json("GET", "v1/users", params={"asc_order": each})["results"] for each in ("true", "false")]
    assert [each["guid"] for each in found[0]] == [each["guid"] for each in reversed(found[1])]
    viewers = admin.json("GET", "v1/users", params={"user_role": "viewer"})["results"]
    assert {each["user_role"] for each in viewers} == {"viewer"}
    below = admin.json("POST", "v1/tags", {"name": "below", "parent_id": names["tag"]})
    assert admin.json("GET", "v1/tags", params={"name": "refusing"})[0]["id"] == names["tag"]
    assert [each["id"] for each in admin.json("GET", "v1/tags", params={"parent_id": names["tag"]})] == [below["id"]]
    assert admin.json("PATCH", f"v1/tags/{below['id']}", {"name": "lower"})["name"] == "lower"
    admin.json("POST", f"v1/content/{names['content']}/tags", {"tag_id": below["id"]})
    tagged = admin.json("GET", "v1/search/content", params={"q": "tag:lower", "include": "bookmarked"})["results"]
    assert [each["guid"] for each in tagged] == [names["content"]]
    assert admin.call("GET", f"v1/content/{names['content']}/lockfile").status_code == 400
    assert admin.json("GET", f"v1/content/{names['content']}/packages") == []
    named = admin.json("GET", "applications", params={"filter": ["min_role:owner", "app_mode:static"]})["applications"]
    assert names["content"] in {each["guid"] for each in named}


def test_routes_that_newer_servers_have_no_more(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, "--connect-version=2023.01.0") as old:
        api = Api(old.url, old.key)
        guid = api.publish(site())[0]["guid"]
        listed = api.call("GET", "v1/experimental/content")
        assert [each["guid"] for each in listed.json()] == [guid]
        assert listed.headers["X-Deprecated-Endpoint"] == "/v1/content"
        bundle = api.json("POST", f"v1/experimental/content/{guid}/upload", data=site("again"))["bundle_id"]
        deploy = api.json("POST", f"v1/experimental/content/{guid}/deploy", {"bundle_id": int(bundle)}, status=202)
        assert api.follow(deploy["task_id"])["code"] == 0
        assert api.json("GET", f"applications/{guid}/environment") == {"version": 1, "values": {}}
        image = f"applications/{guid}/image"
        assert api.refused("GET", image) == (404, 4)
        assert api.call("POST", image, data=PNG).status_code == 200
        assert api.call("GET", image).content == PNG
        empty = api.create()["guid"]
        assert api.refused("POST", f"variants/{empty}/render") == (400, 59)
        assert api.json("POST", f"variants/{guid}/render")["code"] == 0
