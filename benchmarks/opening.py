"""How long the panel takes to open in JupyterLab in Chromium: from the click on its button to Publish enabled.

Also Jupyter's answer to what the panel asks about the notebook, without a browser.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from browser_actions import open_notebook, publish_button, toolbar_button
from comparing import chromium, jupyter_with_notebook, seconds
from playwright.sync_api import Browser, expect
from responsiveness import ask
from serving import Jupyter, Sandbox

WATCH = """() => {
  window.opened = new Promise(done => {
    const look = began => {
      const button = document.querySelector('.jp-rsc-publish[aria-disabled=false]');
      button?.checkVisibility() ? done(performance.now() - began) : requestAnimationFrame(() => look(began));
    };
    document.addEventListener('click', event => look(event.timeStamp), { capture: true, once: true });
  });
}"""
"""Times it in the page, from the event on: Playwright waits before it clicks, and looks seldom."""


@dataclass(frozen=True)
class Opening:
    """Seconds, each a median.

    Attributes:
        inspect_first: Jupyter's first answer about the notebook after its start. `inspect_again`: later ones.
        first: From the first click after Jupyter's start to Publish enabled; None without a browser.
        again: The same in a page that was loaded later.
    """

    inspect_first: float
    inspect_again: float
    first: float | None
    again: float | None


def measure(scratch: Path, sandbox: Sandbox, *, rounds: int) -> Opening:
    """Inspect a notebook with many cells and pictures, and open the panel for it.

    Args:
        scratch: A folder.
        sandbox: The server that Jupyter knows.
        rounds: How many Jupyter servers are started for each.
    """
    inspected: list[tuple[float, float]] = []
    clicked: list[tuple[float, float]] = []
    with chromium() as browser:
        for number in range(rounds):
            with jupyter_with_notebook(scratch / f"inspected-{number}", sandbox) as jupyter:
                ask_once = partial(seconds, partial(inspect, jupyter))
                inspected.append((ask_once(), ask_once()))
            if browser is not None:
                with jupyter_with_notebook(scratch / f"opened-{number}", sandbox) as jupyter:
                    clicked.append((click(browser, jupyter, "first"), click(browser, jupyter, "again")))
    inspect_first, inspect_again = medians(inspected)
    first, again = medians(clicked) if clicked else (None, None)
    return Opening(inspect_first, inspect_again, first, again)


def medians(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(each[0] for each in pairs), statistics.median(each[1] for each in pairs)


def inspect(jupyter: Jupyter) -> None:
    """Ask what the panel asks about the notebook before Publish is enabled."""
    ask(jupyter, "POST", "rsconnect-jupyter/inspect", {"path": "report.ipynb", "server_versions": False})


def click(browser: Browser, jupyter: Jupyter, workspace: str) -> float:
    """Return the seconds from the click to Publish enabled, in a browser without a cache and in a new workspace.

    JupyterLab would open the panel by itself in a workspace where it was open before.
    """
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    open_notebook(page, f"{jupyter.url}/lab/workspaces/{workspace}/tree/report.ipynb?token={jupyter.token}")
    page.evaluate(WATCH)
    toolbar_button(page).click()
    taken = page.evaluate("window.opened")
    expect(publish_button(page)).to_be_enabled()
    page.close()
    return float(taken) / 1000
