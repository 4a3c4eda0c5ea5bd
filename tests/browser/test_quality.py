"""Accessible, keyboard-driven, small enough, quiet."""

from __future__ import annotations

import gzip
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from browser_actions import (
    NAME,
    choose_theme,
    open_notebook,
    open_panel,
    panel,
    publish_begun,
    publish_button,
    result_link,
)
from playwright.sync_api import Page, TimeoutError, expect  # noqa: A004

PROJECT = Path(__file__).parents[2]
AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
SIZES = ((1024, 600), (1280, 800), (640, 400))
"""The last is the second at 200 % zoom."""
CUT_OFF = """
panel => {
  const right = panel.getBoundingClientRect().right;
  const areas = [...document.querySelectorAll('#jp-right-stack, #main')].filter(each => each.contains(panel));
  return areas.some(each => each.getBoundingClientRect().right < right - 1);
}
"""
THEMES = ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast")


def violations(page: Page, theme: str) -> list[str]:
    choose_theme(page, theme)
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run('#rsconnect-jupyter-panel', {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def test_the_panel_has_no_accessibility_violations(demo: Any, page: Page) -> None:
    shutil.copy(demo.root / "minimal.ipynb", demo.root / "axe.ipynb")
    open_panel(page, demo.address("lab", "axe.ipynb"))
    open_sections(page)
    publish_stays_in_sight(page)
    found = {f"ready, {theme}": violations(page, theme) for theme in THEMES}
    panel(page).get_by_role("button", name="Add server").click()
    found |= {f"server form, {theme}": violations(page, theme) for theme in THEMES}
    panel(page).get_by_role("button", name="Back").click()
    panel(page).get_by_role("radio", name="Finished document").check()
    publish_button(page).click()
    result_link(page)
    found |= {f"published, {theme}": violations(page, theme) for theme in THEMES}
    choose_theme(page, THEMES[0])
    assert {state: said for state, said in found.items() if said} == {}


def open_sections(page: Page) -> None:
    for section in ("Hide code", "Files", "Python", "More options", "Environment variables", "Checks"):
        button = panel(page).get_by_role("button", name=section).first
        if button.get_attribute("aria-expanded") == "false":
            button.click()
    panel(page).get_by_role("button", name="Add variable").click()


def publish_stays_in_sight(page: Page) -> None:
    """Look for the button at each size; the panel is open, with long sections."""
    usual = page.viewport_size
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        expect(publish_button(page)).to_be_in_viewport(ratio=1)
        assert panel(page).evaluate("node => node.scrollWidth <= node.clientWidth")
        assert panel(page).evaluate(CUT_OFF) is False
    assert usual is not None
    page.set_viewport_size(usual)


def test_two_shortcuts_publish_and_the_button_stays_in_sight(demo: Any, page: Page) -> None:
    shutil.copy(demo.root / "minimal.ipynb", demo.root / "short.ipynb")
    open_notebook(page, demo.address("notebook", "short.ipynb"))
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("ControlOrMeta+Alt+P")
    expect(publish_button(page)).to_be_focused()
    with publish_begun(page):
        page.keyboard.press("Enter")
    result_link(page)
    open_sections(page)
    publish_stays_in_sight(page)


def test_the_keyboard_is_enough(demo: Any, page: Page) -> None:
    shutil.copy(demo.root / "minimal.ipynb", demo.root / "keys.ipynb")
    open_notebook(page, demo.address("lab", "keys.ipynb"))
    open_by_command(page)
    expect(publish_button(page)).to_be_enabled()
    title = panel(page).get_by_role("textbox", name="Title")
    for _ in range(40):
        if title.evaluate("field => field === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(title).to_be_focused()
    page.keyboard.press("Enter")
    result_link(page)
    page.keyboard.press("Escape")
    assert page.evaluate("!document.querySelector('#rsconnect-jupyter-panel').contains(document.activeElement)")


def open_by_command(page: Page) -> None:
    """Type the command into the palette; JupyterLab takes the focus away for the notebook once more after loading."""
    found = page.locator(".lm-CommandPalette-item", has_text=NAME).first
    for _ in range(6):
        page.keyboard.press("ControlOrMeta+Shift+C")
        page.keyboard.insert_text(NAME)
        with suppress(TimeoutError):
            found.wait_for(timeout=3_000)
            page.keyboard.press("Enter")
            panel(page).wait_for(timeout=3_000)
            return
        page.keyboard.press("Escape")
    panel(page).wait_for()


def test_the_front_end_stays_small() -> None:
    static = PROJECT / "rsconnect_jupyter" / "labextension" / "static"
    parts = [each for each in static.iterdir() if each.suffix in (".js", ".css")]
    assert sum(len(gzip.compress(each.read_bytes(), 6)) for each in parts) < 70_000
