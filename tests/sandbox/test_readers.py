"""Who may read what: pages, files and thumbnails, for readers who signed in in each of the ways."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from sandbox.publishing import Api, bundle, site
from sandbox.signing_in import Browser, Client, Signer
from serving import Sandbox

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
SITE = {"index.html": b"<p>restricted</p><script src=a.js></script>", "a.js": b"restricted()"}
PATHS = ("", "index.html", "a.js", "__thumbnail__")
Reader = Callable[[str], requests.Response]


@pytest.fixture(scope="module")
def restricted(sandbox: Sandbox) -> dict[str, Any]:
    api = Api(sandbox.url, sandbox.key)
    content, _ = api.publish(bundle("static", SITE), access_type="acl")
    api.call("PUT", f"v1/content/{content['guid']}/thumbnail", data=PNG)
    return content


@pytest.fixture(params=["key", "session", "bearer", "signed"])
def reader(request: pytest.FixtureRequest, sandbox: Sandbox) -> Reader:
    """The viewer, signed in in one of the ways."""
    key = json.loads((sandbox.data / "keys.json").read_text())["viewer"]
    browser = Browser(sandbox.url, key)
    if request.param == "key":
        browser.session = requests.Session()
        browser.session.headers["Authorization"] = f"Key {key}"
    elif request.param == "bearer":
        token = Client(sandbox.url).sign_in(browser)["access_token"]
        browser.session = requests.Session()
        browser.session.headers["Authorization"] = f"Bearer {token}"
    elif request.param == "signed":
        signer = Signer()
        body = {"token": signer.token, "public_key": signer.public_key, "user_id": 0}
        answer = requests.post(f"{sandbox.url}/__api__/tokens", json=body, timeout=30)
        browser.answer(answer.json()["token_claim_url"])
        browser.session = requests.Session()
        browser.session.auth = signer
    return lambda address: browser.session.get(address, timeout=30)


def test_access_is_what_the_server_was_told(admin: Api, restricted: dict[str, Any], reader: Reader) -> None:
    guid, url = restricted["guid"], restricted["content_url"]
    for path in PATHS:
        answer = reader(url + path)
        assert (answer.status_code, b"restricted" in answer.content, PNG in answer.content) == (403, False, False)
    viewer = next(each for each in admin.json("GET", "v1/users")["results"] if each["username"] == "viewer")
    body = {"principal_guid": viewer["guid"], "principal_type": "user", "role": "viewer"}
    permission = admin.json("POST", f"v1/content/{guid}/permissions", body)
    assert [reader(url + path).status_code for path in PATHS] == [200] * 4
    assert reader(f"{url}_bundle{restricted['bundle_id']}/").status_code == 403
    admin.json("DELETE", f"v1/content/{guid}/permissions/{permission['id']}", status=204)
    assert [reader(url + path).status_code for path in PATHS] == [403] * 4
    admin.json("PATCH", f"v1/content/{guid}", {"access_type": "logged_in"})
    assert [reader(url + path).status_code for path in PATHS] == [200] * 4
    assert "__login__" in requests.get(url, timeout=30).url
    admin.json("PATCH", f"v1/content/{guid}", {"access_type": "acl"})


def test_a_thumbnail_waits_until_there_is_content(admin: Api, viewer: Api) -> None:
    content = admin.create(access_type="acl")
    assert admin.call("PUT", f"v1/content/{content['guid']}/thumbnail", data=PNG).status_code == 204
    thumbnail = f"{content['content_url']}__thumbnail__"
    assert (admin.page(thumbnail).status_code, viewer.page(thumbnail).status_code) == (404, 403)
    admin.follow(admin.deploy(content["guid"], admin.upload(content["guid"], site())))
    assert (admin.page(thumbnail).content, viewer.page(thumbnail).status_code) == (PNG, 403)


def test_administrators_read_files_of_bundles_and_download_as_collaborators(admin: Api, publisher: Api) -> None:
    content, _ = publisher.publish(bundle("static", SITE))
    path = f"v1/content/{content['guid']}/bundles/{content['bundle_id']}"
    for api in (publisher, admin):
        assert {each["path"] for each in api.json("GET", f"{path}/files")} == {*SITE, "manifest.json"}
        assert api.json("GET", f"{path}/files/a.js")["content"] == "restricted()"
    assert publisher.refused("GET", f"{path}/files/b.js") == (404, 278)
    assert publisher.call("GET", f"{path}/download").status_code == 200
    assert admin.refused("GET", f"{path}/download") == (403, 21)


def test_while_two_publish_readers_always_see_one_whole_version(sandbox: Sandbox, admin: Api, publisher: Api) -> None:
    content, _ = admin.publish(site("version 0"), access_type="all")
    guid = content["guid"]
    person = publisher.json("GET", "v1/user")["guid"]
    body = {"principal_guid": person, "principal_type": "user", "role": "owner"}
    admin.json("POST", f"v1/content/{guid}/permissions", body)
    ended, seen = threading.Event(), []

    def read() -> None:
        while not ended.is_set():
            answer = requests.get(content["content_url"], timeout=30)
            seen.append((answer.status_code, answer.text.partition("version ")[0]))

    def publish(api: Api, name: str) -> list[str]:
        bundles = [api.upload(guid, site(f"version {name}{number}")) for number in range(8)]
        assert [api.follow(api.deploy(guid, each))["code"] for each in bundles] == [0] * 8
        return bundles

    with ThreadPoolExecutor(3) as pool:
        reading = pool.submit(read)
        made = [*pool.map(publish, (admin, publisher), "ab")]
        ended.set()
        reading.result()
    assert set(seen) == {(200, "<h1>")}
    shown = admin.json("GET", f"v1/content/{guid}/bundles")
    [active] = [each for each in shown if each["active"]]
    assert active["id"] in (made[0][-1], made[1][-1])
    assert {each["created_by"] for each in shown} == {person, admin.json("GET", "v1/user")["guid"]}
