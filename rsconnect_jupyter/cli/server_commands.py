"""``--list-servers``, ``--add-server``, ``--sign-in``, ``--sign-out`` and ``--remove-server``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from ..errors import NoKeyError
from ..foreground import inputs
from ..foreground.sign_in import sign_in
from ..models import Secret, Server
from ..servers.environment_key import environment_key
from ..servers.registry import ServerRegistry
from ..servers.resumable_sign_in import begin_resumable, finish_resumable
from ..servers.sign_in_task import SignInChoices
from ..servers.store import ServerStore
from ..terminal_text import table_text
from ..translation import N_, _
from .report import print_json

_PLACES = {
    "configuration": N_("configuration"),
    "environment": N_("environment"),
    "keyring": N_("system keyring"),
    "file": N_("private file"),
    "rsconnect-python": "rsconnect-python",
    "none": N_("no key"),
}

_ORIGINS = {
    "configuration": N_("configuration"),
    "environment": N_("environment"),
    "saved": N_("saved"),
    "rsconnect-python": "rsconnect-python",
    "sandbox": N_("sandbox"),
}


def change_servers(arguments: argparse.Namespace, *, ask_key: Callable[[str], Secret | None]) -> None:
    """List, add or remove, as the arguments say.

    Args:
        arguments: As `read_arguments` returns them.
        ask_key: Asks for the key of an address; returns None when there is no terminal.

    Raises:
        RSConnectException: the server or the key is not accepted, or the store refuses the change.
    """
    registry = ServerRegistry(ServerStore())
    if arguments.add_server:
        added, is_new = _add(registry, arguments, ask_key)
        added_text = _("Added {name} ({url}, user {user}). Kept in: {place}.")
        updated_text = _("Updated {name} ({url}, user {user}). Kept in: {place}.")
        _show(arguments, [added], verb=added_text if is_new else updated_text)
    elif arguments.sign_in or arguments.finish:
        _sign_in(registry, arguments)
    elif arguments.sign_out:
        registry.sign_out(arguments.sign_out)
        if not arguments.quiet and not arguments.json:
            print(_("Signed out of {name}.").format(name=arguments.sign_out))  # noqa: T201
    elif arguments.remove_server:
        registry.remove(arguments.remove_server)
        if not arguments.quiet and not arguments.json:
            print(_("Removed {name}.").format(name=arguments.remove_server))  # noqa: T201
    else:
        _show(arguments, list(registry.store.servers()), verb="")


def _sign_in(registry: ServerRegistry, arguments: argparse.Namespace) -> None:
    """Sign in with the browser, or one half of it."""
    ca_data = inputs.read_certificate(arguments.cacert) if arguments.cacert else None
    if arguments.finish:
        print_json(finish_resumable(registry, arguments.name))
    elif arguments.wait is False:
        choices = SignInChoices(name=arguments.name, insecure=arguments.insecure, ca_data=ca_data)
        print_json(begin_resumable(registry, arguments.sign_in, choices))
    else:
        server = sign_in(
            arguments.sign_in,
            name=arguments.name,
            insecure=arguments.insecure,
            ca_data=ca_data,
            say=lambda text: print(text, file=sys.stderr, flush=True),  # noqa: T201
            registry=registry,
        )
        _show(arguments, [server], verb=_("Signed in to {name} ({url}, user {user}). Kept in: {place}."))


def _add(
    registry: ServerRegistry, arguments: argparse.Namespace, ask_key: Callable[[str], Secret | None]
) -> tuple[Server, bool]:
    """Return the server that was added or updated, and whether it is new."""
    ca_data = inputs.read_certificate(arguments.cacert) if arguments.cacert else None
    found = registry.find(arguments.add_server, insecure=arguments.insecure, ca_data=ca_data)
    key = environment_key(found.url, typed=True) or ask_key(found.url)
    if key is None:
        raise NoKeyError.of("no-api-key/add", url=found.url)
    return registry.add(found.url, key, name=arguments.name, insecure=arguments.insecure, ca_data=ca_data, found=found)


def _show(arguments: argparse.Namespace, servers: list[Server], *, verb: str) -> None:
    if arguments.json:
        for each in servers:
            print_json(server_record(each))
    elif verb and not arguments.quiet:
        added = servers[0]
        values = {"name": added.name, "url": added.url, "user": added.user, "place": _(_PLACES[added.key_place])}
        print(verb.format(**values))  # noqa: T201
    elif not verb:
        print(servers_text(servers))  # noqa: T201


def server_record(server: Server) -> dict[str, Any]:
    """Return a server for programs; never its key. No I/O."""
    shown = (
        "name",
        "url",
        "user",
        "origin",
        "key_place",
        "credential_kind",
        "expires",
        "default",
        "insecure",
        "problem",
    )
    return {name: getattr(server, name) for name in shown}


def servers_text(servers: list[Server]) -> str:
    """Return the servers as a table for people. No I/O."""
    if not servers:
        return _("No servers are known. Add one with: jupyter publish --add-server https://connect.example.com")
    rows = [("", _("NAME"), _("ADDRESS"), _("USER"), _("FROM"), _("KEY"))]
    rows += [
        (
            "*" if each.default else "",
            each.name,
            each.url,
            each.user or "-",
            _(_ORIGINS[each.origin]),
            _(_PLACES[each.key_place]),
        )
        for each in servers
    ]
    lines = [table_text(rows), *(f"{each.name}: {each.problem}" for each in servers if each.problem)]
    return "\n".join(lines)
