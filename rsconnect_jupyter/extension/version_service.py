"""What the routes say about versions of published content. All of it blocks."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from ..connect.server_memory import account_key
from ..errors import NotebookError, RSConnectException, UnknownServerError
from ..models import ChangeState, Server
from ..publishing.changes import hear_from_server
from ..publishing.comparison import fetch_version
from ..publishing.content_versions import list_versions, run_log
from ..publishing.open_content import FetchedVersion, open_content
from ..temporary_files import temporary_folder
from .contents_paths import NotebookFile
from .inspection_service import InspectionService
from .kept_bundles import KeptBundles
from .known_servers import KnownServers
from .notebook_process import NotebookProcess

ASK_AGAIN = 60.0
"""Seconds until a server is asked again which version of a content readers see."""


UNPACKING_TIME_LIMIT = 600.0
"""Seconds for writing the files of a version."""


class VersionService:
    """Answers about versions.

    Args:
        servers: Where they are.
        inspections: Reads notebooks and bundles in a process of its own.
        process: That process.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        servers: KnownServers,
        inspections: InspectionService,
        process: NotebookProcess,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._servers = servers
        self._clock = clock
        self._process = process
        self._inspections = inspections
        self._bundles = KeptBundles()
        self._asked: dict[tuple[str, str], float] = {}
        self._guard = threading.Lock()

    def page(self, server: str, guid: str, number: int) -> dict[str, Any]:
        """Return ``ContentVersions``."""
        with self._servers.connected(server) as client:
            return list_versions(client, guid, page=number).as_dict()

    def log(self, server: str, guid: str, bundle_id: str) -> dict[str, Any]:
        """Return the ``RunLog`` of a version."""
        with self._servers.connected(server) as client:
            return {"lines": list(run_log(client, guid, bundle_id))}

    def delete(self, server: str, guid: str, bundle_id: str) -> None:
        """Delete a version that is not active."""
        with self._servers.connected(server) as client:
            client.delete_bundle(guid, bundle_id)

    def archive(self, server: str, guid: str, bundle_id: str) -> BinaryIO:
        """Return a temporary file, which goes when it is closed, with the bundle of a version."""
        file = tempfile.TemporaryFile(prefix="rsconnect-jupyter-")  # noqa: SIM115 - the caller closes it
        try:
            with self._servers.connected(server) as client:
                client.download_bundle(guid, bundle_id, file)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    def compare(self, notebook: NotebookFile, request: Mapping[str, Any]) -> bytes:
        """Return the ``VersionComparison`` that a ``CompareRequest`` asks for, as JSON text."""
        server, guid, old, new = request["server"], request["guid"], request["old"], request.get("new")
        with temporary_folder() as folder:
            before = old, self._bundle(server, guid, old, folder / "old.tar.gz")
            after = None if new is None else (new, self._bundle(server, guid, new, folder / "new.tar.gz"))
            return self._inspections.compare(
                notebook, guid=guid, old=before, new=after, options=request.get("options") or {}
            )

    def close(self) -> None:
        """Remove the bundles that are kept."""
        self._bundles.close()

    def _bundle(self, server: str, guid: str, bundle_id: str, target: Path) -> Path:
        """Put a version's bundle into a new file: the one that is kept, else the server's."""
        key = (account_key(self._servers.ready(server)), guid, bundle_id)
        if not self._bundles.take(key, target):
            with self._servers.connected(server) as client:
                fetch_version(client, guid, bundle_id, target)
            self._bundles.keep(key, target)
        return target

    def changes(self, notebook: NotebookFile, *, ask: bool) -> dict[str, Any]:
        """Return the ``ChangeState`` of a notebook.

        Args:
            notebook: Which one; when it was never published, nothing more is looked at.
            ask: True asks the server first which version readers see, at most once a minute.
        """
        known = self._process.published(notebook.file)
        if not known:
            return ChangeState(state="never-published").as_dict()
        if ask:
            self._ask(*known[0])
        return self._inspections.changes(notebook)

    def open(self, server: str, guid: str, *, parent: Path, version: str | None) -> dict[str, Any]:
        """Fetch content into a new folder; return the names of folder and notebook, and the title."""
        with self._servers.connected(server) as client:
            opened = open_content(client, guid, parent=parent, bundle_id=version, unpacked=self._unpacked)
        notebook = opened.notebook.name if opened.notebook else None
        return {"folder": opened.folder.name, "notebook": notebook, "title": opened.title}

    def _unpacked(self, fetched: FetchedVersion, folder: Path) -> Path | None:
        """Have the files of a version written in a process of its own: one of the size of a disk keeps nobody waiting.

        Raises:
            RSConnectException: code ``version-unreadable`` (it takes too long, too) or ``history-unwritable``.
        """
        process = NotebookProcess()
        try:
            name = process.run("unpack", fetched, folder, notebook=folder, time_limit=UNPACKING_TIME_LIMIT)
        except NotebookError as exc:
            raise RSConnectException.of("version-unreadable", version=fetched.bundle_id) from exc
        finally:
            process.close()
        return folder / name if name else None

    def _ask(self, server_url: str, guid: str) -> None:
        """Ask the server of a publication, unless it was just asked; when it does not answer, nothing changes."""
        key, now = (server_url, guid), self._clock()
        with self._guard:
            if now - self._asked.get(key, -ASK_AGAIN) < ASK_AGAIN:
                return
            self._asked[key] = now
        with suppress(RSConnectException):
            server = self._running(server_url)
            if server is not None:
                with self._servers.memory.open(server, timeout=self._servers.timeout) as client:
                    hear_from_server(client, guid)

    def _running(self, url: str) -> Server | None:
        """Return the known server of an address; None for the sandbox while it is stopped: nobody asked for it.

        Raises:
            UnknownServerError, NoKeyError: it is not known, or its key is not.
        """
        named = next((each for each in self._servers.store.servers() if each.url == url), None)
        if named is None:
            raise UnknownServerError.of("unknown-server", name=url)
        stopped = named.origin == "sandbox" and not self._servers.sandbox_state()["running"]
        return None if stopped else self._servers.store.get(named.name)
