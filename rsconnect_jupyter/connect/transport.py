"""One HTTP session with one server: sign-in, TLS, proxies, cookies, time limits, retries, redirects.

The only module that knows ``requests``. It returns `Answer`s, whatever their status, and raises when there is none.
"""

from __future__ import annotations

import platform
import random
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from http.cookiejar import CookieJar
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import requests.adapters
import urllib3

from ..errors import BadAnswerError, Cancelled, NoAnswerError, ProxyError, SignInError
from ..records import HIDDEN, Secret, Server
from .address import same_place, strip_userinfo
from .answers import Answer
from .proxies import proxy_for
from .tls import explain_refusal, make_context
from .upload import PIECE, Body

try:
    from .._version import __version__
except ImportError:  # a checkout that was never built or installed
    __version__ = "0+unknown"

USER_AGENT = f"rsconnect-jupyter/{__version__} (Python {platform.python_version()}; {platform.system()})"

CONNECT_SECONDS = 10.0
PATIENCE = 30.0
"""Seconds over which a request is repeated when the server has answered before (it may be restarting)."""
FIRST_PATIENCE = 5.0
"""The same when nobody has ever answered at this address: probably it is wrong."""

_BUSY = (502, 503, 504)
_REDIRECTS = 5
_ANSWER_LIMIT = 256 * 1024 * 1024
_REPEATABLE = {"GET", "HEAD", "PUT", "PATCH", "DELETE"}
"""Methods whose repetition changes nothing. Connect's PATCH sets fields to values, so it belongs here."""

Stop = Callable[[], bool]


