"""Generators that yield what happens and return what came of it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def exhaust(steps: Generator[T, None, R], tell: Callable[[T], object]) -> R:
    """Run a generator to its end, hand everything it yields to `tell`, and return what it returns."""
    while True:
        try:
            each = next(steps)
        except StopIteration as end:
            result: R = end.value
            return result
        tell(each)
