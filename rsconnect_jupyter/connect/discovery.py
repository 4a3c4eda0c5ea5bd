"""From what a person typed to a Connect server: its root, its dialect, its version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from ..errors import AddressError, CertificateError, ConnectError, NoAnswerError, RefusedError
from ..models import Server, User
from .address import candidates
from .client import Client
from .compat import LegacyClient
from .parsing import as_text
from .responses import Answer, envelope, is_unrouted, read_json, refusal
from .transport import Transport
from .versions import Dialect

_SETTINGS_KEYS = {
    "authentication",
    "dashboard_path",
    "execution_type",
    "hostname",
    "license",
    "logout_url",
    "mail_all",
    "mail_configured",
    "prohibited_usernames",
    "runtimes",
    "self_registration",
    "system_display_name",
    "username_validator",
    "viewer_kiosk",
}
"""Keys of ``server_settings``; an answer with one of them is Connect's, one without may be."""


class FoundServer(msgspec.Struct, frozen=True, kw_only=True):
    """A Connect server that answered.

    Attributes:
        url: Its root, no trailing slash.
        dialect: ``"legacy"`` for servers without the v1 API.
        version: ``"2026.06.0"``; None when hidden, which it is without an API key.
        guid: The content's GUID when the address was a link to content.
    """

    url: str
    dialect: Dialect = "v1"
    version: str | None = None
    guid: str | None = None


def find_server(
    address: str, *, insecure: bool = False, ca_data: str | bytes | None = None, timeout: float = 10.0
) -> FoundServer:
    """Return the server that an address, a dashboard link or a content link belongs to; no API key needed.

    Args:
        address: What a person pasted; the scheme may be missing.
        insecure: True accepts any certificate.
        ca_data: PEM text or DER bytes of a CA to trust besides the system's.
        timeout: Seconds to wait for each answer.

    Raises:
        AddressError: what answers is no Connect server, or there is no host in the address; says what was tried.
        NoAnswerError: nothing answers there; `CertificateError` and `ProxyError` say why not.
    """
    server = Server(name="", url="", insecure=insecure, ca_data=ca_data)
    return _search(address, server, timeout=timeout, retry_seconds=2.0)[0]


def open_client(
    server: Server,
    *,
    timeout: float = 30.0,
    cookies: CookieJar | None = None,
    found: FoundServer | None = None,
    until: float | None = None,
    retry_seconds: float | None = None,
    search: bool = False,
    user: User | None = None,
) -> Client:
    """Return a client for a server, of the dialect the server speaks. Close it, or use it in a ``with`` block.

    Args:
        server: With its API key, for all that needs a user. The key goes to this address only, not to
            those that `find_server` would try besides.
        timeout: Seconds without a byte after which an answer counts as missing.
        cookies: A jar to keep and share.
        found: What an earlier client of the same server learned, so that nothing is asked again.
        until: The moment (`time.monotonic`) after which nothing is waited for any more.
        retry_seconds: Seconds over which requests that may be repeated are; 0 asks once.
        user: Who is signed in, when an earlier client of the same credential learned it.
        search: True finds the server behind whatever a person typed as ``server.url``; the key is sent only once it
            is found.

    Raises:
        AddressError, NoAnswerError: as `find_server`. A wrong API key shows at the first call that needs it.
    """
    settings = user_answer = None
    if found is None:
        found, transport, settings, user_answer = _search(
            server.url,
            server,
            timeout=timeout,
            retry_seconds=retry_seconds,
            cookies=cookies,
            until=until,
            exact=not search,
        )
    else:
        here = replace(server, url=found.url)
        transport = Transport(here, timeout=timeout, cookies=cookies, retry_seconds=retry_seconds, until=until)
    kind = LegacyClient if found.dialect == "legacy" else Client
    here = replace(server, url=found.url)
    return kind(transport, server=here, version=found.version, user_answer=user_answer, settings=settings, user=user)


def _search(
    address: str,
    server: Server,
    *,
    timeout: float,
    retry_seconds: float | None,
    cookies: CookieJar | None = None,
    until: float | None = None,
    exact: bool = False,
) -> tuple[FoundServer, Transport, Answer, Answer]:
    """Return the server, a transport to it, its settings and its answer to the question who we are."""
    roots = _same_path(candidates(address)) if exact else candidates(address)
    first = replace(server, url=roots[0])
    transport = Transport(first, timeout=timeout, cookies=cookies, retry_seconds=retry_seconds, until=until)
    try:
        settings, dialect, user_answer = _find_root(transport, roots, signed_in=exact)
    except BaseException:
        transport.close()
        raise
    version = as_text(_object_in(settings).get("version")) or None
    found = FoundServer(url=transport.root, dialect=dialect, version=version, guid=_guid_in(address))
    return found, transport, settings, user_answer


def _same_path(roots: tuple[str, ...]) -> tuple[str, ...]:
    """Return the roots with the path of the first: the same server, by each scheme it may have."""
    path = urlsplit(roots[0]).path
    return tuple(each for each in roots if urlsplit(each).path == path)


