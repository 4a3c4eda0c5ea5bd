"""``schedule()`` and ``set_schedule()``: when the server runs a notebook's content again."""

from __future__ import annotations

from msgspec.structs import replace

from ..models import ScheduleState
from ..publishing.content_schedule import schedule_state
from ..publishing.content_schedule import set_schedule as write_schedule
from ..publishing.schedule_option import wanted_schedule
from .content_versions import PublishedNotebook


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
    plain = wanted_schedule(text, zone=zone)
    wanted = None if plain is None else replace(plain, email=email, publish_output=publish_output)
    with published.connected() as client:
        return write_schedule(client, published.guid, wanted)
