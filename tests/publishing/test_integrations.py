"""Which OAuth integrations content uses: chosen with a publish or at once; nothing is written to odd servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from publishing_project import Project
from sandbox.publishing import Api
from serving import Sandbox, running_sandbox

from rsconnect_jupyter.connect.client import Client
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.errors import OptionError, TargetError
from rsconnect_jupyter.models import Integration, PublishOptions, Secret, Server
from rsconnect_jupyter.publishing.content_integrations import (
    change_integrations,
    integration_state,
    plan_integrations,
)
from rsconnect_jupyter.publishing.people import find_integration

KINDS = {"Warehouse": "Service Account", "Lake": "Viewer", "Connect": "Visitor API Key"}
NOWHERE = "00000000-0000-4000-8000-000000000000"


@dataclass
class Place:
    """A server of this file's own with three integrations."""

    sandbox: Sandbox
    guids: dict[str, str]

    def client(self, user: str = "admin") -> Client:
        key = json.loads((self.sandbox.data / "keys.json").read_text())[user]
        return open_client(Server(name="sandbox", url=self.sandbox.url, api_key=Secret(key)))

    def break_with(self, *rules: dict[str, Any]) -> None:
        """Put these faults in force, and forget what was asked."""
        requests.delete(f"{self.sandbox.url}/__sandbox__/requests", timeout=30)
        requests.put(f"{self.sandbox.url}/__sandbox__/faults", json=list(rules), timeout=30).raise_for_status()

    def asked(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(f"{self.sandbox.url}/__sandbox__/requests", timeout=30).json()[
            "requests"
        ]
        return found

    def written(self) -> list[str]:
        """Return what was asked of the route that writes them."""
        return [each["path"] for each in self.asked() if each["method"] != "GET" and "oauth" in each["path"]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with running_sandbox(tmp_path_factory.mktemp("integrations"), "--allow-faults") as running:
        api = Api(running.url, running.key)
        made = {
            name: api.json(
                "POST",
                "v1/oauth/integrations",
                {"name": name, "template": "custom", "config": {"auth_type": kind, "client_secret": "hidden-value"}},
            )["guid"]
            for name, kind in KINDS.items()
        }
        yield Place(running, made)


@pytest.fixture
def project(tmp_path: Path, place: Place) -> Project:
    (tmp_path / "work").mkdir()
    server = Server(name="sandbox", url=place.sandbox.url, api_key=Secret(place.sandbox.key))
    made = Project(tmp_path / "work" / f"{tmp_path.name}.ipynb", server, tmp_path / "data")
    made.write("print(6 * 7)")
    return made


@pytest.fixture
def client(place: Place) -> Iterator[Client]:
    with place.client() as opened:
        yield opened
    place.break_with()


def used(client: Client, guid: str) -> list[str]:
    return [each.name for each in client.content_integrations(guid)]


def test_new_content_uses_what_is_chosen_and_an_update_changes_it(
    project: Project, client: Client, place: Place
) -> None:
    outcome = project.publish(integrations=("warehouse", place.guids["Lake"]))
    guid = outcome.good.guid
    assert used(client, guid) == ["Warehouse", "Lake"]
    told = [each.message for each in outcome.events]
    assert told.index("The integrations are changed.") < told.index("The server has started.")
    (changed,) = (each.data["integrations"] for each in outcome.events if each.data and "integrations" in each.data)
    assert changed == {"added": [f"{each} ({place.guids[each]})" for each in ("Warehouse", "Lake")]}

    assert project.publish().good.guid == guid
    assert used(client, guid) == ["Warehouse", "Lake"], "the server keeps them"
    project.publish(integrations=("!Warehouse", "Connect"))
    assert used(client, guid) == ["Lake", "Connect"], "what nobody named stays"
    again = project.publish(integrations=("Connect", "!Warehouse"))
    assert not [each for each in again.events if "integrations" in each.message], "nothing was to change"


def test_a_failed_update_gives_the_earlier_version_its_integrations_back(project: Project, client: Client) -> None:
    guid = project.publish(integrations=("Lake",)).good.guid
    stopped = project.publish(integrations=("!Lake", "Warehouse"), stop_at=("settings", "success"))
    assert stopped.bad.code == "cancelled"
    assert used(client, guid) == ["Lake"]
    assert "integrations" not in stopped.bad.data["remains"]


def test_what_is_not_known_ends_the_publish_before_anything_is_made(project: Project, client: Client) -> None:
    before = project.contents()
    refused = project.publish(integrations=("Ware",))
    assert (refused.bad.code, refused.bad.where and refused.bad.where.field) == ("unknown-integration", "integrations")
    assert refused.bad.hint == "Did you mean Warehouse?"
    assert project.contents() == before


def test_what_a_content_uses_is_shown_with_what_else_there_is(place: Place, client: Client) -> None:
    new = integration_state(client, None)
    assert {each.name: each.auth_type for each in new.integrations} == KINDS
    assert (new.guid, new.may_change, new.reason) == ("", True, "")
    guid = client.create("shown", "Shown").guid
    change(client, guid, "Connect")
    state = integration_state(client, guid)
    assert [(each.name, each.used) for each in state.integrations] == [
        ("Connect", True),
        ("Lake", False),
        ("Warehouse", False),
    ]
    client.update(guid, access_type="all")
    with place.client("viewer") as viewer:
        theirs = integration_state(viewer, guid)
        assert theirs.may_change is False
        assert integration_state(viewer, None).reason == "You may not see the integrations of this server."
    assert "hidden-value" not in json.dumps([new.as_dict(), state.as_dict(), theirs.as_dict()])


def change(client: Client, guid: str, *names: str) -> None:
    plan = plan_integrations(client, PublishOptions(integrations=names), client.content(guid))
    change_integrations(client, guid, plan)


LIST, USED = "/__api__/v1/oauth/integrations", "/__api__/v1/content/*/oauth/integrations/associations"
SHAPES: list[Any] = [{"integrations": []}, ["Warehouse"], [{"name": "Warehouse"}]]
STRANGE = {"oauth_integration_guid": NOWHERE, "oauth_integration_name": "Strange"}
ODD: list[tuple[str, dict[str, Any], str]] = [
    *((path, {"action": "html"}, "cannot be read") for path in (LIST, USED)),
    *(
        (path, {"action": "status", "status": 200, "body": body}, "cannot be read")
        for path in (LIST, USED)
        for body in SHAPES
    ),
    (USED, {"action": "status", "status": 200, "body": [STRANGE]}, "cannot be read"),
    (USED, {"action": "status", "status": 200, "body": [{**STRANGE, "content_guid": NOWHERE}]}, "cannot be read"),
    *(
        (path, {"action": "status", "status": status, "body": {"code": code, "error": "No."}}, said)
        for path in (LIST, USED)
        for status, code, said in ((403, 22, "You may not see"), (404, 4, "no API"), (402, 221, "license"))
    ),
    (LIST, {"action": "status", "status": 200, "body": []}, "has no integrations"),
]


def test_nothing_is_written_where_integrations_are_not_listed_in_the_known_way(client: Client, place: Place) -> None:
    guid = client.create("odd", "Odd").guid
    for path, action, said in ODD:
        place.break_with({"method": "GET", "path": path, "actions": [action]})
        state = integration_state(client, guid)
        assert said in state.reason, (path, action)
        assert (state.integrations, state.may_change) == ((), False)
        with pytest.raises(TargetError) as refused:
            change(client, guid, "Warehouse")
        assert (refused.value.code, refused.value.message) == ("integrations-unavailable", state.reason)
        assert place.written() == [], (path, action)
    place.break_with({"method": "GET", "path": USED, "times": 1, "skip": 1, "actions": [{"action": "html"}]})
    with pytest.raises(TargetError, match="cannot be read"):
        change(client, guid, "Warehouse")  # read once more right before the write
    assert place.written() == []


def test_a_refused_write_is_said_and_removes_new_content(client: Client, place: Place, project: Project) -> None:
    before = project.contents()
    refusal = {"action": "status", "status": 402, "body": {"code": 221, "error": "No."}}
    place.break_with({"method": "PUT", "path": USED, "actions": [refusal]})
    refused = project.publish(integrations=("Warehouse",)).bad
    assert refused.message == "The license of this server does not include integrations."
    assert refused.data["remains"] == "Nothing was created on the server."
    assert project.contents() == before


def test_a_server_that_is_too_old_is_not_asked(tmp_path: Path) -> None:
    with running_sandbox(tmp_path / "old", "--allow-faults", "--connect-version=2024.11.0") as running:
        old = Place(running, {})
        with old.client() as client:
            guid = client.create("old", "Old").guid
            state = integration_state(client, guid)
            assert state.reason == "Integrations need Connect 2024.12 or later; this server has 2024.11.0."
            assert (state.integrations, state.may_change) == ((), False)
            with pytest.raises(TargetError) as refused:
                change(client, guid, "Warehouse")
            assert refused.value.message == state.reason
        assert not [each for each in old.asked() if "oauth" in each["path"]]


def test_names_are_found_as_they_are_written() -> None:
    known = [Integration(guid="g1", name="Lake"), Integration(guid="g2", name="lake"), Integration(guid="g3", name="X")]
    assert [find_integration(known, each).guid for each in ("Lake", "lake", "G3", " x ")] == ["g1", "g2", "g3", "g3"]
    with pytest.raises(OptionError) as both:
        find_integration(known, "LAKE")
    assert (both.value.code, both.value.hint) == ("unknown-integration", "Write the GUID of one of them: g1, g2.")
