"""The events of a publish: made by the steps, numbered in one place, ended by a failure where it fails."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

from msgspec.structs import replace

from ..errors import RSConnectException, failure_event
from ..models import Event, Status, Step, timestamp

T = TypeVar("T")
Working = Generator[Event, None, T]
"""A step: yields what happens, returns what it has made."""


def event(step: Step, status: Status, message: str, **details: Any) -> Event:
    """Return an event; `numbered` gives it its number."""
    return Event(seq=0, time=timestamp(), step=step, status=status, message=message, **details)


def numbered(steps: Working[T]) -> Working[T]:
    """Yield the events of `steps` under their numbers; one of our errors becomes the last event, and is raised."""
    seq = 0
    step: Step = "inspect"
    while True:
        try:
            each = next(steps)
        except StopIteration as end:
            made: T = end.value
            return made
        except RSConnectException as exc:
            yield failure_event(exc, seq=seq, step=step)
            exc.is_last_event = True
            raise
        try:
            yield replace(each, seq=seq)
        except BaseException:  # closed or interrupted: the steps tidy up before it goes on
            steps.close()
            raise
        seq, step = seq + 1, each.step


def progress_events(step: Step, message: str, word: str, work: Generator[tuple[int, int], None, T]) -> Working[T]:
    """Turn the ``(done, total)`` that `work` yields into events, and return what it returns."""
    while True:
        try:
            done, total = next(work)
        except StopIteration as end:
            made: T = end.value
            return made
        yield event(step, "progress", message, data={word: done, "total": total})
