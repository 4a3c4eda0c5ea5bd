"""What readers get: the source run on the server, an interactive app, the finished document."""

from __future__ import annotations

import json
import shutil
from typing import Any

from browser_actions import RUN_LIMIT, open_panel, panel, publish_button, result_link, toolbar_button
from playwright.sync_api import Page, expect


def test_a_finished_document_shows_what_the_author_saw_without_hidden_code(demo: Any, page: Page) -> None:
    saved = json.loads((demo.root / "minimal.ipynb").read_text())
    saved["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["only ever on my screen\n"]}]
    (demo.root / "finished.ipynb").write_text(json.dumps(saved))
    open_panel(page, demo.address("lab", "finished.ipynb"))
    panel(page).get_by_role("radio", name="Finished document").check()
    _a_mode_that_the_server_does_not_offer_says_why(page)
    page.locator(".jp-CodeCell").click(button="right")
    page.get_by_role("menuitem", name="Hide Code from Readers").click()
    expect(panel(page).get_by_role("button", name="Hide code")).to_have_accessible_description("1 tagged cell")
    publish_button(page).click()
    with page.context.expect_page() as opened:
        result_link(page).click()
    expect(opened.value.get_by_text("only ever on my screen")).to_be_visible()
    expect(opened.value.get_by_text("from datetime import date")).to_have_count(0)


def _a_mode_that_the_server_does_not_offer_says_why(page: Page) -> None:
    panel(page).get_by_role("button", name="Other formats").click()
    quarto = panel(page).get_by_role("radio", name="Quarto document")
    if shutil.which("quarto"):
        expect(quarto).to_be_enabled()
    else:
        expect(quarto).to_be_disabled()
        expect(quarto).to_have_accessible_description("The server has no Quarto.")


def test_an_interactive_app_runs_for_its_reader(demo: Any, page: Page) -> None:
    shutil.copy(demo.root / "interactive.ipynb", demo.root / "app.ipynb")
    open_panel(page, demo.address("notebook", "app.ipynb"))
    panel(page).get_by_role("radio", name="Interactive app").check()
    publish_button(page).click()
    with page.context.expect_page() as opened:
        result_link(page).click()
    reader = opened.value
    slider = reader.locator(".noUi-handle").first
    slider.wait_for(timeout=RUN_LIMIT)
    value = reader.locator(".widget-readout").first
    before = value.inner_text()
    slider.focus()
    reader.keyboard.press("ArrowRight")
    expect(value).not_to_have_text(before)


def test_a_kernel_that_the_server_cannot_run_gives_a_finished_document(demo: Any, page: Page) -> None:
    shown = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "[1] 2"}}
    cell = {"cell_type": "code", "id": "one", "metadata": {}, "execution_count": 1, "outputs": [shown]}
    kernel = {"name": "ir", "display_name": "R", "language": "R"}
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "R"}},
        "cells": [{**cell, "source": "mean(c(1, 2, 3))"}],
    }
    (demo.root / "from-r.ipynb").write_text(json.dumps(notebook))
    page.goto(demo.address("lab", "from-r.ipynb"))
    page.get_by_role("dialog").get_by_role("button", name="No Kernel").click()  # JupyterLab misses the R kernel
    toolbar_button(page).click()
    expect(panel(page).get_by_role("radio", name="Finished document")).to_be_checked()
    publish_button(page).click()
    with page.context.expect_page() as opened:
        result_link(page).click()
    expect(opened.value.get_by_text("[1] 2")).to_be_visible()
