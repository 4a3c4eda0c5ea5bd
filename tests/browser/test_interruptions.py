"""Things that go wrong on the way: cancel, reload, rename, a lost connection, two at once, a read-only folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from browser_actions import (
    RUN_LIMIT,
    content_guid,
    open_panel,
    panel,
    publish_button,
    result_link,
    set_cell,
    toolbar_button,
)
from notebook_documents import notebook_document
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.thorough


WAITING = """
import pathlib, time
while not pathlib.Path({flag!r}).exists():
    time.sleep(0.1)
print("went on")
"""


def start_waiting(page: Page, demo: Any, app: str, name: str) -> Path:
    """Publish a notebook that runs on the server until the returned file exists."""
    flag = Path(demo.root.parent, f"{name}.flag")
    (demo.root / name).write_text(json.dumps(notebook_document(WAITING.format(flag=str(flag)))))
    open_panel(page, demo.address(app, name))
    publish_button(page).click()
    expect(panel(page).get_by_role("log")).to_contain_text("Building Jupyter notebook", timeout=RUN_LIMIT)
    return flag


def test_cancel_leaves_the_panel_ready(demo: Any, page: Page) -> None:
    start_waiting(page, demo, "notebook", "cancelled.ipynb")
    panel(page).get_by_role("button", name="Cancel").click()
    expect(publish_button(page)).to_be_enabled(timeout=RUN_LIMIT)
    expect(panel(page).locator(".jp-rsc-footer")).to_contain_text("cancelled")


def test_a_second_tab_and_a_reload_lose_nothing(demo: Any, page: Page) -> None:
    flag = start_waiting(page, demo, "lab", "reloaded.ipynb")
    other = page.context.new_page()
    other.goto(demo.address("notebook", "reloaded.ipynb"))
    page.reload()
    for tab in (page, other):
        if not panel(tab).is_visible():
            tab.get_by_role("button", name="Publish to Posit Connect").first.click()
        expect(panel(tab).get_by_role("log")).to_contain_text("Building Jupyter notebook")
        expect(panel(tab).get_by_role("button", name="Cancel")).to_be_visible()
    flag.touch()
    assert content_guid(result_link(page)) == content_guid(result_link(other))


def test_a_lost_connection_is_waited_out(demo: Any, page: Page) -> None:
    flag = start_waiting(page, demo, "notebook", "offline.ipynb")
    page.context.set_offline(True)
    expect(panel(page).get_by_text("No connection to Jupyter")).to_be_visible()
    page.context.set_offline(False)
    expect(panel(page).get_by_text("No connection to Jupyter")).to_be_hidden()
    flag.touch()
    result_link(page)


def test_a_notebook_that_is_renamed_meanwhile_keeps_what_was_published(demo: Any, page: Page) -> None:
    flag = start_waiting(page, demo, "lab", "named.ipynb")
    rename = "names => window.jupyterapp.serviceManager.contents.rename(...names)"
    page.evaluate(rename, ["named.ipynb", "named-anew.ipynb"])
    expect(panel(page).get_by_role("heading", name="named-anew.ipynb")).to_be_visible()
    flag.touch()
    first = content_guid(result_link(page))

    page.goto(demo.address("notebook", "named-anew.ipynb"))
    toolbar_button(page).click()
    expect(publish_button(page)).to_be_enabled()
    assert content_guid(result_link(page)) == first


def test_two_notebooks_at_once(demo: Any, page: Page) -> None:
    for name in ("left.ipynb", "right.ipynb"):
        shutil.copy(demo.root / "minimal.ipynb", demo.root / name)
    other = page.context.new_page()
    open_panel(page, demo.address("lab", "left.ipynb"))
    open_panel(other, demo.address("notebook", "right.ipynb"))
    publish_button(page).click()
    publish_button(other).click()
    assert content_guid(result_link(page)) != content_guid(result_link(other))


def test_a_read_only_folder(demo: Any, page: Page, request: pytest.FixtureRequest) -> None:
    folder = demo.root / "read-only"
    folder.mkdir()
    shutil.copy(demo.root / "minimal.ipynb", folder / "kept.ipynb").chmod(0o444)
    folder.chmod(0o555)
    request.addfinalizer(lambda: folder.chmod(0o755))

    open_panel(page, demo.address("notebook", "read-only/kept.ipynb"))
    panel(page).get_by_role("radio", name="Finished document").check()
    publish_button(page).click()
    result_link(page)

    set_cell(page, 1, "print('changed, and not to be saved')")
    publish_button(page).click()
    expect(panel(page).get_by_role("alert")).to_contain_text("read-only")
