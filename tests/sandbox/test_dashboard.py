"""The dashboard, in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sandbox.publishing import Api, site
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
        expect(page.get_by_role("alert")).to_contain_text("log you in")
        page.get_by_label("API key").fill(sandbox.key)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("A page <b>for</b> the dashboard")
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
