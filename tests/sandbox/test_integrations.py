"""OAuth integrations: made by administrators, used by content, without their secrets in any answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sandbox.publishing import Api
from sandbox.test_schemas import check

NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def integration(admin: Api) -> Iterator[dict[str, Any]]:
    body = {
        "name": "Warehouse",
        "description": "All sales",
        "template": "snowflake",
        "config": {"auth_type": "Service Account", "client_id": "public", "client_secret": "hidden-value"},
    }
    answer = admin.call("POST", "v1/oauth/integrations", json=body)
    yield check("POST", "v1/oauth/integrations", answer)
    admin.call("DELETE", f"v1/oauth/integrations/{answer.json()['guid']}")


def test_secrets_go_up_and_never_come_back(admin: Api, integration: dict[str, Any]) -> None:
    assert integration["config"] == {"auth_type": "Service Account", "client_id": "public"}
    assert integration["auth_type"] == "Service Account"
    path = f"v1/oauth/integrations/{integration['guid']}"
    changed = check("PATCH", path, admin.call("PATCH", path, json={"name": "Stock", "config": {"client_id": "other"}}))
    assert (changed["name"], changed["description"], changed["config"]["client_id"]) == ("Stock", "All sales", "other")
    for address in ("v1/oauth/integrations", path):
        assert "hidden-value" not in admin.call("GET", address).text


def test_content_uses_what_is_put(admin: Api, publisher: Api, integration: dict[str, Any]) -> None:
    guid = publisher.create()["guid"]
    path = f"v1/content/{guid}/oauth/integrations/associations"
    entry = {"oauth_integration_guid": integration["guid"]}
    publisher.json("PUT", path, [entry], status=204)
    [found] = check("GET", path, publisher.call("GET", path))
    assert (found["oauth_integration_name"], found["oauth_integration_auth_type"]) == ("Warehouse", "Service Account")
    [used] = admin.json("GET", f"v1/oauth/integrations/{integration['guid']}/associations")
    assert used["content_guid"] == guid
    assert admin.json("GET", f"v1/oauth/integrations/{integration['guid']}")["content_count"] == 1
    assert publisher.refused("PUT", path, [entry, entry]) == (400, 258)
    assert publisher.refused("PUT", path, [{"oauth_integration_guid": NOWHERE}]) == (404, 4)
    assert publisher.refused("PUT", path, [{"guid": integration["guid"]}]) == (400, 121)
    assert len(publisher.json("GET", path)) == 1
    publisher.json("PUT", path, [], status=204)
    assert publisher.json("GET", path) == []


def test_what_is_deleted_is_used_no_more(admin: Api, integration: dict[str, Any]) -> None:
    guid = admin.create()["guid"]
    path = f"v1/content/{guid}/oauth/integrations/associations"
    admin.json("PUT", path, [{"oauth_integration_guid": integration["guid"]}], status=204)
    assert admin.json("GET", "server_settings")["oauth_integrations_enabled"] is True
    admin.json("DELETE", f"v1/oauth/integrations/{integration['guid']}", status=204)
    assert admin.json("GET", path) == []
    assert admin.json("GET", "server_settings")["oauth_integrations_enabled"] is False


def test_who_may_do_what(publisher: Api, viewer: Api, integration: dict[str, Any]) -> None:
    path = f"v1/oauth/integrations/{integration['guid']}"
    assert "content_count" not in publisher.json("GET", path)
    assert publisher.refused("PATCH", path, {"name": "Mine"}) == (403, 22)
    assert publisher.refused("POST", "v1/oauth/integrations", {"name": "Mine", "template": "custom"}) == (403, 22)
    assert viewer.refused("GET", "v1/oauth/integrations") == (403, 22)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"name": " "}, (400, 225)),
        ({"template": "unknown"}, (404, 227)),
        ({"config": []}, (400, 121)),
        ({"permissions": [{"user_guid": NOWHERE}]}, (404, 9)),
        ({"permissions": [{"group_guid": NOWHERE}]}, (404, 153)),
        ({"permissions": [{"user_guid": NOWHERE, "group_guid": NOWHERE}]}, (400, 121)),
        ({"permissions": ["me"]}, (400, 121)),
        ({"more": 1}, (400, 121)),
    ],
    ids=lambda value: str(*value.values()) if isinstance(value, dict) else "",
)
def test_what_is_refused(admin: Api, changed: dict[str, Any], refusal: tuple[int, int]) -> None:
    body = {"name": "Warehouse", "template": "custom", "config": {}, **changed}
    assert admin.refused("POST", "v1/oauth/integrations", body) == refusal
