"""The panel in another language: a pseudo-language shows what is not translated, and long texts fit into 280 pixels."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from authoring import write_notebook
from browser_actions import RUN_LIMIT, content_guid, set_cell
from playwright.sync_api import Locator, Page, Route, expect
from serving import Jupyter, Sandbox, start_jupyter
from translated import PSEUDO, unmarked

from rsconnect_jupyter.models import Secret
from rsconnect_jupyter.runner.ports import free_port
from rsconnect_jupyter.servers.store import ServerStore

PROJECT = Path(__file__).parents[2]
NARROW = "document.querySelector('.jp-rsc-root').style.width = '280px'"

SHOWN = """
where => {
  const found = new Set();
  const note = text => {
    const plain = (text ?? '').trim();
    if (/\\p{L}{2}/u.test(plain)) {
      found.add(plain);
    }
  };
  for (const root of document.querySelectorAll(where)) {
    for (const each of [root, ...root.querySelectorAll('*')]) {
      if (each.closest('.jp-rsc-line-log, .jp-rsc-excerpt, .jp-rsc-compare-source, .jp-rsc-compare-text')) {
        continue;
      }
      if (each.matches('script, style, option') ? !each.matches('option') : !each.checkVisibility()) {
        continue;
      }
      for (const name of ['title', 'aria-label', 'placeholder', 'alt', 'aria-description', 'data-text']) {
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
"""Returns the visible texts, and texts for screen readers, but for source code and what programs wrote into a log."""

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
  const isCut = each => {
    const { display, overflowX, textOverflow } = getComputedStyle(each);
    const cuts = !['auto', 'scroll'].includes(overflowX) && textOverflow !== 'ellipsis' && display !== 'inline';
    return cuts && each.clientWidth > 1 && each.scrollWidth > each.clientWidth + 1 && !each.matches('input, select');
  };
  return [...root.querySelectorAll('*')]
    .filter(each => each.checkVisibility() && !scrolls(each))
    .filter(each => each.getBoundingClientRect().right > right || isCut(each))
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
    store = ServerStore(folder=home / "data" / "rsconnect-jupyter")
    store.add(name="sandbox", url=open_sandbox.url, api_key=Secret(open_sandbox.key))
    environment = {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(pseudo_pack), os.environ.get("PYTHONPATH")])),
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
    texts = [unmarked(each).strip(" ·,:") for each in page.evaluate(SHOWN, where)]
    texts = [each for each in texts if re.search(r"[^\W\d_]{2}", each)]
    return [each for each in texts if not any(re.fullmatch(form, each) for form in DATA)]


def open_all(page: Page) -> None:
    """Open every section of the panel, and what is folded in those."""
    closed = area(page).locator("button[aria-expanded=false]:visible:not([aria-haspopup]):not([role=combobox])")
    for _round in range(30):
        if not closed.count():
            break
        closed.first.click()
    expect(area(page).locator("[aria-busy=true]")).to_have_count(0)


def looked_at(page: Page, state: str, seen: dict[str, list[str]], where: str = ".jp-rsc-root") -> None:
    seen[state] = untranslated(page, where) + page.evaluate(TOO_WIDE)
    if os.environ.get("SHOTS"):
        shots = PROJECT / "test-results"
        shots.mkdir(exist_ok=True)
        page.locator(where).locator("visible=true").first.screenshot(path=shots / f"pseudo-{state}.png")


def open_panel(page: Page, jupyter: Jupyter, name: str) -> Locator:
    """Open a notebook alone, and its panel, 280 pixels wide; returns the button that publishes."""
    page.goto(f"{jupyter.url}/lab/workspaces/{Path(name).stem}/tree/{name}?token={jupyter.token}")
    page.locator(".jp-NotebookPanel-toolbar").get_by_role("button", name=re.compile("^⟦Publish")).click()
    publish = area(page).locator(".jp-rsc-publish")
    expect(publish).to_be_enabled()
    page.evaluate(NARROW)
    return publish


def run(page: Page, command: str) -> None:
    """Run a command, without waiting for what it asks."""
    page.evaluate("id => { void window.jupyterapp.commands.execute(id); }", command)


def asked(page: Page, state: str, seen: dict[str, list[str]]) -> None:
    """Look at the dialog that is open, and say no."""
    dialog = page.locator(".jp-Dialog-content")
    dialog.wait_for()
    looked_at(page, state, seen, ".jp-Dialog-content")
    dialog.locator("button.jp-mod-reject").click()
    expect(dialog).to_have_count(0)


def publish_as_another(server: Sandbox, guid: str) -> None:
    """Make another version of a content what readers see, as somebody else would."""
    content, headers = f"{server.url}/__api__/v1/content/{guid}", {"Authorization": f"Key {server.key}"}
    (bundle,) = requests.get(f"{content}/bundles", headers=headers, timeout=60).json()
    archive = requests.get(f"{content}/bundles/{bundle['id']}/download", headers=headers, timeout=60).content
    made = requests.post(f"{content}/bundles", headers=headers, data=archive, timeout=60).json()
    task = requests.post(f"{content}/deploy", headers=headers, json={"bundle_id": made["id"]}, timeout=60).json()
    address = f"{server.url}/__api__/v1/tasks/{task['task_id']}?wait=20"
    assert requests.get(address, headers=headers, timeout=60).json()["finished"]


def test_every_text_is_translated_and_fits(pseudo_lab: Jupyter, page: Page) -> None:
    seen: dict[str, list[str]] = {}
    publish = open_panel(page, pseudo_lab, "analysis.ipynb")
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


OUTPUTS = {
    "runs": False,
    "hint": "⟦hint⟧",
    "lines": [],
    "python": "3.11",
    "seconds": 2.5,
    "environment_bytes": 90_000_000,
    "cached": True,
    "page": True,
    "where": {"cell": 1},
    "fix": {"action": "add-requirement", "label": "⟦Add⟧", "value": ["pandas"]},
    "differences": [{"severity": "info", "code": "output-differs", "message": "⟦differs⟧", "where": {"cell": 1}}],
    "versions": [
        {"severity": "info", "code": "version-differs", "message": f"⟦version {number}⟧"} for number in range(30)
    ],
    "applied": [{"action": "add-requirement", "label": "⟦Add⟧", "value": ["six"]}],
}
"""What a rehearsal can say, all at once; its sentences are the server side's."""


def failing_rehearsal(route: Route) -> None:
    """Answer as if a rehearsal had found all that one can find: one that does needs a minute."""
    answer = route.fetch()
    job = answer.json()
    if job.get("result"):
        job["result"] |= OUTPUTS
    route.fulfill(response=answer, json=job)


@pytest.mark.slow
def test_what_is_asked_compared_and_rehearsed_is_translated(
    pseudo_lab: Jupyter, open_sandbox: Sandbox, page: Page
) -> None:
    seen: dict[str, list[str]] = {}
    write_notebook(pseudo_lab.root / "quick.ipynb", "# Quick", "rows = 1")
    (pseudo_lab.root / "manifest.json").write_text("{}")
    publish = open_panel(page, pseudo_lab, "quick.ipynb")
    area(page).get_by_role("radio", name=re.compile("^⟦Finished document")).check()
    expect(publish).to_be_enabled()
    named(page, "Remove server").click()
    asked(page, "remove server", seen)
    named(page, "Preview").click()
    page.locator("iframe.jp-rsc-preview-page").wait_for()
    looked_at(page, "preview", seen, ".jp-rsc-preview")
    looked_at(page, "preview's tab", seen, ".lm-TabBar-tab[data-id^=rsconnect]")
    page.route(re.compile(r"/rsconnect-jupyter/rehearse/[^/]+\?"), failing_rehearsal)
    run(page, "rsconnect-jupyter:rehearse")
    area(page).locator(".jp-rsc-rehearsed-differences").first.wait_for()
    looked_at(page, "rehearsed", seen)
    named(page, "Dismiss").click()

    publish.click()
    link = area(page).get_by_role("link", name=re.compile("^⟦Open content"))
    publish_as_another(open_sandbox, content_guid(link))
    publish.click()
    overwrite = named(page, "Overwrite")
    overwrite.wait_for()
    looked_at(page, "published by others", seen)
    overwrite.click()
    link.wait_for()
    set_cell(page, 1, "rows = 2")
    run(page, "docmanager:save")
    expect(page.locator(".jp-rsc-toolbar-button")).to_have_attribute("data-mark", "changed")
    looked_at(
        page, "changed", seen, "#jp-main-statusbar .jp-rsc-status-item, .jp-rsc-toolbar-button, .jp-rsc-file-mark"
    )
    named(page, "Versions").click()
    versions = area(page).locator(".jp-rsc-version")
    expect(versions).to_have_count(3)
    for action in ("Compare", "Restore", "Delete"):
        versions.nth(1).get_by_role("button", name=re.compile(f"⟦{action}~*⟧")).click()
        if action == "Compare":
            looked_at(page, "versions", seen)
        else:
            asked(page, action.lower(), seen)
    run(page, "rsconnect-jupyter:compare")
    page.locator(".jp-rsc-compare .jp-rsc-compare-cells").wait_for()
    looked_at(page, "comparison", seen, ".jp-rsc-compare")
    page.locator(".jp-rsc-compare-tools").get_by_role("checkbox").first.uncheck()
    looked_at(page, "comparison, unified", seen, ".jp-rsc-compare")

    run(page, "rsconnect-jupyter:write-manifest")
    asked(page, "write manifest", seen)
    run(page, "rsconnect-jupyter:open-as-notebook")
    asked(page, "open as notebook", seen)
    run(page, "rsconnect-jupyter:open-as-notebook")
    page.locator(".jp-Dialog-content input").fill("nothing")
    page.locator(".jp-Dialog-content button.jp-mod-accept").click()
    area(page).locator(".jp-rsc-notice").first.wait_for()
    looked_at(page, "notice", seen)
    assert {state: found for state, found in seen.items() if found} == {}


@pytest.mark.slow
def test_what_fails_is_translated(pseudo_lab: Jupyter, open_sandbox: Sandbox, page: Page) -> None:
    seen: dict[str, list[str]] = {}
    publish = open_panel(page, pseudo_lab, "failing.ipynb")
    publish.click()
    area(page).get_by_role("progressbar").first.wait_for()
    run(page, "application:toggle-right-area")
    expect(area(page)).to_be_hidden()
    page.locator("#jp-main-statusbar .jp-rsc-status-item:visible").first.wait_for()
    looked_at(page, "status bar", seen, "#jp-main-statusbar .jp-rsc-status-item")
    toast = page.locator(".Toastify__toast").filter(has_text="⟦")
    toast.first.wait_for(timeout=RUN_LIMIT)
    looked_at(page, "notification", seen, ".Toastify__toast-body")
    toast.get_by_role("button", name=re.compile("^⟦Show log")).click()
    area(page).locator(".jp-rsc-failure").wait_for()
    page.evaluate(NARROW)
    named(page, "Search the log").click()
    looked_at(page, "failed", seen)
    named(page, "Dismiss").click()

    named(page, "Add server").click()
    address = area(page).get_by_role("textbox", name=re.compile("^⟦Address"))
    address.fill(f"http://127.0.0.1:{free_port()}")
    address.press("Enter")
    area(page).locator(".jp-rsc-problem").first.wait_for()
    looked_at(page, "no server there", seen)
    address.fill(f"{open_sandbox.url}/connect/")
    with page.context.expect_page() as opened:
        address.press("Enter")
    opened.value.close()
    area(page).locator(".jp-rsc-sign-in").wait_for()
    looked_at(page, "signing in", seen)
    named(page, "Cancel").click()
    named(page, "Back").click()
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    run(page, "application:close-all")
    area(page).locator(".jp-rsc-empty").wait_for()
    looked_at(page, "no notebook", seen)
    assert {state: found for state, found in seen.items() if found} == {}
