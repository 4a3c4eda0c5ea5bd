"""Publishing to a real server: what is made there, what is kept of it, what a failure leaves."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from traces import holders

from rsconnect_jupyter.connect.content_names import name_for
from rsconnect_jupyter.errors import Cancelled, ForbiddenError, NotebookError, PreflightError, TargetError
from rsconnect_jupyter.history import publications as history
from rsconnect_jupyter.models import Secret, Server
from rsconnect_jupyter.publishing.publish import publish

STEPS = ["inspect", "check", "bundle", "content", "upload", "settings", "deploy", "verify", "done"]


def test_a_first_publish_goes_through_all_steps_in_order(project: Any) -> None:
    outcome = project.publish(title="Six times seven")

    deployment = outcome.good
    steps = [each.step for each in outcome.events]
    assert list(dict.fromkeys(steps)) == STEPS
    assert [each.seq for each in outcome.events] == list(range(len(outcome.events)))
    assert outcome.events[-1].data == deployment.as_dict()
    content = project.content(deployment.guid)
    assert (content.title, content.mode, content.bundle_id) == ("Six times seven", "static", deployment.bundle_id)
    assert deployment.created
    assert deployment.logs_url == f"{content.dashboard_url}/logs"


def test_progress_is_told_in_bytes_while_packing_and_uploading(project: Any) -> None:
    outcome = project.publish()

    packed, sent = outcome.of("bundle", "progress")[-1].data, outcome.of("upload", "progress")[-1].data
    assert packed["done"] == packed["total"] > 0
    assert sent["sent"] == sent["total"] > 0


def test_the_next_publish_updates_the_same_content_as_a_draft_first(project: Any) -> None:
    first = project.publish().good
    project.write("print('changed')")

    outcome = project.publish(mode=None)

    second = outcome.good
    assert (second.guid, second.created, second.mode) == (first.guid, False, "static")
    assert project.content(first.guid).bundle_id == second.bundle_id != first.bundle_id
    phases = [each.data["phase"] for each in outcome.events if each.data and "phase" in each.data]
    assert phases == ["draft", "activation"]
    log = [each.message for each in outcome.events if each.status == "log"]
    assert log.count("Launching static content...") == 1, "the activation's log repeats the draft's"


def test_the_title_changes_only_when_the_author_says_so(project: Any) -> None:
    guid = project.publish(title="Before").good.guid
    with project.client() as client:
        client.update(guid, title="Renamed on the server")

    kept = project.publish().good
    changed = project.publish(title="After").good

    assert (kept.title, changed.title) == ("Renamed on the server", "After")
    assert project.content(guid).title == "After"


def test_a_short_title_made_from_the_file_name_is_made_long_enough(project: Any) -> None:
    project.write("1", name="a.ipynb")

    assert project.publish().good.title == "a notebook"


def test_environment_variables_reach_the_content_and_nothing_else(project: Any) -> None:
    secret = "pw-1f9c7a42e0"
    outcome = project.publish(env={"PASSWORD": Secret(secret)})

    guid = outcome.good.guid
    with project.client() as client:
        answer = client.transport.exchange("GET", f"__api__/v1/content/{guid}/environment")
    assert b"PASSWORD" in answer.body
    assert secret not in "".join(json.dumps(each.as_dict()) for each in outcome.events)
    assert not holders(secret, project.notebook.parent.parent)


def test_the_api_key_is_in_nothing_that_a_publish_leaves_behind(project: Any) -> None:
    good = project.publish()
    bad = project.publish(update="00000000-0000-4000-8000-000000000000")

    key = project.server.api_key.reveal()
    told = [each.as_dict() for each in good.events] + [bad.bad.as_dict(), repr(good), repr(bad), str(bad.error)]
    assert key not in json.dumps(told)
    assert not holders(key, project.notebook.parent.parent)


def test_new_content_on_request_leaves_the_old_one_alone(project: Any) -> None:
    first = project.publish().good
    second = project.publish(new=True).good

    assert second.guid != first.guid
    assert project.content(first.guid).bundle_id == first.bundle_id


def test_another_mode_makes_content_of_its_own_and_each_is_updated_by_its_mode(project: Any) -> None:
    page = project.publish(mode="static").good
    before = project.contents()

    source = project.publish(mode="jupyter-static", stop_at=("content", "success"))

    assert source.of("content", "success")[0].data["guid"] != page.guid
    assert isinstance(source.bad, Cancelled)
    assert project.publish(mode="static").good.guid == page.guid
    assert project.contents() == before


def test_a_mode_that_the_content_does_not_have_is_refused_with_a_way_out(project: Any) -> None:
    guid = project.publish(mode="static").good.guid

    error = project.publish(mode="jupyter-static", update=guid).bad

    assert isinstance(error, TargetError)
    assert error.code == "mode-differs"
    assert (error.data["fix"]["action"], error.data["fix"]["value"]) == ("set-target", "new")
    assert error.data["mode"] == "static"


def test_content_that_is_gone_is_told_and_nothing_is_made_instead(project: Any) -> None:
    guid = project.publish().good.guid
    with project.client() as client:
        client.delete(guid)
    before = project.contents()

    error = project.publish().bad

    assert isinstance(error, TargetError)
    assert error.code == "content-gone"
    assert error.data["remains"] == "Nothing was created on the server."
    assert project.contents() == before
    assert project.publish(new=True).good.created


def test_locked_content_is_not_touched(project: Any) -> None:
    first = project.publish().good
    guid = first.guid
    with project.client() as client:
        client.update(guid, locked=True)
    try:
        error = project.publish().bad
    finally:
        with project.client() as client:
            client.update(guid, locked=False)

    assert error.code == "content-locked"
    assert project.content(guid).bundle_id == first.bundle_id


def test_what_someone_else_published_since_is_replaced_only_when_asked(project: Any, tmp_path: Path) -> None:
    first = project.publish().good
    elsewhere = replace_project(project, tmp_path / "elsewhere")
    theirs = elsewhere.publish(update=first.guid).good

    error = project.publish().bad
    assert error.code == "published-by-others"
    assert error.data["fix"]["action"] == "overwrite"
    assert project.content(first.guid).bundle_id == theirs.bundle_id

    mine = project.publish(overwrite=True).good
    assert mine.guid == first.guid
    assert project.publish().good.guid == first.guid, "what is there now is ours again"


def replace_project(project: Any, folder: Path, server: Server | None = None) -> Any:
    """Return the project as another person, or the same on another machine, has it."""
    (folder / "work").mkdir(parents=True)
    notebook = folder / "work" / project.notebook.name
    shutil.copy(project.notebook, notebook)
    return replace(project, notebook=notebook, folder=folder / "data", server=server or project.server)


def test_a_cancelled_update_is_not_taken_for_someone_elses(project: Any) -> None:
    first = project.publish().good
    assert isinstance(project.publish(stop_at=("deploy", "progress")).bad, Cancelled)

    assert project.publish().good.guid == first.guid


def test_content_of_someone_else_is_refused(project: Any, colleague: Server, tmp_path: Path) -> None:
    guid = project.publish().good.guid
    other = replace_project(project, tmp_path / "other", colleague)

    error = other.publish(update=guid).bad

    assert error.code in ("content-not-editable", "content-forbidden")


def test_a_record_in_the_project_is_a_proposal_until_the_author_publishes_there(project: Any, tmp_path: Path) -> None:
    first = project.publish(title="As it was").good
    elsewhere = replace_project(project, tmp_path / "clone")
    shutil.copytree(project.notebook.parent / "rsconnect-python", elsewhere.notebook.parent / "rsconnect-python")

    outcome = elsewhere.publish()
    assert outcome.good.guid != first.guid
    (told,) = [each for each in outcome.of("inspect", "warning") if each.code == "published-before"]
    assert "As it was" in told.message
    assert "admin" in told.message
    assert first.guid in (told.hint or "")

    confirmed = elsewhere.publish(update=first.guid)
    assert confirmed.good.guid == first.guid
    again = elsewhere.publish()
    assert again.good.guid == first.guid, "confirmed once"
    assert not [each for each in again.events if each.code == "published-before"]


def test_content_that_only_a_record_names_is_not_proposed_unless_the_user_may_change_it(
    project: Any, colleague: Server, tmp_path: Path
) -> None:
    project.publish().good  # noqa: B018 - it has to go through
    other = replace_project(project, tmp_path / "other", colleague)
    shutil.copytree(project.notebook.parent / "rsconnect-python", other.notebook.parent / "rsconnect-python")
    assert [each.code for each in other.publish().events if each.code == "published-before"] == []


def test_a_user_who_may_not_publish_is_told_before_anything_is_packed(project: Any, sandbox: Any) -> None:
    key = json.loads((sandbox.data / "keys.json").read_text())["viewer"]
    project.server = msgspec.structs.replace(project.server, api_key=Secret(key))

    outcome = project.publish()

    assert isinstance(outcome.bad, ForbiddenError)
    assert not outcome.of("bundle")


def test_findings_that_stop_the_publish_leave_nothing_on_the_server(project: Any) -> None:
    before = project.contents()

    error = project.publish(title="ab").bad

    assert isinstance(error, PreflightError)
    assert error.code == "title-too-short"
    assert error.data["findings"][0]["fix"]["action"] == "set-title"
    assert error.data["remains"] == "Nothing was created on the server."
    assert project.contents() == before


def test_a_broken_notebook_fails_before_the_server_is_asked(project: Any) -> None:
    project.notebook.write_text("{", encoding="utf-8")

    outcome = project.publish()

    assert isinstance(outcome.bad, NotebookError)
    assert [(each.step, each.status) for each in outcome.events] == [("inspect", "start"), ("inspect", "failure")]


@pytest.mark.parametrize(
    "moment",
    [
        ("inspect", "success"),
        ("check", "success"),
        ("bundle", "start"),
        ("bundle", "success"),
        ("content", "success"),
        ("upload", "start"),
        ("upload", "success"),
        ("settings", "success"),
    ],
    ids=" ".join,
)
def test_cancelling_a_first_publish_before_the_server_runs_it_leaves_nothing(
    project: Any, moment: tuple[str, str]
) -> None:
    before = project.contents()

    outcome = project.publish(stop_at=moment)

    assert isinstance(outcome.bad, Cancelled)
    assert outcome.events[-1].step in (moment[0], STEPS[STEPS.index(moment[0]) + 1], "bundle")
    assert outcome.bad.data["remains"] == "Nothing was created on the server."
    assert project.contents() == before
    assert history.publications(project.notebook, folder=project.folder) == ()
    assert os.listdir(project.notebook.parent) == [project.notebook.name]  # noqa: PTH208


def test_cancelling_while_the_server_runs_it_says_that_it_goes_on(project: Any) -> None:
    outcome = project.publish(stop_at=("deploy", "progress"))

    assert isinstance(outcome.bad, Cancelled)
    assert outcome.bad.data["remains"].startswith("The server continues with what it has started.")
    guid = outcome.bad.data["guid"]
    assert project.content(guid).guid == guid
    assert project.publish().good.guid == guid, "the next publish updates it"


KEEPS = "The content on the server keeps its earlier version"
GOES_ON = "The server continues with what it has started. "


@pytest.mark.parametrize(
    ("moment", "remains"),
    [
        (("upload", "success"), f"{KEEPS}."),
        (("settings", "success"), f"{KEEPS}; the environment variables are the new ones."),
        (("deploy", "progress"), f"{GOES_ON}{KEEPS}; the environment variables are the new ones."),
        (
            ("deploy", "success"),
            f"{KEEPS}; the new one is there as a draft; the environment variables are the new ones.",
        ),
        (("verify", "start"), f"{KEEPS}; the new one is there as a draft; the environment variables are the new ones."),
    ],
    ids=str,
)
def test_a_cancelled_update_leaves_version_and_title_as_they_were(
    project: Any, moment: tuple[str, str], remains: str
) -> None:
    first = project.publish(title="Title of old").good

    outcome = project.publish(title="Title of new", env={"PLACE": Secret("here")}, stop_at=moment)

    assert isinstance(outcome.bad, Cancelled)
    assert outcome.bad.data["remains"] == remains
    assert outcome.bad.hint == remains
    content = project.content(first.guid)
    assert (content.title, content.bundle_id) == ("Title of old", first.bundle_id)
    again = project.publish(title="Title of new").good
    assert (again.guid, project.content(first.guid).title) == (first.guid, "Title of new")


def test_an_update_whose_run_fails_leaves_the_earlier_title(project: Any) -> None:
    first = project.publish(title="Title of old", mode="jupyter-static").good
    project.write("1 / 0")

    outcome = project.publish(title="Title of new", mode="jupyter-static")

    assert outcome.bad.data["remains"].startswith(KEEPS)
    assert project.content(first.guid).title == "Title of old"


def test_closing_the_generator_is_as_tidy_as_cancelling(project: Any) -> None:
    before = project.contents()
    steps = publish(project.request(), folder=project.folder)
    for event in steps:
        if (event.step, event.status) == ("content", "success"):
            break
    assert project.contents() != before

    steps.close()

    assert project.contents() == before
    assert history.publications(project.notebook, folder=project.folder) == ()


def test_content_that_a_killed_publish_made_is_used_by_the_next_one(project: Any) -> None:
    title = f"Killed {project.notebook.stem}"
    killed = publish(project.request(title=title), folder=project.folder)
    while (event := next(killed)).step != "content" or event.status != "start":
        pass
    with project.client() as client:  # the server made it, and nobody was left to hear of it
        made = client.create(name_for(title), title)
    outcome = project.publish(title=title)
    assert outcome.good.guid == made.guid
    assert project.publish(title=title, new=True).good.guid != made.guid


def test_somebodys_empty_content_of_the_same_name_is_not_taken(project: Any) -> None:
    title = f"Taken {project.notebook.stem}"
    with project.client() as client:
        there = client.create(name_for(title), title)
    assert project.publish(title=title).good.guid != there.guid


def test_a_draft_stays_a_draft(project: Any) -> None:
    first = project.publish().good

    outcome = project.publish(draft=True)

    assert outcome.good.draft_url == f"{first.dashboard_url}/draft/{outcome.good.bundle_id}"
    assert project.content(first.guid).bundle_id == first.bundle_id
    assert project.publish().good.draft_url is None


def test_a_folder_that_takes_no_record_is_published_from_all_the_same(project: Any) -> None:
    (project.notebook.parent / "rsconnect-python").write_text("in the way")

    first, second = project.publish().good, project.publish().good

    assert first.guid == second.guid


def test_passwords_in_requirement_lines_stay_out_of_the_record(project: Any) -> None:
    requirements = project.notebook.parent / "requirements.txt"
    requirements.write_text("--extra-index-url https://ana:pw-55d1@pypi.example.com/simple\nipykernel\n")

    project.publish(mode="jupyter-static", stop_at=("deploy", "progress"))

    record = next((project.notebook.parent / "rsconnect-python").glob("*.json")).read_text()
    assert "ipykernel" in record
    assert "pw-55d1" not in record
    assert not holders("pw-55d1", project.folder)


def test_a_note_is_kept_with_the_version(project: Any) -> None:
    made = project.publish(note="Corrected the totals").good
    with project.client() as client:
        (bundle,) = client.bundles(made.guid)
    assert bundle["metadata"]["note"] == "Corrected the totals"
    assert [each.note for each in history.publications(project.notebook, folder=project.folder)] == [
        "Corrected the totals"
    ]
    project.publish()
    assert [each.note for each in history.publications(project.notebook, folder=project.folder)] == [""], (
        "one version's only"
    )
