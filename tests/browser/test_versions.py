"""Versions in a real Jupyter: marks, the list, comparing, restoring, deleting."""

from __future__ import annotations

import re
from typing import Any

import pytest
from authoring import write_notebook
from browser_actions import (
    MOSTLY_LAB,
    asks,
    axe,
    choose_theme,
    open_panel,
    panel,
    publish_begun,
    publish_button,
    result_link,
    set_cell,
    toolbar_button,
)
from playwright.sync_api import Page, Request, expect


def publish(page: Page) -> None:
    with publish_begun(page):
        publish_button(page).click()
    result_link(page)


def save(page: Page) -> None:
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")


def publish_twice(page: Page, demo: Any, app: str) -> None:
    """Publish a notebook twice as a finished document, its source with it, and see the marks follow what is saved."""
    name = f"versions-{app}.ipynb"
    write_notebook(demo.root / name, f"# Versions {app}", "rows = 1", "print('end')")
    open_panel(page, demo.address(app, name))
    panel(page).get_by_role("radio", name="Finished document").check()
    publish(page)
    button = page.locator(".jp-rsc-toolbar-button")
    for rows, mark in ((2, "changed"), (1, "up-to-date"), (2, "changed")):
        set_cell(page, 1, f"rows = {rows}")
        save(page)
        expect(button).to_have_attribute("data-mark", mark)
    expect(toolbar_button(page)).to_have_accessible_name(re.compile("Unpublished changes"))
    if app == "lab":
        expect(page.locator(".jp-rsc-status[data-mark]")).to_have_text("Unpublished changes")
        expect(page.locator(f".jp-DirListing-item[title*='{name}'] .jp-rsc-file-mark")).to_have_attribute(
            "data-text", "Unpublished changes"
        )
    publish(page)
    expect(button).to_have_attribute("data-mark", "up-to-date")


@pytest.mark.parametrize("app", MOSTLY_LAB)
def test_versions_are_marked_compared_restored_with_two_clicks_and_deleted(demo: Any, page: Page, app: str) -> None:
    publish_twice(page, demo, app)
    panel(page).get_by_role("button", name="Dismiss").or_(
        panel(page).get_by_role("button", name="Publish")
    ).first.wait_for()
    panel(page).get_by_role("button", name="Versions", exact=True).click()
    items = panel(page).locator(".jp-rsc-version")
    expect(items).to_have_count(2)
    expect(items.nth(0)).to_contain_text("Active")
    page.evaluate("document.querySelector('.jp-rsc-root').style.width = '280px'")
    asked: list[str] = []
    page.on("request", lambda request: note(request, asked))
    items.nth(1).get_by_role("button", name=re.compile("^Compare")).click()
    choice = items.nth(1).get_by_role("group", name=re.compile("^Compare version"))
    assert panel(page).evaluate("node => node.scrollWidth <= node.clientWidth")

    choice.get_by_role("button", name="With the notebook").click()
    tab = page.locator(".jp-rsc-compare")
    expect(tab).to_contain_text("rows = 2")
    expect(tab.locator("ins", has_text="2")).to_be_visible()
    assert asked == ["compare"]
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        choose_theme(page, theme)
        expect(page.locator("body")).to_have_attribute("data-jp-theme-name", theme)
        assert axe(page, "#rsconnect-jupyter-panel") == [], theme
        assert axe(page, ".jp-rsc-compare") == [], theme
    tab.get_by_role("checkbox", name="Side by side").uncheck()
    expect(tab.locator("del", has_text="1")).to_be_visible()
    choice.get_by_role("button", name=re.compile(r"^With version \d+")).click()
    expect(page.locator(".jp-rsc-compare-names").last).to_have_text(re.compile(r"^version \d+version \d+$"))

    asked.clear()
    items.nth(1).get_by_role("button", name=re.compile("^Restore")).click()
    with page.expect_response(lambda answer: asks(answer, "POST", "restore")):
        page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    result_link(page)
    expect(page.locator(".jp-rsc-toolbar-button")).to_have_attribute("data-mark", "changed")
    assert sorted(asked) == ["changes", "inspect", "restore"]

    expect(items.nth(1).get_by_role("button", name=re.compile("^Delete"))).to_have_count(0)
    items.nth(0).get_by_role("button", name=re.compile("^Delete")).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(items).to_have_count(1)


def note(request: Request, asked: list[str]) -> None:
    """Note a request to one of our routes, polls of the job left out."""
    found = re.search(r"/rsconnect-jupyter/([\w-]+)(/?)", request.url)
    if found and not (found[1] == "publish" and found[2]):
        asked.append(found[1])
