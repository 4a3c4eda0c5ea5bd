"""``rehearse()`` and ``jupyter publish --rehearse``: one rehearsal from a script, a cell or the command line."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import RSConnectException
from ..generators import exhaust
from ..models import Event, PublishOptions, Server
from ..project_files import project_root
from ..rehearsal.rehearse import rehearse
from ..rehearsal.request import RehearsalRequest
from ..rehearsal.result import Rehearsal
from ..servers.store import ServerStore
from . import inputs
from .location import find_notebook
from .own_kernel import ask_this_kernel
from .run_publish import interrupts


def rehearse_from_script(
    notebook: str | os.PathLike[str] | None,
    *,
    server: str | Server | None,
    on_event: Callable[[Event], None] | None,
    fix: bool,
    page: str | os.PathLike[str] | None,
    options: Mapping[str, Any],
) -> Rehearsal:
    """Rehearse a publish and return how it went; see `rsconnect_jupyter.rehearse`, which is this."""
    path = find_notebook() if notebook is None else inputs.existing_notebook(notebook)
    if notebook is None:
        ask_this_kernel(path)
    chosen = inputs.options_from_here(options, path)
    return rehearse_notebook(path, chosen, server=server, on_event=on_event, fix=fix, page=page)


def rehearse_notebook(
    notebook: Path,
    options: PublishOptions,
    *,
    server: str | Server | None,
    on_event: Callable[[Event], None] | None,
    fix: bool,
    page: str | os.PathLike[str] | None,
) -> Rehearsal:
    """Rehearse in this thread; Ctrl-C asks it to stop."""
    store, stopping = ServerStore(), threading.Event()
    request = RehearsalRequest(
        notebook=notebook,
        root=project_root(notebook),
        server=server if isinstance(server, Server) else _known(store, server, notebook),
        options=options,
        fix=fix,
        page=None if page is None else Path(page).expanduser().absolute(),
    )
    with interrupts(stopping, None, at_once=lambda: False):
        return follow_rehearsal(request, store=store, stopping=stopping, on_event=on_event)


def follow_rehearsal(
    request: RehearsalRequest,
    *,
    store: ServerStore,
    stopping: threading.Event,
    on_event: Callable[[Event], None] | None,
) -> Rehearsal:
    """Rehearse until it has ended or `stopping` is set."""
    steps = rehearse(request, store=store, should_stop=stopping.is_set)
    return exhaust(steps, on_event or (lambda _event: None))


def _known(store: ServerStore, typed: str | None, notebook: Path) -> Server | None:
    """Return the server that it would be published to; a rehearsal needs none."""
    try:
        return inputs.chosen_server(store, typed, notebook=notebook)
    except RSConnectException:
        if typed:
            raise
        return None
