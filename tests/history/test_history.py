"""Where a notebook was published: kept beside it, found again after a rename or a move, nobody's entry lost."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rsconnect_jupyter.errors import RSConnectException
from rsconnect_jupyter.history import version_records
from rsconnect_jupyter.history.publications import (
    NotebookHistory,
    announce,
    forget,
    publication_of,
    publications,
    record,
)
from rsconnect_jupyter.models import Publication, PublishOptions, Secret
from rsconnect_jupyter.servers.store import ServerStore

URL = "https://connect.example.com"
G1, G2, G3 = (f"{digit}0000000-0000-4000-8000-000000000000" for digit in "123")


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "rsconnect-python"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return write(tmp_path / "work" / "report.ipynb", "import pandas", "1 + 1", "2 + 2")


def write(path: Path, *sources: str, start: int = 0, ids: bool = True, **metadata: object) -> Path:
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
        | ({"id": f"cell-{start + index}"} if ids else {})
        for index, source in enumerate(sources)
    ]
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}))
    return path


def publication(guid: str = G1, *, user: str = "ana", day: int = 1, **more: object) -> Publication:
    parts = {"server_url": URL, "title": "Report", "mode": "static", "time": f"2026-01-0{day}T00:00:00.000Z"}
    return Publication(guid=guid, user=user, **{**parts, **more})  # type: ignore[arg-type]


def guids(notebook: Path, folder: Path, **more: str) -> list[str]:
    return [each.guid for each in NotebookHistory(notebook, folder=folder).publications(**more)]


def proposed(notebook: Path, folder: Path) -> list[str]:
    return list(NotebookHistory(notebook, folder=folder).proposed(server_url=URL))


def record_of(notebook: Path) -> Any:
    return json.loads((notebook.parent / "rsconnect-python" / f"{notebook.stem}.json").read_text())


def test_what_was_recorded_comes_back_whole(notebook: Path, folder: Path) -> None:
    kept = publication(
        url="https://connect.example.com/content/1/",
        dashboard_url="https://d",
        bundle_id="7",
        requirement_lines=("pandas==2.0",),
        notebook_hash="abc",
        result="failed",
        options=PublishOptions(files=("a.csv",), requirements="freeze", hide_input="all", manage_r="no", run_timeout=5),
    )
    record(notebook, kept, folder=folder)

    assert publications(notebook, folder=folder) == (kept,)


def test_the_newest_comes_first_and_contents_are_told_once(notebook: Path, folder: Path) -> None:
    record(notebook, publication(G1, day=1), folder=folder)
    record(notebook, publication(G2, day=2), folder=folder)
    record(notebook, publication(G1, day=3, title="Again"), folder=folder)

    told = publications(notebook, folder=folder)
    assert [(each.guid, each.title) for each in told] == [(G1, "Again"), (G2, "Report")]


def test_address_variants_are_one_server(notebook: Path, folder: Path) -> None:
    record(notebook, publication(server_url="HTTPS://Connect.example.com:443/"), folder=folder)
    record(notebook, publication(day=2, server_url=URL), folder=folder)

    assert len(publications(notebook, folder=folder)) == 1
    assert list(record_of(notebook)) == [URL]


def test_the_record_is_one_that_rsconnect_python_reads(notebook: Path, folder: Path) -> None:
    record(notebook, publication(url=f"{URL}/content/{G1}/"), folder=folder)

    theirs = record_of(notebook)[URL]
    del theirs["rsconnect_jupyter"]
    assert theirs == {
        "server_url": URL,
        "filename": str(notebook),
        "app_url": f"{URL}/content/{G1}/",
        "app_id": G1,
        "app_guid": G1,
        "title": "Report",
        "app_mode": "static",
        "app_store_version": 1,
    }


def their_entry(guid: str = G3, **more: object) -> dict[str, object]:
    return {
        "server_url": URL, "filename": "x.ipynb", "app_url": f"{URL}/content/{guid}/", "app_id": "42", "app_guid": guid,
        "title": "Theirs", "app_mode": "jupyter-static", "app_store_version": 1, **more,
    }  # fmt: skip


def test_a_record_of_rsconnect_python_is_read_and_its_keys_are_kept(notebook: Path, folder: Path) -> None:
    place = notebook.parent / "rsconnect-python" / "report.json"
    place.parent.mkdir()
    entry = their_entry(unknown={"kept": True})
    place.write_text(json.dumps({URL + "/": entry, "https://other.example.com": their_entry(G2)}))

    assert guids(notebook, folder) == []
    assert proposed(notebook, folder) == [G3, G2]
    record(notebook, publication(G1), folder=folder)

    after = record_of(notebook)
    assert set(after) == {URL + "/", "https://other.example.com"}
    assert {name: after[URL + "/"][name] for name in entry} == entry, "their content is not ours to redirect"
    assert guids(notebook, folder) == [G1]
    assert proposed(notebook, folder) == [G3, G2]


def private_key(path: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha1(path.encode()).digest()).decode().rstrip("=")


@pytest.mark.parametrize("misplaced", [False, True])
def test_private_records_of_rsconnect_python_are_found(
    notebook: Path, folder: Path, config: Path, misplaced: bool
) -> None:
    path = f"{notebook}/{notebook.name}.py" if misplaced else str(notebook)
    place = config / "applications" / f"{private_key(path)}.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({URL: their_entry()}))

    assert guids(notebook, folder) == [G3]


def test_where_the_folder_takes_no_record_the_private_place_does(notebook: Path, folder: Path, config: Path) -> None:
    (notebook.parent / "rsconnect-python").write_text("in the way")

    written = record(notebook, publication(), folder=folder)

    place = config / "applications" / f"{private_key(str(notebook))}.json"
    assert written == (place, folder / "history.json")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    shutil.rmtree(folder)
    assert guids(notebook, folder) == [G1]


def test_where_our_folder_takes_no_index_the_private_place_does(notebook: Path, config: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    written = record(notebook, publication(), folder=tmp_path / "file")

    assert config / "applications" / f"{private_key(str(notebook))}.json" in written
    assert guids(notebook, tmp_path / "file") == [G1]


def test_a_record_that_only_the_project_holds_is_not_enough(notebook: Path, config: Path, tmp_path: Path) -> None:
    config.parent.mkdir(parents=True)
    config.write_text("in the way")
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(RSConnectException) as error:
        record(notebook, publication(), folder=tmp_path / "file")
    assert error.value.code == "history-unwritable"


def test_where_nothing_can_be_written_it_is_told(notebook: Path, tmp_path: Path, config: Path) -> None:
    (notebook.parent / "rsconnect-python").write_text("in the way")
    config.parent.mkdir(parents=True)
    config.write_text("in the way")
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(RSConnectException) as error:
        record(notebook, publication(), folder=tmp_path / "file")
    assert error.value.code == "history-unwritable"


# Renames, moves, copies


def test_a_renamed_notebook_is_known(notebook: Path, folder: Path) -> None:
    record(notebook, publication(), folder=folder)
    renamed = notebook.rename(notebook.with_name("yearly.ipynb"))

    assert guids(renamed, folder) == [G1]


def test_a_notebook_renamed_while_it_was_published_is_known(notebook: Path, folder: Path) -> None:
    announce(notebook, publication(""), folder=folder)
    renamed = notebook.rename(notebook.with_name("yearly.ipynb"))
    record(notebook, publication(day=2), folder=folder)

    assert guids(renamed, folder) == [G1]


def test_a_renamed_and_edited_notebook_is_known_to_a_colleague_too(
    notebook: Path, folder: Path, tmp_path: Path
) -> None:
    record(notebook, publication(), folder=folder)
    notebook.unlink()
    renamed = write(notebook.with_name("yearly.ipynb"), "import pandas", "1 + 1", "3 + 3", "4 + 4")

    assert guids(renamed, folder) == [G1]
    assert proposed(renamed, tmp_path / "data of a colleague") == [G1]


def test_a_moved_notebook_is_known_without_its_record(notebook: Path, folder: Path, tmp_path: Path) -> None:
    record(notebook, publication(), folder=folder)
    (tmp_path / "elsewhere").mkdir()
    moved = notebook.rename(tmp_path / "elsewhere" / "moved.ipynb")

    assert guids(moved, folder) == [G1]
    record(moved, publication(day=2), folder=folder)
    assert proposed(moved, tmp_path / "nothing known") == [G1], "the record has moved along"


def test_a_moved_folder_takes_its_records_along(notebook: Path, folder: Path, tmp_path: Path) -> None:
    record(notebook, publication(), folder=folder)
    moved = notebook.parent.rename(tmp_path / "moved") / notebook.name

    assert proposed(moved, tmp_path / "nothing known") == [G1]


def test_a_notebook_without_cell_ids_is_known_by_its_text(notebook: Path, folder: Path) -> None:
    write(notebook, "import pandas", "1 + 1", "2 + 2", ids=False)
    record(notebook, publication(), folder=folder)
    notebook.unlink()
    renamed = write(notebook.with_name("yearly.ipynb"), "import pandas", "1 + 1", "2 + 3", "x", ids=False)

    assert guids(renamed, folder) == []
    write(renamed, "import pandas", "1 + 1", "2 + 2", "x", ids=False)
    assert guids(renamed, folder) == [G1]


def test_a_copy_is_a_new_notebook(notebook: Path, folder: Path, tmp_path: Path) -> None:
    record(notebook, publication(), folder=folder)
    beside = shutil.copy(notebook, notebook.with_name("copy.ipynb"))
    (tmp_path / "elsewhere").mkdir()
    away = shutil.copy(notebook, tmp_path / "elsewhere" / "report.ipynb")

    assert guids(Path(beside), folder) == []
    assert guids(Path(away), folder) == []


def test_another_notebook_under_the_old_name_is_not_the_old_one(notebook: Path, folder: Path, tmp_path: Path) -> None:
    record(notebook, publication(), folder=folder)
    renamed = notebook.rename(notebook.with_name("yearly.ipynb"))
    write(notebook, "print('quite another')", "print('thing')", start=50)

    assert guids(notebook, folder) == []
    assert guids(renamed, folder) == [G1]
    record(notebook, publication(G2, day=2), folder=folder)
    assert guids(notebook, folder) == [G2]
    assert guids(renamed, folder) == [G1]
    assert proposed(renamed, tmp_path / "nothing known") == [G1]


def test_a_notebook_rewritten_under_its_name_keeps_its_history(notebook: Path, folder: Path) -> None:
    record(notebook, publication(), folder=folder)
    write(notebook, "print('all')", "print('new')", start=50)

    assert guids(notebook, folder) == [G1]


def test_an_unreadable_notebook_has_the_history_of_its_path(notebook: Path, folder: Path) -> None:
    record(notebook, publication(), folder=folder)
    notebook.write_text("{")

    assert guids(notebook, folder) == [G1]


# Several people


def test_two_people_keep_an_entry_each(notebook: Path, folder: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "data of ben"
    record(notebook, publication(G1, user="ana", day=1), folder=folder)
    record(notebook, publication(G2, user="ben", day=2), folder=theirs)

    assert (guids(notebook, folder), proposed(notebook, folder)) == ([G1], [G2])
    assert (guids(notebook, theirs), proposed(notebook, theirs)) == ([G2], [G1])
    assert proposed(notebook, tmp_path / "nothing known") == [G2, G1]
    assert record_of(notebook)[URL]["app_guid"] == G1, "rsconnect-python goes on updating what it did"


def test_two_people_publish_to_the_same_content(notebook: Path, folder: Path) -> None:
    record(notebook, publication(day=1, bundle_id="1"), folder=folder)
    record(notebook, publication(user="ben", day=2, bundle_id="2"), folder=folder)
    record(notebook, publication(day=3, bundle_id="3"), bundle="4", folder=folder)

    assert guids(notebook, folder) == [G1]
    assert NotebookHistory(notebook, folder=folder).own_bundles(publication(), by="ana") == {"1", "3", "4"}
    assert NotebookHistory(notebook, folder=folder).own_bundles(publication(), by="ben") == {"2"}


BUSY = """
import sys
from pathlib import Path
from rsconnect_jupyter.history.publications import record
from rsconnect_jupyter.models import Publication
notebook, folder, user = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
for number in range(20):
    record(notebook, Publication(server_url="https://connect.example.com", guid=f"{user}-{number}", title="T",
           mode="static", user=user, time=f"2026-01-01T00:00:{number:02}Z"), folder=folder)
