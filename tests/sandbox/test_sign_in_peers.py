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

pytestmark = [pytest.mark.peer, pytest.mark.timeout(900)]
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
