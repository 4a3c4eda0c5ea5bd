"""Signing in from Posit Workbench, whose relay the browser comes back to; the relay is ours."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from connect.wire import Reply, Script, Seen, reply, scripted, text
from sandbox.signing_in import Browser
from serving import Sandbox, running_sandbox

from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.connect.sign_in.methods import OpenSignIn
from rsconnect_jupyter.connect.sign_in.pending import await_user
from rsconnect_jupyter.errors import SignInError
from rsconnect_jupyter.servers.registry import ServerRegistry
from rsconnect_jupyter.servers.store import ServerStore


class Relay:
    """What Workbench does for programs inside: it takes the browser's answer and gives the code, once, to who asks.

    Attributes:
        waiting: The statuses that it answers with, in turn, before it looks at what it has.
    """

    def __init__(self, script: Script) -> None:
        self.url, self.script = script.url, script
        self.waiting: list[int] = []
        self._answers: dict[str, dict[str, str]] = {}
        script.rules.append(self._answer)

    def _answer(self, seen: Seen) -> Reply | None:
        fields = {name: values[0] for name, values in seen.query.items()}
        if seen.path == "/workbench/oauth_redirect_callback":
            self._answers[fields["state"]] = fields
            return text("You can close this page.")
        if seen.path == "/inner/oauth_code":
            return self._code(fields.get("state", ""))
        return None

    def _code(self, state: str) -> Reply:
        if self.waiting:
            return text("", self.waiting.pop(0))
        came = self._answers.pop(state, None)
        if came is None:
            return text("", 404)
        return reply({"code": came["code"]}) if "code" in came else text("", 403)


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    with scripted() as script:
        monkeypatch.setenv("RS_SERVER_URL", f"{script.url}/workbench/?session=1")
        monkeypatch.setenv("RS_SERVER_ADDRESS", f"{script.url}/inner")
        yield Relay(script)


@contextmanager
def connect(folder: Path, relay: Relay, version: str) -> Iterator[Sandbox]:
    """A server whose administrator allows redirects to Workbench."""
    host = f"--allow-redirect={relay.url}"
    with running_sandbox(folder, f"--connect-version={version}", "--prefix=/rsc", host) as running:
        yield running


@pytest.fixture
def registry(tmp_path: Path) -> ServerRegistry:
    return ServerRegistry(ServerStore(folder=tmp_path / "store"))


def answered(server: Sandbox, sign_in: OpenSignIn, decision: str) -> None:
    """Do what the user's browser does: the consent, then what the server sends it to."""
    back = Browser(server.url, server.key).answer(sign_in.prompt.page, decision=decision).headers["Location"]
    assert requests.get(back, timeout=30).ok


def test_a_sign_in_over_the_relay(registry: ServerRegistry, relay: Relay, tmp_path: Path) -> None:
    with connect(tmp_path / "server", relay, "2026.02.0") as server:
        found = registry.find(server.url)
        denied = registry.begin_sign_in(found, remote=True)
        answered(server, denied, "deny")
        with pytest.raises(SignInError) as caught:
            await_user(denied, pause=time.sleep)
        assert caught.value.code == "sign-in-denied"

        sign_in = registry.begin_sign_in(found, remote=True)
        assert (sign_in.prompt.method, sign_in.prompt.interval) == ("relay", 5.0)
        query = parse_qs(urlsplit(sign_in.prompt.page).query)
        assert query["redirect_uri"] == [f"{relay.url}/workbench/oauth_redirect_callback"]
        assert sign_in.look() is None
        answered(server, sign_in, "allow")
        relay.waiting = [404, 429, 503]
        pauses: list[float] = []
        kept, _ = registry.finish_sign_in(found, await_user(sign_in, pause=pauses.append))
        assert set(pauses) == {5.0}
        with open_client(registry.ready(kept.name)) as client:
            assert client.user().username == "admin"
        assert all("authorization" not in each.headers for each in relay.script.seen)


@pytest.mark.parametrize(
    ("version", "missing", "method"),
    [
        pytest.param("2026.06.0", False, "device", id="the-server-gives-codes"),
        pytest.param("2026.02.0", True, "claim", id="this-workbench-has-no-relay"),
    ],
)
def test_where_the_relay_is_not_needed_or_not_there(
    registry: ServerRegistry, relay: Relay, tmp_path: Path, version: str, missing: bool, method: str
) -> None:
    if missing:
        relay.waiting = [200]
    with connect(tmp_path / "server", relay, version) as server:
        sign_in = registry.begin_sign_in(registry.find(server.url), remote=True)
        assert sign_in.prompt.method == method
        sign_in.close()


def test_where_redirects_to_workbench_are_not_allowed_a_token_is_claimed(
    registry: ServerRegistry, relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RS_SERVER_URL", "https://workbench.example/s/1")
    with running_sandbox(tmp_path / "server", "--connect-version=2026.02.0") as server:
        sign_in = registry.begin_sign_in(registry.find(server.url), remote=True)
        assert (sign_in.prompt.method, len(relay.script.seen)) == ("claim", 1)
        sign_in.close()
