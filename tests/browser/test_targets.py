"""Where to: new content, remembered content, content found on the server."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from browser_actions import asks, content_guid, held, open_panel, panel, publish_begun, publish_button, result_link
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.thorough


def publish_now(page: Page) -> str:
    with publish_begun(page):
        publish_button(page).click()
    return content_guid(result_link(page))


def choose_target(page: Page, search: str, option: str) -> None:
    """Choose where to publish, and wait until the notebook was looked at for that."""
    target = panel(page).get_by_role("combobox", name="Publish to")
    target.click()
    target.fill(search)
    with page.expect_response(lambda answer: asks(answer, "POST", "inspect")):
        page.get_by_role("option", name=option).first.click()


def test_new_content_and_content_found_on_the_server(demo: Any, page: Page) -> None:
    for name in ("theirs.ipynb", "ours.ipynb"):
        shutil.copy(demo.root / "minimal.ipynb", demo.root / name)
    title = panel(page).get_by_role("textbox", name="Title")

    open_panel(page, demo.address("notebook", "theirs.ipynb"))
    panel(page).get_by_role("radio", name="Finished document").check()
    title.fill("Shared numbers")
    first = publish_now(page)

    choose_target(page, "", "New content")
    title.fill("A page of its own")
    second = publish_now(page)
    assert second != first

    open_panel(page, demo.address("notebook", "ours.ipynb"))
    choose_target(page, "Shared numb", "Shared numbers")
    expect(title).to_have_value("Shared numbers")
    assert publish_now(page) == first

    choose_target(page, f"{demo.sandbox}/connect/#/apps/{second}", "A page of its own")
    assert publish_now(page) == second


def test_content_of_the_same_title_is_offered_not_forced(demo: Any, page: Page) -> None:
    for name in ("elsewhere.ipynb", "here.ipynb"):
        shutil.copy(demo.root / "minimal.ipynb", demo.root / name)
    title = panel(page).get_by_role("textbox", name="Title")

    open_panel(page, demo.address("lab", "elsewhere.ipynb"))
    panel(page).get_by_role("radio", name="Finished document").check()
    title.fill("A common title")
    first = publish_now(page)

    open_panel(page, demo.address("lab", "here.ipynb"))
    panel(page).get_by_role("radio", name="Finished document").check()
    offer = panel(page).get_by_role("button", name="Update it")
    with held(page, "servers/[^/]+/content"):
        title.fill("A common title")
        expect(offer).to_have_count(0)
        before = title.bounding_box()
    expect(offer).to_be_visible()
    assert title.bounding_box() == before, "the offer moves what is below"
    expect(panel(page).get_by_role("combobox", name="Publish to")).to_have_value("New content")
    offer.click()
    assert publish_now(page) == first
