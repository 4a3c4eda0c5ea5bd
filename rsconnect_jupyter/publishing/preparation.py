"""What a publish finds out before anything is made on the server: reads the notebook and its project, asks nobody.

What only the server knows is a `Question`; whoever publishes asks it, and prepares again with the answer. So reading
needs neither a key nor a network.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from ..bundle.packing import Packing
from ..bundle.plan import BundlePlan, plan_bundle
from ..connect.app_modes import QUARTO
from ..errors import ForbiddenError, NotFoundError
from ..history.publications import NotebookHistory
from ..models import REMEMBERED, Content, Finding, Mode, PublishRequest, ServerFacts, User
from ..notebook.analysis import NotebookAnalysis
from ..preflight import checks as preflight
from .resolve import PublishPlan, resolve
from .targets import ServerView, proposal, proposed_guid


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What the server must be asked first.

    Attributes:
        guid: Which content. `quarto`: whether its versions of Quarto are needed, too.
    """

    about: Literal["user", "facts", "content"]
    guid: str = ""
    quarto: bool = False


class ServerReplies(msgspec.Struct, frozen=True, kw_only=True):
    """What the server answered so far; a content by its GUID, or why it is not for this user."""

    user: User | None = None
    facts: ServerFacts | None = None
    contents: Mapping[str, Content | NotFoundError | ForbiddenError] = msgspec.field(default_factory=dict)


class Preparation(msgspec.Struct, frozen=True, kw_only=True):
    """What a publish will do. JSON-compatible by `as_json`.

    Attributes:
        chosen_title: True when the author chose the title.
        target: GUID of the content to update; None for new content.
        remembered: The options that the next publish uses again, as they are kept.
        offer: Content that only the project names.
        findings: Of all checks, errors first.
    """

    title: str
    chosen_title: bool
    mode: Mode
    target: str | None
    remembered: dict[str, Any]
    notebook_hash: str
    requirement_lines: tuple[str, ...]
    offer: Finding | None
    findings: tuple[Finding, ...]
    packing: Packing

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON-compatible data."""
        data: dict[str, Any] = msgspec.to_builtins(self, enc_hook=str)
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Preparation:
        """Return what `as_json` gave.

        Raises:
            msgspec.ValidationError: it did not.
        """
        return msgspec.convert(data, cls, dec_hook=lambda _kind, value: Path(value))


class _UnansweredError(Exception):
    def __init__(self, question: Question) -> None:
        super().__init__(question)
        self.question = question


def prepare(
    request: PublishRequest, analysis: NotebookAnalysis, replies: ServerReplies, *, folder: Path | None = None
) -> tuple[Preparation, BundlePlan] | Question:
    """Return what a publish will do and the plan of its bundle, or what the server must be asked first.

    Args:
        request: What to publish where; a server without a key, and variables without values, do.
        analysis: Of its notebook.
        replies: What the server answered so far.
        folder: Our data folder.

    Raises:
        TargetError: the content to update cannot be published to.
        OptionError, BundleError: the options contradict each other, or a picked file is refused.
    """
    try:
        plan, offer = _plan(request, analysis, replies, NotebookHistory(request.notebook, folder=folder))
    except _UnansweredError as exc:
        return exc.question
    facts = replies.facts
    if facts is None:
        return Question(about="facts", quarto=plan.mode == QUARTO)
    bundle = plan_bundle(analysis, root=request.root, mode=plan.mode, options=plan.bundle, facts=facts)
    findings = preflight.check(
        bundle, facts=facts, target=plan.target.content, title=plan.title, variables=plan.options.env or {}
    )
    return _preparation(plan, bundle, offer, findings), bundle


def _plan(
    request: PublishRequest, analysis: NotebookAnalysis, replies: ServerReplies, history: NotebookHistory
) -> tuple[PublishPlan, Finding | None]:
    if replies.user is None:
        raise _UnansweredError(Question(about="user"))

    def content(guid: str) -> Content:
        if guid not in replies.contents:
            raise _UnansweredError(Question(about="content", guid=guid))
        known = replies.contents[guid]
        if not isinstance(known, Content):
            raise known
        return known

    view = ServerView(server=request.server, user=replies.user, content=content)
    plan = resolve(analysis.notebook, view, request.options, history=history)
    if plan.target.problem is not None:
        raise plan.target.problem
    offered = proposed_guid(plan.target, request.options, server=request.server, history=history)
    try:
        return plan, proposal(content(offered)) if offered else None
    except (NotFoundError, ForbiddenError):
        return plan, None


def _preparation(
    plan: PublishPlan, bundle: BundlePlan, offer: Finding | None, findings: tuple[Finding, ...]
) -> Preparation:
    return Preparation(
        title=plan.title,
        chosen_title=plan.sources["title"] == "chosen",
        mode=plan.mode,
        target=plan.target.content.guid if plan.target.content else None,
        remembered={name: value for name in REMEMBERED if (value := getattr(plan.remembered, name)) is not None},
        notebook_hash=plan.notebook.hash,
        requirement_lines=bundle.requirements.lines,
        offer=offer,
        findings=findings,
        packing=bundle.packing,
    )
