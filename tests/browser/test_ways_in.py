"""The ways to the panel beside the toolbar button: context menus, the File menu, the status bar."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from typing import Any

from browser_actions import held, open_notebook, panel, publish_begun, publish_button, result_link
from playwright.sync_api import Page, expect


def shown(page: Page, name: str) -> None:
    expect(panel(page).get_by_role("heading", name=name)).to_be_visible()
    expect(publish_button(page)).to_be_enabled()


def choose(page: Page, item: str) -> None:
    page.get_by_role("menuitem", name=item).click()


def test_menus_lead_to_the_panel_write_the_manifest_and_publish_again(demo: Any, page: Page) -> None:
    folder = demo.root / "from-git"
    folder.mkdir()
    for name in ("again.ipynb", "there-next.ipynb"):
        shutil.copy(demo.root / "minimal.ipynb", folder / name)
    open_notebook(page, demo.address("lab", "from-git/again.ipynb"))
    choose(page, "File")
    again = page.get_by_role("menuitem", name="Publish Again with the Same Options")
    expect(again).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Escape")
    _context_menus_lead_to_what_was_clicked(page)

    choose(page, "File")
    choose(page, "Write manifest.json for Publishing from Git")
    expect(page.get_by_text("Wrote from-git/manifest.json")).to_be_visible()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["metadata"]["entrypoint"] == "again.ipynb"

    panel(page).get_by_role("radio", name="Finished document").check()
    with held(page, "publish/[^/]+"):
        publish_button(page).click()
        expect(page.get_by_role("button", name="Publishing: ")).to_be_visible()
    first = result_link(page).get_attribute("href")
    choose(page, "File")
    with publish_begun(page):
        again.click()
    assert result_link(page).get_attribute("href") == first


def _context_menus_lead_to_what_was_clicked(page: Page) -> None:
    there = panel(page).get_by_role("heading", name="there-next.ipynb")
    for _ in range(3):  # once more after loading JupyterLab selects the opened file, also under a menu that is open
        page.locator(".jp-DirListing-item", has_text="there-next").click(button="right")
        choose(page, "Publish to Posit Connect")
        with suppress(AssertionError):
            expect(there).to_be_visible(timeout=5_000)
            break
    shown(page, "there-next.ipynb")
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text="again").click(button="right")
    choose(page, "Publish to Posit Connect")
    shown(page, "again.ipynb")
