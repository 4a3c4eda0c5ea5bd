"""What servers say about themselves, asked in the background and kept for minutes: a dead server delays no form."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ..connect.client import Client
from ..connect.discovery import open_client
from ..connect.server_memory import account_key
from ..errors import ForbiddenError, NoAnswerError, NotFoundError, RSConnectException
from ..models import Content, Server, ServerFacts, User
from ..translation import used_language, with_language

KEEP = 300.0
"""Seconds for which an answer counts."""

KEEP_FAILURE = 20.0
KEEP_CONTENT = 20.0
SECOND_PATIENCE = 0.5
"""Seconds to wait for a server that did not answer before."""


@dataclass(frozen=True, kw_only=True)
class ServerAnswers:
    """What a server said; every part may be unknown.

    Attributes:
        content: The content that was asked about.
        content_error: Why that content is not for this user.
        error: Why the server said nothing, or no more than this.
    """

    facts: ServerFacts | None = None
    user: User | None = None
    content: Content | None = None
    content_error: NotFoundError | ForbiddenError | None = None
    error: RSConnectException | None = None


@dataclass
class _Question:
    """One question under way or answered.

    Attributes:
        patience: Seconds for which it is waited, by all who want the answer together; the first one's when None.
    """

    asked: float
    patience: float | None = None
    keep: float = KEEP
    answers: ServerAnswers = field(default_factory=ServerAnswers)
    done: threading.Event = field(default_factory=threading.Event)


class AnswerCache:
    """Answers of servers, each question asked by one thread at a time.

    Args:
        timeout: Seconds a server has to answer one request; a thread that is no longer waited for ends with it.
        clock: Seconds that only grow.
    """

    def __init__(self, *, timeout: float = 10.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeout = timeout
        self._clock = clock
        self._questions: dict[object, _Question] = {}
        self._guard = threading.Lock()

    def ask(self, server: Server, guid: str | None = None) -> Callable[[float], ServerAnswers]:
        """Begin to ask a server about itself and one of its contents; return what waits for the answer.

        The returned function takes seconds to wait and returns what is known by then. An answer that comes later is
        there for the next question.
        """
        key = (account_key(server), guid, used_language())  # what went wrong is told in that language
        with self._guard:
            question = self._questions.get(key)
            now = self._clock()
            if question is None or (question.done.is_set() and now - question.asked > question.keep):
                question = self._questions[key] = _after(question, now)
                self._forget_old(now)
                threading.Thread(target=with_language(self._answer), args=(question, server, guid), daemon=True).start()
        waiting = question

        def wait(seconds: float) -> ServerAnswers:
            if waiting.patience is None:
                waiting.patience = seconds
            left = waiting.asked + waiting.patience - self._clock()
            waiting.done.wait(max(0.0, min(seconds, left)))
            return waiting.answers

        return wait

    def _answer(self, question: _Question, server: Server, guid: str | None) -> None:
        answers = ServerAnswers()
        try:
            with open_client(server, timeout=self._timeout, retry_seconds=0.0) as client:
                answers = ServerAnswers(user=client.user(), facts=client.facts())
                if guid is not None:
                    question.keep = KEEP_CONTENT
                    answers = self._about_content(answers, client, guid)
        except RSConnectException as exc:
            question.keep = KEEP_FAILURE
            answers = replace(answers, error=exc)
        finally:
            question.answers = answers
            question.done.set()

    def _about_content(self, answers: ServerAnswers, client: Client, guid: str) -> ServerAnswers:
        try:
            return replace(answers, content=client.content(guid))
        except (NotFoundError, ForbiddenError) as exc:
            return replace(answers, content_error=exc)

    def _forget_old(self, now: float) -> None:
        for key in [key for key, each in self._questions.items() if now - each.asked > KEEP]:
            del self._questions[key]


def _after(earlier: _Question | None, now: float) -> _Question:
    """Return a new question; of a server that did not answer, its failure is what is known until it does."""
    if earlier is not None and isinstance(earlier.answers.error, NoAnswerError):
        return _Question(asked=now, patience=SECOND_PATIENCE, answers=earlier.answers)
    return _Question(asked=now)


CACHE = AnswerCache()
"""The one of this process."""
