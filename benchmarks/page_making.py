"""Pages of a small notebook and of one with 300 cells and 20 plots, beside ``nbconvert --to html``; sizes, too."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import comparing
from measuring import Row, compare, fresh

from rsconnect_jupyter.html.page_process import PageMaker

SMALL = Path(__file__).parents[1] / "examples" / "minimal.ipynb"
PROBE = Path(__file__).with_name("probes.py")


def measure(scratch: Path, programs: Path, *, rounds: int) -> Iterator[Row]:
    """Make the pages in fresh processes, then the large one in the process that Jupyter keeps for it.

    Args:
        scratch: A folder.
        programs: Where the peer's nbconvert is.
        rounds: How often each page is made.
    """
    scratch.mkdir()
    large = scratch / "large.ipynb"
    comparing.write(large, changed=False)
    title = f"{comparing.CELLS} cells with {comparing.PICTURES} plots"
    for notebook, name in ((SMALL, "a small notebook"), (large, title)):
        ours, theirs = scratch / "ours.html", scratch / "theirs.html"
        converted = ("--to", "html", "--output-dir", scratch, "--output", theirs.name, notebook)
        yield compare(
            f"finished document of {name}",
            rounds,
            partial(fresh, sys.executable, PROBE, "page", notebook, ours),
            partial(fresh, programs / "jupyter-nbconvert", *converted),
        )
        yield Row(f"size of that document, {name}", size(ours), size(theirs), unit=" kB")
    taken = again(large, scratch / "ours.html", rounds)
    yield Row(f"finished document of {title}, again in the same Jupyter", taken, None)


def size(page: Path) -> float:
    return page.stat().st_size / 1000


def again(notebook: Path, page: Path, rounds: int) -> float:
    """Return the seconds that the page takes while its process runs."""
    folder = str(notebook.parent)
    order: dict[str, Any] = {"notebook": str(notebook), "page": str(page), "title": None, "hide_input": "none"}
    order.update(folder=folder, root=folder)
    maker = PageMaker()
    make = partial(maker.make, order, should_stop=lambda: False)
    make()
    taken = median(comparing.seconds(make) for _ in range(rounds))
    maker.end()
    return taken
