"""rsconnect-python signs in to the sandbox in each of its ways, unchanged, and publishes."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sandbox.identity import Issuer
from sandbox.peer_commands import Command, Note, command_in, environment_in, guid_in, note
from sandbox.publishing import Api
from sandbox.signing_in import Browser
from serving import Sandbox, running_sandbox

from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.models import Server
from rsconnect_jupyter.servers.store import ServerStore

pytestmark = [pytest.mark.peer, pytest.mark.slow, pytest.mark.timeout(900)]
CLIENT = "rsconnect-python 1.32.0"


@pytest.fixture(scope="module")
def signing_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Issuer]]:
    """A sandbox that trusts an issuer of identity tokens."""
    issuer, folder = Issuer(), tmp_path_factory.mktemp("signing-in")
    (folder / "issuer.json").write_text(json.dumps(issuer.description({"ci": {"sub": "repo:me/reports:*"}})))
    trusting = f"--trusted-issuer={folder / 'issuer.json'}"
    options = ("--connect-version=2026.07.0", "--device-interval=1", "--default-access=logged_in", trusting)
    with running_sandbox(folder / "data", *options) as running:
        yield running, issuer


@pytest.fixture
def browser(signing_in: tuple[Sandbox, Issuer]) -> Browser:
    sandbox, _ = signing_in
    return Browser(sandbox.url, json.loads((sandbox.data / "keys.json").read_text())["publisher"])


@contextmanager
def running(project: Path, programs: Path, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run ``rsconnect`` while a user does something in a browser; it must succeed."""
    process = subprocess.Popen(
        [programs / "rsconnect", *arguments],
        cwd=project,
        env={**environment_in(project, programs), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
    finally:
        process.kill()
        process.wait()


def publishes(rsconnect: Command, sandbox: Sandbox, *, name: str) -> None:
    guid = guid_in(
        rsconnect("deploy", "notebook", "-n", name, "--new", "--title", f"Signed in by {name}", "report.ipynb")
    )
    assert "from rsconnect" in Api(sandbox.url, sandbox.key).page(f"/content/{guid}/").text


def test_in_a_browser(
    current: Path, project: Path, signing_in: tuple[Sandbox, Issuer], browser: Browser, record_property: Note
) -> None:
    note(record_property, CLIENT, "login in a browser, deploy notebook")
    sandbox, _ = signing_in
    opened = project.parent / "opened"
    os.mkfifo(opened)
    program = project.parent / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" > {opened}\n')
    program.chmod(0o755)
    with running(project, current, "login", sandbox.url, "-n", "here", BROWSER=str(program)) as process:
        address = opened.read_text().strip()
        back = browser.answer(address).headers["Location"]
        assert "successful" in requests.get(back, timeout=30).text
        assert process.wait(60) == 0
    publishes(command_in(project, current), sandbox, name="here")


@pytest.mark.thorough
def test_with_a_device_code(
    current: Path, project: Path, signing_in: tuple[Sandbox, Issuer], browser: Browser, record_property: Note
) -> None:
    note(record_property, CLIENT, "login --use-device-code, deploy notebook")
    sandbox, _ = signing_in
    with running(project, current, "login", sandbox.url, "-n", "device", "--use-device-code") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if address := re.search(r"https?://\S+user_code=\S+", line):
                assert browser.answer(address[0]).status_code == 200
                break
    publishes(command_in(project, current), sandbox, name="device")


@pytest.mark.thorough
def test_in_two_steps(
    current: Path, project: Path, signing_in: tuple[Sandbox, Issuer], browser: Browser, record_property: Note
) -> None:
    note(record_property, CLIENT, "login --no-wait, login --finish, deploy notebook")
    sandbox, _ = signing_in
    rsconnect = command_in(project, current)
    pending = json.loads(rsconnect("login", sandbox.url, "-n", "later", "--no-wait"))
    assert pending["status"] == "pending"
    assert browser.answer(pending["verification_uri"]).status_code == 200
    assert json.loads(rsconnect("login", "-n", "later", "--finish"))["status"] == "done"
    publishes(rsconnect, sandbox, name="later")


@pytest.mark.thorough
def test_with_an_identity_token(
    current: Path, project: Path, signing_in: tuple[Sandbox, Issuer], record_property: Note
) -> None:
    note(record_property, CLIENT, "login --identity-token, deploy notebook")
    sandbox, issuer = signing_in
    rsconnect = command_in(project, current)
    (project.parent / "token").write_text(issuer.token(sub="repo:me/reports:ref:refs/heads/main"))
    rsconnect("login", sandbox.url, "-n", "ci", "--identity-token-file", str(project.parent / "token"))
    publishes(rsconnect, sandbox, name="ci")
    (project.parent / "token").write_text(issuer.token(sub="repo:somebody/else"))
    refused = rsconnect("login", sandbox.url, "--identity-token-file", str(project.parent / "token"), fails=True)
    assert "did not grant access" in refused


def test_a_session_is_renewed_by_either_tool_in_turn(
    current: Path,
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Note,
) -> None:
    note(record_property, CLIENT, "renews a session that rsconnect-jupyter renewed, and the reverse")
    for name, value in environment_in(project, current).items():
        monkeypatch.setenv(name, value)
    rsconnect = command_in(project, current)
    options = ("--connect-version=2026.06.0", "--device-interval=1", "--movable-clock", "--prefix=/rsc")
    with running_sandbox(tmp_path / "data", *options) as sandbox:
        pending = json.loads(rsconnect("login", sandbox.url, "-n", "shared", "--no-wait"))
        Browser(sandbox.url, sandbox.key).answer(pending["verification_uri"])
        rsconnect("login", "-n", "shared", "--finish")
        begun = entry_in(project)
        server = ServerStore(folder=tmp_path / "ours").get("shared")

        assert user_of(server) == "admin"
        assert entry_in(project) == begun
        end_tokens(sandbox)
        assert user_of(server) == "admin"
        ours = entry_in(project)
        assert without_tokens(ours) == without_tokens(begun)
        assert tokens_in(ours).isdisjoint(tokens_in(begun))

        rsconnect("content", "search", "-n", "shared")
        assert entry_in(project) == ours
        end_tokens(sandbox)
        publishes(rsconnect, sandbox, name="shared")
        theirs = entry_in(project)
        assert tokens_in(theirs).isdisjoint(tokens_in(ours))

        assert user_of(server) == "admin"
        assert entry_in(project) == theirs
        end_tokens(sandbox)
        assert user_of(server) == "admin"
        rsconnect("content", "search", "-n", "shared")
        assert list(Path(os.environ["XDG_CONFIG_HOME"]).rglob("servers.json*")) == [stored_at(project)]


def stored_at(project: Path) -> Path:
    return project.parent / "config" / "rsconnect-python" / "servers.json"


def entry_in(project: Path) -> dict[str, object]:
    """Return the only server that rsconnect-python has stored."""
    (entry,) = json.loads(stored_at(project).read_text()).values()
    return dict(entry)


def tokens_in(entry: dict[str, object]) -> set[object]:
    return {entry["oauth_access_token"], entry["oauth_refresh_token"]}


def without_tokens(entry: dict[str, object]) -> dict[str, object]:
    changing = ("oauth_access_token", "oauth_refresh_token", "oauth_token_expiry")
    return {name: value for name, value in entry.items() if name not in changing}


def end_tokens(sandbox: Sandbox) -> None:
    """Let an hour pass, after which the server takes no access token that it has given."""
    headers = {"Authorization": f"Key {sandbox.key}"}
    assert requests.post(f"{sandbox.url}/__sandbox__/clock", json={"seconds": 3601}, headers=headers, timeout=30).ok


def user_of(server: Server) -> str:
    with open_client(server) as client:
        return client.user().username
