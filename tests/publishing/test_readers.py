"""Who may read what is published, and what they see of it besides the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from publishing_project import Project
from serving import Sandbox

from rsconnect_jupyter.connect.client import Client
from rsconnect_jupyter.connect.reader_calls import THUMBNAIL_LIMIT
from rsconnect_jupyter.connect.vanity import in_the_way, vanity_path
from rsconnect_jupyter.errors import OptionError
from rsconnect_jupyter.models import Permission, Principal, PublishOptions, Tag
from rsconnect_jupyter.publishing.people import find_tag
from rsconnect_jupyter.publishing.reader_plan import ReaderPlan
from rsconnect_jupyter.publishing.readers import check_reader_options
from rsconnect_jupyter.publishing.thumbnails import offered_figures, read_thumbnail

ADA = Principal(kind="user", guid="a", name="ada")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
def client(project: Project) -> Iterator[Client]:
    with project.client() as opened:
        yield opened


def shared(client: Client, guid: str) -> dict[str, str]:
    """Return who is permitted what, by name."""
    people = {each.guid: each.name for each in (*client.users("")[0], *client.all_groups())}
    return {people[each.guid]: each.role for each in client.permissions(guid)}


def page_for(project: Project, sandbox: Sandbox, user: str, guid: str) -> int:
    """Return the status that a user gets for a content's page."""
    import requests

    key = json.loads((sandbox.data / "keys.json").read_text())[user]
    headers = {"Authorization": f"Key {key}"}
    return requests.get(f"{project.server.url}/content/{guid}/", headers=headers, timeout=30).status_code


def test_new_content_is_for_those_it_is_shared_with(project: Project, client: Client, sandbox: Sandbox) -> None:
    outcome = project.publish(share_with=("Publisher", "admin"))

    guid = outcome.good.guid
    assert client.content(guid).access == "acl"
    assert shared(client, guid) == {"publisher": "viewer"}, "the owner needs no permission"
    assert [page_for(project, sandbox, each, guid) for each in ("publisher", "viewer")] == [200, 403]


def test_an_update_changes_who_may_read_and_is_not_asked_to_share_anew(project: Project, client: Client) -> None:
    guid = project.publish(share_with=("viewer",), collaborators=("publisher",)).good.guid
    outcome = project.publish(share_with=("!viewer", "user:publisher"), access="logged_in")

    assert outcome.good.guid == guid
    assert (client.content(guid).access, shared(client, guid)) == ("logged_in", {"publisher": "viewer"})
    told = [each.message for each in outcome.events]
    narrowed = told.index("Only the chosen people can read the content.")
    widened = told.index("More people can read it now.")
    assert narrowed < told.index("Uploading the bundle.") < told.index("Readers see the new version.") < widened
    assert project.publish().good.guid == guid
    assert (client.content(guid).access, shared(client, guid)) == ("logged_in", {"publisher": "viewer"})


def test_who_could_read_before_can_while_the_access_becomes_narrower(project: Project, client: Client) -> None:
    guid = project.publish(access="all").good.guid
    stopped = project.publish(access="acl", share_with=("viewer",), stop_at=("upload", "success"))

    assert stopped.bad.code == "cancelled"
    assert "who can read it is as before" in stopped.bad.data["remains"]
    assert (client.content(guid).access, shared(client, guid)) == ("all", {})
    project.publish(access="acl", share_with=("viewer",))
    assert (client.content(guid).access, shared(client, guid)) == ("acl", {"viewer": "viewer"})


