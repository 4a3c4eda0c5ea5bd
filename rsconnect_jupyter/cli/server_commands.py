"""``--list-servers``, ``--add-server`` and ``--remove-server``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..connect.discovery import find_server, open_client
from ..errors import NoKeyError
from ..foreground import inputs
from ..models import Secret, Server
from ..servers.store import ServerStore
from .report import JsonLines

_PLACES = {
    "configuration": "configuration",
    "environment": "environment",
    "keyring": "system keyring",
    "file": "private file",
    "rsconnect-python": "rsconnect-python",
    "none": "no key",
}


def change_servers(arguments: argparse.Namespace, *, ask_key: Callable[[str], Secret | None]) -> None:
    """List, add or remove, as the arguments say.

    Args:
        arguments: As `read_arguments` returns them.
        ask_key: Asks for the key of an address; None where nobody can be asked.

    Raises:
        RSConnectException: the server or the key is not accepted, or the store refuses the change.
    """
    store = ServerStore()
    if arguments.add_server:
        _tell(arguments, [_add(store, arguments, ask_key)], verb="Added")
    elif arguments.remove_server:
        store.remove(arguments.remove_server)
        if not arguments.quiet and not arguments.json:
            print(f"Removed {arguments.remove_server}.")  # noqa: T201
    else:
        _tell(arguments, list(store.servers()), verb="")


def _add(store: ServerStore, arguments: argparse.Namespace, ask_key: Callable[[str], Secret | None]) -> Server:
    """Check the address and the key with the server itself, then keep both."""
    ca_data = inputs.read_certificate(arguments.cacert) if arguments.cacert else None
    found = find_server(arguments.add_server, insecure=arguments.insecure, ca_data=ca_data)
    unkept = Server(name=found.url, url=found.url, insecure=arguments.insecure, ca_data=ca_data)
    key = inputs.key_from_environment() or ask_key(found.url)
    if key is None:
        raise NoKeyError(
            f"There is no API key for {found.url}.",
            hint="Set CONNECT_API_KEY, or run this in a terminal and type the key when it is asked for.",
        )
    with open_client(replace(unkept, api_key=key)) as client:
        user = client.user()
    return store.add(
        url=found.url,
        api_key=key,
        name=arguments.name,
        insecure=arguments.insecure,
        ca_data=ca_data,
        user=user.username,
    )


def _tell(arguments: argparse.Namespace, servers: list[Server], *, verb: str) -> None:
    if arguments.json:
        lines = JsonLines(sys.stdout)
        for each in servers:
            lines.write(server_record(each))
    elif verb and not arguments.quiet:
        kept = servers[0]
        print(f"{verb} {kept.name} ({kept.url}, user {kept.user}); key kept in: {_PLACES[kept.key_place]}.")  # noqa: T201
    elif not verb:
        print(servers_text(servers))  # noqa: T201


def server_record(server: Server) -> dict[str, Any]:
    """Return a server for programs; never its key. No I/O."""
    shown = ("name", "url", "user", "origin", "key_place", "default", "insecure")
    return {name: getattr(server, name) for name in shown}


def servers_text(servers: list[Server]) -> str:
    """Return the servers as a table for people. No I/O."""
    if not servers:
        return "No servers are known. Add one with: jupyter publish --add-server https://connect.example.com"
    rows = [("", "NAME", "ADDRESS", "USER", "FROM", "KEY")]
    rows += [
        ("*" if each.default else "", each.name, each.url, each.user or "-", each.origin, _PLACES[each.key_place])
        for each in servers
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines)
