"""What an answer means: JSON out of a good one, the right error out of any other. No I/O.

Envelope of Connect's errors: ``{"code": 22, "error": "…", "payload": null}``; ``payload`` and even ``code`` may be
missing. Unrouted paths answer ``404 page not found`` as text; proxies and sign-in pages answer HTML with any status.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import (
    BadAnswerError,
    ConflictError,
    ConnectError,
    ForbiddenError,
    NotFoundError,
    ProxyError,
    RefusedError,
    SignInError,
)
from ..translation import _
from .parsing import as_text, is_id

_TEXT_LIMIT = 500


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer, read to its end. Header names are in lower case."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def good(self) -> bool:
        """True for any 2xx."""
        return 200 <= self.status < 300

    @property
    def looks_like_html(self) -> bool:
        """True for a page, whatever its content type says."""
        start = self.body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        return "html" in self.headers.get("content-type", "").lower() or start.startswith(
            (b"<!doctype", b"<html", b"<")
        )

    @property
    def host(self) -> str:
        """Host part of the address, for sentences."""
        return self.url.split("://", 1)[-1].split("/", 1)[0]


def as_answer(response: Any, url: str) -> Answer | None:
    """Return a response of some HTTP library as an answer; None for anything else, which is a value."""
    status = getattr(response, "status_code", None)
    status = getattr(response, "status", None) if status is None else status
    if not isinstance(status, int):
        return None
    body = next((each for name in ("content", "body", "response_body") if (each := getattr(response, name, None))), b"")
    url = as_text(getattr(response, "url", None)) or url
    return Answer(method="", url=url, status=status, body=body.encode() if isinstance(body, str) else bytes(body))


def read_json(answer: Answer) -> Any:
    """Return the parsed body of a good answer, None when it is empty.

    Raises:
        RefusedError: the status is not 2xx (and its subclasses by status).
        BadAnswerError: the body is not JSON.
    """
    if not answer.good:
        raise refusal(answer)
    if not answer.body.strip():
        return None
    value, readable = _parse(answer.body)
    if readable:
        return value
    raise _not_json(answer)


def read_object(answer: Answer, *needed: str) -> dict[str, Any]:
    """Return the JSON object of a good answer, which must have the keys `needed`, none of them null."""
    value = read_json(answer)
    if not isinstance(value, dict):
        raise _wrong_shape(answer, _("an object"), value)
    for key in needed:
        if value.get(key) is None:
            raise _lacks(answer, key)
    return value


def read_id(answer: Answer, key: str) -> str:
    """Return what `key` of the JSON object of a good answer names: text or a number."""
    found = as_text(read_object(answer, key)[key])
    if not is_id(found):
        raise _lacks(answer, key)
    return found


def read_list(answer: Answer) -> list[Any]:
    """Return the JSON list of a good answer; null counts as an empty list, an empty body does not."""
    value = read_json(answer)
    if value is None and answer.body.strip():
        return []
    if not isinstance(value, list):
        raise _wrong_shape(answer, _("a list"), value)
    return value


def read_items(answer: Answer, key: str) -> tuple[list[Any], int]:
    """Return ``(items, how many there are in all)`` of a page ``{<key>: […], "total": n}``; a null list is empty."""
    page = read_object(answer)
    items, total = page.get(key, False), page.get("total")
    if items is None:
        items = []
    if not isinstance(items, list):
        raise _wrong_shape(answer, _("a list of {key}").format(key=key), items)
    return items, total if isinstance(total, int) else len(items)


def envelope(answer: Answer) -> tuple[int | None, str] | None:
    """Return ``(code, text)`` of Connect's error envelope; None when the body is none."""
    value, readable = _parse(answer.body)
    if not readable or not isinstance(value, dict):
        return None
    code, text = value.get("code"), value.get("error")
    number = code if isinstance(code, int) and not isinstance(code, bool) else None
    if number is None and not isinstance(text, str):
        return None
    return number, _shorten(text) if isinstance(text, str) else ""


def is_unrouted(answer: Answer) -> bool:
    """Tell "no such route" (text) from "no such object" (envelope)."""
    return answer.status in (404, 405, 501) and envelope(answer) is None


def refusal(answer: Answer) -> ConnectError:
    """Return the error that an answer outside 2xx means."""
    found = envelope(answer)
    if found is None:
        return _refusal_without_envelope(answer)
    from .error_catalog import entry_for, object_in  # noqa: PLC0415 - only needed when something fails

    number, text = found
    entry, fallback = entry_for(answer.status, number), _by_status(answer.status)
    about = _(object_in(_path(answer)))
    message = _(entry.message).format(object=about) or _sentence(text) or fallback.message
    details: dict[str, Any] = {"hint": _(entry.hint) or fallback.hint}
    if entry.code:
        details["code"] = entry.code
    if text and text != message:
        details["data"] = {"server_text": text}
    return _class_for(answer.status)(message, status=answer.status, connect_code=number, **details)


def _refusal_without_envelope(answer: Answer) -> ConnectError:
    status, host = answer.status, answer.host
    details = {"status": status}
    if status == 407:
        return ProxyError.of("proxy-sign-in")
    if status == 404 and not answer.looks_like_html:
        return NotFoundError.of("endpoint-missing", details=details, host=host, path=_path(answer))
    if status in _BARE:
        return _class_for(status).of(_BARE[status], details=details, host=host)
    bare = RefusedError.of("refused/status", details=details, host=host, status=status)
    return _class_for(status)(bare.message, hint=bare.hint, status=status)


_BARE = {
    401: "sign-in-page/status",
    403: "forbidden/proxy",
    404: "endpoint-missing/page",
    413: "too-large",
    429: "too-many-requests",
    500: "server-failed",
    502: "server-unavailable/proxy",
    503: "server-unavailable",
    504: "server-unavailable/timeout",
}


def _class_for(status: int) -> type[RefusedError]:
    return {401: SignInError, 403: ForbiddenError, 404: NotFoundError, 409: ConflictError}.get(status, RefusedError)


def _by_status(status: int) -> RefusedError:
    key = {401: "refused/sign-in", 403: "refused/forbidden"}.get(status, "refused")
    return RefusedError.of("refused/server" if status >= 500 else key, details={"status": status}, status=status)


def _not_json(answer: Answer) -> BadAnswerError:
    if answer.looks_like_html:
        return BadAnswerError.of("sign-in-page", host=answer.host)
    return BadAnswerError.of("answer-unreadable", request=_request(answer))


def _wrong_shape(answer: Answer, wanted: str, value: Any) -> BadAnswerError:
    found = {dict: _("an object"), list: _("a list"), type(None): _("nothing")}.get(type(value), _("a single value"))
    return BadAnswerError.of("answer-unexpected", found=found, wanted=wanted, request=_request(answer))


def _lacks(answer: Answer, key: str) -> BadAnswerError:
    return BadAnswerError.of("answer-incomplete", name=key, request=_request(answer))


def _request(answer: Answer) -> str:
    return f"{answer.method} {_path(answer)}"


def _parse(body: bytes) -> tuple[Any, bool]:
    try:
        return json.loads(body.decode("utf-8-sig")), True
    except (ValueError, RecursionError):
        return None, False


def _path(answer: Answer) -> str:
    after_host = answer.url.split("://", 1)[-1].partition("/")[2]
    return "/" + after_host.split("?", 1)[0]


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?" else text + "."


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1] + "…"
