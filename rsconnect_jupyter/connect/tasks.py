"""Following a task's log: every line once and in order, whatever the network and the server do meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence

from ..errors import BadAnswerError, ConnectError, NoAnswerError, RefusedError
from ..generators import exhaust
from ..models import TaskResult
from .parsing import TaskPage
from .retry import PERMANENT, pauses

Poll = Callable[[int, int, float], TaskPage]
"""``poll(first, wait, timeout)``: one poll, from line `first`, the server waiting up to `wait` seconds."""

Wait = Callable[[float], None]
"""Pauses for some seconds; raises `Cancelled` when the user asked to stop."""

SILENCE_SECONDS = 300.0
"""Seconds without one good answer after which a task counts as lost, when the caller gave no deadline."""

_WAIT = 1
"""Connect waits for the task's end, not for new lines; one second keeps the log lively."""

_LONGEST_WAIT = 20
"""Seconds that Connect waits at most."""

ONE_LOOK = 2.0
"""Seconds that the only poll with a deadline of 0 may take."""

_PASSING = (404, 408, 425, 429, 500, 502, 503, 504)
"""Statuses that a restarting server, a proxy or another node of a cluster gives for a while."""


def follow_task(
    poll: Poll,
    wait: Wait,
    task_id: str,
    *,
    first: int = 0,
    deadline: float | None = None,
    started: float | None = None,
    timeout: float = 30.0,
    poll_wait: float | None = None,
) -> Generator[str, None, TaskResult]:
    """Yield the task's lines from `first` on, as they come; return how it ended.

    Args:
        poll: Polls once; does not repeat by itself.
        wait: Pauses between polls.
        task_id: For the error's data; empty when it is not known.
        first: Number of the first line wanted.
        deadline: Seconds; 0 looks once; None follows as long as the server answers.
        started: The moment (`time.monotonic`) that `deadline` counts from; now when omitted.
        timeout: Seconds without a byte after which a poll counts as lost.
        poll_wait: Seconds from one poll to the next; None polls again as soon as the server has waited.

    Raises:
        NoAnswerError: code ``task-timeout`` at the deadline, ``task-lost`` after `SILENCE_SECONDS` of no good answer.
        RefusedError: the server refuses to show the task.
    """
    log = _Log(first)
    clock = _Clock(task_id, deadline, time.monotonic() if started is None else started)
    pace = _Pace(poll_wait)
    short_of_lines = 0
    while True:
        page = _poll_once(poll, log, clock, timeout, pace.hold)
        if page is None:
            clock.rest(wait, pace.after_failure())
            continue
        lines = log.new_lines(page)
        yield from lines
        if page.finished and (len(log) >= (page.last or 0) or short_of_lines >= 3):
            return page.result
        short_of_lines += page.finished
        clock.rest(wait, pace.after(clock.last_poll_took, news=bool(lines)))


def collect_lines(
    follower: Generator[str, None, TaskResult], lines: list[str], log_callback: Callable[[str], object] | None
) -> TaskResult:
    """Collect a task's lines, telling the callback of each; return how the task ended."""

    def collect(line: str) -> None:
        lines.append(line)
        if log_callback is not None:
            log_callback(line)

    return exhaust(follower, collect)


def _poll_once(poll: Poll, log: _Log, clock: _Clock, timeout: float, hold: int) -> TaskPage | None:
    """Return the answer to one poll; None when it failed in a way that may pass."""
    left = clock.left()
    clock.starts_poll()
    try:
        wait = min(hold, int(max(0.0, left - 0.2)))  # leaves time for the answer to come
        page = poll(log.ask_from, wait, max(0.05, min(timeout, left)))
    except ConnectError as exc:
        if log.ask_from and isinstance(exc, RefusedError) and exc.status == 400:
            log.ask_from = 0  # the server restarted and has fewer lines than we have seen
        elif not _may_pass(exc):
            raise
        clock.failed(exc)
        return None
    clock.succeeded()
    return page


def _may_pass(exc: ConnectError) -> bool:
    if isinstance(exc, RefusedError):
        return exc.status in _PASSING
    return isinstance(exc, BadAnswerError) or (isinstance(exc, NoAnswerError) and exc.code not in PERMANENT)


