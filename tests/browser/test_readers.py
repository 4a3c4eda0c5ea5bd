"""Readers in a real Jupyter: with the keyboard, at 280 pixels, and no more asked than needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from authoring import write_notebook
from browser_actions import MOSTLY_LAB, open_panel, panel, publish_begun, publish_button, result_link
from playwright.sync_api import Locator, Page, expect

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run('#rsconnect-jupyter-panel', {resultTypes: ['violations']})")
    return [f"{each['id']}: {node['target']}" for each in found["violations"] for node in each["nodes"]]


def go_to(page: Page, control: Locator) -> None:
    """Press Tab until a control has the focus."""
    for _ in range(60):
        if control.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    expect(control).to_be_focused()


def add_figures(notebook: Path) -> None:
    """Give the last cell two pictures as outputs."""
    document = json.loads(notebook.read_text())
    drawings = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4" fill="{each}"/></svg>'
        for each in ("teal", "tomato")
    ]
    shown = [{"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": each}} for each in drawings]
    document["cells"][-1].update(outputs=shown, execution_count=1)
    notebook.write_text(json.dumps(document))


@pytest.mark.parametrize("app", MOSTLY_LAB)
def test_readers_are_chosen_with_the_keyboard_and_applied(demo: Any, page: Page, app: str) -> None:
    name = f"readers-{app}.ipynb"
    write_notebook(demo.root / name, f"# Readers {app}", "rows = 1")
    add_figures(demo.root / name)
    open_panel(page, demo.address(app, name))
    page.evaluate("document.querySelector('.jp-rsc-root').style.width = '280px'")
    area = panel(page)
    area.get_by_role("radio", name="Finished document").check()
    section = area.get_by_role("button", name="Readers", exact=True)
    section.focus()
    page.keyboard.press("Enter")
    people = area.get_by_role("combobox", name="Add people or groups")
    go_to(page, people)
    page.keyboard.type("publ")
    expect(area.get_by_role("option", name="publisher")).to_be_visible()
    page.keyboard.press("Enter")
    expect(area.get_by_text("Visible to 1 person")).to_be_visible()
    with publish_begun(page):
        publish_button(page).click()
    result_link(page)

    expect(area.get_by_role("radio", name="Only chosen people and groups")).to_be_checked()
    expect(area.get_by_role("listitem").filter(has_text="ublisher")).to_be_visible()
    go_to(page, area.get_by_role("radio", name="Only chosen people and groups"))
    page.keyboard.press("ArrowDown")
    vanity = area.get_by_role("textbox", name="Vanity URL")
    go_to(page, vanity)
    page.keyboard.type(f"team/{app}")
    expect(area.get_by_text(f"/team/{app}/ is free.")).to_be_visible()
    go_to(page, area.get_by_role("textbox", name="Description"))
    page.keyboard.type("Monthly.")
    area.get_by_role("combobox", name="Thumbnail").select_option("first-figure")
    expect(area.get_by_role("radio", name="Figure 1", exact=True)).to_be_checked()
    go_to(page, area.get_by_role("radio", name="Figure 1", exact=True))
    page.keyboard.press("ArrowRight")
    expect(area.get_by_text("Thumbnail: figure 2 of the notebook")).to_be_visible()
    assert area.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert violations(page) == []
    go_to(page, area.get_by_role("button", name="Apply", exact=True))
    with page.expect_response(lambda answer: answer.request.method == "PATCH" and "/readers" in answer.url):
        page.keyboard.press("Enter")
    expect(area.get_by_text("Visible to everyone signed in")).to_be_visible()
    expect(area.get_by_role("button", name="Apply", exact=True)).to_have_count(0)
    expect(vanity).to_have_value(f"/team/{app}/")