class Transport:
    """A session with one server. Close it, or use it in a ``with`` block.

    Args:
        server: Whom to talk to; user name and password in its URL are dropped.
        timeout: Seconds without a byte after which an answer counts as missing.
        cookies: A jar to keep and share; a new one when omitted.
        patience: Seconds over which requests that may be repeated are; see `PATIENCE`.
    """

    def __init__(
        self, server: Server, *, timeout: float = 30.0, cookies: CookieJar | None = None, patience: float | None = None
    ) -> None:
        self.root = strip_userinfo(server.url).rstrip("/")
        self.timeout = timeout
        self.should_stop: Stop = _never
        self._patience = patience
        self._key = _usable_key(server.api_key)
        self._answered = False
        self._session = _make_session(server, cookies)

    def __enter__(self) -> Transport:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    @property
    def cookies(self) -> CookieJar:
        """The session's cookie jar."""
        return self._session.cookies

    def exchange(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        body: Callable[[], Body] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        repeatable: bool | None = None,
        patience: float | None = None,
        signed_in: bool = True,
    ) -> Answer:
        """Send a request and return its answer, whatever its status.

        Requests whose repetition changes nothing are repeated with growing, jittered pauses when the connection fails
        or the server is busy (502, 503, 504); all others only when they cannot have reached the server.

        Args:
            path: Relative to the server's root (``__api__/v1/user``), or an absolute URL of the same server.
            body: Makes the body anew for every attempt.
            timeout: Seconds without a byte; the session's own when omitted.
            repeatable: Overrides what the method says.
            patience: Seconds over which to repeat; 0 sends once.
            signed_in: False leaves the API key out.

        Raises:
            NoAnswerError: nothing answered; ``data["sent"]`` tells whether the request may have arrived.
            BadAnswerError: a redirect led elsewhere.
            Cancelled: the user asked to stop.
        """
        again = method in _REPEATABLE if repeatable is None else repeatable
        request = _Request(method, self._url(path), params, json, body, headers, timeout or self.timeout, signed_in)
        started = time.monotonic()
        for pause in pauses():
            answer, error = self._attempt(request)
            if answer is not None and (answer.status not in _BUSY or not again):
                return answer
            if error is not None and not again and error.data.get("sent", True):
                raise error
            if time.monotonic() + pause - started > self._limit(patience, error):
                break
            self.wait(pause)
        if error is not None:
            raise error
        assert answer is not None
        return answer

    def wait(self, seconds: float) -> None:
        """Pause, looking every tenth of a second whether the user asked to stop."""
        end = time.monotonic() + seconds
        while True:
            if self.should_stop():
                raise Cancelled("The publish was stopped.")
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.1))

    def _limit(self, patience: float | None, error: NoAnswerError | None) -> float:
        if patience is not None:
            return patience
        if self._patience is not None:
            return self._patience
        if error is not None and error.code in ("certificate-refused", "ca-unreadable", "proxy-sign-in"):
            return 0
        unheard = error is not None and not self._answered and not error.data.get("sent", True)
        return FIRST_PATIENCE if unheard else PATIENCE

    def _url(self, path: str) -> str:
        return path if "://" in path else f"{self.root}/{path.lstrip('/')}"

    def _attempt(self, request: _Request) -> tuple[Answer | None, NoAnswerError | None]:
        try:
            return self._follow(request), None
        except NoAnswerError as exc:
            return None, exc

    def _follow(self, request: _Request) -> Answer:
        """Send, and follow redirects within the same server; the method never changes."""
        url = request.url
        for _ in range(_REDIRECTS + 1):
            answer = self._send_once(request, url)
            target = _redirect_target(answer)
            if target is None:
                return answer
            if request.method != "GET" and answer.status == 303:
                break
            if not same_place(url, target):
                raise BadAnswerError(
                    f"The server at {urlsplit(url).netloc} sends its callers on to {urlsplit(target).hostname}.",
                    hint="This looks like a sign-in page or a moved server: check the address.",
                    code="sign-in-page",
                )
            url = target
        raise BadAnswerError(
            f"The server at {urlsplit(url).netloc} redirects without end.",
            hint="Check the server's address, or tell its administrator.",
            code="redirect-loop",
        )

    def _send_once(self, request: _Request, url: str) -> Answer:
        try:
            return self._receive(request, url)
        except (requests.RequestException, urllib3.exceptions.HTTPError, ssl.SSLError, OSError) as exc:
            error = _no_answer(exc, url)
            _forget_details(exc)
            raise error from exc

    def _receive(self, request: _Request, url: str) -> Answer:
        headers = {"Accept": "application/json, */*;q=0.5", **(request.headers or {})}
        if request.signed_in and self._key:
            headers["Authorization"] = f"Key {self._key.reveal()}"
        proxy = proxy_for(url)
        connect = min(CONNECT_SECONDS, request.timeout)
        with self._session.request(
            request.method,
            url,
            params=dict(request.params or {}) if url == request.url else None,
            json=request.json,
            data=request.body() if request.body else None,
            headers=headers,
            timeout=(connect if request.body is None else request.timeout, request.timeout),
            proxies={urlsplit(url).scheme: proxy} if proxy else {},
            allow_redirects=False,
            stream=True,
        ) as response:
            body = _read_body(response, time.monotonic() + 4 * request.timeout)
        self._answered = True
        plain = {name.lower(): value for name, value in response.headers.items()}
        return Answer(
            method=request.method,
            url=response.url or url,
            status=response.status_code,
            headers=plain,
            body=self._without_key(body) if response.status_code >= 300 else body,
        )

    def _without_key(self, body: bytes) -> bytes:
        """Blank our key in an error's text: some proxies echo the request."""
        return body.replace(self._key.reveal().encode(), HIDDEN.encode()) if self._key else body


class _Request:
    """What is asked, the same for every attempt."""

    def __init__(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        json: Any,
        body: Callable[[], Body] | None,
        headers: Mapping[str, str] | None,
        timeout: float,
        signed_in: bool,  # noqa: FBT001 - private
    ) -> None:
        self.method, self.url, self.params, self.json = method, url, params, json
        self.body, self.headers, self.timeout, self.signed_in = body, headers, timeout, signed_in


def pauses() -> Iterator[float]:
    """Yield seconds to wait between attempts: growing to one second, each shortened by chance."""
    pause = 0.1
    while True:
        yield pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreads clients, protects nothing
        pause = min(1.0, pause * 2)


class _Adapter(requests.adapters.HTTPAdapter):
    """Uses our TLS context for servers and proxies alike, and sends bodies in larger pieces."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, blocksize=PIECE, **options)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return super().proxy_manager_for(
            proxy, ssl_context=self._context, proxy_ssl_context=self._context, blocksize=PIECE, **options
        )

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ARG002
        """Leave verification to the context, which holds the system's store; requests would add its own."""
        conn.cert_reqs = "CERT_REQUIRED" if verify else "CERT_NONE"
        conn.ca_certs = conn.ca_cert_dir = None


