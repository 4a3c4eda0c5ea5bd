"""What servers answer while somebody signs in, renews a session or exchanges a token; no server runs."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from connect.wire import KEY, Reply, Script, reply, text
from msgspec.structs import replace

from rsconnect_jupyter.connect.credentials import ApiKey
from rsconnect_jupyter.connect.responses import Answer
from rsconnect_jupyter.connect.sign_in.authorization_server import EXCHANGE_GRANT, AuthorizationServer, discover
from rsconnect_jupyter.connect.sign_in.callback_server import CallbackServer
from rsconnect_jupyter.connect.sign_in.device_flow import DeviceSignIn, start_device_flow
from rsconnect_jupyter.connect.sign_in.pending import Prompt, await_user
from rsconnect_jupyter.connect.sign_in.registration import register
from rsconnect_jupyter.connect.sign_in.token_claim import TokenClaim, start_token_claim
from rsconnect_jupyter.connect.sign_in.tokens import (
    GrantError,
    Tokens,
    exchange_identity_token,
    from_device_code,
    revoke,
)
from rsconnect_jupyter.connect.sign_in.workbench_relay import WorkbenchRedirect, relay_offered
from rsconnect_jupyter.connect.sign_in_credentials import ClaimedToken, ExchangedKey, OAuthSession
from rsconnect_jupyter.connect.transport import Transport
from rsconnect_jupyter.connect.upload import Body
from rsconnect_jupyter.errors import BadAnswerError, ConnectError, RefusedError, SignInError
from rsconnect_jupyter.messages import error_text
from rsconnect_jupyter.models import Credential, RequestParts, Secret, Server
from rsconnect_jupyter.translation import _, language

ROOT = "https://connect.example.com"
SERVER = AuthorizationServer(
    root=ROOT, token=f"{ROOT}/t", registration=f"{ROOT}/r", device_authorization=f"{ROOT}/d", revocation=f"{ROOT}/v"
)
DOCUMENT = {"token_endpoint": f"{ROOT}/t", "grant_types_supported": [EXCHANGE_GRANT]}
PARTS = RequestParts(method="GET", path="/", checksum=str)


@dataclass
class Exchanges:
    """Gives prepared answers in turn, a number being only a status, and notes what was sent."""

    answers: list[Any]
    sent: list[tuple[str, str, Any]] = field(default_factory=list)

    def __call__(self, method: str, path: str, *, form: Any = None, json: Any = None) -> Any:
        self.sent.append((method, path, form or json))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, value = answer if isinstance(answer, tuple) else (200, answer)
        return Answer(method=method, url=path, status=status, body=_encoded(value))


def _encoded(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@dataclass
class Kept:
    """Keeps the tokens of a session; each look finds the next of those that other processes have put there."""

    found: list[Tokens | None]

    def load(self) -> Tokens | None:
        return self.found.pop(0) if len(self.found) > 1 else self.found[0]

    def save(self, tokens: Tokens) -> None:
        self.found = [tokens]

    def locked(self) -> Any:
        return nullcontext()


OLD = Tokens(client_id="c", access=Secret("old"), refresh=Secret("again"), expires=time.time() + 5)
NEW = replace(OLD, access=Secret("new"))
GRANTED = {"access_token": "fresh", "refresh_token": "next", "expires_in": 3600}


def session(*kept: Tokens | None, now: Tokens = OLD) -> OAuthSession:
    return OAuthSession(Kept(list(kept)), root=ROOT, identity="i", tokens=now, name="Work")


def test_a_session_is_renewed_or_another_programs_tokens_are_used() -> None:
    mine = session(OLD)
    assert (mine.expires, mine.is_ending()) == (None, True)
    refused = dict(mine.authenticate(PARTS))
    exchange = Exchanges([DOCUMENT, GRANTED])
    assert mine.renew(refused, exchange)
    assert [each.reveal() for each in mine.secrets] == ["fresh", "next"]
    assert exchange.sent[1] == (
        "POST",
        SERVER.token,
        {"grant_type": "refresh_token", "client_id": "c", "refresh_token": "again"},
    )

    taken = session(OLD, NEW)
    assert taken.renew(refused, Exchanges([DOCUMENT, (400, {"error": "invalid_grant"})]))
    assert taken.tokens == NEW


@pytest.mark.parametrize(
    ("kept", "answers"),
    [
        pytest.param(None, [], id="signed-out-elsewhere"),
        pytest.param(replace(OLD, refresh=None), [], id="no-refresh-token"),
        pytest.param(OLD, [(404, {})], id="oauth-switched-off"),
        pytest.param(OLD, [DOCUMENT, (400, {"error": "invalid_grant"})], id="revoked"),
    ],
)
def test_a_session_that_cannot_be_renewed_has_ended(kept: Tokens | None, answers: list[Any]) -> None:
    mine = session(kept)
    with pytest.raises(SignInError) as caught:
        mine.renew(dict(mine.authenticate(PARTS)), Exchanges(answers))
    assert (caught.value.code, caught.value.data["server"]) == ("session-expired", "Work")


def test_a_session_that_ends_soon_is_renewed_before_a_body_is_sent(script: Script) -> None:
    script.on("GET", "oauth-authorization-server", reply({"token_endpoint": f"{script.url}/t"}))
    script.on("POST", "/t", reply(GRANTED))
    mine = OAuthSession(Kept([OLD]), root=script.url, identity="i", tokens=OLD, name="Work")
    with Transport(Server(name="x", url=script.url, credential=mine)) as transport:
        transport.exchange("GET", "__api__/v1/user")
        transport.exchange("POST", "__api__/v1/content", json={})
        assert script.seen[-1].headers["authorization"] == "Bearer old", "a small one can be sent again"
        transport.exchange("POST", "__api__/v1/content", body=lambda: Body(io.BytesIO(b"bundle"), 6))
    assert script.seen[-1].headers["authorization"] == "Bearer fresh"


def test_an_identity_token_gives_a_key_and_later_another() -> None:
    tokens = iter([Secret("second")])
    key = ExchangedKey(lambda: next(tokens), root=ROOT, key=Secret("first"))
    exchange = Exchanges([DOCUMENT, {"access_token": "k2"}])
    assert key.renew({}, exchange)
    assert key.authenticate(PARTS) == {"Authorization": "Key k2"}
    assert exchange.sent[1][2]["subject_token"] == "second"


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        pytest.param([{**DOCUMENT, "grant_types_supported": []}], "not-offered", id="not-offered"),
        pytest.param([(404, b"")], "not-offered", id="no-oauth"),
        pytest.param([DOCUMENT, (400, {"error": "x", "error_description": "Ambiguous"})], "ambiguous", id="ambiguous"),
        pytest.param([DOCUMENT, (400, {"error": "x"})], "no-grant", id="no-grant"),
    ],
)
def test_a_refused_identity_token_says_why(answers: list[Any], message: str) -> None:
    with pytest.raises(SignInError) as caught:
        exchange_identity_token(Exchanges(answers), ROOT, Secret("token"))
    assert caught.value.message == error_text(f"identity-token-refused/{message}", url=ROOT).message


CLAIMED = ClaimedToken("T" + "a" * 32, Secret(base64.b64encode(b"private").decode()))


@pytest.mark.parametrize(
    ("credential", "secret"),
    [
        pytest.param(ApiKey(Secret(KEY)), KEY, id="key"),
        pytest.param(CLAIMED, CLAIMED.token, id="token"),
        pytest.param(ExchangedKey(lambda: Secret(""), root=ROOT, key=Secret("k1")), "k1", id="exchanged"),
    ],
)
def test_a_credential_is_told_apart_without_being_shown(credential: Credential, secret: str) -> None:
    assert secret not in credential.identity
    assert credential.identity != ApiKey(Secret("another")).identity
    assert secret in [each.reveal() for each in credential.secrets]
    assert (credential.is_ending(), credential.expires) == (False, None)


def test_a_machine_without_sha1_says_that_it_cannot_sign() -> None:
    from cryptography.exceptions import UnsupportedAlgorithm

    class Strict:
        def sign(self, *_arguments: object) -> bytes:
            raise UnsupportedAlgorithm("SHA-1")

    token = ClaimedToken("T1", Secret(""))
    vars(token)["_rsa"] = Strict()
    assert not token.renew({}, Exchanges([])), "it is claimed once"
    with pytest.raises(SignInError) as caught:
        token.authenticate(PARTS)
    assert caught.value.code == "signing-unavailable"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(BadAnswerError.of("sign-in-page", host="x", target="y"), id="sent-elsewhere"),
        pytest.param((404, {}), id="missing"),
        pytest.param(b"<html>", id="page"),
        pytest.param([], id="list"),
        pytest.param({"issuer": ROOT}, id="no-token-endpoint"),
    ],
)
def test_a_server_without_oauth_offers_none(answer: Any) -> None:
    assert discover(Exchanges([answer]), ROOT) is None


@pytest.mark.parametrize("client_id", [5, "a\nb"])
def test_an_odd_client_id_is_not_used(client_id: Any) -> None:
    with pytest.raises(BadAnswerError):
        register(Exchanges([{"client_id": client_id}]), SERVER)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({}, id="nothing"),
        pytest.param([], id="list"),
        pytest.param({"access_token": 1}, id="number"),
        pytest.param(b"<html>", id="page"),
        pytest.param((502, b"<html>"), id="busy"),
    ],
)
def test_what_is_no_token_is_not_taken_for_one(answer: Any) -> None:
    with pytest.raises((BadAnswerError, RefusedError)):
        from_device_code(Exchanges([answer]), SERVER, client_id="c", code=Secret("d"))


def test_a_session_ends_at_the_server_where_that_is_offered() -> None:
    assert not revoke(Exchanges([]), replace(SERVER, revocation=""), OLD)
    exchange = Exchanges([{}, (503, {})])
    assert revoke(exchange, SERVER, OLD)
    assert not revoke(exchange, SERVER, replace(OLD, refresh=None))
    assert [each[2]["token_type_hint"] for each in exchange.sent] == ["refresh_token", "access_token"]


GIVEN = {"device_code": "d", "user_code": "AB-CD", "verification_uri": f"{ROOT}/device", "interval": 0}


def test_a_device_code_waits_for_its_user() -> None:
    exchange = Exchanges([{"client_id": "c"}, GIVEN, (400, {"error": "authorization_pending"}), GRANTED])
    waiting = start_device_flow(exchange, SERVER)
    assert (waiting.prompt.user_code, waiting.prompt.page, waiting.prompt.interval) == ("AB-CD", f"{ROOT}/device", 5.0)
    assert waiting.look() is None
    tokens = waiting.look()
    assert tokens is not None
    assert tokens.access.reveal() == "fresh"


@pytest.mark.parametrize("code", ["a\x1b[2J", "x" * 65])
def test_a_code_that_cannot_be_shown_is_refused(code: str) -> None:
    with pytest.raises(BadAnswerError):
        start_device_flow(Exchanges([{"client_id": "c"}, {**GIVEN, "user_code": code}]), SERVER)


def waiting(*answers: Any, ends: float = 60.0) -> DeviceSignIn:
    prompt = Prompt(method="device", page=ROOT, ends=time.time() + ends, interval=5.0)
    return DeviceSignIn(Exchanges(list(answers)), SERVER, client_id="c", code=Secret("d"), prompt=prompt)


def test_a_server_that_is_asked_too_often_is_asked_less_often() -> None:
    pauses: list[float] = []
    slow_down, pending = (400, {"error": "slow_down"}), (400, {"error": "authorization_pending"})
    assert await_user(waiting(pending, slow_down, slow_down, GRANTED), pause=pauses.append)
    assert pauses == [5.0, 10.0, 15.0]


def test_waiting_for_a_user_ends() -> None:
    with pytest.raises(SignInError) as caught:
        await_user(waiting((400, {"error": "authorization_pending"}), ends=0), pause=lambda _seconds: None)
    assert caught.value.code == "sign-in-timeout"


@pytest.fixture
def claim(script: Script) -> Iterator[TokenClaim]:
    script.on("POST", "/tokens", reply({"token_claim_url": f"{script.url}/claim"}))
    running = start_token_claim(Server(name="x", url=script.url), dialect="v1")
    yield running
    running.close()


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        pytest.param(reply({"username": "ada"}), "claimed", id="claimed"),
        pytest.param(reply({"code": 30, "error": "no"}, 401), "waits", id="unclaimed"),
        pytest.param(reply({"code": 1, "error": "Unclaimed token"}, 500), "waits", id="unclaimed-before-2024.05"),
        pytest.param(reply({"code": 29, "error": "no"}, 401), "refused", id="expired"),
        pytest.param(reply({"code": 22, "error": "no"}, 403), "refused", id="forbidden"),
        pytest.param(text("", 500), "refused", id="broken"),
    ],
)
def test_a_claimed_token_is_asked_for(answer: Reply, outcome: str, script: Script, claim: TokenClaim) -> None:
    script.on("GET", "v1/user", answer)
    if outcome == "refused":
        with pytest.raises(ConnectError):
            claim.look()
    else:
        assert (claim.look() is not None) is (outcome == "claimed")


def test_a_server_without_tokens_does_not_offer_them(script: Script) -> None:
    with pytest.raises(SignInError) as caught:
        start_token_claim(Server(name="x", url=script.url), dialect="v1")
    assert caught.value.code == "sign-in-not-offered"


def test_the_relay_of_workbench_gives_a_code_or_says_no() -> None:
    assert not relay_offered(Exchanges([]), {"RS_SERVER_ADDRESS": "http://inner"})
    assert relay_offered(Exchanges([(400, b"")]), {"RS_SERVER_ADDRESS": "http://inner", "RS_SERVER_URL": "http://x"})
    exchange = Exchanges([(503, b""), {"code": "c"}, b"<html>", [], {"code": ""}, (403, b"")])
    redirect = WorkbenchRedirect(exchange, uri="u", address="http://inner/", state="s")
    assert redirect.code() is None
    code = redirect.code()
    assert code is not None
    assert code.reveal() == "c"
    for _answer in exchange.answers[:]:
        with pytest.raises(GrantError):
            redirect.code()
    assert {each[1] for each in exchange.sent} == {"http://inner/oauth_code?state=s"}


@pytest.mark.parametrize(("name", "shown"), [("de_DE", "<html lang=de-DE>"), ("en", "<h1>Signed in</h1>")])
def test_the_page_at_the_end_is_in_the_language_of_who_signs_in(name: str, shown: str) -> None:
    with language(name):
        server = CallbackServer("s")
        title = _("Signed in")
    try:
        page = requests.get(server.uri, params={"state": "s", "code": "c"}, timeout=10).text
    finally:
        server.close()
    assert shown in page
    assert f"<h1>{title}</h1>" in page
