"""``versions()``, ``compare()``, ``restore()`` and ``download()``: the versions of what a notebook was published to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..addresses import guid_in, plain_address
from ..connect.client import Client
from ..connect.discovery import open_client
from ..connect.server_memory import ServerMemory
from ..errors import OptionError, TargetError
from ..history.publications import NotebookHistory
from ..models import (
    Deployment,
    Event,
    PublishOptions,
    RestoreRequest,
    Server,
    Version,
    VersionComparison,
    Where,
)
from ..project_files import project_root
from ..publishing.changes import chosen_publication
from ..publishing.comparison import NotebookNow, fetch_and_compare
from ..publishing.content_versions import list_versions
from ..publishing.open_content import OpenedContent, open_content
from ..publishing.restore import restore
from ..servers.store import ServerStore
from ..translation import _
from . import inputs
from .run_publish import Watcher, follow

__all__ = ["PublishedNotebook", "compare_from_here", "download_from_here", "published_notebook"]


@dataclass(frozen=True, kw_only=True)
class PublishedNotebook:
    """A notebook, and the content that it belongs to."""

    notebook: Path
    server: Server
    guid: str
    memory: ServerMemory = field(default_factory=ServerMemory, repr=False, compare=False)

    @contextmanager
    def connected(self) -> Iterator[Client]:
        """Sign in for the length of a ``with`` block."""
        with self.memory.open(self.server) as client:
            yield client

    def all_versions(self) -> list[Version]:
        """Return all versions, newest first."""
        found: list[Version] = []
        with self.connected() as client:
            number, more = 1, True
            while more:
                page = list_versions(client, self.guid, page=number)
                found += page.versions
                number, more = number + 1, page.more
        return found

    def compare(self, old: str | None, new: str | None, options: PublishOptions) -> VersionComparison:
        """Compare a version (the active one when omitted) with another one, or with the notebook.

        Raises:
            RSConnectException: code ``unknown-version``: readers see none yet.
        """
        with self.connected() as client:
            if old is None:
                content = client.content(self.guid)
                old = content.bundle_id
                if old is None:
                    title = content.title or content.name
                    raise TargetError.of("unknown-version", title=title, version=_("that readers see"))
            now = NotebookNow(notebook=self.notebook, root=project_root(self.notebook), options=options)
            return fetch_and_compare(client, self.guid, old, new, now=now)

    def restore(
        self,
        bundle_id: str,
        *,
        overwrite: bool,
        watcher: Watcher | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> Deployment:
        """Deploy a version again and return what came of it; other people's versions are guarded as in a publish."""
        request = RestoreRequest(
            notebook=self.notebook,
            root=project_root(self.notebook),
            server=self.server,
            guid=self.guid,
            bundle_id=bundle_id,
            seen=() if overwrite else self._own_versions(),
            overwrite=overwrite,
        )
        return follow(
            lambda should_stop: restore(request, should_stop=should_stop, connect=self.memory.open),
            watcher=watcher,
            on_event=on_event,
        )

    def _own_versions(self) -> tuple[str, ...]:
        """Return the versions that this user published from here: a restore replaces these without asking."""
        past = NotebookHistory(self.notebook)
        known = chosen_publication(past, guid=self.guid, server_url=self.server.url)
        if known is None:
            return ()
        with self.connected() as client:
            return (*past.own_bundles(known, by=client.user().username), known.bundle_id)


def published_notebook(
    notebook: str | os.PathLike[str],
    *,
    server: str | Server | None = None,
    content: str | None = None,
    configured: str | None = None,
    prepare: Callable[[Server], Server] = inputs.with_key,
) -> PublishedNotebook:
    """Return a notebook with the content that is meant.

    Args:
        notebook: Path.
        server: Name or address; the one published to last when omitted.
        content: GUID or link; the content published to last when omitted.
        configured: Name or address from a configuration file.
        prepare: Completes the server, with its key.

    Raises:
        TargetError: code ``never-published``.
        OptionError: code ``bad-target``: `content` has no GUID in it.
    """
    path = inputs.existing_notebook(notebook)
    store = ServerStore()
    chosen = (
        server
        if isinstance(server, Server)
        else inputs.chosen_server(store, server, notebook=path, configured=configured)
    )
    guid = _guid(content) if content else None
    if guid is None:
        known = chosen_publication(NotebookHistory(path), server_url=chosen.url)
        if known is None:
            raise TargetError.of("never-published", name=path.name, server=chosen.name)
        guid = known.guid
    return PublishedNotebook(notebook=path, server=prepare(chosen), guid=guid)


def compare_from_here(
    published: PublishedNotebook, old: str | None, new: str | None, options: Mapping[str, Any]
) -> VersionComparison:
    """Compare with the options that a person or a script gave in this process."""
    return published.compare(old, new, inputs.options_from_here(options, published.notebook))


def download_from_here(
    content: str,
    *,
    server: str | Server | None = None,
    version: str | None = None,
    folder: Path | None = None,
    prepare: Callable[[Server], Server] = inputs.with_key,
) -> OpenedContent:
    """Fetch a content, given by GUID or link, into a new folder below `folder`, by default the current one."""
    guid = _guid(content)
    store = ServerStore()
    chosen = server if isinstance(server, Server) else inputs.chosen_server(store, server or _server_of(store, content))
    with open_client(prepare(chosen)) as client:
        return open_content(client, guid, parent=(folder or Path.cwd()).absolute(), bundle_id=version)


def _server_of(store: ServerStore, link: str) -> str | None:
    """Return the known server that a link leads to, else the link's own place."""
    if "://" not in link:
        return None
    address = plain_address(link)
    known = [each for each in store.servers() if address.startswith(f"{plain_address(each.url)}/")]
    return known[0].name if known else link.partition("/connect/#")[0].partition("/content/")[0]


def _guid(content: str) -> str:
    guid = guid_in(content)
    if guid is None:
        raise OptionError.of("bad-target/no-guid", where=Where(field="update"), update=content)
    return guid
