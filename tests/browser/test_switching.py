"""More than one notebook: which one Publish is about while the panel changes from one to another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from browser_actions import (
    MOSTLY_LAB,
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
STANDS_STILL = """
() => document.getAnimations().every(each => each.playState !== 'running' || each.effect.getTiming().iterations > 1)
"""
CLICK_AT_CHANGE = """
const panel = document.querySelector('#rsconnect-jupyter-panel');
const heading = () => panel.querySelector('h2')?.textContent;
let last = heading();
window.clicks = 0;
new MutationObserver(() => {
  if (heading() !== last) {
    last = heading();
    window.clicks += 1;
    panel.querySelector('.jp-rsc-publish').click();
  }
}).observe(panel, { childList: true, subtree: true, characterData: true });
"""
"""Clicks Publish in the moment in which the panel shows another notebook."""


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


@pytest.mark.parametrize("app", MOSTLY_LAB)
def test_a_question_of_jupyter_does_not_cover_publish(demo: Any, page: Page, app: str) -> None:
    """As JupyterLab's at its first start, whether to show news: it stays until it is answered."""
    name = f"question-{app}.ipynb"
    shutil.copy(demo.root / "minimal.ipynb", demo.root / name)
    open_panel(page, demo.address(app, name))
    question = {"message": "Would you like to get notified? " * 4, "options": {"autoClose": False}}
    page.evaluate("question => void jupyterapp.commands.execute('apputils:notify', question)", question)
    toast = page.locator(".Toastify__toast")
    expect(toast).to_be_visible()
    page.wait_for_function(STANDS_STILL)
    covered, footer = toast.bounding_box(), panel(page).locator(".jp-rsc-footer").bounding_box()
    assert covered is not None
    assert footer is not None
    assert covered["x"] + covered["width"] <= footer["x"], "it lies over the footer"
    publish_button(page).click(trial=True)


def test_a_click_in_the_moment_of_a_change_publishes_nothing(demo: Any, page: Page) -> None:
    names = ("change-1.ipynb", "change-2.ipynb")
    for name in names:
        shutil.copy(demo.root / "minimal.ipynb", demo.root / name)
    open_notebook(page, demo.address("lab", names[0]))
    for name in names:
        page.evaluate("path => void jupyterapp.commands.execute('rsconnect-jupyter:publish', { path })", name)
        expect(panel(page).get_by_role("heading", name=name)).to_be_visible()
        expect(publish_button(page)).to_be_enabled()

    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    page.evaluate(CLICK_AT_CHANGE)
    for name in names:
        page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text=name).click()
        expect(panel(page).get_by_role("heading", name=name)).to_be_visible()
        expect(publish_button(page)).to_be_enabled()
    assert page.evaluate("window.clicks") == len(names)
    assert [url for url in posted if urlsplit(url).path.endswith("/rsconnect-jupyter/publish")] == []
