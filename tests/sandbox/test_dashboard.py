"""The dashboard, in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sandbox.publishing import Api, bundle, notebook, site
from serving import Sandbox

pytestmark = pytest.mark.browser
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def drive(what: Callable[[Page], None]) -> None:
    """Call a function with a page of a browser of its own, in a thread: another folder's browser may be open here."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert program, "these tests need Chromium"

    def run() -> None:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            what(chromium.new_page())
            chromium.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(run).result()


def test_the_dashboard_shows_and_changes_what_was_published(sandbox: Sandbox, admin: Api) -> None:
    content, _ = admin.publish(site("the first page"), title="A page <b>for</b> the dashboard")
    guid, first = content["guid"], content["bundle_id"]
    second = admin.upload(guid, site("the second page"))
    assert admin.follow(admin.deploy(guid, second))["code"] == 0

    def visit(page: Page) -> None:
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(content["dashboard_url"])
        page.get_by_label("API key").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("is not valid")
        page.get_by_label("API key").fill(sandbox.key)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("A page <b>for</b> the dashboard")
        expect(page.get_by_text("by admin")).to_be_visible()
        row = page.get_by_role("row", name=f"Bundle {first}")
        row.get_by_role("button", name="Activate").click()
        expect(page.get_by_role("row", name=f"Bundle {first} active")).to_be_visible()
        assert "the first page" in admin.page(f"/content/{guid}/").text
        page.get_by_label("Access").select_option("all")
        expect(page.get_by_label("Access")).to_have_value("all")
        with page.expect_popup() as opened:
            page.get_by_role("link", name="Open").click()
        expect(opened.value.get_by_role("heading")).to_have_text("the first page")
        assert admin.json("GET", f"v1/content/{guid}")["access_type"] == "all"
        page.get_by_role("button", name="Delete").click()
        expect(page).to_have_url(re.compile(r"#/$"))
        expect(page.get_by_role("heading", name="Content")).to_be_visible()
        assert admin.refused("GET", f"v1/content/{guid}") == (404, 4)

    drive(visit)


def test_it_tells_of_failed_runs_and_shares_and_fits_a_small_screen(sandbox: Sandbox, admin: Api) -> None:
    content, _ = admin.publish(site("shared"), title="To be shared")
    failed, _ = admin.publish(bundle("jupyter-static", {"a.ipynb": notebook("1 / 0")}), title="Failing")
    permissions = f"v1/content/{content['guid']}/permissions"

    def visit(page: Page) -> None:
        page.set_viewport_size({"width": 400, "height": 800})
        page.goto(failed["dashboard_url"])
        page.get_by_label("API key").fill(sandbox.key)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").get_by_role("link", name="Open the log").click()
        expect(page.get_by_role("log")).to_contain_text("ZeroDivisionError")
        page.goto(content["dashboard_url"])
        page.get_by_label("Person to add").select_option("viewer")
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_role("row", name="viewer may see it")).to_be_visible()
        assert len(admin.json("GET", permissions)) == 1
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_role("button", name="Remove")).to_have_count(0)
        assert admin.json("GET", permissions) == []
        page.get_by_role("link", name="← Content").click()
        page.get_by_label("Filter content").fill("to be sha")
        expect(page.get_by_role("link", name="To be shared")).to_be_visible()
        expect(page.get_by_role("link", name="Failing")).to_be_hidden()
        page.get_by_label("Filter content").fill("no such thing")
        expect(page.get_by_text("Nothing matches.")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 400

    drive(visit)


def test_a_page_cannot_use_the_session_of_its_reader(sandbox: Sandbox, admin: Api) -> None:
    """A page that tries to read its reader's cookies and to ask the API with them gets neither."""
    script = """<script>(async () => {
      const found = [];
      try { found.push(document.cookie ? 'cookie' : 'none'); } catch { found.push('refused'); }
      const request = fetch('/__api__/v1/user', {credentials: 'include'});
      try { found.push((await request).status); } catch { found.push('refused'); }
      document.querySelector('h1').textContent = found.join(' ');
    })()</script>"""
    content, _ = admin.publish(site("trying</h1>" + script))

    def visit(page: Page) -> None:
        page.goto(content["content_url"])
        page.get_by_label("API key").fill(sandbox.key)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="refused refused")).to_be_visible()

    drive(visit)


def test_a_link_opens_it_signed_in_at_the_page_that_was_meant(sandbox: Sandbox, admin: Api) -> None:
    content, _ = admin.publish(site("linked"), title="Reached by a link")
    page_address = content["dashboard_url"].removeprefix(sandbox.url)
    answer = admin.session.post(f"{sandbox.url}/__login__/link", params={"next": page_address}, timeout=30)

    def visit(page: Page) -> None:
        page.goto(answer.json()["url"])
        expect(page.get_by_role("heading", level=1)).to_have_text("Reached by a link")

    drive(visit)
