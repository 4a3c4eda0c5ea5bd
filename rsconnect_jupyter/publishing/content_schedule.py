"""The schedule of a content: read over the public API, written over routes that are not versioned, and read back.

Sources: posit-sdk 0.17 (``schedules.py``, ``variants.py``). Before anything is written, both private routes must answer
in the known shape; afterwards the public API must show the same schedule, or what was there before is put back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from ..connect.app_modes import is_rendered
from ..connect.client import Client
from ..connect.parsing import as_number, as_text
from ..errors import BadAnswerError, OptionError, RefusedError, TargetError
from ..models import Content, Schedule, ScheduleState
from ..translation import _
from .schedule_text import checked, schedule_text


def schedule_state(client: Client, guid: str) -> ScheduleState:
    """Return what is known of a content's schedule, and whether it can be set from here.

    Raises:
        NotFoundError, ForbiddenError: the content is not there, or not for this user.
    """
    content = client.content(guid)
    shown = _shown(client, content)
    return _probed(client, content, shown)[0]


def set_schedule(client: Client, guid: str, schedule: Schedule | None) -> ScheduleState:
    """Give a content a schedule, replace the one it has, or delete it (None); return what the server shows then.

    Raises:
        TargetError: code ``schedule-not-writable``: the server is not known to take it; nothing was written.
        OptionError: code ``bad-schedule``.
    """
    content = client.content(guid)
    wanted = None if schedule is None else checked(schedule)
    state, variant, kept = _probed(client, content, _shown(client, content))
    if not state.writable or variant is None:
        raise TargetError.of("schedule-not-writable", title=content.title or content.name, reason=state.reason)
    kept_id = as_number(kept.get("id")) if kept else None
    if wanted is not None:
        _write(client, variant, wanted, kept_id)
    elif kept_id is not None:
        client.delete_schedule(kept_id)
    after = schedule_state(client, guid)
    if not _is_as_wanted(after, wanted):
        _put_back(client, variant, kept)
        reason = _("the server shows another schedule than the one that was sent, so the earlier one was put back")
        raise TargetError.of("schedule-not-writable", title=content.title or content.name, reason=reason)
    return after


def _probed(
    client: Client, content: Content, shown: list[Mapping[str, Any]] | None
) -> tuple[ScheduleState, Mapping[str, Any] | None, Mapping[str, Any] | None]:
    """Return the state, the variant to write to, and the schedule as the private route describes it."""
    state = ScheduleState(writable=False, dashboard_url=content.dashboard_url)
    if not is_rendered(content.mode) or content.bundle_id is None:
        return replace(state, reason=_("the server does not run it again")), None, None
    if shown is None:
        return replace(state, reason=_("the server does not show schedules")), None, None
    if shown:
        state = replace(state, text=_rule_of(shown[0]), next_run=as_text(shown[0].get("next_run")))
    try:
        variant = client.default_variant(content.guid)
        listed = None if variant is None else client.schedules(as_text(variant.get("id")))
    except (RefusedError, BadAnswerError):
        variant = listed = None
    if variant is None or listed is None or not _is_variant(variant) or len(listed) > 1 or len(listed) != len(shown):
        return replace(state, reason=_("the server's routes for schedules are not the known ones")), None, None
    if not listed:
        return replace(state, writable=content.editable, reason=_refused(content)), variant, None
    schedule = read_schedule(listed[0], variant)
    if schedule is None:
        return replace(state, reason=_("its schedule is not of a known kind")), None, None
    told = replace(
        state,
        schedule=schedule,
        text=schedule_text(schedule),
        next_run=schedule.next_run,
        writable=content.editable,
        reason=_refused(content),
    )
    return told, variant, listed[0]


def _refused(content: Content) -> str:
    return "" if content.editable else _("you may not change it")


def _shown(client: Client, content: Content) -> list[Mapping[str, Any]] | None:
    """Return the schedules that the public API shows; None when it shows none of any content."""
    try:
        shown = client.content_details(content.guid, include="schedule").get("schedules")
    except (RefusedError, BadAnswerError):
        return None
    whole = isinstance(shown, list) and all(isinstance(each, Mapping) for each in shown)
    return shown if whole else None


def _rule_of(shown: Mapping[str, Any]) -> str:
    rule = shown.get("schedule")
    rules = rule.get("rrules") if isinstance(rule, Mapping) else None
    return ", ".join(as_text(each) for each in rules) if isinstance(rules, list) else ""


def read_schedule(described: Mapping[str, Any], variant: Mapping[str, Any]) -> Schedule | None:
    """Return a schedule as the private route describes it; None when it is not in the known shape."""
    if as_number(described.get("id")) is None or described.get("variant_id") != variant.get("id"):
        return None
    try:
        parameters = json.loads(described["schedule"])
        return checked(
            Schedule(
                kind=described["type"],
                parameters=parameters,
                start=as_text(described["start_time"]),
                timezone=as_text(described["timezone"]),
                email=described.get("email") is True,
                publish_output=described.get("activate") is True,
                next_run=as_text(described.get("next_run")),
            )
        )
    except (KeyError, TypeError, ValueError, OptionError):
        return None


def _is_variant(variant: Mapping[str, Any]) -> bool:
    return isinstance(variant.get("id"), int) and isinstance(variant.get("app_id"), int) and bool(variant.get("key"))


def _write(client: Client, variant: Mapping[str, Any], schedule: Schedule, kept_id: int | None) -> None:
    fields = {
        "app_id": variant["app_id"],
        "variant_id": variant["id"],
        "type": schedule.kind,
        "schedule": json.dumps(dict(schedule.parameters), separators=(",", ":")),
        "start_time": schedule.start,
        "timezone": schedule.timezone,
        "email": schedule.email,
        "activate": schedule.publish_output,  # left out, Connect stores false
    }
    client.write_schedule(fields, kept_id)


def _is_as_wanted(state: ScheduleState, wanted: Schedule | None) -> bool:
    if wanted is None or state.schedule is None:
        return wanted is None and state.schedule is None and not state.text
    return replace(state.schedule, next_run="") == replace(wanted, next_run="")


def _put_back(client: Client, variant: Mapping[str, Any], kept: Mapping[str, Any] | None) -> None:
    """Undo a write: nothing that cannot be read back stays."""
    now = client.schedules(as_text(variant["id"]))
    present = as_number(now[0].get("id")) if now else None
    before = read_schedule(kept, variant) if kept else None
    if before is not None:
        _write(client, variant, before, present)
    elif present is not None:
        client.delete_schedule(present)
