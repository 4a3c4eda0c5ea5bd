"""Signed requests: a client registers its key, a user claims the token, and each request is signed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from sandbox.publishing import Api, site
from sandbox.signing_in import Browser, Signer
from serving import Sandbox, running_sandbox


@pytest.fixture(scope="module")
def claiming(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    options = ("--prefix", "/rsc", "--movable-clock")
    with running_sandbox(tmp_path_factory.mktemp("claims"), *options) as running:
        yield running


@pytest.fixture
def browser(claiming: Sandbox) -> Browser:
    return Browser(claiming.url, json.loads((claiming.data / "keys.json").read_text())["publisher"])


def register(sandbox: Sandbox, signer: Signer, **changed: Any) -> requests.Response:
    body = {"token": signer.token, "public_key": signer.public_key, "user_id": 0, **changed}
    return requests.post(f"{sandbox.url}/__api__/tokens", json=body, timeout=30)


def ask(sandbox: Sandbox, signer: Signer, path: str = "v1/user", method: str = "GET", **options: Any) -> Any:
    return requests.request(method, f"{sandbox.url}/__api__/{path}", auth=signer, timeout=30, **options)


def claimed(sandbox: Sandbox, browser: Browser) -> Signer:
    signer = Signer()
    answer = browser.answer(register(sandbox, signer).json()["token_claim_url"])
    assert answer.status_code == 200
    return signer


def refusal(answer: requests.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["code"]


def test_a_claimed_token_publishes(claiming: Sandbox, browser: Browser) -> None:
    signer = Signer()
    address = register(claiming, signer).json()["token_claim_url"]
    assert address.startswith(f"{claiming.url}/")
    assert refusal(ask(claiming, signer)) == (401, 30)
    assert browser.answer(address).status_code == 200
    assert ask(claiming, signer).json()["username"] == "publisher"
    api = Api(claiming.url, None)
    api.session.auth = signer
    content, task = api.publish(site("By signature"))
    assert task["code"] == 0
    assert "By signature" in api.page(content["content_url"]).text


def test_the_query_is_not_signed(claiming: Sandbox, browser: Browser) -> None:
    signer = claimed(claiming, browser)
    assert ask(claiming, signer, "v1/users?prefix=pub&page_size=5").json()["total"] == 1


@pytest.mark.parametrize("what", ["path", "method", "date", "signature", "stranger", "no-date"])
def test_what_was_not_signed_is_refused(claiming: Sandbox, browser: Browser, what: str) -> None:
    signer = claimed(claiming, browser)
    request = requests.Request("GET", f"{claiming.url}/__api__/v1/user", auth=signer).prepare()
    if what == "path":
        request.url = f"{claiming.url}/__api__/v1/content"
    elif what == "method":
        request.method = "DELETE"
    elif what == "date":
        signed = parsedate_to_datetime(request.headers["Date"])
        request.headers["Date"] = format_datetime(signed + timedelta(seconds=1), usegmt=True)
    elif what == "signature":
        request.headers["X-Auth-Signature"] = "AAAA" + request.headers["X-Auth-Signature"][4:]
    elif what == "stranger":
        request.headers["X-Auth-Token"] = Signer().token
    else:
        del request.headers["Date"]
    answer = requests.Session().send(request, timeout=30)
    assert answer.status_code in (401, 404)
    assert "username" not in answer.text


def test_the_path_is_signed_with_the_prefix(claiming: Sandbox, browser: Browser) -> None:
    signer = claimed(claiming, browser)
    request = requests.Request("GET", f"{claiming.url.removesuffix('/rsc')}/__api__/v1/user", auth=signer).prepare()
    request.url = f"{claiming.url}/__api__/v1/user"
    assert refusal(requests.Session().send(request, timeout=30)) == (401, 30)


@pytest.mark.parametrize("path", ["v1/content", "upload"])
def test_another_body_than_the_signed_one_is_refused(claiming: Sandbox, browser: Browser, path: str) -> None:
    signer = claimed(claiming, browser)
    if path == "upload":
        path = f"v1/content/{ask(claiming, signer, 'v1/content', 'POST', json={}).json()['guid']}/bundles"
    request = requests.Request(
        "POST", f"{claiming.url}/__api__/{path}", data=b'{"title":"mine"}', auth=signer
    ).prepare()
    request.body = b'{"title":"them"}'
    assert refusal(requests.Session().send(request, timeout=30)) == (400, 104)


@pytest.mark.parametrize("skew", [-3600.0, 3600.0])
def test_a_clock_that_is_far_off_is_refused(claiming: Sandbox, browser: Browser, skew: float) -> None:
    signer = claimed(claiming, browser)
    signer.skew = skew
    assert refusal(ask(claiming, signer)) == (401, 30)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"token": ""}, 86),
        ({"token": "short"}, 86),
        ({"public_key": None}, 86),
        ({"public_key": "no key"}, 86),
        ({"public_key": "aGVsbG8="}, 86),
        ({"more": 1}, 121),
    ],
    ids=["no-token", "short-token", "no-key", "no-base64", "no-rsa", "unknown-field"],
)
def test_registrations_that_are_refused(claiming: Sandbox, changed: dict[str, Any], code: int) -> None:
    assert refusal(register(claiming, Signer(), **changed)) == (400, code)


def test_a_token_is_registered_once(claiming: Sandbox) -> None:
    signer = Signer()
    assert register(claiming, signer).status_code == 200
    assert refusal(register(claiming, signer)) == (400, 85)


def test_a_token_is_claimed_once_and_within_an_hour(claiming: Sandbox, browser: Browser) -> None:
    first, late = Signer(), Signer()
    address = register(claiming, first).json()["token_claim_url"]
    browser.answer(address)
    again = browser.session.get(address, timeout=30)
    assert (again.status_code, "already been claimed" in again.text) == (403, True)
    address = register(claiming, late).json()["token_claim_url"]
    headers = {"Authorization": f"Key {claiming.key}"}
    requests.post(f"{claiming.url}/__sandbox__/clock", json={"seconds": 3601}, headers=headers, timeout=30)
    assert browser.session.get(address, timeout=30).status_code == 401
    assert refusal(ask(claiming, late)) == (401, 29)
    assert ask(claiming, first).status_code == 200


def test_a_user_can_deny(claiming: Sandbox, browser: Browser) -> None:
    signer = Signer()
    assert browser.answer(register(claiming, signer).json()["token_claim_url"], decision="deny").status_code == 200
    assert refusal(ask(claiming, signer)) == (401, 30)


def test_before_2024_05_an_unclaimed_token_is_a_failure_of_the_server(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, "--connect-version", "2022.12.0") as running:
        signer = Signer()
        register(running, signer)
        answer = ask(running, signer)
        assert (answer.status_code, answer.json()["error"]) == (500, "Token is unclaimed error")
