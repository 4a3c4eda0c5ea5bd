"""A key of a sandbox goes only to what proves to be that sandbox, for anybody may listen on its old port."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from serving import Sandbox, running_sandbox
from strangers import listening_stranger

from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.errors import SandboxError
from rsconnect_jupyter.models import Secret, Server

CREDENTIALS = {"authorization", "x-rsc-authorization", "cookie"}


def server(url: str, key: str) -> Server:
    return Server(name="sandbox", url=url, api_key=Secret(key), origin="sandbox")


def test_the_sandbox_itself_gets_its_key(sandbox: Sandbox) -> None:
    with open_client(server(sandbox.url, sandbox.key)) as client:
        assert client.user().username == "admin"


def test_another_program_gets_none(sandbox: Sandbox) -> None:
    with listening_stranger() as stranger:
        with pytest.raises(SandboxError) as caught:
            open_client(server(stranger.url, sandbox.key))
        assert caught.value.code == "sandbox-not-proven"
        assert sandbox.key not in str(caught.value.as_dict())
    assert stranger.asked
    assert not stranger.headers & CREDENTIALS


def test_what_the_sandbox_proves_elsewhere_is_no_proof(sandbox: Sandbox) -> None:
    def passed_on(path: str) -> tuple[int, bytes]:
        answer = requests.get(sandbox.url + path, timeout=30)
        return answer.status_code, answer.content

    with listening_stranger(answer=passed_on) as stranger:
        with pytest.raises(SandboxError):
            open_client(server(stranger.url, sandbox.key))
    assert len(stranger.asked) == 1
    assert not stranger.headers & CREDENTIALS


def test_who_takes_the_port_while_a_client_is_open_gets_none(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as running, open_client(server(running.url, running.key)) as client:
        client.search("x")
        running.kill()
        with listening_stranger(port=int(running.url.rpartition(":")[2])) as stranger:
            with pytest.raises(SandboxError):
                client.search("x")
    assert stranger.asked
    assert not stranger.headers & CREDENTIALS
