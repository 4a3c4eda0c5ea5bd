"""Things that go wrong on the way: cancel, reload, a lost connection, two at once, a folder that cannot be written."""

from __future__ import annotations

import shutil
from typing import Any

from playwright.sync_api import Page, expect
from stage import content_guid, open_notebook, panel, publish_button, result_link, toolbar_button

SLOW = {"cell_type": "code", "id": "slow", "metadata": {}, "execution_count": None, "outputs": []}


def slow_notebook(demo: Any, name: str, seconds: int) -> None:
    import json

    notebook = json.loads((demo.root / "minimal.ipynb").read_text())
    notebook["cells"].append({**SLOW, "source": f"import time\ntime.sleep({seconds})\nprint('slept')"})
    (demo.root / name).write_text(json.dumps(notebook))


def start(page: Page, demo: Any, name: str) -> None:
    open_notebook(page, demo.address("lab", name))
    toolbar_button(page).click()
    publish_button(page).click()


def test_cancel_leaves_the_panel_ready(demo: Any, page: Page) -> None:
    slow_notebook(demo, "cancelled.ipynb", 60)
    start(page, demo, "cancelled.ipynb")
    expect(panel(page).get_by_role("log")).to_contain_text("Building Jupyter notebook", timeout=60_000)
    panel(page).get_by_role("button", name="Cancel").click()
    expect(publish_button(page)).to_be_enabled(timeout=60_000)
    expect(panel(page).get_by_text("Cancelled").first).to_be_visible()


def test_a_reload_in_the_middle_loses_nothing(demo: Any, page: Page) -> None:
    slow_notebook(demo, "reloaded.ipynb", 6)
    start(page, demo, "reloaded.ipynb")
    expect(panel(page).get_by_role("log")).to_contain_text("Building Jupyter notebook", timeout=60_000)
    page.reload()
    toolbar_button(page).wait_for()
    if not panel(page).is_visible():
        toolbar_button(page).click()
    result_link(page)
    log = panel(page).get_by_role("button", name="Log", exact=True)
    if log.get_attribute("aria-expanded") == "false":
        log.click()
    expect(panel(page).get_by_role("log")).to_contain_text("Building Jupyter notebook")


def test_a_lost_connection_is_waited_out(demo: Any, page: Page) -> None:
    slow_notebook(demo, "offline.ipynb", 6)
    start(page, demo, "offline.ipynb")
    expect(panel(page).get_by_role("log")).to_contain_text("Building Jupyter notebook", timeout=60_000)
    page.context.set_offline(True)
    page.wait_for_timeout(2_000)  # long enough that a poll fails meanwhile
    page.context.set_offline(False)
    result_link(page)


def test_two_notebooks_at_once(demo: Any, page: Page) -> None:
    for name in ("left.ipynb", "right.ipynb"):
        shutil.copy(demo.root / "minimal.ipynb", demo.root / name)
    other = page.context.new_page()
    other.set_default_timeout(30_000)
    start(page, demo, "left.ipynb")
    start(other, demo, "right.ipynb")
    assert content_guid(result_link(page)) != content_guid(result_link(other))
