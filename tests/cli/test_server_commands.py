"""``--sign-in`` prints the server that it returns; the sign-in itself is in test_sign_in.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rsconnect_jupyter.cli import server_commands
from rsconnect_jupyter.cli.arguments import read_arguments
from rsconnect_jupyter.models import Secret, Server
from rsconnect_jupyter.servers.registry import ServerRegistry
from rsconnect_jupyter.servers.store import ServerStore


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    server_commands.change_servers(read_arguments(arguments), ask_key=lambda _url: None)
    return capsys.readouterr().out


def test_a_sign_in_ends_with_the_server(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(name="acme", url="https://acme.example.com", user="ada", key_place="keyring")

    def sign_in(_address: str, *, say: Any, **_options: Any) -> Server:
        say("Open this page:")
        return server

    monkeypatch.setattr(server_commands, "sign_in", sign_in)
    begin = ("--sign-in", server.url)
    said = "Signed in to acme (https://acme.example.com, user ada). Kept in: system keyring.\n"
    assert run(capsys, *begin) == said
    assert run(capsys, *begin, "--quiet") == ""
    assert json.loads(run(capsys, *begin, "--json"))["user"] == "ada"


@pytest.mark.parametrize("how", ["--quiet", "--json"])
def test_nothing_is_said_of_a_removal(
    how: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ServerStore().add(name="acme", url="https://acme.example.com", api_key=Secret("k"))
    assert run(capsys, "--remove-server", "acme", how) == ""
    assert ServerStore().servers() == ()
    monkeypatch.setattr(ServerRegistry, "sign_out", lambda _registry, _name: None)
    assert run(capsys, "--sign-out", "acme", how) == ""
