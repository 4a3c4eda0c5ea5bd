"""OAuth sign-in, held strictly: browser flow, devices, rotation, revocation, what is refused."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from sandbox.publishing import Api, site
from sandbox.signing_in import DEVICE, Browser, Client, sent_back
from serving import Sandbox, running_sandbox, start_sandbox


@pytest.fixture(scope="module")
def oauth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox below a prefix whose clock can be moved."""
    options = ("--prefix", "/rsc", "--movable-clock", "--allow-redirect", "https://hub.example/oauth_redirect_callback")
    with running_sandbox(tmp_path_factory.mktemp("oauth"), *options) as running:
        yield running


@pytest.fixture
def browser(oauth: Sandbox) -> Browser:
    return Browser(oauth.url, json.loads((oauth.data / "keys.json").read_text())["publisher"])


@pytest.fixture
def client(oauth: Sandbox) -> Client:
    made = Client(oauth.url)
    made.register()
    return made


def time_of(sandbox: Sandbox) -> float:
    """Return the sandbox's time in seconds since 1970."""
    return wait(sandbox, 0)


def wait(sandbox: Sandbox, seconds: float) -> float:
    """Move the sandbox's clock forward and return its time."""
    headers = {"Authorization": f"Key {sandbox.key}"}
    answer = requests.post(f"{sandbox.url}/__sandbox__/clock", json={"seconds": seconds}, headers=headers, timeout=30)
    assert answer.status_code == 200
    return float(answer.json()["time"])


def user_of(sandbox: Sandbox, token: str) -> requests.Response:
    return requests.get(f"{sandbox.url}/__api__/v1/user", headers={"Authorization": f"Bearer {token}"}, timeout=30)


def error_of(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_the_browser_flow_ends_with_tokens_that_publish(oauth: Sandbox, client: Client, browser: Browser) -> None:
    tokens = client.sign_in(browser)
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    assert user_of(oauth, tokens["access_token"]).json()["username"] == "publisher"
    api = Api(oauth.url, None)
    api.session.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    content, task = api.publish(site("By token"))
    assert task["code"] == 0
    assert "By token" in api.page(content["content_url"]).text


def test_endpoints_keep_the_prefix(oauth: Sandbox, client: Client) -> None:
    addresses = [value for name, value in client.endpoints.items() if name.endswith("endpoint")]
    assert len(addresses) == 5
    assert all(each.startswith(f"{oauth.url}/oauth/v1/") for each in addresses)
    assert client.endpoints["issuer"] == oauth.url


def test_the_same_client_registered_again_keeps_its_id(oauth: Sandbox) -> None:
    one, two, other = Client(oauth.url), Client(oauth.url), Client(oauth.url)
    one.register()
    two.register()
    other.register(client_name="Another")
    assert one.client_id == two.client_id != other.client_id


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"redirect_uris": ["https://elsewhere.example/callback"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://127.0.0.1.elsewhere.example/"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://127.0.0.1/#part"]}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"client_name": ""}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "invalid_client_metadata"),
        ({"grant_types": ["password"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(*value.values()),
)
def test_registrations_that_are_refused(client: Client, fields: dict[str, Any], error: str) -> None:
    assert error_of(client.register(**fields)) == (400, error)


def test_an_administrator_may_allow_another_address(client: Client, browser: Browser) -> None:
    client.redirect = "https://hub.example/oauth_redirect_callback"
    assert client.register(redirect_uris=[client.redirect]).status_code == 201
    assert client.by_code(client.code(browser)).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "unknown"},
        {"redirect_uri": "http://127.0.0.1:1/other"},
        {"redirect_uri": "http://localhost:1/callback"},
        {"redirect_uri": "https://127.0.0.1:1/callback"},
        {"redirect_uri": "http://127.0.0.1:1/callback?more=1"},
        {"redirect_uri": "http://127.0.0.1:1@elsewhere.example/callback"},
        {"redirect_uri": None},
    ],
    ids=lambda value: str(*value.values()),
)
def test_wrong_clients_and_addresses_get_a_page_and_no_redirect(
    client: Client, browser: Browser, changed: dict[str, str | None]
) -> None:
    answer = browser.session.get(client.address(**changed), allow_redirects=False, timeout=30)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
    ids=["no-challenge", "short-challenge", "plain", "no-method", "implicit"],
)
def test_other_mistakes_are_sent_to_the_client(
    client: Client, browser: Browser, changed: dict[str, str | None], error: str
) -> None:
    answer = sent_back(browser.session.get(client.address(**changed), allow_redirects=False, timeout=30))
    assert (answer["error"], answer["state"]) == (error, client.state)


def test_any_loopback_port_is_right_but_the_same_in_both_requests(client: Client, browser: Browser) -> None:
    client.redirect = "http://127.0.0.1:50505/callback"
    code = client.code(browser)
    assert error_of(client.by_code(code, redirect_uri="http://127.0.0.1:1/callback")) == (400, "invalid_grant")
    assert client.by_code(client.code(browser)).status_code == 200


