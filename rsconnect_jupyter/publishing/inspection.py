"""Find out what a publish would do and what would stand in its way: nothing is made, a dead server delays it little."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ..addresses import without_userinfo
from ..bundle.plan import BundlePlan, plan_bundle
from ..connect.app_modes import APP_MODES, QUARTO
from ..errors import BundleError, KernelError, NoKeyError, RSConnectException, SignInError
from ..history.publications import NotebookHistory
from ..kernel.environment import inspect_kernel
from ..messages import finding
from ..models import (
    Content,
    Finding,
    Fix,
    KernelEnvironment,
    Mode,
    Publication,
    PublishOptions,
    Requirements,
    Server,
    ServerFacts,
    Severity,
    Where,
)
from ..notebook.analysis import NotebookAnalysis, analyse
from ..notebook.reading import Notebook
from ..preflight import checks as preflight
from ..servers.store import ServerStore
from ..time_budget import unfinished
from ..translation import _
from .resolve import PublishPlan, resolve
from .server_answers import CACHE, AnswerCache, ServerAnswers
from .targets import ServerView, proposal, proposed_guid

Wait = Callable[[], ServerAnswers]
"""Returns what a server has said, waiting for it until the inspection's deadline."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How the requirement lines differ from those published last."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class ModeChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A way to publish, and why it cannot be chosen."""

    mode: Mode
    reason: str | None = None


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about a notebook before it is published.

    Attributes:
        plan: What a publish would do.
        bundle: What it would pack.
        kernel: None when the kernel cannot be asked or is not Python's; a finding says why.
        findings: Of the plan, the bundle, the checks and the server, without repetitions.
        publications: Where the notebook was published, newest first.
        refused: Why the picked files cannot be bundled; `bundle` is without them then.
        answers: What the server said about itself and the target.
    """

    plan: PublishPlan
    bundle: BundlePlan
    kernel: KernelEnvironment | None
    modes: tuple[ModeChoice, ...]
    findings: tuple[Finding, ...]
    publications: tuple[Publication, ...]
    refused: BundleError | None
    answers: ServerAnswers

    @property
    def notebook(self) -> Notebook:
        """The notebook as it was read."""
        return self.plan.notebook

    @property
    def difference(self) -> Difference | None:
        """How the requirements differ from those of the remembered publication."""
        return difference_of(self.bundle.requirements, self.plan.target.publication)

    @property
    def changed(self) -> frozenset[str]:
        """GUIDs of publications that the saved notebook differs from."""
        return frozenset(each.guid for each in self.publications if each.notebook_hash not in ("", self.notebook.hash))

    @property
    def writable(self) -> bool:
        """False when nothing can be written beside the notebook."""
        return os.access(self.notebook.folder, os.W_OK)


def inspect_notebook(
    notebook: Path,
    *,
    root: Path,
    store: ServerStore,
    server: Server | None,
    options: PublishOptions | None = None,
    unsaved: bool = False,
    server_timeout: float = 3.0,
    server_versions: bool = True,
    cache: AnswerCache = CACHE,
) -> Inspection:
    """Return everything to show before a notebook is published.

    The server is asked while the notebook is read; what it has not said after `server_timeout` seconds is unknown, and
    there for the next inspection.

    Args:
        notebook: Absolute path.
        root: Folder that nothing in the bundle may lie outside of.
        store: The known servers, with the key of `server` unless that has it.
        server: Where to; None when no server is known.
        options: What was chosen so far.
        unsaved: True when the open notebook has unsaved changes.
        server_timeout: Seconds; 0 asks no server.
        server_versions: False does not ask the server for its Python and Quarto versions; checks of them are left out
            unless it said before which it has.
        cache: Keeps what servers said.

    Raises:
        NotebookError: the notebook cannot be read.
        OptionError: the options contradict each other.
    """
    given, deadline = options or PublishOptions(), time.monotonic() + server_timeout
    analysis = analyse(notebook)
    read = analysis.notebook
    past = NotebookHistory(notebook, folder=store.folder)
    expected = resolve(read, ServerView(server=server) if server else None, given, history=past)
    offered = proposed_guid(expected.target, given, server=server, history=past) if server else None
    asked = server_timeout > 0
    wait = _ask(store, expected, offered, cache, deadline, versions=server_versions) if asked else ServerAnswers
    bundle, refused = _bundle(expected, analysis, root, wait)
    answers = wait()
    plan = resolve(read, _view(server, answers, expected.target.guid), given, history=past)
    if (plan.mode, plan.bundle) != (expected.mode, expected.bundle):
        bundle, refused = _bundle(plan, analysis, root, wait)
    findings = _findings(plan, bundle, answers, unsaved=unsaved, asked=asked)
    offer = proposal(answers.content) if offered else None
    findings += [*past.findings, *([offer] if offer else [])]
    findings += [finding("check-unfinished", part=each) for each in unfinished()]
    return Inspection(
        plan=plan,
        bundle=bundle,
        kernel=bundle.environment or _kernel(read),
        modes=mode_choices(read, answers.facts),
        findings=(*([as_finding(refused)] if refused else []), *findings),
        publications=past.publications(),
        refused=refused,
        answers=answers,
    )


def _ask(
    store: ServerStore,
    plan: PublishPlan,
    offered: str | None,
    cache: AnswerCache,
    deadline: float,
    *,
    versions: bool,
) -> Wait:
    """Begin to ask the plan's server about itself and the content to update, or one to offer."""
    if plan.server is None:
        return ServerAnswers
    try:
        server = plan.server if plan.server.has_credential else store.get(plan.server.name)
    except RSConnectException as exc:
        failed = ServerAnswers(error=exc)
        return lambda: failed
    waiting = cache.ask(server, plan.target.guid or offered, versions=versions)
    return lambda: waiting(deadline - time.monotonic())


