"""``--sign-in``, ``--finish``, ``--sign-out`` and ``--identity-token``."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox.identity import Issuer
from sandbox.signing_in import Browser
from serving import Sandbox, running_sandbox

from rsconnect_jupyter.foreground.sign_in import sign_in
from rsconnect_jupyter.servers.registry import ServerRegistry
from rsconnect_jupyter.servers.store import ServerStore

NOTEBOOK = Path(__file__).parents[2] / "examples" / "minimal.ipynb"
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "issuer.json").write_text(json.dumps(issuer.description({"reports": {"sub": "repo:me/reports:*"}})))
    options = ("--connect-version=2026.07.0", "--device-interval=1", f"--trusted-issuer={folder / 'issuer.json'}")
    with running_sandbox(folder / "data", *options) as running:
        yield running


def test_a_sign_in_in_two_halves(command: Command, server: Sandbox) -> None:
    begun = json.loads(command("--sign-in", server.url, "--no-wait", "--name", "acme").stdout)
    assert begun.keys() == {"status", "name", "server", "verification_uri", "user_code", "expires_in"}
    assert json.loads(command("--finish", "--name", "acme").stdout)["status"] == "pending"

    Browser(server.url, server.key).answer(begun["verification_uri"])
    done = json.loads(command("--finish", "--name", "acme").stdout)
    assert done == {"status": "done", "name": "acme", "server": server.url}
    (listed,) = [json.loads(line) for line in command("--list-servers", "--json").stdout.splitlines()]
    assert (listed["user"], listed["credential_kind"]) == ("admin", "session")
    assert command("--finish", "--name", "acme").returncode == 1
    assert command("--sign-out", "acme").returncode == 0


def test_sign_in_returns_when_the_user_is_done(server: Sandbox, tmp_path: Path, monkeypatch: Any) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    registry = ServerRegistry(ServerStore(folder=tmp_path))

    def approve(text: str) -> None:
        page = re.search(r"http\S+", text)
        assert page
        answer = Browser(server.url, server.key).answer
        threading.Thread(target=answer, args=(page[0],)).start()

    assert sign_in(server.url, name="here", say=approve, registry=registry).user == "admin"


@pytest.mark.parametrize("way", ["file", "variable"])
def test_an_identity_token_publishes(
    command: Command, server: Sandbox, issuer: Issuer, tmp_path: Path, way: str
) -> None:
    token = issuer.token(sub="repo:me/reports:main")
    (tmp_path / "token").write_text(token)
    notebook = shutil.copy(NOTEBOOK, tmp_path / f"{way}.ipynb")
    source = str(tmp_path / "token") if way == "file" else "env:CI_TOKEN"
    published = command(
        str(notebook), "--server", server.url, "--identity-token", source, "--as", "html", env={"CI_TOKEN": token}
    )
    assert published.returncode == 0, published.stderr
    assert token not in published.stdout + published.stderr


def test_an_identity_token_that_is_not_granted_is_refused(
    command: Command, server: Sandbox, issuer: Issuer, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(issuer.token(sub="repo:other/reports:main"))
    notebook = shutil.copy(NOTEBOOK, tmp_path / "a.ipynb")
    refused = command(str(notebook), "--server", server.url, "--identity-token", str(tmp_path / "token"))
    assert refused.returncode == 1
    assert "gives no access for this identity token" in refused.stderr