def _find_root(transport: Transport, roots: tuple[str, ...], *, signed_in: bool) -> tuple[Answer, Dialect, Answer]:
    """Set the transport's root to the first that answers as Connect; return its settings, dialect and user."""
    failures: list[tuple[str, ConnectError]] = []
    for root in roots:
        if any(_same_host_dead(root, earlier, error) for earlier, error in failures):
            continue
        try:
            guessed = root.startswith("http:") and roots[0].startswith("https:")
            settings, known = _ask_settings(
                transport, _encrypted(transport, root) if guessed else root, signed_in=signed_in
            )
            transport.root = _root_of(settings)
            return settings, *_find_dialect(transport, known=known, signed_in=signed_in or known)
        except ConnectError as exc:
            if exc.code in ("not-encrypted", "session-expired") or (
                isinstance(exc, CertificateError) and exc.code != "tls-failed"
            ):
                raise  # never go on without TLS because of a bad certificate, or because the scheme is missing
            failures.append((root, exc))
    raise _not_found(failures)


def _encrypted(transport: Transport, root: str) -> str:
    """Return where a guessed ``http`` root leads to by ``https``; it is asked without the key, which others could read.

    Raises:
        AddressError: code ``not-encrypted``: there is a Connect server, but only without TLS.
    """
    answer = transport.exchange("GET", f"{root}/__api__/server_settings", signed_in=False)
    if not _is_connects(read_json(answer)):
        raise _not_connect(answer)
    if answer.url.startswith("https:"):
        return _root_of(answer)
    raise AddressError.of("not-encrypted", url=_root_of(answer))


def _root_of(answer: Answer) -> str:
    return answer.url.partition("/__api__/")[0]


def _same_host_dead(root: str, earlier: str, error: ConnectError) -> bool:
    """Tell whether nothing answered at the same host and scheme before, so that `root` need not be asked."""
    return isinstance(error, NoAnswerError) and root.split("/")[:3] == earlier.split("/")[:3]


def _ask_settings(transport: Transport, root: str, *, signed_in: bool) -> tuple[Answer, bool]:
    """Return the settings, and whether they are certainly Connect's; the user's route decides when they are not.

    Asked with the key, as only then the answer has the version; without it when the key itself is refused.
    """
    url = f"{root}/__api__/server_settings"
    answer = transport.exchange("GET", url, signed_in=signed_in)
    if answer.status not in (401, 403):
        return answer, _is_connects(read_json(answer))
    without_key = transport.exchange("GET", url, signed_in=False) if signed_in else answer
    if without_key.good:
        return without_key, _is_connects(read_json(without_key))
    if _has_envelope(answer):
        return answer, False
    raise refusal(without_key)


def _object_in(answer: Answer) -> Mapping[str, Any]:
    value = read_json(answer) if answer.good else None
    return value if isinstance(value, Mapping) else {}


def _is_connects(settings: Any) -> bool:
    if not isinstance(settings, Mapping):
        return False
    version = as_text(settings.get("version"))
    return bool(_SETTINGS_KEYS & settings.keys()) or bool(re.match(r"(20\d\d|1)\.\d+\.\d+", version))


def _not_connect(answer: Answer) -> AddressError:
    return AddressError.of("address-not-connect", url=_root_of(answer))


def _not_found(failures: list[tuple[str, ConnectError]]) -> ConnectError:
    """Return the error that says most: why nothing answered, else what was tried."""
    if all(isinstance(each, NoAnswerError) for _, each in failures):
        return failures[0][1]
    tried = [root for root, _ in failures]
    reason = next((each for _, each in failures if not isinstance(each, NoAnswerError)), failures[0][1])
    key = "address-not-connect/sign-in" if _is_sign_in(reason) else "address-not-connect/tried"
    error = AddressError.of(key, data={"tried": tried, "why": reason.code}, tried=", ".join(tried))
    error.__cause__ = reason
    return error


def _is_sign_in(reason: ConnectError) -> bool:
    return reason.code == "sign-in-page" or (isinstance(reason, RefusedError) and reason.status in (401, 403, 407))


def _find_dialect(transport: Transport, *, known: bool, signed_in: bool) -> tuple[Dialect, Answer]:
    """Ask who we are in both dialects; a route that does not exist answers with text, others in Connect's envelope.

    Args:
        transport: Its root is the server's.
        known: False when only this answer can tell that it is Connect.
        signed_in: True sends the key.
    """
    routes: tuple[tuple[Dialect, str], ...] = (("v1", "v1/user"), ("legacy", "me"))
    for dialect, route in routes:
        answer = transport.exchange("GET", f"__api__/{route}", signed_in=signed_in)
        if not is_unrouted(answer):
            if known or _is_user(answer):
                return dialect, answer
            raise _not_connect(answer)
    raise refusal(answer) if known else _not_connect(answer)


def _is_user(answer: Answer) -> bool:
    """Tell whether Connect answered who we are: with a user, or a refusal in its own form."""
    return _has_envelope(answer) if not answer.good else {"guid", "username"} <= _object_in(answer).keys()


def _has_envelope(answer: Answer) -> bool:
    found = envelope(answer)
    return found is not None and found[0] is not None and bool(found[1])


def _guid_in(address: str) -> str | None:
    found = re.search(r"/(?:apps|content)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", address, re.IGNORECASE)
    return found[1].lower() if found else None
