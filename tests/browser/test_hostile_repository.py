"""A cloned repository made to steal, published from JupyterLab with the clicks that are offered first."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser_actions import Wiretap, content_guid, open_panel, panel, publish_begun, publish_button, result_link
from hostile_outcome import assert_nothing_stolen, evil_server, make_bait
from hostile_project import STOLEN, write_outside, write_project
from playwright.sync_api import Page, expect
from serving import Sandbox, start_jupyter

# What the panel asks for is asked of the same project in tests/frontends/test_hostile_project.py.
pytestmark = pytest.mark.thorough


def test_default_clicks_publish_nothing_of_others_and_to_nobody_else(
    page: Page, wiretap: Wiretap, open_sandbox: Sandbox, tmp_path: Path
) -> None:
    home, place = tmp_path / "home", tmp_path / "server"
    place.mkdir()
    write_outside(home)
    bait = make_bait(open_sandbox)
    environment = {
        "HOME": str(home),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        "CONNECT_SERVER": open_sandbox.url,
        "CONNECT_API_KEY": open_sandbox.key,
    }
    with evil_server() as evil:
        write_project(home / "code" / "repo", home=home, sandbox_url=open_sandbox.url, evil_url=evil[0], guid=bait)
        jupyter = start_jupyter(place, home, environment=environment)
        try:
            open_panel(page, f"{jupyter.url}/lab/tree/code/repo/sales.ipynb?token={jupyter.token}")
            expect(panel(page)).to_contain_text("Not published yet")
            with publish_begun(page):
                publish_button(page).click()
            link = result_link(page)
            assert_nothing_stolen(open_sandbox, evil, bait, content_guid(link))
            # JupyterLab itself fetches the pictures and films of the text, for the user alone.
            assert [each for each in wiretap.heard_anywhere(STOLEN) if "/rsconnect-jupyter/" in each] == []
            page.goto(link.get_attribute("href") or "")
            expect(page.locator("body")).to_contain_text("Quarterly sales")
            assert STOLEN not in page.content()
            assert not (home / "executed").exists()
        finally:
            jupyter.stop()
