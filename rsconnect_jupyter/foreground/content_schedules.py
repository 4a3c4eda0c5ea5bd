"""``schedule()`` and ``set_schedule()``: when the server runs a notebook's content again."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from ..models import ScheduleState
from ..publishing.content_schedule import schedule_state
from ..publishing.content_schedule import set_schedule as write_schedule
from ..publishing.schedule_text import parse_schedule
from .content_versions import PublishedNotebook

OFF = "off"
_ZONE_FILES = "zoneinfo/"


def content_schedule(published: PublishedNotebook) -> ScheduleState:
    """Return what is known of the content's schedule."""
    with published.connected() as client:
        return schedule_state(client, published.guid)


def set_content_schedule(
    published: PublishedNotebook,
    text: str,
    *,
    zone: str | None = None,
    email: bool = False,
    publish_output: bool = True,
) -> ScheduleState:
    """Give the content the schedule that plain words mean, or none for ``off``; return what the server shows then.

    Raises:
        OptionError: code ``bad-schedule``.
        TargetError: code ``schedule-not-writable``.
    """
    wanted = None
    if text.strip().lower() != OFF:
        plain = parse_schedule(text, zone=zone or local_zone())
        wanted = replace(plain, email=email, publish_output=publish_output)
    with published.connected() as client:
        return write_schedule(client, published.guid, wanted)


def local_zone() -> str:
    """Return the name of this machine's time zone; UTC when it has no name."""
    named = os.environ.get("TZ", "").lstrip(":")
    link = os.path.realpath("/etc/localtime")
    _before, found, zone = link.partition(_ZONE_FILES)
    if named and not Path(named).is_absolute():
        return named
    return zone if found else "UTC"
