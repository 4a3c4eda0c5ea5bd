"""The panel in another language: a pseudo-language shows what is not translated, and long texts fit into 280 pixels."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_actions import RUN_LIMIT
from playwright.sync_api import Locator, Page, expect
from serving import Jupyter, Sandbox, start_jupyter
from translated import PSEUDO

PROJECT = Path(__file__).parents[2]
NARROW = "document.querySelector('.jp-rsc-root').style.width = '280px'"

UNMARKED = """
where => {
  const found = new Set();
  const note = text => {
    const plain = (text ?? '').trim();
    if (/\\p{L}{2}/u.test(plain) && !/[⟦⟧]/.test(plain)) {
      found.add(plain);
    }
  };
  for (const root of document.querySelectorAll(where)) {
    for (const each of [root, ...root.querySelectorAll('*')]) {
      if (each.closest('.jp-rsc-line-log')) {
        continue;
      }
      if (each.matches('script, style, option') ? !each.matches('option') : !each.checkVisibility()) {
        continue;
      }
      for (const name of ['title', 'aria-label', 'placeholder', 'alt', 'aria-description']) {
        note(each.getAttribute(name));
      }
      for (const node of each.childNodes) {
        if (node.nodeType === Node.TEXT_NODE) {
          note(node.data);
        }
      }
    }
  }
  return [...found];
}
"""
"""Returns the visible texts, and texts for screen readers, that have no mark of the pseudo-language."""

TOO_WIDE = """
() => {
  const root = document.querySelector('.jp-rsc-root');
  const right = root.getBoundingClientRect().right + 1;
  const scrolls = each => {
    for (let at = each.parentElement; at && at !== root; at = at.parentElement) {
      if (getComputedStyle(at).overflowX !== 'visible' && !at.matches('.jp-rsc-middle')) {
        return true;
      }
    }
    return false;
  };
  return [...root.querySelectorAll('*')]
    .filter(each => each.checkVisibility() && each.getBoundingClientRect().right > right && !scrolls(each))
    .map(each => `${each.tagName}.${each.className}: ${each.textContent.slice(0, 60)}`);
}
"""
"""Returns what is wider than the panel and is not in a part that scrolls."""

DATA = (
    r"[\w./ -]+\.(ipynb|csv|txt|py|png|md)",  # files
    r"(Python )?\d[\d.,:/ ]*\s?([kMG]?B|s|AM|PM|UTC)?(, .*)?",  # numbers, sizes, versions, times
    r"/\S+",  # paths of this machine
    r"Quarterly sales|-----BEGIN CERTIFICATE-----",  # the notebook's title, what a certificate begins with
    r"https?://\S+|127\.0\.0\.1.*",  # addresses
    r"Python 3( \(ipykernel\))?|ipykernel.*",  # kernels
    r"[\w-]+(\[.*\])?([=<>~!]=?.*)?",  # names and requirement lines
)
"""What is no text of ours: what people, servers and packages are called."""


@pytest.fixture(scope="module")
def pseudo_lab(tmp_path_factory: pytest.TempPathFactory, open_sandbox: Sandbox, pseudo_pack: Path) -> Iterator[Jupyter]:
    """A JupyterLab whose user chose the pseudo-language, with the sandbox as its server."""
    folder = tmp_path_factory.mktemp("pseudo-lab")
    home, root = folder / "home", folder / "root"
    chosen = home / "settings" / "@jupyterlab" / "translation-extension" / "plugin.jupyterlab-settings"
    chosen.parent.mkdir(parents=True)
    chosen.write_text(json.dumps({"locale": PSEUDO}))
    shutil.copytree(PROJECT / "examples", root)
    environment = {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(pseudo_pack), os.environ.get("PYTHONPATH")])),
        "CONNECT_SERVER": open_sandbox.url,
        "CONNECT_API_KEY": open_sandbox.key,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    jupyter = start_jupyter(home, root, environment=environment)
    yield jupyter
    jupyter.stop()


def area(page: Page) -> Locator:
    return page.locator(".jp-rsc-root")


def named(page: Page, text: str) -> Locator:
    """Return the panel's button of a text, in the pseudo-language."""
    return area(page).get_by_role("button", name=re.compile(f"^⟦{re.escape(text)}~*⟧$")).first


def untranslated(page: Page, where: str = ".jp-rsc-root") -> list[str]:
    texts = page.evaluate(UNMARKED, where)
    return [each for each in texts if not any(re.fullmatch(form, each) for form in DATA)]


def open_all(page: Page) -> None:
    """Open every section of the panel, and what is folded in those."""
    closed = area(page).locator("button[aria-expanded=false]:visible:not([aria-haspopup]):not([role=combobox])")
    for _round in range(30):
        if not closed.count():
            break
        closed.first.click()
    expect(area(page).locator("[aria-busy=true]")).to_have_count(0)


def looked_at(page: Page, state: str, seen: dict[str, list[str]]) -> None:
    seen[state] = untranslated(page) + page.evaluate(TOO_WIDE)
    if os.environ.get("SHOTS"):
        shots = PROJECT / "test-results"
        shots.mkdir(exist_ok=True)
        area(page).screenshot(path=shots / f"pseudo-{state}.png")


def test_every_text_is_translated_and_fits(pseudo_lab: Jupyter, page: Page) -> None:
    seen: dict[str, list[str]] = {}
    page.goto(pseudo_lab.address("lab", "analysis.ipynb"))
    page.locator(".jp-NotebookPanel-toolbar").get_by_role("button", name=re.compile("^⟦Publish")).click()
    publish = area(page).locator(".jp-rsc-publish")
    expect(publish).to_be_enabled()
    page.evaluate(NARROW)
    open_all(page)
    looked_at(page, "ready", seen)
    publish.click()
    area(page).get_by_role("progressbar").first.wait_for()
    looked_at(page, "publishing", seen)
    area(page).locator(".jp-rsc-links").wait_for(timeout=RUN_LIMIT)
    open_all(page)
    looked_at(page, "published", seen)
    named(page, "Add server").click()
    named(page, "Back").wait_for()
    open_all(page)
    looked_at(page, "server form", seen)
    seen["commands"] = page.evaluate(
        """() => {
          const { commands } = window.jupyterapp;
          const ours = commands.listCommands().filter(each => each.startsWith('rsconnect-jupyter:'));
          const texts = ours.flatMap(each => [commands.label(each), commands.caption(each)]);
          return texts.filter(each => each && !each.includes('⟦'));
        }"""
    )
    assert {state: found for state, found in seen.items() if found} == {}