"""


def test_people_publishing_at_the_same_moment_lose_nothing(notebook: Path, tmp_path: Path) -> None:
    people = ("ana", "ben", "cy")
    processes = [
        subprocess.Popen([sys.executable, "-c", BUSY, str(notebook), str(tmp_path / user), user]) for user in people
    ]
    assert [each.wait() for each in processes] == [0, 0, 0]

    kept = record_of(notebook)["https://connect.example.com"]["rsconnect_jupyter"]["publications"]
    assert {each["guid"] for each in kept} == {f"{user}-{number}" for user in people for number in range(20)}


def test_a_record_in_a_shared_folder_keeps_its_permissions(notebook: Path, folder: Path) -> None:
    record(notebook, publication(), folder=folder)
    place = notebook.parent / "rsconnect-python" / "report.json"
    place.chmod(0o664)

    record(notebook, publication(day=2), folder=folder)

    assert stat.S_IMODE(place.stat().st_mode) == 0o664
    assert stat.S_IMODE((folder / "history.json").stat().st_mode) == 0o600


# Other tools and accidents


def predecessor_metadata() -> dict[str, Any]:
    published: dict[str, Any] = {
        "server": URL + "/", "serverName": "prod", "disableTLSCheck": False, "appId": 42, "notebookTitle": "Old",
        "appMode": "jupyter-static", "configUrl": f"{URL}/connect/#/apps/{G2}", "hide_all_input": True,
    }  # fmt: skip
    never = {"server": "https://other.example.com/", "serverName": "o", "disableTLSCheck": False}
    return {"rsconnect": {"version": 1, "previousServerId": "a", "servers": {"a": published, "b": never}}}


def test_the_predecessors_metadata_is_a_proposal_and_left_alone(notebook: Path, folder: Path) -> None:
    write(notebook, "1", "2", **predecessor_metadata())
    before = notebook.read_bytes()

    assert (guids(notebook, folder), proposed(notebook, folder)) == ([], [G2])
    record(notebook, publication(G1), folder=folder)
    assert (guids(notebook, folder), proposed(notebook, folder)) == ([G1], [G2])
    assert notebook.read_bytes() == before


def test_the_predecessors_number_stands_in_for_a_guid(notebook: Path, folder: Path) -> None:
    metadata = predecessor_metadata()
    metadata["rsconnect"]["servers"]["a"]["configUrl"] = f"{URL}/connect/#/apps/42"
    metadata["rsconnect"]["servers"]["c"] = {"server": URL, "appMode": "static"}
    write(notebook, "1", **metadata)

    assert proposed(notebook, folder) == ["42"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"https://x": 1}', '{"https://x": {"rsconnect_jupyter": {"publications": [1, {}]}}}']
)
def test_broken_records_are_read_over(notebook: Path, folder: Path, text: str) -> None:
    place = notebook.parent / "rsconnect-python" / "report.json"
    place.parent.mkdir()
    place.write_text(text)
    folder.mkdir()
    (folder / "history.json").write_text(text)

    assert publications(notebook, folder=folder) == ()
    assert record(notebook, publication(), folder=folder)
    assert guids(notebook, folder) == [G1]


def test_forgetting_one_content_leaves_the_others(notebook: Path, folder: Path) -> None:
    record(notebook, publication(G1, day=1), folder=folder)
    record(notebook, publication(G2, day=2), folder=folder)

    forget(notebook, server_url=URL + "/", guid=G2, folder=folder)

    assert guids(notebook, folder) == [G1]
    assert record_of(notebook)[URL]["app_guid"] == G1
    forget(notebook, server_url=URL, guid=G1, folder=folder)
    assert guids(notebook, folder) == []
    assert record_of(notebook) == {}


def test_content_that_was_only_announced_does_not_take_the_place_of_what_is_forgotten(
    notebook: Path, folder: Path
) -> None:
    announced = {"mode": "jupyter-static", "user": "ben", "time": "2026-01-02T00:00:00Z"}
    record(notebook, publication(G1, day=1), folder=folder)
    shared = record_of(notebook)
    shared[URL]["rsconnect_jupyter"]["publications"].append(announced)
    shared_record(notebook, shared)

    forget(notebook, server_url=URL, guid=G1, folder=folder)

    assert guids(notebook, folder) == []
    assert record_of(notebook) == {}


@pytest.mark.parametrize("section", [5, {"publications": 5}], ids=["number", "no list"])
def test_forgetting_is_no_accident_where_nothing_of_ours_is_kept(notebook: Path, folder: Path, section: object) -> None:
    shared_record(notebook, {URL: {"app_guid": G2, "rsconnect_jupyter": section}})
    forget(notebook, server_url=URL, guid=G1, folder=folder)
    assert record_of(notebook) == {URL: {"app_guid": G2, "rsconnect_jupyter": section}}
    assert not folder.exists(), "no index is made for it"


def test_parts_of_an_entry_that_are_null_are_as_if_they_were_not_there() -> None:
    assert publication_of(URL, {"guid": G1, "title": None, "user": None}).title == ""


def test_records_of_versions_do_not_grow_without_end_and_damaged_ones_are_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version_records, "_KEPT", 2)
    for number in range(4):
        version_records.keep_version(URL, G1, str(number), version_records.VersionRecord(), folder=folder)
    assert list(version_records.read(URL, G1, folder=folder).versions) == ["2", "3"]
    (path,) = (folder / "versions").glob("*.json")
    active = version_records.ActiveVersion(id="3")
    version_records.keep_active(URL, G1, active, folder=folder)
    path.chmod(0o644)
    version_records.keep_active(URL, G1, active, folder=folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644, "what is known is not written again"
    path.write_text('{"versions": 5}')
    assert version_records.read(URL, G1, folder=folder) == version_records.ContentRecord()


def test_the_index_does_not_grow_without_end(notebook: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rsconnect_jupyter.history.history_files._KEPT_NOTEBOOKS", 3)
    for number in range(6):
        path = write(notebook.with_name(f"n{number}.ipynb"), f"{number}", f"{number} + 1", start=10 * number)
        record(path, publication(), folder=folder)

    index = json.loads((folder / "history.json").read_text())["notebooks"]
    assert [os.path.basename(each) for each in index] == ["n3.ipynb", "n4.ipynb", "n5.ipynb"]  # noqa: PTH119


# What travels with a project


def shared_record(notebook: Path, content: object) -> Path:
    place = notebook.parent / "rsconnect-python" / f"{notebook.stem}.json"
    place.parent.mkdir(exist_ok=True)
    place.write_text(content if isinstance(content, str) else json.dumps(content))
    return place


def claims(guid: str = G1, **more: object) -> dict[str, Any]:
    entry = {"guid": guid, "title": "Trust me", "mode": "static", "user": "ana", **more}
    return {URL: {"rsconnect_jupyter": {"notebook": None, "publications": [entry]}}}


def test_a_record_alone_is_a_proposal_until_it_is_published_to(notebook: Path, folder: Path) -> None:
    shared_record(notebook, claims(files=["secret.txt"], requirements="freeze", bundles=["7"]))
    past = NotebookHistory(notebook, folder=folder)
    assert (past.publications(), past.proposed(server_url=URL)) == ((), (G1,))
    assert past.own_bundles(publication(G1), by="ana") == frozenset()
    assert past.findings == ()

    record(notebook, publication(G1), folder=folder)
    (known,) = publications(notebook, folder=folder)
    assert (known.title, known.options) == ("Report", PublishOptions())
    assert proposed(notebook, folder) == []


def test_publishing_elsewhere_confirms_no_proposal(notebook: Path, folder: Path) -> None:
    shared_record(notebook, claims(G2, time="2020-01-01T00:00:00Z"))
    record(notebook, publication(G1), folder=folder)
    assert (guids(notebook, folder), proposed(notebook, folder)) == ([G1], [G2])


def test_a_record_that_names_another_notebook_confirms_no_proposal_for_it(notebook: Path, folder: Path) -> None:
    """Publishing one notebook hands records of another on to it: its index entry must not come from there."""
    other = write(notebook.with_name("other.ipynb"), "print('other')", "print('thing')", start=70)
    record(other, publication(G3), folder=folder)
    section = record_of(other)[URL]["rsconnect_jupyter"]
    section["publications"] = [{"guid": G2, "title": "Mine", "mode": "static", "time": "2020-01-01T00:00:00Z"}]
    shared_record(notebook, {URL: {"rsconnect_jupyter": section}})
    record(notebook, publication(G1), folder=folder)
    assert (guids(notebook, folder), guids(other, folder)) == ([G1], [G3])


def test_a_time_yet_to_come_does_not_make_a_proposal_the_newest(notebook: Path, folder: Path) -> None:
    told = claims(G1, time="9999-01-01T00:00:00Z")
    told[URL]["rsconnect_jupyter"]["publications"].append(
        {"guid": G2, "mode": "static", "time": "2024-01-01T00:00:00Z"}
    )
    shared_record(notebook, told)
    assert proposed(notebook, folder) == [G2, G1]


@pytest.mark.parametrize("guid", ["../../admin", "\ud800", "", "x" * 1000, "1' or 1", "²"])
def test_what_is_no_identifier_is_not_proposed(notebook: Path, folder: Path, guid: str) -> None:
    shared_record(notebook, claims(guid))
    assert proposed(notebook, folder) == []


def _claims_with(part: str, value: Any) -> Any:
    return claims(**{part: value})


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", "1", "null x", DEEP, '{"https://x": ' + DEEP + "}", '{"https://x": 1}',
        *(json.dumps(_claims_with(part, value)) for part, value in
          [("guid", [1]), ("guid", {}), ("bundles", None), ("bundles", [[1]]), ("mode", []), ("time", 5),
           ("user", [])]),
        json.dumps({URL: {"rsconnect_jupyter": {"publications": None}}}),
        json.dumps({URL: {"rsconnect_jupyter": {"publications": [1]}}}),
        json.dumps({URL: {"rsconnect_jupyter": {"notebook": [], "publications": []}}}),
        json.dumps({URL: {"app_guid": [1], "app_mode": "static"}}),
        json.dumps({"http://[": {"server_url": 5}}),
    ],
)  # fmt: skip
def test_a_record_of_an_unexpected_form_is_a_finding(notebook: Path, folder: Path, text: str) -> None:
    shared_record(notebook, text)
    past = NotebookHistory(notebook, folder=folder)
    assert (past.publications(), past.proposed(server_url=URL)) == ((), ())
    assert [each.code for each in past.findings] == ["record-not-usable"]
    assert len(past.findings[0].message) < 400
    assert record(notebook, publication(), folder=folder)
    forget(notebook, server_url=URL, guid=G1, folder=folder)
    assert guids(notebook, folder) == []


def as_a_link(place: Path, outside: Path) -> None:
    place.symlink_to(outside)


def as_a_linked_folder(place: Path, outside: Path) -> None:
    place.parent.rmdir()
    place.parent.symlink_to(outside.parent)


def as_a_pipe(place: Path, _outside: Path) -> None:
    os.mkfifo(place)


def without_end(place: Path, _outside: Path) -> None:
    with place.open("wb") as stream:
        stream.truncate(10_000_001)


def as_a_device(place: Path, _outside: Path) -> None:
    place.symlink_to("/dev/zero")


@pytest.mark.parametrize("trap", [as_a_link, as_a_linked_folder, as_a_pipe, without_end, as_a_device])
def test_only_small_regular_files_of_the_project_are_read_and_written(
    notebook: Path, folder: Path, tmp_path: Path, trap: Callable[[Path, Path], None]
) -> None:
    outside = tmp_path / "outside" / "report.json"
    outside.parent.mkdir()
    outside.write_text(json.dumps(claims(G2)))
    before = outside.read_text()
    place = notebook.parent / "rsconnect-python" / "report.json"
    place.parent.mkdir()
    trap(place, outside)

    past = NotebookHistory(notebook, folder=folder)
    assert past.proposed(server_url=URL) == ()
    assert [each.code for each in past.findings] == ["record-not-usable"]
    record(notebook, publication(G1), folder=folder)
    forget(notebook, server_url=URL, guid=G3, folder=folder)
    assert guids(notebook, folder) == [G1]
    assert outside.read_text() == before


def test_a_lock_that_is_a_link_leaves_its_target_alone(notebook: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "profile").write_text("precious")
    place = shared_record(notebook, {})
    (place.parent / ".report.json.lock").symlink_to(tmp_path / "profile")
    (place.parent / ".report.json.1234.new").symlink_to(tmp_path / "profile")
    record(notebook, publication(G1), folder=folder)
    assert (tmp_path / "profile").read_text() == "precious"
    assert guids(notebook, folder) == [G1]


def test_a_neighbour_that_is_no_regular_file_is_passed_over(notebook: Path, folder: Path) -> None:
    record(notebook, publication(G1), folder=folder)
    (notebook.with_name("a.ipynb")).symlink_to("/dev/zero")
    os.mkfifo(notebook.with_name("b.ipynb"))
    write(notebook, "print('all')", "print('new')", start=50)
    assert guids(notebook, folder) == [G1]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
PARTS = st.sampled_from(["guid", "mode", "title", "user", "time", "bundles", "bundle_id", "url", "files", "result"])
ENTRY = st.dictionaries(PARTS | st.text(), JSON | st.sampled_from([G1, "static", "9", ["1"], "2024-01-01"]), max_size=8)
SECTION = st.dictionaries(st.sampled_from(["notebook", "publications"]), JSON | st.lists(ENTRY, max_size=3))
THEIRS = st.sampled_from(["server_url", "app_guid", "app_id", "app_mode", "app_url", "title", "rsconnect_jupyter"])
RECORD = st.dictionaries(
    st.sampled_from([URL, "http://[", "", "x"]) | st.text(), JSON | st.dictionaries(THEIRS, JSON | SECTION, max_size=6)
)


@given(record_=JSON | RECORD, index=JSON | RECORD | SECTION, metadata=JSON)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_is_read_written_and_forgotten(
    record_: object, index: object, metadata: object, notebook: Path, folder: Path
) -> None:
    write(notebook, "1 + 1", "2 + 2", rsconnect=metadata)
    shared_record(notebook, record_)
    folder.mkdir(exist_ok=True)
    (folder / "history.json").write_text(json.dumps({"notebooks": {str(notebook): {"servers": index}}}))

    past = NotebookHistory(notebook, folder=folder)
    assert all(guid for guid in past.proposed(server_url=URL))
    assert isinstance(past.findings, tuple)
    record(notebook, publication(G2, day=9), folder=folder)
    assert G2 in guids(notebook, folder)
    forget(notebook, server_url=URL, guid=G2, folder=folder)
    assert G2 not in guids(notebook, folder)


OLD, NEW = "http://127.0.0.1:41001", "http://127.0.0.1:41002"


@pytest.fixture
def moved_sandbox(notebook: Path, folder: Path) -> ServerStore:
    """The store of a user whose sandbox came to another port after the notebook was published to it."""
    store = ServerStore(folder=folder)
    name = store.add(url=OLD, api_key=Secret("k" * 32), origin="sandbox").name
    record(notebook, publication(server_url=OLD, url=f"{OLD}/content/{G1}/", bundle_id="5"), folder=folder)
    version_records.keep_version(OLD, G1, "5", version_records.VersionRecord(note="first"), folder=folder)
    store.update(name, url=NEW, api_key=Secret("l" * 32))
    return store


@pytest.mark.usefixtures("moved_sandbox")
def test_a_sandbox_at_another_port_is_the_same_server(notebook: Path, folder: Path) -> None:
    (known,) = publications(notebook, folder=folder)
    assert (known.server_url, known.url) == (NEW, f"{NEW}/content/{G1}/")
    assert NotebookHistory(notebook, folder=folder).own_bundles(known, by="ana") == {"5"}
    assert version_records.read(NEW, G1, folder=folder).versions["5"].note == "first"

    record(notebook, publication(day=2, server_url=NEW, title="Again"), folder=folder)
    version_records.keep_version(NEW, G1, "6", version_records.VersionRecord(), folder=folder)
    assert [each.title for each in publications(notebook, folder=folder)] == ["Again"]
    assert list(version_records.read(NEW, G1, folder=folder).versions) == ["5", "6"]

    forget(notebook, server_url=NEW, guid=G1, folder=folder)
    assert publications(notebook, folder=folder) == ()


def test_another_server_at_its_old_port_is_not_the_sandbox(
    notebook: Path, folder: Path, moved_sandbox: ServerStore
) -> None:
    moved_sandbox.add(url=OLD, api_key=Secret("other"), name="other")
    assert guids(notebook, folder, server_url=NEW) == []
