"""The sandbox's dashboard opens signed in at the first click."""

from __future__ import annotations

import shutil
from typing import Any

from browser_actions import open_notebook, panel, publish_button, result_link, toolbar_button
from playwright.sync_api import Page, expect


def test_open_in_dashboard_asks_for_no_key(demo: Any, page: Page) -> None:
    shutil.copy(demo.root / "minimal.ipynb", demo.root / "in-the-dashboard.ipynb")
    open_notebook(page, demo.address("lab", "in-the-dashboard.ipynb"))
    toolbar_button(page).click()
    publish_button(page).click()
    result_link(page)
    with page.context.expect_page() as opened:
        panel(page).get_by_role("link", name="Open in dashboard").click()
    dashboard = opened.value
    expect(dashboard.get_by_role("link", name="Sign out")).to_be_visible()
    expect(dashboard.get_by_text("by admin")).to_be_visible()
    assert dashboard.url.startswith(f"{demo.sandbox}/connect/#/apps/")
