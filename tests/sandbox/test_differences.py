"""What suites that others run against real servers expect; each test names the section of our API reference."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from sandbox.publishing import Api, bundle, manifest, notebook, pack, site
from serving import Sandbox, running_sandbox

UNASKED = {"owner", "tags", "vanity_url"}
NOTHING: dict[str, Any] = {"installations": []}


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server between 2024.06 and 2026.01."""
    with running_sandbox(tmp_path_factory.mktemp("old"), "--connect-version", "2024.08.0") as running:
        yield Api(running.url, running.key)


def test_users_current_has_a_number(admin: Api) -> None:
    """6.3: "also carries a numeric id: rsconnect (R) registers it as the account id"."""
    me = admin.json("GET", "users/current")
    assert isinstance(me["id"], int)
    guid = admin.create()["guid"]
    found = admin.json("GET", f"applications?filter=account_id:{me['id']}&count=5000")["applications"]
    assert guid in {each["guid"] for each in found}


def test_server_settings_refuse_a_wrong_key(sandbox: Sandbox) -> None:
    """6.1: "With a key that is not valid the answer is an error", without one it is 200."""
    assert Api(sandbox.url, "x" * 32).refused("GET", "server_settings") == (401, 30)
    assert "version" not in Api(sandbox.url, None).json("GET", "server_settings")


def test_integrations_are_not_advertised(admin: Api) -> None:
    """6.1: ``license.oauth-integrations`` and ``oauth_integrations_enabled`` only where there are any."""
    settings = admin.json("GET", "server_settings")
    assert not settings["license"]["oauth-integrations"]
    assert not settings["oauth_integrations_enabled"]


def test_what_is_not_asked_for_is_not_sent(admin: Api) -> None:
    """5.4: "a plain GET carries no owner, tags or vanity_url; it equals the answer of POST"."""
    made = admin.create()
    path = f"v1/content/{made['guid']}"
    assert admin.json("GET", path) == made
    assert not UNASKED & made.keys()
    assert admin.json("GET", f"{path}?include=owner")["owner"]["username"] == "admin"
    admin.json("PUT", f"{path}/vanity", {"path": f"asked-{made['guid']}"})
    assert UNASKED & admin.json("GET", f"{path}?include=owner,tags,vanity_url").keys() == UNASKED
    assert not UNASKED & admin.json("GET", path).keys()


def test_a_manifest_may_list_names_and_what_is_not_there(admin: Api) -> None:
    """9: "the server also accepts a list of names and names that the archive lacks"."""
    files = {"index.html": b"<h1>Listed</h1>"}
    for listed in (["index.html"], ["index.html", "gone.txt"], {"index.html": {}, "gone.txt": {"checksum": "0" * 32}}):
        content, task = admin.publish(pack(files, top={**manifest("static", files), "files": listed}))
        assert task["code"] == 0
        assert "Listed" in admin.page(content["content_url"]).text


def test_a_vanity_address_that_is_not_set_can_be_removed(admin: Api) -> None:
    """5.12: "DELETE → 204, also when none is set"."""
    admin.json("DELETE", f"v1/content/{admin.create()['guid']}/vanity", status=204)


def test_tags_come_as_the_version_sends_them(admin: Api, old: Api) -> None:
    """5.4: "the key is absent on 2024.06–2026.01, tags: [] in the mid-2026 spec"."""
    assert admin.json("GET", f"v1/content/{admin.create()['guid']}?include=tags")["tags"] == []
    assert "tags" not in old.json("GET", f"v1/content/{old.create()['guid']}?include=tags")


def test_content_tags_are_without_the_category(admin: Api) -> None:
    """5.11: "array, with ancestors but without the category at the top"."""
    guid = admin.create()["guid"]
    names = ("category", "branch", "leaf")
    tag: dict[str, Any] = {"id": None}
    for name in names:
        tag = admin.json("POST", "v1/tags", {"name": f"{name}-{guid}", "parent_id": tag["id"]})
    admin.call("POST", f"v1/content/{guid}/tags", json={"tag_id": tag["id"]})
    expected = [f"branch-{guid}", f"leaf-{guid}"]
    assert [each["name"] for each in admin.json("GET", f"v1/content/{guid}/tags")] == expected
    assert [each["name"] for each in admin.json("GET", f"v1/content/{guid}?include=tags")["tags"]] == expected


def test_hits_are_a_bare_array_of_real_visits(admin: Api, publisher: Api, old: Api) -> None:
    """5.15: "GET /v1/instrumentation/content/hits → a bare array, not a paged object"."""
    content, _ = publisher.publish(site(), access_type="all")
    publisher.page(f"{content['content_url']}?a=1", headers={"User-Agent": "test", "Sec-Fetch-Dest": "document"})
    publisher.page(f"{content['content_url']}__thumbnail__")
    hits = [
        each for each in publisher.json("GET", "v1/instrumentation/content/hits")
        if each["content_guid"] == content["guid"]
    ]  # fmt: skip
    me = publisher.json("GET", "v1/user")["guid"]
    assert [(each["user_guid"], each["data"]["path"], each["data"]["query"]) for each in hits] == [(me, "/", "a=1")]
    assert (hits[0]["data"]["user_agent"], hits[0]["data"]["sec_fetch_dest"]) == ("test", "document")
    assert old.call("GET", "v1/instrumentation/content/hits").status_code == 404  # from 2025.04


