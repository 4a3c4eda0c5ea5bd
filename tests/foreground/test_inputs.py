"""What people type becomes what is meant."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rsconnect_jupyter.errors import BundleError, NoKeyError, RSConnectException, UnknownServerError
from rsconnect_jupyter.foreground import inputs
from rsconnect_jupyter.models import Secret
from rsconnect_jupyter.publishing.targets import chosen_guid
from rsconnect_jupyter.servers.store import ServerStore

GUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (None, None),
        (GUID, GUID),
        (GUID.upper(), GUID),
        (f"https://connect.example.com/content/{GUID}/", GUID),
        (f"https://connect.example.com/rsc/connect/#/apps/{GUID}/access", GUID),
    ],
    ids=["nothing", "a GUID", "a GUID in capitals", "a content link", "a dashboard link"],
)
def test_a_target_is_a_guid_or_any_link_with_one(typed: str | None, meant: str | None, notebook: Path) -> None:
    assert chosen_guid(inputs.options_from_here({"update": typed}, notebook)) == meant


@pytest.mark.parametrize(
    ("typed", "new"), [("sales report", None), (GUID, True)], ids=["no GUID in it", "contradicts new"]
)
def test_a_target_that_says_nothing_or_two_things_is_refused(typed: str, new: bool | None, notebook: Path) -> None:
    with pytest.raises(RSConnectException) as caught:
        inputs.options_from_here({"update": typed, "new": new}, notebook)
    assert caught.value.code == "bad-target"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://connect.example.com", True),
        ("connect.example.com", True),
        ("localhost:3939", True),
        ("connect.example.com/rsc/", True),
        ("sandbox", False),
        ("our server", False),
    ],
)
def test_addresses_are_told_from_names(text: str, address: bool) -> None:
    assert inputs.is_address(text) is address


def test_variables_come_from_texts_and_mappings(notebook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "from-here")
    expected = {"TOKEN": Secret("from-here"), "MODE": Secret("a=b"), "EMPTY": Secret("")}
    assert inputs.options_from_here({"env": ["TOKEN", "MODE=a=b", "EMPTY="]}, notebook).env == expected
    assert inputs.options_from_here({"env": {"A": 1, "GONE": None}}, notebook).env == {"A": Secret("1"), "GONE": None}
    assert inputs.options_from_here({}, notebook).env is None
    assert "from-here" not in repr(inputs.options_from_here({"env": "TOKEN"}, notebook))


@pytest.mark.parametrize("text", ["NOT_SET_ANYWHERE", "=value", ""])
def test_a_variable_without_name_or_value_is_refused(text: str) -> None:
    with pytest.raises(RSConnectException) as caught:
        inputs.read_variables([text])
    assert caught.value.code == "bad-variable"


def test_picks_are_relative_to_the_notebook_or_completed_by_a_shell(
    notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (notebook.parent / "data.csv").touch()
    (notebook.parent.parent / "shared.csv").touch()
    monkeypatch.chdir(notebook.parent.parent)
    picks = ["data.csv", "project/data.csv", "*.csv", "!project/data.csv", "shared.csv"]
    assert inputs.files_from_here(picks, notebook) == ("data.csv", "data.csv", "*.csv", "!data.csv", "../shared.csv")


def test_requirements_are_a_word_or_a_file_that_exists(notebook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (notebook.parent / "own.txt").touch()
    monkeypatch.chdir(notebook.parent.parent)
    assert inputs.requirements_from_here("freeze", notebook) == "freeze"
    assert inputs.requirements_from_here(os.path.join("project", "own.txt"), notebook) == "own.txt"  # noqa: PTH118
    with pytest.raises(BundleError):
        inputs.requirements_from_here("missing.txt", notebook)


def test_the_server_is_the_one_named_else_an_address_else_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    store = ServerStore()
    with pytest.raises(UnknownServerError):
        inputs.chosen_server(store, None)
    store.add(name="one", url="https://one.example.com", api_key=Secret("key-one"))
    store.add(name="two", url="https://two.example.com/rsc", api_key=Secret("key-two"), default=True)
    assert inputs.chosen_server(store, None).name == "two"
    assert inputs.chosen_server(store, "one").api_key == Secret("key-one")
    assert inputs.chosen_server(store, "https://two.example.com/rsc/content/x").name == "two"
    with pytest.raises(UnknownServerError):
        inputs.chosen_server(store, "three")

    stranger = inputs.chosen_server(store, "https://three.example.com/")
    assert (stranger.url, stranger.api_key) == ("https://three.example.com", None)
    with pytest.raises(NoKeyError):
        inputs.with_key(stranger)
    monkeypatch.setenv("CONNECT_API_KEY", "key-three")
    assert inputs.chosen_server(store, "https://three.example.com").api_key == Secret("key-three")


def test_the_key_of_the_environment_goes_to_its_own_server_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "rsconnect-python"
    folder.mkdir()
    entry = {"url": "https://two.example.com", "oauth_client_id": "c"}
    (folder / "servers.json").write_text(json.dumps({"two": entry}))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    store = ServerStore()
    monkeypatch.setenv("CONNECT_API_KEY", "key-two")
    assert inputs.chosen_server(store, "two").api_key is None, "a name is no address that was typed"
    monkeypatch.setenv("CONNECT_SERVER", "https://three.example.com")
    assert inputs.chosen_server(store, "https://two.example.com").api_key is None
    assert inputs.chosen_server(store, "https://three.example.com").api_key == Secret("key-two")
    monkeypatch.setenv("CONNECT_SERVER", "https://two.example.com/connect/")
    assert inputs.chosen_server(store, "https://two.example.com").api_key == Secret("key-two")
