"""A publish in a terminal: one line that moves, the server's log above it; plain lines where there is no terminal."""

from __future__ import annotations

import os
import shutil
import threading
import time
from typing import TextIO

from ..models import Event
from ..terminal_text import plain_text
from ..translation import _
from .progress import Progress, advance, duration_text

_TICK = 0.25
_BAR = 20
_CLEAR = "\r\x1b[K"


class TerminalProgress:
    """Writes the events of one publish to a text stream; use it as a context manager.

    Args:
        stream: Where to write; stderr, so that stdout keeps the result.
        live: True draws a moving line; by default it does on a terminal that can.
    """

    def __init__(self, stream: TextIO, *, live: bool | None = None) -> None:
        self._stream = stream
        self._live = _can_move(stream) if live is None else live
        self._blocks = "█░" if "utf" in (getattr(stream, "encoding", None) or "").lower() else "#-"
        self._progress = Progress()
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._asked_to_stop = False
        self._over = threading.Event()
        self._ticker: threading.Thread | None = None

    def __enter__(self) -> TerminalProgress:
        if self._live:
            self._ticker = threading.Thread(target=self._tick, name="publish-progress", daemon=True)
            self._ticker.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        if self._ticker is not None:
            self._ticker.join()
            self._write(_CLEAR)

    def show(self, event: Event) -> None:
        """Show one event."""
        with self._lock:
            before, self._progress = self._progress, advance(self._progress, event)
            self._say(event, new_step=before.label != self._progress.label)
            self._draw()

    def stopping(self) -> None:
        """Say that a stop was asked for, with the next drawing; safe in a signal handler."""
        self._asked_to_stop = True

    def _say(self, event: Event, *, new_step: bool) -> None:
        if event.status == "log":
            self._line(f"  {plain_text(event.message)}")
        elif event.status == "warning":
            self._line(
                _("Warning: {message}").format(message=plain_text(event.message))
                + (f" {event.hint}" if event.hint else "")
            )
        elif new_step and not self._live and self._progress.running:
            self._line(f"{self._progress.label} …" if self._blocks[0] != "#" else f"{self._progress.label} ...")

    def _line(self, text: str) -> None:
        self._write(f"{_CLEAR if self._live else ''}{text}\n")

    def _tick(self) -> None:
        while not self._over.wait(_TICK):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        if not self._live or not self._progress.running:
            return
        now, full, empty = self._progress, self._blocks[0], self._blocks[1]
        filled = round(now.fraction * _BAR)
        parts = [
            f"{full * filled}{empty * (_BAR - filled)} {now.fraction:4.0%}",
            _("Stopping (Ctrl-C again to abort)") if self._asked_to_stop else now.label,
            now.detail,
        ]
        parts.append(duration_text(time.monotonic() - self._started))
        width = shutil.get_terminal_size().columns
        self._write(_CLEAR + "  ".join(each for each in parts if each)[: width - 1])

    def _write(self, text: str) -> None:
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()


def _can_move(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"
