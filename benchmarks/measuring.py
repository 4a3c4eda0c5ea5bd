"""One measurement: a fresh process's time and memory, and two of them side by side as a row of a table."""

from __future__ import annotations

import json
import sqlite3
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class Sample:
    """One run: seconds, bytes of memory at the peak, and seconds of processor time where they were counted."""

    seconds: float
    peak: int
    processor: float = 0.0


@dataclass(frozen=True)
class Row:
    """One line of the table; `theirs` is None where the peer has no such thing."""

    title: str
    ours: float
    theirs: float | None
    unit: str = " s"
    peaks: tuple[float, ...] | None = None

    @property
    def ratio(self) -> float | None:
        """How much of the peer's we take."""
        return self.ours / self.theirs if self.theirs else None

    def text(self) -> str:
        """Return the row as Markdown."""
        digits = 3 if self.unit == " s" else 0
        cells = [f"{self.ours:.{digits}f}{self.unit}"]
        cells.append("" if self.theirs is None else f"{self.theirs:.{digits}f}{self.unit}")
        cells.append("" if self.ratio is None else f"{self.ratio:.2f}")
        cells.append("" if self.peaks is None else " / ".join(f"{each / 1e6:.0f}" for each in self.peaks))
        return f"| {self.title} | {' | '.join(cells)} |"


def compare(title: str, rounds: int, ours: Callable[[], Sample], theirs: Callable[[], Sample]) -> Row:
    """Measure both in turns, and return the row of their medians."""
    taken: tuple[list[Sample], list[Sample]] = ([], [])
    for number in range(rounds):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            taken[side].append((ours, theirs)[side]())
    seconds = [statistics.median(each.seconds for each in side) for side in taken]
    peaks = [statistics.median(each.peak for each in side) for side in taken]
    return Row(title, seconds[0], seconds[1], peaks=(peaks[0], peaks[1]))


def fresh(*command: str | Path, key: str | None = None, environment: Mapping[str, str] | None = None) -> Sample:
    """Run a command and return what it took.

    Args:
        command: It must succeed.
        key: Name of the seconds in the JSON object that it prints, for work inside a process; None takes the whole.
        environment: Its variables.
    """
    launched = command if key else (sys.executable, "-I", "-S", LAUNCH, *command)
    done = subprocess.run(
        [str(each) for each in launched], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    return Sample(told[key or "seconds"], told["peak"], told.get("processor", 0.0))


def run_seconds(data: Path) -> float:
    """Return how long a sandbox ran the content that was created last."""
    with sqlite3.connect(data / "sandbox.db") as database:
        newest = "SELECT guid FROM content ORDER BY rowid DESC LIMIT 1"
        rows = database.execute(f"SELECT start_time, end_time FROM jobs WHERE content_guid = ({newest})").fetchall()
    times = [[datetime.fromisoformat(each[:26]) for each in row] for row in rows]
    return sum((end - start).total_seconds() for start, end in times)
