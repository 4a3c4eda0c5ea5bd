"""Whether readers see what the notebook is now."""

from __future__ import annotations

import json
from typing import Any

import pytest
from publishing_project import Project, invite, publish_as, state

from rsconnect_jupyter.history import version_records
from rsconnect_jupyter.history.version_records import ActiveVersion
from rsconnect_jupyter.publishing.changes import hear_from_server


def edit(project: Project, **changes: Any) -> None:
    """Change the notebook's first cell, and write it as another tool would."""
    document = json.loads(project.notebook.read_text(encoding="utf-8"))
    document["cells"][0].update(changes)
    project.notebook.write_text(json.dumps(document, indent=2), encoding="utf-8")


def test_a_notebook_that_was_never_published_has_no_mark(project: Project) -> None:
    assert state(project).state == "never-published"


def test_after_a_publish_readers_see_the_notebook(project: Project) -> None:
    made = project.publish().good

    found = state(project)
    assert (found.state, found.guid, found.bundle_id) == ("up-to-date", made.guid, made.bundle_id)


SHOWN = {"output_type": "stream", "name": "stdout", "text": ["6\n", "7\n"]}


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        pytest.param({"source": "print(6 * 8)"}, "code", id="code"),
        pytest.param({"cell_type": "markdown", "source": "# Heading"}, "text", id="Markdown"),
        pytest.param({"outputs": [SHOWN]}, "outputs", id="outputs"),
        pytest.param({"metadata": {"tags": ["remove_cell"]}}, "code", id="tag that removes the cell"),
    ],
)
def test_what_readers_would_see_differently_is_an_unpublished_change(
    project: Project, changes: dict[str, Any], part: str
) -> None:
    project.publish()
    edit(project, **changes)

    found = state(project)
    assert found.state == "changed"
    assert part in found.changed


def test_a_heading_that_is_collapsed_is_an_unpublished_change(project: Project) -> None:
    edit(project, cell_type="markdown", source="# Heading")
    project.publish()
    edit(project, metadata={"jp-MarkdownHeadingCollapsed": True})

    assert "text" in state(project).changed


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"execution_count": 17}, id="execution count"),
        pytest.param({"id": "another-id"}, id="cell id"),
        pytest.param({"source": "print(6 * 7)  \n\n"}, id="spaces and empty lines at the end"),
        pytest.param({"metadata": {"collapsed": True, "scrolled": True, "tags": ["mine"]}}, id="metadata"),
    ],
)
def test_what_changes_nothing_for_readers_is_no_change(project: Project, changes: dict[str, Any]) -> None:
    project.publish()
    edit(project, **changes)

    assert state(project).state == "up-to-date"


def test_the_kernels_metadata_and_an_empty_last_cell_are_no_change(project: Project) -> None:
    project.publish()
    document = json.loads(project.notebook.read_text(encoding="utf-8"))
    document["metadata"] = {"kernelspec": {"name": "other", "display_name": "Other", "language": "python"}}
    empty: dict[str, Any] = {
        "cell_type": "code",
        "id": "z",
        "source": "",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }
    document["cells"].append(empty)
    project.notebook.write_text(json.dumps(document), encoding="utf-8")

    assert state(project).state == "up-to-date"


def test_a_file_of_the_bundle_that_changes_is_a_change_and_one_touched_is_none(project: Project) -> None:
    data = project.notebook.with_name("data.csv")
    data.write_text("a,b\n1,2\n")
    project.publish(files=("data.csv",))

    assert state(project).state == "up-to-date"
    data.write_text("a,b\n1,2\n")  # a new time, the same bytes
    assert state(project).state == "up-to-date"
    data.write_text("a,b\n1,3\n")
    assert state(project).changed == ("files",)
    data.write_text("a,b\n1,2\n3,4\n")
    assert state(project).changed == ("files",)
    data.write_text("a,b\n1,2\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rsconnect_jupyter.publishing.changes._md5", lambda *_file: data.with_name("gone").stat())
        assert state(project).changed == ("files",), "it cannot be read"
    data.unlink()
    assert state(project).changed == ("files",)
    outside = project.notebook.parent.parent / "outside.csv"
    outside.write_text("a,b\n1,2\n")
    data.symlink_to(outside)
    assert state(project).changed == ("files",), "a link that leads elsewhere is not sent"


def test_a_version_from_before_digests_were_kept_is_known_by_the_notebook_alone(project: Project) -> None:
    made = project.publish().good
    for each in (project.folder / "versions").glob("*.json"):
        each.unlink()
    assert state(project).state == "up-to-date"
    version_records.keep_active(project.server.url, made.guid, ActiveVersion(id="999", by="bob"), folder=project.folder)
    assert (state(project).state, state(project).by) == ("updated", "bob")
    version_records.keep_active(project.server.url, made.guid, ActiveVersion(id=made.bundle_id), folder=project.folder)
    project.write("print('changed')")
    assert state(project).state == "unknown"


def test_a_draft_is_no_news_for_readers(project: Project) -> None:
    first = project.publish().good
    project.write("print('changed')")
    project.publish(draft=True)

    found = state(project)
    assert (found.state, found.bundle_id) == ("changed", first.bundle_id)


def test_a_version_of_a_colleague_is_noticed_when_the_server_is_asked(project: Project, colleague: Any) -> None:
    made = project.publish().good
    invite(project, made.guid, colleague)
    publish_as(colleague, project, made.guid)

    assert state(project).state == "up-to-date", "nothing is known of it yet"
    with project.client() as client:
        hear_from_server(client, made.guid, folder=project.folder)
    found = state(project)
    assert (found.state, found.by) == ("updated", "publisher")

    project.publish(overwrite=True)
    assert state(project).state == "up-to-date"


def test_a_draft_of_ones_own_does_not_hide_that_a_colleague_published(project: Project, colleague: Any) -> None:
    made = project.publish().good
    invite(project, made.guid, colleague)
    publish_as(colleague, project, made.guid)
    with project.client() as client:
        hear_from_server(client, made.guid, folder=project.folder)
    project.publish(draft=True, overwrite=True)

    found = state(project)
    assert (found.state, found.by) == ("updated", "publisher")


def test_content_that_is_gone_has_no_mark(project: Project) -> None:
    made = project.publish().good
    with project.client() as client:
        client.delete(made.guid)
        hear_from_server(client, made.guid, folder=project.folder)

    assert state(project).state == "never-published"
