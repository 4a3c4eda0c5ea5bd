"""How much memory the Jupyter process holds after many publishes from it, of ten notebooks in turn."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bundles
import psutil
from responsiveness import ask, illustrated, publish_one
from serving import Jupyter, Sandbox, start_jupyter

NOTEBOOKS = 10


@dataclass(frozen=True)
class Memory:
    """Bytes of memory of the Jupyter process alone, without the processes it starts.

    Attributes:
        held: Before the first publish, and after as many as were asked for.
        peaks: The most it had until then; None where the system does not tell.
    """

    held: list[int]
    peaks: list[int | None]


def measure(scratch: Path, sandbox: Sandbox, *, publishes: Sequence[int]) -> Memory:
    """Publish from one Jupyter server, and look at its memory.

    Args:
        scratch: A folder.
        sandbox: Where to.
        publishes: After how many to look; in ascending order.
    """
    root, home = scratch / "remembered", scratch / "memory-home"
    home.mkdir()
    document = json.loads(bundles.make_project(root, files=0).read_text())
    for number in range(NOTEBOOKS):
        (root / f"report-{number}.ipynb").write_text(json.dumps(illustrated(document, number)))
    jupyter = start_jupyter(home, root)
    try:
        server = {"name": "here", "address": sandbox.url, "api_key": sandbox.key}
        ask(jupyter, "POST", "rsconnect-jupyter/servers", server)
        held, peaks, done = [held_by(jupyter)], [peak_of(jupyter)], 0
        for until in publishes:
            for number in range(done, until):
                publish_one(jupyter, {"path": f"report-{number % NOTEBOOKS}.ipynb", "mode": "html"})
            held.append(held_by(jupyter))
            peaks.append(peak_of(jupyter))
            done = until
        return Memory(held, peaks)
    finally:
        jupyter.stop()


def held_by(jupyter: Jupyter) -> int:
    """Return the resident memory of the Jupyter process."""
    return int(psutil.Process(jupyter.process.pid).memory_info().rss)


def peak_of(jupyter: Jupyter) -> int | None:
    """Return the most memory the Jupyter process ever had (Linux)."""
    status = Path(f"/proc/{jupyter.process.pid}/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(found[1]) * 1024 if found else None
