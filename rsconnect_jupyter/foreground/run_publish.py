"""``publish()``: one publish from a script, a notebook cell or the command line, watched as it goes."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import FrameType
from typing import Any, Protocol

from ..errors import Cancelled, TargetError
from ..generators import exhaust
from ..messages import error_text
from ..models import Deployment, Event, PublishRequest, Server
from ..project_files import project_root
from ..publishing.publish import publish
from ..servers.store import ServerStore
from ..translation import _
from . import inputs
from .location import find_notebook
from .own_kernel import ask_this_kernel

_READING = ("inspect", "check")
"""Steps that make nothing, neither here nor on the server."""


class Watcher(Protocol):
    """What shows a publish while it runs."""

    def show(self, event: Event) -> None:
        """Show one event."""

    def stopping(self) -> None:
        """Say that a stop was asked for. Called from a signal handler: only to set a flag."""


def publish_from_script(
    notebook: str | os.PathLike[str] | None,
    *,
    server: str | Server | None,
    on_event: Callable[[Event], None] | None,
    options: Mapping[str, Any],
) -> Deployment:
    """Publish and return what came of it; see `rsconnect_jupyter.publish`, which is this."""
    path = find_notebook() if notebook is None else inputs.existing_notebook(notebook)
    if notebook is None:
        ask_this_kernel(path)
    chosen = inputs.options_from_here(options, path)
    to = server if isinstance(server, Server) else inputs.chosen_server(ServerStore(), server, notebook=path)
    request = PublishRequest(notebook=path, root=project_root(path), server=inputs.with_key(to), options=chosen)
    try:
        with _watcher() as watcher:
            return carry_out(request, watcher=watcher, on_event=on_event)
    except TargetError as exc:
        if exc.code != "published-by-others":
            raise
        hint = error_text("published-by-others/function", title="").hint
        raise exc.with_parts(hint=hint) from exc.__cause__


def _watcher() -> AbstractContextManager[Watcher | None]:
    """Return what shows progress here: a cell's display, a terminal's line, or nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None and hasattr(shell, "kernel"):
        from .cell import CellProgress  # noqa: PLC0415 - IPython is there in a kernel only

        return CellProgress()
    if sys.stderr is not None and sys.stderr.isatty():
        from .terminal import TerminalProgress  # noqa: PLC0415 - seldom in scripts

        return TerminalProgress(sys.stderr)
    return nullcontext()


def carry_out(
    request: PublishRequest,
    *,
    watcher: Watcher | None = None,
    on_event: Callable[[Event], None] | None = None,
    stopping: threading.Event | None = None,
) -> Deployment:
    """Run one publish in this thread; Ctrl-C asks it to stop, a second one, or one while it only reads, aborts it.

    Args:
        request: What to publish; with the option ``wait=False`` only until the server has begun to run it.
        watcher: Shows the events.
        on_event: Called with each event.
        stopping: Set by who wants it to stop.

    Raises:
        Cancelled: it was stopped.
        RSConnectException: it failed; the last event says the same.
    """
    return follow(
        lambda should_stop: publish(request, should_stop=should_stop),
        watcher=watcher,
        on_event=on_event,
        stopping=stopping,
    )


def follow(
    begin: Callable[[Callable[[], bool]], Generator[Event, None, Deployment]],
    *,
    watcher: Watcher | None = None,
    on_event: Callable[[Event], None] | None = None,
    stopping: threading.Event | None = None,
) -> Deployment:
    """Run the steps of a publish, or of another deployment, as `carry_out` does.

    Args:
        begin: Called with ``should_stop``; returns the steps.
        watcher: Shows the events.
        on_event: Called with each event.
        stopping: Set by who wants them to stop.
    """
    stopping = stopping or threading.Event()
    seen: list[Event] = []

    def show(event: Event) -> None:
        seen.append(event)
        if watcher is not None:
            watcher.show(event)
        if on_event is not None:
            on_event(event)

    steps = begin(stopping.is_set)

    def only_reads() -> bool:
        return all(each.step in _READING for each in seen)

    with interrupts(stopping, watcher, at_once=only_reads):
        try:
            deployment = exhaust(steps, show)
        except KeyboardInterrupt as exc:
            steps.close()
            if only_reads():
                raise Cancelled.of("cancelled/publish", remains=_("Nothing was created on the server.")) from exc
            raise Cancelled.of("cancelled/aborted") from exc
    return dataclasses.replace(deployment, events=tuple(seen))


@contextmanager
def interrupts(stopping: threading.Event, watcher: Watcher | None, *, at_once: Callable[[], bool]) -> Iterator[None]:
    """Make Ctrl-C set `stopping`; a second one raises, and where `at_once` says so, the first one.

    Signals belong to the main thread: elsewhere, do nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        if stopping.is_set() or at_once():
            raise KeyboardInterrupt
        stopping.set()
        if watcher is not None:
            watcher.stopping()

    before: Any = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


__all__ = ["Watcher", "carry_out", "follow", "publish_from_script"]
