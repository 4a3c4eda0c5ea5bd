"""One HTTP session with one server: sign-in, TLS, proxies, cookies, time limits, retries, redirects.

The only module that knows ``requests``. It returns `Answer`s, whatever their status, and raises when there is none.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json as json_text
import logging
import platform
import re
import secrets
import ssl
import time
import warnings
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from functools import cache, partial
from http.cookiejar import CookieJar
from typing import Any, BinaryIO
from urllib.parse import urlencode, urlsplit

import msgspec
import requests
import requests.adapters
import urllib3

from ..errors import BadAnswerError, Cancelled, NoAnswerError, SandboxError
from ..models import HIDDEN, RequestParts, Server
from .address import same_place, strip_userinfo
from .credentials import ApiKey, credential_of
from .deadlines import time_limit, use_deadlines
from .network_errors import explain, forget_details
from .proxies import proxy_for
from .redirects import host_of, invalid_redirect, redirect_target
from .responses import Answer, read_json
from .retry import asked_pause, may_repeat, pauses
from .tls import make_context
from .upload import PIECE, Body

try:
    from .._version import __version__
except ImportError:  # pragma: no cover - a checkout that was never built or installed
    __version__ = "0+unknown"

USER_AGENT = f"rsconnect-jupyter/{__version__} (Python {platform.python_version()}; {platform.system()})"

CONNECT_SECONDS = 10.0
SEND_SECONDS = 60.0
"""How long a piece of an upload may take; the library has one limit for connecting and sending."""

RETRY_SECONDS = 30.0
"""Seconds over which a request is repeated when the server has answered before (it may be restarting)."""
FIRST_RETRY_SECONDS = 5.0
"""The same when nothing has answered at this address yet: it is probably wrong."""

_REDIRECTS = 5
_ANSWER_LIMIT = 32 * 1024 * 1024
_ANSWER_FACTOR = 3
"""How many times the time-out an answer may take in all, redirects included."""

_RENEWALS = 3
"""How often a credential is renewed for one request: other processes may renew it between our two attempts."""

_REPEATABLE = {"GET", "HEAD", "PUT", "PATCH", "DELETE"}
"""Methods whose repetition changes nothing. Connect's PATCH sets fields to values, so it belongs here."""

_LOG = logging.getLogger("rsconnect_jupyter.connect")
"""Gets each request's method, path, status and time; no query, header or body, which may hold what is secret."""

Stop = Callable[[], bool]


