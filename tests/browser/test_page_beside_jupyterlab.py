"""The same notebooks in JupyterLab and as our page: the same outputs, in the same order, with the same text and look.

The differences that are meant are in ``docs/explanation/finished-documents.md``.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser_actions import EXPOSE
from html_notebooks import NEW, OLD, unpack
from peers import peer
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route
from serving import Jupyter, jupyter_environment, start_jupyter

from rsconnect_jupyter.html.libraries import library
from rsconnect_jupyter.html.render import render_html

pytestmark = [pytest.mark.peer, pytest.mark.thorough]

TOLERANCE = 0.06
"""Mean difference of brightness between pictures of 64 by 64 points, of 1: fonts and edges differ, shapes do not."""

TEXTS = """
() => [...document.querySelectorAll('.jp-OutputArea-output')].filter(e => e.getClientRects().length).map(output => {
  const copy = output.cloneNode(true);
  const unread = 'script, style, noscript, mjx-container, .MathJax, .MathJax_Preview, .jp-mod-visuallyHidden, svg,'
    + ' canvas, a.page-anchor, a.jp-InternalAnchorLink, .vega-actions, .vega-embed summary, .modebar, .page-copy';
  copy.querySelectorAll(unread).forEach(each => each.remove());
  if (output.matches('.jp-RenderedJSON, [data-mime-type="application/json"]')) {
    copy.querySelectorAll('details:not([open]) > :not(summary)').forEach(each => each.remove());
    copy.querySelectorAll('details[open] > summary > .page-json-size').forEach(each => each.remove());
    return copy.textContent.replace(/[\\s":▶]+/g, '');
  }
  return copy.textContent.replace(/[\\s¶]+/g, ' ').trim();
})
"""
"""Texts of the outputs that are seen, without what is drawn."""

VISUALS = (
    ".jp-OutputArea-output :is(.jp-RenderedImage img, .jp-RenderedSVG img, img[src^='data:']:not(td img),"
    " .svg-container, .vega-embed canvas, .vega-embed svg.marks, .bk-Figure),"
    " .jp-OutputArea-output.jp-RenderedImage img, .jp-OutputArea-output.jp-RenderedSVG img"
)
"""What is compared as a picture; pictures in tables are too small for it."""

OPEN = """async ({path, kernel}) => {
  await jupyterapp.commands.execute('docmanager:open', { path, ...kernel });
}"""
NO_KERNEL = {"kernel": {"name": None}, "kernelPreference": {"canStart": False}}
"""What all need but widgets, whose places JupyterLab fills when there is a kernel."""


CDN = re.compile(r"https://cdn\.jsdelivr\.net/npm/+(vega(?:-lite|-embed)?)@")
"""Where Altair's HTML finds its libraries; the test answers with the page's own: they must not differ in those."""


@dataclass
class Side:
    """What is seen of a notebook's outputs in one of the two."""

    texts: list[str]
    visuals: int


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebooks, as they were saved with today's and with former versions of the libraries."""
    folder = tmp_path_factory.mktemp("shown")
    unpack(folder)
    return folder


@pytest.fixture(scope="module")
def lab(notebooks: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """A JupyterLab that trusts the notebooks, draws every cell at once and has Plotly's extension."""
    home = tmp_path_factory.mktemp("home")
    environment = jupyter_environment(home)
    setting = home / "settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    setting.parent.mkdir(parents=True)
    setting.write_text(json.dumps({"windowingMode": "none"}))
    trust = [sys.executable, "-m", "jupyter", "trust", *map(str, notebooks.glob("*.ipynb"))]
    subprocess.run(trust, check=True, env=environment, capture_output=True)
    extensions = {"JUPYTER_PATH": str(peer("plotly==5.9.0", "--no-deps").parent / "share" / "jupyter")}
    running = start_jupyter(home, notebooks, environment=extensions)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def tabs(chromium: Browser, lab: Jupyter) -> Iterator[tuple[Page, Page]]:
    """JupyterLab, opened once, and a tab for our pages."""
    context: BrowserContext = chromium.new_context(viewport={"width": 1280, "height": 1000}, color_scheme="light")
    context.add_init_script(EXPOSE)
    context.route(CDN, _library)
    theirs = context.new_page()
    theirs.goto(f"{lab.url}/lab?token={lab.token}")
    theirs.wait_for_function("() => window.jupyterapp && window.jupyterapp.restored.then(() => true)", timeout=90_000)
    yield theirs, context.new_page()
    context.close()


def _library(asked: Route) -> None:
    (name,) = CDN.findall(asked.request.url)
    asked.fulfill(body=library(f"{name}.min.js"), content_type="text/javascript")


NOT_COMPARED = {"bokeh": "JupyterLab runs a saved plot's script before the plot's place is in its page"}
"""Notebooks that JupyterLab itself does not draw; `test_page_libraries` has them."""


@pytest.mark.parametrize("name", [each for each in (*NEW, *OLD) if each not in NOT_COMPARED])
def test_page_shows_what_jupyterlab_shows(notebooks: Path, tabs: tuple[Page, Page], name: str, tmp_path: Path) -> None:
    theirs, ours = tabs
    page = tmp_path / f"{name}.html"
    page.write_text(render_html(notebooks / f"{name}.ipynb"), encoding="utf-8")
    ours.goto(page.as_uri())
    theirs.bring_to_front()
    theirs.evaluate(OPEN, {"path": f"{name}.ipynb", "kernel": {} if name == "widgets" else NO_KERNEL})
    theirs.locator(".jp-OutputArea-output:visible").first.wait_for(timeout=60_000)
    _await_the_same(theirs, ours)
    assert _side(ours) == _side(theirs)
    for index in range(_side(theirs).visuals):
        assert _difference(_visuals(ours).nth(index), _visuals(theirs).nth(index)) < TOLERANCE


def _await_the_same(theirs: Page, ours: Page) -> None:
    """Give both time to draw."""
    for _ in range(20):
        if _side(ours) == _side(theirs):
            return
        theirs.wait_for_timeout(250)


def _side(page: Page) -> Side:
    texts = [re.sub(r"id-[0-9a-f-]{8,}|#[\w-]*\d{6,}[\w-]*", "", each) for each in page.evaluate(TEXTS)]
    return Side([each for each in texts if each], _visuals(page).count())


def _visuals(page: Page) -> Locator:
    return page.locator(VISUALS).filter(visible=True)


def _difference(one: Locator, other: Locator) -> float:
    first, second = (_thumbnail(each) for each in (one, other))
    return float(ImageStat.Stat(ImageChops.difference(first, second)).mean[0]) / 255


def _thumbnail(place: Locator) -> Image.Image:
    return Image.open(io.BytesIO(place.screenshot())).convert("L").resize((64, 64))
