"""The versions of what the notebook was published to: what readers see, a list, and the way back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import ipywidgets as W  # noqa: N812

from ..connect.server_memory import ServerMemory
from ..errors import RSConnectException
from ..models import ChangeState, Content, Server, Version, VersionList
from ..project_files import project_root
from ..publishing.changes import change_state, hear_from_server
from ..publishing.content_versions import list_versions
from ..translation import _
from . import html_views as texts

Restore = Callable[[str, str, str], None]
"""Takes a content's GUID, the version to restore, and the one that readers see."""


class VersionsBox(W.VBox):  # type: ignore[misc]
    """Whether readers see what the notebook is now, and a list of the versions. Hidden for new content.

    Args:
        server: Returns the chosen server with its key; raises when there is none.
        memory: What is known of it.
        on_restore: Called when a person restores a version.
    """

    def __init__(self, *, server: Callable[[], Server], memory: ServerMemory, on_restore: Restore) -> None:
        self._server = server
        self._memory = memory
        self._on_restore = on_restore
        self._guid = ""
        self._page: VersionList | None = None
        self._state = W.HTML()
        self._open = W.Button(description=_("Versions"), layout=W.Layout(width="auto"))
        self._rows = W.VBox()
        self._more = W.Button(description=_("Show more versions"), layout=W.Layout(width="auto", display="none"))
        self._trouble = W.HTML()
        super().__init__([W.HBox([self._state, self._open]), self._rows, self._more, self._trouble])
        self.layout.display = "none"
        self._open.on_click(lambda _button: self._toggle())
        self._more.on_click(lambda _button: self._read((self._page.page if self._page else 0) + 1))

    def look(self, notebook: Path, guid: str | None, server: Server | None, content: Content | None) -> None:
        """Show what readers see of a content; for another one than before, the list is closed.

        Args:
            notebook: Path.
            guid: The content that a publish would update; None for new content.
            server: Its server.
            content: What the server says of it; None before it has answered.

        Raises:
            RSConnectException: the notebook cannot be read, or the server does not answer.
        """
        if guid is None or server is None:
            self.layout.display = "none"
            return
        if guid != self._guid:
            self._guid = guid
            self._close()
        look = partial(change_state, notebook, root=project_root(notebook), guid=guid, server_url=server.url)
        state = look()
        if content is not None and state.bundle_id != (content.bundle_id or ""):
            with self._memory.open(self._server()) as client:
                hear_from_server(client, guid)
            state = look()
        self._show_state(state)

    def reload(self) -> None:
        """Read the list again, if it is open."""
        if self._page is not None:
            self._read(1)

    def _show_state(self, state: ChangeState) -> None:
        self._state.value = texts.mark(state)
        self.layout.display = None

    def _toggle(self) -> None:
        if self._page is None:
            self._read(1)
        else:
            self._close()

    def _close(self) -> None:
        self._page = None
        self._rows.children = ()
        self._more.layout.display = "none"
        self._trouble.value = ""

    def _read(self, number: int) -> None:
        """Read a page of the list, in a thread."""
        self._trouble.value = texts.status(_("Reading the versions …"))
        threading.Thread(
            target=self._finish_reading, args=(self._guid, number), name="publish-versions", daemon=True
        ).start()

    def _finish_reading(self, guid: str, number: int) -> None:
        try:
            with self._memory.open(self._server()) as client:
                page = list_versions(client, guid, page=number)
        except RSConnectException as exc:
            self._trouble.value = texts.alert(exc.message, exc.hint)
            return
        if guid != self._guid:
            return
        self._page = page
        rows = [self._row(each, page.active) for each in page.versions]
        self._rows.children = (*(self._rows.children if number > 1 else ()), *rows)
        self._more.layout.display = None if page.more else "none"
        self._trouble.value = ""

    def _row(self, version: Version, active: str) -> W.Box:
        about = W.HTML(texts.version(version))
        if version.state == "active":
            return W.HBox([about])
        button = W.Button(description=_action(version), layout=W.Layout(width="auto"))
        button.on_click(lambda _button: self._ask_or_restore(button, version, active))
        return W.HBox([about, button])

    def _ask_or_restore(self, button: W.Button, version: Version, active: str) -> None:
        """The first click asks, the second one restores."""
        if button.button_style:
            button.button_style, button.description = "", _action(version)
            self._on_restore(self._guid, version.id, active)
        else:
            button.button_style, button.description = "warning", _("Show readers version {id}?").format(id=version.id)


def _action(version: Version) -> str:
    text = _("Activate version {id}") if version.state == "draft" else _("Restore version {id}")
    return text.format(id=version.id)
