"""The list of contents: what a search and a title find on the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from connect.wire import CONTENT, GUID, Script, reply, scripted

from rsconnect_jupyter.errors import NoKeyError
from rsconnect_jupyter.models import Secret, Server
from rsconnect_jupyter.widget.target_box import NEW, SEARCH, Choice, TargetBox


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted() as running:
        yield running


def known(script: Script) -> Server:
    return Server(name="s", url=script.url, api_key=Secret("k"))


def search(box: TargetBox, text: str) -> None:
    """Choose to search, type a text and wait for the end."""
    box._list.value = SEARCH
    box._search.value = text
    for each in threading.enumerate():
        if each.name == "publish-search":
            each.join(30)


def test_what_a_search_finds_is_chosen(script: Script) -> None:
    chosen: list[Choice] = []
    box = TargetBox(server=lambda: known(script), on_choice=chosen.append)
    box._accept.click()
    search(box, "  ")
    assert (box._search.layout.display, box._status.value, chosen) == (None, "", [])
    search(box, "A title")
    assert "1 found" in box._status.value
    assert [each.value for each in chosen] == [box._list.value] == [GUID]


def test_a_search_that_finds_nothing_changes_no_choice(script: Script) -> None:
    chosen: list[Choice] = []
    box = TargetBox(server=lambda: known(script), on_choice=chosen.append)
    box.show((), server_url=script.url, chosen=GUID)
    script.on("GET", "v1/search/content", reply({"results": [], "total": 0, "current_page": 1}))
    search(box, "Another title")
    assert ("Nothing found" in box._status.value, box._list.value, chosen) == (True, SEARCH, [])


@pytest.mark.parametrize(
    ("problem", "said"), [(NoKeyError.of("no-api-key/no-server"), "API key"), (KeyError(1), "failed: KeyError")]
)
def test_a_search_that_fails_says_why(problem: Exception, said: str) -> None:
    def server() -> Any:
        raise problem

    box = TargetBox(server=server, on_choice=lambda _choice: None)
    search(box, "A title")
    assert said in box._status.value


def test_content_of_the_same_title_is_listed_once_and_not_chosen(script: Script) -> None:
    box = TargetBox(server=lambda: known(script), on_choice=lambda _choice: None)
    for title in ("", "A title", "A title"):
        box.offer_namesakes(known(script), title)
    assert (len(script.asked("GET", "v1/search/content")), box._list.value) == (1, NEW)
    assert [each.title for each in box._choices] == ["", CONTENT["title"]]
    assert "content of this title" in box._status.value
