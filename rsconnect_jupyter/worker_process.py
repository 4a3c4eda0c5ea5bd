"""Processes of ours that do what would keep Python's interpreter to itself, on both sides of their pipes.

Each line of a worker's standard input is an order or a reply, each line of its standard output an answer or a question:
JSON objects, for a worker reads what strangers wrote. An order names the ``language`` of its answer. A long part of an
answer, its ``text``, has a line of its own before it and is not parsed here: that would keep the interpreter busy. The
first line out says that it is ready. The end of standard input, which the system closes however the parent ends, ends
the worker at once, also in the middle of its work. No worker has a key in its orders; only one that runs a notebook has
the parent's whole environment.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from . import errors
from .errors import RSConnectException
from .models import Where
from .process_environment import without_secrets
from .translation import language, used_language

READY = {"ready": True}
GLANCE = 0.2
"""Seconds between two looks at whether to stop."""

_NICENESS = 5
_TEXT = b"\t"
"""What a line begins with that is the text of the next answer."""

_PACKAGE_PLACE = Path(__file__).parents[1]

Message = Mapping[str, Any]
Ask = Callable[[Message], Any]
Look = Callable[[], None]
"""Called several times a second while a worker is waited for; what it raises ends the worker."""

Replies = Mapping[str, Callable[[Any], Any]]
"""Kind of question -> what answers it."""


class WorkerStoppedError(Exception):
    """A worker ended before its answer.

    Args:
        status: Its exit status; None when it was ended because its time was over.
    """

    def __init__(self, status: int | None) -> None:
        super().__init__(status)
        self.status = status


class SharedWorker:
    """At most one process, shared by all threads, that carries out one order after the other.

    Args:
        module: What it runs: ``python -m module``.
        idle: Seconds without work after which the process ends.
        environment: Its variables; None leaves out this process's secrets.
    """

    def __init__(self, module: str, *, idle: float, environment: Mapping[str, str] | None = None) -> None:
        self._module = module
        self._idle = idle
        self._environment = environment
        self._turn = threading.Lock()
        self._turns = 0
        self._process: WorkerProcess | None = None
        self._rest: threading.Timer | None = None

    def begin(self) -> None:
        """Start the process, unless it runs, so that it is ready when it is wanted. Does not wait."""
        if self._turn.acquire(blocking=False):
            with self._released(), contextlib.suppress(OSError):
                self._running()

    def run(
        self,
        order: Message,
        *,
        look: Look = lambda: None,
        replies: Replies | None = None,
        time_limit: float | None = None,
    ) -> dict[str, Any]:
        """Return the answer to an order.

        Args:
            order: JSON-compatible.
            look: As `Look`; also called while other threads have their turn.
            replies: As `Replies`; what they return must be JSON-compatible.
            time_limit: Seconds for the worker, from the moment it is free.

        Raises:
            OSError: no process can be started.
            WorkerStoppedError: the process ended, or the time limit is over.
            RSConnectException: as in the worker.
        """
        while not self._turn.acquire(timeout=GLANCE):
            look()
        with self._released():
            try:
                answer = self._answer(order, _until(time_limit, look), replies or {})
            except BaseException:
                self._end()
                raise
        if "error" in answer:
            raise raised_error(answer)
        return answer

    def end(self) -> None:
        """End the process, unless it is at work."""
        if self._turn.acquire(blocking=False):
            try:
                if self._rest is not None:
                    self._rest.cancel()
                self._end()
            finally:
                self._turn.release()

    def _answer(self, order: Message, look: Look, replies: Replies) -> dict[str, Any]:
        process = self._running()
        if not process.is_ready(look):
            raise OSError(f"{sys.executable} starts no process")
        process.send({**order, "language": used_language()})
        while True:
            look()  # also where each answer is there at once
            answer = process.next(look)
            if answer is None:
                raise WorkerStoppedError(process.status())
            if "ask" not in answer:
                return answer
            process.send({"reply": replies[answer["ask"]](answer["about"])})

    def _running(self) -> WorkerProcess:
        if self._process is None or self._process.has_ended():
            self._end()
            self._process = WorkerProcess(self._module, self._environment)
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()

    @contextlib.contextmanager
    def _released(self) -> Iterator[None]:
        """Give the turn on afterwards; the process may rest until somebody takes it."""
        if self._rest is not None:
            self._rest.cancel()
        try:
            yield
        finally:
            self._turns += 1
            self._rest = threading.Timer(self._idle, self._end_unused, [self._turns])
            self._rest.daemon = True
            self._rest.start()
            self._turn.release()

    def _end_unused(self, turns: int) -> None:
        """End the process, unless there was another turn."""
        with self._turn:
            if self._turns == turns:
                self._end()


def _until(seconds: float | None, look: Look) -> Look:
    """Return a look that also ends the waiting after some seconds."""
    if seconds is None:
        return look
    deadline = time.monotonic() + seconds

    def looked() -> None:
        look()
        if time.monotonic() > deadline:
            raise WorkerStoppedError(None)

    return looked


def error_answer(error: RSConnectException) -> dict[str, Any]:
    """Return what a worker says of an error that `SharedWorker.run` is to raise."""
    where = None if error.where is None else error.where.as_dict()
    return {"error": type(error).__name__, "parts": {**vars(error), "where": where}}


def raised_error(answer: Message) -> RSConnectException:
    """Return the error that `error_answer` told."""
    kind = getattr(errors, str(answer["error"]), RSConnectException)
    parts = dict(answer["parts"])
    error: RSConnectException = kind.__new__(kind, parts["message"])
    vars(error).update({**parts, "where": Where(**parts["where"]) if parts["where"] else None})
    return error


class WorkerProcess:
    """A worker, and what it said.

    Args:
        module: What it runs: ``python -m module``.
        environment: As for `SharedWorker`.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self, module: str, environment: Mapping[str, str] | None = None) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_PACKAGE_PLACE,  # Python's first place for modules: not a folder where somebody keeps a random.py
            env=without_secrets() if environment is None else environment,
            start_new_session=True,  # what interrupts Jupyter or a kernel is not meant for it
        )
        self._orders: Any = self._child.stdin
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._is_ready = False
        threading.Thread(target=self._read, name="worker-answers", daemon=True).start()

    def has_ended(self) -> bool:
        """Return True when it does not run any more."""
        return self._child.poll() is not None

    def is_ready(self, look: Look) -> bool:
        """Wait until it can take orders; return False when it ended before."""
        if not self._is_ready:
            self._is_ready = self.next(look) == READY
        return self._is_ready

    def send(self, message: Message) -> None:
        """Give an order or a reply; of a worker that died meanwhile the next answer tells."""
        with contextlib.suppress(OSError):
            self._orders.write(json.dumps(message).encode() + b"\n")
            self._orders.flush()

    def next(self, look: Look) -> dict[str, Any] | None:
        """Wait for what it says next; None when it ended."""
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
        text: dict[str, bytes] = {}
        with lines:
            for line in lines:
                if line.startswith(_TEXT):
                    text = {"text": line.strip()}
                    continue
                with contextlib.suppress(ValueError):  # what a start-up file of this Python prints
                    told = json.loads(line)
                    if isinstance(told, dict):
                        self._answers.put({**told, **text})
                        text = {}
        self._answers.put(None)


