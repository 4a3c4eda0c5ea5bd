"""A publish in a notebook cell: one small display that changes as it goes, readable also where HTML is not shown."""

from __future__ import annotations

import time
from html import escape
from typing import Any

import msgspec
from IPython.display import display

from ..models import Event
from ..terminal_text import plain_text
from ..translation import _
from .progress import SUCCESSES, Progress, advance

_PAUSE = 0.1
"""Seconds between two changes of the display; faster changes cannot be seen and slow the front end."""


class CellProgress:
    """Shows the events of one publish below the cell; use it as a context manager."""

    def __init__(self) -> None:
        self._progress = Progress()
        self._last: Event | None = None
        self._asked_to_stop = False
        self._drawn = 0.0
        self._handle: Any = None

    def __enter__(self) -> CellProgress:
        self._handle = display(self._bundle(), raw=True, display_id=True)
        return self

    def __exit__(self, *_error: object) -> None:
        self._draw()

    def show(self, event: Event) -> None:
        """Show one event."""
        self._progress, self._last = advance(self._progress, event), event
        if not self._progress.running or time.monotonic() - self._drawn >= _PAUSE:
            self._draw()

    def stopping(self) -> None:
        """Say that a stop was asked for, with the next drawing."""
        self._asked_to_stop = True

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        self._handle.update(self._bundle(), raw=True)

    def _bundle(self) -> dict[str, str]:
        now = self._progress
        if self._asked_to_stop and now.running:
            now = msgspec.structs.replace(now, label=_("Stopping"))
        return {"text/plain": as_text(now, self._last), "text/html": as_html(now, self._last)}


def as_text(progress: Progress, event: Event | None) -> str:
    """Return the display for front ends without HTML. No I/O."""
    if event is None or progress.running:
        return f"{progress.label} … {progress.fraction:.0%}"
    if progress.outcome in SUCCESSES:
        return f"{progress.label}: {_link(event, 'url')}"
    return f"{event.message}\n{event.hint or ''}".rstrip()


def as_html(progress: Progress, event: Event | None) -> str:
    """Return the display as HTML; texts from servers stay text. No I/O."""
    if event is not None and progress.outcome in SUCCESSES:
        return f"<div>✓ {escape(progress.label)}  {links_html(event)}</div>"
    if event is not None and not progress.running:
        return failure_html(event)
    detail = f" · {escape(progress.detail)}" if progress.detail else ""
    log = f'<pre style="margin:0;opacity:.7;white-space:pre-wrap">{escape(progress.log)}</pre>' if progress.log else ""
    name = escape(_("Publishing"))
    return (
        f'<div><progress value="{progress.fraction:.3f}" max="1" aria-label="{name}"></progress> '
        f"{escape(progress.label)}{detail}</div>{log}"
    )


def failure_html(event: Event) -> str:
    """Return a failure as an alert: what happened, and what to do. No I/O."""
    hint = f"<div>{escape(event.hint)}</div>" if event.hint else ""
    return f'<div role="alert"><strong>✗ {escape(plain_text(event.message))}</strong>{hint}</div>'


def links_html(event: Event) -> str:
    """Return links to the content and its dashboard page, for the last event of a publish. No I/O."""
    named = (
        ("draft_url" if _link(event, "draft_url") else "url", _("Open content")),
        ("dashboard_url", _("Open in dashboard")),
    )
    return " · ".join(
        f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer">{text}</a>'
        for part, text in named
        if (address := _link(event, part))
    )


def _link(event: Event, part: str) -> str:
    address = str((event.data or {}).get(part) or "")
    return address if address.startswith(("http://", "https://")) else ""
