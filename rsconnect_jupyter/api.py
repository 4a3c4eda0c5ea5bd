"""The function-level client of a Connect server: the names of ``rsconnect.api``, over today's API.

Code written for those names keeps working; the server may speak the v1 API (Connect 1.8.6 and later) or only the
unversioned one; which of them is asked once per `RSConnectServer`. For all functions:

- A function returns parsed JSON or raises `RSConnectException`; ``message`` says what happened, ``hint`` what to do.
- ``app_id`` is a number or a GUID, as int or str.
- An *application* is a dict with at least ``id`` (int), ``guid``, ``name``, ``title``, ``app_mode`` (Connect's name:
  ``"jupyter-static"``), ``url`` (for readers), ``config_url`` (dashboard), ``bundle_id`` (int or None) and
  ``app_role``, whichever dialect the server speaks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from .connect import content_names
from .connect.app_modes import FINISHED, INTERACTIVE, SOURCE
from .connect.applications import all_applications
from .connect.compat import PAGE, LegacyClient
from .connect.function_api import Callback, RSConnect, RSConnectServer
from .connect.parsing import as_number, as_text
from .errors import ForbiddenError, NotFoundError, RSConnectException

__all__ = [
    "RSConnect",
    "RSConnectException",
    "RSConnectServer",
    "do_bundle_deploy",
    "emit_task_log",
    "find_unique_name",
    "get_app_config",
    "get_app_info",
    "get_python_info",
    "override_title_search",
    "retrieve_matching_apps",
    "verify_api_key",
    "verify_server",
]

_SEARCHED_MODES = (FINISHED, SOURCE, INTERACTIVE)
_TITLES_OFFERED = 5


def verify_server(connect_server: RSConnectServer) -> dict[str, Any]:
    """Return the server's settings; the API key is not needed.

    Raises:
        RSConnectException: nothing answers, the certificate is refused (and why), or it is not Posit Connect.
    """
    with RSConnect(connect_server) as client:
        return client.server_settings()


def verify_api_key(connect_server: RSConnectServer) -> str:
    """Return the name of the user the key belongs to; empty for a key without a user (a service principal's).

    Raises:
        RSConnectException: ``The specified API key is not valid.``
    """
    with RSConnect(connect_server) as client:
        try:
            return as_text(client.me().get("username"))
        except ForbiddenError as exc:
            if exc.connect_code == 22:
                return ""
            raise


def get_python_info(connect_server: RSConnectServer) -> dict[str, Any]:
    """Return ``{"installations": [{"version": "3.11.7", …}], "api_enabled": …}``."""
    with RSConnect(connect_server) as client:
        return client.python_settings()


def get_app_info(connect_server: RSConnectServer, app_id: int | str) -> dict[str, Any]:
    """Return an application by number or GUID."""
    with RSConnect(connect_server) as client:
        return client.app_get(app_id)


def get_app_config(connect_server: RSConnectServer, app_id: int | str) -> dict[str, Any]:
    """Return ``{"config_url": <dashboard>, "logs_url": <its log page>}`` of an application."""
    with RSConnect(connect_server) as client:
        return client.app_config(app_id)


def do_bundle_deploy(  # noqa: PLR0917 - the published signature
    connect_server: RSConnectServer,
    app_id: int | str | None,
    name: str,
    title: str | None,
    title_is_default: bool,
    bundle: BinaryIO | bytes | str | Path,
    *,
    env_vars: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Publish a bundle; see `RSConnect.deploy`, whose arguments and result it shares."""
    with RSConnect(connect_server, timeout=120) as client:
        return client.deploy(app_id, name, title, title_is_default, bundle, env_vars=env_vars)


def emit_task_log(
    connect_server: RSConnectServer,
    app_id: int | str,
    task_id: int | str,
    log_callback: Callback | None,
    timeout: float | None = None,
    *,
    abort_func: Callable[[], bool] | None = None,
    poll_wait: float | None = None,
    raise_on_error: bool = True,
) -> tuple[str, list[str] | None]:
    """Follow a task to its end; see `RSConnect.wait_for_task`, whose arguments and result it shares."""
    with RSConnect(connect_server) as client:
        return client.wait_for_task(
            app_id,
            task_id,
            log_callback,
            timeout,
            abort_func=abort_func,
            poll_wait=poll_wait,
            raise_on_error=raise_on_error,
        )


def retrieve_matching_apps(
    connect_server: RSConnectServer,
    filters: Mapping[str, Any] | None = None,
    limit: int | None = None,
    mapping_function: Callable[[RSConnect, dict[str, Any]], Any] | None = None,
) -> list[Any]:
    """Return all applications that pass the filters, from as many pages as there are.

    Args:
        connect_server: Where.
        filters: As for `RSConnect.app_search`; they hold for every page.
        limit: At most so many results, counted after mapping; None for all.
        mapping_function: Called with ``(client, application)``; returns what to collect, None to leave it out.
    """
    found: list[Any] = []
    with RSConnect(connect_server) as client:
        for app in _walk(client, filters or {}):
            if limit is not None and len(found) >= limit:
                break
            kept = app if mapping_function is None else mapping_function(client, app)
            if kept is not None:
                found.append(kept)
    return found[:limit]


def override_title_search(
    connect_server: RSConnectServer, app_id: int | str | None, app_title: str
) -> list[dict[str, Any]]:
    """Return what a notebook of this title could be published over: at most 5 items, and `app_id`'s if not among them.

    Items are finished documents, Jupyter and Voilà content that the user may edit, the exact title first, then the
    newest. One paged search; no request per item. Before Connect 2024.04 the server lists instead of searching.

    Returns:
        Dicts with ``id, name, title, app_mode, url, config_url``.
    """
    with RSConnect(connect_server) as client:
        items = [each for each in client.client.search(app_title or "", limit=10**6) if each.mode in _SEARCHED_MODES]
        found = items[:_TITLES_OFFERED]
        if app_id not in (None, "") and str(app_id) not in {name for each in found for name in (each.id, each.guid)}:
            with contextlib.suppress(NotFoundError, ForbiddenError):  # deleted meanwhile, or not ours any more
                found.append(client.client.content(str(app_id)))
    return [
        {
            "id": as_number(each.id),
            "name": each.name,
            "title": each.title,
            "app_mode": each.mode,
            "url": each.url,
            "config_url": each.dashboard_url,
        }
        for each in found
    ]


def find_unique_name(connect_server: RSConnectServer, name: str) -> str:
    """Return `name`, or `name` and the first number that no item of the user has; never longer than 64 characters.

    Only the user's own names count: other people's do not clash. A text that Connect would refuse is made a name.
    """
    wanted = name if content_names.is_name(name) else content_names.name_for(name)
    with RSConnect(connect_server) as client:
        if client.client.find_by_name(wanted) is None:
            return wanted
        taken = client.client.own_names(wanted)
    number = 1
    while content_names.numbered(wanted, number, "") in taken:
        number += 1
    return content_names.numbered(wanted, number, "")


def _walk(client: RSConnect, filters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield applications page by page; an empty page ends it, whatever ``total`` says."""
    if not isinstance(client.client, LegacyClient):
        found = map(client.application, all_applications(client.client, filters))
        yield from islice(found, max(0, as_number(filters.get("start")) or 0), None)
        return
    start = as_number(filters.get("start")) or 0
    while True:
        page = client.app_search({"count": PAGE, **filters, "start": start})
        yield from page["applications"]
        start += len(page["applications"])
        if not page["applications"] or start >= page["total"]:
            return
