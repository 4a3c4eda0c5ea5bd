"""Parts that take too long are given up and named; questions get their reply."""

from __future__ import annotations

import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rsconnect_jupyter.time_budget import part, time_budget, unfinished, uninterrupted

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers")


def endless() -> str:
    try:
        while True:
            time.sleep(0)
    except Exception:  # noqa: BLE001 - as code does that takes everything for a failure of its own
        return "swallowed"


def slow_pattern() -> str:
    return str(re.match(r"(a+)+$", "a" * 40 + "b"))


@pytest.mark.parametrize("work", [endless, slow_pattern])
def test_what_takes_too_long_is_given_up_and_the_rest_is_done(work: object) -> None:
    with time_budget(60, longest_part=0.05):
        assert part("slow", work, "otherwise") == "otherwise"  # type: ignore[arg-type]
        assert part("quick", lambda: "made", "otherwise") == "made"
        assert unfinished() == ("slow",)
    assert unfinished() == ()


def test_all_parts_together_have_a_limit() -> None:
    with time_budget(0.0, longest_part=60):
        assert part("late", lambda: "made", "otherwise") == "otherwise"
        assert unfinished() == ("late",)


def test_without_a_budget_nothing_is_limited() -> None:
    assert part("some", lambda: "made", "otherwise") == "made"
    assert unfinished() == ()


def test_a_question_gets_its_reply_before_its_part_is_given_up() -> None:
    replies = []

    def asking() -> str:
        with uninterrupted():
            while signal.getitimer(signal.ITIMER_REAL)[0]:
                pass
            replies.append("reply")
        return "made"

    with time_budget(60, longest_part=0.05):
        assert part("asking", asking, "otherwise") == "otherwise"
    assert replies == ["reply"]


def test_a_reply_in_time_or_without_a_budget_is_no_end() -> None:
    with uninterrupted():
        pass
    with time_budget(60, longest_part=60), uninterrupted():
        pass


def test_in_a_thread_nothing_is_limited() -> None:
    def limited() -> str:
        with time_budget(0.0, longest_part=0.0):
            return part("some", lambda: "made", "otherwise")

    with ThreadPoolExecutor() as pool:
        assert pool.submit(limited).result() == "made"


def test_a_timer_of_somebody_else_goes_on() -> None:
    before = signal.setitimer(signal.ITIMER_REAL, 1000, 500)
    try:
        with time_budget(60, longest_part=60):
            assert part("some", lambda: "made", "otherwise") == "made"
        rest, interval = signal.getitimer(signal.ITIMER_REAL)
        assert (0 < rest <= 1000, interval) == (True, 500)
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)


def test_failures_are_those_of_the_part() -> None:
    with time_budget(60, longest_part=60), pytest.raises(ZeroDivisionError):
        part("failing", lambda: 1 // 0, 0)
