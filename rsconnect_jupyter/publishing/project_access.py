"""What a publish reads of a notebook and its project, and writes there.

A publish of Jupyter's does it in another process, for the notebook may be a stranger's; elsewhere it is done here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ..bundle.plan import BundlePlan
from ..connect.app_modes import FINISHED
from ..errors import TaskFailedError
from ..history import publications as history
from ..history.version_records import VersionRecord
from ..kernel.environment import begin_inspection
from ..models import Bundle, Publication, PublishRequest, TaskResult
from ..notebook.analysis import analyse
from . import changes
from .preparation import Preparation, Question, ServerReplies, prepare
from .thumbnails import read_thumbnail


class ProjectAccess(Protocol):
    """Reads and writes for one publish. All of it blocks."""

    def prepare(self, replies: ServerReplies) -> Preparation | Question:
        """Return what the publish will do, or what the server must be asked first; raises as `preparation.prepare`."""

    def thumbnail(self, choice: str) -> bytes:
        """Return the bytes of the picture that an option names; raises as `thumbnails.read_thumbnail`."""

    def packed_version(self, bundle: Bundle) -> VersionRecord:
        """Return what to keep of the version that was packed; without digests when its plan is not known any more."""

    def announce(self, publication: Publication) -> bool:
        """Save that content is about to be made; return True when an earlier publish did and came no further."""

    def record(self, publication: Publication, *, bundle: str | None, beside: bool) -> None:
        """Save a publication; raises as `history.publications.record`."""

    def forget(self, guid: str) -> None:
        """Forget a publication, for content that is gone."""

    def publication(self, guid: str, user: str) -> Publication | None:
        """Return what is saved of a content that this user published."""

    def run_failure(self, result: TaskResult, lines: Sequence[str]) -> TaskFailedError:
        """Return the error that says why a run on the server failed, as far as its log tells."""


class ProjectHere:
    """Reads and writes in this process.

    Args:
        request: The publish; only its server's address counts, not the key.
        folder: Our data folder.
    """

    def __init__(self, request: PublishRequest, *, folder: Path | None = None) -> None:
        self._request = request
        self._folder = folder
        self._bundle: BundlePlan | None = None
        self._stamps: Mapping[str, tuple[int, int]] = {}

    def prepare(self, replies: ServerReplies) -> Preparation | Question:
        """Prepare; the kernel is asked in the background while the server is."""
        request = self._request
        analysis = analyse(request.notebook)
        if replies.user is None and request.options.mode != FINISHED:
            begin_inspection(request.notebook)
        prepared = prepare(request, analysis, replies, folder=self._folder)
        if isinstance(prepared, Question):
            return prepared
        preparation, self._bundle = prepared
        self._stamps = changes.file_stamps(self._bundle)
        return preparation

    def thumbnail(self, choice: str) -> bytes:
        """Read it."""
        return read_thumbnail(choice, notebook=self._request.notebook, root=self._request.root)

    def packed_version(self, bundle: Bundle) -> VersionRecord:
        """Return it."""
        if self._bundle is None:
            return VersionRecord()
        return changes.packed_version(self._bundle, bundle, self._stamps)

    def announce(self, publication: Publication) -> bool:
        """Save it."""
        notebook, user = self._request.notebook, publication.user
        past = history.NotebookHistory(notebook, folder=self._folder)
        before = past.announced(server_url=publication.server_url, by=user)
        history.announce(notebook, publication, folder=self._folder)
        return before

    def record(self, publication: Publication, *, bundle: str | None, beside: bool) -> None:
        """Save it."""
        history.record(self._request.notebook, publication, bundle=bundle, folder=self._folder, beside=beside)

    def forget(self, guid: str) -> None:
        """Forget it."""
        history.forget(self._request.notebook, server_url=self._request.server.url, guid=guid, folder=self._folder)

    def publication(self, guid: str, user: str) -> Publication | None:
        """Look for it."""
        past = history.NotebookHistory(self._request.notebook, folder=self._folder)
        found = past.publications(server_url=self._request.server.url, by=user)
        return next((each for each in found if each.guid == guid), None)

    def run_failure(self, result: TaskResult, lines: Sequence[str]) -> TaskFailedError:
        """Read the log."""
        from .diagnosis import run_failure  # noqa: PLC0415 - only a failure needs its patterns

        return run_failure(result, lines, plan=self._bundle, notebook=self._request.notebook)
