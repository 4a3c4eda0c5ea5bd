"""``publish()``: one publish from a script, a notebook cell or the command line, watched as it goes."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timezone
from types import FrameType
from typing import Any, Protocol

from ..connect.app_modes import parse_mode
from ..errors import Cancelled, RSConnectException
from ..models import Choices, Deployment, Event, HideInput, PublishRequest, Server
from ..publishing.publish import publish
from ..servers.store import ServerStore
from . import inputs
from .location import find_notebook, find_root


class Watcher(Protocol):
    """What shows a publish while it runs."""

    def show(self, event: Event) -> None:
        """Show one event."""

    def stopping(self) -> None:
        """Say that a stop was asked for. Called from a signal handler: only to set a flag."""


def publish_from_script(
    notebook: str | os.PathLike[str] | None = None,
    *,
    server: str | Server | None = None,
    title: str | None = None,
    mode: str = "source",
    files: Iterable[str] = (),
    requirements: str = "auto",
    update: str | None = None,
    new: bool = False,
    hide_input: HideInput | None = None,
    env: Mapping[str, str | None] | Iterable[str] | None = None,
    wait: bool = True,
    on_event: Callable[[Event], None] | None = None,
) -> Deployment:
    """Publish and return what came of it; see `rsconnect_jupyter.publish`, which is this."""
    path = find_notebook() if notebook is None else inputs.existing_notebook(notebook)
    choices = Choices(
        title=title,
        mode=parse_mode(mode),
        target=inputs.read_target(update, new=new),
        files=inputs.files_from_here(files, path),
        requirements=inputs.requirements_from_here(requirements, path),
        hide_input=hide_input,
        env=inputs.read_variables(env),
    )
    chosen = server if isinstance(server, Server) else inputs.chosen_server(ServerStore(), server, notebook=path)
    chosen = inputs.with_key(chosen)
    choices = inputs.filled(choices, path, chosen, absent={"files"} if not choices.files else set())
    request = PublishRequest(notebook=path, root=find_root(path), server=chosen, choices=choices)
    with _watcher() as watcher:
        return carry_out(request, watcher=watcher, on_event=on_event, wait=wait)


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
    wait: bool = True,
) -> Deployment:
    """Run one publish in this thread; Ctrl-C asks it to stop, a second one breaks it off.

    Args:
        request: What to publish.
        watcher: Shows the events.
        on_event: Called with each event.
        stopping: Set by who wants it to stop.
        wait: False returns as soon as the server has begun to run the notebook.

    Raises:
        Cancelled: it was stopped.
        RSConnectException: it failed; the last event told says the same.
    """
    stopping = stopping or threading.Event()
    seen: list[Event] = []

    def tell(event: Event) -> None:
        seen.append(event)
        if watcher is not None:
            watcher.show(event)
        if on_event is not None:
            on_event(event)

    steps = publish(request, should_stop=stopping.is_set)
    with _interrupts(stopping, watcher):
        try:
            deployment = _advance(steps, tell, request.server.name, wait=wait)
        except KeyboardInterrupt as exc:
            steps.close()
            raise Cancelled("Publishing was broken off.", hint="What the server had begun may go on there.") from exc
        except RSConnectException as exc:
            tell(failure_event(exc, seen))
            raise
    return dataclasses.replace(deployment, events=tuple(seen))


def _advance(
    steps: Generator[Event, None, Deployment], tell: Callable[[Event], None], server: str, *, wait: bool
) -> Deployment:
    """Go through the steps to their end, or until the server has begun: then the rest goes on in a thread."""
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            deployment: Deployment = end.value
            return deployment
        tell(event)
        if not wait and event.data and event.data.get("task_id"):
            # Not a daemon: a script that ends waits for it, because a new version is shown to readers only at the end.
            threading.Thread(target=_finish, args=(steps, tell), name="publish-rest").start()
            return _begun(server, event.data)


def _finish(steps: Generator[Event, None, Deployment], tell: Callable[[Event], None]) -> None:
    seen: list[Event] = []
    try:
        for event in steps:
            seen.append(event)
            tell(event)
    except RSConnectException as exc:
        tell(failure_event(exc, seen))


def _begun(server: str, facts: Mapping[str, Any]) -> Deployment:
    names = ("guid", "title", "mode", "url", "dashboard_url", "logs_url", "bundle_id", "task_id", "created")
    return Deployment(server=server, **{name: facts[name] for name in names})


def failure_event(error: RSConnectException, seen: list[Event]) -> Event:
    """Return the event that tells a failure, which the generator leaves to its edges."""
    return Event(
        seq=seen[-1].seq + 1 if seen else 0,
        time=datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        step=seen[-1].step if seen else "inspect",
        status="failure",
        message=error.message,
        code=error.code,
        hint=error.hint or None,
        data=error.data or None,
    )


@contextmanager
def _interrupts(stopping: threading.Event, watcher: Watcher | None) -> Iterator[None]:
    """Make Ctrl-C set `stopping`; a second one raises. Signals belong to the main thread: elsewhere, do nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            raise KeyboardInterrupt
        stopping.set()
        if watcher is not None:
            watcher.stopping()

    before: Any = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


__all__ = ["Watcher", "carry_out", "failure_event", "publish_from_script"]
