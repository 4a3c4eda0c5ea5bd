"""Things that go wrong on the way: cancel, reload, a lost connection, two at once, a folder that cannot be written."""

from __future__ import annotations

import ctypes
import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from serving import Jupyter, Sandbox
from stage import RUN_LIMIT, content_guid, open_notebook, open_panel, panel, publish_button, result_link, set_cell

WAITING = """
import pathlib, time
while not pathlib.Path({flag!r}).exists():
    time.sleep(0.1)
print("went on")
"""


def start_waiting(page: Page, demo: Any, name: str) -> Path:
    """Publish a notebook that runs on the server until the returned file exists."""
    flag = Path(demo.root.parent, f"{name}.flag")
    notebook = json.loads((demo.root / "minimal.ipynb").read_text())
    cell: dict[str, Any] = {"cell_type": "code", "id": "wait", "metadata": {}, "execution_count": None, "outputs": []}
    notebook["cells"].append({**cell, "source": WAITING.format(flag=str(flag))})
    (demo.root / name).write_text(json.dumps(notebook))
    open_panel(page, demo.address("lab", name))
    publish_button(page).click()
    expect(panel(page).get_by_role("log")).to_contain_text("Building Jupyter notebook", timeout=RUN_LIMIT)
    return flag


def test_cancel_leaves_the_panel_ready(demo: Any, page: Page) -> None:
    start_waiting(page, demo, "cancelled.ipynb")
    panel(page).get_by_role("button", name="Cancel").click()
    expect(publish_button(page)).to_be_enabled(timeout=RUN_LIMIT)
    expect(panel(page).locator(".jp-rsc-footer")).to_contain_text("cancelled")


def test_a_second_tab_and_a_reload_lose_nothing(demo: Any, page: Page) -> None:
    flag = start_waiting(page, demo, "reloaded.ipynb")
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
    flag = start_waiting(page, demo, "offline.ipynb")
    page.context.set_offline(True)
    expect(panel(page).get_by_text("No connection to Jupyter")).to_be_visible(timeout=RUN_LIMIT)
    page.context.set_offline(False)
    flag.touch()
    result_link(page)


def test_two_notebooks_at_once(demo: Any, page: Page) -> None:
    for name in ("left.ipynb", "right.ipynb"):
        shutil.copy(demo.root / "minimal.ipynb", demo.root / name)
    other = page.context.new_page()
    open_panel(page, demo.address("lab", "left.ipynb"))
    open_panel(other, demo.address("lab", "right.ipynb"))
    publish_button(page).click()
    publish_button(other).click()
    assert content_guid(result_link(page)) != content_guid(result_link(other))


def start_without_override(jupyter_with: Callable[..., Jupyter], **options: Any) -> Jupyter:
    """Start a Jupyter that cannot write where modes forbid it, also when the tests are run by root."""
    drop_from_bounds, override_modes = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE; a thread's and its children's

    def start() -> Jupyter:
        ctypes.CDLL(None).prctl(drop_from_bounds, override_modes, 0, 0, 0)
        return jupyter_with(**options)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(start).result()


def test_a_read_only_folder(
    jupyter_with: Callable[..., Jupyter], page: Page, open_sandbox: Sandbox, request: pytest.FixtureRequest
) -> None:
    server = {"CONNECT_SERVER": open_sandbox.url, "CONNECT_API_KEY": open_sandbox.key}
    jupyter = start_without_override(jupyter_with, environment=server)
    for path in (*jupyter.root.iterdir(), jupyter.root):
        path.chmod(0o555 if path.is_dir() else 0o444)
    request.addfinalizer(lambda: jupyter.root.chmod(0o755))

    open_notebook(page, jupyter.address("lab", "minimal.ipynb"))
    open_panel(page, jupyter.address("lab", "minimal.ipynb"))
    publish_button(page).click()
    result_link(page)

    set_cell(page, 1, "print('changed, and not to be saved')")
    publish_button(page).click()
    expect(panel(page).get_by_role("alert")).to_contain_text("read-only")
