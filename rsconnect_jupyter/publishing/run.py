"""One publish while it runs: what it holds, what it knows so far, and how it leaves the server when it ends early."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal, TypeVar

from ..addresses import without_userinfo
from ..bundle.plan import BundlePlan
from ..connect.client import Client
from ..connect.discovery import open_client
from ..errors import Cancelled, NoAnswerError, RSConnectException, TaskFailedError
from ..history import publications as history
from ..models import (
    Bundle,
    Content,
    Deployment,
    Event,
    Mode,
    Publication,
    PublishRequest,
    Status,
    Step,
    TaskResult,
    User,
)
from .defaults import earlier
from .targets import Target

T = TypeVar("T")
Steps = Generator[Event, None, None]
Working = Generator[Event, None, T]
Phase = Literal["draft", "live", "activation"]
"""What a task on the server does: builds a draft, builds what readers see, or makes a draft what they see."""

_REOPEN_PAUSES = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 60.0, 60.0)
"""Seconds between attempts to reach a server again."""

_TOLD_LINES = 2000
"""Log lines kept for looking up why a run failed; the reason stands near the end."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """How far a publish got on the server: enough to go on from there after a restart.

    Attributes:
        task_id: Empty before the server began.
        lines: Log lines of the task that were seen.
    """

    guid: str
    created: bool = False
    mode: Mode = "jupyter-static"
    title: str = ""
    bundle_id: str = ""
    task_id: str = ""
    phase: Phase = "live"
    lines: int = 0


class Run:
    """One publish: its connection, its temporary files, and what it knows so far.

    Args:
        request: What to publish where.
        should_stop: Asked between and inside the steps.
        folder: Our data folder.
    """

    def __init__(self, request: PublishRequest, *, should_stop: Callable[[], bool], folder: Path | None) -> None:
        self.request = request
        self.should_stop = should_stop
        self.folder = folder
        self._seq = 0
        self.stack = ExitStack()
        self.client: Client | None = None
        self.user: User | None = None
        self.target = Target()
        self.plan: BundlePlan | None = None
        self.bundle: Bundle | None = None
        self.content: Content | None = None
        self.point = Point(guid="")
        self.published: Publication | None = None
        self.live = False
        self.ended_task = ""
        self.set_variables = False
        self.deployment: Deployment | None = None

    def guarded(self, steps: Steps) -> Generator[Event, None, Deployment]:
        """Carry out steps; whatever ends them early, tidy up and say what remains on the server."""
        with self.stack:
            try:
                yield from steps
            except RSConnectException as exc:
                self._explain(exc, remains=self._tidy())
                raise
            except BaseException:  # the generator was closed, or Ctrl-C came: the same tidiness, nobody to tell
                self._tidy()
                raise
        return needed(self.deployment)

    def open(self) -> Client:
        """Connect to the server; the connection is closed with the publish."""
        client = self.stack.enter_context(open_client(self.request.server))
        client.transport.should_stop = self.should_stop
        self.client = client
        return client

    def reopen(self) -> None:
        """Connect again after a restart, which may come before the network does: try for some minutes.

        Raises:
            NoAnswerError: the server does not answer.
            Cancelled: the user asked to stop.
        """
        for pause in (*_REOPEN_PAUSES, None):
            try:
                self.user = self.open().user()
            except NoAnswerError:
                if pause is None:
                    raise
            else:
                return
            self._pause(pause)

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.look_for_stop()
            time.sleep(min(0.2, seconds))

    def connected(self) -> Client:
        """Return the connection."""
        return needed(self.client)

    def planned(self) -> BundlePlan:
        """Return the plan of the bundle."""
        return needed(self.plan)

    def say(self, step: Step, status: Status, message: str, **details: Any) -> Event:
        """Return the next event."""
        event = Event(seq=self._seq, time=_now(), step=step, status=status, message=message, **details)
        self._seq += 1
        return event

    def look_for_stop(self) -> None:
        """Raise `Cancelled` when the user asked to stop."""
        if self.should_stop():
            raise Cancelled("The publish was cancelled.")

    def progress(self, step: Step, message: str, word: str, work: Generator[tuple[int, int], None, T]) -> Working[T]:
        """Turn the counts that `work` yields into events, and return what it returns."""
        while True:
            try:
                done, total = next(work)
            except StopIteration as end:
                answer: T = end.value
                return answer
            yield self.say(step, "progress", message, data={word: done, "total": total})

    def follow(self, first: int, lines: list[str]) -> Working[TaskResult]:
        """Yield the task's log from line `first` on, add it to `lines`, and return how the task ended."""
        following = self.connected().follow(self.point.task_id, first=first, should_stop=self.should_stop)
        while True:
            try:
                line = next(following)
            except StopIteration as end:
                result: TaskResult = end.value
                self.ended_task = self.point.task_id
                return result
            lines.append(line)
            del lines[:-_TOLD_LINES]
            yield self.say("deploy", "log", line)

    def check_page(self, client: Client, content: Content, bundle_id: str | None) -> None:
        """Fetch the readers' page, or a draft's.

        Raises:
            RSConnectException: code ``page-not-working``.
        """
        kept = "Readers keep the earlier version." if bundle_id else "Look at the content's logs."
        try:
            status = client.check_page(content, bundle_id=bundle_id)
        except NoAnswerError as exc:
            raise RSConnectException(
                "The server has run it, but its page does not answer.", hint=kept, code="page-not-working"
            ) from exc
        if status >= 500:
            raise RSConnectException(
                f"The server has run it, but its page answers with status {status}.", hint=kept, code="page-not-working"
            )

    def failure(self, result: TaskResult, lines: list[str]) -> TaskFailedError:
        """Return the error that tells why a task failed."""
        from .diagnosis import diagnose  # noqa: PLC0415 - only a failure needs its patterns

        told = diagnose(lines, result, plan=self.plan, notebook=self.request.notebook)
        return TaskFailedError(
            told.message,
            hint=told.hint,
            where=told.where,
            exit_code=result.code or 1,
            lines=told.lines,
            data=told.as_data(),
        )

    def facts(self) -> dict[str, Any]:
        """Return what a later process needs to go on, and what faces link to."""
        content, point = needed(self.content), self.point
        links = {"url": content.url, "dashboard_url": content.dashboard_url, "logs_url": content.logs_url}
        facts = {"guid": point.guid, "created": point.created, "mode": point.mode, "title": point.title}
        task = {"bundle_id": point.bundle_id, "task_id": point.task_id, "phase": point.phase}
        return {**facts, **links, **(task if point.task_id else {})}

    def remember(self, result: Literal["ok", "failed"], *, active: bool = False, beside: bool = True) -> bool:
        """Write down where the notebook is published; return False when that was not possible."""
        content, point, plan, choices = needed(self.content), self.point, self.plan, self.request.choices
        parts: dict[str, Any] = {
            "mode": point.mode,
            "title": content.title or point.title,
            "url": content.url,
            "dashboard_url": content.dashboard_url,
            "bundle_id": (point.bundle_id if active else content.bundle_id) or "",
            "user": self.user.username if self.user else "",
            "time": _now(),
            "result": result,
        }
        if plan is not None:
            parts |= {"files": choices.files, "requirements": choices.requirements, "hide_input": plan.hide_input}
            parts |= {"requirement_lines": tuple(map(without_userinfo, plan.requirements.lines))}
            parts["notebook_hash"] = plan.notebook.hash
        known = self._publication()
        self.published = replace(known, **parts)
        with suppress(RSConnectException):
            bundle = point.bundle_id or None
            history.record(self.request.notebook, self.published, bundle=bundle, folder=self.folder, beside=beside)
            return True
        return False

    def announce(self) -> bool:
        """Write down that content is about to be made; return True when an earlier publish did and came no further."""
        notebook, server, user = self.request.notebook, self.request.server.url, self.user.username if self.user else ""
        before = history.announced(notebook, server_url=server, by=user, folder=self.folder)
        note = Publication(server_url=server, guid="", title=self.point.title, mode=self.point.mode, user=user)
        history.announce(notebook, replace(note, time=_now(), result="failed"), folder=self.folder)
        return before

    def _publication(self) -> Publication:
        """Return what is known about the publication so far."""
        point, server, folder = self.point, self.request.server, self.folder
        if self.published is None and self.user is not None and self.plan is None:
            found = earlier(self.request.notebook, server, by=self.user.username, folder=folder)
            self.published = next((each for each in found if each.guid == point.guid), None)
        empty = Publication(server_url=server.url, guid=point.guid, title=point.title, mode=point.mode)
        return self.published or empty

    def _tidy(self) -> str:
        """Leave the server as it was, or as useful as can be; return one sentence on what is there now."""
        point, content, client = self.point, self.content, self.client
        if content is None or client is None or not point.guid:
            return "Nothing was created on the server."
        client.transport.should_stop = _never
        if point.created and not point.task_id:
            try:
                client.delete(point.guid)
            except RSConnectException:
                return "Empty content was created on the server; the next publish uses it."
            history.forget(
                self.request.notebook, server_url=self.request.server.url, guid=point.guid, folder=self.folder
            )
            self.content = None
            return "Nothing was created on the server."
        if self.live:
            self.remember("failed", active=True)
            return "Readers see the new version."
        if point.task_id:
            self.remember("failed")
        if content.bundle_id:
            return self._keep_earlier_version(client)
        return "The content on the server keeps the log; the next publish updates it."

    def _keep_earlier_version(self, client: Client) -> str:
        """Give readers' earlier version its title back; return what is on the server now."""
        point, before, now = self.point, self.target.content, needed(self.content)
        becomes_live = self._task_runs() and point.phase == "live"
        if before is not None and before.title != now.title and not becomes_live:
            with suppress(RSConnectException):
                self.content = client.update(point.guid, title=before.title)
        said = "The content on the server keeps its earlier version"
        if point.task_id and point.phase == "draft" and not self._task_runs():
            said += "; the new one is there as a draft"
        return said + ("; the environment variables are the new ones." if self.set_variables else ".")

    def _task_runs(self) -> bool:
        return bool(self.point.task_id) and self.point.task_id != self.ended_task

    def _explain(self, error: RSConnectException, *, remains: str) -> None:
        """Add to an error what is on the server now, and where to look."""
        content, point = self.content, self.point
        if isinstance(error, Cancelled) and self._task_runs():
            remains = f"The server goes on with what it has begun. {remains}"
        if isinstance(error, Cancelled):
            error.message = "The publish was cancelled."
            error.args = (error.message,)
            error.hint = error.hint or remains
        error.data["remains"] = remains
        if content is not None and point.guid:
            links = {"url": content.url, "dashboard_url": content.dashboard_url, "logs_url": content.logs_url}
            error.data = {"guid": content.guid, **links, **error.data}


def needed(value: T | None) -> T:
    """Return what an earlier step has made; the order of the steps sees to it that it is there."""
    if value is None:
        raise RuntimeError("the steps of a publish are out of order")
    return value


def _never() -> bool:
    return False


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
