"""Accessible, keyboard-driven, small enough, quiet."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect
from stage import APPS, NAME, open_notebook, panel, publish_button, result_link, toolbar_button

PROJECT = Path(__file__).parents[2]
AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast")


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run('#rsconnect-jupyter-panel', {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def choose_theme(page: Page, theme: str) -> None:
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-name", theme)


@pytest.mark.parametrize("theme", THEMES)
def test_the_panel_has_no_accessibility_violations(demo: Any, page: Page, theme: str) -> None:
    name = f"axe-{THEMES.index(theme)}.ipynb"
    shutil.copy(demo.root / "minimal.ipynb", demo.root / name)
    open_notebook(page, demo.address("lab", name).replace("/lab/", "/lab/") + "&exposeAppInBrowser=true")
    expose(page, demo.address("lab", name))
    toolbar_button(page).click()
    expect(publish_button(page)).to_be_enabled()
    choose_theme(page, theme)
    for section in ("Hide code", "Files", "Python", "Checks"):
        panel(page).get_by_role("button", name=section).first.click()
    assert violations(page) == []
    publish_button(page).click()
    result_link(page)
    assert violations(page) == []
    choose_theme(page, THEMES[0])


def expose(page: Page, address: str) -> None:
    """Make the application reachable for `choose_theme`, whatever the server's page settings are."""
    if not page.evaluate("'jupyterapp' in window"):
        page.add_init_script(
            "document.addEventListener('DOMContentLoaded', () => {"
            "const config = document.getElementById('jupyter-config-data');"
            "config.textContent = JSON.stringify({...JSON.parse(config.textContent), exposeAppInBrowser: true});"
            "})"
        )
        open_notebook(page, address)


@pytest.mark.parametrize("size", [(1024, 600), (1280, 800)])
def test_publish_is_in_sight_whatever_the_size(demo: Any, page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    name = f"size-{size[0]}.ipynb"
    shutil.copy(demo.root / "analysis.ipynb", demo.root / name)
    open_notebook(page, demo.address("lab", name))
    toolbar_button(page).click()
    button = publish_button(page)
    expect(button).to_be_enabled()
    for section in ("Hide code", "Files", "Python", "Checks"):
        panel(page).get_by_role("button", name=section).first.click()
    box = button.bounding_box()
    assert box
    assert box["y"] + box["height"] <= size[1]
    expect(button).to_be_in_viewport(ratio=1)


def test_the_keyboard_is_enough(demo: Any, page: Page) -> None:
    shutil.copy(demo.root / "minimal.ipynb", demo.root / "keys.ipynb")
    open_notebook(page, demo.address("lab", "keys.ipynb"))
    page.keyboard.press("ControlOrMeta+Shift+C")
    page.keyboard.type(NAME)
    page.get_by_role("menuitem", name=NAME).or_(page.locator(".lm-CommandPalette-item", has_text=NAME)).first.wait_for()
    page.keyboard.press("Enter")
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


@pytest.mark.parametrize("app", APPS)
def test_nothing_of_ours_speaks_in_the_console(demo: Any, page: Page, app: str) -> None:
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "rsconnect" in message.text + str(message.location.get("url", "")):
            said.append(message.text)

    page.on("console", listen)
    name = f"quiet-{app}.ipynb"
    shutil.copy(demo.root / "minimal.ipynb", demo.root / name)
    open_notebook(page, demo.address(app, name))
    toolbar_button(page).click()
    publish_button(page).click()
    result_link(page)
    assert said == []


def test_the_front_end_stays_small() -> None:
    static = PROJECT / "rsconnect_jupyter" / "labextension" / "static"
    parts = [each for each in static.iterdir() if each.suffix in (".js", ".css")]
    assert sum(len(gzip.compress(each.read_bytes(), 6)) for each in parts) < 70_000
