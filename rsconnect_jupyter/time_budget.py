"""Parts of an inspection that may stay unfinished: what takes too long is given up and named, the rest is told.

Only for the main thread; elsewhere, and where there are no timers (Windows), parts take as long as they take. Code in C
that holds the interpreter is not interrupted either. Whoever waits for a process that inspects ends it then.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

BUDGET = 20.0
"""Seconds for all parts, less than the time after which a process that inspects is ended."""

LONGEST_PART = 6.0


class _OutOfTimeError(BaseException):
    """Not an `Exception`: no part takes it for a failure of its own."""


class _Budget(msgspec.Struct):
    ends: float
    longest_part: float
    unfinished: list[str] = msgspec.field(default_factory=list)
    held: bool = False
    late: bool = False


_budgets: list[_Budget] = []


@contextmanager
def time_budget(seconds: float | None = None, *, longest_part: float | None = None) -> Iterator[None]:
    """Limit the parts that run in a ``with`` block.

    Args:
        seconds: For all parts together; None takes `BUDGET`.
        longest_part: For each; None takes `LONGEST_PART`.
    """
    seconds = BUDGET if seconds is None else seconds
    longest_part = LONGEST_PART if longest_part is None else longest_part
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    rest, interval = signal.setitimer(signal.ITIMER_REAL, 0)  # somebody else's timer, which waits
    begun = time.monotonic()
    budget = _Budget(ends=time.monotonic() + seconds, longest_part=longest_part)
    before: Any = signal.signal(signal.SIGALRM, lambda _number, _frame: _alarm(budget))
    _budgets.append(budget)
    try:
        yield
    finally:
        _budgets.pop()
        signal.signal(signal.SIGALRM, before)
        if rest:
            signal.setitimer(signal.ITIMER_REAL, max(rest - (time.monotonic() - begun), 1e-6), interval)


def part(name: str, work: Callable[[], T], otherwise: T) -> T:
    """Return what `work` returns; `otherwise`, and the name is noted, when it takes longer than it may."""
    if not _budgets:
        return work()
    budget = _budgets[-1]
    seconds = min(budget.longest_part, budget.ends - time.monotonic())
    try:
        if seconds > 0:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            try:
                return work()
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    except _OutOfTimeError:
        pass
    budget.unfinished.append(name)
    return otherwise


def unfinished() -> tuple[str, ...]:
    """Return the names of the parts that were given up, each once."""
    return tuple(dict.fromkeys(_budgets[-1].unfinished)) if _budgets else ()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let a ``with`` block, such as a question and its reply, come to its end first."""
    budget = _budgets[-1] if _budgets else _Budget(0, 0)
    budget.held = True
    try:
        yield
    finally:
        budget.held = False
    if budget.late:
        budget.late = False
        raise _OutOfTimeError


def _alarm(budget: _Budget) -> None:
    if budget.held:
        budget.late = True
    else:
        raise _OutOfTimeError