def test_visits_and_the_audit_log_are_read_by_cursor_in_both_directions(admin: Api) -> None:
    """1: keyset paging; "the last four are URLs"."""
    content, _ = admin.publish(site())
    for number in range(5):
        admin.page(f"{content['content_url']}?n={number}")
    path = f"v1/instrumentation/content/visits?content_guid={content['guid']}&limit=2"
    first = admin.json("GET", path)
    assert [len(first["results"]), first["paging"]["first"], first["paging"]["previous"]] == [2, None, None]
    pages, at = [first], first
    while at["paging"]["next"]:
        at = admin.session.get(at["paging"]["next"], timeout=30).json()
        pages.append(at)
    assert [len(each["results"]) for each in pages] == [2, 2, 1]
    assert at["paging"]["last"] is None
    back = admin.session.get(at["paging"]["previous"], timeout=30).json()
    assert back["results"] == pages[1]["results"]
    assert admin.session.get(first["paging"]["last"], timeout=30).json()["results"][-1] == at["results"][-1]
    assert admin.session.get(at["paging"]["first"], timeout=30).json() == first
    newest = admin.json("GET", f"{path}&asc_order=false")["results"]
    assert newest[0] == at["results"][-1]
    logs = admin.json("GET", "v1/audit_logs?limit=500&asc_order=false")["results"]
    actions = [each["action"] for each in logs if content["guid"] in each["event_description"]]
    assert actions == ["deploy", "upload_bundle"]
    assert logs[0]["user_description"] == "admin"
    assert admin.refused("GET", "v1/audit_logs?from=yesterday") == (400, 136)
    assert admin.refused("GET", "v1/audit_logs?limit=0") == (400, 13)


def test_environments_are_described_by_administrators(admin: Api, publisher: Api, old: Api) -> None:
    """5.15: ``GET|PUT|DELETE /v1/environments/{guid}``, ``POST``; "languages are objects, not null"."""
    local = admin.json("GET", "v1/environments")[0]
    assert (local["r"], local["nodejs"], local["managed_by"]) == (
        {"installations": []},
        {"installations": []},
        "config",
    )
    assert admin.refused("DELETE", f"v1/environments/{local['guid']}") == (403, 265)
    older = old.json("GET", "v1/environments")[0]
    assert (older["r"], "nodejs" in older, "volume_mounts" in older) == (None, False, False)
    fields = {
        "title": "Teams", "cluster_name": "Kubernetes", "name": "example/image:1",
        "python": {"installations": [{"version": "3.12.1", "path": "/opt/python"}]},
    }  # fmt: skip
    assert publisher.refused("POST", "v1/environments", fields) == (403, 22)
    made = admin.json("POST", "v1/environments", fields)
    path = f"v1/environments/{made['guid']}"
    assert publisher.json("GET", path) == made
    assert (made["environment_type"], made["python"], made["matching"]) == ("Kubernetes", fields["python"], "any")
    assert admin.json("PUT", path, {"title": "All", "matching": "exact"})["matching"] == "exact"
    refusals: list[tuple[dict[str, Any], int]] = [
        ({"cluster_name": "Local"}, 170), ({"name": ""}, 171), ({"title": "x" * 65}, 168), ({"matching": "some"}, 172),
        ({"python": {"installations": [{"version": "3.12.1", "path": "python"}]}}, 173),
        ({"python": {"installations": [{"version": "3", "path": "/python"}]}}, 174), ({"colour": "red"}, 121),
    ]  # fmt: skip
    for wrong, code in refusals:
        assert admin.refused("POST", "v1/environments", {**fields, "name": "other", **wrong}) == (400, code)
    assert admin.refused("POST", "v1/environments", fields) == (409, 175)
    admin.json("DELETE", path, status=204)
    assert admin.refused("GET", path) == (404, 4)


def test_a_bundle_has_an_address_for_its_readers(admin: Api, viewer: Api) -> None:
    """5.6 and pins: readers fetch ``content/{guid}/_rev{bundle}/data.txt`` of older versions too."""
    content, _ = admin.publish(bundle("static", {"index.html": b"one", "data.txt": b"first"}), access_type="logged_in")
    guid, first = content["guid"], content["bundle_id"]
    second = admin.upload(guid, bundle("static", {"index.html": b"two", "data.txt": b"second"}))
    assert admin.follow(admin.deploy(guid, second))["code"] == 0
    assert viewer.page(f"/content/{guid}/_rev{first}/data.txt").text == "first"
    assert viewer.page(f"/content/{guid}/_rev{second}/data.txt").text == "second"
    assert viewer.page(f"/content/{guid}/_bundle{first}/data.txt").status_code == 403


