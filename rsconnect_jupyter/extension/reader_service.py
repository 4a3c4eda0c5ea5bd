"""What the routes say about who may read published content, and change of it. All of it blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import OptionError
from ..models import PublishOptions, PublishRequest, Where
from ..publishing.option_values import read_options
from ..publishing.reader_state import apply_readers, check_vanity, read_readers, search_people
from ..publishing.thumbnails import NO_THUMBNAIL
from .audit import ACCESS, Emit
from .contents_paths import NotebookFile
from .known_servers import KnownServers
from .notebook_process import NotebookProcess
from .project_in_process import ProjectInProcess


class ReaderService:
    """Answers about readers.

    Args:
        servers: Where the content is.
        process: Reads pictures of projects.
        emit: Takes the events for operators.
    """

    def __init__(self, servers: KnownServers, process: NotebookProcess, *, emit: Emit) -> None:
        self._servers = servers
        self._process = process
        self._emit = emit

    def read(self, server: str, guid: str) -> dict[str, Any]:
        """Return ``ContentReaders``."""
        with self._servers.connected(server) as client:
            return read_readers(client, guid).as_dict()

    def people(self, server: str, text: str, page: int) -> dict[str, Any]:
        """Return a ``PeoplePage``."""
        with self._servers.connected(server) as client:
            return search_people(client, text, page=page).as_dict()

    def tags(self, server: str) -> dict[str, Any]:
        """Return a ``TagList``."""
        with self._servers.connected(server) as client:
            shown = ("id", "name", "parent_id", "path")
            return {"tags": [{name: getattr(each, name) for name in shown} for each in client.tags()]}

    def vanity(self, server: str, text: str, guid: str | None) -> dict[str, Any]:
        """Return a ``VanityCheck``."""
        with self._servers.connected(server) as client:
            return check_vanity(client, text, guid=guid).as_dict()

    def change(
        self, server: str, guid: str, request: Mapping[str, Any], notebook: NotebookFile | None
    ) -> dict[str, Any]:
        """Change at once what a ``ReaderChanges`` says; return ``ChangedReaders``.

        Raises:
            OptionError: a value cannot be, or names somebody who is not known.
            ConnectError: the server does not answer, or fewer people should read it and that was refused.
        """
        options = read_options(request)
        thumbnail = self._thumbnail(server, options, notebook)
        with self._servers.connected(server) as client:
            plan, refused = apply_readers(client, client.content(guid), options, thumbnail=thumbnail)
            about = plan.about_access()
            if about:
                place = {"server": server, "server_url": client.server.url, "content_guid": guid}
                self._emit(ACCESS, {**place, **about})
            return {
                "readers": read_readers(client, guid).as_dict(),
                "findings": [each.as_dict() for each in refused],
            }

    def _thumbnail(self, server: str, options: PublishOptions, notebook: NotebookFile | None) -> bytes | None:
        chosen = options.thumbnail
        if chosen is None or chosen in NO_THUMBNAIL:
            return None
        if notebook is None:
            raise OptionError.of("bad-thumbnail/missing", where=Where(field="thumbnail"), path=chosen)
        request = PublishRequest(notebook=notebook.file, root=notebook.root, server=self._servers.store.named(server))
        return ProjectInProcess(request, self._process, lambda: False).thumbnail(chosen)
