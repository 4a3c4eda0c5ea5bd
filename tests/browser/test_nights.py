"""What happens to content at night, in a real Jupyter: a scheduled run that failed, and the way to the failing cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import requests
from browser_actions import MOSTLY_LAB, axe, open_panel, panel, toolbar_button
from nightly_content import CELLS, FAILING, fail_from_now_on, nightly_notebook, run_scheduled, schedule_daily
from playwright.sync_api import Page, expect
from sandbox.publishing import Api
from serving import Jupyter, Sandbox, running_sandbox

NARROW = "document.querySelector('.jp-rsc-root').style.width = '280px'"


@dataclass
class Night:
    """A Jupyter that knows one server, whose clock can be moved, and a notebook that was published there."""

    jupyter: Jupyter
    sandbox: Sandbox
    guid: str


@pytest.fixture
def night(tmp_path_factory: pytest.TempPathFactory, jupyter_with: Callable[..., Jupyter]) -> Iterator[Night]:
    with running_sandbox(tmp_path_factory.mktemp("night"), "--movable-clock") as sandbox:
        known = {"CONNECT_SERVER": sandbox.url, "CONNECT_API_KEY": sandbox.key}
        create_integration(sandbox, "Warehouse", "Service Account")
        create_integration(sandbox, "Lake", "Viewer")
        jupyter = jupyter_with(environment=known)
        nightly_notebook(jupyter.root / "nightly.ipynb")
        yield Night(jupyter, sandbox, publish(jupyter, "nightly.ipynb"))


def create_integration(sandbox: Sandbox, name: str, auth_type: str) -> None:
    body = {"name": name, "template": "snowflake", "config": {"auth_type": auth_type}}
    Api(sandbox.url, sandbox.key).json("POST", "v1/oauth/integrations", body)


def publish(jupyter: Jupyter, path: str) -> str:
    """Publish a notebook as source through the REST API and return the content's GUID."""
    url = f"{jupyter.url}/rsconnect-jupyter/publish"
    headers = {"Authorization": f"token {jupyter.token}"}
    started = requests.post(url, json={"path": path, "mode": "jupyter-static"}, headers=headers, timeout=60)
    job = started.json()
    while not job["finished"]:
        query = {"first": job["last"], "wait": 30}
        job = requests.get(f"{url}/{job['id']}", params=query, headers=headers, timeout=60).json()
    assert job["state"] == "done", job
    return str(job["result"]["guid"])


def choose_integration(page: Page) -> None:
    """Change what the content uses with the keyboard; a choice that is not applied stays in view."""
    warehouse = panel(page).get_by_role("checkbox", name="Warehouse")
    expect(warehouse).not_to_be_checked()
    warehouse.press("Space")
    panel(page).get_by_role("button", name="Apply the changes of integrations").press("Enter")
    expect(warehouse).to_be_checked()
    expect(panel(page).get_by_role("button", name="Undo the changes of integrations")).to_have_count(0)
    group = panel(page).get_by_role("group", name="Each reader’s own account")
    group.get_by_role("checkbox", name="Lake").press("Space")
    expect(panel(page).get_by_role("button", name="Undo the changes of integrations")).to_be_visible()


@pytest.mark.parametrize("app", MOSTLY_LAB)
def test_a_failed_scheduled_run_is_two_clicks_from_its_cell(night: Night, page: Page, app: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_panel(page, night.jupyter.address(app, "nightly.ipynb"))
    expect(page.locator(".jp-rsc-toolbar-button")).to_have_attribute("data-runs", "")
    assert not [each for each in asked if "/runs" in each], "read when the section is opened"

    schedule_daily(night.sandbox, night.guid)
    fail_from_now_on(night.sandbox, night.guid)
    run_scheduled(night.sandbox)
    page.goto(night.jupyter.address(app, "nightly.ipynb"))
    toolbar_button(page).click()  # the first click
    go_to_cell = panel(page).get_by_role("button", name="Go to cell")
    expect(go_to_cell).to_be_visible()
    expect(page.locator(".jp-rsc-toolbar-button")).to_have_attribute("data-runs", "failed")
    expect(toolbar_button(page)).to_have_accessible_name(re.compile("Last scheduled run failed"))
    runs = panel(page).locator(".jp-rsc-run")
    expect(runs.first).to_contain_text("the night is dark")
    expect(runs.first).to_contain_text("scheduled")
    page.evaluate(NARROW)
    for section in ("Environment variables", "Integrations", "Schedule"):
        panel(page).get_by_role("button", name=section, exact=True).press("Enter")
    expect(panel(page).locator(".jp-rsc-known-variable", has_text="NIGHT")).to_have_attribute("data-status", "set")
    expect(panel(page).get_by_text("every day 07:00 (Europe/Paris)")).to_be_visible()
    choose_integration(page)
    assert panel(page).evaluate("node => node.scrollWidth <= node.clientWidth")
    assert axe(page, "#rsconnect-jupyter-panel") == []
    go_to_cell.focus()
    page.keyboard.press("Enter")  # the second one
    active = page.locator(".jp-Notebook .jp-Cell.jp-mod-active")
    expect(active).to_contain_text(CELLS[FAILING].split(",")[0])

    panel(page).get_by_label("Run", exact=True).select_option("weekday")
    panel(page).get_by_role("button", name="Set schedule").press("Enter")
    expect(panel(page).get_by_text("every weekday 07:00 (Europe/Paris)")).to_be_visible()

    fail_from_now_on(night.sandbox, night.guid, fails=False)
    panel(page).get_by_role("button", name="Run now").press("Enter")
    expect(page.locator(".jp-rsc-toolbar-button")).to_have_attribute("data-runs", "", timeout=120_000)
