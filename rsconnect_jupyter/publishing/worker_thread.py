"""Blocking work in a thread, its progress as values of a generator."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Generic, TypeVar

from ..translation import with_language

T = TypeVar("T")
Progress = Callable[[int, int], None]
ShouldStop = Callable[[], bool]

PACE = 0.1
"""Seconds at least between two values: more often cannot be read."""


def run_in_thread(
    work: Callable[[Progress, ShouldStop], T], *, should_stop: ShouldStop
) -> Generator[tuple[int, int], None, T]:
    """Run `work` in a thread and yield the newest ``(done, total)`` it reports; return what it returns.

    When the generator is closed, the work is asked to stop and waited for: it holds files and connections.

    Args:
        work: Called with ``progress(done, total)`` and ``should_stop``.
        should_stop: The caller's wish.

    Raises:
        BaseException: what `work` raises.
    """
    worker = _Worker(work, should_stop)
    try:
        while True:
            news = worker.wait()
            if news is None:
                return worker.answer()
            yield news
    finally:
        worker.end()


class _Worker(Generic[T]):
    def __init__(self, work: Callable[[Progress, ShouldStop], T], should_stop: ShouldStop) -> None:
        self._work = work
        self._wished = should_stop
        self._closed = threading.Event()
        self._changed = threading.Condition()
        self._ended = threading.Event()
        self._news: tuple[int, int] | None = None
        self._answers: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=with_language(self._run), name="publish-work", daemon=True)
        self._thread.start()

    def wait(self) -> tuple[int, int] | None:
        """Return the newest progress, or None when the work has ended and its last progress was reported."""
        self._ended.wait(PACE)
        with self._changed:
            self._changed.wait_for(lambda: self._news is not None or self._ended.is_set())
            news, self._news = self._news, None
            return news

    def answer(self) -> T:
        if self._error is not None:
            raise self._error
        return self._answers[0]

    def end(self) -> None:
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._answers.append(self._work(self._tell, self._should_stop))
        except BaseException as exc:  # noqa: BLE001 - carried to the thread that waits, whatever it is
            self._error = exc
        with self._changed:
            self._ended.set()
            self._changed.notify_all()

    def _tell(self, done: int, total: int) -> None:
        with self._changed:
            self._news = (done, total)
            self._changed.notify_all()

    def _should_stop(self) -> bool:
        return self._closed.is_set() or self._wished()
