"""What an inspection tells about a notebook: its parts, and how they go over the wire. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..addresses import plain_address, without_userinfo
from ..bundle.files import Candidate
from ..bundle.plan import BundlePlan
from ..connect.app_modes import TITLES
from ..models import Choices, Finding, KernelEnvironment, Mode, Publication, Requirements, Server, ServerFacts
from ..notebook.reading import Notebook
from .defaults import MODES
from .server_answers import Told

DESCRIPTIONS: dict[Mode, str] = {
    "jupyter-static": "Connect runs it; it can be scheduled.",
    "static": "What you see now, not run again.",
    "jupyter-voila": "Readers use its widgets (Voilà).",
    "quarto-static": "Connect renders it with Quarto.",
}


@dataclass(frozen=True, kw_only=True)
class ModeChoice:
    """A way to publish, and why it cannot be chosen."""

    mode: Mode
    title: str
    description: str
    available: bool = True
    reason: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as it goes over the wire."""
        parts = {"mode": self.mode, "title": self.title, "description": self.description, "available": self.available}
        return parts if self.reason is None else {**parts, "reason": self.reason}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How the requirement lines differ from those published last."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return it as it goes over the wire."""
        return {"added": list(self.added), "removed": list(self.removed)}


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What is known about a notebook before it is published.

    Attributes:
        title: The one to propose.
        kernel: None when the kernel cannot be asked or is not Python's; a finding says why.
        target: ``"new"``, or the GUID of the content that a publish would update.
        remembered: The publication behind `target`.
        difference: Against `remembered`; None when there is none.
        changed: GUIDs of publications that the saved notebook differs from.
        servers: Without keys.
        server: Name of the server that the answer is about; None when none is known.
        choices: The given ones, filled in.
        told: What the server said about itself and the target.
    """

    notebook: Notebook = field(repr=False)
    title: str
    kernel: KernelEnvironment | None
    modes: tuple[ModeChoice, ...]
    mode: Mode
    target: str
    remembered: Publication | None
    candidates: tuple[Candidate, ...]
    requirements: Requirements
    difference: Difference | None
    findings: tuple[Finding, ...]
    publications: tuple[Publication, ...]
    changed: frozenset[str]
    servers: tuple[Server, ...]
    server: str | None
    choices: Choices
    writable: bool
    has_parameters: bool
    plan: BundlePlan = field(repr=False)
    told: Told = field(default_factory=Told, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return it JSON-compatible; no keys, no values of variables."""
        names = {each.url: each.name for each in reversed(self.servers)}
        return {
            "name": self.notebook.path.name,
            "title": self.title,
            "language": self.notebook.language,
            "kernel": None if self.kernel is None else _kernel(self.kernel),
            "modes": [each.as_dict() for each in self.modes],
            "mode": self.mode,
            "target": self.target,
            "files": [_candidate(each) for each in self.candidates],
            "requirements": {
                **_requirements(self.requirements),
                "difference": None if self.difference is None else self.difference.as_dict(),
            },
            "findings": [each.as_dict() for each in self.findings],
            "publications": [
                {
                    **each.as_dict(),
                    "server": names.get(plain_address(each.server_url)),
                    "changed": each.guid in self.changed,
                }
                for each in self.publications
            ],
            "servers": [_server(each) for each in self.servers],
            "server": self.server,
            "hide_input": self.choices.hide_input or "none",
            "picked": list(self.choices.files),
            "writable": self.writable,
            "has_parameters": self.has_parameters,
        }


def mode_choices(notebook: Notebook, facts: ServerFacts | None) -> tuple[ModeChoice, ...]:
    """Return the ways to publish a notebook, and why some cannot be chosen. What is unknown is no reason. Pure."""
    choices = []
    for mode in MODES:
        reason = _why_not(mode, notebook, facts)
        choices.append(
            ModeChoice(
                mode=mode,
                title=TITLES[mode],
                description=DESCRIPTIONS[mode],
                available=reason is None,
                reason=reason,
            )
        )
    return tuple(sorted(choices, key=lambda each: list(TITLES).index(each.mode)))


def _why_not(mode: Mode, notebook: Notebook, facts: ServerFacts | None) -> str | None:
    if mode == "static":
        return None
    if notebook.language != "python":
        return f"Connect runs Python notebooks only; this one is in {notebook.language.capitalize()}."
    reasons = {
        "The server has no Python.": facts is not None and facts.python == (),
        "The server has no Quarto.": facts is not None and mode == "quarto-static" and facts.quarto == (),
        "The server is too old for it.": facts is not None and facts.modes.get(mode) is False,
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


def _kernel(kernel: KernelEnvironment) -> dict[str, Any]:
    names = ("kernel", "display_name", "language", "interpreter", "version", "pip_version")
    return {name: getattr(kernel, name) for name in names}


def _candidate(candidate: Candidate) -> dict[str, Any]:
    parts = {name: getattr(candidate, name) for name in ("path", "size", "included", "reason")}
    return parts if candidate.where is None else {**parts, "where": candidate.where.as_dict()}


def _requirements(requirements: Requirements) -> dict[str, Any]:
    parts = {
        "source": requirements.source,
        "lines": [without_userinfo(each) for each in requirements.lines],
        "text": without_userinfo(requirements.text),
        "package_file": requirements.package_file,
        "findings": [each.as_dict() for each in requirements.findings],
    }
    more = {"origin": requirements.origin, "manager": requirements.manager}
    return parts | {name: value for name, value in more.items() if value is not None}


def _server(server: Server) -> dict[str, Any]:
    names = ("name", "url", "origin", "user", "key_place", "insecure", "default")
    return {
        **{name: getattr(server, name) for name in names},
        "has_key": server.key_place != "none",
        "has_ca": server.ca_data is not None,
    }
