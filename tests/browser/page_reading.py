"""Pages as readers open them: from the sandbox, and from disk without a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

CASES = Path(__file__).parents[1] / "html" / "cases"

From = Literal["sandbox", "disk"]
FROM = (pytest.param("sandbox", marks=pytest.mark.thorough), "disk")


@dataclass
class Pages:
    """Made pages by name: below an address, and in a folder."""

    address: str
    folder: Path


@dataclass
class Visit:
    """An open page, and what went wrong in it."""

    page: Page
    errors: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


@contextmanager
def visited(
    browser: Browser, pages: Pages, name: str, *, source: From = "disk", wrong: bool = False, **options: Any
) -> Iterator[Visit]:
    """Open a page in a profile of its own; in the end it must have met no error and asked no other server.

    Args:
        browser: Chromium.
        pages: Where the pages are.
        name: Of the page, such as ``10-unclosed-html/bold``.
        source: ``disk`` has no network at all.
        wrong: True allows errors and requests; the test looks at them.
        options: Of the browser's profile.
    """
    context: BrowserContext = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    context.set_default_timeout(60_000)
    context.set_offline(source == "disk")
    file = name.replace("/", "-") + ".html"
    address = f"{pages.address}{file}" if source == "sandbox" else (pages.folder / file).as_uri()
    visit = Visit(context.new_page())
    visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
    visit.page.on("requestfailed", lambda request: visit.failed.append(request.url))
    visit.page.on("response", lambda answer: visit.failed.append(answer.url) if answer.status >= 400 else None)
    known = ("data:", "blob:", "about:", "chrome:", "chrome-extension:")  # the last two: the browser's own PDF viewer
    visit.page.on(
        "request",
        lambda asked: (
            None if asked.is_navigation_request() or asked.url.startswith(known) else visit.elsewhere.append(asked.url)
        ),
    )
    try:
        visit.page.goto(address)
        yield visit
        problems = {"errors": visit.errors, "failed": visit.failed, "elsewhere": visit.elsewhere}
        assert wrong or not any(problems.values()), problems
    finally:
        context.close()


CONTRASTS = """
() => {
  const parse = text => {
    const [r, g, b, a] = text.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a === undefined ? 1 : a];
  };
  const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3]));
  const light = c => {
    const [r, g, b] = c.map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = node => {
    let under = [255, 255, 255];
    const chain = [];
    for (let each = node; each; each = each.parentElement) { chain.unshift(each); }
    for (const each of chain) { under = over(parse(getComputedStyle(each).backgroundColor), under); }
    return under;
  };
  const found = [];
  for (const node of document.querySelectorAll('main *, nav *, header *')) {
    const texts = [...node.childNodes].filter(each => each.nodeType === 3).map(each => each.data.trim());
    const words = texts.join(' ').trim();
    const box = node.getBoundingClientRect();
    const style = getComputedStyle(node);
    if (!words || !box.width || style.visibility === 'hidden' || style.opacity === '0') { continue; }
    if (node.closest('script, style, canvas, noscript')) { continue; }
    const own = node.closest('svg') ? style.fill : style.color;
    if (!own.startsWith('rgb')) { continue; }
    const below = ground(node);
    const [a, b] = [light(over(parse(own), below)), light(below)].sort((x, y) => y - x);
    found.push([words.slice(0, 40), Math.round(100 * (a + 0.05) / (b + 0.05)) / 100]);
  }
  return found;
}
"""


def unreadable(page: Page) -> list[tuple[str, float]]:
    """Return the texts whose contrast to what is behind them is below 4.5, with it."""
    return [(words, value) for words, value in page.evaluate(CONTRASTS) if value < 4.5]


AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


def violations(page: Page) -> list[str]:
    """Return what axe-core finds in a page."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
