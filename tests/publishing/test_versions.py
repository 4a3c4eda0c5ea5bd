"""Versions of a content: listed, compared, restored, opened."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from publishing_project import Outcome, Project, exhausted, invite, publish_as, state
from request_log import requests_sent

from rsconnect_jupyter.connect.client import Client
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.connect.server_memory import ServerMemory
from rsconnect_jupyter.errors import RSConnectException
from rsconnect_jupyter.models import Event, PublishOptions, RestoreRequest, Server, VersionComparison
from rsconnect_jupyter.publishing.comparison import NotebookNow, fetch_and_compare, read_version
from rsconnect_jupyter.publishing.content_versions import list_versions, run_log
from rsconnect_jupyter.publishing.open_content import open_content, unpack
from rsconnect_jupyter.publishing.publish import resume
from rsconnect_jupyter.publishing.restore import as_publish, restore


def restored(
    project: Project, guid: str, bundle_id: str, connect: Callable[[Server], Client] = open_client, **options: Any
) -> Outcome:
    request = restore_request(project, guid, bundle_id, **options)
    return exhausted(restore(request, folder=project.folder, connect=connect))


def restore_request(project: Project, guid: str, bundle_id: str, **options: Any) -> RestoreRequest:
    return RestoreRequest(
        notebook=project.notebook,
        root=project.notebook.parent,
        server=project.server,
        guid=guid,
        bundle_id=bundle_id,
        **options,
    )


def compared(project: Project, guid: str, old: str, new: str | None = None, **options: Any) -> VersionComparison:
    now = NotebookNow(
        notebook=project.notebook,
        root=project.notebook.parent,
        options=PublishOptions(**options),
        folder=project.folder,
    )
    with project.client() as client:
        return fetch_and_compare(client, guid, old, new, now=now)


@pytest.fixture
def three(project: Project) -> tuple[Project, str, list[str]]:
    """A content with three versions as source code, the last one a draft."""
    ids = []
    for number in range(3):
        project.write("import json", f"print({number})", f"value = {number}")
        ids.append(project.publish(note=f"Number {number}", draft=number == 2).good)
    return project, ids[0].guid, [each.bundle_id for each in ids]


def test_versions_are_listed_newest_first_with_what_is_known_of_them(three: Any) -> None:
    project, guid, ids = three
    with project.client() as client:
        found = list_versions(client, guid, folder=project.folder)
        me = client.user().username

    assert [each.id for each in found.versions] == ids[::-1]
    assert [each.state for each in found.versions] == ["draft", "active", "earlier"]
    assert [each.note for each in found.versions] == ["Number 2", "Number 1", "Number 0"]
    assert {each.created_by for each in found.versions} == {me}
    assert all(each.size and each.mine for each in found.versions)
    assert (found.active, found.more, found.page) == (ids[1], False, 1)


def test_versions_of_a_colleague_have_their_name(project: Project, colleague: Server) -> None:
    guid = project.publish().good.guid
    invite(project, guid, colleague)
    publish_as(colleague, project, guid)
    with project.client() as client:
        found = list_versions(client, guid, folder=project.folder)

    assert [(each.created_by, each.mine) for each in found.versions] == [("publisher", False), ("admin", True)]


def test_long_lists_come_in_pages(project: Project, tmp_path: Path) -> None:
    made = project.publish().good
    with project.client() as client:
        archive = tmp_path / "bundle.tar.gz"
        with archive.open("wb") as file:
            client.download_bundle(made.guid, made.bundle_id, file)
        import hashlib

        md5 = hashlib.md5(archive.read_bytes()).hexdigest()
        for _ in range(24):
            client.upload(made.guid, archive, md5=md5)
        first, second = (list_versions(client, made.guid, page=each, folder=project.folder) for each in (1, 2))

    assert (len(first.versions), first.more) == (20, True)
    assert (len(second.versions), second.more) == (5, False)
    assert second.versions[-1].id == made.bundle_id


def test_a_version_is_compared_cell_by_cell_with_the_notebook(project: Project) -> None:
    data = project.notebook.with_name("data.csv")
    data.write_text("1")
    project.write("import json", "a = 1", "print(open('data.csv').read())", "last = 4")
    made = project.publish(mode="jupyter-static").good
    data.write_text("2")
    project.write("import json", "a = 2", "print(open('data.csv').read())", "last = 4", "new = True")

    found = compared(project, made.guid, made.bundle_id)
    assert found.basis == "notebook"
    assert [each.change for each in found.cells] == ["same", "changed", "same", "same", "added"]
    assert found.cells[1].words == (("=", "a = "), ("-", "1"), ("+", "2"))
    assert [(each.name, each.change) for each in found.files] == [("data.csv", "changed")]
    assert found.requirements == ()


def test_two_versions_of_finished_documents_are_compared_by_the_text_of_their_pages(three: Any) -> None:
    project, guid, ids = three
    found = compared(project, guid, ids[0], ids[1])

    assert found.basis == "page"
    assert [(each.old_source, each.new_source) for each in found.cells if each.change == "changed"] == [
        ("print(0)", "print(1)"),
        ("value = 0", "value = 1"),
    ]
    assert compared(project, guid, ids[2]).differs is False, "the notebook is as in the draft"


def test_the_source_in_a_finished_documents_bundle_is_used_when_its_author_added_it(project: Project) -> None:
    made = project.publish(files=(project.notebook.name,)).good
    project.write("print(6 * 7)", "print('less')")

    found = compared(project, made.guid, made.bundle_id)
    assert (found.basis, [each.change for each in found.cells]) == ("notebook", ["same", "changed"])


@pytest.mark.parametrize("content", [b"", b"no archive", None], ids=["empty", "no-archive", "no-file"])
def test_a_version_that_cannot_be_read_is_named(content: bytes | None, tmp_path: Path) -> None:
    archive = tmp_path / "7.tar.gz"
    if content is not None:
        archive.write_bytes(content)
    with pytest.raises(RSConnectException) as caught:
        read_version("7", archive, scratch=tmp_path / "scratch")
    assert (caught.value.code, "7" in caught.value.message) == ("version-unreadable", True)


def test_folders_and_links_in_a_version_are_not_compared(tmp_path: Path) -> None:
    archive = tmp_path / "7.tar.gz"
    with tarfile.open(archive, "w:gz") as files:
        for name, kind in (("folder", tarfile.DIRTYPE), ("link", tarfile.SYMTYPE), ("data.csv", tarfile.REGTYPE)):
            member = tarfile.TarInfo(name)
            member.type = kind
            files.addfile(member)
    assert set(read_version("7", archive, scratch=tmp_path / "scratch").files) == {"data.csv"}


def test_a_file_that_cannot_be_read_differs(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.notebook.with_name("data.csv").write_text("1")
    made = project.publish(files=("data.csv",)).good
    same = compared(project, made.guid, made.bundle_id, files=("data.csv",))
    monkeypatch.setattr("rsconnect_jupyter.publishing.comparison.read_regular", _unreadable)
    other = compared(project, made.guid, made.bundle_id, files=("data.csv",))
    assert (len(same.files), [each.name for each in other.files]) == (0, ["data.csv"])


def _unreadable(*_arguments: Any, **_more: Any) -> bytes:
    raise OSError("no permission")


def test_a_version_is_restored_as_a_draft_first_and_then_active(three: Any) -> None:
    project, guid, ids = three
    outcome = restored(project, guid, ids[0], seen=(ids[1],))

    phases = [each.data["phase"] for each in outcome.events if each.data and "phase" in each.data]
    assert phases == ["draft", "activation"]
    assert outcome.good.bundle_id == project.content(guid).bundle_id == ids[0]
    assert state(project).state == "changed"
    project.write("import json", "print(0)", "value = 0")
    assert state(project).state == "up-to-date"


def test_a_restore_whose_process_died_is_brought_to_its_end(three: Any) -> None:
    """Readers see the version in the end, unless the server had not begun: then they keep theirs."""
    project, guid, ids = three
    ends = {("content", "success"): "interrupted", ("deploy", "progress"): "", ("deploy", "success"): "",
            ("verify", "progress"): "", ("verify", "success"): ""}  # fmt: skip
    died = []
    for number, (place, code) in enumerate(ends.items()):
        wanted, other = ids[number % 2], ids[1 - number % 2]
        assert restored(project, guid, other, overwrite=True).good
        request = restore_request(project, guid, wanted, seen=(other,))
        steps, events = restore(request, folder=project.folder), list[Event]()
        while not events or (events[-1].step, events[-1].status) != place:
            events.append(next(steps))
        died.append(steps)  # a process that dies closes nothing
        outcome = exhausted(resume(as_publish(request), events, folder=project.folder))

        assert (outcome.error.code if outcome.error else "") == code, place
        assert project.content(guid).bundle_id == (other if code else wanted), place
    assert len(died) == len(ends)


@pytest.mark.parametrize("place", [("content", "success"), ("deploy", "progress"), ("deploy", "success")])
def test_a_cancelled_restore_leaves_readers_their_version(three: Any, place: tuple[str, str]) -> None:
    project, guid, ids = three
    events: list[Event] = []
    request = restore_request(project, guid, ids[0], seen=(ids[1],))
    steps = restore(
        request,
        should_stop=lambda: any((each.step, each.status) == place for each in events),
        folder=project.folder,
    )
    outcome = exhausted(steps, events)

    assert outcome.bad.code == "cancelled"
    assert "keeps its earlier version" in outcome.bad.data["remains"]
    assert project.content(guid).bundle_id == ids[1]
    assert state(project).state == "changed"


def test_a_restore_sends_four_requests_besides_polls(three: Any) -> None:
    """One to see which version readers have, and draft, look, activate: each is a guard of its own."""
    project, guid, ids = three
    memory = ServerMemory()
    with memory.open(project.server) as client:
        list_versions(client, guid, folder=project.folder)
    with requests_sent() as sent:
        assert restored(project, guid, ids[0], memory.open, seen=(ids[1],)).good.bundle_id == ids[0]

    assert sent == ["GET content", "POST content/deploy", "GET content/_bundle" + ids[0], "POST content/deploy"]


def test_what_is_remembered_of_a_server_is_asked_again_after_minutes_and_for_another_account(
    project: Project, colleague: Server
) -> None:
    now = [0.0]
    memory = ServerMemory(clock=lambda: now[0])
    counts = []
    for server, seconds in [(project.server, 0.0), (project.server, 299.0), (project.server, 2.0), (colleague, 0.0)]:
        now[0] += seconds
        with requests_sent() as sent, memory.open(server) as client:
            client.user()
        counts.append(len(sent))

    assert counts == [2, 0, 2, 2]


def test_a_version_that_the_author_has_not_seen_is_not_replaced(project: Project, colleague: Server) -> None:
    first = project.publish().good
    project.write("2")
    second = project.publish().good
    invite(project, first.guid, colleague)
    theirs = publish_as(colleague, project, first.guid)

    refused = restored(project, first.guid, first.bundle_id, seen=(second.bundle_id,))
    assert refused.bad.code == "published-by-others"
    assert project.content(first.guid).bundle_id == theirs
    assert restored(project, first.guid, first.bundle_id, overwrite=True).good.bundle_id == first.bundle_id


def test_a_version_that_was_deleted_cannot_be_restored_and_readers_keep_theirs(three: Any) -> None:
    project, guid, ids = three
    with project.client() as client:
        client.delete_bundle(guid, ids[0])

    assert restored(project, guid, ids[0]).error is not None
    assert project.content(guid).bundle_id == ids[1]


def test_the_log_of_a_versions_run_is_read_on_demand(three: Any) -> None:
    project, guid, ids = three
    with project.client() as client:
        assert isinstance(run_log(client, guid, ids[0]), tuple)


def test_published_content_is_opened_in_a_new_folder_and_updated_from_there(project: Project, tmp_path: Path) -> None:
    project.notebook.with_name("data.csv").write_text("1")
    project.write("print(open('data.csv').read())")
    made = project.publish(mode="jupyter-static", title="Sales / 2026").good
    place = tmp_path / "opened"
    place.mkdir()

    with project.client() as client:
        one, two = (open_content(client, made.guid, parent=place, data=project.folder) for _ in range(2))
    assert (one.folder.name, two.folder.name) == ("Sales 2026", "Sales 2026 2")
    assert one.notebook is not None
    assert one.notebook.read_bytes() == project.notebook.read_bytes()
    found = {each.name for each in one.folder.iterdir() if each.is_file()}
    assert found == {"data.csv", project.notebook.name, "requirements.txt"}
    project.notebook = one.notebook
    again = project.publish(mode=None).good
    assert (again.guid, again.created) == (made.guid, False)


@pytest.mark.parametrize(
    "name",
    ["../out.txt", "/etc/out.txt", "a/../../out.txt", "C:\\out.txt", "a\\..\\out.txt", "a\x07b"],
)
def test_a_bundle_that_would_write_elsewhere_is_not_unpacked(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "bundle.tar.gz"
    with tarfile.open(archive, "w:gz") as files:
        member = tarfile.TarInfo(name)
        member.size = 1
        files.addfile(member, io.BytesIO(b"x"))
    folder = tmp_path / "in"
    folder.mkdir()

    with pytest.raises((ValueError, OSError)):
        unpack(archive, folder)
    assert list(folder.iterdir()) == []


def test_links_in_a_bundle_are_left_out(tmp_path: Path) -> None:
    archive = tmp_path / "bundle.tar.gz"
    with tarfile.open(archive, "w:gz") as files:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        files.addfile(link)
    folder = tmp_path / "in"
    folder.mkdir()
    unpack(archive, folder)

    assert list(folder.iterdir()) == []


def test_what_was_published_carries_its_digest_for_other_machines(project: Project) -> None:
    made = project.publish(note="First").good
    with project.client() as client:
        about = client.bundle(made.guid, made.bundle_id)["metadata"]

    assert about["note"] == "First"
    assert len(about["notebook_digest"]) == 32
    kept = json.loads(next((project.folder / "versions").glob("*.json")).read_text())
    assert kept["active"]["id"] == made.bundle_id
