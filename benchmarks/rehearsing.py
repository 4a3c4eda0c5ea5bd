"""How long a rehearsal of a notebook with pandas and matplotlib takes, and Jupyter's answers meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from responsiveness import answers_during, ask
from serving import Jupyter, start_jupyter

EXAMPLES = Path(__file__).parents[1] / "examples"
NOTEBOOK = "analysis.ipynb"


@dataclass(frozen=True)
class Rehearsing:
    """What was measured, in seconds.

    Attributes:
        first: The first rehearsal, its environment made with the installer's own cache.
        start: From a click to the start of the notebook, with the environment kept from before.
        answers: Of Jupyter, during both.
    """

    first: float
    start: float
    answers: list[float]


def measure(scratch: Path) -> Rehearsing:
    """Rehearse the example three times in a Jupyter of its own: the first time fills the installer's cache."""
    jupyter, first = _jupyter(scratch / "warm"), 0.0
    try:
        rehearse(jupyter)
    finally:
        jupyter.stop()
    jupyter, events = _jupyter(scratch / "measured"), list[list[dict[str, Any]]]()
    try:
        answers = answers_during(jupyter, lambda: events.extend(rehearse(jupyter) for _ in range(2)))
    finally:
        jupyter.stop()
    first = _moment(events[0][-1]) - _moment(events[0][0])
    started = next(each for each in events[1] if each["step"] == "run")
    return Rehearsing(first, _moment(started) - _moment(events[1][0]), answers)


def rehearse(jupyter: Jupyter) -> list[dict[str, Any]]:
    """Rehearse the example and return the events."""
    job = ask(jupyter, "POST", "rsconnect-jupyter/rehearse", {"path": NOTEBOOK, "mode": "source"})
    events = list(_followed(jupyter, job))
    assert events[-1]["data"]["runs"], events[-1]
    return events


def _followed(jupyter: Jupyter, job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    while not job["finished"]:
        job = ask(jupyter, "GET", f"rsconnect-jupyter/rehearse/{job['id']}?first={job['last']}&wait=20")
        yield from job["events"]


def _jupyter(folder: Path) -> Jupyter:
    (folder / "home").mkdir(parents=True)
    shutil.copytree(EXAMPLES, folder / "root")
    return start_jupyter(folder / "home", folder / "root")


def _moment(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp()
