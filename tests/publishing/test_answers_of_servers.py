"""What is made of answers that the sandbox does not give: refusals, other shapes, older servers."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from connect.wire import CONTENT, GUID, KEY, TASK, USER, Reply, Script, reply, text
from msgspec.structs import replace
from publishing_project import Outcome, Project, exhausted

from rsconnect_jupyter.connect import transport
from rsconnect_jupyter.connect.client import Client
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.errors import Cancelled, NoAnswerError, RefusedError, RSConnectException, TargetError
from rsconnect_jupyter.history.version_records import ActiveVersion, VersionRecord, keep_version
from rsconnect_jupyter.models import PublishOptions, Schedule, Secret, Server
from rsconnect_jupyter.publishing import publish as publishing
from rsconnect_jupyter.publishing import schedule_option
from rsconnect_jupyter.publishing.changes import hear_from_server
from rsconnect_jupyter.publishing.content_integrations import apply_integrations
from rsconnect_jupyter.publishing.content_runs import last_scheduled_failure
from rsconnect_jupyter.publishing.content_schedule import schedule_state, set_schedule
from rsconnect_jupyter.publishing.content_versions import list_versions
from rsconnect_jupyter.publishing.integration_steps import put_back
from rsconnect_jupyter.publishing.open_content import open_content
from rsconnect_jupyter.publishing.progress_events import numbered
from rsconnect_jupyter.publishing.project_access import ProjectHere
from rsconnect_jupyter.publishing.reader_plan import Change, ReaderPlan
from rsconnect_jupyter.publishing.reader_state import apply_readers, check_vanity, read_readers
from rsconnect_jupyter.publishing.reader_steps import change_after, change_before, pending_readers, undo_restriction
from rsconnect_jupyter.publishing.readers import attempt
from rsconnect_jupyter.publishing.remote_state import Checkpoint, RemoteState
from rsconnect_jupyter.publishing.server_answers import FORGET, AnswerCache

NO = reply({"code": 22, "error": "no"}, 403)
BROKEN = text("", 500)
UNKNOWN = reply({"code": 161, "error": "include"}, 400)
REPORT = {**CONTENT, "app_mode": "jupyter-static"}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "RETRY_SECONDS", 0.0)


@pytest.fixture
def client(script: Script) -> Iterator[Client]:
    with open_client(server_of(script)) as running:
        yield running


def server_of(script: Script) -> Server:
    return Server(name="x", url=script.url, api_key=Secret(KEY))


# Versions


@pytest.mark.parametrize(
    ("bundle", "user", "expected"),
    [
        pytest.param(NO, NO, ActiveVersion(id="3"), id="not-shown"),
        pytest.param(
            reply({"id": "3", "created_by": "u-9", "created_time": "t"}),
            NO,
            ActiveVersion(id="3", time="t"),
            id="no-name",
        ),
        pytest.param(
            reply({"id": "3", "created_by": "u-9", "metadata": {"notebook_digest": "d"}}),
            reply({"guid": "u-9", "username": "bob"}),
            ActiveVersion(id="3", by="bob", digest="d"),
            id="all-shown",
        ),
        pytest.param(reply({"id": "3", "metadata": []}), NO, ActiveVersion(id="3"), id="no-creator"),
    ],
)
def test_what_a_server_tells_of_the_version_that_readers_see(
    bundle: Reply, user: Reply, expected: ActiveVersion, script: Script, client: Client, tmp_path: Path
) -> None:
    script.on("GET", "/bundles/3", bundle)
    script.on("GET", "/users/u-9", user)
    assert hear_from_server(client, GUID, folder=tmp_path) == expected


def test_versions_show_the_commit_and_the_last_run(script: Script, client: Client, tmp_path: Path) -> None:
    git = {
        "source": "git",
        "source_repo": "https://me:pw@git.example/r.git",
        "source_branch": "main",
        "source_commit": "c0",
    }
    script.on(
        "GET", "/bundles", reply([{"id": "4", "metadata": git}, {"id": "3", "metadata": {"note": "N"}}, {"id": "2"}])
    )
    runs = [
        {"key": "a", "bundle_id": "4", "status": 0, "start_time": "2"},
        {"key": "b", "bundle_id": "4", "status": 2, "exit_code": 1, "start_time": "1"},
        {"key": "c", "bundle_id": "3", "status": 3, "start_time": "1"},
        {"key": "d", "bundle_id": "2", "status": 2, "exit_code": 1, "start_time": "1"},
    ]
    script.on("GET", "/jobs", reply(runs))
    keep_version(client.server.url, GUID, "2", VersionRecord(by="me"), folder=tmp_path)
    four, three, two = list_versions(client, GUID, folder=tmp_path).versions
    assert four.source is not None
    assert (four.source.repository, four.source.branch, four.source.commit) == (
        "https://git.example/r",
        "main",
        "c0",
    )
    assert (four.run, four.jobs, four.state) == ("running", ("a", "b"), "draft")
    assert (three.run, three.jobs, three.note, three.state) == (None, (), "N", "active")
    assert (two.run, two.mine, two.created_by, two.state) == ("failed", True, "me", "earlier")


@pytest.mark.parametrize(
    ("jobs", "found"),
    [
        pytest.param([], False, id="none"),
        pytest.param([{"key": "k", "status": 2, "exit_code": 1, "tag": "build_jupyter"}], False, id="not-scheduled"),
        pytest.param([{"key": "k", "status": 2, "exit_code": 0, "tag": "python_restore"}], False, id="no-rendering"),
    ],
)
def test_without_a_scheduled_run_none_has_failed(jobs: Any, found: bool, script: Script, client: Client) -> None:
    script.on("GET", "/jobs", reply(jobs))
    assert (last_scheduled_failure(client, GUID) is not None) is found


def archive(**files: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as packed:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("__", "."))
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return target.getvalue()


def test_content_of_another_kind_is_opened_without_a_link_to_it(script: Script, client: Client, tmp_path: Path) -> None:
    script.on("GET", GUID, reply({**CONTENT, "app_mode": "python-dash"}))
    script.on("GET", "/download", Reply(200, archive(app__py=b"1", old__ipynb=b"{}")))
    opened = open_content(client, GUID, parent=tmp_path, data=tmp_path / "data")
    assert (opened.folder.name, opened.notebook) == ("A title", opened.folder / "old.ipynb")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("content", "answer", "code"),
    [
        pytest.param({"bundle_id": None}, b"", "unknown-version", id="never-deployed"),
        pytest.param({}, b"no archive", "version-unreadable", id="no-archive"),
        pytest.param({}, archive(big=b"123"), "version-unreadable", id="too-large"),
        pytest.param({"title": "Taken"}, archive(), "folder-unwritable", id="many-folders"),
        pytest.param({"title": "File"}, archive(), "folder-unwritable", id="no-folder"),
    ],
)
def test_a_version_that_cannot_be_opened_leaves_no_folder(
    content: Any,
    answer: bytes,
    code: str,
    script: Script,
    client: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rsconnect_jupyter.publishing.open_content._MOST_BYTES", 2)
    monkeypatch.setattr("rsconnect_jupyter.publishing.open_content._NUMBERED", 3)
    script.on("GET", GUID, reply({**CONTENT, **content}))
    script.on("GET", "/download", Reply(200, answer))
    place = tmp_path / "place"
    if content.get("title") == "File":
        place.write_text("no folder")
    else:
        for name in ("Taken", "Taken 2"):
            (place / name).mkdir(parents=True)
    with pytest.raises(RSConnectException) as caught:
        open_content(client, GUID, parent=place)
    assert caught.value.code == code
    assert place.is_file() or {each.name for each in place.iterdir()} == {"Taken", "Taken 2"}


# Schedules

DAILY = Schedule(kind="day", parameters={"N": 1}, start="2026-01-01T06:00:00Z", timezone="UTC")
SHOWN = {"schedule": {"rrules": ["FREQ=DAILY"]}, "next_run": "2026-01-02T06:00:00Z"}
KEPT = {"id": 1, "variant_id": 5, "type": "day", "schedule": '{"N":1}', "start_time": DAILY.start, "timezone": "UTC"}
VARIANT = {"id": 5, "app_id": 8, "key": "k", "is_default": True}


class Scheduled:
    """A content with a schedule, as the public route shows it and as the private ones keep it.

    Args:
        writes: What becomes of them: ``"kept"``, ``"ignored"``, or ``"hidden"`` from the public route.
    """

    def __init__(self, script: Script, *, kept: Any = (), writes: str = "kept", **content: Any) -> None:
        self.kept, self.shown, self.writes = list(kept), bool(kept), writes
        self.written: list[str] = []
        script.on("GET", GUID, lambda _seen: reply({**REPORT, "schedules": [SHOWN] * self.shown, **content}))
        script.on("GET", "/variants", reply([VARIANT]))
        script.on("GET", "/variants/5/schedules", lambda _seen: reply(self.kept))
        script.on("POST", "/schedules", lambda seen: self.change(seen.json["type"], [{**KEPT, **seen.json, "id": 1}]))
        script.on("POST", "/schedules/1", lambda seen: self.change(seen.json["type"], [{**KEPT, **seen.json}]))
        script.on("DELETE", "/schedules/1", lambda _seen: self.change("deleted", []))

    def change(self, word: str, kept: list[Any]) -> Reply:
        self.written.append(word)
        if self.writes != "ignored":
            self.kept, self.shown = kept, bool(kept) and self.writes != "hidden"
        return reply(kept[0]) if kept else Reply(204)


@pytest.mark.parametrize(
    ("changes", "content", "text", "reason"),
    [
        pytest.param({}, {"app_mode": "static"}, "", "does not run it again", id="finished-document"),
        pytest.param({}, {"bundle_id": None}, "", "does not run it again", id="never-deployed"),
        pytest.param({}, {"schedules": None}, "", "does not show schedules", id="not-shown"),
        pytest.param({"id": None}, {}, "FREQ=DAILY", "not of a known kind", id="no-id"),
        pytest.param({"variant_id": 6}, {}, "FREQ=DAILY", "not of a known kind", id="another-variant"),
        pytest.param({"start_time": "soon"}, {}, "FREQ=DAILY", "not of a known kind", id="no-time"),
        pytest.param({"start_time": "2026-01-01T06:00:00"}, {}, "FREQ=DAILY", "not of a known kind", id="no-zone"),
        pytest.param({"schedule": "{"}, {}, "FREQ=DAILY", "not of a known kind", id="no-json"),
        pytest.param({"type": "century"}, {}, "FREQ=DAILY", "not of a known kind", id="another-kind"),
        pytest.param({}, {"app_role": "viewer"}, "every day 06:00 (UTC)", "you may not change it", id="viewer"),
    ],
)
def test_a_schedule_that_cannot_be_set_from_here(
    changes: Any, content: Any, text: str, reason: str, script: Script, client: Client
) -> None:
    place = Scheduled(script, kept=[{**KEPT, **changes}], **content)
    state = schedule_state(client, GUID)
    assert (state.writable, state.text) == (False, text)
    assert reason in state.reason
    with pytest.raises(TargetError):
        set_schedule(client, GUID, None)
    assert place.written == []


def test_a_content_whose_schedules_are_not_for_this_user(script: Script, client: Client) -> None:
    script.on("GET", GUID, lambda seen: NO if "schedule" in str(seen.query.get("include")) else reply(REPORT))
    assert "does not show schedules" in schedule_state(client, GUID).reason


@pytest.mark.parametrize(
    ("kept", "wanted", "writes", "written"),
    [
        pytest.param([], None, "kept", [], id="nothing-to-delete"),
        pytest.param([KEPT], None, "kept", ["deleted"], id="deleted"),
        pytest.param([], DAILY, "kept", ["day"], id="made"),
        pytest.param([], DAILY, "ignored", ["day"], id="not-made"),
        pytest.param([], DAILY, "hidden", ["day", "deleted"], id="made-and-not-shown"),
        pytest.param([KEPT], None, "ignored", ["deleted", "day"], id="not-deleted"),
    ],
)
def test_what_is_not_read_back_is_undone(
    kept: Any, wanted: Schedule | None, writes: str, written: list[str], script: Script, client: Client
) -> None:
    place = Scheduled(script, kept=kept, writes=writes)
    if writes == "kept":
        assert set_schedule(client, GUID, wanted).text == ("every day 06:00 (UTC)" if wanted else "")
    else:
        with pytest.raises(TargetError, match="put back"):
            set_schedule(client, GUID, wanted)
    assert place.written == written


def test_no_schedule_stays_none_without_a_write(script: Script, client: Client) -> None:
    place = Scheduled(script)
    remote = RemoteState(content=client.content(GUID), before=None, checkpoint=Checkpoint(guid=GUID))
    [said] = schedule_option.apply_schedule(remote, PublishOptions(schedule="off"), client)
    assert (said.message, place.written) == ("The content has no schedule.", [])


def test_a_stop_while_the_schedule_is_set_is_no_warning(
    script: Script, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule_option, "schedule_state", stopped)
    remote = RemoteState(content=client.content(GUID), before=None, checkpoint=Checkpoint(guid=GUID))
    with pytest.raises(Cancelled):
        list(schedule_option.apply_schedule(remote, PublishOptions(schedule="off"), client))
    with pytest.raises(Cancelled):
        attempt(Change("tags", "The tags", stopped))


def stopped(*_arguments: object, **_more: object) -> Any:
    raise Cancelled.of("cancelled")


# Readers


def test_readers_where_the_server_shows_little(script: Script, client: Client) -> None:
    script.on("GET", GUID, lambda seen: UNKNOWN if "vanity" in str(seen.query) else reply(CONTENT))
    script.on("GET", "/permissions", NO)
    script.on("GET", "/tags", NO)
    script.on("GET", "/vanity", NO)
    script.on("GET", "__thumbnail__", NO)
    found = read_readers(client, GUID)
    assert (found.readers, found.tags, found.vanity, found.thumbnail, found.may_set_vanity) == (
        None,
        (),
        "",
        None,
        None,
    )
    script.on("GET", GUID, reply({**CONTENT, "bundle_id": None}))
    assert read_readers(client, GUID).thumbnail is None
    script.on("GET", GUID, reply({"code": 1, "error": "no"}, 400))
    with pytest.raises(RefusedError):
        read_readers(client, GUID)


def test_readers_have_names_where_the_server_says_them(script: Script, client: Client) -> None:
    script.on("GET", GUID, reply({**CONTENT, "vanity_url": f"{script.url}/team/x/", "tags": [{"id": "2"}, None]}))
    tags = [{"id": "1", "name": "Teams", "parent_id": None}, {"id": "2", "name": "Finance", "parent_id": "1"}]
    script.on("GET", "v1/tags", reply(tags))
    permissions = [
        {"id": "1", "principal_guid": "g1", "principal_type": "group", "role": "viewer"},
        {"id": "2", "principal_guid": "u-2", "principal_type": "user", "role": "viewer"},
    ]
    script.on("GET", "/permissions", reply(permissions))
    script.on("GET", "__thumbnail__", Reply(200, b"\x89PNG"))
    script.on("GET", "v1/groups", reply({"results": [{"guid": "g1", "name": "Friends"}], "total": 1}))
    script.on("GET", "users/u-2", reply({"guid": "u-2", "username": "bob", "first_name": "Bob", "last_name": "B"}))
    found = read_readers(client, GUID)
    assert [(each.kind, each.name) for each in found.readers or ()] == [("group", "Friends"), ("user", "bob")]
    assert (found.tags, found.vanity, found.thumbnail) == (("Teams/Finance",), "/team/x/", True)
    for place in ("v1/groups", "users/u-2"):
        script.on("GET", place, NO)
    assert [each.name for each in read_readers(client, GUID).readers or ()] == ["g1", "u-2"]


def test_an_address_is_free_taken_or_unknown(script: Script) -> None:
    script.on("GET", "v1/user", reply({**USER, "user_role": "administrator"}))
    script.on("GET", "v1/vanities", reply([{"path": "/team/", "content_guid": "other"}]))
    with open_client(server_of(script)) as client:
        assert check_vanity(client, "free", guid=None).free is True
        assert check_vanity(client, "team/x", guid=None).free is False
        assert check_vanity(client, "a b", guid=None).problem
        script.on("GET", "v1/vanities", NO)
        assert check_vanity(client, "free", guid=None).free is None


@pytest.mark.parametrize(
    ("answer", "refused"),
    [pytest.param(NO, 2, id="each-is-refused"), pytest.param(BROKEN, 1, id="the-rest-would-fail-as-well")],
)
def test_changes_that_are_refused_are_said(answer: Reply, refused: int, script: Script, client: Client) -> None:
    for ending in ("/vanity", GUID):
        script.on("PUT", ending, answer)
        script.on("PATCH", ending, answer)
    options = PublishOptions(vanity="team/x", description="Monthly.")
    _plan, findings = apply_readers(client, client.content(GUID), options, thumbnail=None)
    assert [each.code for each in findings] == ["setting-refused"] * refused


def remote_of(client: Client, **more: Any) -> RemoteState:
    content = client.content(GUID)
    return RemoteState(content=content, before=content, checkpoint=Checkpoint(guid=GUID, bundle_id="4"), **more)


def test_who_is_let_in_before_anybody_sees_the_version(script: Script, client: Client) -> None:
    plan = ReaderPlan(access="all", access_before="logged_in", description="Monthly.")
    said = [each.message for each in change_before(remote_of(client), plan, client)]
    assert said[-1] == "Who can read it is changed."
    script.on("PATCH", GUID, BROKEN)
    with pytest.raises(RSConnectException):
        list(change_before(remote_of(client), ReaderPlan(description="Monthly."), client))


def test_after_the_version_is_seen_a_failed_change_ends_the_rest(script: Script, client: Client) -> None:
    script.on("PATCH", GUID, reply({"code": 1, "error": "no"}, 400))
    script.on("PUT", "/vanity", BROKEN)
    plan = ReaderPlan(access="all", access_before="logged_in", description="Monthly.", vanity="/team/x/")
    codes = [each.code for each in change_after(remote_of(client), plan, client)]
    assert set(codes) == {"setting-refused"}
    assert len(codes) == 3


def test_readers_that_cannot_be_looked_up_after_a_restart_are_a_warning(
    script: Script, client: Client, project: Project
) -> None:
    script.on("GET", "v1/users", BROKEN)
    script.on("GET", "v1/groups", BROKEN)
    options = PublishOptions(share_with=("bob",))
    here = ProjectHere(project.request())
    steps = pending_readers(here, options, client.content(GUID), client)
    warning = next(steps)
    assert (warning.step, warning.status) == ("deploy", "warning")
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert end.value.value == ReaderPlan()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rsconnect_jupyter.publishing.reader_steps.plan_readers", stopped)
        with pytest.raises(Cancelled):
            list(pending_readers(here, options, client.content(GUID), client))


def test_a_permission_that_was_given_for_the_access_is_taken_back(script: Script, client: Client) -> None:
    given = [{"id": str(number), "principal_guid": f"u-{number}", "principal_type": "user"} for number in (1, 2)]
    script.on("GET", "/permissions", reply([{**each, "role": "viewer"} for each in given]))
    script.on("DELETE", "/permissions/2", Reply(204))
    remote = remote_of(client).at(restricted={"access": "all", "granted": ["u-2"]})
    assert undo_restriction(remote, client).said == "; who can read it is as before"
    assert script.asked("PATCH", GUID)[-1].json == {"access_type": "all"}
    assert [each.path[-2:] for each in script.asked("DELETE", "")] == ["/2"]


def test_a_restriction_stays_when_readers_may_see_the_new_version(client: Client) -> None:
    remote = remote_of(client, live=True).at(restricted={"access": "all"})
    assert undo_restriction(remote, client).said == "; fewer people can read it than before"
    assert undo_restriction(replace(remote, live=False).at(restricted={"access": 5}), client).said.startswith("; fewer")


# Integrations

LAKE = {"guid": "i-1", "name": "Lake", "template": "t", "auth_type": "Viewer"}
USED = {"oauth_integration_guid": "i-1", "oauth_integration_name": "Lake", "content_guid": GUID}


def test_integrations_are_written_only_when_they_change(script: Script, client: Client) -> None:
    script.on("GET", "oauth/integrations", reply([LAKE]))
    script.on("GET", "/associations", reply([USED]))
    content = client.content(GUID)
    assert not apply_integrations(client, content, PublishOptions(integrations=("Lake",)))
    # Somebody else has taken it away between the two looks.
    script.on("GET", "/associations", reply([USED]), reply([]))
    assert apply_integrations(client, content, PublishOptions(integrations=("!Lake",)))
    assert script.asked("PUT", "/associations") == []
    for method in ("GET", "PUT"):
        script.on("GET", "/associations", reply([USED]))
        script.on(method, "/associations", BROKEN)
        with pytest.raises(RefusedError):
            apply_integrations(client, content, PublishOptions(integrations=("!Lake",)))
    assert put_back(remote_of(client), client)
    assert not put_back(remote_of(client, integrations_before=("i-1",)), client)


# A publish


@pytest.fixture
def update(script: Script, project: Project) -> Project:
    """A notebook, and a server with content to update."""
    project.server = server_of(script)
    return project


def test_an_activation_that_fails_shows_its_log(script: Script, update: Project) -> None:
    script.on("POST", "/deploy", reply({"task_id": "T1"}), reply({"task_id": "T2"}))
    script.on("GET", "tasks/T2", reply({**TASK, "id": "T2", "output": ["no space left"], "code": 1}))
    failed = update.publish(update=GUID, overwrite=True)
    assert [each.message for each in failed.of("verify", "log")] == ["no space left"]
    assert failed.bad.code == "task-failed"
    assert failed.bad.data["remains"].startswith("The content on the server keeps its earlier version")


@pytest.mark.parametrize(
    ("page", "code"),
    [pytest.param(BROKEN, "status 500", id="broken"), pytest.param(Reply(how="reset"), "does not answer", id="silent")],
)
def test_a_draft_whose_page_does_not_open_is_not_activated(
    page: Reply, code: str, script: Script, update: Project
) -> None:
    script.on("GET", "/_bundle77/", page)
    failed = update.publish(update=GUID, overwrite=True)
    assert failed.bad.code == "page-not-working"
    assert failed.bad.data["remains"].endswith("; the new one is there as a draft.")
    assert len(script.asked("POST", "/deploy")) == 1


def test_new_content_that_cannot_be_removed_is_said(script: Script, update: Project) -> None:
    script.on("POST", "v1/content", reply({**CONTENT, "bundle_id": None}))
    script.on("POST", "/bundles", NO)
    script.on("DELETE", GUID, BROKEN)
    failed = update.publish()
    assert failed.bad.data["remains"] == "Empty content was created on the server; the next publish uses it."


class Forgetful(ProjectHere):
    """Cannot save where a notebook was published."""

    def record(self, *_arguments: Any, **_more: Any) -> None:
        raise RSConnectException.of("history-unwritable", folder="data", reason="read-only")


def test_a_publish_that_cannot_be_saved_warns(script: Script, update: Project) -> None:
    request = update.request(update=GUID, overwrite=True)
    outcome = exhausted(
        publishing.publish(request, folder=update.folder, project=Forgetful(request, folder=update.folder))
    )
    assert outcome.good.guid == GUID
    assert [each.code for each in outcome.of("done", "warning")] == ["history-unwritable"]


def test_integrations_that_cannot_be_put_back_are_said(script: Script, update: Project) -> None:
    script.on("GET", "oauth/integrations", reply([LAKE]))
    script.on("GET", "/associations", reply([]))
    script.on("PUT", "/associations", reply([]), BROKEN)
    stopped = update.publish(update=GUID, overwrite=True, integrations=("Lake",), stop_at=("settings", "success"))
    assert stopped.bad.data["remains"].endswith("; the integrations are the new ones.")


def resumed(update: Project, *failures: Any, stop: Any = lambda: False, point: Checkpoint | None = None) -> Outcome:
    """Resume a publish on a server that cannot be connected to at first."""
    left = list(failures)

    def connect(server: Server) -> Client:
        if left and left.pop(0):
            raise NoAnswerError.of("no-answer/closed", host="x", data={"sent": False})
        return open_client(server)

    attempt = publishing.Attempt(update.request(), should_stop=stop, folder=update.folder, connect=connect)
    return exhausted(numbered(attempt.guarded(attempt.resume(point))))


def test_a_publish_is_resumed_once_the_server_answers(
    script: Script, update: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "_REOPEN_PAUSES", (0.001, 0.001))
    done = Checkpoint(guid=GUID, bundle_id="77", task="T1", phase="activation", title="T", mode="static")
    assert resumed(update, True, True, point=done).good.bundle_id == "77"
    gone = resumed(update, True, True, True, point=done).bad
    assert isinstance(gone, NoAnswerError)
    assert isinstance(resumed(update, True, point=done, stop=lambda: True).bad, Cancelled)
    nothing = resumed(update).bad
    assert (nothing.code, nothing.data["remains"]) == ("interrupted", "Nothing was created on the server.")


# Answers that are kept


def test_versions_that_a_server_fails_to_give_are_an_error_until_they_are_asked_again(script: Script) -> None:
    now = [0.0]
    cache = AnswerCache(clock=lambda: now[0])
    script.on("GET", "settings/python", Reply(how="reset"), reply({"installations": [{"version": "3.12.1"}]}))
    first = cache.ask(server_of(script))(30)
    assert isinstance(first.error, NoAnswerError)
    assert first.facts is not None
    now[0] = FORGET + 1
    second = cache.ask(server_of(script), GUID)(30)
    assert second.facts is not None
    assert second.facts.python == ("3.12.1",)
    assert len(cache._questions) == 2, "the first one is forgotten"
