"""The main job, in the demo: a click in Jupyter, a page on a server that really ran the notebook."""

from __future__ import annotations

import json
import shutil
import urllib.request
from typing import Any

import pytest
from browser_actions import (
    APPS,
    MOSTLY_LAB,
    RUN_LIMIT,
    Wiretap,
    content_guid,
    open_notebook,
    open_panel,
    own_complaints,
    panel,
    publish_begun,
    publish_button,
    result_link,
    set_cell,
    toolbar_button,
)
from playwright.sync_api import Page, expect


@pytest.mark.parametrize("app", APPS)
def test_two_clicks_publish_the_analysis(demo: Any, page: Page, wiretap: Wiretap, app: str) -> None:
    notebook = f"analysis-{app}.ipynb"
    shutil.copy(demo.root / "analysis.ipynb", demo.root / notebook)
    complaints = own_complaints(page)
    open_notebook(page, demo.address(app, notebook))

    toolbar_button(page).click()
    publish_button(page).click()

    log = panel(page).get_by_role("log")
    expect(log).to_contain_text("Building Jupyter notebook", timeout=RUN_LIMIT)
    link = result_link(page)
    with page.context.expect_page() as opened:
        panel(page).get_by_role("link", name="Open in dashboard").click()
    dashboard = opened.value
    expect(
        dashboard.get_by_role("link", name="Sign out")
    ).to_be_visible()  # signed in at the first click, without a key
    expect(dashboard.get_by_text("by admin").first).to_be_visible()
    assert dashboard.url.startswith(f"{demo.sandbox}/connect/#/apps/")
    with page.context.expect_page() as opened:
        link.click()
    reader = opened.value
    expect(reader.get_by_text("Total revenue 2025").first).to_be_visible()
    chart = reader.locator("img[src^='data:image/png']").first
    assert chart.evaluate("image => image.naturalWidth") > 300
    assert complaints == []
    assert wiretap.heard_anywhere(demo.key) == []
    assert demo.key not in (demo.root / notebook).read_text()


@pytest.mark.parametrize("app", MOSTLY_LAB)
def test_a_failing_notebook_is_fixed_and_updates_the_same_content(demo: Any, page: Page, app: str) -> None:
    notebook = f"failing-{app}.ipynb"
    shutil.copy(demo.root / "failing.ipynb", demo.root / notebook)
    open_notebook(page, demo.address(app, notebook))
    toolbar_button(page).click()
    publish_button(page).click()

    alert = panel(page).get_by_role("alert")
    expect(alert).to_contain_text("ZeroDivisionError", timeout=RUN_LIMIT)
    expect(panel(page).get_by_role("log")).to_contain_text("ZeroDivisionError: float division by zero")
    failed = contents(demo)

    set_cell(page, 2, "print('Average order value:', round(sum(totals) / len(totals), 2))")
    publish_button(page).click()
    guid = content_guid(result_link(page))
    assert guid in failed, "the second try made a content of its own"
    assert len(contents(demo)) == len(failed)
    assert "Average order value: 74.83" in reader_page(demo, guid)
    _published_content_is_opened_as_a_notebook(page, app, f"{demo.sandbox}/content/{guid}/")
    assert len(list(demo.root.glob(f"*/{notebook}"))) == 1


def _published_content_is_opened_as_a_notebook(page: Page, app: str, link: str) -> None:
    page.evaluate("void window.jupyterapp.commands.execute('rsconnect-jupyter:open-as-notebook')")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill(link)
    if app == "notebook":
        with page.expect_popup() as opened:
            dialog.get_by_role("button", name="Open").click()
        expect(opened.value.locator(".jp-NotebookPanel")).to_be_visible()
    else:
        dialog.get_by_role("button", name="Open").click()
        expect(page.locator(".jp-NotebookPanel")).to_have_count(2)


@pytest.mark.parametrize("app", MOSTLY_LAB)
def test_two_clicks_after_a_reload_update_what_was_published(demo: Any, page: Page, app: str) -> None:
    notebook = f"twice-{app}.ipynb"
    shutil.copy(demo.root / "minimal.ipynb", demo.root / notebook)
    open_panel(page, demo.address(app, notebook))
    panel(page).get_by_role("radio", name="Finished document").check()
    publish_button(page).click()
    first = content_guid(result_link(page))

    page.reload()
    toolbar_button(page).click()
    expect(panel(page).get_by_role("radio", name="Finished document")).to_be_checked()
    with publish_begun(page):
        publish_button(page).click()
    assert content_guid(result_link(page)) == first


def contents(demo: Any) -> list[str]:
    return [each["guid"] for each in json.loads(ask(demo, "/__api__/v1/content"))]


def reader_page(demo: Any, guid: str) -> str:
    return ask(demo, f"/content/{guid}/")


def ask(demo: Any, path: str) -> str:
    request = urllib.request.Request(demo.sandbox + path, headers={"Authorization": f"Key {demo.key}"})
    return str(urllib.request.urlopen(request, timeout=30).read(), "utf-8")