def test_the_old_list_is_filtered_by_category(admin: Api) -> None:
    """7 and 6.4: pins ask ``applications?filter=content_type:pin``; code 11 for a filter that cannot be applied."""
    files = {"index.html": b"a pin"}
    top = manifest("static", files)
    top["metadata"]["content_category"] = "pin"
    content, _ = admin.publish(pack(files, top=top))
    found = admin.json("GET", "applications?filter=content_type:pin&count=1000")["applications"]
    assert content["guid"] in {each["guid"] for each in found}
    assert {each["content_category"] for each in found} == {"pin"}
    assert admin.refused("GET", "applications?filter=colour:red") == (400, 11)


def test_jobs_and_packages_have_the_fields_of_their_version(admin: Api, old: Api) -> None:
    """5.14: "The mid-2026 spec adds variant_key, error, skip_reason"; "2025.01 adds content_id and content_guid"."""
    archive = bundle("jupyter-static", {"a.ipynb": notebook("1")})
    newer = {"variant_key", "error", "skip_reason", "content_id", "content_guid"}
    for api, fields in ((admin, newer), (old, set())):
        content, _ = api.publish(archive)
        job = api.json("GET", f"v1/content/{content['guid']}/jobs")[0]
        assert newer & job.keys() == fields


def test_a_rendering_that_is_queued_already_is_skipped(tmp_path: Path) -> None:
    """5.14: status 3, "skipped (2026)", with a ``skip_reason``."""
    with running_sandbox(tmp_path / "data") as running:
        api = Api(running.url, running.key)
        go = tmp_path / "go"
        go.touch()
        cell = f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists(): time.sleep(0.05)"
        content, _ = api.publish(bundle("jupyter-static", {"a.ipynb": notebook(cell)}))
        path = f"v1/content/{content['guid']}"
        go.unlink()
        started = [api.json("POST", f"{path}/render", {}, status=202)["task_id"]]
        while not [each for each in api.json("GET", f"{path}/jobs") if each["status"] == 0]:
            pass
        started += [api.json("POST", f"{path}/render", {}, status=202)["task_id"] for _ in range(6)]
        jobs = api.json("GET", f"{path}/jobs")
        skipped = [each for each in jobs if each["status"] == 3]
        go.touch()
        assert {api.follow(each)["code"] for each in started} == {0}
        assert skipped
        assert {each["skip_reason"] for each in skipped} == {"The same rendering is already queued."}


def test_a_python_can_be_listed_that_takes_no_new_content(tmp_path: Path) -> None:
    """5.2: "Newer servers add publishable (boolean) per installation"."""
    with running_sandbox(tmp_path / "data", "--retired-python", "3.8.20") as running:
        found = Api(running.url, running.key).json("GET", "v1/server_settings/python")["installations"]
    assert [each["publishable"] for each in found] == [True, False]
    assert found[1]["version"] == "3.8.20"


def test_bundles_come_in_pages_of_twenty(admin: Api, old: Api) -> None:
    """1 and 5.6: "bundles in 2026: page_size (default 20; 1–500); bundles stay a bare array"."""
    for api, count in ((admin, 20), (old, 21)):
        guid = api.create()["guid"]
        ids = [api.upload(guid, site()) for _ in range(21)]
        assert [each["id"] for each in api.json("GET", f"v1/content/{guid}/bundles")] == ids[::-1][:count]


def test_checks_and_counts_are_for_administrators(admin: Api, publisher: Api) -> None:
    """5.15: "System checks /v1/system/checks, metrics /metrics: administrators' pages"."""
    run = admin.json("POST", "v1/system/checks", {})
    assert (run["status"], run["passed"] > 0) == ("done", True)
    results = admin.json("GET", f"v1/system/checks/{run['id']}/results")["results"]
    assert {"database"} <= {each["group"]["name"] for each in results if each["passed"]}
    assert publisher.refused("GET", "v1/system/checks") == (403, 22)
    assert admin.refused("POST", "v1/system/checks", {"hostname": "elsewhere.example"}) == (400, 162)
    admin.json("DELETE", f"v1/system/checks/{run['id']}", status=204)
    assert admin.refused("GET", f"v1/system/checks/{run['id']}") == (404, 4)
    assert "connect_content_items " in admin.page("/metrics").text
    assert publisher.page("/metrics").status_code == 403


def test_an_issuer_of_its_own_is_asked_of_bootstrap_tokens() -> None:
    """2: claims ``iss:"rsconnect-python"``; see the test of bootstrapping, which sends another one."""
    from rsconnect_jupyter.sandbox.api.bootstrap import is_bootstrap_token

    assert not is_bootstrap_token(base64.b64encode(b"x").decode(), b"s" * 32)
