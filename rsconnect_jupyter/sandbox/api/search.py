"""Content search, in v1's query language and for the unversioned list."""

from __future__ import annotations

import shlex
from typing import Any

from ...connect.app_modes import NUMBERS
from ..api_errors import ApiError
from ..store.accounts import Account
from ..store.database import Row, Store
from .content_items import content_object, parse_include
from .routing import Request, page_numbers, route

APPS = tuple(
    name for name in NUMBERS if name.startswith(("shiny", "rmd-shiny", "python-", "quarto-shiny", "jupyter-v"))
)
TYPES: dict[str, tuple[str, ...]] = {
    "report": ("rmd-static", "jupyter-static", "quarto-static"),
    "document": ("static", "rmd-static", "jupyter-static", "quarto-static"),
    "notebook": ("jupyter-static", "jupyter-voila"),
    "app": tuple(name for name in APPS if name not in ("python-api", "python-fastapi")),
    "api": ("api", "python-api", "python-fastapi", "nodejs"),
    **{name: (name,) for name in NUMBERS},
}
SORTS = {"name", "title", "created_time", "last_deployed_time"}


@route("GET", "/v1/search/content", since=(2024, 4))
def search_content(request: Request) -> dict[str, Any]:
    """Return one page of the content that matches ``q``: ``{results, current_page, total}``."""
    include = parse_include(request)
    page, size = page_numbers(request)
    order = request.query.get("order", "desc")
    sort = request.query.get("sort") or "last_deployed_time"
    if sort not in SORTS or order not in ("asc", "desc"):
        raise ApiError(25, "The parameter sort or order is not valid.")
    conditions, values, warnings = parse_query(request.query.get("q", ""), request.user)
    rows, total = find_content(
        request.store,
        request.user,
        conditions,
        values,
        order=f"{sort} {order}, id {order}",
        start=(page - 1) * size,
        count=size,
    )
    answer = {
        "results": [content_object(request, row, include=include) for row in rows],
        "current_page": page,
        "total": total,
    }
    return answer | ({"warnings": warnings} if warnings and request.version >= (2026,) else {})


def parse_query(text: str, account: Account) -> tuple[list[str], list[Any], list[str]]:
    """Return SQL conditions, their values and warnings for a search text. Pure.

    Words must all occur in title, name or description; ``key:value[,value]`` filters, ``-`` in front negates.
    """
    conditions: list[str] = []
    values: list[Any] = []
    warnings: list[str] = []
    for word in _words(text):
        negative = word.startswith("-") and len(word) > 1
        key, colon, value = word.lstrip("-").partition(":") if negative else word.partition(":")
        found = _filter(key.lower(), value, account) if colon and value else None
        if isinstance(found, str):
            warnings.append(found)
            continue
        condition, filled = found or (matches_text(), [(word[1:] if negative else word).casefold()] * 3)
        conditions.append(f"NOT ({condition})" if negative else condition)
        values += filled
    return conditions, values, warnings


def matches_text() -> str:
    """Return the condition that a folded text occurs in title, name or description; it takes three values."""
    return "(instr(folded(title), ?) OR instr(folded(name), ?) OR instr(folded(description), ?))"


def _words(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split, lexer.quotes, lexer.commenters, lexer.escape = True, '"', "", ""
    try:
        return list(lexer)
    except ValueError:  # a quotation mark without its partner is a character like others
        return text.replace('"', " ").split()


def _filter(key: str, value: str, account: Account) -> tuple[str, list[Any]] | str | None:
    options = value.split(",")
    marks = ", ".join("?" * len(options))
    if key == "owner":
        owners = [account.username if each == "@me" else each for each in options]
        return f"owner_guid IN (SELECT guid FROM users WHERE username IN ({marks}))", owners  # noqa: S608
    if key == "type":
        modes = [mode for each in options for mode in TYPES.get(each, ())]
        named = ", ".join("?" * len(modes))
        return f"(app_mode IN ({named}) OR (content_category <> '' AND content_category IN ({marks})))", modes + options
    if key == "tag":
        tagged = "SELECT content_guid FROM content_tags JOIN tags ON tags.id = tag_id WHERE name IN"
        return f"guid IN ({tagged} ({marks}))", [*options]
    if key in ("published", "locked"):
        if value not in ("true", "false"):
            return f"Invalid value for '{key}' filter: '{value}'. Expected true or false"
        column = "bundle_id IS NOT NULL" if key == "published" else "locked = 1"
        return (column if value == "true" else f"NOT ({column})"), []
    return None


def find_content(
    store: Store,
    account: Account,
    conditions: list[str],
    values: list[Any],
    *,
    order: str = "id",
    start: int = 0,
    count: int = -1,
) -> tuple[list[Row], int]:
    """Return a page of the content that an account sees and that meets all conditions, and how many there are.

    Args:
        store: Where to look.
        account: Who looks; administrators see everything.
        conditions: SQL over the columns of ``content``.
        values: Values for the conditions' question marks.
        order: SQL for the order.
        start: Items to leave out.
        count: Length of the page, -1 for all.
    """
    conditions, values = list(conditions), list(values)
    if not account.is_administrator:
        conditions.append(
            "(owner_guid = ? OR access_type IN ('all', 'logged_in') OR guid IN (SELECT content_guid FROM permissions"
            " WHERE principal_guid = ? OR principal_guid IN (SELECT group_guid FROM members WHERE user_guid = ?)))"
        )
        values += [account.guid] * 3
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    total = store.row(f"SELECT count(*) AS n FROM content{where}", values) or {"n": 0}  # noqa: S608
    query = f"SELECT * FROM content{where} ORDER BY {order} LIMIT ? OFFSET ?"  # noqa: S608
    return store.rows(query, [*values, count, start]), int(total["n"])
