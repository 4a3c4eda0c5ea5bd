"""The session underneath: what is repeated and what is not, where a redirect may lead, what every request carries."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from connect.wire import CONTENT, GUID, KEY, TASK, Reply, Script, Seen, drained, reply, text

from rsconnect_jupyter.api import RSConnect, RSConnectServer, emit_task_log
from rsconnect_jupyter.connect import at_most_once as once
from rsconnect_jupyter.connect import transport
from rsconnect_jupyter.connect.client import Client
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.connect.job_tracking import JobTracker, UntrackedDeployment, verdict
from rsconnect_jupyter.connect.responses import read_json
from rsconnect_jupyter.connect.retry import pauses
from rsconnect_jupyter.errors import (
    BadAnswerError,
    Cancelled,
    ConflictError,
    NoAnswerError,
    RefusedError,
    RSConnectException,
    SignInError,
)
from rsconnect_jupyter.models import Secret, Server

BUSY = [Reply(how="reset"), text("", 502), text("", 503), text("", 504), Reply(200, b'{"a": 1}', {}, how="cut")]


@pytest.fixture
def client(script: Script) -> Iterator[Client]:
    with open_client(Server(name="x", url=script.url, api_key=Secret(KEY)), timeout=5) as running:
        script.seen.clear()
        yield running


def test_every_request_says_who_we_are(script: Script, client: Client) -> None:
    client.content(GUID)
    headers = script.seen[0].headers
    assert headers["user-agent"].startswith("rsconnect-jupyter/")
    assert "(Python 3." in headers["user-agent"]
    assert headers["authorization"] == f"Key {KEY}"


def test_a_netrc_does_not_replace_the_key(script: Script, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with open_client(Server(name="x", url=script.url, api_key=Secret(KEY))) as client:
        client.user()
    assert {each.headers["authorization"] for each in script.seen} == {f"Key {KEY}"}


def test_what_changes_nothing_is_repeated_until_it_works(script: Script, client: Client) -> None:
    script.on("GET", GUID, *BUSY, reply(CONTENT))
    script.on("PATCH", GUID, text("", 503), reply(CONTENT))
    assert client.content(GUID).title == "A title"
    assert client.update(GUID, title="A title").title == "A title"
    assert len(script.asked("GET", GUID)) == 6
    assert len(script.asked("PATCH", GUID)) == 2


def test_it_is_not_repeated_for_ever(script: Script, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "RETRY_SECONDS", 600.0)
    monkeypatch.setattr(transport, "pauses", lambda: iter((0.0, 0.0, 601.0)))
    script.on("GET", GUID, text("", 503))
    with pytest.raises(RefusedError) as caught:
        client.content(GUID)
    assert caught.value.code == "server-unavailable"
    assert len(script.asked("GET", GUID)) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 500, 501])
def test_a_clear_no_is_not_repeated(status: int, script: Script, client: Client) -> None:
    script.on("GET", GUID, reply({"code": 1, "error": "no"}, status))
    script.on("POST", "/deploy", reply({"code": 1, "error": "no"}, status))
    with pytest.raises(RefusedError):
        client.content(GUID)
    with pytest.raises(RefusedError):
        client.deploy(GUID, "3")
    assert len(script.seen) == 2


def test_too_many_requests_are_repeated_when_the_server_says(script: Script, client: Client) -> None:
    busy = Reply(429, b"", {"Retry-After": "1"})
    script.on("POST", "/deploy", busy, reply({"task_id": "T1"}, 202))
    started = time.monotonic()
    assert client.deploy(GUID, "3") == "T1"
    assert time.monotonic() - started >= 1
    script.on("GET", GUID, Reply(429, b"", {"Retry-After": "3600"}))
    with pytest.raises(RefusedError) as caught:
        client.content(GUID)
    assert caught.value.code == "too-many-requests"


@pytest.mark.parametrize("asked", ["\xb2", "-1", "1e9", "Wed, 21 Oct 2026 07:28:00 GMT", ""])
def test_a_pause_that_is_no_number_is_not_heeded(asked: str, script: Script, client: Client) -> None:
    script.on("POST", "/deploy", Reply(429, b"", {"Retry-After": asked}), reply({"task_id": "T1"}))
    assert client.deploy(GUID, "7") == "T1"


def test_pauses_grow_and_differ() -> None:
    first, second = pauses(), pauses()
    one, two = [next(first) for _ in range(8)], [next(second) for _ in range(8)]
    assert one != two
    assert max(one) <= 1.0
    assert sum(one[:2]) < sum(one[-2:])


def test_a_create_whose_answer_is_lost_is_found_not_repeated(script: Script, client: Client) -> None:
    made = {**CONTENT, "name": "lost", "title": "Lost", "app_mode": "unknown", "bundle_id": None}
    for lost in BUSY:
        script.seen.clear()
        script.on("GET", "v1/content", reply([made]))
        script.on("GET", GUID, reply(made))
        script.on("POST", "v1/content", lost)
        assert client.create("lost", "Lost").guid == GUID
        assert len(script.asked("POST", "v1/content")) == 1


def test_a_create_that_never_arrived_is_sent_again(script: Script, client: Client) -> None:
    script.on("POST", "v1/content", text("", 502), Reply(how="reset"), reply({**CONTENT, "name": "again"}))
    assert client.create("again", "Again").name == "again"
    assert len(script.asked("POST", "v1/content")) == 3
    assert len(script.asked("GET", "v1/content")) == 2


def test_other_peoples_content_of_that_name_is_not_taken_over(script: Script, client: Client) -> None:
    deployed = {**CONTENT, "name": "mine", "title": "Mine", "bundle_id": "9"}
    script.on("GET", "v1/content", reply([deployed]))
    taken = reply({"code": 26, "error": "taken", "payload": None}, 409)
    script.on("POST", "v1/content", text("", 502), taken, reply({**CONTENT, "name": "mine_2"}))
    assert client.create("mine", "Mine").name == "mine_2"
    assert [each.json["name"] for each in script.asked("POST", "v1/content")] == ["mine", "mine", "mine_2"]


def test_where_three_names_are_taken_the_server_is_asked_which(script: Script, client: Client) -> None:
    taken = reply({"code": 26, "error": "taken", "payload": None}, 409)
    script.on("POST", "v1/content", taken, taken, taken, reply({**CONTENT, "name": "mine_18"}))
    script.on("GET", "v1/content", reply([{**CONTENT, "name": name} for name in names_like("mine", 17)]))
    client.create("mine", "Mine")
    tried = [each.json["name"] for each in script.asked("POST", "v1/content")]
    assert tried == ["mine", "mine_2", "mine_3", "mine_18"]
    assert len(script.asked("GET", "v1/content")) == 1


def names_like(name: str, count: int) -> list[str]:
    return [name, *(f"{name}_{number}" for number in range(2, count + 1))]


def test_where_the_server_does_not_list_names_are_tried_one_by_one(script: Script, client: Client) -> None:
    taken = reply({"code": 26, "error": "taken", "payload": None}, 409)
    script.on("POST", "v1/content", *[taken] * 5, reply({**CONTENT, "name": "mine_6"}))
    script.on("GET", "v1/content", text("", 403))
    assert client.create("mine", "Mine").name == "mine_6"
    assert len(script.asked("GET", "v1/content")) == 1


def test_a_taken_name_gives_the_next_one_and_other_conflicts_do_not(script: Script, client: Client) -> None:
    script.on("POST", "v1/content", reply({"code": 144, "error": "git", "payload": None}, 409))
    with pytest.raises(ConflictError):
        client.create("x_y", "X")
    assert len(script.asked("POST", "v1/content")) == 1


def test_a_deploy_that_is_seen_to_run_is_followed_through_its_jobs(script: Script, client: Client) -> None:
    job = {"id": "5", "key": "JobKey1", "bundle_id": "3", "start_time": "2999-01-01T00:00:00Z", "tag": "build_jupyter"}
    running, done = {**job, "status": 0}, {**job, "status": 2, "exit_code": 0}
    entries = [{"source": "stderr", "data": line} for line in ("one", "two", "three")]
    script.on("POST", "/deploy", Reply(how="reset"))
    script.on("GET", "/jobs", reply([running]), reply([running]), reply([done]))
    script.on("GET", "/log", reply({"entries": entries[:1]}), reply({"entries": entries}))
    before, after = {**CONTENT, "bundle_id": "2"}, {**CONTENT, "bundle_id": "3"}
    script.on("GET", GUID, reply(before), reply(before), reply(after))
    task = client.deploy(GUID, "3")
    lines, result = drained(client.follow(task, deadline=30))
    assert result.failed is False
    assert lines == ["one", "two", "three"]
    assert len(script.asked("POST", "/deploy")) == 1
    assert task.public_id == result.task_id == ""


@pytest.mark.parametrize("bundle_id", [None, 3])
def test_a_lost_deploy_answer_of_the_functions_names_no_task(
    bundle_id: int | None, script: Script, client: Client
) -> None:
    job = {"id": "5", "key": "JobKey1", "bundle_id": "3", "start_time": "2999-01-01T00:00:00Z", "tag": "build_jupyter"}
    script.on("POST", "/deploy", Reply(how="reset"))
    script.on("GET", "/bundles", reply([{"id": "2"}, {"id": "3"}]))
    script.on("GET", "/jobs", reply([{**job, "status": 2, "exit_code": 0}]))
    script.on("GET", "/log", reply({"entries": [{"source": "stderr", "data": "one"}]}))
    server = RSConnectServer(script.url, KEY)
    with RSConnect(server) as functions:
        task = functions.app_deploy(GUID, bundle_id)
    assert task == {"id": "", "task_id": ""}
    assert emit_task_log(server, GUID, task["task_id"], None)[1] == ["one"]


def test_a_deadline_names_no_stand_in(script: Script, client: Client) -> None:
    job = {"id": "5", "key": "JobKey1", "bundle_id": "77", "start_time": "2999-01-01T00:00:00Z", "status": 0}
    script.on("POST", "/deploy", Reply(how="reset"))
    script.on("GET", "/jobs", reply([job]))
    script.on("GET", "/log", reply({"entries": []}))
    with pytest.raises(NoAnswerError) as caught:
        drained(client.follow(client.deploy(GUID, "77"), deadline=0))
    assert caught.value.code == "task-timeout"
    assert "jobs/" not in str(caught.value.as_dict())


def test_all_pages_of_bundles_are_read(script: Script, client: Client) -> None:
    bundles = [{"id": str(number)} for number in range(1200, 0, -1)]

    def page(seen: Seen) -> Reply:
        size = int(seen.query.get("page_size", ["20"])[0])
        start = size * (int(seen.query.get("page_number", ["1"])[0]) - 1)
        return reply(bundles[start : start + size])

    script.on("GET", "/bundles", page)
    assert client.bundles(GUID) == tuple(bundles)
    script.on("GET", "/bundles", reply(bundles))  # before 2026: all of them, whatever the page
    assert client.bundles(GUID) == tuple(bundles)


def test_versions_that_new_content_cannot_use_are_left_out(script: Script, client: Client) -> None:
    installations = [{"version": "3.13.1", "publishable": True}, {"version": "3.8.2", "publishable": False}]
    script.on("GET", "settings/python", reply({"installations": [*installations, {"version": "3.12.4"}]}))
    assert client.facts().python == ("3.13.1", "3.12.4")


def test_an_empty_answer_to_a_search_is_no_result(script: Script, client: Client) -> None:
    for answer in (text("", 200), Reply(204)):
        script.on("GET", "v1/content", answer)
        script.on("GET", "v1/search/content", answer)
        with pytest.raises(BadAnswerError):
            client.find_by_name("a_name")
        with pytest.raises(BadAnswerError):
            client.search("title")
    script.on("GET", "v1/content", reply(None))
    assert client.find_by_name("a_name") is None


def test_each_request_is_logged_without_anything_secret(
    script: Script, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    script.on("GET", GUID, text("", 503), reply(CONTENT))
    with caplog.at_level("DEBUG", logger="rsconnect_jupyter.connect"):
        client.search("what nobody else may read")
        client.content(GUID)
        client.set_variables(GUID, {"NAME": Secret("value-of-it")})
        script.on("GET", GUID, Reply(how="reset"))
        with pytest.raises(NoAnswerError):
            client.transport.exchange("GET", f"__api__/v1/content/{GUID}?a=hidden", retry_seconds=0)
    lines = [each.getMessage() for each in caplog.records if each.name == "rsconnect_jupyter.connect"]
    path = f"/__api__/v1/content/{GUID}"
    wanted = ["GET /__api__/v1/search/content 200", f"GET {path} 503", f"GET {path} 200"]
    wanted += [f"PATCH {path}/environment 200", f"GET {path} no-answer"]
    assert [each.rpartition(" in ")[0] for each in lines] == wanted
    assert all(re.fullmatch(r".* in \d+ ms", each) for each in lines)
    said = "".join(lines)
    assert not any(each in said for each in (KEY, "nobody", "value-of-it", "hidden", "owner"))


def test_a_deploy_of_which_nothing_is_seen_is_asked_for_again(
    script: Script, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rsconnect_jupyter.connect.job_tracking.POLL_PAUSES", (0.0, 0.0))
    old_job = {"key": "Old", "bundle_id": "77", "start_time": "2000-01-01T00:00:00Z", "status": 2, "exit_code": 0}
    script.on("GET", "/jobs", reply([old_job]))
    script.on("POST", "/deploy", text("", 503), reply({"task_id": "T1"}, 202))
    assert client.deploy(GUID, "77") == "T1"
    assert len(script.asked("POST", "/deploy")) == 2


def test_what_jobs_say_about_a_deployment() -> None:
    restore = {"tag": "python_restore", "status": 2, "exit_code": 0}
    render = {"tag": "build_jupyter", "status": 2, "exit_code": 0}
    assert verdict([restore], active=False, goal="active") == (False, 0)
    assert verdict([restore, render], active=True, goal="active") == (True, 0)
    assert verdict([restore, render], active=False, goal="draft") == (True, 0)
    assert verdict([restore, {**render, "exit_code": 1}], active=False, goal="active") == (True, 1)
    assert verdict([restore, {**render, "status": 0}], active=False, goal="draft") == (False, 0)
    skipped = {"tag": "build_jupyter", "status": 3, "exit_code": None}
    assert verdict([restore, skipped], active=False, goal="active") == (True, 1)
    assert verdict([restore, skipped], active=False, goal="draft") == (True, 1)
    assert verdict([{**skipped, "tag": "python_restore"}], active=False, goal="active") == (False, 0)
    assert verdict([skipped, {**render, "status": 0}], active=False, goal="active") == (False, 0)
    assert verdict([skipped, render], active=True, goal="active") == (True, 0)


@pytest.mark.parametrize(
    ("said", "error"),
    [({"skip_reason": "Disabled."}, "Disabled."), ({"error": "Broken."}, "Broken."), ({}, "could not run the content")],
)
def test_a_run_that_failed_says_why(said: dict[str, str], error: str, script: Script, client: Client) -> None:
    job = {"id": "1", "key": "k1", "bundle_id": "3", "start_time": "2026-01-01T00:00:00Z", "status": 2, "exit_code": 1}
    script.on("GET", "/jobs", reply([{**job, **said}, {**job, "key": "../odd"}]))
    script.on("GET", "/log", reply({"entries": [{"data": "a line"}, None]}))
    tracker = JobTracker(lambda path: read_json(client._get(path)), client.content, client.transport.wait)
    deployment = UntrackedDeployment(guid=GUID, bundle_id="3", goal="active", since="2026-01-01T00:00:00Z")
    script.on("GET", GUID, reply({**CONTENT, "bundle_id": "2"}))
    described = tracker.describe(deployment, 0)
    assert (described["output"], described["finished"], described["code"]) == (["a line"], True, 1)
    assert error in described["error"]


def test_an_upload_whose_answer_is_lost_is_found(script: Script, client: Client, page_bundle: tuple[Path, str]) -> None:
    path, md5 = page_bundle
    there = {"id": "12", "active": False, "metadata": {"archive_md5": md5}}
    older = {"id": "9", "active": True, "metadata": {"archive_md5": md5}}
    script.on("GET", "/bundles", reply([older]), reply([there, older]))
    script.on("POST", "/bundles", Reply(how="reset"))
    assert client.upload(GUID, path, md5=md5) == "12"
    sent = script.asked("POST", "/bundles")
    assert len(sent) == 2  # the first was not to be seen, the second was
    assert sent[0].body == sent[1].body == path.read_bytes()


def test_redirects_stay_on_the_server_and_keep_the_method(script: Script, client: Client) -> None:
    for status in (301, 302, 307, 308):
        script.seen.clear()
        script.on("POST", "v1/content", Reply(status, b"", {"Location": "/moved/v1/content/"}))
        script.on("POST", "/moved/v1/content/", reply(CONTENT))
        client.create("moved", "Moved")
        assert [each.method for each in script.seen] == ["POST", "POST"]
        assert script.seen[1].json == {"name": "moved", "title": "Moved"}
        assert script.seen[1].headers["authorization"] == f"Key {KEY}"


@pytest.mark.parametrize(
    "target", ["http://elsewhere.example/x", "http://127.0.0.1:1/x", "//elsewhere.example/", "ftp://127.0.0.1/x"]
)
def test_a_redirect_elsewhere_is_refused(target: str, script: Script, client: Client) -> None:
    script.on("GET", GUID, Reply(302, b"", {"Location": target}))
    with pytest.raises(BadAnswerError) as caught:
        client.content(GUID)
    assert caught.value.code == "sign-in-page"
    assert len(script.seen) == 1


def test_a_post_never_becomes_a_get(script: Script, client: Client) -> None:
    script.on("POST", "/deploy", Reply(303, b"", {"Location": "/__api__/v1/content"}))
    with pytest.raises(BadAnswerError):
        client.deploy(GUID, "3")
    assert [each.method for each in script.seen if "deploy" in each.path] == ["POST"]


def test_cookies_come_back_where_they_belong(script: Script, client: Client) -> None:
    given = {"Set-Cookie": "node=a7; Path=/__api__/v1/tasks; HttpOnly"}
    script.on("POST", "/deploy", Reply(202, b'{"task_id": "T1"}', given))
    list(client.follow(client.deploy(GUID, "3")))
    client.content(GUID)
    assert script.asked("GET", "tasks/T1")[0].headers["cookie"] == "node=a7"
    assert "cookie" not in script.asked("GET", GUID)[-1].headers


def test_one_connection_for_everything(script: Script, client: Client) -> None:
    for _ in range(5):
        client.content(GUID)
        client.deploy(GUID, "3")
    assert {each.connection for each in script.seen} == {1}


def test_silence_ends_at_the_time_limit(script: Script) -> None:
    with open_client(Server(name="x", url=script.url, api_key=Secret(KEY)), timeout=0.3) as client:
        client.transport._retry_seconds = 0.0
        script.on("GET", GUID, Reply(how="hang"))
        with pytest.raises(NoAnswerError) as caught:
            client.content(GUID)
        assert "in time" in caught.value.message
        script.on("GET", GUID, Reply(200, b" " * 2000, {}, how="drip"))
        with pytest.raises(NoAnswerError) as caught:
            client.content(GUID)
        assert "in time" in caught.value.message


def test_a_stop_is_heard_while_waiting(script: Script, client: Client) -> None:
    script.on("GET", GUID, text("", 503))
    client.transport.should_stop = lambda: len(script.asked("GET", GUID)) >= 2
    with pytest.raises(Cancelled):
        client.content(GUID)
    assert len(script.asked("GET", GUID)) == 2


@pytest.mark.parametrize("key", ["abc\ndef", "abc def", "schlüssel", "a\x00b"])
def test_a_key_that_no_header_can_carry(key: str, script: Script) -> None:
    with pytest.raises(SignInError) as caught:
        open_client(Server(name="x", url=script.url, api_key=Secret(key)))
    assert key not in f"{caught.value!r}{caught.value.hint}"
    assert script.seen == []


def test_blanks_around_a_key_do_not_matter(script: Script) -> None:
    with open_client(Server(name="x", url=script.url, api_key=Secret(f"  {KEY}\n"))) as client:
        client.user()
    assert script.seen[0].headers["authorization"] == f"Key {KEY}"


@pytest.mark.parametrize("guid", ["../users", "a/b", "", "..", "x?y", "a b", "%2e%2e"])
def test_an_identifier_cannot_lead_elsewhere(guid: str, script: Script, client: Client) -> None:
    with pytest.raises(RSConnectException):
        client.content(guid)
    assert script.seen == []


def secrets_in(error: BaseException, secret: str) -> list[str]:
    """Walk everything reachable from an error that a traceback printer or a logger could show."""
    found: list[str] = []
    waiting: list[tuple[str, object]] = [("error", error)]
    known: set[int] = set()
    while waiting:
        name, each = waiting.pop()
        if id(each) in known or len(known) > 20_000:
            continue
        known.add(id(each))
        if isinstance(each, (str, bytes)):
            if secret in (each if isinstance(each, str) else each.decode("latin-1")):
                found.append(name)
        elif isinstance(each, BaseException):
            waiting += [(f"{name}.{key}", value) for key, value in vars(each).items()]
            waiting += [(f"{name}.args", each.args), (f"{name}.cause", each.__cause__)]
            waiting += [(f"{name}.context", each.__context__), (f"{name}.str", str(each))]
        elif isinstance(each, dict):
            waiting += [(f"{name}[{key!r}]", value) for key, value in each.items()]
        elif isinstance(each, (list, tuple, set)):
            waiting += [(f"{name}[]", value) for value in each]
        elif not callable(each):
            fields = (*getattr(each, "__dict__", ()), *getattr(each, "__struct_fields__", ()))
            waiting += [(f"{name}.{key}", getattr(each, key)) for key in fields]
    return found


@pytest.mark.parametrize("how", ["reset", "echo", "redirect", "cut", "dead", "busy"])
def test_no_error_holds_the_key(how: str, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(transport, "FIRST_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(once, "RETRY_SECONDS", 0.0)

    def echo(seen: Seen) -> Reply:
        return reply({"code": 9999, "error": f"Bad request: {json.dumps(seen.headers)}"}, 400)

    answers: dict[str, Reply | object] = {
        "reset": Reply(how="reset"),
        "echo": echo,
        "redirect": Reply(302, b"", {"Location": "https://u:hidden@elsewhere.example/"}),
        "cut": Reply(200, b"{}" * 100, {}, how="cut"),
        "busy": text("", 502),
        "dead": Reply(),
    }
    client = open_client(Server(name="x", url=script.url.replace("://", "://who:hidden@"), api_key=Secret(KEY)))
    script.on("GET", GUID, answers[how])  # type: ignore[arg-type]
    if how == "dead":
        script.close()
        client.close()
    with pytest.raises(RSConnectException) as caught:
        client.content(GUID)
    client.close()
    assert secrets_in(caught.value, KEY) == []
    assert secrets_in(caught.value, "hidden@") == []
    assert KEY not in repr(client.server)


def test_a_page_is_checked_without_judging_it(script: Script, client: Client) -> None:
    content = client.content(GUID)
    assert client.check_page(content) == 200
    script.on("GET", "/_bundle7/", text("", 500))
    assert client.check_page(content, bundle_id="7") == 500
    script.on("GET", "/content/" + GUID + "/", Reply(302, b"", {"Location": "https://login.example/"}))
    assert client.check_page(content) == 302


def test_of_a_long_page_only_the_start_is_fetched(script: Script, client: Client) -> None:
    length = {"Content-Length": str(1 << 40)}  # more than anybody could send: reading on would wait for ever
    script.on("GET", "/content/" + GUID + "/", Reply(200, b"<html>" + bytes(1 << 20), length))
    assert client.check_page(client.content(GUID)) == 200
    script.on("GET", "/content/" + GUID + "/", Reply(503, bytes(100), {}))
    connections = script.connections
    assert client.transport.exchange("GET", f"content/{GUID}/", at_most=100, retry_seconds=0).status == 503
    client.content(GUID)
    assert script.connections == connections + 1  # a short one leaves the connection usable


def test_facts_that_are_not_told_are_unknown(script: Script, client: Client) -> None:
    script.on("GET", "settings/python", reply({"code": 22, "error": "no"}, 403))
    script.on("GET", "settings/quarto", text("404 page not found", 404))
    facts = client.facts()
    assert (facts.python, facts.quarto, facts.version) == (None, None, "2026.06.0")
    assert facts is client.facts()
    assert len(script.seen) == 2
    script.on("GET", "settings/quarto", reply({"installations": None}))
    with open_client(Server(name="x", url=script.url, api_key=Secret(KEY))) as another:
        assert another.facts().quarto is None


def test_variables_are_sent_and_not_shown(script: Script, client: Client) -> None:
    client.set_variables(GUID, {"A": Secret("v-1"), "B": None})
    assert script.seen[0].json == [{"name": "A", "value": "v-1"}, {"name": "B", "value": None}]
    client.set_variables(GUID, {})
    assert len(script.seen) == 1


def test_a_finished_task_in_one_look(script: Script, client: Client) -> None:
    script.on("GET", "tasks/T1", reply({**TASK, "code": 0, "error": "broken all the same"}))
    follower = client.follow("T1")
    assert next(follower) == "one"
    with pytest.raises(StopIteration) as end:
        next(follower)
    assert end.value.value.failed
