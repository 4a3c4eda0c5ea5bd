"""Which content a publish may update. No server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from connect.wire import CONTENT, GUID
from msgspec.structs import replace

from rsconnect_jupyter.connect.parsing import read_content
from rsconnect_jupyter.history.publications import NotebookHistory, record
from rsconnect_jupyter.models import Content, Mode, Publication, PublishOptions, Server, User
from rsconnect_jupyter.publishing.targets import ServerView, find_target, proposal, refusal

SERVER = Server(name="x", url="https://connect.example")
MINE = replace(read_content(CONTENT, "https://connect.example"), owner_name="bob")


@pytest.mark.parametrize(
    ("changes", "mode", "code"),
    [
        pytest.param({}, "static", None, id="same-mode"),
        pytest.param({}, None, None, id="no-mode-chosen"),
        pytest.param({"mode": "unknown"}, "jupyter-static", None, id="never-deployed"),
        pytest.param({"locked": True}, None, "content-locked", id="locked"),
        pytest.param({"role": "viewer"}, None, "content-not-editable", id="of-somebody-else"),
        pytest.param({}, "jupyter-static", "mode-differs", id="another-mode"),
        pytest.param({"mode": "python-dash"}, None, "mode-differs", id="no-notebook"),
    ],
)
def test_what_content_can_be_updated(changes: dict[str, Any], mode: Mode | None, code: str | None) -> None:
    found = refusal(replace(MINE, **changes), mode)
    assert (found and found.code) == code


@pytest.mark.parametrize(
    ("result", "mode", "updated"),
    [
        pytest.param("failed", "unknown", True, id="never-ran"),
        pytest.param("failed", "static", False, id="ran-since"),
        pytest.param("ok", "unknown", False, id="ran"),
    ],
)
def test_content_that_never_ran_is_updated_in_another_mode(
    result: Any, mode: Any, updated: bool, tmp_path: Path
) -> None:
    notebook = tmp_path / "n.ipynb"
    made = Publication(server_url=SERVER.url, guid=GUID, title="T", mode="static", user="ada", result=result)
    record(notebook, made, folder=tmp_path / "data")
    ada = User(guid="u", username="ada", role="publisher")
    view = ServerView(server=SERVER, user=ada, content=lambda _guid: replace(MINE, mode=mode))
    history = NotebookHistory(notebook, folder=tmp_path / "data")
    found = find_target(view, PublishOptions(mode="jupyter-static"), history=history)
    assert (found.guid == GUID) is updated


@pytest.mark.parametrize(
    ("content", "offered"),
    [
        pytest.param(MINE, True, id="mine"),
        pytest.param(None, False, id="not-known"),
        pytest.param(replace(MINE, locked=True), False, id="locked"),
        pytest.param(replace(MINE, role="viewer"), False, id="of-somebody-else"),
    ],
)
def test_what_a_project_names_is_offered_where_it_can_be_updated(content: Content | None, offered: bool) -> None:
    assert (proposal(content) is not None) is offered
