"""Signing in to servers of several versions, in every way, and what becomes of a session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import requests
from connect.wire import static_bundle
from notebook_documents import notebook_document
from sandbox.signing_in import Browser
from serving import Sandbox, running_sandbox

from rsconnect_jupyter.connect.client import Client
from rsconnect_jupyter.connect.discovery import FoundServer, open_client
from rsconnect_jupyter.connect.sign_in.methods import OpenSignIn
from rsconnect_jupyter.connect.sign_in.pending import Prompt, await_user
from rsconnect_jupyter.connect.sign_in.token_claim import start_token_claim
from rsconnect_jupyter.connect.sign_in.tokens import GrantError, Tokens, refresh
from rsconnect_jupyter.connect.sign_in_credentials import ClaimedToken, OAuthSession
from rsconnect_jupyter.connect.upload import Progress
from rsconnect_jupyter.errors import Cancelled, ServerStoreError, SignInError
from rsconnect_jupyter.foreground.run_publish import carry_out
from rsconnect_jupyter.models import PublishOptions, PublishRequest, RequestParts, Secret, Server
from rsconnect_jupyter.servers.registry import ServerRegistry
from rsconnect_jupyter.servers.resumable_sign_in import begin_resumable, finish_resumable
from rsconnect_jupyter.servers.sign_in_task import SignInChoices, SignInTask
from rsconnect_jupyter.servers.store import ServerStore

OLD = ("--connect-version=2022.10.0", "--prefix=/rsc")
NEW = ("--connect-version=2026.06.0", "--prefix=/rsc", "--device-interval=1", "--movable-clock")


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("new"), *NEW) as running:
        yield running


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("old"), *OLD) as running:
        yield running


@pytest.fixture
def registry(tmp_path: Path) -> ServerRegistry:
    return ServerRegistry(ServerStore(folder=tmp_path / "store"))


def begun(registry: ServerRegistry, sandbox: Sandbox, *, remote: bool) -> OpenSignIn:
    return registry.begin_sign_in(registry.find(sandbox.url), remote=remote)


def approve(sandbox: Sandbox, sign_in: OpenSignIn, decision: str = "allow") -> None:
    """Do what the user does on the server's page."""
    answer = Browser(sandbox.url, sandbox.key).answer(sign_in.prompt.page, decision=decision)
    if sign_in.prompt.method == "browser":
        assert requests.get(answer.headers["Location"], timeout=30).status_code == 200


def signed_in(registry: ServerRegistry, sandbox: Sandbox, *, remote: bool = True) -> Server:
    found, sign_in = registry.find(sandbox.url), begun(registry, sandbox, remote=remote)
    approve(sandbox, sign_in)
    kept, _ = registry.finish_sign_in(found, await_user(sign_in, pause=time.sleep))
    return registry.ready(kept.name)


def user_of(server: Server) -> str:
    with open_client(server) as client:
        return client.user().username


@pytest.mark.parametrize(
    ("which", "remote", "method"),
    [
        pytest.param("new", True, "device", id="device"),
        pytest.param("new", False, "browser", id="browser"),
        pytest.param("old", True, "claim", id="claim"),
    ],
)
def test_each_way_ends_with_a_server_that_can_be_published_to(
    registry: ServerRegistry, request: pytest.FixtureRequest, which: str, remote: bool, method: str
) -> None:
    sandbox: Sandbox = request.getfixturevalue(which)
    sign_in = begun(registry, sandbox, remote=remote)
    assert sign_in.prompt.method == method
    assert bool(sign_in.prompt.user_code) == (method == "device")
    sign_in.close()

    server = signed_in(registry, sandbox, remote=remote)
    assert user_of(server) == "admin"
    (listed,) = registry.store.servers()
    assert (listed.user, listed.credential) == ("admin", None)


@pytest.mark.parametrize("metadata", [None, {"source": "git"}], ids=["plain", "described"])
def test_a_claimed_token_signs_uploads(
    registry: ServerRegistry, new: Sandbox, tmp_path: Path, metadata: dict[str, str] | None
) -> None:
    found, bundle = registry.find(new.url), tmp_path / "bundle.tar.gz"
    claim = start_token_claim(Server(name="new", url=found.url), dialect=found.dialect)
    Browser(new.url, new.key).answer(claim.prompt.page)
    server, _ = registry.finish_sign_in(found, await_user(claim, pause=time.sleep))
    md5 = static_bundle(bundle)
    with open_client(registry.ready(server.name)) as client:
        item = client.create(f"signed-{metadata is None}".lower(), None)
        assert client.upload(item.guid, bundle, md5=md5, metadata=metadata)
    assert isinstance(registry.ready(server.name).credential, ClaimedToken)


