"""The form in a cell, in a real front end: publish, reload, fail, cancel."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from browser_actions import MOSTLY_LAB, RUN_LIMIT, Wiretap, open_notebook, run_cell, set_cell
from notebook_documents import notebook_document
from playwright.sync_api import Locator, Page, expect
from serving import Jupyter, Sandbox

# tests/widget has the same in real kernels; publishing and reloading in a front end is in test_sign_in.py.
pytestmark = pytest.mark.thorough

SHOW = "from rsconnect_jupyter import PublishWidget\nPublishWidget()"
PATHS = {"lab": "lab/tree", "notebook": "notebooks"}


@pytest.fixture
def jupyter(jupyter_with: Callable[..., Jupyter], open_sandbox: Sandbox) -> Jupyter:
    """A Jupyter whose kernels know the sandbox from their environment, with a notebook that shows the form."""
    server = {"CONNECT_SERVER": open_sandbox.url, "CONNECT_API_KEY": open_sandbox.key}
    jupyter = jupyter_with(environment=server)
    path = Path(jupyter.root) / "form.ipynb"
    path.write_text(json.dumps(notebook_document("print(6 * 7)", SHOW)), encoding="utf-8")
    return jupyter


def form(page: Page) -> Locator:
    return page.locator(".jp-OutputArea-output").filter(has_text="Publish to Posit Connect").first


def save(page: Page) -> None:
    with page.expect_response(
        lambda answer: "/api/contents/form.ipynb" in answer.url and answer.request.method == "PUT"
    ):
        page.keyboard.press("ControlOrMeta+S")


@pytest.mark.parametrize("app", MOSTLY_LAB)
def test_the_form_publishes_survives_a_reload_fails_and_cancels(
    page: Page, jupyter: Jupyter, open_sandbox: Sandbox, wiretap: Wiretap, app: str
) -> None:
    address = f"{jupyter.url}/{PATHS[app]}/form.ipynb?token={jupyter.token}"
    open_notebook(page, address)
    page.get_by_text("Python 3 (ipykernel)").first.wait_for()
    publish = form(page).get_by_role("button", name="Publish", exact=True)
    run_cell(page, 2, publish)
    expect(form(page).get_by_label("Title")).to_have_value("Quarterly sales")

    publish.click()
    link = form(page).get_by_role("link", name="Open content")
    link.wait_for(timeout=RUN_LIMIT)
    page.locator(".jp-Notebook .jp-Cell").nth(1).locator(".cm-content").click()
    save(page)
    page.reload()
    link.wait_for(timeout=60_000)

    set_cell(page, 1, "1 / 0")
    save(page)
    publish.click()
    alert = form(page).get_by_role("alert")
    expect(alert).to_contain_text("ZeroDivisionError", timeout=RUN_LIMIT)

    set_cell(page, 1, "import time; time.sleep(600)")
    save(page)
    publish.click()
    expect(form(page).get_by_role("log")).to_contain_text("Launching", timeout=RUN_LIMIT)
    form(page).get_by_role("button", name="Cancel").click()
    expect(alert).to_contain_text("cancelled", timeout=RUN_LIMIT)
    assert wiretap.heard_anywhere(open_sandbox.key) == []