class Transport:
    """A session with one server. Close it, or use it in a ``with`` block.

    Args:
        server: Whom to talk to; user name and password in its URL are dropped.
        timeout: Seconds without a byte after which an answer counts as missing.
        cookies: A jar to keep and share; a new one when omitted.
        retry_seconds: Seconds over which requests that may be repeated are; see `RETRY_SECONDS`.
        until: The moment (`time.monotonic`) after which nothing is waited for any more.
    """

    def __init__(
        self,
        server: Server,
        *,
        timeout: float = 30.0,
        cookies: CookieJar | None = None,
        retry_seconds: float | None = None,
        until: float | None = None,
    ) -> None:
        self.root = strip_userinfo(server.url).rstrip("/")
        self.timeout = timeout
        self.should_stop: Stop = _never
        self.until = until
        self._retry_seconds = retry_seconds
        self._credential = credential_of(server)
        self._sent: Mapping[str, str] = {}
        self._answered = False
        self._is_sandbox = server.origin == "sandbox"
        self._date = ""
        self._session = _make_session(server, cookies)

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def exchange(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        body: Callable[[], Body] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        repeatable: bool | None = None,
        retry_seconds: float | None = None,
        signed_in: bool = True,
        at_most: int | None = None,
        into: BinaryIO | None = None,
    ) -> Answer:
        """Send a request and return its answer, whatever its status.

        Requests whose repetition changes nothing are repeated with growing, jittered pauses when the connection fails
        or the server is busy (502, 503, 504); all others only when they cannot have reached the server, or it has
        had too many requests (429). When the server refuses the credential, that is renewed if it can be, and the
        request sent once more.

        Args:
            method: HTTP method, upper case.
            path: Relative to the server's root (``__api__/v1/user``), or an absolute URL of the same server.
            params: The query's parts.
            json: The body, as JSON.
            form: The body, as fields of a form.
            body: Makes the body anew for every attempt.
            headers: Besides those that every request carries.
            timeout: Seconds without a byte; the session's own when omitted.
            repeatable: Overrides what the method says.
            retry_seconds: Seconds over which to repeat; 0 sends once.
            signed_in: False leaves the credential out.
            at_most: Bytes of the answer that are wanted; the rest of a longer one is left on the server.
            into: A seekable file that takes the body of a good answer, whatever its size, instead of the answer.

        Raises:
            NoAnswerError: nothing answered; ``data["sent"]`` tells whether the request may have arrived.
            BadAnswerError: a redirect led elsewhere.
            SignInError: code ``session-expired``: the user must sign in again.
            Cancelled: the user asked to stop.
        """
        again = method in _REPEATABLE if repeatable is None else repeatable
        request = _Request(
            method=method,
            url=self._url(path),
            params=params,
            content=_content(json, form),
            body=body,
            headers={**_content_type(json, form), **(headers or {})},
            timeout=timeout or self.timeout,
            signed_in=signed_in,
            at_most=at_most,
            into=into,
        )
        return self._exchange(request, again=again, retry_seconds=retry_seconds)

    def _exchange(self, request: _Request, *, again: bool, retry_seconds: float | None) -> Answer:
        started = time.monotonic()
        waits = pauses()
        renewals = iter(range(_RENEWALS))
        self._renew_first(request)
        while True:
            outcome = self._attempt(request)
            if self._is_refused(request, outcome) and next(renewals, None) is not None and self._renew():
                continue
            pause = max(next(waits), asked_pause(outcome))
            late = time.monotonic() + pause > min(started + self._limit(retry_seconds, outcome), self._end())
            if late or not may_repeat(outcome, again=again):
                if isinstance(outcome, NoAnswerError):
                    raise outcome
                return outcome
            self.wait(pause)

    def _is_refused(self, request: _Request, outcome: Answer | NoAnswerError) -> bool:
        return request.signed_in and isinstance(outcome, Answer) and outcome.status == 401

    def _renew_first(self, request: _Request) -> None:
        """Renew a session that ends soon before a large body is sent, which would have to be sent again."""
        credential = self._credential
        if request.body is not None and request.signed_in and credential is not None and credential.is_ending():
            self._sent = credential.authenticate(_NO_PARTS)
            self._renew()

    def _renew(self) -> bool:
        """Renew the credential that was sent last; return False when there is none or it cannot be renewed."""
        return self._credential is not None and self._credential.renew(self._sent, self.exchange_without_credential)

    def exchange_without_credential(
        self, method: str, path: str, *, form: Mapping[str, str] | None = None, json: Any = None
    ) -> Answer:
        """Send a request that carries no credential and return its answer."""
        return self.exchange(method, path, form=form, json=json, signed_in=False)

    @property
    def signs(self) -> bool:
        """True when each request is signed with its body's checksum."""
        return self._credential is not None and self._credential.kind == "token"

    def server_time(self) -> str:
        """Return the server's clock at its last answer, RFC 3339 UTC; empty when it tells no time."""
        try:
            return parsedate_to_datetime(self._date).strftime("%Y-%m-%dT%H:%M:%SZ")
        except (TypeError, ValueError):
            return ""

    def wait(self, seconds: float) -> None:
        """Pause; raises `Cancelled` within a tenth of a second when `should_stop` says so."""
        _pause(seconds, self.should_stop)

    def wait_unless(self, should_stop: Stop | None) -> Callable[[float], None]:
        """Return a pause like `wait` that also asks `should_stop`."""

        def wait(seconds: float) -> None:
            _pause(seconds, lambda: self.should_stop() or bool(should_stop and should_stop()))

        return wait

    def _limit(self, retry_seconds: float | None, outcome: Answer | NoAnswerError) -> float:
        """Return over how many seconds a request may be repeated after `outcome`."""
        if retry_seconds is not None or self._retry_seconds is not None:
            return retry_seconds if retry_seconds is not None else self._retry_seconds or 0
        unreached = isinstance(outcome, NoAnswerError) and not outcome.data.get("sent", True)
        return FIRST_RETRY_SECONDS if unreached and not self._answered else RETRY_SECONDS

    def _end(self) -> float:
        return float("inf") if self.until is None else self.until

    def _url(self, path: str) -> str:
        return path if "://" in path else f"{self.root}/{path.lstrip('/')}"

    def _attempt(self, request: _Request) -> Answer | NoAnswerError:
        try:
            return self._follow(request)
        except NoAnswerError as exc:
            return exc

    def _follow(self, request: _Request) -> Answer:
        """Send, and follow redirects within the same server; the method never changes."""
        url = request.url
        end = self._end()
        if request.body is None:  # uploads take as long as they need; their answers do not
            end = min(end, time.monotonic() + _ANSWER_FACTOR * request.timeout)
        if request.signed_in and isinstance(self._credential, ApiKey) and self._is_sandbox:
            self._ask_for_proof(self._credential, request.timeout, end)
        for _ in range(_REDIRECTS + 1):
            answer = self._send_once(request, url, end)
            target = redirect_target(answer)
            if target is None:
                return answer
            if not same_place(url, target) or (request.method != "GET" and answer.status == 303):
                host = urlsplit(url).netloc
                raise BadAnswerError.of("sign-in-page/redirect", host=host, target=host_of(target))
            url = target
        raise BadAnswerError.of("redirect-loop", host=urlsplit(url).netloc)

    def _ask_for_proof(self, credential: ApiKey, timeout: float, end: float) -> None:
        """Let a sandbox show that it has the key before it gets it: anybody may listen on the port of one that ended.

        Asked before every request, for it may end between two of them.

        Raises:
            SandboxError: code ``sandbox-not-proven``.
        """
        nonce = secrets.token_hex(32)
        url = self._url("__sandbox__/proof")
        request = _Request(method="GET", url=url, params={"nonce": nonce}, timeout=timeout, signed_in=False)
        answer = read_json(self._send_once(request, url, end))
        given = answer.get("proofs") if isinstance(answer, Mapping) else None
        # The address is part of it, so that nobody passes on what the sandbox proves elsewhere.
        key = credential.key.reveal().encode()
        proof = hmac.new(key, f"{nonce}\n{self.root}".encode(), hashlib.sha256).hexdigest()
        if not isinstance(given, list) or proof not in given:
            raise SandboxError.of("sandbox-not-proven", url=self.root)

    def _send_once(self, request: _Request, url: str, end: float) -> Answer:
        started = time.monotonic()
        outcome = "no-answer"
        try:
            answer = self._receive(request, url, end)
            outcome = str(answer.status)
        except (requests.RequestException, urllib3.exceptions.HTTPError, ssl.SSLError, OSError) as exc:
            error = explain(exc, url)
            forget_details(exc)
            raise error from exc
        except ValueError as exc:  # the library looks at redirects, too
            raise invalid_redirect(url) from exc
        else:
            return answer
        finally:
            took = round((time.monotonic() - started) * 1000)
            _LOG.debug("%s %s %s in %d ms", request.method, urlsplit(url).path, outcome, took)

    def _receive(self, request: _Request, url: str, end: float) -> Answer:
        headers = {"Accept": "application/json, */*;q=0.5", **(request.headers or {})}
        if request.signed_in and self._credential is not None:
            self._sent = self._credential.authenticate(_parts(request, url))
            headers |= self._sent
        proxy = proxy_for(url)
        seconds = max(0.05, min(request.timeout, end - time.monotonic()))
        connect = min(CONNECT_SECONDS if request.body is None else SEND_SECONDS, seconds)
        with (
            time_limit(_ANSWER_FACTOR * seconds, end + 0.05),
            self._session.request(
                request.method,
                url,
                params=dict(request.params or {}) if url == request.url else None,
                data=request.body() if request.body else request.content,
                headers=headers,
                timeout=(connect, seconds),
                proxies={urlsplit(url).scheme: proxy} if proxy else {},
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            keep = request.into if response.ok else None
            body = _read_body(response, request.at_most) if keep is None else _save_body(response, keep)
        self._answered = True
        self._date = response.headers.get("Date") or self._date
        plain = {name.lower(): value for name, value in response.headers.items()}
        return Answer(
            method=request.method,
            url=response.url or url,
            status=response.status_code,
            headers=plain,
            body=self._without_secrets(body) if response.status_code >= 300 else body,
        )

    def _without_secrets(self, body: bytes) -> bytes:
        """Blank our credential in an error's text: some proxies echo the request."""
        for each in self._credential.secrets if self._credential is not None else ():
            body = body.replace(each.reveal().encode(), HIDDEN.encode())
        return body


class _Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, the same for every attempt."""

    method: str
    url: str
    params: Mapping[str, Any] | None
    content: bytes | None = None
    body: Callable[[], Body] | None = None
    headers: Mapping[str, str] | None = None
    timeout: float
    signed_in: bool
    at_most: int | None = None
    into: BinaryIO | None = None


_NO_PARTS = RequestParts(method="", path="", checksum=str)


def _parts(request: _Request, url: str) -> RequestParts:
    return RequestParts(method=request.method, path=urlsplit(url).path or "/", checksum=partial(_checksum, request))


def _checksum(request: _Request) -> str:
    """Return the base64 of the MD5 of what is sent; large bodies bring it along."""
    if request.body is not None:
        return (request.headers or {})["X-Content-Checksum"]
    return base64.b64encode(hashlib.md5(request.content or b"", usedforsecurity=False).digest()).decode()


def _content(json: Any, form: Mapping[str, str] | None) -> bytes | None:
    """Return the bytes of a small body, which some credentials sign."""
    if form is not None:
        return urlencode(form).encode()
    return None if json is None else json_text.dumps(json, allow_nan=False).encode()


def _content_type(json: Any, form: Mapping[str, str] | None) -> dict[str, str]:
    if form is not None:
        return {"Content-Type": "application/x-www-form-urlencoded"}
    return {} if json is None else {"Content-Type": "application/json"}


class _Adapter(requests.adapters.HTTPAdapter):
    """Uses our TLS context for servers and proxies alike, and sends bodies in larger pieces.

    Args:
        context: Makes the context; asked once, and only when TLS is spoken: reading a system's store takes its time.
        secure: True for the adapter of ``https``.
    """

    def __init__(self, context: Callable[[], ssl.SSLContext], *, secure: bool) -> None:
        self._context = context
        self._secure = secure
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, blocksize=PIECE, **options)
        use_deadlines(self.poolmanager)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """Add our context to what tells connections apart."""
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if self._secure:
            pool["ssl_context"] = self._context()
        return host, pool

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Make the pools of connections through a proxy; the way to the proxy itself may be TLS, too."""
        if self._secure:
            options["ssl_context"] = self._context()
        if proxy.lower().startswith("https"):
            options["proxy_ssl_context"] = self._context()
        manager = super().proxy_manager_for(proxy, blocksize=PIECE, **options)
        use_deadlines(manager)
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ARG002
        """Leave verification to the context, which holds the system's store; requests would add its own."""
        conn.cert_reqs = "CERT_REQUIRED" if verify else "CERT_NONE"
        conn.ca_certs = conn.ca_cert_dir = None


def _make_session(server: Server, cookies: CookieJar | None) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # or ~/.netrc replaces our key
    session.verify = not server.insecure
    if server.insecure:
        _silence_warnings(urlsplit(server.url).hostname or "")
    session.headers["User-Agent"] = USER_AGENT
    if cookies is not None:
        session.cookies = cookies  # type: ignore[assignment]  # any jar will do
    context = cache(partial(make_context, insecure=server.insecure, ca_data=server.ca_data))
    session.mount("http://", _Adapter(context, secure=False))
    session.mount("https://", _Adapter(context, secure=True))
    return session


def _silence_warnings(host: str) -> None:
    """Say nothing of this host's certificate at every request: the user chose so. Other hosts are still warned of."""
    named = f".*request is being made to host '{re.escape(host)}'"
    warnings.filterwarnings("ignore", named, urllib3.exceptions.InsecureRequestWarning)


def _read_body(response: requests.Response, at_most: int | None) -> bytes:
    """Read to the end, or to `at_most`.

    Raises:
        BadAnswerError: code ``answer-too-large``.
    """
    pieces: list[bytes] = []
    size = 0
    while piece := response.raw.read1(64 * 1024, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if at_most is not None and size > at_most:
            break
        if size > _ANSWER_LIMIT:
            host = urlsplit(response.url).netloc
            raise BadAnswerError.of("answer-too-large", host=host, megabytes=_ANSWER_LIMIT // 1024**2)
    return b"".join(pieces)


def _save_body(response: requests.Response, file: BinaryIO) -> bytes:
    """Write the whole body into a file, anew for each attempt; return nothing of it."""
    file.seek(0)
    file.truncate()
    while piece := response.raw.read1(256 * 1024, decode_content=True):
        file.write(piece)
    return b""


def _pause(seconds: float, should_stop: Stop) -> None:
    end = time.monotonic() + seconds
    while True:
        if should_stop():
            raise Cancelled.of("cancelled")
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, 0.1))


def _never() -> bool:
    return False