def test_a_failed_run_leaves_readers_as_they_were(project: Project, client: Client) -> None:
    guid = project.publish(mode="static", share_with=("viewer", "publisher")).good.guid
    client.transport.exchange("PATCH", f"__api__/v1/content/{guid}", json={"description": "before"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rsconnect_jupyter.publishing.steps.check_page", _broken)
        failed = project.publish(share_with=("!viewer",), access="logged_in", description="after")

    assert failed.bad.code == "page-not-working"
    assert failed.bad.data["remains"].endswith("; the draft was deleted, and who can read it is as before.")
    content = client.content(guid)
    assert (content.access, content.description) == ("acl", "before")
    assert shared(client, guid) == {"viewer": "viewer", "publisher": "viewer"}


def _broken(*_arguments: Any) -> None:
    from rsconnect_jupyter.errors import RSConnectException

    raise RSConnectException.of("page-not-working/status", kept="", status=500)


@pytest.mark.parametrize(("options", "code"), [({"draft": True}, "draft"), ({"wait": False}, "no-wait")])
def test_nobody_new_sees_the_version_before(project: Project, client: Client, options: Any, code: str) -> None:
    guid = project.publish(share_with=("viewer",)).good.guid
    refused = project.publish(access="all", **options)

    assert refused.bad.code == "access-needs-version"
    assert ("draft" in refused.bad.message) is (code == "draft")
    assert client.content(guid).access == "acl"
    narrower = project.publish(share_with=("!viewer",), thumbnail="none", **options)
    assert narrower.good.guid == guid
    assert shared(client, guid) == {}


def test_names_that_are_not_known_are_said_before_anything_is_made(project: Project) -> None:
    before = project.contents()
    unknown = project.publish(share_with=("publ",)).bad
    tag = project.publish(tags=("no such tag",)).bad

    assert (unknown.code, unknown.hint) == ("unknown-reader", "Did you mean publisher?")
    assert unknown.where is not None
    assert unknown.where.field == "share_with"
    assert tag.code == "unknown-tag"
    assert project.contents() == before


def test_a_user_and_a_group_of_one_name_must_be_told_apart(project: Project, client: Client) -> None:
    made = client.transport.exchange("POST", "__api__/v1/groups", json={"name": "VIEWER"})
    try:
        both = project.publish(share_with=("viEwer",)).bad
        assert (both.code, both.hint) == ("unknown-reader", "Write one of: user:viewer, group:VIEWER.")
        guid = project.publish(share_with=("group:viewer",)).good.guid
        assert shared(client, guid) == {"VIEWER": "viewer"}
    finally:
        client.transport.exchange("DELETE", f"__api__/v1/groups/{json.loads(made.body)['guid']}")


def test_what_readers_see_besides_the_page_is_published(project: Project, client: Client) -> None:
    _make_tags(client, project.notebook.stem)
    with_figure(project)
    name = project.notebook.stem.replace("_", "-")[-30:]
    chosen: dict[str, Any] = {
        "description": "Monthly.",
        "vanity": f"team/{name}",
        "tags": (f"{project.notebook.stem}/Finance",),
    }
    outcome = project.publish(thumbnail="first-figure", **chosen)

    guid = outcome.good.guid
    content = client.content(guid)
    assert (content.description, client.vanity(guid)) == ("Monthly.", f"/team/{name}/")
    tags = {each.id: each.path for each in client.tags()}
    assert {tags[each] for each in client.content_tags(guid)} == {f"{project.notebook.stem}/Finance"}
    assert (client.thumbnail(content) or b"").startswith(b"\x89PNG")
    (project.notebook.parent / "cover.png").write_bytes(PNG)
    project.publish(thumbnail="figure-2")
    assert (client.thumbnail(content) or b"").startswith(b"GIF89a")
    again = project.publish(
        thumbnail="cover.png", description="", vanity="", tags=(f"!{project.notebook.stem}/Finance",)
    )
    assert client.content(again.good.guid).description == ""
    assert (client.vanity(guid), client.content_tags(guid)) == ("", frozenset())
    assert client.thumbnail(content) == PNG


def test_what_a_user_may_not_choose_is_said_and_the_publish_goes_on(project: Project, colleague: Any) -> None:
    project.server = colleague
    first = project.publish(vanity="team/theirs", description="Mine.")
    second = project.publish(vanity="team/theirs")

    for outcome in (first, second):
        assert outcome.good
        (warning,) = [each for each in outcome.events if each.code == "setting-refused"]
        assert warning.message.startswith("The vanity URL was not changed: ")
    assert project.content(first.good.guid).description == "Mine."


def test_a_picture_from_elsewhere_is_not_sent(project: Project) -> None:
    outside = project.notebook.parent.parent / "outside.png"
    outside.write_bytes(PNG)
    (project.notebook.parent / ".env.png").write_bytes(PNG)
    (project.notebook.parent / "text.png").write_text("text")
    codes = [
        project.publish(thumbnail=each).bad.message
        for each in ("../outside.png", str(outside), ".env.png", "text.png", "first-figure", "figure-2")
    ]
    assert [each.split(" ")[0] for each in codes[:-2]] == ["There", "There", ".env.png", "text.png"]
    assert codes[-2:] == [
        "The notebook has no figure that can be its thumbnail.",
        "The notebook has no figure 2 that can be its thumbnail.",
    ]


def test_a_picture_that_is_too_large_is_not_sent(tmp_path: Path) -> None:
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(THUMBNAIL_LIMIT + 1)
    with pytest.raises(OptionError) as caught:
        read_thumbnail("large.png", notebook=tmp_path / "n.ipynb", root=tmp_path)
    assert caught.value.message.startswith("large.png has more than")


def test_figures_are_offered_as_many_as_can_be_shown(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with_figure(project)
    offered = offered_figures(project.notebook)
    assert [(each["number"], each["media_type"]) for each in offered[:2]] == [(1, "image/png"), (2, "image/gif")]
    monkeypatch.setattr("rsconnect_jupyter.publishing.thumbnails.MOST_FIGURES", 1)
    assert len(offered_figures(project.notebook)) == 1
    monkeypatch.setattr("rsconnect_jupyter.publishing.thumbnails.MOST_BYTES", 1)
    assert offered_figures(project.notebook) == []
    monkeypatch.undo()
    project.notebook.write_text(project.notebook.read_text().replace(PIXEL, "AAAA"))
    assert [each["number"] for each in offered_figures(project.notebook)] == [2], "the first is no picture"


def with_figure(project: Project) -> None:
    document = json.loads(project.notebook.read_text())
    output = {"output_type": "display_data", "metadata": {}, "data": {"image/png": PIXEL, "text/plain": "<Figure>"}}
    second = {**output, "data": {"image/gif": "R0lGODlhAQABAAAAADs="}}
    document["cells"][0].update(outputs=[output], execution_count=1)
    document["cells"][1].update(outputs=[second], execution_count=2)
    project.notebook.write_text(json.dumps(document))


def _make_tags(client: Client, category: str) -> None:
    top = client.transport.exchange("POST", "__api__/v1/tags", json={"name": category, "parent_id": None})
    parent = json.loads(top.body)["id"]
    client.transport.exchange("POST", "__api__/v1/tags", json={"name": "Finance", "parent_id": parent})


@pytest.mark.parametrize(
    ("before", "after", "narrows", "widens"),
    [
        ("all", "acl", True, False),
        ("logged_in", "acl", True, False),
        ("acl", "logged_in", False, True),
        ("logged_in", "all", False, True),
        ("a word of the future", "all", True, False),
        ("", "all", True, False),
    ],
)
def test_access_is_narrowed_first_and_widened_last(before: str, after: Any, narrows: bool, widens: bool) -> None:
    plan = ReaderPlan(access=after, access_before=before, is_seen=bool(before))
    assert (plan.narrows, plan.widens) == (narrows, widens)


def test_a_collaborator_who_becomes_a_viewer_is_a_restriction() -> None:
    known = Permission(id="1", kind="user", guid="a", role="owner")
    plan = ReaderPlan(access_before="acl", grants=((ADA, "viewer"),), reduced=(known,))
    assert (plan.narrows, plan.widens, plan.restriction().permissions) == (True, False, (known,))


TAGS = (
    Tag(id="1", name="Teams", path="Teams"),
    Tag(id="2", name="Finance", parent_id="1", path="Teams/Finance"),
    Tag(id="3", name="Places", path="Places"),
    Tag(id="4", name="Finance", parent_id="3", path="Places/Finance"),
    Tag(id="5", name="Sales", parent_id="1", path="Teams/Sales"),
)


@pytest.mark.parametrize(
    ("text", "found"), [("sales", "5"), ("Teams/Finance", "2"), ("teams", None), ("Finance", None), ("x", None)]
)
def test_a_tag_is_found_by_its_name_or_path(text: str, found: str | None) -> None:
    if found:
        assert find_tag(TAGS, text).id == found
    else:
        with pytest.raises(OptionError):
            find_tag(TAGS, text)


@pytest.mark.parametrize(
    ("text", "path"),
    [("", ""), (" / ", ""), ("team/Sales_1", "/team/Sales_1/"), ("/a/", "/a/"), ("a b", None), ("connect/x", None),
     ("__x", None), ("a//b", None), ("reports", None), ("ä", None), ("../x", None)],
)  # fmt: skip
def test_an_address_has_the_form_that_connect_takes(text: str, path: str | None) -> None:
    if path is None:
        with pytest.raises(OptionError):
            vanity_path(text)
        with pytest.raises(OptionError):
            check_reader_options(PublishOptions(vanity=text))
    else:
        assert vanity_path(text) == path


def test_addresses_above_and_below_are_in_the_way() -> None:
    taken = [("/team/", "1"), ("/figures/sales/", "2")]
    assert in_the_way("/team/sales/", taken, guid=None) == "/team/"
    assert in_the_way("/figures/", taken, guid="1") == "/figures/sales/"
    assert in_the_way("/team/sales/", taken, guid="1") is None
    assert in_the_way("/teams/", taken, guid=None) is None


def test_a_description_has_a_limit() -> None:
    check_reader_options(PublishOptions(description="x" * 4096))
    with pytest.raises(OptionError):
        check_reader_options(PublishOptions(description="x" * 4097))