def test_a_user_can_deny(client: Client, browser: Browser) -> None:
    answer = sent_back(browser.answer(client.address(), decision="deny"))
    assert (answer["error"], answer["state"]) == ("access_denied", client.state)


def test_consent_needs_the_forms_own_token(client: Client, browser: Browser) -> None:
    answer = browser.session.post(client.address(), data={"decision": "allow"}, allow_redirects=False, timeout=30)
    assert answer.status_code == 403


def test_who_is_not_signed_in_signs_in_first_and_comes_back(oauth: Sandbox, client: Client) -> None:
    session = requests.Session()
    page = session.get(client.address(), timeout=30)
    assert "/__login__" in page.url
    signed_in = session.post(page.url, data={"key": oauth.key}, timeout=30)
    assert "Allow access?" in signed_in.text
    assert "Test client" in signed_in.text


def test_a_wrong_verifier_uses_the_code_up(client: Client, browser: Browser) -> None:
    code = client.code(browser)
    assert error_of(client.by_code(code, code_verifier="x" * 43)) == (400, "invalid_grant")
    assert error_of(client.by_code(code)) == (400, "invalid_grant")


def test_a_code_used_twice_ends_the_session(oauth: Sandbox, client: Client, browser: Browser) -> None:
    code = client.code(browser)
    tokens = client.by_code(code).json()
    assert user_of(oauth, tokens["access_token"]).status_code == 200
    assert error_of(client.by_code(code)) == (400, "invalid_grant")
    assert user_of(oauth, tokens["access_token"]).status_code == 401


def test_a_code_is_for_one_client_and_one_minute(oauth: Sandbox, client: Client, browser: Browser) -> None:
    other = Client(oauth.url)
    other.register(client_name="Another")
    assert error_of(client.by_code(client.code(browser), client_id=other.client_id)) == (400, "invalid_grant")
    code = client.code(browser)
    wait(oauth, 61)
    assert error_of(client.by_code(code)) == (400, "invalid_grant")


def test_an_unknown_client_has_to_register_again(oauth: Sandbox, client: Client, browser: Browser) -> None:
    tokens = client.sign_in(browser)
    Api(oauth.url, oauth.key).call("DELETE", f"v1/oauth/clients/{client.client_id}")
    assert user_of(oauth, tokens["access_token"]).status_code == 401
    assert error_of(client.token("refresh_token", refresh_token=tokens["refresh_token"])) == (401, "invalid_client")
    assert client.register().status_code == 201


def test_refresh_tokens_rotate_and_reuse_ends_the_session(oauth: Sandbox, client: Client, browser: Browser) -> None:
    first = client.sign_in(browser)
    second = client.token("refresh_token", refresh_token=first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert user_of(oauth, second["access_token"]).status_code == 200
    assert error_of(client.token("refresh_token", refresh_token=first["refresh_token"])) == (400, "invalid_grant")
    assert user_of(oauth, second["access_token"]).status_code == 401
    assert error_of(client.token("refresh_token", refresh_token=second["refresh_token"])) == (400, "invalid_grant")


def test_one_of_many_refreshes_at_once_succeeds(client: Client, browser: Browser) -> None:
    token = client.sign_in(browser)["refresh_token"]
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: client.token("refresh_token", refresh_token=token).status_code, range(8))
    assert sorted(answers) == [200, *[400] * 7]


def test_an_expired_access_token_is_refused_and_renewed(oauth: Sandbox, client: Client, browser: Browser) -> None:
    tokens = client.sign_in(browser)
    wait(oauth, 3601)
    refused = user_of(oauth, tokens["access_token"])
    assert (refused.status_code, refused.json()["code"]) == (401, 30)
    renewed = client.token("refresh_token", refresh_token=tokens["refresh_token"]).json()
    assert user_of(oauth, renewed["access_token"]).status_code == 200
    wait(oauth, 31 * 24 * 3600)
    assert error_of(client.token("refresh_token", refresh_token=renewed["refresh_token"])) == (400, "invalid_grant")


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revocation_ends_the_session(oauth: Sandbox, client: Client, browser: Browser, kind: str) -> None:
    tokens = client.sign_in(browser)
    for text in (tokens[kind], "unknown"):
        data = {"token": text, "client_id": client.client_id}
        assert requests.post(client.endpoints["revocation_endpoint"], data=data, timeout=30).status_code == 200
    assert user_of(oauth, tokens["access_token"]).status_code == 401


def test_keys_and_tokens_are_not_each_other(oauth: Sandbox, client: Client, browser: Browser) -> None:
    token = client.sign_in(browser)["access_token"]
    for scheme, text in (("Key", token), ("Bearer", oauth.key)):
        headers = {"Authorization": f"{scheme} {text}"}
        answer = requests.get(f"{oauth.url}/__api__/v1/user", headers=headers, timeout=30)
        assert (answer.status_code, answer.json()["code"]) == (401, 30)


