"""How long it takes to compare a version with the notebook: 300 cells and 20 pictures, a tenth of the cells changed.

Jupyter's answer is timed, and what an author waits for: from the click to the comparison on screen, in Chromium.
"""

from __future__ import annotations

import base64
import json
import random
import shutil
import statistics
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from browser_actions import EXPOSE, open_panel, panel
from playwright.sync_api import Browser, Page, sync_playwright
from responsiveness import ask, publish_one
from serving import Jupyter, Sandbox, start_jupyter

CELLS = 300
PICTURES = 20
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Comparing:
    """Seconds and requests to the Connect server: of the mark, the first comparison, and later ones.

    Attributes:
        mark: Seconds until it is known, after a save, whether readers see what the notebook is now.
        click: Seconds from the click to the screen; None without a browser.
    """

    mark: float
    first: float
    again: float
    first_requests: int
    later_requests: int
    click: float | None


def measure(scratch: Path, sandbox: Sandbox, *, rounds: int, requests: Callable[[], int]) -> Comparing:
    """Publish, change and compare.

    Args:
        scratch: A folder.
        sandbox: Where to; its faults allowed.
        rounds: How often each comparison is timed.
        requests: Returns how many requests came to the sandbox since it was called last.
    """
    with jupyter_with_notebook(scratch, sandbox) as jupyter:
        publish_one(jupyter, {"path": "report.ipynb", "mode": "html", "files": ["report.ipynb"], "title": "Compared"})
        jobs = ask(jupyter, "GET", "rsconnect-jupyter/publish")["jobs"]
        made = jobs[0]["result"]
        marks = [mark_after_a_save(jupyter, changed=number % 2 == 0) for number in range(2 * rounds + 1)]
        body = {"path": "report.ipynb", "server": "here", "guid": made["guid"], "old": made["bundle_id"]}
        ask(jupyter, "POST", "rsconnect-jupyter/inspect", {"path": "report.ipynb", "server": "here"})
        requests()
        first = seconds(lambda: ask(jupyter, "POST", "rsconnect-jupyter/compare", body))
        first_requests = requests()
        again = [seconds(lambda: ask(jupyter, "POST", "rsconnect-jupyter/compare", body)) for _ in range(rounds)]
        later_requests, mark = requests(), statistics.median(marks)
        return Comparing(
            mark, first, statistics.median(again), first_requests, later_requests, clicked(jupyter, rounds)
        )


def mark_after_a_save(jupyter: Jupyter, *, changed: bool) -> float:
    write(jupyter.root / "report.ipynb", changed=changed)
    answers: list[Any] = []
    asked = {"path": "report.ipynb"}
    taken = seconds(lambda: answers.append(ask(jupyter, "POST", "rsconnect-jupyter/changes", asked)))
    assert answers[0]["state"] == ("changed" if changed else "up-to-date")
    return taken


@contextmanager
def jupyter_with_notebook(scratch: Path, sandbox: Sandbox) -> Iterator[Jupyter]:
    """Run a Jupyter server that knows the sandbox and has the notebook."""
    root, home = scratch / "compared", scratch / "comparing-home"
    root.mkdir(parents=True)
    home.mkdir()
    write(root / "report.ipynb", changed=False)
    jupyter = start_jupyter(home, root)
    try:
        server = {"name": "here", "address": sandbox.url, "api_key": sandbox.key}
        ask(jupyter, "POST", "rsconnect-jupyter/servers", server)
        yield jupyter
    finally:
        jupyter.stop()


def write(path: Path, *, changed: bool) -> None:
    """Write the notebook, or the one that came of it: each tenth cell and each picture is another."""
    empty = {"cells": [], "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
             "nbformat": 4, "nbformat_minor": 5}  # fmt: skip
    cells: list[dict[str, Any]] = []
    for number in range(CELLS):
        cell = {"cell_type": "code", "metadata": {}, "execution_count": 1, "outputs": []}
        if number % (CELLS // PICTURES) == 0:
            image = {"image/png": base64.b64encode(picture(2 * number + changed)).decode()}
            cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": image}]
        value = random.Random(number + (number % 10 == 0) * changed).random()
        source = f"# Step {number}\nvalue = {value}\nfor each in range({number}):\n    total += value * each\n"
        cells.append({**cell, "id": f"cell-{number}", "source": source})
    path.write_text(json.dumps({**empty, "cells": cells}))


def picture(seed: int) -> bytes:
    """Return a PNG picture of 128 by 128 random colours, about 50 kB."""
    side = 128
    rows = b"".join(b"\0" + random.Random(seed * side + row).randbytes(3 * side) for row in range(side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def clicked(jupyter: Jupyter, rounds: int) -> float | None:
    """Return the seconds from the click to the comparison on screen, its pictures decoded; None without a browser."""
    with chromium() as browser:
        if browser is None:
            return None
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(EXPOSE)
        open_panel(page, jupyter.address("lab", "report.ipynb"))
        panel(page).get_by_role("button", name="Versions", exact=True).click()
        panel(page).locator(".jp-rsc-version").first.get_by_role("button", name="Compare version").click()
        return statistics.median(click_and_wait(page) for _ in range(rounds))


@contextmanager
def chromium() -> Iterator[Browser | None]:
    """Run this machine's Chromium; None where there is none."""
    program = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if program is None:
        yield None
        return
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program)
        yield browser
        browser.close()


def click_and_wait(page: Page) -> float:
    button = panel(page).get_by_role("button", name="With the notebook")
    began = time.perf_counter()
    button.click()
    page.locator(".jp-rsc-compare-summary").wait_for()  # in the page; `expect` looks again after up to a second
    page.evaluate("Promise.all([...document.querySelectorAll('.jp-rsc-compare img')].map(each => each.decode()))")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    taken = time.perf_counter() - began
    page.get_by_role("tab", name="report.ipynb: version").locator(".lm-TabBar-tabCloseIcon").click()
    return taken


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
