"""Rehearsals and previews in a real Jupyter: the page beside the notebook, on its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from authoring import write_notebook
from browser_actions import (
    MOSTLY_LAB,
    RUN_LIMIT,
    open_panel,
    panel,
    publish_begun,
    publish_button,
    result_link,
    set_cell,
)
from playwright.sync_api import FrameLocator, Page, expect

HOSTILE = """
<p id="told">nothing yet</p>
<style>#screen { display: none } @media (prefers-color-scheme: dark) { #told { color: rgb(250, 251, 252) } }
@media print { #told { color: rgb(4, 5, 6) } }</style>
<script>
(async () => {
  const said = [];
  const attempt = async (name, work) => {
    try { said.push(`${name}: ${await work()}`); } catch (error) { said.push(`${name} refused`); }
  };
  await attempt('cookies', () => document.cookie);
  await attempt('storage', () => localStorage.length);
  await attempt('parent', () => parent.document.title);
  await attempt('api', async () => (await fetch('/api/contents', { credentials: 'include' })).status);
  await attempt('publish', async () => (await fetch('/rsconnect-jupyter/publish', {
    method: 'POST', credentials: 'include', mode: 'no-cors', body: '{"path": "a.ipynb"}'
  })).status);
  await attempt('top', () => { top.location.href = 'about:blank'; return 'navigated'; });
  await attempt('popup', () => window.open('/lab') ? 'opened' : (() => { throw 1; })());
  document.getElementById('told').textContent = said.join('; ');
})();
</script>
"""
REFUSED = ("cookies", "storage", "parent", "api", "top", "popup")


def hostile_notebook(path: Path) -> None:
    write_notebook(path, "# Hostile", "show()")
    document = nbformat.read(path, as_version=4)
    output = nbformat.v4.new_output("display_data", data={"text/html": HOSTILE, "text/plain": ""})
    document.cells[1].outputs = [output]
    nbformat.write(document, path)


def preview(page: Page, name: str) -> FrameLocator:
    return page.frame_locator(f"iframe[title='Preview of {name}']")


@pytest.mark.parametrize("app", MOSTLY_LAB)
def test_a_hostile_page_is_shown_beside_the_notebook_and_reaches_nothing(demo: Any, page: Page, app: str) -> None:
    name = f"hostile-{app}.ipynb"
    hostile_notebook(demo.root / name)
    open_panel(page, demo.address(app, name))
    panel(page).get_by_role("radio", name="Finished document").check()
    panel(page).get_by_role("button", name="Preview", exact=True).click()
    told = preview(page, name).locator("#told")
    expect(told).to_contain_text("popup")
    said = told.text_content() or ""
    assert [each for each in REFUSED if f"{each} refused" not in said] == [], said
    assert "publish: 0" in said or "publish refused" in said, said  # an answer that it cannot read
    assert page.evaluate("!!window.jupyterapp"), page.url
    expect(panel(page)).to_be_visible()
    assert panel(page).get_by_role("progressbar").count() == 0  # the request without a token began no publish

    tab = page.get_by_role("region", name=f"Preview of {name}")
    tab.get_by_label("Appearance").select_option("dark")
    expect(told).to_have_css("color", "rgb(250, 251, 252)")
    tab.get_by_label("Appearance").select_option("print")
    expect(told).to_have_css("color", "rgb(4, 5, 6)")
    tab.get_by_label("Width").select_option("phone")
    expect(page.locator("iframe.jp-rsc-preview-page")).to_have_css("width", "390px")

    set_cell(page, 1, "show('again')")
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    expect(preview(page, name).locator("pre", has_text="again").first).to_be_visible()

    compare = tab.get_by_role("button", name="Compare with published")
    expect(compare).to_have_count(0)
    with publish_begun(page):
        publish_button(page).click()
    result_link(page)
    expect(compare).to_be_visible()
    set_cell(page, 1, "show('at last')")
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    expect(preview(page, name).locator("pre", has_text="at last").first).to_be_visible()
    compare.click()
    compared = page.locator(".jp-rsc-compare")
    expect(compared.locator("ins").first).to_be_visible()
    expect(compared.locator(".jp-rsc-compare-names")).to_contain_text("version")


@pytest.mark.peer
def test_a_notebook_is_rehearsed_and_its_page_looked_at(demo: Any, page: Page) -> None:
    name = "rehearsed.ipynb"
    write_notebook(demo.root / name, "# Rehearsed", "print('six times seven is', 6 * 7)")
    open_panel(page, demo.address("lab", name))
    panel(page).get_by_role("radio", name="Source code").check()
    panel(page).get_by_role("button", name="Rehearse", exact=True).click()
    expect(panel(page).get_by_role("progressbar", name="Rehearsing")).to_be_visible()
    result = panel(page).get_by_role("status").filter(has_text="runs in a clean environment")
    expect(result).to_be_visible(timeout=RUN_LIMIT)
    result.get_by_role("button", name="Preview").click()
    expect(preview(page, name).get_by_text("six times seven is 42")).to_be_visible()
