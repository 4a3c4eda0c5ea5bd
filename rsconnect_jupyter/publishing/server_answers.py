"""What servers say about themselves, asked in the background and kept for minutes: a dead server delays no form."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from ..connect.client import Client
from ..connect.discovery import FoundServer, open_client
from ..connect.server_memory import account_key
from ..errors import ForbiddenError, NoAnswerError, NotFoundError, RSConnectException
from ..models import Content, Server, ServerFacts, User
from ..translation import used_language, with_language

KEEP = 300.0
"""Seconds for which an answer counts."""

FORGET = 3600.0
"""Seconds after which an answer is dropped; one that no longer counts is shown while the server is asked again."""

KEEP_FAILURE = 20.0
KEEP_CONTENT = 20.0
SECOND_PATIENCE = 0.5
"""Seconds to wait for a server that did not answer before."""

_VERSIONS = "versions"


class ServerAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """What a server said; every part may be unknown.

    Attributes:
        content: The content that was asked about.
        content_error: Why that content is not for this user.
        error: Why the server said nothing, or no more than this.
        versions_pending: True when the server must still be asked which versions of Python and Quarto it has.
    """

    facts: ServerFacts | None = None
    user: User | None = None
    content: Content | None = None
    content_error: NotFoundError | ForbiddenError | None = None
    error: RSConnectException | None = None
    versions_pending: bool = False


class _Question(msgspec.Struct):
    """One question under way or answered.

    Attributes:
        patience: Seconds for which it is waited, by all who want the answer together; the first one's when None.
        found: The server, as it was found.
    """

    asked: float
    patience: float | None = None
    keep: float = KEEP
    answers: ServerAnswers = msgspec.field(default_factory=ServerAnswers)
    found: FoundServer | None = None
    done: threading.Event = msgspec.field(default_factory=threading.Event)

    def counts(self, now: float) -> bool:
        """Tell whether it need not be asked again."""
        return not self.done.is_set() or now - self.asked <= self.keep


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

    def ask(
        self, server: Server, guid: str | None = None, *, versions: bool = True
    ) -> Callable[[float], ServerAnswers]:
        """Begin to ask a server about itself and one of its contents; return what waits for the answer.

        The returned function takes seconds to wait and returns what is known by then. An answer that comes later is
        there for the next question.

        Args:
            server: With its credential.
            guid: The content.
            versions: False does not ask which versions of Python and Quarto it has: three requests instead of five.
                What it said before is in the answer all the same.
        """
        account = (account_key(server), used_language())  # what went wrong is told in that language
        with self._guard:
            now = self._clock()
            first = self._begun((account, guid), now, lambda question: self._answer(question, server, guid))
            offered = self._questions.get((account, _VERSIONS))
            if versions:
                offered = self._begun(
                    (account, _VERSIONS), now, lambda question: self._answer_versions(question, server, first)
                )
            self._forget_old(now)

        def wait(seconds: float) -> ServerAnswers:
            until = self._clock() + seconds
            answers = self._waited(first, seconds)
            if answers.facts is None or answers.error is not None:
                return answers
            if offered is None:
                return replace(answers, versions_pending=True)
            more = self._waited(offered, until - self._clock()) if versions else offered.answers
            pending = not offered.done.is_set() or not offered.counts(self._clock())
            return replace(answers, facts=more.facts or answers.facts, error=more.error, versions_pending=pending)

        return wait

    def _begun(self, key: tuple[object, object], now: float, answer: Callable[[_Question], None]) -> _Question:
        """Return the question under way or answered, else a new one, for which `answer` runs in a thread."""
        question = self._questions.get(key)
        if question is None or not question.counts(now):
            question = self._questions[key] = _after(question, now, keep=key[1] is _VERSIONS)
            threading.Thread(target=with_language(answer), args=(question,), daemon=True).start()
        return question

    def _waited(self, question: _Question, seconds: float) -> ServerAnswers:
        if question.patience is None:
            question.patience = seconds
        left = question.asked + question.patience - self._clock()
        question.done.wait(max(0.0, min(seconds, left)))
        return question.answers

    def _answer(self, question: _Question, server: Server, guid: str | None) -> None:
        answers = ServerAnswers()
        try:
            with open_client(server, timeout=self._timeout, retry_seconds=0.0) as client:
                question.found = FoundServer(url=client.server.url, dialect=client.dialect, version=client.version)
                answers = ServerAnswers(user=client.user(), facts=client.facts(versions=False))
                if guid is not None:
                    question.keep = KEEP_CONTENT
                    answers = self._about_content(answers, client, guid)
        except RSConnectException as exc:
            question.keep = KEEP_FAILURE
            answers = replace(answers, error=exc)
        finally:
            question.answers = answers
            question.done.set()

    def _answer_versions(self, question: _Question, server: Server, first: _Question) -> None:
        """Ask which versions the server has once it is known that it answers."""
        answers = ServerAnswers()
        try:
            first.done.wait()
            if first.answers.error is not None:
                question.keep = 0.0
                return
            with open_client(server, timeout=self._timeout, retry_seconds=0.0, found=first.found) as client:
                answers = ServerAnswers(facts=client.facts())
        except RSConnectException as exc:
            question.keep = KEEP_FAILURE
            answers = ServerAnswers(error=exc)
        finally:
            question.answers = answers
            question.done.set()

    def _about_content(self, answers: ServerAnswers, client: Client, guid: str) -> ServerAnswers:
        try:
            return replace(answers, content=client.content(guid))
        except (NotFoundError, ForbiddenError) as exc:
            return replace(answers, content_error=exc)

    def _forget_old(self, now: float) -> None:
        for key in [key for key, each in self._questions.items() if now - each.asked > FORGET]:
            del self._questions[key]


def _after(earlier: _Question | None, now: float, *, keep: bool) -> _Question:
    """Return a new question; of a server that did not answer, its failure is what is known until it does.

    `keep` says that any earlier answer is.
    """
    if earlier is not None and isinstance(earlier.answers.error, NoAnswerError):
        return _Question(asked=now, patience=SECOND_PATIENCE, answers=earlier.answers)
    return _Question(asked=now, answers=earlier.answers if earlier and keep else ServerAnswers())


CACHE = AnswerCache()
"""The one of this process."""
