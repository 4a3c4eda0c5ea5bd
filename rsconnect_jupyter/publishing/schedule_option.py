"""The schedule that is chosen together with a publish, and its step."""

from __future__ import annotations

import os
import re
from pathlib import Path

from msgspec.structs import replace

from ..connect.app_modes import is_rendered, mode_title
from ..connect.client import Client
from ..errors import Cancelled, OptionError, RSConnectException
from ..messages import finding
from ..models import Mode, PublishOptions, Schedule, ScheduleState, Where
from ..translation import _
from .content_schedule import schedule_state, set_schedule
from .progress_events import Working, event
from .remote_state import RemoteState
from .schedule_text import parse_schedule, schedule_text

OFF = "off"
_ZONE_FILES = "zoneinfo/"
_WITH_ZONE = re.compile(r"(?P<rule>[^()]*)\((?P<zone>[^()]*)\)")


def wanted_schedule(text: str, *, zone: str | None = None) -> Schedule | None:
    """Return the schedule that plain words mean; None for ``off``.

    Args:
        text: As for `parse_schedule`; a time zone may follow in brackets, as `schedule_text` writes it.
        zone: Time zone where the text has none; this machine's when omitted.

    Raises:
        OptionError: code ``bad-schedule``.
    """
    if text.strip().lower() == OFF:
        return None
    found = _WITH_ZONE.fullmatch(text.strip())
    if found:
        return parse_schedule(found["rule"], zone=found["zone"].strip())
    return parse_schedule(text, zone=zone or local_zone())


def check_schedule(options: PublishOptions) -> None:
    """Refuse a text that is no schedule.

    Raises:
        OptionError: code ``bad-schedule``.
    """
    if options.schedule:
        wanted_schedule(options.schedule)


def refuse_schedule(options: PublishOptions, mode: Mode) -> None:
    """Refuse a schedule for what the server does not run again, or has not run yet.

    Raises:
        OptionError: code ``schedule-not-run``.
    """
    if not options.schedule or wanted_schedule(options.schedule) is None:
        return
    where = Where(field="schedule")
    if not is_rendered(mode):
        raise OptionError.of("schedule-not-run", where=where, mode=mode_title(mode))
    if options.draft:
        raise OptionError.of("schedule-not-run/draft", where=where)
    if options.wait is False:
        raise OptionError.of("schedule-not-run/no-wait", where=where)


def apply_schedule(remote: RemoteState, options: PublishOptions, client: Client) -> Working[None]:
    """Set the schedule once the server has run the new version; when that is refused, the publish has succeeded still.

    Mail and output stay as they are; the schedule that is there already is not written again.
    """
    if not options.schedule:
        return
    try:
        state = _with_schedule(client, remote.content.guid, wanted_schedule(options.schedule))
    except Cancelled:
        raise
    except RSConnectException as exc:
        found = finding(
            "schedule-not-set",
            where=Where(field="schedule"),
            reason=exc.message,
            dashboard=remote.content.dashboard_url,
        )
        details = {"hint": found.hint or None, "data": {"finding": found.as_dict()}}
        yield event("done", "warning", found.message, code=found.code, **details)
        return
    message = _("Schedule: {text}").format(text=state.text) if state.text else _("The content has no schedule.")
    yield event("done", "progress", message, data={"schedule": state.as_dict()})


def _with_schedule(client: Client, guid: str, wanted: Schedule | None) -> ScheduleState:
    before = schedule_state(client, guid)
    kept = before.schedule
    if wanted is None and not before.text:
        return before
    if wanted is not None and kept is not None:
        if schedule_text(kept) == schedule_text(wanted):
            return before
        wanted = replace(wanted, email=kept.email, publish_output=kept.publish_output)
    return set_schedule(client, guid, wanted)


def local_zone() -> str:
    """Return the name of this machine's time zone; UTC when it has no name."""
    named = os.environ.get("TZ", "").lstrip(":")
    link = os.path.realpath("/etc/localtime")
    _before, found, zone = link.partition(_ZONE_FILES)
    if named and not Path(named).is_absolute():
        return named
    return zone if found else "UTC"
