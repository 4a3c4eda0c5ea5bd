"""What other websites, other names and other programs of this machine get from a sandbox: nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from sandbox.publishing import Api, bundle, site
from serving import Sandbox, running_sandbox

SITE = {"index.html": b"<script src=a.js></script>", "a.js": b"secret()"}
ELSEWHERE = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}


def port_of(sandbox: Sandbox) -> str:
    return sandbox.url.rpartition(":")[2]


def test_only_its_own_names_are_answered(sandbox: Sandbox, admin: Api) -> None:
    content, _ = admin.publish(site("public"), access_type="all")
    for address in (content["content_url"], f"{sandbox.url}/__api__/v1/user", f"{sandbox.url}/__ping__", sandbox.url):
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.2", ""):
            headers = {"Host": f"{host}:{port_of(sandbox)}", "Authorization": f"Key {sandbox.key}"}
            answer = requests.get(address, headers=headers, allow_redirects=False, timeout=30)
            assert answer.status_code in (400, 421), (address, host)
            assert "public" not in answer.text
    for host in ("localhost", "LOCALHOST", "[::1]", "127.0.0.1"):
        headers = {"Host": f"{host}:{port_of(sandbox)}"}
        assert requests.get(f"{sandbox.url}/__ping__", headers=headers, timeout=30).status_code == 200


def test_an_option_adds_a_name(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, "--allow-host", "sandbox.example") as running:
        for host, status in (("sandbox.example", 200), ("other.example", 421)):
            assert requests.get(f"{running.url}/__ping__", headers={"Host": host}, timeout=30).status_code == status


def test_numbers_tell_a_stranger_nothing(sandbox: Sandbox, admin: Api) -> None:
    content, _ = admin.publish(site("public"), access_type="all")
    for number in (content["id"], "99999999"):
        answer = requests.get(f"{sandbox.url}/content/{number}/", allow_redirects=False, timeout=30)
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/__login__")
    assert "public" in requests.get(content["content_url"], timeout=30).text


@pytest.mark.parametrize("access", ["acl", "all"])
def test_a_page_elsewhere_reads_nothing_with_its_readers_session(sandbox: Sandbox, admin: Api, access: str) -> None:
    content, _ = admin.publish(bundle("static", SITE), access_type=access)
    session = requests.Session()
    session.post(f"{sandbox.url}/__login__", data={"key": sandbox.key}, timeout=30)
    own = session.get(f"{content['content_url']}a.js", timeout=30)
    assert own.text == "secret()"
    for address in (f"{content['content_url']}a.js", f"{sandbox.url}/__api__/v1/user"):
        answer = session.get(address, headers=ELSEWHERE, timeout=30)
        assert "secret" not in answer.text
        assert "username" not in answer.text
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_sessions_of_two_ports_do_not_meet(sandbox: Sandbox, tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as other:
        browser = requests.Session()
        for each in (sandbox, other):
            browser.post(f"{each.url}/__login__", data={"key": each.key}, timeout=30)
        for each in (sandbox, other):
            assert browser.get(f"{each.url}/__api__/v1/user", timeout=30).json()["username"] == "admin"
            assert all(each.name.endswith((port_of(sandbox), port_of(other))) for each in browser.cookies)


def test_who_is_not_signed_in_sees_nothing_where_everyone_has_to(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, "--always-sign-in") as running:
        content, _ = Api(running.url, running.key).publish(site("public"), access_type="all")
        address = content["content_url"]
        assert "__login__" in requests.get(address, timeout=30).url
        assert "public" in requests.get(address, headers={"Authorization": f"Key {running.key}"}, timeout=30).text
