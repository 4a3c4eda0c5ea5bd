"""More than one notebook: which one Publish is about while the panel changes from one to another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from browser_actions import (
    RUN_LIMIT,
    asks,
    open_notebook,
    open_panel,
    panel,
    publish_begun,
    publish_button,
    result_link,
)
from notebook_documents import notebook_document
from playwright.sync_api import Page, expect

WAITING = """
import pathlib, time
while not pathlib.Path({flag!r}).exists():
    time.sleep(0.1)
"""
CLICK_ALWAYS = """
const original = window.fetch;
window.fetch = (...request) => {
  const { method, url } = request[0];
  if (method === 'POST' && new URL(url).pathname.endsWith('/rsconnect-jupyter/publish')) {
    window.begun ??= { restored: window.restored, heading: heading() };
  }
  return original(...request);
};
const heading = () => document.querySelector('#rsconnect-jupyter-panel h2')?.textContent;
setInterval(() => {
  window.restored ??= window.jupyterapp?.restored.then(() => { window.restored = true; }) && false;
  if (!window.begun) {
    document.querySelector('#rsconnect-jupyter-panel .jp-rsc-publish')?.click();
  }
}, 10);
"""
"""Clicks Publish as soon as there is such a button, until a publish begins; keeps how things were then."""


def test_the_success_of_another_notebook_does_not_cover_publish(demo: Any, page: Page) -> None:
    flag = Path(demo.root.parent, "switched.flag")
    source = WAITING.format(flag=str(flag))
    (demo.root / "slow.ipynb").write_text(json.dumps(notebook_document(source)))
    shutil.copy(demo.root / "minimal.ipynb", demo.root / "quick-one.ipynb")
    open_panel(page, demo.address("lab", "slow.ipynb"))
    with publish_begun(page):
        publish_button(page).click()

    page.locator(".jp-DirListing-item", has_text="quick-one").dblclick()
    expect(panel(page).get_by_role("heading", name="quick-one.ipynb")).to_be_visible()
    expect(publish_button(page)).to_be_enabled()
    flag.touch()

    expect(panel(page).get_by_text("is published")).to_be_visible(timeout=RUN_LIMIT)
    expect(page.locator(".Toastify__toast")).to_have_count(0)
    with page.expect_response(lambda answer: asks(answer, "POST", "publish")) as begun:
        publish_button(page).click()
    assert json.loads(begun.value.request.post_data or "")["path"] == "quick-one.ipynb"
    result_link(page)


def test_publish_waits_until_the_workspace_is_restored(demo: Any, page: Page) -> None:
    """JupyterLab restores the notebook of last time and then opens the one in the address."""
    for name in ("restored-1.ipynb", "restored-2.ipynb"):
        shutil.copy(demo.root / "minimal.ipynb", demo.root / name)
    address = demo.address("lab", "restored-1.ipynb")
    open_notebook(page, address)
    with page.expect_response(lambda answer: "/api/workspaces/" in answer.url and answer.request.method == "PUT"):
        page.evaluate("void jupyterapp.commands.execute('rsconnect-jupyter:publish', { path: 'restored-2.ipynb' })")
        expect(panel(page).get_by_role("heading", name="restored-2.ipynb")).to_be_visible()

    page.add_init_script(CLICK_ALWAYS)
    with page.expect_response(lambda answer: asks(answer, "POST", "publish")) as begun:
        page.goto(address)
    path = json.loads(begun.value.request.post_data or "")["path"]
    assert page.evaluate("window.begun") == {"restored": True, "heading": path}
