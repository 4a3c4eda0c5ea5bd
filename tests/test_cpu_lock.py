"""Work that keeps the interpreter to itself is done by one thread at a time, and nobody waits for a slow disk."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from rsconnect_jupyter import cpu_lock
from rsconnect_jupyter.cpu_lock import one_at_a_time


def test_only_one_thread_works_at_a_time(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(cpu_lock, "PATIENCE", 300.0)
    at_work: list[int] = []
    seen: list[int] = []

    @one_at_a_time
    def work(number: int) -> int:
        at_work.append(number)
        seen.extend(len(at_work) for _ in range(1000))
        at_work.remove(number)
        return number

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(work, range(40))) == list(range(40))
    assert set(seen) == {1}


def test_a_turn_can_hold_another_and_ends_with_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu_lock, "PATIENCE", 300.0)

    @one_at_a_time
    def inner() -> None:
        raise ValueError("no notebook")

    outer = one_at_a_time(inner)
    with ThreadPoolExecutor(2) as threads:
        for failed in [threads.submit(outer), threads.submit(outer)]:
            with pytest.raises(ValueError, match="no notebook"):
                failed.result()


def test_work_that_stands_still_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(cpu_lock, "PATIENCE", 0.01)
    answered = threading.Event()

    @one_at_a_time
    def slow() -> bool:
        return answered.wait(300)

    with ThreadPoolExecutor(2) as threads:
        standing = threads.submit(slow)
        threads.submit(one_at_a_time(answered.set)).result()
        assert standing.result()