class _Pace:
    """How long the server may hold its answer back, and how long to rest after it.

    Args:
        every: Seconds from one poll to the next; None as in `follow_task`.
    """

    def __init__(self, every: float | None) -> None:
        self._every = every
        self.hold = _WAIT if every is None else min(_LONGEST_WAIT, max(0, int(every)))
        self._rests = pauses()

    def after_failure(self) -> float:
        return next(self._rests)

    def after(self, took: float, *, news: bool) -> float:
        waited = took > _WAIT / 2
        if news or waited:
            self._rests = pauses()
        if self._every is not None:
            return max(0.02, self._every - took)
        return 0.0 if waited else next(self._rests)


class _Clock:
    """How long we still wait for the task, and what was wrong last."""

    def __init__(self, task_id: str, deadline: float | None, started: float) -> None:
        self._task_id = task_id
        self._seconds = deadline
        self._end = None if deadline is None else started + deadline
        self._good = self._polled = time.monotonic()
        self.last_poll_took = 0.0
        self._error: ConnectError | None = None

    def left(self) -> float:
        """Return seconds left for a poll."""
        if self._seconds == 0:
            return ONE_LOOK
        return 60.0 if self._end is None else max(0.0, self._end - time.monotonic())

    def starts_poll(self) -> None:
        self._polled = time.monotonic()

    def succeeded(self) -> None:
        self._good = time.monotonic()
        self.last_poll_took = self._good - self._polled
        self._error = None

    def failed(self, exc: ConnectError) -> None:
        self._error = exc

    def rest(self, wait: Wait, seconds: float) -> None:
        """Pause, at most to the deadline; give up when it has passed."""
        now = time.monotonic()
        if self._end is not None:
            if now >= self._end:
                raise self._late() from self._error
            seconds = min(seconds, self._end - now)
        elif self._error is not None and now - self._good > SILENCE_SECONDS:
            raise self._lost() from self._error
        wait(seconds)

    def _late(self) -> NoAnswerError:
        return NoAnswerError.of("task-timeout", data=self._data(), seconds=self._seconds, reason=self._reason())

    def _lost(self) -> NoAnswerError:
        minutes = round(SILENCE_SECONDS / 60)
        return NoAnswerError.of("task-lost", data=self._data(), minutes=minutes, reason=self._reason())

    def _data(self) -> dict[str, str]:
        return {"task_id": self._task_id} if self._task_id else {}

    def _reason(self) -> str:
        return f" {self._error.message}" if self._error else ""


class _Log:
    """The lines seen so far, and which lines of an answer are new.

    Answers may repeat lines (a proxy's cache, a server that ignores ``first``), overlap,
    or carry another node's ``last``. That is the number of lines so far: honest answers begin at ``last - len(lines)``.
    """

    def __init__(self, first: int) -> None:
        self._first = first
        self._seen: list[str] = []
        self.ask_from = first

    def __len__(self) -> int:
        return self._first + len(self._seen)

    def new_lines(self, page: TaskPage) -> tuple[str, ...]:
        """Return the lines of `page` not seen before, and remember them."""
        start = self._start_of(page.lines, page.last)
        new = page.lines[max(0, len(self) - start) :]
        self._seen += new
        self.ask_from = len(self)
        return new

    def _start_of(self, lines: Sequence[str], last: int | None) -> int:
        asked = self.ask_from
        begins = None if last is None else last - len(lines)
        if begins is not None and begins == asked:
            return asked
        if begins is not None and 0 <= begins < asked and self._seen_at(begins, lines):
            return begins
        if asked < len(self):
            return asked
        return asked - _overlap(self._seen, lines)

    def _seen_at(self, start: int, lines: Sequence[str]) -> bool:
        """Tell whether `lines` are, as far as we know, what stood at `start`."""
        skip = max(0, self._first - start)
        known = self._seen[max(0, start - self._first) :]
        return all(one == two for one, two in zip(known, lines[skip:], strict=False))


def _overlap(seen: Sequence[str], lines: Sequence[str]) -> int:
    """Return how many of `lines` repeat the end of `seen`; used only when ``last`` makes no sense."""
    for count in range(min(len(seen), len(lines)), 0, -1):
        if list(seen[-count:]) == list(lines[:count]):
            return count
    return 0
