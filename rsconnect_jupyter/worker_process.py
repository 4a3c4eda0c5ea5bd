"""Processes of ours that do what would keep Python's interpreter to itself, on both sides of their pipes.

Each line of a worker's standard input is an order or a reply, each line of its standard output an answer or a question:
JSON objects, for a worker reads what strangers wrote. The first line out says that it is ready. The end of standard
input, which the system closes however the parent ends, ends the worker at once, also in the middle of its work.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from .process_environment import without_secrets

READY = {"ready": True}
GLANCE = 0.2
"""Seconds between two looks at whether to stop."""

_NICENESS = 5
_PACKAGE_PLACE = Path(__file__).parents[1]

Message = Mapping[str, Any]
Ask = Callable[[Message], Any]


class WorkerProcess:
    """A worker, and what it said.

    Args:
        module: What it runs: ``python -m module``.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self, module: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_PACKAGE_PLACE,  # Python's first place for modules: not a folder where somebody keeps a random.py
            env=without_secrets(),
            start_new_session=True,  # what interrupts Jupyter or a kernel is not meant for it
        )
        self._orders: Any = self._child.stdin
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._is_ready = False
        threading.Thread(target=self._read, name="worker-answers", daemon=True).start()

    def has_ended(self) -> bool:
        """Return True when it does not run any more."""
        return self._child.poll() is not None

    def is_ready(self, look: Callable[[], None]) -> bool:
        """Wait until it can take orders; return False when it ended before."""
        if not self._is_ready:
            self._is_ready = self.next(look) == READY
        return self._is_ready

    def send(self, message: Message) -> None:
        """Give an order or a reply; of a worker that died meanwhile the next answer tells."""
        with contextlib.suppress(OSError):
            self._orders.write(json.dumps(message).encode() + b"\n")
            self._orders.flush()

    def next(self, look: Callable[[], None]) -> dict[str, Any] | None:
        """Wait for what it says next; None when it ended. `look` is called several times a second and may raise."""
        while True:
            with contextlib.suppress(queue.Empty):
                return self._answers.get(timeout=GLANCE)
            look()

    def status(self) -> int:
        """Wait for its end and return the exit status."""
        return self._child.wait()

    def end(self) -> None:
        """End it at once."""
        self._child.kill()
        self._child.wait()
        with contextlib.suppress(OSError):  # an order that was not read
            self._orders.close()

    def _read(self) -> None:
        lines: Any = self._child.stdout
        with lines:
            for line in lines:
                with contextlib.suppress(ValueError):  # what a start-up file of this Python prints
                    told = json.loads(line)
                    if isinstance(told, dict):
                        self._answers.put(told)
        self._answers.put(None)


def serve(carry_out: Callable[[Message, Ask], Message], *, prepare: Callable[[], None]) -> NoReturn:
    """Carry out orders until standard input ends; called by a worker's module.

    Args:
        carry_out: Takes an order, and what asks the parent a question and returns its reply.
        prepare: What to import before the first order.
    """
    with os.fdopen(os.dup(1), "w", encoding="ascii") as answers:
        os.dup2(2, 1)  # what libraries print must not come between the answers
        orders: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=_read_orders, args=(orders,), name="orders", daemon=True).start()
        with contextlib.suppress(AttributeError, OSError):
            os.nice(_NICENESS)  # who waits for a processor goes first
        prepare()

        def say(message: Message) -> None:
            answers.write(f"\n{json.dumps(message)}\n")
            answers.flush()

        def ask(question: Message) -> Any:
            say(question)
            return json.loads(orders.get())

        say(READY)
        while True:
            say(carry_out(json.loads(orders.get()), ask))


def _read_orders(orders: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        orders.put(line)
    os._exit(0)
