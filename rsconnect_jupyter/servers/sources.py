"""The places that servers are known from: configuration, environment, own store, rsconnect-python, the predecessor."""

from __future__ import annotations

import base64
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ..addresses import host_of, plain_address
from ..connect.address import candidates
from ..errors import AddressError, ServerStoreError
from ..messages import error_text
from ..models import Origin, Secret, Server
from ..storage import read_json
from .keys import read_of_others


class ServerConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """What an administrator configured.

    Attributes:
        servers: Servers everybody sees; without a key each user enters their own, which is kept for that user.
        default: Name of the server to propose.
        lock: True shows only these servers; users cannot add or change one.
        ca_file: PEM or DER file of a CA to trust for servers that bring no certificate of their own.
        allow_insecure: False makes certificate checks impossible to skip.
    """

    servers: tuple[Server, ...] = ()
    default: str | None = None
    lock: bool = False
    ca_file: Path | None = None
    allow_insecure: bool = True


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A server from one source.

    Attributes:
        key_id: Under which id our vault holds its key, when it does.
        stored: Its name in our own store; it is shown under another one when an earlier source has that name too.
        theirs: Its name in rsconnect-python's store, when that has a session for it.
    """

    server: Server
    key_id: str = ""
    stored: str = ""
    theirs: str = ""


def configured(configuration: ServerConfiguration) -> list[Known]:
    """Return the administrator's servers."""
    return [
        Known(
            server=replace(
                each,
                url=root_of(each.url),
                origin="configuration",
                key_place="configuration" if each.api_key else "none",
            )
        )
        for each in configuration.servers
    ]


def from_environment(environ: Mapping[str, str] = os.environ) -> list[Known]:
    """Return the server that ``CONNECT_SERVER`` names, with what the other ``CONNECT_*`` variables say about it.

    Raises:
        ServerStoreError: when ``CONNECT_CA_CERTIFICATE`` names a file that cannot be read.
    """
    address = environ.get("CONNECT_SERVER", "").strip()
    if not address:
        return []
    key = environ.get("CONNECT_API_KEY", "").strip()
    certificate = environ.get("CONNECT_CA_CERTIFICATE", "").strip()
    server = Server(
        name=host_of(address),
        url=root_of(address),
        api_key=Secret(key) if key else None,
        insecure=environ.get("CONNECT_INSECURE", "").strip().lower() in ("1", "true", "yes", "on", "t", "y"),
        ca_data=read_certificate(Path(certificate)) if certificate else None,
        origin="environment",
        key_place="environment" if key else "none",
    )
    return [Known(server=server)]


def from_store(data: Mapping[str, Any]) -> list[Known]:
    """Return the servers of our own store's file."""
    return [
        Known(
            server=Server(
                name=name,
                url=entry["url"],
                insecure=bool(entry.get("insecure")),
                ca_data=certificate_of(entry),
                user=entry.get("user"),
                origin=entry.get("origin", "saved"),
                key_place=entry.get("key_place", "none") if entry.get("key") else "none",
                credential_kind=entry.get("credential", "api-key"),
                expires=entry.get("expires"),
            ),
            key_id=entry.get("key", ""),
            stored=name,
        )
        for name, entry in data.get("servers", {}).items()
    ]


SANDBOX_ADDRESSES = "sandbox_addresses"
"""Key of our store's file: the addresses that this user's sandbox has had, the present one first."""

_KEPT_ADDRESSES = 50


def note_sandbox_address(data: dict[str, Any], url: str, *, before: str) -> None:
    """Note in the data of our store's file at which address the sandbox is now, and at which one it was before."""
    data[SANDBOX_ADDRESSES] = list(dict.fromkeys([url, before, *data.get(SANDBOX_ADDRESSES, [])]))[:_KEPT_ADDRESSES]


def addresses_of(url: str, *, folder: Path) -> tuple[str, ...]:
    """Return all addresses of the server at `url`, in the plain form, the present one first.

    This user's sandbox is one server, whichever port it got at a start; all others have one address.

    Args:
        url: One of its addresses.
        folder: Private folder of the store.
    """
    url = plain_address(url)
    if not url.startswith("http://127.0.0.1:"):
        return (url,)
    try:
        data = read_json(folder / "servers.json") or {}
        own: list[str] = data.get(SANDBOX_ADDRESSES, [])
        others = {each["url"] for each in data.get("servers", {}).values() if each.get("origin") != "sandbox"}
    except (OSError, ValueError, AttributeError, TypeError, KeyError):
        return (url,)
    known = tuple(each for each in own if each not in others)
    return known if url in known else (url,)


def rsconnect_python_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return rsconnect-python's configuration folder (publish formats, 4.1)."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "rsconnect-python"
    if sys.platform == "win32":
        place = environ.get("APPDATA")
        return Path(place) / "rsconnect-python" if place else Path.home() / ".rsconnect-python"
    place = environ.get("XDG_CONFIG_HOME")
    return Path(place) / "rsconnect-python" if place else Path.home() / ".rsconnect-python"


def from_rsconnect_python() -> list[Known]:
    """Return the servers that rsconnect-python knows; a file we cannot read has none.

    Those that it signs in to by other means than an API key are there with the reason why they cannot be used.
    """
    try:
        entries = read_json(rsconnect_python_folder() / "servers.json")
    except (OSError, ValueError):
        return []
    found = []
    for name, entry in (entries if isinstance(entries, dict) else {}).items():
        if isinstance(entry, dict) and isinstance(entry.get("url"), str) and entry["url"].strip():
            found.append(_of_rsconnect_python(str(name), entry))
    return found


