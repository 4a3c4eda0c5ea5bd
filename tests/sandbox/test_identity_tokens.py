"""Identity tokens of a trusted issuer become API keys for an hour, strictly."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from sandbox.identity import Issuer
from sandbox.publishing import Api, site
from sandbox.signing_in import EXCHANGE
from serving import Sandbox, running_sandbox

TYPES = "urn:ietf:params:oauth:token-type:"
SERVICES = {"reports": {"sub": "repo:me/reports:*"}, "both": {"sub": "repo:me/*:main"}}


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Issuer]]:
    issuer, folder = Issuer(), tmp_path_factory.mktemp("trusting")
    (folder / "issuer.json").write_text(json.dumps(issuer.description(SERVICES)))
    options = ("--connect-version=2026.07.0", "--movable-clock", f"--trusted-issuer={folder / 'issuer.json'}")
    with running_sandbox(folder / "data", *options) as running:
        yield running, issuer


def exchange(sandbox: Sandbox, token: str, **changed: str) -> requests.Response:
    form = {
        "grant_type": EXCHANGE,
        "subject_token_type": f"{TYPES}id_token",
        "requested_token_type": f"{TYPES}access_token",
        "subject_token": token,
        **changed,
    }
    return requests.post(f"{sandbox.url}/oauth/v1/token", data=form, timeout=30)


def test_the_key_publishes_is_no_user_and_lasts_an_hour(trusting: tuple[Sandbox, Issuer]) -> None:
    sandbox, issuer = trusting
    answer = exchange(sandbox, issuer.token(sub="repo:me/reports:tag"))
    api = Api(sandbox.url, answer.json()["access_token"])
    assert api.publish(site("By a service"))[1]["code"] == 0
    assert api.refused("GET", "v1/user") == (403, 22)
    assert "reports" not in Api(sandbox.url, sandbox.key).call("GET", "v1/users").text
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert requests.get(f"{sandbox.url}/__api__/v1/content", headers=bearer, timeout=30).status_code == 401
    headers = {"Authorization": f"Key {sandbox.key}"}
    requests.post(f"{sandbox.url}/__sandbox__/clock", json={"seconds": 3601}, headers=headers, timeout=30)
    assert api.refused("GET", "v1/content") == (401, 30)


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"sub": "repo:other/reports:tag"}, "No access was granted"),
        ({"sub": "repo:me/reports:main"}, "ambiguous"),
        ({"sub": "repo:me/reports:tag", "aud": "another"}, "audience"),
        ({"sub": "repo:me/reports:tag", "iss": "https://other.example"}, "verified"),
        ({"sub": "repo:me/reports:tag", "exp": time.time() - 60}, "verified"),
        ({"sub": "repo:me/reports:tag", "exp": None}, "verified"),
    ],
    ids=["nobody", "several", "audience", "issuer", "expired", "endless"],
)
def test_tokens_that_are_refused(trusting: tuple[Sandbox, Issuer], claims: dict[str, Any], says: str) -> None:
    sandbox, issuer = trusting
    answer = exchange(sandbox, issuer.token(**claims))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert says in answer.json()["error_description"]


@pytest.mark.parametrize("token", ["", "no token", "a.b.c"])
def test_what_is_no_token_is_refused(trusting: tuple[Sandbox, Issuer], token: str) -> None:
    sandbox, _ = trusting
    assert exchange(sandbox, token).json()["error"] in ("invalid_request", "invalid_grant")


def test_another_signature_is_refused(trusting: tuple[Sandbox, Issuer]) -> None:
    sandbox, _ = trusting
    answer = exchange(sandbox, Issuer().token(sub="repo:me/reports:tag"))
    assert "verified" in answer.json()["error_description"]


def test_only_identity_tokens_are_exchanged_for_access_tokens(trusting: tuple[Sandbox, Issuer]) -> None:
    sandbox, issuer = trusting
    token = issuer.token(sub="repo:me/reports:tag")
    for changed in ({"subject_token_type": f"{TYPES}jwt"}, {"requested_token_type": f"{TYPES}id_token"}):
        assert exchange(sandbox, token, **changed).json()["error"] == "invalid_request"


def test_before_2026_07_there_is_no_exchange(sandbox: Sandbox) -> None:
    assert exchange(sandbox, "a.b.c").json()["error"] == "unsupported_grant_type"
    found = requests.get(f"{sandbox.url}/.well-known/oauth-authorization-server", timeout=30).json()
    assert EXCHANGE not in found["grant_types_supported"]


def test_a_file_that_describes_no_issuer_is_an_error_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "issuer.json").write_text("{}")
    with pytest.raises(AssertionError, match="does not describe an issuer"):
        with running_sandbox(tmp_path / "data", f"--trusted-issuer={tmp_path / 'issuer.json'}"):
            pass
