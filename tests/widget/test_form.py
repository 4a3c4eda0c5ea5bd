"""The form in this process: what does not begin, and what is said when it ends badly."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from connect.wire import GUID, reply, scripted

from rsconnect_jupyter import PublishWidget
from rsconnect_jupyter.errors import Cancelled, NoKeyError, NotebookError, RSConnectException
from rsconnect_jupyter.models import Secret
from rsconnect_jupyter.servers.store import ServerStore
from rsconnect_jupyter.widget import form


@pytest.fixture(autouse=True)
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)


def test_without_a_notebook_nothing_begins() -> None:
    widget = PublishWidget()
    for act in (widget.publish, widget.rehearse, widget._look, lambda: widget._restore(GUID, "1", "")):
        act()
    assert repr(widget) == "<PublishWidget no notebook -> no server: ready>"
    with pytest.raises(NotebookError):
        widget.options()
    with pytest.raises(RSConnectException, match="Nothing has been published yet"):
        widget.wait()


def test_the_notebook_that_jupyter_names_is_taken(notebook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    assert PublishWidget().notebook == notebook


def test_what_cannot_begin_is_an_alert(notebook: Path) -> None:
    widget = PublishWidget(notebook)
    widget.publish()
    assert isinstance(widget.error, NoKeyError)
    assert widget.error.message in repr(widget)
    beginnings: list[Callable[[], None]] = [widget.publish, lambda: widget._restore(GUID, "1", ""), widget.rehearse]
    for begin in beginnings:
        widget._controls.choose("requirements", "gone.txt")
        widget._screen.clear()
        begin()
        assert 'role="alert"' in widget._screen._end.value
    widget._controls["title"].value = "Looked at again"
    assert "gone.txt" in widget._trouble.value


def test_one_thing_at_a_time_and_a_mistake_of_ours_is_told_as_one(notebook: Path) -> None:
    widget, release = PublishWidget(notebook), threading.Event()

    def work() -> Any:
        release.wait(60)
        raise ZeroDivisionError("oops")

    widget._begin(work, "")
    running = widget._thread
    for begin in (widget.publish, widget.rehearse, lambda: widget._restore(GUID, "1", "")):
        begin()
    assert widget._thread is running
    assert repr(widget).endswith(": publishing>")
    with pytest.raises(TimeoutError):
        widget.wait(0)
    release.set()
    with pytest.raises(RSConnectException, match="ZeroDivisionError: oops"):
        widget.wait(60)
    assert not widget._publish_button.disabled


@pytest.mark.parametrize(
    ("problem", "style"),
    [
        (Cancelled.of("cancelled"), "warning"),
        (NoKeyError.of("no-api-key/no-server"), "danger"),
        (KeyError(1), "danger"),
    ],
    ids=["cancelled", "refused", "a mistake of ours"],
)
def test_a_rehearsal_that_does_not_end_says_why(
    problem: Exception, style: str, notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise problem

    monkeypatch.setattr(form, "follow_rehearsal", fail)
    widget = PublishWidget(notebook)
    widget.rehearse()
    assert widget._thread
    widget._thread.join(60)
    assert widget._screen._bar.bar_style == style
    assert 'role="alert"' in widget._screen._end.value


def test_new_content_takes_the_place_of_what_was_given(notebook: Path) -> None:
    widget = PublishWidget(notebook, update=GUID)
    assert widget.options().update == GUID
    widget._target._list.value = "new"
    assert (widget.options().new, widget.options().update) == (True, None)


def test_a_key_that_is_not_taken_is_told_with_a_way_to_sign_in(notebook: Path) -> None:
    with scripted() as server:
        server.on("GET", "v1/user", reply({"code": 30, "error": "The API key is not valid."}, 401))
        ServerStore().add(name="strict", url=server.url, api_key=Secret("k" * 32))
        widget = PublishWidget(notebook)
        finished("publish-ask")
    assert 'role="alert"' in widget._trouble.value
    assert widget._server._sign_in.label == "Sign in again"


def test_one_button_signs_in_again_when_two_threads_meet_the_end_of_a_session(notebook: Path) -> None:
    def ends() -> Any:
        raise RSConnectException.of("bad-api-key")

    def while_the_publish_ends(*, offered: bool) -> None:
        if offered:
            publish.start()
            publish.join(0.5)
        offer(offered=offered)

    with scripted() as server:
        server.on("GET", "v1/user", reply({"code": 30, "error": "The API key is not valid."}, 401))
        ServerStore().add(name="strict", url=server.url, api_key=Secret("k" * 32))
        widget = PublishWidget(notebook)
        finished("publish-ask")
        publish, offer = threading.Thread(target=widget._work, args=(ends, "")), widget._server.offer_sign_in
        widget._server.offer_sign_in = while_the_publish_ends  # type: ignore[method-assign]
        widget._look()
        finished("publish-ask")
    publish.join(60)
    assert (widget._again.shown, widget._server._sign_in.label) == (True, "Sign in")


@pytest.mark.parametrize("case", ["the notebook is gone", "something else is shown by now"])
def test_an_answer_that_comes_too_late_changes_nothing(
    case: str, notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    widget = PublishWidget(notebook)
    finished("publish-ask")
    shown = widget._newest
    assert shown
    drawn: list[object] = []
    monkeypatch.setattr(widget, "_show", drawn.append)
    if case == "the notebook is gone":
        notebook.unlink()
    else:
        widget._newest = None
    widget._ask_server(notebook, shown)
    assert (drawn, widget._trouble.value) == ([], "")


def finished(name: str) -> None:
    """Wait for the threads of a name."""
    for each in threading.enumerate():
        if each.name == name:
            each.join(60)