def test_a_key_ends_when_it_was_told_to(oauth: Sandbox) -> None:
    api = Api(oauth.url, oauth.key)
    user = api.json("GET", "v1/user")["guid"]
    now = datetime.datetime.fromtimestamp(time_of(oauth), datetime.timezone.utc)
    end = (now + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = api.json("POST", f"v1/users/{user}/keys", {"name": "for an hour", "expires_at": end})
    assert (made["expires_at"], api.json("GET", f"v1/users/{user}/keys/{made['id']}")["expires_at"]) == (end, end)
    limited = Api(oauth.url, made["key"])
    assert limited.json("GET", "v1/user")["username"] == "admin"
    wait(oauth, 3602)
    assert limited.refused("GET", "v1/user") == (401, 30)
    api.json("DELETE", f"v1/users/{user}/keys/{made['id']}", status=204)


@pytest.mark.parametrize("written", ["{code}", "lower", "no-dash"])
def test_a_device_is_confirmed_in_a_browser(oauth: Sandbox, client: Client, browser: Browser, written: str) -> None:
    started = client.start_device()
    pending = client.token(DEVICE, device_code=started["device_code"])
    assert error_of(pending) == (400, "authorization_pending")
    code = started["user_code"]
    code = {"lower": code.lower(), "no-dash": code.replace("-", "")}.get(written, code)
    assert browser.answer(f"{started['verification_uri']}?user_code={code}").status_code == 200
    wait(oauth, 6)
    tokens = client.token(DEVICE, device_code=started["device_code"])
    assert user_of(oauth, tokens.json()["access_token"]).json()["username"] == "publisher"
    wait(oauth, 6)
    assert error_of(client.token(DEVICE, device_code=started["device_code"])) == (400, "invalid_grant")


def test_polling_too_fast_makes_the_interval_longer(oauth: Sandbox, client: Client) -> None:
    device = client.start_device()["device_code"]
    errors = []
    for pause in (0, 0, 6, 11):
        wait(oauth, pause)
        errors.append(error_of(client.token(DEVICE, device_code=device))[1])
    assert errors == ["authorization_pending", "slow_down", "slow_down", "slow_down"]
    wait(oauth, 21)
    assert error_of(client.token(DEVICE, device_code=device))[1] == "authorization_pending"


def test_denied_expired_and_foreign_devices(oauth: Sandbox, client: Client, browser: Browser) -> None:
    denied, expired = client.start_device(), client.start_device()
    browser.answer(denied["verification_uri_complete"], decision="deny")
    assert error_of(client.token(DEVICE, device_code=denied["device_code"])) == (400, "access_denied")
    assert error_of(client.token(DEVICE, device_code="unknown")) == (400, "invalid_grant")
    wait(oauth, 901)
    assert error_of(client.token(DEVICE, device_code=expired["device_code"])) == (400, "expired_token")
    page = browser.session.get(expired["verification_uri_complete"], timeout=30)
    assert (page.status_code, "no such code" in page.text) == (404, True)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "refresh_token", "client_id": "unknown", "refresh_token": "x"}, "invalid_client"),
        ({"grant_type": ["refresh_token", "refresh_token"]}, "invalid_request"),
    ],
    ids=["empty", "password", "no-client", "unknown-client", "twice"],
)
def test_token_requests_that_are_refused(client: Client, form: dict[str, Any], error: str) -> None:
    answer = requests.post(client.endpoints["token_endpoint"], data=form, timeout=30)
    assert answer.json()["error"] == error
    as_json = requests.post(client.endpoints["token_endpoint"], json=form, timeout=30)
    assert error_of(as_json) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("options", "discovery", "device", "claim"),
    [
        (("--connect-version=2026.01.0",), False, False, True),
        (("--connect-version=2026.02.0",), True, False, True),
        (("--connect-version=2026.06.0",), True, True, True),
        (("--auth=api-keys",), False, False, False),
        (("--auth=oauth",), True, True, False),
        (("--auth=claim",), False, False, True),
        (("--legacy-only", "--connect-version=1.8.4"), False, False, True),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
def test_versions_and_options_say_what_is_offered(
    tmp_path: Path, options: tuple[str, ...], discovery: bool, device: bool, claim: bool
) -> None:
    with running_sandbox(tmp_path, *options) as running:
        found = requests.get(f"{running.url}/.well-known/oauth-authorization-server", timeout=30)
        assert found.status_code == (200 if discovery else 404)
        assert ("device_authorization_endpoint" in found.text) == device
        for path, offered in (("oauth/v1/token", discovery), ("oauth/v1/device", device), ("__api__/tokens", claim)):
            assert (requests.post(f"{running.url}/{path}", timeout=30).status_code == 404) == (not offered)


def test_sessions_outlive_a_restart(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as running:
        client, port = Client(running.url), int(running.url.rpartition(":")[2])
        tokens = client.sign_in(Browser(running.url, running.key))
    again = start_sandbox(tmp_path, port=port)
    try:
        assert user_of(again, tokens["access_token"]).json()["username"] == "admin"
        renewed = client.token("refresh_token", refresh_token=tokens["refresh_token"])
        assert renewed.status_code == 200
        assert error_of(client.token("refresh_token", refresh_token=tokens["refresh_token"])) == (400, "invalid_grant")
        assert user_of(again, renewed.json()["access_token"]).status_code == 401
    finally:
        again.stop()
