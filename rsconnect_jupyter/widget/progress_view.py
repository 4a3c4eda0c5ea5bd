"""What is seen of a running publish: a bar, a sentence, the log. Drawn a few times a second by a thread of its own."""

from __future__ import annotations

import threading
import time
from collections import deque

import ipywidgets as W  # noqa: N812

from ..foreground.progress import Progress, advance, duration_text
from ..models import Event
from ..translation import _
from . import html_views as texts

_PAUSE = 0.15
_LINES = 2000


class Screen(W.VBox):  # type: ignore[misc]
    """Shows the events of one publish at a time."""

    def __init__(self) -> None:
        self._bar = W.FloatProgress(min=0.0, max=1.0, layout=W.Layout(width="100%", height="14px"))
        self._sentence = W.HTML()
        self._log = W.HTML()
        self._end = W.HTML()
        self._details = W.Accordion([self._log], titles=(_("Log"),), selected_index=0)
        super().__init__([self._bar, self._sentence, self._end, self._details])
        self._lock = threading.Condition()
        self._lines: deque[str] = deque(maxlen=_LINES)
        self._progress = Progress()
        self._started = 0.0
        self._over = threading.Event()
        self._asked_to_stop = False
        self._changed = False
        self.clear()

    def clear(self) -> None:
        """Show nothing."""
        for part in (self._bar, self._details):
            part.layout.display = "none"
        for text in (self._sentence, self._log, self._end):
            text.value = ""

    def begin(self) -> None:
        """Get ready for a publish, and draw what `show` gets until `end`."""
        self._lines.clear()
        self._progress, self._started = Progress(), time.monotonic()
        self._asked_to_stop = False
        self._over = threading.Event()
        self.clear()
        self._bar.layout.display = self._details.layout.display = None
        self._bar.value, self._bar.bar_style = 0.0, ""
        threading.Thread(target=self._keep_drawing, args=(self._over,), name="publish-screen", daemon=True).start()

    def show(self, event: Event) -> None:
        """Take note of one event."""
        with self._lock:
            self._progress = advance(self._progress, event)
            if event.status == "log":
                self._lines.append(event.message)
                self._changed = True
            elif event.status == "warning":
                self._lines.append(_("Warning: {message}").format(message=f"{event.message} {event.hint or ''}"))
                self._changed = True

    def stopping(self) -> None:
        """Say that a stop was asked for."""
        self._asked_to_stop = True

    def end(self, html: str, *, style: str) -> None:
        """Show how it ended.

        Args:
            html: From `texts.published` or `texts.alert`.
            style: The bar's: ``success``, ``danger`` or ``warning``.
        """
        with self._lock:
            self._over.set()
            self._lock.notify_all()
            self._draw()
            self._bar.value = 1.0 if style == "success" else self._bar.value
            self._bar.bar_style = style
            self._sentence.value = ""
            self._end.value = html
            self._details.selected_index = None if style == "success" else 0

    def _keep_drawing(self, over: threading.Event) -> None:
        with self._lock:
            while not self._lock.wait_for(over.is_set, _PAUSE):
                self._draw()

    def _draw(self) -> None:
        now = self._progress
        self._bar.value = now.fraction
        label = _("Stopping …") if self._asked_to_stop else f"{now.label} …"
        seconds = duration_text(time.monotonic() - self._started)
        self._sentence.value = texts.note("  ·  ".join(each for each in (label, now.detail, seconds) if each))
        if self._changed:
            self._log.value = texts.log(self._lines)
            self._changed = False