def serve(
    carry_out: Callable[[Message, Ask], Message],
    *,
    prepare: Callable[[], None],
    before_end: Callable[[], None] = lambda: None,
) -> NoReturn:
    """Carry out orders until standard input ends; called by a worker's module.

    Args:
        carry_out: Takes an order, and what asks the parent a question (``ask``, ``about``) and returns its reply. The
            ``text`` of its answer is one line of ASCII, which the parent gets as bytes.
        prepare: What to import before the first order.
        before_end: Called when standard input has ended; it may raise an OSError.
    """
    with os.fdopen(os.dup(1), "w", encoding="ascii") as answers:
        os.dup2(2, 1)  # what libraries print must not come between the answers
        orders: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=_read_orders, args=(orders, before_end), name="orders", daemon=True).start()
        with contextlib.suppress(AttributeError, OSError):
            os.nice(_NICENESS)  # who waits for a processor goes first
        prepare()

        def say(message: Message) -> None:
            if "text" in message:
                answers.write(f"\n{_TEXT.decode()}{message['text']}\n")
                message = {name: value for name, value in message.items() if name != "text"}
            answers.write(f"\n{json.dumps(message)}\n")
            answers.flush()

        def ask(question: Message) -> Any:
            say(question)
            return json.loads(orders.get())["reply"]

        say(READY)
        while True:
            order = json.loads(orders.get())
            with language(order.pop("language", None)):
                say(carry_out(order, ask))


def _read_orders(orders: queue.SimpleQueue[str], before_end: Callable[[], None]) -> None:
    for line in sys.stdin:
        orders.put(line)
    with contextlib.suppress(OSError):
        before_end()
    os._exit(0)
