"""How far a publish is, in words and numbers: what every front end shows, made from events. Pure, no I/O."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ..models import Event, Step
from ..terminal_text import plain_text
from ..translation import N_, _

LABELS: dict[Step, str] = {
    "inspect": N_("Reading the notebook"),
    "check": N_("Checking"),
    "bundle": N_("Bundling"),
    "environment": N_("Making the environment"),
    "run": N_("Running the notebook here"),
    "content": N_("Preparing the content"),
    "upload": N_("Uploading"),
    "settings": N_("Applying settings"),
    "deploy": N_("Running on the server"),
    "verify": N_("Checking the page"),
    "done": N_("Published"),
}
"""What each step is called while it runs."""

_OUTCOMES = {"success": (N_("Published"), "published"), "progress": (N_("Started on the server"), "started")}
"""Status of the step ``done`` -> label and outcome."""

SUCCESSES = {outcome for _label, outcome in _OUTCOMES.values()}

_SHARES: dict[Step, float] = {
    "inspect": 0.05,
    "check": 0.05,
    "bundle": 0.15,
    "environment": 0.0,
    "run": 0.0,
    "content": 0.05,
    "upload": 0.20,
    "settings": 0.02,
    "deploy": 0.43,
    "verify": 0.05,
    "done": 0.0,
}


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a publish is.

    Attributes:
        label: The running step, as a reader says it.
        fraction: 0 to 1 over all steps; never goes back.
        detail: Numbers of the step (``"9.1 of 14.2 MB"``), or empty.
        log: The server's last line, as plain text.
        outcome: None while it runs.
    """

    step: Step = "inspect"
    label: str = msgspec.field(default_factory=lambda: _("Starting"))
    fraction: float = 0.0
    detail: str = ""
    log: str = ""
    outcome: str | None = None

    @property
    def running(self) -> bool:
        """True until it succeeded or failed."""
        return self.outcome is None


def advance(progress: Progress, event: Event) -> Progress:
    """Return how far the publish is after an event."""
    if event.status == "failure":
        outcome = "cancelled" if event.code == "cancelled" else "failed"
        return Progress(step=event.step, label=event.message, fraction=progress.fraction, outcome=outcome)
    if event.step == "done" and event.status in _OUTCOMES:
        label, outcome = _OUTCOMES[event.status]
        return Progress(step="done", label=_(label), fraction=1.0, outcome=outcome)
    within, detail = _counted(event.data) if event.status == "progress" else (0.0, "")
    if event.status == "success":
        within = 1.0
    before = sum(
        share for step, share in _SHARES.items() if list(_SHARES).index(step) < list(_SHARES).index(event.step)
    )
    return Progress(
        step=event.step,
        label=_(LABELS[event.step]),
        fraction=max(progress.fraction, min(1.0, before + within * _SHARES[event.step])),
        detail=detail,
        log=plain_text(event.message) if event.status == "log" else progress.log,
    )


def _counted(data: Mapping[str, object] | None) -> tuple[float, str]:
    """Return the fraction and the numbers of ``{sent, total}`` or ``{done, total}`` in bytes."""
    counts = data or {}
    done, total = counts.get("sent", counts.get("done")), counts.get("total")
    if not isinstance(done, int) or not isinstance(total, int) or total <= 0:
        return 0.0, ""
    return min(1.0, done / total), sizes_text(done, total)


def sizes_text(done: int, total: int) -> str:
    """Return ``"9.1 of 14.2 MB"`` for two numbers of bytes, in the unit of the larger."""
    unit, scale = _unit(max(done, total))
    return _("{done} of {total} {unit}").format(done=_number(done / scale), total=_number(total / scale), unit=unit)


def size_text(size: int) -> str:
    """Return ``"1.2 MB"`` for a number of bytes (decimal units, as file managers and Connect show them)."""
    unit, scale = _unit(size)
    return f"{_number(size / scale)} {unit}"


def _unit(size: int) -> tuple[str, int]:
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= scale:
            return unit, scale
    return "B", 1


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


def duration_text(seconds: float) -> str:
    """Return ``"0:08"`` or ``"1:02:03"``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
