"""What servers say about themselves, asked on the side and kept for minutes, so that a dead server delays nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..connect.discovery import open_client
from ..errors import NotFoundError, RSConnectException
from ..models import Content, Server, ServerFacts, User

KEEP = 300.0
"""Seconds for which an answer counts."""

KEEP_FAILURE = 20.0
KEEP_CONTENT = 20.0


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a server said; every part may be unknown.

    Attributes:
        error: Why it said nothing, or no more than this.
        content: The content that was asked about.
    """

    facts: ServerFacts | None = None
    user: User | None = None
    content: Content | None = None
    error: RSConnectException | None = None


@dataclass
class _Question:
    """One question under way or answered."""

    asked: float
    keep: float = KEEP
    told: Told = field(default_factory=Told)
    done: threading.Event = field(default_factory=threading.Event)


class FactsCache:
    """Answers of servers, each question asked by one thread at a time.

    Args:
        timeout: Seconds a server has to answer one request; a thread that nobody waits for any more ends with it.
        clock: Seconds that only grow.
    """

    def __init__(self, *, timeout: float = 10.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeout = timeout
        self._clock = clock
        self._questions: dict[object, _Question] = {}
        self._guard = threading.Lock()

    def ask(self, server: Server, guid: str | None = None) -> Callable[[float], Told]:
        """Begin to ask a server about itself and one of its contents; return what waits for the answer.

        The returned function takes seconds to wait and returns what is known by then. An answer that comes later is
        there for the next question.
        """
        key = (server.url, server.insecure, server.ca_data, server.api_key, guid)
        with self._guard:
            question = self._questions.get(key)
            now = self._clock()
            if question is None or (question.done.is_set() and now - question.asked > question.keep):
                question = self._questions[key] = _Question(asked=now)
                self._forget_old(now)
                threading.Thread(target=self._answer, args=(question, server, guid), daemon=True).start()
        waiting = question

        def wait(seconds: float) -> Told:
            waiting.done.wait(max(0.0, seconds))
            return waiting.told

        return wait

    def _answer(self, question: _Question, server: Server, guid: str | None) -> None:
        told = Told()
        try:
            with open_client(server, timeout=self._timeout) as client:
                told = Told(user=client.user(), facts=client.facts())
                if guid is not None:
                    question.keep = KEEP_CONTENT
                    told = Told(user=told.user, facts=told.facts, content=client.content(guid))
        except NotFoundError as exc:
            told = Told(user=told.user, facts=told.facts, error=exc)
        except RSConnectException as exc:
            question.keep = KEEP_FAILURE
            told = Told(user=told.user, facts=told.facts, error=exc)
        finally:
            question.told = told
            question.done.set()

    def _forget_old(self, now: float) -> None:
        for key in [key for key, each in self._questions.items() if now - each.asked > KEEP]:
            del self._questions[key]


CACHE = FactsCache()
"""The one of this process."""
