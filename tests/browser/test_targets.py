"""Where to: new content, remembered content, content found on the server."""

from __future__ import annotations

import shutil
from typing import Any

from playwright.sync_api import Page, expect
from stage import content_guid, open_notebook, panel, publish_button, result_link, toolbar_button


def published(page: Page, address: str, title: str) -> str:
    open_notebook(page, address)
    toolbar_button(page).click()
    panel(page).get_by_role("textbox", name="Title").fill(title)
    publish_button(page).click()
    return content_guid(result_link(page))


def choose_target(page: Page, search: str, option: str) -> None:
    target = panel(page).get_by_role("combobox", name="Publish to")
    target.click()
    target.fill(search)
    page.get_by_role("option", name=option).first.click()


def test_a_new_target_makes_a_new_content(demo: Any, page: Page) -> None:
    shutil.copy(demo.root / "minimal.ipynb", demo.root / "again.ipynb")
    first = published(page, demo.address("lab", "again.ipynb"), "Once")

    choose_target(page, "", "New content")
    panel(page).get_by_role("textbox", name="Title").fill("Once more")
    publish_button(page).click()
    expect(panel(page).get_by_role("button", name="Cancel")).to_be_visible()
    assert content_guid(result_link(page)) != first


def test_content_of_the_same_title_is_offered_and_updated(demo: Any, page: Page) -> None:
    for name in ("ours.ipynb", "theirs.ipynb"):
        shutil.copy(demo.root / "minimal.ipynb", demo.root / name)
    first = published(page, demo.address("lab", "theirs.ipynb"), "Shared numbers")

    open_notebook(page, demo.address("lab", "ours.ipynb"))
    toolbar_button(page).click()
    choose_target(page, "Shared numbers", "Shared numbers")
    expect(panel(page).get_by_role("textbox", name="Title")).to_have_value("Shared numbers")
    publish_button(page).click()
    assert content_guid(result_link(page)) == first


def test_a_pasted_link_chooses_its_content(demo: Any, page: Page) -> None:
    for name in ("source.ipynb", "pasted.ipynb"):
        shutil.copy(demo.root / "minimal.ipynb", demo.root / name)
    first = published(page, demo.address("lab", "source.ipynb"), "Behind a link")

    open_notebook(page, demo.address("lab", "pasted.ipynb"))
    toolbar_button(page).click()
    choose_target(page, f"{demo.sandbox}/connect/#/apps/{first}", "Behind a link")
    publish_button(page).click()
    assert content_guid(result_link(page)) == first
