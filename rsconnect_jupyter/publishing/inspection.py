"""Find out in one go what a face shows before publishing: nothing is made, a dead server delays it little."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from ..bundle.draft import PARAMETERS_TAG
from ..bundle.plan import BundlePlan, plan_bundle
from ..errors import BundleError, KernelError, NoKeyError, ServerStoreError, SignInError
from ..history import publications as history
from ..kernel.environment import inspect_kernel
from ..models import Choices, Finding, KernelEnvironment, Mode, Publication, Server, ServerFacts, Where
from ..notebook.reading import Notebook, read_notebook
from ..preflight import checks as preflight
from ..servers.store import ServerStore
from .defaults import choose_publication, default_mode, default_title, distinct, from_memory
from .overview import Difference, Inspection, ModeChoice, difference_of, mode_choices
from .server_answers import CACHE, FactsCache, Told

__all__ = ["Difference", "Inspection", "ModeChoice", "inspect_notebook"]


def inspect_notebook(
    notebook: Path,
    *,
    root: Path,
    store: ServerStore,
    server_name: str | None = None,
    choices: Choices | None = None,
    absent: Collection[str] = (),
    unsaved: bool = False,
    server_timeout: float = 3.0,
    cache: FactsCache = CACHE,
) -> Inspection:
    """Return everything to show before a notebook is published.

    The server is asked while the notebook is read; what it has not said after `server_timeout` seconds is unknown, and
    there for the next inspection.

    Args:
        notebook: Absolute path.
        root: Folder that nothing in the bundle may lie outside of.
        store: The known servers.
        server_name: Which server; the one published to last, else the default one, when omitted.
        choices: What was chosen so far.
        absent: Names of choices (``files``, ``requirements``) that were not made, to be filled from the last time.
        unsaved: True when the open notebook has unsaved changes.
        server_timeout: Seconds; 0 asks no server.
        cache: Keeps what servers said.

    Raises:
        NotebookError: the notebook cannot be read.
        UnknownServerError: there is no server of that name.
        ServerStoreError: the store cannot be read.
    """
    given, end = choices or Choices(), time.monotonic() + server_timeout
    read = read_notebook(notebook)
    known = history.publications(notebook, folder=store.folder)
    server = _server_to_use(store, server_name, known)
    last = _last(known, given, server)
    asked = _ask(store, server, last, given, cache) if server_timeout > 0 else _tell_nothing
    filled = from_memory(given, last, absent=absent)
    mode = filled.mode or default_mode(read, last=last, available=_available(mode_choices(read, None)))
    plan, refused = _plan(notebook, root, replace(filled, mode=mode), lambda: asked(end - time.monotonic()).facts)
    told = asked(end - time.monotonic())
    title = filled.title or (told.content.title if told.content else None) or default_title(read, last=last)
    checked = preflight.check(plan, facts=told.facts, target=told.content, unsaved=unsaved, title=title)
    findings = distinct([*refused, *plan.findings, *checked, *_said(told, server, asked=server_timeout > 0)])
    return _overview(
        read, plan, title=title, last=last, findings=findings, known=known, server=server, choices=filled, told=told,
        servers=store.servers(),
    )  # fmt: skip


def _overview(
    read: Notebook,
    plan: BundlePlan,
    *,
    title: str,
    last: Publication | None,
    findings: tuple[Finding, ...],
    known: tuple[Publication, ...],
    server: Server | None,
    choices: Choices,
    told: Told,
    servers: tuple[Server, ...],
) -> Inspection:
    return Inspection(
        notebook=read,
        title=title,
        kernel=plan.environment or _kernel(read),
        modes=mode_choices(read, told.facts),
        mode=plan.mode,
        target=_target(choices, last),
        remembered=last,
        candidates=plan.candidates,
        requirements=plan.requirements,
        difference=difference_of(plan.requirements, last),
        findings=findings,
        publications=known,
        changed=frozenset(each.guid for each in known if each.notebook_hash not in ("", read.hash)),
        servers=servers,
        server=server.name if server else None,
        choices=choices,
        writable=os.access(read.folder, os.W_OK),
        has_parameters=any(PARAMETERS_TAG in cell.tags for cell in read.code),
        plan=plan,
        told=told,
    )


def _server_to_use(store: ServerStore, name: str | None, known: Sequence[Publication]) -> Server | None:
    if name is None:
        return store.default(last_used=known[0].server_url if known else None)
    return store.named(name)


def _last(known: Sequence[Publication], choices: Choices, server: Server | None) -> Publication | None:
    """Return the publication that a publish would update, as far as can be told without asking."""
    if choices.target == "new" or server is None:
        return None
    here = [each for each in known if each.server_url == server.url]
    if choices.target is not None:
        return next((each for each in here if each.guid == choices.target), None)
    mine = [each for each in here if server.user is None or each.user in (server.user, "")]
    return choose_publication(mine, choices.mode)


def _target(choices: Choices, last: Publication | None) -> str:
    return choices.target or (last.guid if last else "new")


def _ask(
    store: ServerStore, server: Server | None, last: Publication | None, choices: Choices, cache: FactsCache
) -> Callable[[float], Told]:
    if server is None:
        return _tell_nothing
    try:
        with_key = store.get(server.name)
    except (NoKeyError, ServerStoreError) as exc:
        told = Told(error=exc)
        return lambda seconds: told  # noqa: ARG005
    target = _target(choices, last)
    return cache.ask(with_key, None if target == "new" else target)


def _tell_nothing(seconds: float) -> Told:  # noqa: ARG001
    return Told()


def _plan(
    notebook: Path, root: Path, choices: Choices, facts: Callable[[], ServerFacts | None]
) -> tuple[BundlePlan, tuple[Finding, ...]]:
    """Return the plan; files that are refused are left out and told. Only Quarto's needs the server's facts."""
    mode = choices.mode or "jupyter-static"
    known = facts() if mode == "quarto-static" else None
    try:
        return plan_bundle(notebook, root=root, mode=mode, choices=choices, facts=known), ()
    except BundleError as exc:
        if not choices.files:
            raise
        finding = Finding(severity="error", code=exc.code, message=exc.message, hint=exc.hint, where=exc.where)
        without = replace(choices, files=())
        return plan_bundle(notebook, root=root, mode=mode, choices=without, facts=known), (finding,)


def _kernel(notebook: Notebook) -> KernelEnvironment | None:
    """Return the kernel also for a mode that does not need it: people want to see it."""
    try:
        return inspect_kernel(notebook)
    except KernelError:
        return None


def _said(told: Told, server: Server | None, *, asked: bool) -> tuple[Finding, ...]:
    """Return what is to be told about the server's own answers."""
    if server is None or not asked:
        return ()
    error = told.error
    if error is None and told.facts is None:
        silent = f"{server.name} has not answered yet, so what it offers is not known."
        return (Finding(severity="unknown", code="server-silent", message=silent, where=Where(field="server")),)
    if error is None:
        return ()
    hopeless = isinstance(error, (SignInError, NoKeyError))
    field_name = "server" if told.facts is None else "target"
    finding = Finding(
        severity="error" if hopeless else "unknown",
        code=error.code,
        message=error.message,
        hint=error.hint,
        where=error.where or Where(field=field_name),
    )
    return (finding,)


def _available(modes: Sequence[ModeChoice]) -> tuple[Mode, ...]:
    return tuple(each.mode for each in modes if each.available)
