"""A sign-in with a code that one process begins and another finishes: for scripts and machines without a person."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ..connect.discovery import FoundServer
from ..connect.sign_in.authorization_server import discover
from ..connect.sign_in.device_flow import DeviceSignIn, start_device_flow
from ..connect.sign_in.pending import Prompt, refused
from ..connect.sign_in.tokens import GrantError
from ..connect.transport import Transport
from ..errors import ServerStoreError, SignInError
from ..models import Secret, Server
from ..storage import locked, private_folder, read_json, write_json
from .registry import ServerRegistry
from .sign_in_task import SignInChoices


def begin_resumable(registry: ServerRegistry, address: str, choices: SignInChoices) -> dict[str, Any]:
    """Ask for a code, keep it for `finish_resumable`, and return what the user needs, as rsconnect-python prints it.

    Raises:
        SignInError: code ``sign-in-not-offered/code``: the server gives no codes.
        RSConnectException: the server cannot be asked.
    """
    found = registry.find(address, insecure=choices.insecure, ca_data=choices.ca_data)
    server = _server(found, choices)
    with Transport(server, timeout=registry.timeout) as transport:
        exchange = transport.exchange_without_credential
        offered = discover(exchange, found.url, allowed_host=choices.allowed_host)
        if offered is None or not offered.has_device_flow:
            raise SignInError.of("sign-in-not-offered/code", details={"status": 404}, url=found.url)
        pending = start_device_flow(exchange, offered)
    name = choices.name or registry.free_name(found.url)
    state = {
        "url": found.url,
        "dialect": found.dialect,
        "version": found.version,
        "insecure": choices.insecure,
        "ca": choices.ca_data.decode("latin-1") if isinstance(choices.ca_data, bytes) else choices.ca_data,
        "allowed_host": choices.allowed_host,
        "client_id": pending.client_id,
        "device_code": pending.code.reveal(),
        "ends": pending.prompt.ends,
        "interval": pending.prompt.interval,
        "asked": time.time(),
    }
    path = _path(registry, name)
    with locked(path):
        write_json(path, state)
    return {
        "status": "pending",
        "name": name,
        "server": found.url,
        "verification_uri": pending.prompt.page,
        "user_code": pending.prompt.user_code,
        "expires_in": max(0, int(pending.prompt.ends - time.time())),
    }


def finish_resumable(registry: ServerRegistry, name: str) -> dict[str, Any]:
    """Ask the server once whether the user has approved, not sooner than it wants, and keep what it gives.

    Raises:
        SignInError: it was denied or has ended.
        ServerStoreError: code ``no-pending-sign-in``: none of this name was begun.
    """
    path = _path(registry, name)
    with locked(path):
        state = read_json(path)
        if not isinstance(state, dict):
            raise ServerStoreError.of("no-pending-sign-in", name=name)
        found = FoundServer(url=state["url"], dialect=state["dialect"], version=state["version"])
        choices = SignInChoices(
            name=name, insecure=state["insecure"], ca_data=state["ca"], allowed_host=state["allowed_host"]
        )
        time.sleep(min(60.0, max(0.0, state["asked"] + state["interval"] - time.time())))  # servers want that pause
        try:
            done = _look(_server(found, choices), choices, state, registry.timeout)
        except GrantError as exc:
            if exc.code == "slow_down":
                write_json(path, {**state, "asked": time.time(), "interval": state["interval"] + 5.0})
                return {"status": "pending", "name": name, "server": found.url}
            path.unlink(missing_ok=True)
            raise refused(exc) from exc
        if done is None:
            write_json(path, {**state, "asked": time.time()})
            return {"status": "pending", "name": name, "server": found.url}
        path.unlink(missing_ok=True)
    server, _ = registry.finish_sign_in(found, done, name=name, insecure=choices.insecure, ca_data=choices.ca_data)
    return {"status": "done", "name": server.name, "server": server.url}


def _look(server: Server, choices: SignInChoices, state: dict[str, Any], timeout: float) -> Any:
    with Transport(server, timeout=timeout) as transport:
        exchange = transport.exchange_without_credential
        offered = discover(exchange, server.url, allowed_host=choices.allowed_host)
        if offered is None:
            raise SignInError.of("sign-in-not-offered/code", details={"status": 404}, url=server.url)
        prompt = Prompt(method="device", page="", ends=state["ends"], interval=0)
        code = Secret(state["device_code"])
        return DeviceSignIn(exchange, offered, client_id=state["client_id"], code=code, prompt=prompt).look()


def _server(found: FoundServer, choices: SignInChoices) -> Server:
    plain = Server(name=choices.name or "new", url=found.url, insecure=choices.insecure)
    return replace(plain, ca_data=choices.ca_data)


def _path(registry: ServerRegistry, name: str) -> Path:
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return private_folder(registry.store.folder) / f"sign-in-{digest}.json"