def _view(server: Server | None, answers: ServerAnswers, guid: str | None) -> ServerView | None:
    """Return the server as far as its answers tell; they are about one content."""
    if server is None:
        return None

    def content(wanted: str) -> Content | None:
        if wanted == guid and answers.content_error is not None:
            raise answers.content_error
        return answers.content if wanted == guid else None

    return ServerView(server=server, user=answers.user, content=content)


def _bundle(
    plan: PublishPlan, analysis: NotebookAnalysis, root: Path, wait: Wait
) -> tuple[BundlePlan, BundleError | None]:
    """Return the bundle's plan, without picked files that are refused, and why they are."""
    # Only a Quarto document needs to know the server.
    facts = wait().facts if plan.mode == QUARTO else None
    try:
        return plan_bundle(analysis, root=root, mode=plan.mode, options=plan.bundle, facts=facts), None
    except BundleError as exc:
        if not plan.bundle.files:
            raise
        without = replace(plan.bundle, files=())
        return plan_bundle(analysis, root=root, mode=plan.mode, options=without, facts=facts), exc


def _findings(
    plan: PublishPlan, bundle: BundlePlan, answers: ServerAnswers, *, unsaved: bool, asked: bool
) -> list[Finding]:
    found = [
        *preflight.check(
            bundle,
            facts=answers.facts,
            target=plan.target.content,
            unsaved=unsaved,
            title=plan.title,
            variables=plan.options.env or {},
        )
    ]
    problem = plan.target.problem
    if problem is not None:
        found.append(as_finding(problem, severity="warning" if problem.code == "published-by-others" else "error"))
    return found + (_about_answers(plan.server, answers) if asked and plan.server is not None else [])


def as_finding(error: RSConnectException, *, severity: Severity = "error") -> Finding:
    """Return an error as a finding, with the fix that it offers."""
    fix = error.data.get("fix")
    return Finding(
        severity=severity,
        code=error.code,
        message=error.message,
        hint=error.hint,
        where=error.where,
        fix=Fix(**fix) if isinstance(fix, dict) else None,
    )


def _about_answers(server: Server, answers: ServerAnswers) -> list[Finding]:
    """Return what the author should know about the server's own answers."""
    error = answers.error
    if error is None:
        return [] if answers.facts else [finding("server-silent", where=Where(field="server"), server=server.name)]
    refused = isinstance(error, (SignInError, NoKeyError))
    found = as_finding(error, severity="error" if refused else "unknown")
    return [replace(found, where=found.where or Where(field="server"))]


def _kernel(notebook: Notebook) -> KernelEnvironment | None:
    """Return the kernel also for a mode that does not need it: people want to see it."""
    try:
        return inspect_kernel(notebook)
    except KernelError:
        return None


def mode_choices(notebook: Notebook, facts: ServerFacts | None) -> tuple[ModeChoice, ...]:
    """Return the ways to publish a notebook, and why some cannot be chosen. What is unknown is no reason. Pure."""
    return tuple(ModeChoice(mode=mode, reason=_why_not(mode, notebook, facts)) for mode in APP_MODES)


def _why_not(mode: Mode, notebook: Notebook, facts: ServerFacts | None) -> str | None:
    if APP_MODES[mode].is_page:
        return None
    if notebook.language != "python":
        return _("Connect runs Python notebooks only; this one is in {language}.").format(
            language=notebook.language.capitalize()
        )
    reasons = {
        _("The server has no Python."): facts is not None and facts.python == (),
        _("The server has no Quarto."): facts is not None and mode == QUARTO and facts.quarto == (),
        _("The server is too old for it."): facts is not None and facts.modes.get(mode) is False,
    }
    return next((reason for reason, true in reasons.items() if true), None)


def difference_of(requirements: Requirements, last: Publication | None) -> Difference | None:
    """Return how requirements differ from those published last; None when nothing is known of those. Pure."""
    if last is None or not last.time:
        return None
    now, then = tuple(map(without_userinfo, requirements.lines)), last.requirement_lines
    return Difference(
        added=tuple(each for each in now if each not in then), removed=tuple(each for each in then if each not in now)
    )
