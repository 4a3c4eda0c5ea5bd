"""Who may do what: keys, roles, permissions and Connect's numbers for no."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import stat
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from sandbox.publishing import Api, site
from serving import Sandbox, running_sandbox

NOWHERE = "00000000-0000-4000-8000-000000000000"


def user_guid(api: Api) -> str:
    return str(api.json("GET", "v1/user")["guid"])


def share(owner: Api, guid: str, other: Api, role: str) -> dict[str, Any]:
    body = {"principal_guid": user_guid(other), "principal_type": "user", "role": role}
    given: dict[str, Any] = owner.json("POST", f"v1/content/{guid}/permissions", body)
    return given


def test_without_or_with_a_wrong_key_the_answer_is_connects(sandbox: Sandbox, stranger: Api) -> None:
    assert stranger.refused("GET", "v1/user") == (401, 24)
    assert Api(sandbox.url, "wrong").refused("GET", "v1/user") == (401, 30)
    assert stranger.refused("POST", f"v1/content/{NOWHERE}/bundles", data=b"x" * 3_000_000) == (401, 24)
    settings = stranger.json("GET", "server_settings")
    assert not {"version", "build", "about"} & set(settings)
    missing = stranger.call("GET", "v1/nothing/here")
    assert (missing.status_code, missing.text) == (404, "404 page not found")
    assert stranger.session.get(f"{sandbox.url}/__ping__", timeout=10).json() == {}


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": "Key {}"}, {"X-RSC-Authorization": "Key {}"}, {"X-RSC-Authorization": "{}"},
     {"Authorization": 'Snowflake Token="x"', "X-RSC-Authorization": "{}"}, {"authorization": "key {}"}],
)  # fmt: skip
def test_the_key_is_taken_from_every_header_that_connect_takes_it_from(
    sandbox: Sandbox, headers: dict[str, str]
) -> None:
    filled = {name: value.format(sandbox.key) for name, value in headers.items()}
    answer = requests.get(f"{sandbox.url}/__api__/v1/user", headers=filled, timeout=10)
    assert answer.json()["username"] == "admin"


def test_every_answer_carries_its_correlation_and_is_not_kept(admin: Api) -> None:
    answer = admin.call("GET", "v1/user", headers={"X-Correlation-ID": "mine"})
    assert answer.headers["X-Correlation-ID"] == "mine"
    assert len(admin.call("GET", "v1/user").headers["X-Correlation-ID"]) == 36
    assert answer.headers["Cache-Control"] == "no-cache, no-store, must-revalidate"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_keys_of_the_ready_users_are_kept_apart_and_closed(sandbox: Sandbox) -> None:
    path = sandbox.data / "keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keys = json.loads(path.read_text())
    assert set(keys) == {"admin", "publisher", "viewer"}
    database = b"".join(each.read_bytes() for each in sandbox.data.glob("sandbox.db*"))
    assert not any(key.encode() in database for key in keys.values())


def test_a_viewer_cannot_publish_and_a_publisher_sees_only_what_may_be_seen(
    admin: Api, publisher: Api, viewer: Api
) -> None:
    assert viewer.refused("POST", "v1/content", {}) == (403, 22)
    assert viewer.refused("GET", "v1/server_settings/python") == (403, 22)
    guid = admin.create()["guid"]
    assert publisher.refused("GET", f"v1/content/{guid}") == (403, 19)
    assert guid not in {each["guid"] for each in publisher.json("GET", "v1/content")}
    share(admin, guid, publisher, "viewer")
    assert publisher.json("GET", f"v1/content/{guid}")["app_role"] == "viewer"
    assert publisher.refused("PATCH", f"v1/content/{guid}", {"title": "Mine now"}) == (403, 21)
    share(admin, guid, publisher, "owner")
    assert publisher.json("PATCH", f"v1/content/{guid}", {"title": "Ours now"})["app_role"] == "editor"
    assert publisher.upload(guid, site())
    own = publisher.create()["guid"]
    assert admin.json("GET", f"v1/content/{own}")["app_role"] == "none"
    assert admin.refused("POST", f"v1/content/{own}/bundles", data=site()) == (403, 21)
    assert viewer.json("GET", f"v1/content/{share_with_all(publisher)}")["py_version"] is None


def share_with_all(api: Api) -> str:
    return str(api.create(access_type="all")["guid"])


def test_permissions_of_users_and_groups(admin: Api, viewer: Api) -> None:
    content, _ = admin.publish(site())
    guid, path = content["guid"], f"v1/content/{content['guid']}/permissions"
    assert viewer.page(f"/content/{guid}/").status_code == 403
    group = admin.json("POST", "v1/groups", {"name": f"group-{guid}"})
    admin.json("POST", f"v1/groups/{group['guid']}/members", {"user_guid": user_guid(viewer)}, status=204)
    body = {"principal_guid": group["guid"], "principal_type": "group", "role": "viewer"}
    permission = admin.json("POST", path, body)
    assert viewer.page(f"/content/{guid}/").status_code == 200
    admin.json("DELETE", f"{path}/{permission['id']}", status=204)
    assert viewer.page(f"/content/{guid}/").status_code == 403
    viewers = user_guid(viewer)
    for wrong, answer in [
        ({"principal_type": "robot"}, (400, 152)),
        ({"principal_guid": NOWHERE}, (404, 9)),
        ({"principal_guid": NOWHERE, "principal_type": "group"}, (404, 153)),
        ({"principal_guid": user_guid(admin)}, (400, 34)),
        ({"role": "owner"}, (403, 33)),
        ({"colour": "red"}, (400, 121)),
    ]:
        body = {"principal_guid": viewers, "principal_type": "user", "role": "viewer", **wrong}
        assert admin.refused("POST", path, body) == answer
    assert admin.refused("GET", f"{path}/99999999") == (404, 4)


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"name": "ab"}, (400, 5)),
        ({"name": "has space"}, (400, 5)),
        ({"title": "ab"}, (400, 122)),
        ({"title": "x" * 1025}, (400, 122)),
        ({"description": "x" * 4097}, (400, 123)),
        ({"access_type": "friends"}, (400, 117)),
        ({"load_factor": 2}, (400, 150)),
        ({"read_timeout": -1}, (400, 151)),
        ({"colour": "red"}, (400, 121)),
        ({"title": 5}, (400, 121)),
        ({"max_processes": True}, (400, 121)),
        ([], (400, 121)),
        ("text", (400, 121)),
    ],
)
def test_wrong_fields_are_refused_by_number(admin: Api, fields: object, answer: tuple[int, int]) -> None:
    assert admin.refused("POST", "v1/content", fields) == answer


def test_what_is_not_there_or_no_name_is_told_apart(admin: Api) -> None:
    assert admin.refused("GET", "v1/content/not-a-guid") == (400, 3)
    assert admin.refused("GET", f"v1/content/{NOWHERE}") == (404, 4)
    assert admin.refused("GET", "v1/tasks/unknownunknown12") == (404, 141)
    guid = admin.create(name="taken-name")["guid"]
    assert admin.refused("POST", "v1/content", {"name": "taken-name"}) == (409, 26)
    assert admin.refused("POST", f"v1/content/{guid}/deploy", {}) == (404, 28)
    assert admin.refused("GET", f"v1/content/{guid}?include=everything") == (400, 161)
    assert admin.refused("POST", f"v1/content/{guid}/bundles", data=b"") == (400, 125)
    wrong = {"X-Content-Checksum": base64.b64encode(b"0" * 16).decode()}
    assert admin.refused("POST", f"v1/content/{guid}/bundles", data=site(), headers=wrong) == (400, 104)
    right = {"X-Content-Checksum": base64.b64encode(hashlib.md5(site()).digest()).decode()}
    uploaded = admin.json("POST", f"v1/content/{guid}/bundles", data=site(), headers=right)["id"]
    other = admin.create()["guid"]
    assert admin.refused("POST", f"v1/content/{other}/deploy", {"bundle_id": uploaded}) == (400, 82)
    task = admin.deploy(guid, uploaded)
    state = admin.follow(task)
    assert admin.json("GET", f"v1/tasks/{task}?first={state['last']}")["output"] == []
    assert admin.refused("GET", f"v1/tasks/{task}?first={state['last'] + 1}") == (400, 13)
    assert admin.refused("GET", f"v1/tasks/{task}?wait=21") == (400, 13)
    assert admin.refused("GET", f"v1/tasks/{task}?wait=soon") == (400, 25)
    assert admin.refused("DELETE", f"v1/content/{guid}/bundles/{uploaded}") == (400, 75)
    admin.json("DELETE", f"v1/content/{guid}", status=204)
    assert admin.refused("GET", f"v1/content/{guid}") == (404, 4)


def test_a_form_carries_metadata_with_the_archive(admin: Api) -> None:
    guid, archive = admin.create()["guid"], site()
    metadata = {"source": "git", "source_repo": "https://example.org/x.git", "mine": "yes"}
    form = {"archive": ("b.tar.gz", archive, "application/x-tar"), "metadata": (None, json.dumps(metadata))}
    kept = admin.json("POST", f"v1/content/{guid}/bundles", files=form)["metadata"]
    assert {name: kept[name] for name in metadata} == metadata
    assert kept["archive_md5"] == hashlib.md5(archive).hexdigest()
    assert admin.follow(admin.deploy(guid))["code"] == 0
    assert admin.refused("POST", f"v1/content/{guid}/bundles", files={"other": b"x"}) == (400, 12)
    wrong = {**form, "metadata": (None, '{"source": 5}')}
    assert admin.refused("POST", f"v1/content/{guid}/bundles", files=wrong) == (400, 121)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"--y\r\n"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="archive"\r\n\r\ncut off'),
        ("multipart/form-data; boundary=x", b"--x\r\nno header\r\n\r\n\r\n--x--\r\n"),
    ],
    ids=["no boundary", "another boundary", "no end", "no header"],
)
def test_forms_that_are_none_are_refused_and_leave_no_file(
    sandbox: Sandbox, admin: Api, content_type: str, body: bytes
) -> None:
    path = f"v1/content/{admin.create()['guid']}/bundles"
    before = set((sandbox.data / "incoming").iterdir())
    assert admin.refused("POST", path, data=body, headers={"Content-Type": content_type}) == (400, 87)
    assert set((sandbox.data / "incoming").iterdir()) <= before


def test_variables_are_named_and_never_shown(admin: Api) -> None:
    path = f"v1/content/{admin.create()['guid']}/environment"
    both = [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]
    assert admin.json("PATCH", path, both) == ["A", "B"]
    assert admin.json("PATCH", path, [{"name": "A", "value": None}, {"name": "C", "value": ""}]) == ["B", "C"]
    assert admin.json("PUT", path, [{"name": "D", "value": "4"}]) == ["D"]
    assert admin.json("GET", path) == ["D"]
    assert admin.json("PUT", path, []) == []
    for wrong, answer in [
        ([both[0], both[0]], (409, 149)),
        ([{"name": "", "value": "x"}], (400, 266)),
        ([{"name": "CONNECT_SERVER", "value": "x"}], (409, 108)),
        ({"A": "1"}, (400, 121)),
        ([{"name": "A", "value": 1}], (400, 121)),
    ]:
        assert admin.refused("PATCH", path, wrong) == answer


def test_locked_content_stays_as_it_is(admin: Api) -> None:
    content, _ = admin.publish(site())
    guid = content["guid"]
    admin.json("PATCH", f"v1/content/{guid}", {"locked": True, "locked_message": "Do not touch"})
    assert admin.refused("POST", f"v1/content/{guid}/bundles", data=site()) == (403, 222)
    assert admin.refused("POST", f"v1/content/{guid}/deploy", {}) == (403, 223)
    assert admin.json("PATCH", f"v1/content/{guid}", {"locked": False})["locked"] is False


def test_tags_are_a_forest(admin: Api, publisher: Api) -> None:
    guid = admin.create()["guid"]
    root = admin.json("POST", "v1/tags", {"name": f"root-{guid}"})
    child = admin.json("POST", "v1/tags", {"name": "child", "parent_id": root["id"]})
    leaf = admin.json("POST", "v1/tags", {"name": "leaf", "parent_id": child["id"]})
    assert admin.refused("POST", f"v1/content/{guid}/tags", {"tag_id": root["id"]}) == (400, 79)
    assert admin.refused("POST", f"v1/content/{guid}/tags", {"tag_id": "99999"}) == (400, 158)
    assert admin.call("POST", f"v1/content/{guid}/tags", json={"tag_id": leaf["id"]}).content == b""
    assert len(admin.json("GET", f"v1/content/{guid}/tags")) == 2
    assert admin.json("GET", f"v1/tags/root-{guid},child,leaf")["id"] == leaf["id"]
    assert admin.refused("POST", "v1/tags", {"name": "child", "parent_id": root["id"]}) == (400, 81)
    assert admin.refused("POST", "v1/tags", {"name": "x", "parent_id": "99999"}) == (400, 157)
    assert admin.refused("POST", "v1/tags", {"name": ""}) == (400, 78)
    assert admin.refused("PATCH", f"v1/tags/{root['id']}", {"parent_id": leaf["id"]}) == (400, 88)
    assert publisher.refused("POST", "v1/tags", {"name": "mine"}) == (403, 22)
    assert admin.call("DELETE", f"v1/content/{guid}/tags/{child['id']}").status_code == 200
    assert admin.json("GET", f"v1/content/{guid}/tags") == []
    admin.json("DELETE", f"v1/tags/{root['id']}", status=204)
    assert admin.refused("GET", f"v1/tags/{leaf['id']}") == (404, 4)


def test_keys_are_made_shown_once_and_revoked(admin: Api, publisher: Api, sandbox: Sandbox) -> None:
    own, other = user_guid(publisher), user_guid(admin)
    made = publisher.json("POST", f"v1/users/{own}/keys", {"name": "mine", "user_role": "viewer"})
    weaker = Api(sandbox.url, made["key"])
    assert weaker.json("GET", "v1/user")["user_role"] == "viewer"
    assert weaker.refused("POST", "v1/content", {}) == (403, 22)
    assert publisher.refused("GET", f"v1/users/{other}/keys") == (403, 22)
    assert publisher.refused("POST", f"v1/users/{own}/keys", {"name": "  "}) == (400, 62)
    assert publisher.refused("POST", f"v1/users/{own}/keys", {"name": "x", "user_role": "administrator"}) == (403, 23)
    publisher.json("DELETE", f"v1/users/{own}/keys/{made['id']}", status=204)
    assert weaker.refused("GET", "v1/user") == (401, 30)


def test_users_are_made_changed_and_locked(admin: Api, publisher: Api) -> None:
    assert publisher.refused("POST", "v1/users", {"username": "someone"}) == (403, 22)
    made = admin.json("POST", "v1/users", {"username": "someone", "email": "s@example.org", "user_role": "publisher"})
    assert admin.refused("POST", "v1/users", {"username": "someone"}) == (409, 8)
    path = f"v1/users/{made['guid']}"
    assert admin.json("PUT", path, {"first_name": "Some"})["first_name"] == "Some"
    assert admin.json("POST", f"{path}/lock", {"locked": True})["locked"] is True
    found = admin.json("GET", "v1/users?account_status=locked&prefix=SOME")
    assert [each["username"] for each in found["results"]] == ["someone"]
    assert admin.refused("PUT", f"v1/users/{user_guid(admin)}", {"user_role": "viewer"}) == (400, 61)
    first = admin.json("GET", "v1/users?page_size=1&page_number=1")
    assert (len(first["results"]), first["current_page"]) == (1, 1)
    assert admin.refused("GET", "v1/users?page_size=501") == (400, 13)


def test_the_first_administrator_can_be_bootstrapped_once(tmp_path: Path) -> None:
    secret = b"s" * 32
    (tmp_path / "secret").write_bytes(base64.b64encode(secret))

    def token(key: bytes, **claims: object) -> str:
        moment = int(time.time())
        body = {"exp": moment + 900, "iss": "rsconnect-python", "aud": "rsconnect", "iat": moment, "scope": "bootstrap"}
        parts = [{"alg": "HS256", "typ": "JWT"}, {**body, **claims}]
        text = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
        signature = base64.urlsafe_b64encode(hmac.new(key, text, hashlib.sha256).digest()).rstrip(b"=")
        return (text + b"." + signature).decode()

    with running_sandbox(tmp_path / "data", "--bootstrap-secret", str(tmp_path / "secret")) as running:
        api = Api(running.url, None)

        def bootstrap(text: str) -> dict[str, Any]:
            return {"headers": {"Authorization": f"Connect-Bootstrap {text}"}}

        for bad in (
            token(b"x" * 32),
            token(secret, exp=1),
            token(secret, scope="other"),
            token(secret, iss="someone"),
            "no.token.this",
            "x",
        ):
            assert api.refused("POST", "v1/bootstrap", **bootstrap(bad)) == (401, 166)
        key = api.json("POST", "v1/bootstrap", **bootstrap(token(secret)))["api_key"]
        assert Api(running.url, key).json("GET", "v1/user")["user_role"] == "administrator"
        assert api.refused("POST", "v1/bootstrap", **bootstrap(token(secret))) == (403, 165)


def test_search_finds_what_words_and_filters_say(admin: Api, publisher: Api) -> None:
    titles = ["Weekly Sales Übersicht", "weekly costs", "Monthly sales", "100% sales_done"]
    made = {title: publisher.create(title=title, description="quarterly")["guid"] for title in titles}

    def find(text: str, **more: str) -> list[str]:
        found = publisher.json(
            "GET", "v1/search/content", params={"q": f"quarterly {text}", "page_size": "500", **more}
        )
        assert found["total"] == len(found["results"])
        return sorted(each["title"] for each in found["results"] if each["guid"] in made.values())

    assert find("sales weekly") == ["Weekly Sales Übersicht"]
    assert find("übersicht") == ["Weekly Sales Übersicht"]
    assert find("-weekly") == ["100% sales_done", "Monthly sales"]
    assert find('"weekly costs"') == ["weekly costs"]
    assert find("%") == ["100% sales_done"]
    assert find("owner:@me published:false") == sorted(titles)
    assert find("published:true") == []
    assert find("type:report") == []
    assert find("owner:admin") == []
    assert find("no'quote \"") == []
    answer = publisher.json("GET", "v1/search/content?q=published:maybe")
    assert "maybe" in answer["warnings"][0]
    page = publisher.json("GET", "v1/search/content?q=quarterly&page_size=3&page_number=2&include=owner")
    assert (page["total"], len(page["results"])) == (4, 1)
    assert page["results"][0]["owner"]["username"] == "publisher"
