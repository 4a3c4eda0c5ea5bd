"""Connect's JSON objects, of either dialect, as our records. Tolerant of nulls and extra fields. No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from ..errors import BadAnswerError
from ..models import Content, Secret, TaskResult, User
from ..translation import _
from .app_modes import mode_name


def as_text(value: Any) -> str:
    """Return text or a number as text; anything else as empty text. Half characters, which no file takes, go."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def is_id(text: str) -> bool:
    """Tell whether a text may name something in a path: nothing that leads elsewhere."""
    return re.fullmatch(r"[A-Za-z0-9._~-]{1,128}", text) is not None and bool(text.strip("."))


def as_number(value: Any) -> int | None:
    """Return a number, also from text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value) else None


def read_content(value: Any, root: str) -> Content:
    """Return a content object of v1 or an application of the unversioned API.

    Args:
        value: The parsed JSON.
        root: The server's root, for the addresses the answer lacks.

    Raises:
        BadAnswerError: it is no object or has no GUID.
    """
    if not isinstance(value, Mapping) or not is_id(as_text(value.get("guid"))):
        raise BadAnswerError.of("answer-incomplete/content")
    guid = as_text(value["guid"])
    owner = value.get("owner") if isinstance(value.get("owner"), Mapping) else {}
    return Content(
        guid=guid,
        id=as_text(value.get("id")),
        name=as_text(value.get("name")),
        title=as_text(value.get("title")) or None,
        mode=_mode(value.get("app_mode")),
        url=_web_address(value.get("content_url") or value.get("url")) or f"{root}/content/{guid}/",
        dashboard_url=_web_address(value.get("dashboard_url")) or f"{root}/connect/#/apps/{guid}",
        owner_guid=as_text(value.get("owner_guid")),
        owner_name=as_text(value.get("owner_username") or (owner or {}).get("username")),
        role=as_text(value.get("app_role") or value.get("role")),
        bundle_id=as_text(value.get("bundle_id")) or None,
        created=as_text(value.get("created_time")),
        last_deployed=as_text(value.get("last_deployed_time")),
        locked=value.get("locked") is True,
        access=as_text(value.get("access_type")),
        description=as_text(value.get("description")),
    )


def _mode(value: Any) -> str:
    number = as_number(value)
    if number is not None:
        return mode_name(number)
    return value if isinstance(value, str) and value else "unknown"


def _web_address(value: Any) -> str:
    """Return a link that is safe to show; a server's ``javascript:`` address is none."""
    text = as_text(value)
    return text if re.match(r"https?://[^\s\"'<>]+$", text) else ""


def read_key_expiry(value: Any, key: Secret) -> float | None:
    """Return when an API key ends, by a list of keys that shows the last characters of each; None when unsure."""
    ends = {
        as_text(each.get("expires_at"))
        for each in (value if isinstance(value, list) else ())
        if isinstance(each, Mapping) and _is_end_of(as_text(each.get("key")).strip("*•.…"), key)
    }
    return _moment(ends.pop()) if len(ends) == 1 else None


def _is_end_of(shown: str, key: Secret) -> bool:
    return len(shown) >= 3 and key.reveal().endswith(shown)


def _moment(text: str) -> float | None:
    """Return a time in RFC 3339 as seconds since 1970, None for anything else."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None


def read_user(value: Mapping[str, Any]) -> User:
    """Return a user of ``v1/user`` or ``me``."""
    privileges = value.get("privileges")
    role = as_text(value.get("user_role"))
    if not role and isinstance(privileges, list):
        role = "publisher" if "publish_apps" in privileges else "viewer"
    return User(
        guid=as_text(value.get("guid")),
        username=as_text(value.get("username")),
        role=role,
        first_name=as_text(value.get("first_name")),
        last_name=as_text(value.get("last_name")),
        locked=value.get("locked") is True,
        confirmed=value.get("confirmed") is not False,
    )


class TaskPage(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a task.

    Attributes:
        lines: Output from the asked line on, if the server keeps to it.
        last: How many lines there are so far, as the server says; None when it does not.
    """

    lines: tuple[str, ...]
    last: int | None
    finished: bool
    result: TaskResult


def read_task_page(task_id: str, value: Mapping[str, Any]) -> TaskPage:
    """Return a look at a task of v1 (``output``, ``last``) or the unversioned API (``status``, ``last_status``)."""
    lines = value.get("output") if isinstance(value.get("output"), list) else value.get("status")
    if value.get("finished") is None and not isinstance(lines, list):
        raise BadAnswerError.of("answer-unexpected/task")
    last = as_number(value.get("last"))
    result = value.get("result")
    return TaskPage(
        lines=tuple(as_text(each) for each in lines if each is not None) if isinstance(lines, list) else (),
        last=as_number(value.get("last_status")) if last is None else last,
        finished=value.get("finished") in (True, 1, "true"),
        result=TaskResult(
            task_id=task_id,
            code=_exit_code(value.get("code")),
            error=as_text(value.get("error")) or (_("The server gives no reason.") if value.get("error") else ""),
            result=result if isinstance(result, Mapping) else None,
        ),
    )


def _exit_code(value: Any) -> int:
    """Return a task's code; what is neither a number nor nothing counts as a failure."""
    number = as_number(value)
    return int(value not in (None, "", False)) if number is None else number


def read_versions(value: Any) -> tuple[str, ...] | None:
    """Return the versions for new content of a ``server_settings/<language>`` answer; None when it does not say."""
    installations = value.get("installations") if isinstance(value, Mapping) else None
    if not isinstance(installations, list):
        return None
    usable = (each for each in installations if isinstance(each, Mapping) and each.get("publishable") is not False)
    found = [as_text(each.get("version")) for each in usable]
    return tuple(each for each in found if each)