def _make_session(server: Server, cookies: CookieJar | None) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # or ~/.netrc replaces our key, and REQUESTS_CA_BUNDLE our CA
    session.verify = not server.insecure
    session.headers["User-Agent"] = USER_AGENT
    if cookies is not None:
        session.cookies = cookies  # type: ignore[assignment]  # any jar will do
    adapter = _Adapter(make_context(insecure=server.insecure, ca_data=server.ca_data))
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _usable_key(key: Secret | None) -> Secret | None:
    """Return the key without blanks around it; refuse one that no header can carry, without showing it."""
    text = key.reveal().strip() if key else ""
    if not text:
        return None
    if not re.fullmatch(r"[!-~]+", text):
        raise SignInError(
            "The API key contains characters that no key has.",
            status=401,
            hint="Copy it again from Connect, without blanks and line breaks.",
            code="bad-api-key",
        )
    return Secret(text)


def _read_body(response: requests.Response, end: float) -> bytes:
    """Read to the end, but not for ever: a server may send a byte every few seconds."""
    raw = response.raw
    read = getattr(raw, "read1", None) or raw.read  # read1 came with urllib3 2.2
    pieces: list[bytes] = []
    size = 0
    while True:
        piece = read(64 * 1024, decode_content=True)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        size += len(piece)
        if time.monotonic() > end or size > _ANSWER_LIMIT:
            raise requests.ReadTimeout("the answer does not end")


def _redirect_target(answer: Answer) -> str | None:
    if answer.status not in (301, 302, 303, 307, 308):
        return None
    location = answer.headers.get("location")
    return strip_userinfo(urljoin(answer.url, location)) if location else None


def _no_answer(exc: BaseException, url: str) -> NoAnswerError:
    """Return our error for a failure below HTTP. Says why, never repeats the library's text: it may hold secrets."""
    host = urlsplit(url).netloc
    if isinstance(exc, requests.exceptions.ProxyError):
        return _proxy_failure(exc)
    refused = explain_refusal(exc, urlsplit(url).hostname or host)
    if refused is not None:
        refused.data["sent"] = False
        return refused
    why, sent = _why(exc)
    return NoAnswerError(
        f"The server at {host} {why}.",
        hint="Check the address, the network and the VPN, then try again." if not sent else "Try again in a minute.",
        data={"sent": sent},
    )


def _why(exc: BaseException) -> tuple[str, bool]:
    text = " ".join(str(each) for each in _chain(exc))
    if "NameResolutionError" in text or "getaddrinfo" in text or "Name or service not known" in text:
        return "cannot be found: its name is unknown here", False
    if isinstance(exc, requests.ConnectTimeout):
        return "did not accept a connection in time", False
    if "NewConnectionError" in text or any(isinstance(each, ConnectionRefusedError) for each in _chain(exc)):
        return "does not accept connections", False
    if isinstance(exc, (requests.Timeout, TimeoutError)) or "timed out" in text:
        return "did not answer in time", True
    if isinstance(exc, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)):
        return "has an address that cannot be used", False
    return "ended the connection before its answer was complete", True


def _proxy_failure(exc: requests.exceptions.ProxyError) -> ProxyError:
    text = " ".join(str(each) for each in _chain(exc))
    status = re.search(r"Tunnel connection failed: (\d{3})", text)
    if status and status[1] == "407":
        return ProxyError(
            "The proxy wants a user name and a password.",
            hint="Put them into HTTPS_PROXY, or ask your network's administrator.",
            code="proxy-sign-in",
            data={"sent": False},
        )
    if status:
        return ProxyError(
            f"The proxy refused to connect to the server (status {status[1]}).",
            hint="Ask your network's administrator, or add the server to NO_PROXY.",
            data={"sent": False},
        )
    return ProxyError(
        "The proxy cannot be reached.",
        hint="Check HTTPS_PROXY and HTTP_PROXY, or add the server to NO_PROXY.",
        data={"sent": False},
    )


def _chain(exc: BaseException) -> list[BaseException]:
    """Return `exc` and everything it wraps, however the library wrapped it."""
    found: list[BaseException] = []
    waiting: list[Any] = [exc]
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and not any(each is other for other in found):
            found.append(each)
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    return found


def _forget_details(exc: BaseException) -> None:
    """Drop the request (it carries the key) and the frames (they do, too) from a failure we hand on as a cause."""
    for each in _chain(exc):
        each.__traceback__ = None
        for name in ("request", "response", "_pool", "conn", "_conn"):
            if name in vars(each):
                setattr(each, name, None)


def _never() -> bool:
    return False
