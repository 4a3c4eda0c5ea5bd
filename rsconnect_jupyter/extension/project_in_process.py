"""A notebook and its project as a publish of Jupyter's reads and writes them: in the process for notebooks."""

from __future__ import annotations

import base64
import dataclasses
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec
from msgspec.structs import replace

from ..errors import Cancelled, NotebookError, RSConnectException, TaskFailedError
from ..history.publications import publication_of
from ..history.version_records import VersionRecord
from ..models import Bundle, Publication, PublishRequest, TaskResult
from ..publishing.diagnosis import run_failure
from ..publishing.preparation import Preparation, Question, ServerReplies
from .notebook_process import NotebookProcess


class ProjectInProcess:
    """`publishing.project_access.ProjectAccess` by way of a `NotebookProcess`.

    Args:
        request: The publish.
        process: The process.
        should_stop: Asked while the publish is prepared.
    """

    def __init__(self, request: PublishRequest, process: NotebookProcess, should_stop: Callable[[], bool]) -> None:
        names = request.options.env
        options = dataclasses.replace(request.options, env=dict.fromkeys(names) if names else None)
        server = replace(request.server, api_key=None, credential=None)
        self._request = replace(request, server=server, options=options)
        self._process = process
        self._should_stop = should_stop
        self._number = secrets.token_hex(8)

    def prepare(self, replies: ServerReplies) -> Preparation | Question:
        """Prepare, ended in time, or when a stop is wanted.

        Raises:
            NotebookError: code ``inspection-unfinished``; else as `preparation.prepare`.
        """
        made = self._run("prepare", replies, look=self._look_for_stop)
        return Question(**made["question"]) if "question" in made else Preparation.from_json(made["preparation"])

    def thumbnail(self, choice: str) -> bytes:
        """Read it."""
        return base64.b64decode(self._run("thumbnail", choice))

    def packed_version(self, bundle: Bundle) -> VersionRecord:
        """Return it."""
        try:
            return msgspec.convert(self._run("packed_version", bundle), VersionRecord)
        except NotebookError:  # it took too long
            return VersionRecord()

    def announce(self, publication: Publication) -> bool:
        """Save it."""
        return bool(self._run("announce", publication))

    def record(self, publication: Publication, *, bundle: str | None, beside: bool) -> None:
        """Save it.

        Raises:
            RSConnectException: code ``history-unwritable``.
        """
        try:
            self._run("record", publication, {"bundle": bundle, "beside": beside})
        except NotebookError as exc:
            raise RSConnectException.of("history-unwritable") from exc

    def forget(self, guid: str) -> None:
        """Forget it."""
        with suppress(NotebookError):
            self._run("forget", guid)

    def publication(self, guid: str, user: str) -> Publication | None:
        """Look for it."""
        kept = self._run("publication", guid, user)
        return publication_of(self._request.server.url, kept) if kept else None

    def run_failure(self, result: TaskResult, lines: Sequence[str]) -> TaskFailedError:
        """Read the log."""
        try:
            self._run("run_failure", result, tuple(lines))
        except TaskFailedError as exc:
            return exc
        except NotebookError:  # it took too long
            pass
        return run_failure(result, ())

    def _run(self, task: str, *arguments: Any, look: Callable[[], None] = lambda: None) -> Any:
        notebook = self._request.notebook
        return self._process.run(task, self._number, self._request, *arguments, notebook=notebook, look=look)

    def _look_for_stop(self) -> None:
        if self._should_stop():
            raise Cancelled.of("cancelled")
