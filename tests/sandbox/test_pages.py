"""What a reader's browser gets: access, sign-in, isolation, applications; and the faults that tests can order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests
from sandbox.publishing import Api, bundle, manifest, notebook, pack, site
from serving import Sandbox, running_sandbox
from tornado.httpclient import HTTPRequest
from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

SITE = {"index.html": b'<img src="a.svg">', "a.svg": b"<svg/>", "sub/page.html": b"<h1>Sub</h1>"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50


def browser(sandbox: Sandbox, key: str | None) -> requests.Session:
    """Return a session as a signed-in browser has it."""
    session = requests.Session()
    session.trust_env = False
    if key:
        answer = session.post(
            f"{sandbox.url}/__login__", data={"key": key, "next": "/x"}, allow_redirects=False, timeout=30
        )
        assert (answer.status_code, answer.headers["Location"]) == (302, "/x")
    return session


def viewer_key(sandbox: Sandbox) -> str:
    return str(json.loads((sandbox.data / "keys.json").read_text())["viewer"])


@pytest.mark.parametrize(
    ("access", "statuses"), [("acl", (200, 403, 302)), ("logged_in", (200, 200, 302)), ("all", (200, 200, 200))]
)
def test_access_types_are_enforced(
    sandbox: Sandbox, admin: Api, viewer: Api, access: str, statuses: tuple[int, ...]
) -> None:
    content, _ = admin.publish(site("for some"), access_type=access)
    stranger = requests.get(content["content_url"], allow_redirects=False, timeout=30)
    got = (admin.page(content["content_url"]).status_code, viewer.page(content["content_url"]).status_code)
    assert (*got, stranger.status_code) == statuses
    by_browser = browser(sandbox, viewer_key(sandbox)).get(content["content_url"], timeout=30)
    assert by_browser.status_code == statuses[1]
    if stranger.status_code == 302:
        assert stranger.headers["Location"].startswith("/__login__?next=%2Fcontent%2F")


def test_a_wrong_key_signs_nobody_in_and_leads_nowhere_else(sandbox: Sandbox) -> None:
    answer = requests.post(f"{sandbox.url}/__login__", data={"key": "wrong"}, timeout=30)
    assert answer.status_code == 401
    assert not answer.cookies
    for target in ("//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"):
        data = {"key": sandbox.key, "next": target}
        answer = requests.post(f"{sandbox.url}/__login__", data=data, allow_redirects=False, timeout=30)
        assert answer.headers["Location"] == "/connect/"


def test_a_session_changes_things_only_with_its_token(sandbox: Sandbox) -> None:
    session = browser(sandbox, sandbox.key)
    url = f"{sandbox.url}/__api__/v1/content"
    assert session.get(f"{sandbox.url}/__api__/v1/user", timeout=30).json()["username"] == "admin"
    refused = session.post(url, json={}, timeout=30)
    assert (refused.status_code, refused.json()["code"]) == (403, 92)
    token = session.cookies[f"RSC-XSRF-{sandbox.url.rpartition(':')[2]}"]
    assert session.post(url, json={}, headers={"X-Rsc-Xsrf": token}, timeout=30).status_code == 200
    session.get(f"{sandbox.url}/__logout__", timeout=30)
    assert session.get(f"{sandbox.url}/__api__/v1/user", timeout=30).status_code == 401


def test_pages_get_an_origin_of_their_own_and_a_pass_for_their_files(sandbox: Sandbox, admin: Api) -> None:
    content, _ = admin.publish(bundle("static", SITE))
    session = browser(sandbox, sandbox.key)
    page = session.get(content["content_url"], timeout=30)
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-same-origin" not in policy
    assert "/_t/" in page.url
    bare = {"Origin": "null", "Sec-Fetch-Mode": "cors"}
    image = requests.get(page.url + "a.svg", headers=bare, timeout=30)
    assert (image.content, image.headers["Access-Control-Allow-Origin"]) == (b"<svg/>", "null")
    assert image.headers["Content-Security-Policy"] == policy
    shared = requests.get(page.url, headers={"Sec-Fetch-Mode": "navigate"}, timeout=30)
    assert "/__login__" in shared.url
    forged = requests.get(page.url[:-3] + "xx/a.svg", headers=bare, timeout=30)
    assert "/__login__" in forged.url
    for path in ("manifest.json", "../../../keys.json", "%2e%2e/%2e%2e/%2e%2e/keys.json", "nothing.html"):
        assert admin.page(f"{content['content_url']}{path}").status_code == 404


def test_a_vanity_address_leads_to_the_content(admin: Api, publisher: Api) -> None:
    content, _ = admin.publish(site("under a nice name"))
    path = f"v1/content/{content['guid']}/vanity"
    assert admin.refused("GET", path) == (404, 4)
    assert admin.json("PUT", path, {"path": "nice/name"})["path"] == "/nice/name/"
    assert admin.json("GET", f"v1/content/{content['guid']}")["content_url"].endswith("/nice/name/")
    assert "under a nice name" in admin.page("/nice/name").text
    for bad in ("", "/", "connect", "/content/x", "__api__", "sp ace"):
        assert admin.refused("PUT", path, {"path": bad}) == (400, 52)
    other = publisher.create()["guid"]
    assert publisher.refused("PUT", f"v1/content/{other}/vanity", {"path": "mine"}) == (403, 22)
    for taken in ("nice/name", "nice", "nice/name/below"):
        assert admin.refused("PUT", f"v1/content/{other}/vanity", {"path": taken}) == (409, 51)
    admin.json("PUT", f"v1/content/{other}/vanity", {"path": "nice/name", "force": True})
    admin.json("DELETE", f"v1/content/{other}/vanity", status=204)
    gone = admin.page("/nice/name/")
    assert (gone.status_code, gone.text) == (404, "404 page not found")


def test_thumbnails(admin: Api) -> None:
    content, _ = admin.publish(site())
    path, image = f"v1/content/{content['guid']}/thumbnail", f"{content['content_url']}__thumbnail__"
    assert admin.page(image).status_code == 204
    assert admin.refused("DELETE", path) == (404, 17)
    assert admin.call("PUT", path, data=PNG).status_code == 204
    assert (admin.page(image).content, admin.page(image).headers["Content-Type"]) == (PNG, "image/png")
    assert admin.call("PUT", path, data=b"no image").status_code == 400
    assert admin.call("DELETE", path).status_code == 204


def test_old_numbers_and_missing_slashes_still_lead_to_content(admin: Api, sandbox: Sandbox) -> None:
    content, _ = admin.publish(site("found"))
    assert "found" in admin.page(f"/content/{content['id']}/").text
    assert "found" in admin.page(f"/content/{content['guid']}").text
    assert admin.page("/").url.endswith("/__login__?next=%2Fconnect%2F") or "Sandbox" in admin.page("/").text


@pytest.mark.slow
def test_an_application_runs_behind_its_address_with_its_websocket(tmp_path: Path) -> None:
    with running_sandbox(tmp_path / "data", "--prefix", "/rsc", "--idle-limit", "4") as running:
        api = Api(running.url, running.key)
        source = notebook("import os; print('greeting is', os.environ['GREETING'])")
        guid = api.create(access_type="acl")["guid"]
        api.json("PATCH", f"v1/content/{guid}/environment", [{"name": "GREETING", "value": "hello"}])
        uploaded = api.upload(guid, bundle("jupyter-voila", {"app.ipynb": source}))
        assert api.follow(api.deploy(guid, uploaded))["code"] == 0
        assert api.json("GET", f"v1/content/{guid}/jobs")[0]["tag"] == "python_restore"
        url = f"{running.url}/content/{guid}/"
        assert requests.get(url, allow_redirects=False, timeout=30).status_code == 302
        page = api.page(url)
        assert "greeting is hello" in page.text
        assert "allow-same-origin" not in page.headers["Content-Security-Policy"]
        config = json.loads(page.text.split('id="jupyter-config-data"', 1)[1].split(">", 1)[1].split("<", 1)[0])
        base = config["baseUrl"]
        assert base.startswith(f"/rsc/content/{guid}/_t/")
        root = running.url.removesuffix("/rsc")
        kernel = config["kernelId"]
        assert (
            requests.get(f"{root}{base}api/kernels/{kernel}", headers={"Origin": "null"}, timeout=30).status_code == 200
        )
        assert kernel_answers(f"{root}{base}api/kernels/{kernel}/channels".replace("http", "ws", 1)) == "idle"
        job = api.json("GET", f"v1/content/{guid}/jobs")[0]
        assert (job["tag"], job["status"]) == ("run_voila_app", 0)
        while api.json("GET", f"v1/content/{guid}/jobs/{job['key']}")["status"] == 0:
            pass  # nobody visits it any more
        assert "greeting is hello" in api.page(url).text


def kernel_answers(url: str) -> str:
    """Ask a kernel for its information over the proxy and return the state it tells."""

    async def ask() -> str:
        socket = await websocket_connect(HTTPRequest(url, headers={"Origin": "null"}))
        header = {"msg_id": "1", "msg_type": "kernel_info_request", "session": "s", "username": "", "version": "5.3"}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": {}, "channel": "shell"}
        await socket.write_message(json.dumps(message))
        while True:
            answer = json.loads(str(await socket.read_message()))
            if answer["header"]["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
                socket.close()
                return "idle"

    return str(IOLoop(make_current=False).run_sync(ask, timeout=60))


def test_faults_happen_as_ordered_and_requests_are_noted(faulty: Sandbox) -> None:
    api = Api(faulty.url, faulty.key)
    orders = [
        {"method": "GET", "path": "/__api__/v1/user", "times": 1, "action": "status", "status": 502},
        {"path": "/__api__/v1/user", "times": 1, "action": "html"},
        {"path": "/__api__/v1/user", "times": 1, "action": "reset"},
        {"path": "/__api__/v1/user", "times": 1, "action": "truncate"},
        {"path": "/__api__/v1/user", "times": 1, "action": "slow-body", "seconds": 0.1},
        {"path": "/__api__/v1/content", "method": "POST", "times": 1, "action": "reset", "when": "after"},
        {
            "path": "/__api__/server_settings",
            "every": 2,
            "action": "status",
            "status": 503,
            "headers": {"Retry-After": "1"},
        },
    ]
    answer = requests.put(f"{faulty.url}/__sandbox__/faults", json=orders, timeout=30)
    assert len(answer.json()["rules"]) == len(orders)
    requests.delete(f"{faulty.url}/__sandbox__/requests", timeout=30)
    assert api.call("GET", "v1/user").status_code == 502
    assert api.call("GET", "v1/user").headers["Content-Type"].startswith("text/html")
    for _ in range(2):
        with pytest.raises(requests.RequestException):
            api.call("GET", "v1/user").json()
    assert api.json("GET", "v1/user")["username"] == "admin"
    with pytest.raises(requests.ConnectionError):
        api.create(name="made-though-lost")
    assert [each["name"] for each in api.json("GET", "v1/content")] == ["made-though-lost"]
    settings = [api.call("GET", "server_settings") for _ in range(4)]
    assert [each.status_code for each in settings] == [200, 503, 200, 503]
    assert settings[1].headers["Retry-After"] == "1"
    noted = requests.get(f"{faulty.url}/__sandbox__/requests", timeout=30).json()["requests"]
    created = [each for each in noted if each["method"] == "POST"]
    assert [each["body"] for each in created] == [{"name": "made-though-lost"}]
    assert faulty.key not in json.dumps(noted)
    wrong = requests.put(f"{faulty.url}/__sandbox__/faults", json=[{"action": "explode"}], timeout=30)
    assert wrong.status_code == 400
    requests.delete(f"{faulty.url}/__sandbox__/faults", timeout=30)


def test_nobody_orders_faults_where_they_are_not_allowed(admin: Api, sandbox: Sandbox) -> None:
    answer = requests.put(f"{sandbox.url}/__sandbox__/faults", json=[], timeout=30)
    assert (answer.status_code, answer.text) == (404, "404 page not found")


def test_the_old_dialect_alone(tmp_path: Path) -> None:
    with running_sandbox(tmp_path / "data", "--legacy-only") as running:
        api = Api(running.url, running.key)
        for path in ("v1/user", "v1/content", "v1/search/content"):
            assert api.call("GET", path).text == "404 page not found"
        made = api.json("POST", "applications", {"name": "old-name"})
        assert api.refused("POST", "applications", {"name": "old-name"}) == (409, 26)
        assert api.json("POST", f"applications/{made['id']}", {"title": "Old title"})["title"] == "Old title"
        uploaded = api.json("POST", f"applications/{made['guid']}/upload", data=site("by the old way"))
        task = api.json("POST", f"applications/{made['id']}/deploy", {"bundle": uploaded["id"]})
        while not task["finished"]:
            task = api.json("GET", f"tasks/{task['id']}", params={"first_status": task["last_status"], "wait": 5})
        assert task["code"] == 0
        found = api.json("GET", "applications", params={"search": "old TITLE", "filter": "min_role:editor", "count": 1})
        assert [each["app_mode"] for each in found["applications"]] == [4]
        assert api.refused("GET", "applications?filter=nonsense:1") == (400, 11)
        config = api.json("GET", f"applications/{made['id']}/config")["config_url"]
        assert config == f"{running.url}/connect/#/apps/{made['guid']}"
        assert "by the old way" in api.page(found["applications"][0]["url"]).text


def test_a_manifest_is_not_shown_to_readers_but_the_page_it_names_is(admin: Api) -> None:
    files = {"report.html": b"<h1>Named</h1>", "index.html": b"<h1>Index</h1>"}
    content, _ = admin.publish(pack(files, top=manifest("static", files)))
    assert "Named" in admin.page(content["content_url"]).text


def test_a_link_signs_in_one_browser_once(sandbox: Sandbox, viewer: Api) -> None:
    refused = [requests.post(f"{sandbox.url}/__login__/link", timeout=30, headers=headers) for headers in (
        {}, {"Authorization": "Key wrong"}
    )]  # fmt: skip
    assert [each.json()["code"] for each in refused] == [24, 30]
    made = viewer.session.post(f"{sandbox.url}/__login__/link", data={"next": "/connect/?a"}, timeout=30).json()["url"]
    first, second = browser(sandbox, None), browser(sandbox, None)
    answer = first.get(made, allow_redirects=False, timeout=30)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/connect/?a")
    assert first.get(f"{sandbox.url}/__api__/v1/user", timeout=30).json()["username"] == "viewer"
    again = second.get(made, allow_redirects=False, timeout=30)
    assert (again.status_code, "used already" in again.text) == (401, True)
    assert second.get(f"{sandbox.url}/__api__/v1/user", timeout=30).status_code == 401
    printed = next(line for line in sandbox.output if line.startswith("Dashboard, signed in")).split()[-1]
    assert "Sandbox" in first.get(printed, timeout=30).text
    assert first.get(f"{sandbox.url}/__api__/v1/user", timeout=30).json()["username"] == "admin"