def test_who_denies_is_not_signed_in(registry: ServerRegistry, new: Sandbox) -> None:
    for remote in (True, False):
        sign_in = begun(registry, new, remote=remote)
        approve(new, sign_in, decision="deny")
        with pytest.raises(SignInError) as caught:
            await_user(sign_in, pause=time.sleep)
        assert caught.value.code == "sign-in-denied"
    assert registry.store.servers() == ()


def test_a_sign_in_that_another_process_finishes(
    registry: ServerRegistry, new: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = begin_resumable(registry, new.url, SignInChoices(name="two"))
    (path,) = registry.store.folder.glob("sign-in-*.json")

    def finish(**changes: Any) -> dict[str, Any]:
        path.write_text(json.dumps({**json.loads(path.read_text()), "interval": 0.0, **changes}))
        return finish_resumable(registry, "two")

    def too_soon(*_arguments: object) -> None:
        raise GrantError("slow_down")

    assert finish()["status"] == "pending"
    with monkeypatch.context() as patch:
        patch.setattr("rsconnect_jupyter.servers.resumable_sign_in._look", too_soon)
        assert finish()["status"] == "pending"
    assert json.loads(path.read_text())["interval"] == 5.0
    with pytest.raises(SignInError) as caught:
        finish(device_code="another")
    assert (asked["status"], caught.value.code) == ("pending", "sign-in-timeout")
    with pytest.raises(ServerStoreError) as unknown:
        finish_resumable(registry, "two")
    assert unknown.value.code == "no-pending-sign-in"


def test_a_code_needs_a_server_that_gives_some(registry: ServerRegistry, new: Sandbox, old: Sandbox) -> None:
    with pytest.raises(SignInError) as caught:
        begin_resumable(registry, old.url, SignInChoices())
    assert caught.value.code == "sign-in-not-offered"
    begin_resumable(registry, new.url, SignInChoices(name="two"))
    (path,) = registry.store.folder.glob("sign-in-*.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "interval": 0.0, "url": old.url}))
    with pytest.raises(SignInError) as caught:
        finish_resumable(registry, "two")
    assert caught.value.code == "sign-in-not-offered"


def test_what_was_not_expected_ends_a_sign_in(registry: ServerRegistry) -> None:
    def change(task: SignInTask) -> None:
        if not task.finished and task.status == "pending":
            raise RuntimeError

    prompt = Prompt(method="device", page="", ends=0.0, interval=0.0)
    found, sign_in = FoundServer(url="https://a.example.com"), SimpleNamespace(prompt=prompt)
    task = SignInTask(registry, found, cast("OpenSignIn", sign_in), SignInChoices(), on_change=change)
    task.run()
    assert (task.status, task.finished) == ("failed", True)
    assert task.error is not None
    assert (task.error.code, "RuntimeError" in task.error.message) == ("internal-error", True)


def test_a_session_that_is_refused_at_once_is_not_kept(registry: ServerRegistry, new: Sandbox) -> None:
    with pytest.raises(SignInError) as caught:
        registry.finish_sign_in(registry.find(new.url), Tokens(client_id="c", access=Secret("wrong")))
    assert caught.value.code == "session-expired"
    assert registry.store.servers() == ()


def test_a_sign_in_can_be_cancelled(registry: ServerRegistry, new: Sandbox) -> None:
    sign_in = begun(registry, new, remote=False)
    with pytest.raises(Cancelled):
        await_user(sign_in, pause=time.sleep, should_stop=lambda: True)
    with pytest.raises(requests.ConnectionError):
        requests.get(sign_in.prompt.probe, timeout=5)


def test_an_answer_with_another_state_or_host_is_not_ours(registry: ServerRegistry, new: Sandbox) -> None:
    sign_in = begun(registry, new, remote=False)
    back = sign_in.prompt.probe.replace("/reachable", "/callback")
    try:
        assert requests.get(f"{back}?code=x&state=other", timeout=5).status_code == 404
        assert requests.get(f"{back}?error=access_denied", timeout=5).status_code == 404
        assert requests.get(sign_in.prompt.probe, timeout=5, headers={"Host": "evil.example"}).status_code == 404
        assert requests.get(sign_in.prompt.probe, timeout=5).text == sign_in.prompt.probe_answer
        assert sign_in.look() is None
    finally:
        sign_in.close()


def test_signing_in_again_takes_the_place_of_the_session(registry: ServerRegistry, new: Sandbox) -> None:
    first = signed_in(registry, new)
    second = signed_in(registry, new)
    assert [each.name for each in registry.store.servers()] == [first.name]
    assert first.credential is not None
    assert second.credential is not None
    assert first.credential.secrets != second.credential.secrets


def refused(server: Server) -> dict[str, str]:
    """Return the headers that the server has just refused."""
    assert server.credential is not None
    return dict(server.credential.authenticate(RequestParts(method="", path="", checksum=str)))


def test_a_refused_token_is_renewed_and_the_request_sent_again(registry: ServerRegistry, new: Sandbox) -> None:
    server = signed_in(registry, new)
    forward(new, 3601)
    assert user_of(server) == "admin"
    assert user_of(registry.ready(server.name)) == "admin"


def forward(sandbox: Sandbox, seconds: float) -> None:
    headers = {"Authorization": f"Key {sandbox.key}"}
    address = f"{sandbox.url}/__sandbox__/clock"
    assert requests.post(address, json={"seconds": seconds}, headers=headers, timeout=30).ok


MEGABYTES = int(os.environ.get("UPLOAD_MEGABYTES", "4"))


@pytest.mark.parametrize("ends", ["before", "in-the-middle"])
def test_a_publish_whose_session_ends_at_the_upload_ends_right(
    registry: ServerRegistry, new: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    server = signed_in(registry, new)
    notebook = tmp_path / "project" / "large.ipynb"
    notebook.parent.mkdir()
    notebook.write_text(json.dumps(notebook_document("print(6 * 7)")))
    with (notebook.parent / "data.bin").open("wb") as file:
        for _ in range(MEGABYTES):
            file.write(os.urandom(2**20))
    ended: list[int] = []
    renewed: list[Tokens] = []

    def upload(client: Client, guid: str, path: Path, *, progress: Progress, **options: Any) -> str:
        def seen(sent: int, total: int) -> None:
            if not ended and (ends == "before" or 2 * sent >= total):
                ended.append(sent)
                forward(new, 3601)
            progress(sent, total)

        if ends == "before":
            seen(0, 1)
        return real_upload(client, guid, path, progress=seen, **options)

    def count(*arguments: Any) -> Tokens:
        renewed.append(refresh(*arguments))
        return renewed[-1]

    real_upload = Client.upload
    monkeypatch.setattr(Client, "upload", upload)
    monkeypatch.setattr("rsconnect_jupyter.connect.sign_in_credentials.refresh", count)
    options = PublishOptions(mode="static", files=("data.bin",), title=f"Session ends {ends}")
    done = carry_out(PublishRequest(notebook=notebook, root=notebook.parent, server=server, options=options))

    assert len(ended) == len(renewed) == 1
    headers = {"Authorization": f"Key {new.key}"}
    assert "Quarterly sales" in requests.get(done.url, headers=headers, timeout=30).text
    there = requests.get(f"{done.url}data.bin", headers=headers, timeout=60)
    assert there.content == (notebook.parent / "data.bin").read_bytes()


def test_signing_out_ends_the_session_here_and_there(registry: ServerRegistry, new: Sandbox) -> None:
    server = signed_in(registry, new)
    registry.sign_out(server.name)

    assert registry.store.named(server.name).key_place == "none"
    with pytest.raises(SignInError) as caught:
        user_of(server)
    assert caught.value.code == "session-expired"
    answer = requests.get(f"{new.url}/__api__/v1/user", headers=refused(server), timeout=30)
    assert answer.status_code == 401


WORKER = """
import sys
from pathlib import Path
from rsconnect_jupyter.connect.transport import Transport
from rsconnect_jupyter.models import RequestParts
from rsconnect_jupyter.servers.store import ServerStore
server = ServerStore(folder=Path(sys.argv[1])).get(sys.argv[2])
credential = server.credential
for turn in range(int(sys.argv[3])):
    with Transport(server) as transport:
        sent = credential.authenticate(RequestParts(method="", path="", checksum=str))
        assert credential.renew(sent, transport.exchange_without_credential)
        answer = transport.exchange("GET", "__api__/v1/user")
        assert answer.status == 200, answer
print("ended well")
"""


@pytest.mark.slow
def test_twenty_processes_renew_one_session(registry: ServerRegistry, new: Sandbox) -> None:
    server = signed_in(registry, new)
    command = [sys.executable, "-c", WORKER, str(registry.store.folder), server.name, "50"]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(20)]
    outputs = [each.communicate(timeout=300) for each in workers]
    assert [out.strip() for out, _ in outputs] == ["ended well"] * 20, [err[-500:] for _, err in outputs if err]
    assert user_of(registry.ready(server.name)) == "admin"


def test_threads_of_one_process_share_a_session(registry: ServerRegistry, new: Sandbox) -> None:
    server = signed_in(registry, new)
    forward(new, 3601)
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(user_of(server))) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == ["admin"] * 8
    assert isinstance(server.credential, OAuthSession)


def test_the_end_of_an_api_key_is_known(registry: ServerRegistry, new: Sandbox) -> None:
    admin = {"Authorization": f"Key {new.key}"}
    guid = requests.get(f"{new.url}/__api__/v1/user", headers=admin, timeout=30).json()["guid"]
    made = requests.post(
        f"{new.url}/__api__/v1/users/{guid}/keys",
        json={"name": "ends", "expires_at": "2099-01-01T00:00:00Z"},
        headers=admin,
        timeout=30,
    )
    server, _ = registry.add(new.url, Secret(made.json()["key"]))
    assert server.expires == 4070908800.0
