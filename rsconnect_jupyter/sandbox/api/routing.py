"""One API request as the routes see it, and the table of routes.

A route is a plain function from `Request` to JSON (or `Response`). It runs in a worker thread, so it may read and write
the store; a route that must wait is a coroutine function and runs in the event loop.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..api_errors import ApiError
from ..services import Services
from ..settings import Settings
from ..store.accounts import RANK, Account
from ..store.database import Store

Handler = Callable[["Request"], Any]


@dataclass(frozen=True)
class Response:
    """An answer that is not simply JSON with status 200.

    Attributes:
        body: JSON-compatible data, bytes as they are, a path or an iterator of bytes to stream, or None for an empty
            body.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request.

    Attributes:
        path: The variable parts of the path, by the names in the route's pattern.
        queries: Query parameters, all values of each.
        body: The request's body; empty for uploads, which are in `upload`.
        route: The path below ``/__api__``.
        root: The server's root as the client wrote it, ``http://host:port/prefix``.
    """

    services: Services
    account: Account | None
    method: str
    path: Mapping[str, str]
    queries: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: bytes
    route: str
    root: str
    upload: Upload | None = None

    @property
    def store(self) -> Store:
        """The server's database."""
        return self.services.store

    @property
    def version(self) -> tuple[int, ...]:
        """The Connect version that the server answers as."""
        return self.services.settings.version

    @property
    def query(self) -> dict[str, str]:
        """Query parameters, the first value of each."""
        return {name: values[0] for name, values in self.queries.items()}

    @property
    def user(self) -> Account:
        """The signed-in user; refuses when there is none (401/24)."""
        if self.account is None:
            raise ApiError(24)
        return self.account

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        """Return a query parameter as a number; refuses text (400/25) and what is out of range (400/13)."""
        text = self.query.get(name)
        if text is None or text == "":
            return default
        try:
            value = float(text)
        except ValueError:
            raise ApiError(25, f"The parameter {name} is not a number.") from None
        if not low <= value <= high:
            raise ApiError(13, f"The parameter {name} must be between {low:g} and {high:g}.")
        return value

    def json(self, known: Mapping[str, Sequence[type]] | None = None) -> Any:
        """Return the body as JSON, an object of known fields only when `known` is given.

        Connect decodes strictly: other text, another shape, an unknown field or a wrong type is 400/121.

        Args:
            known: Field name -> types it may have besides null.
        """
        data = self._parsed()
        if known is None:
            return data
        if not isinstance(data, dict):
            raise ApiError(121, "The request JSON cannot be parsed: json: cannot unmarshal into an object")
        for name, value in data.items():
            if name not in known:
                raise ApiError(121, f'The request JSON cannot be parsed: json: unknown field "{name}"')
            check_type(name, value, known[name])
        return data

    def _parsed(self) -> Any:
        try:
            text = self.body.decode("utf-8")
            data = json.loads(text, parse_constant=_no_constant)
            # Half of a surrogate pair is no character; Connect's decoder puts the replacement character there.
            return _whole_characters(data) if "\\u" in text else data
        except (ValueError, RecursionError) as error:
            raise ApiError(121, f"The request JSON cannot be parsed: {error}") from error


def check_type(name: str, value: Any, types: Sequence[type]) -> None:
    """Refuse a JSON value that is neither null nor of one of the types (400/121); true is no number."""
    if value is None or (
        isinstance(value, types if isinstance(types, tuple) else tuple(types))
        and not (isinstance(value, bool) and bool not in types)
    ):
        return
    raise ApiError(121, f"The request JSON cannot be parsed: json: cannot unmarshal {_kind(value)} into field {name}")


def _no_constant(name: str) -> Any:
    raise ValueError(f"invalid character in literal {name}")


def _whole_characters(data: Any) -> Any:
    text = json.dumps(data, ensure_ascii=False)
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _kind(value: Any) -> str:
    names = {str: "string", bool: "bool", int: "number", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "value")


@dataclass(frozen=True)
class Upload:
    """A body that was written to a file while it arrived.

    Attributes:
        path: The file; belongs to the route, which moves or removes it.
        size: Bytes received.
        md5: Hex digest of the body.
        sha1: Hex digest of the body.
    """

    path: Path
    size: int
    md5: str
    sha1: str


@dataclass(frozen=True, kw_only=True)
class Route:
    """One row of the route table.

    Attributes:
        template: Path below ``/__api__`` with ``{name}`` for its variable parts, as in ``openapi.yaml``.
        anonymous: True answers callers without credentials too.
        role: The lowest role that may request it.
        since: First Connect version that has it; older ones answer like any unknown path.
        until: First Connect version that no longer has it.
        legacy: True for what servers without v1 offer too.
        receives_file: True writes the body to a file while it arrives.
        auth: The way to sign in that it belongs to, ``oauth`` or ``claim``; servers may lack it.
    """

    method: str
    template: str
    pattern: re.Pattern[str]
    handler: Handler
    anonymous: bool = False
    role: str = "viewer"
    since: tuple[int, ...] = ()
    until: tuple[int, ...] = (9999,)
    legacy: bool = False
    receives_file: bool = False
    deprecated: str | None = None
    auth: str | None = None


ROUTES: list[Route] = []


def route(method: str, pattern: str, **options: Any) -> Callable[[Handler], Handler]:
    """Put a function into the route table.

    Args:
        method: HTTP method.
        pattern: Path below ``/__api__`` with ``{name}`` for one segment and ``{name...}`` for the rest.
        options: The further fields of `Route`.
    """
    expression = re.sub(r"\{(\w+)\.\.\.\}", r"(?P<\1>.+)", pattern)
    expression = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", expression)

    def add(handler: Handler) -> Handler:
        template = pattern.replace("...}", "}")
        compiled = re.compile(expression + "/?")
        ROUTES.append(Route(method=method, template=template, pattern=compiled, handler=handler, **options))
        return handler

    return add


def page_of(request: Request, items: Sequence[Any], *, largest: int = 500) -> dict[str, Any]:
    """Return one page of all items as v1 shows pages: ``{results, current_page, total}``; refuses bad numbers."""
    page, size = page_numbers(request, largest=largest)
    return {"results": list(items[(page - 1) * size : page * size]), "current_page": page, "total": len(items)}


def page_numbers(request: Request, *, largest: int = 500) -> tuple[int, int]:
    """Return which page is asked for, and its length."""
    page = int(request.number("page_number", 1, low=1, high=1_000_000_000))
    return page, int(request.number("page_size", 20, low=1, high=largest))


def find_route(method: str, path: str, settings: Settings) -> tuple[Route, dict[str, str]] | None:
    """Return the route for a request and its path parts, None when this server has none (text 404)."""
    for each in ROUTES:
        if each.method != method or not each.since <= settings.version < each.until:
            continue
        if (settings.legacy_only and not each.legacy) or (each.auth and not settings.offers(each.auth)):
            continue
        match = each.pattern.fullmatch(path)
        if match:
            return each, match.groupdict()
    return None


def check_role(route: Route, account: Account | None) -> None:
    """Refuse callers without credentials (401/24) and with too low a role (403/22)."""
    if route.anonymous:
        return
    if account is None:
        raise ApiError(24)
    if RANK[account.role] < RANK[route.role]:
        raise ApiError(22)