_OTHER_SIGN_IN = {
    "snowflake_connection_name": "server-unusable/snowflake",
    "connect_cloud_account_name": "server-unusable/connect-cloud",
    "account_name": "server-unusable/shinyapps",
}
"""Key of an entry -> why an API key does not open that kind of server (publish formats, 4.1)."""


def _of_rsconnect_python(name: str, entry: Mapping[str, Any]) -> Known:
    key = entry.get("api_key")
    other = next((text for field, text in _OTHER_SIGN_IN.items() if field in entry), None)
    if other is None and isinstance(key, str) and key:
        return Known(server=_server(name, entry["url"], key, entry, "rsconnect-python"))
    server = replace(_server(name, entry["url"], "", entry, "rsconnect-python"), api_key=None)
    if other is not None:
        return Known(server=replace(server, problem=error_text(other).message))
    if entry.get("oauth_client_id") and _has_session(entry):
        return Known(server=replace(server, credential_kind="session"), theirs=name)
    problem = error_text("server-unusable/no-session").message  # a sign-in of one's own opens it as well
    return Known(server=replace(server, key_place="none", problem=problem))


def _has_session(entry: Mapping[str, Any]) -> bool:
    """Tell whether rsconnect-python has a session that can be used now, or renewed."""
    file_token, expires = entry.get("oauth_access_token"), entry.get("oauth_token_expiry")
    if entry.get("oauth_refresh_token"):
        return True
    if file_token and not (isinstance(expires, (int, float)) and expires < time.time()):
        return True
    return read_of_others("rsconnect-python", f"{entry['url']}:refresh_token") is not None


def rsconnect_python_default() -> str | None:
    """Return the address of rsconnect-python's default server."""
    try:
        entries = read_json(rsconnect_python_folder() / "servers.json")
    except (OSError, ValueError):
        return None
    known = entries.values() if isinstance(entries, dict) else ()
    marked = [each for each in known if isinstance(each, dict) and each.get("default")]
    return root_of(str(marked[0].get("url", ""))) if marked else None


def predecessor_path() -> Path:
    """Return the place of rsconnect-jupyter 1.x's server list (publish formats, 6)."""
    from jupyter_core.paths import jupyter_config_dir  # noqa: PLC0415 - read when used: tests and hubs change it

    return Path(jupyter_config_dir()) / "nbconfig" / "rsconnect_jupyter.json"


def from_predecessor() -> list[Known]:
    """Return rsconnect-jupyter 1.x's servers that have a key; a file we cannot read has none."""
    try:
        entries = read_json(predecessor_path())
    except (OSError, ValueError):
        return []
    found = []
    for entry in entries.values() if isinstance(entries, dict) else ():
        if isinstance(entry, dict) and entry.get("server") and entry.get("apiKey"):
            plain = {"insecure": entry.get("disableTLSCheck"), "ca_cert": entry.get("cadata")}
            name = str(entry.get("serverName") or host_of(str(entry["server"])))
            found.append(Known(server=_server(name, str(entry["server"]), str(entry["apiKey"]), plain, "saved")))
    return found


def delete_predecessor() -> None:
    """Delete rsconnect-jupyter 1.x's server list.

    Raises:
        ServerStoreError: when it cannot be deleted.
    """
    path = predecessor_path()
    try:
        path.unlink(missing_ok=True)
    except OSError as exc:
        raise ServerStoreError.of("server-store-failed/predecessor", path=path) from exc


def with_own_key(known: Known, data: Mapping[str, Any]) -> Known:
    """Give a server of others that has no key the one that this user entered for its address."""
    own = data.get("keys", {}).get(known.server.url)
    server = known.server
    if not own or not own.get("key") or server.key_place != "none" or known.key_id:
        return known
    return replace(
        known,
        key_id=own["key"],
        server=replace(
            server,
            key_place=own["key_place"],
            user=own.get("user"),
            credential_kind=own.get("credential", "api-key"),
            expires=own.get("expires"),
            problem=None,
        ),
    )


def root_of(address: str) -> str:
    """Return the root of the server that an address or a link to one of Connect's pages means, in the plain form."""
    try:
        return plain_address(candidates(address)[0])
    except AddressError:
        return plain_address(address)


def read_certificate(path: Path) -> str | bytes:
    """Return a CA file as PEM text or DER bytes, whichever it holds.

    Raises:
        ServerStoreError: code ``certificate-unreadable``.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise ServerStoreError.of("certificate-unreadable", path=path) from exc
    return data.decode("utf-8", "replace") if b"-----BEGIN" in data else data


def certificate_entry(ca_data: str | bytes | None) -> dict[str, str]:
    """Return the keys under which a certificate is stored in JSON."""
    if not ca_data:
        return {}
    if isinstance(ca_data, str):
        return {"ca_pem": ca_data}
    return {"ca_der": base64.b64encode(ca_data).decode("ascii")}


def certificate_of(entry: Mapping[str, Any]) -> str | bytes | None:
    """Return the certificate that `certificate_entry` stored."""
    if entry.get("ca_der"):
        return base64.b64decode(entry["ca_der"])
    return entry.get("ca_pem")


def _server(name: str, url: str, key: str, entry: Mapping[str, Any], origin: Origin) -> Server:
    return Server(
        name=name,
        url=root_of(url),
        api_key=Secret(key),
        insecure=bool(entry.get("insecure")),
        ca_data=entry.get("ca_cert") or None,
        origin=origin,
        key_place="rsconnect-python" if origin == "rsconnect-python" else "none",
    )
