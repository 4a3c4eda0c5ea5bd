"""Following a task: every line once and in order, to the end, whatever comes in between."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from connect.conftest import Noted
from connect.wire import GUID, KEY, NOT_ROUTED, TASK, Reply, Script, Seen, drained, notebook_bundle, reply, text
from serving import start_sandbox

from rsconnect_jupyter.api import RSConnectException, RSConnectServer, emit_task_log
from rsconnect_jupyter.connect import tasks, transport
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.connect.parsing import TaskPage
from rsconnect_jupyter.connect.tasks import follow_task
from rsconnect_jupyter.errors import Cancelled, ForbiddenError, NoAnswerError, TaskFailedError
from rsconnect_jupyter.models import Secret, Server, TaskResult

LOG = [f"line {number}" for number in range(40)]
GOOD = TaskResult(task_id="T1", code=0, error="")


def page(lines: Sequence[str], last: int | None, finished: bool = False) -> TaskPage:
    return TaskPage(lines=tuple(lines), last=last, finished=finished, result=GOOD)


def followed(look: Callable[[int, int, float], TaskPage], **options: Any) -> tuple[list[str], TaskResult]:
    return drained(follow_task(look, lambda seconds: None, "T1", **options))


def pages(*found: TaskPage) -> Callable[[int, int, float], TaskPage]:
    waiting = list(found)
    return lambda first, wait, timeout: waiting.pop(0) if len(waiting) > 1 else waiting[0]


def honest(first: int, to: int, finished: bool = False) -> TaskPage:
    return page(LOG[first:to], to, finished)


CASES = {
    "plain": [honest(0, 3), honest(3, 5), honest(5, 5, True)],
    "all at once": [honest(0, 5, True)],
    "empty answers": [honest(0, 0), honest(0, 2), honest(2, 2), honest(2, 2), honest(2, 5, True)],
    "first is ignored": [honest(0, 2), honest(0, 4), honest(0, 5, True)],
    "repeated": [honest(0, 3), honest(0, 3), honest(0, 3), honest(3, 5, True)],
    "overlapping": [honest(0, 3), honest(1, 4), honest(2, 5, True)],
    "an older answer": [honest(0, 4), honest(0, 2), honest(4, 5, True)],
    "last goes back without lines": [honest(0, 3), page([], 1), honest(3, 5, True)],
    "last is zero": [page(LOG[0:3], 0), page(LOG[3:5], 0, True)],
    "last is missing": [page(LOG[0:3], None), page([], None), page(LOG[3:5], None, True)],
    "last missing and repeated": [page(LOG[0:3], None), page(LOG[0:3], None), page(LOG[0:5], None, True)],
    "last missing and overlapping": [page(LOG[0:3], None), page(LOG[2:5], None, True)],
    "last is nonsense and overlapping": [honest(0, 3), page(LOG[2:5], 1, True), page([], 5, True)],
    "last is too large": [page(LOG[0:2], 4), page(LOG[2:5], 5, True)],
    "finished before all lines came": [honest(0, 2), page([], 5, True), page(LOG[2:5], 5, True)],
    "last is negative": [page(LOG[0:3], -1), page(LOG[3:5], -7, True)],
}


@pytest.mark.parametrize("case", CASES)
def test_every_line_once_and_in_order(case: str) -> None:
    lines, result = followed(pages(*CASES[case]))
    assert lines == LOG[:5]
    assert result is GOOD


def test_lines_that_are_the_same_are_still_lines() -> None:
    same = ["..."] * 6
    lines, _ = followed(pages(page(same[:2], 2), page(same[2:5], 5), page(same[5:], 6, True)))
    assert lines == same


@pytest.mark.parametrize("seed", range(30))
def test_a_server_that_answers_from_wherever_it_likes(seed: int) -> None:
    dice = random.Random(seed)
    count = 0

    def look(first: int, wait: int, timeout: float) -> TaskPage:
        nonlocal count
        count = min(len(LOG), count + dice.randrange(4))
        start, end = dice.randrange(first + 1), dice.randrange(first, count + 1)
        if start > end:
            start, end = end, start
        done = count == len(LOG) and end == len(LOG)
        return page(LOG[start:end], end, done)

    assert followed(look)[0] == LOG


def test_reading_on_from_a_line() -> None:
    lines, _ = followed(pages(honest(3, 4), honest(4, 5, True)), first=3)
    assert lines == LOG[3:5]


@pytest.fixture
def server(script: Script) -> RSConnectServer:
    return RSConnectServer(script.url, KEY)


def task(seen: Seen, lines: list[str], to: int, finished: bool = False, **more: Any) -> Reply:
    first = int(seen.query["first"][0])
    return reply({"output": lines[first:to], "last": to, "finished": finished, "code": 0, "error": "", **more})


PASSING = [
    text("", 502),
    text("<html>", 503, "text/html"),
    text("", 504),
    Reply(how="reset"),
    reply({"code": 141, "error": "Task lookup failures", "payload": None}, 404),
    NOT_ROUTED,
    text("<html>sign in</html>", 200, "text/html"),
    text('{"output": ["li'),
    reply([]),
    reply(None),
    Reply(200, b'{"output": []}', {}, how="cut"),
]


def test_what_passes_is_waited_out(script: Script, server: RSConnectServer) -> None:
    answers: list[Any] = []
    for number, trouble in enumerate(PASSING):
        answers += [trouble, lambda seen, to=number + 1: task(seen, LOG, to)]
    script.on("GET", "tasks/T1", *answers, lambda seen: task(seen, LOG, 12, True))
    lines: list[str] = []
    emit_task_log(server, GUID, "T1", lines.append, timeout=60)
    assert lines == LOG[:12]
    waits = {each.query["wait"][0] for each in script.asked("GET", "tasks/T1")}
    assert waits == {"1"}


def test_a_no_is_not_waited_out(script: Script, server: RSConnectServer) -> None:
    script.on("GET", "tasks/T1", reply({"code": 19, "error": "no", "payload": None}, 403))
    with pytest.raises(ForbiddenError):
        emit_task_log(server, 8, "T1", None, timeout=60)
    assert len(script.asked("GET", "tasks/T1")) == 1


@pytest.mark.parametrize("ending", [{"code": 1}, {"code": 0, "error": "It broke."}, {"code": 137, "error": "Killed."}])
def test_a_failed_task_raises(ending: dict[str, Any], script: Script, server: RSConnectServer) -> None:
    script.on("GET", "tasks/T1", reply({**TASK, **ending}))
    with pytest.raises(RSConnectException) as caught:
        emit_task_log(server, 8, "T1", None, timeout=60)
    assert ending.get("error", "status 1") in caught.value.message
    assert caught.value.data["config_url"] == "https://connect.example/connect/#/apps/x"
    assert "https://connect.example/connect/#/apps/x/logs" in caught.value.hint
    url, lines = emit_task_log(server, 8, "T1", None, timeout=60, raise_on_error=False)
    assert (url, lines) == ("https://connect.example/connect/#/apps/x", ["one"])


@pytest.mark.parametrize("seconds", [0, 0.3, 1.4])
@pytest.mark.parametrize("trouble", ["running", "hanging", "busy"])
def test_the_time_limit_is_kept(
    seconds: float, trouble: str, script: Script, server: RSConnectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "ONE_LOOK", 0.2 if trouble == "hanging" else 30)
    endless = {
        "running": reply({"output": [], "last": 0, "finished": False, "code": 0, "error": ""}),
        "hanging": Reply(how="hang"),
        "busy": text("", 503),
    }
    script.on("GET", "tasks/T1", endless[trouble])
    started = time.monotonic()
    with pytest.raises(NoAnswerError) as caught:
        emit_task_log(server, 8, "T1", None, timeout=seconds)
    took = time.monotonic() - started
    assert caught.value.code == "task-timeout"
    assert seconds <= took < seconds + 60  # wide: the machine may be busy
    assert f"{seconds:g} seconds" in caught.value.message
    if trouble != "busy" or seconds == 0:  # the last of several looks may have been cut off by the limit
        assert ("503" in caught.value.message) is (trouble == "busy")


def test_the_time_limit_includes_finding_the_server(script: Script, server: RSConnectServer) -> None:
    script.on("GET", "server_settings", Reply(how="hang"))
    started = time.monotonic()
    with pytest.raises(NoAnswerError):
        emit_task_log(server, 8, "T1", None, timeout=0.3)
    assert time.monotonic() - started < 60


def test_one_look_is_enough_for_a_finished_task_far_away(script: Script, server: RSConnectServer) -> None:
    def slowly(seen: Seen) -> Reply:
        time.sleep(0.15)  # the way there and back
        return task(seen, LOG, 2, True)

    script.on("GET", "tasks/T1", slowly)
    assert emit_task_log(server, 8, "T1", None, timeout=0)[1] == LOG[:2]


def test_the_pace_of_the_polls_can_be_chosen(script: Script, server: RSConnectServer) -> None:
    script.on("GET", "tasks/T1", lambda seen: task(seen, LOG, 1))
    with pytest.raises(NoAnswerError):
        emit_task_log(server, 8, "T1", None, timeout=0.35, poll_wait=0.1)
    asked = script.asked("GET", "tasks/T1")
    assert 1 <= len(asked) <= 5
    assert {each.query["wait"][0] for each in asked} == {"0"}
    script.on("GET", "tasks/T1", lambda seen: task(seen, LOG, 1, True))
    for given, wanted in ((3, "3"), (60, "20"), (-1, "0"), (None, "1")):
        emit_task_log(server, 8, "T1", None, poll_wait=given)
        assert script.asked("GET", "tasks/T1")[-1].query["wait"] == [wanted]


def test_the_end_is_told_when_the_item_cannot_be_asked_for(
    script: Script, server: RSConnectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "RETRY_SECONDS", 0.0)
    script.on("GET", GUID, text("", 503))
    dashboard = f"{script.url}/connect/#/apps/{GUID}"
    assert emit_task_log(server, GUID, "T1", None) == (dashboard, ["one"])
    script.on("GET", "tasks/T1", reply({**TASK, "code": 1}))
    with pytest.raises(TaskFailedError) as caught:
        emit_task_log(server, GUID, "T1", None)
    assert caught.value.data["config_url"] == dashboard


def test_silence_without_a_time_limit_ends_too(
    script: Script, server: RSConnectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "SILENCE_SECONDS", 0.2)
    script.on("GET", "tasks/T1", NOT_ROUTED)
    with pytest.raises(NoAnswerError) as caught:
        emit_task_log(server, 8, "T1", None)
    assert caught.value.code == "task-lost"


def test_a_stop_between_polls(script: Script, server: RSConnectServer) -> None:
    script.on("GET", "tasks/T1", lambda seen: task(seen, LOG, 1))
    with pytest.raises(Cancelled):
        emit_task_log(server, 8, "T1", None, abort_func=lambda: len(script.asked("GET", "tasks/T1")) > 1)


@pytest.mark.parametrize("last", [3, None], ids=["counted", "not-counted"])
def test_a_server_that_lost_lines_in_a_restart(last: int | None, script: Script, server: RSConnectServer) -> None:
    def restarted(seen: Seen) -> Reply:
        if int(seen.query["first"][0]) > 2:
            return reply({"code": 13, "error": "The requested range is invalid.", "payload": None}, 400)
        return reply({"output": [*LOG[:2], "stopped"][int(seen.query["first"][0]) :], "last": last, "finished": True,
                      "code": 1, "error": "The server stopped."})  # fmt: skip

    script.on("GET", "tasks/T1", lambda seen: task(seen, LOG, 4), restarted)
    lines: list[str] = []
    with pytest.raises(RSConnectException):
        emit_task_log(server, 8, "T1", lines.append, timeout=20)
    assert lines == LOG[:4]


@pytest.mark.parametrize("dialect", ["v1", "legacy"])
def test_a_run_that_a_crash_of_the_server_ends(dialect: str, tmp_path: Path) -> None:
    options = ["--legacy-only"] if dialect == "legacy" else []
    md5 = notebook_bundle(tmp_path / "b.tar.gz", "import time; time.sleep(600)")
    first = start_sandbox(tmp_path / "data", *options)
    second = None
    try:
        with open_client(Server(name="x", url=first.url, api_key=Secret(first.key))) as client:
            content = client.create("survivor", "Survivor")
            task_id = client.deploy(content.guid, client.upload(content.guid, tmp_path / "b.tar.gz", md5=md5))
            follower = client.follow(task_id, deadline=120)
            begun = [next(follower)]
            first.kill()
            second = start_sandbox(tmp_path / "data", *options, port=int(first.url.rpartition(":")[2]))
            rest, result = drained(follower)
            again, _ = drained(client.follow(task_id))
    finally:
        first.stop()
        if second is not None:
            second.stop()
    assert result.failed
    assert [*begun, *rest] == again
    assert "stopped" in again[-1]


def test_a_running_notebook_is_followed_as_it_runs(v1_sandbox: Noted, tmp_path: Path) -> None:
    md5 = notebook_bundle(tmp_path / "b.tar.gz", "print('hello')\nraise ValueError('the reason')")
    with open_client(Server(name="x", url=v1_sandbox.url, api_key=Secret(v1_sandbox.key))) as client:
        content = client.create("fails", "Fails")
        task_id = client.deploy(content.guid, client.upload(content.guid, tmp_path / "b.tar.gz", md5=md5))
        lines, result = drained(client.follow(task_id, deadline=120))
    assert result.failed
    assert any("the reason" in line for line in lines)
    with pytest.raises(RSConnectException) as caught:
        emit_task_log(RSConnectServer(v1_sandbox.url, v1_sandbox.key), content.guid, task_id, None)
    assert caught.value.lines[-1] == lines[-1]  # type: ignore[attr-defined]
