"""Jobs: watched, read again, stopped, kept over restarts, and never two for the same thing."""

from __future__ import annotations

import json
import os
import queue
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rsconnect_jupyter.errors import Cancelled, JobError, JobRunningError, TargetError
from rsconnect_jupyter.jobs import manager
from rsconnect_jupyter.jobs.journal import HEAD, TAIL, lock_of
from rsconnect_jupyter.jobs.manager import Jobs
from rsconnect_jupyter.models import Deployment, Event, Where

DONE = Deployment(
    server="s", guid="g", title="T", mode="static", url="u", dashboard_url="d", logs_url="l", bundle_id="1",
    task_id="t", created=True,
)  # fmt: skip


def log(message: str) -> Event:
    return Event(seq=0, time="2026-01-01T00:00:00.000Z", step="deploy", status="log", message=message)


class Script:
    """A publish that does what the test tells it: say a line, fail, end."""

    def __init__(self) -> None:
        self._orders: queue.Queue[object] = queue.Queue()

    def tell(self, *orders: object) -> None:
        for each in orders:
            self._orders.put(each)

    def __call__(self, should_stop: Any) -> Generator[Event, None, Deployment]:
        while True:
            order = self._orders.get()
            if should_stop():
                raise Cancelled("The publish was cancelled.", data={"remains": "Nothing was created on the server."})
            if isinstance(order, Exception):
                raise order
            if isinstance(order, Deployment):
                return order
            yield log(str(order))


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(tmp_path / "jobs")


def start(jobs: Jobs, *orders: object, path: str = "a.ipynb", server: str = "s") -> Any:
    script = Script()
    script.tell(*orders)
    return jobs.start(script, path=path, server=server), script


def test_a_job_tells_its_events_and_its_result(jobs: Jobs) -> None:
    job, _ = start(jobs, "one", "two", DONE)

    ended = jobs.join(job.id)
    read = jobs.read(job.id)

    assert (ended.state, ended.finished, ended.result) == ("done", True, DONE.as_dict())
    assert [(each.seq, each.message) for each in read.events] == [(0, "one"), (1, "two")]
    assert read.last == 2
    wire = read.as_dict()
    assert json.loads(json.dumps(wire)) == wire
    assert wire["events"][0]["message"] == "one"


def test_reading_on_gives_each_event_once(jobs: Jobs) -> None:
    job, script = start(jobs, "one")
    first = jobs.read(job.id, 0, wait=30)
    script.tell("two")
    second = jobs.read(job.id, first.last, wait=30)
    script.tell(DONE)
    last = jobs.read(job.id, second.last, wait=30)

    assert [each.message for each in first.events + second.events + last.events] == ["one", "two"]
    assert last.finished


def test_a_wait_ends_when_there_is_nothing_new(jobs: Jobs) -> None:
    job, script = start(jobs)

    assert jobs.read(job.id, 0, wait=0.01).events == ()
    script.tell(DONE)
    jobs.join(job.id)


def test_a_failure_is_told_as_an_event_and_as_the_job_s_error(jobs: Jobs) -> None:
    error = TargetError("It is locked.", hint="Unlock it.", where=Where(field="target"), data={"guid": "g"})
    job, _ = start(jobs, "one", error)

    ended = jobs.join(job.id)

    assert ended.state == "failed"
    assert ended.error == error.as_dict()
    event = jobs.read(job.id).events[-1]
    assert (event.status, event.code, event.message, event.hint) == (
        "failure", "target-unusable", "It is locked.", "Unlock it.",
    )  # fmt: skip
    assert event.step == "deploy"


def test_a_surprise_ends_the_job_without_its_text(jobs: Jobs) -> None:
    job, _ = start(jobs, ValueError("key abc123"))

    ended = jobs.join(job.id)

    assert ended.error is not None
    assert (ended.state, ended.error["code"]) == ("failed", "internal-error")
    assert "abc123" not in json.dumps(jobs.read(job.id).as_dict())


def test_cancelling_asks_and_the_job_ends_when_it_has_stopped(jobs: Jobs) -> None:
    job, script = start(jobs, "one")

    asked = jobs.cancel(job.id)
    script.tell("never seen")
    ended = jobs.join(job.id)

    assert asked.stopping
    assert not asked.finished
    assert (ended.state, ended.stopping) == ("cancelled", False)
    assert ended.error is not None
    assert ended.error["data"]["remains"] == "Nothing was created on the server."
    assert jobs.cancel(job.id) == ended, "a job that has ended stays as it is"


def test_one_notebook_goes_to_one_server_once_at_a_time(jobs: Jobs) -> None:
    job, script = start(jobs)

    with pytest.raises(JobRunningError) as refused:
        start(jobs)
    assert refused.value.data == {"id": job.id}
    other, others = start(jobs, server="elsewhere")
    for each in (script, others):
        each.tell(DONE)
    jobs.join(job.id)
    jobs.join(other.id)
    again, script = start(jobs, DONE)
    assert jobs.join(again.id).state == "done"


def test_two_processes_do_not_publish_the_same_notebook_at_once(jobs: Jobs) -> None:
    job, script = start(jobs)
    there = Jobs(jobs.folder)

    with pytest.raises(JobRunningError) as refused:
        start(there)

    assert refused.value.data == {"id": job.id}
    assert there.get(job.id).state == "running"
    assert there.cancel(job.id).stopping
    script.tell("never seen")
    assert jobs.join(job.id).state == "cancelled"
    assert there.get(job.id).state == "cancelled"


def test_watchers_are_called_until_they_stop_watching(jobs: Jobs) -> None:
    job, script = start(jobs)
    called = threading.Semaphore(0)
    stop = jobs.watch(job.id, called.release)

    script.tell("one")
    assert called.acquire(timeout=30)
    stop()
    script.tell("two", DONE)
    jobs.join(job.id)

    assert jobs.read(job.id).last == 2
    assert not called.acquire(blocking=False)


def test_a_watcher_whose_loop_is_closed_does_not_hurt(jobs: Jobs) -> None:
    job, script = start(jobs)

    def closed() -> None:
        raise RuntimeError("Event loop is closed")

    jobs.watch(job.id, closed)
    script.tell("one", DONE)

    assert jobs.join(job.id).state == "done"


def test_a_chatty_log_is_cut_in_memory_and_whole_on_disk(jobs: Jobs) -> None:
    count = HEAD + TAIL + 500
    job, _ = start(jobs, *range(count), DONE)
    jobs.join(job.id)

    read = jobs.read(job.id)

    assert len(read.events) == HEAD + TAIL + 1
    gap = read.events[HEAD]
    assert (gap.code, gap.message, gap.data) == ("lines-left-out", "500 lines are left out here.", {"left_out": 500})
    assert [each.message for each in read.events[HEAD - 1 : HEAD + 2 : 2]] == [str(HEAD - 1), str(HEAD + 500)]
    assert read.last == count
    assert [each.seq for each in read.events] == sorted(each.seq for each in read.events)
    lines = jobs.log_path(job.id).read_text().splitlines()
    assert [json.loads(each)["message"] for each in lines] == [str(each) for each in range(count)]


def test_very_long_lines_do_not_fill_the_memory(jobs: Jobs) -> None:
    job, _ = start(jobs, *["x" * 1000] * HEAD, *["y" * 1_000_000] * 20, DONE)
    jobs.join(job.id)

    held = sum(len(each.message) for each in jobs.read(job.id).events)

    assert held < HEAD * 1000 + 6_000_000


def test_jobs_outlive_their_process_and_their_folder_is_private(jobs: Jobs) -> None:
    job, _ = start(jobs, "one", DONE)
    jobs.join(job.id)

    later = Jobs(jobs.folder)

    assert later.all() == (jobs.get(job.id),)
    assert [each.message for each in later.read(job.id).events] == ["one"]
    modes = {stat.S_IMODE(each.stat().st_mode) for each in jobs.folder.rglob("*")}
    assert modes <= {0o600, 0o700}
    assert stat.S_IMODE(jobs.folder.stat().st_mode) == 0o700


def test_jobs_are_told_newest_first_and_by_notebook(jobs: Jobs) -> None:
    first, _ = start(jobs, DONE)
    jobs.join(first.id)
    second, _ = start(jobs, DONE, path="b.ipynb")
    jobs.join(second.id)

    assert {each.id for each in jobs.all()} == {first.id, second.id}
    assert [each.id for each in jobs.all("b.ipynb")] == [second.id]
    assert [each.started for each in jobs.all()] == sorted((each.started for each in jobs.all()), reverse=True)


def test_jobs_are_forgotten_after_their_time(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path, keep=timedelta(0))
    job, _ = start(jobs, DONE)
    jobs.join(job.id)

    assert jobs.all() == ()
    with pytest.raises(JobError):
        jobs.read(job.id)


@pytest.mark.parametrize("job_id", ["nothing", "../../etc", "", "0" * 16])
def test_an_unknown_job_is_told(jobs: Jobs, job_id: str) -> None:
    with pytest.raises(JobError) as error:
        jobs.read(job_id)
    assert error.value.code == "unknown-job"


KILLED = """
import os, sys
from pathlib import Path
from rsconnect_jupyter.jobs.manager import Jobs
from rsconnect_jupyter.models import Event

def run(should_stop):
    yield Event(seq=0, time="t", step="deploy", status="progress", message="begun", data={"guid": "g", "task_id": "t"})
    yield Event(seq=0, time="t", step="deploy", status="log", message="before")
    print("ready", flush=True)
    while True:
        sys.stdin.readline()

jobs = Jobs(Path(sys.argv[1]))
job = jobs.start(run, path="a.ipynb", server="s", title="T", notes={"notebook": "/a.ipynb"})
jobs.join(job.id)
"""


def running_job(folder: Path) -> subprocess.Popen[str]:
    """Start a process with a job that has begun and does not end."""
    command = [sys.executable, "-c", KILLED, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    return process


def test_a_killed_job_is_picked_up_once_and_goes_on_with_its_numbers(jobs: Jobs) -> None:
    process = running_job(jobs.folder)
    seen = []

    def go_on(job: Any, events: Any, should_stop: Any) -> Any:
        seen.append((dict(job.notes), [each.message for each in events]))
        yield log("after")
        return DONE

    assert jobs.pick_up(go_on) == (), "its process is alive"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    (job,) = jobs.pick_up(go_on)
    assert Jobs(jobs.folder).pick_up(go_on) == ()
    ended = jobs.join(job.id)

    assert seen == [({"notebook": "/a.ipynb"}, ["begun", "before"])]
    assert (ended.state, ended.title) == ("done", "T")
    assert [(each.seq, each.message) for each in jobs.read(job.id).events] == [
        (0, "begun"),
        (1, "before"),
        (2, "after"),
    ]


@pytest.mark.parametrize("asked", ["get", "all", "read", "watch", "cancel", "start"])
def test_a_job_whose_process_dies_later_is_picked_up_by_who_is_asked_for_it(jobs: Jobs, asked: str) -> None:
    process = running_job(jobs.folder)
    seen = []

    def go_on(job: Any, events: Any, should_stop: Any) -> Any:
        seen.append(job.id)
        yield log("after")
        return DONE

    assert jobs.pick_up(go_on) == ()
    (job,) = jobs.all()
    assert (jobs.get(job.id).state, seen) == ("running", []), "its process is alive"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    asks: dict[str, Callable[[], object]] = {
        "get": lambda: jobs.get(job.id),
        "all": jobs.all,
        "read": lambda: jobs.read(job.id, first=3, wait=30),
        "watch": lambda: jobs.watch(job.id, lambda: None),
        "cancel": lambda: jobs.cancel(job.id),
        "start": lambda: jobs.start(Script(), path="other.ipynb", server="s"),
    }
    ask = asks[asked]
    ask()
    assert jobs.join(job.id).state == "done"
    assert seen == [job.id]
    assert [each.message for each in jobs.read(job.id).events] == ["begun", "before", "after"]


def test_a_job_of_a_machine_that_died_is_ended_once_it_is_silent(jobs: Jobs) -> None:
    """The disk still holds its lock, as network disks do."""
    job, script = start(jobs, "one")
    jobs.read(job.id, 0, wait=30)
    place = jobs.folder / job.id / "job.json"
    place.write_text(json.dumps({**json.loads(place.read_text()), "host": "another-machine"}))
    here = Jobs(jobs.folder)

    def go_on(_job: Any, _events: Any, should_stop: Any) -> Any:
        yield log("after")
        assert should_stop()
        raise Cancelled("The publish was cancelled.")

    assert here.pick_up(go_on) == ()
    assert here.cancel(job.id).stopping, "it may be alive: it is asked"
    assert here.get(job.id).state == "running"
    (lock,) = jobs.folder.glob(".*.lock")
    os.utime(lock, (1, 1))
    here.get(job.id)
    assert here.join(job.id).state == "cancelled"
    assert here.start(script, path="a.ipynb", server="s").state == "running"
    script.tell(DONE, DONE)


def test_of_many_that_ask_for_a_job_whose_process_died_one_picks_it_up(jobs: Jobs) -> None:
    asking = [Jobs(jobs.folder) for _ in range(4)]
    seen, begun = [], threading.Event()

    def go_on(job: Any, events: Any, should_stop: Any) -> Any:
        begun.wait()
        seen.append(job.id)
        yield log("after")
        return DONE

    for each in asking:
        each.pick_up(go_on)
    job, script = start(jobs, "one")
    jobs.read(job.id, 0, wait=30)
    script.tell(DONE)
    jobs.join(job.id)
    facts = json.loads((jobs.folder / job.id / "job.json").read_text())
    (jobs.folder / job.id / "job.json").write_text(json.dumps({**facts, "state": "running"}))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: asking[number % 4].get(job.id), range(40)))
    begun.set()
    assert {each.read(job.id, first=1000, wait=60).state for each in asking} == {"done"}
    assert seen == [job.id]


def test_a_line_cut_off_by_the_kill_is_left_out_and_spoils_nothing(jobs: Jobs) -> None:
    job, script = start(jobs, "one")
    jobs.read(job.id, 0, wait=30)
    with jobs.log_path(job.id).open("a") as file:
        file.write('{"seq": 1, "mess')
    script.tell(DONE)
    jobs.join(job.id)
    facts = json.loads((jobs.folder / job.id / "job.json").read_text())
    (jobs.folder / job.id / "job.json").write_text(json.dumps({**facts, "state": "running"}))

    later = Jobs(jobs.folder)
    (taken,) = later.pick_up(lambda job, events, stop: Script.__call__(_ending("two"), stop))
    later.join(taken.id)

    assert [each.message for each in later.read(job.id).events] == ["one", "two"]
    assert [each.message for each in Jobs(jobs.folder).read(job.id).events] == ["one", "two"]


def _ending(line: str) -> Script:
    script = Script()
    script.tell(line, DONE)
    return script


def test_twenty_jobs_at_once_keep_their_logs_apart(jobs: Jobs) -> None:
    started = [start(jobs, *[f"{number}:{line}" for line in range(200)], DONE, path=f"{number}.ipynb")[0]
               for number in range(20)]  # fmt: skip

    for number, job in enumerate(started):
        assert jobs.join(job.id).state == "done"
        assert [each.message for each in jobs.read(job.id).events] == [f"{number}:{line}" for line in range(200)]


def test_a_full_disk_ends_the_journal_and_not_the_publish(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    from rsconnect_jupyter.jobs.journal import Journal

    job, script = start(jobs, "one")
    jobs.read(job.id, 0, wait=30)

    def full(self: Journal, event: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Journal, "append", full)
    script.tell("two", DONE)

    assert jobs.join(job.id).state == "done"
    monkeypatch.setattr(manager, "_HELD", -9)
    start(jobs, DONE, path="b.ipynb")
    assert [each.message for each in jobs.read(job.id).events] == ["one", "two"], "kept, for it is nowhere else"


def test_events_of_jobs_that_ended_long_ago_are_read_from_disk(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manager, "_HELD", 1)
    ended = [jobs.join(start(jobs, f"line {number}", DONE)[0].id) for number in range(3)]
    running, script = start(jobs)
    assert [jobs.get(each.id) for each in ended] == ended
    assert [[one.message for one in jobs.read(each.id).events] for each in ended] == [
        ["line 0"],
        ["line 1"],
        ["line 2"],
    ]
    assert jobs.cancel(ended[0].id) == ended[0]
    script.tell(DONE)
    jobs.join(running.id)


def test_a_disk_that_takes_no_job_is_told_and_locks_nothing(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("journal.write_json", "manager.lock_of"):
        with monkeypatch.context() as patch:
            patch.setattr(f"rsconnect_jupyter.jobs.{name}", full)
            with pytest.raises(JobError) as caught:
                start(jobs, DONE)
        assert (caught.value.code, str(jobs.folder) in caught.value.message) == ("job-failed", True)
    job, _ = start(jobs, DONE)
    assert jobs.join(job.id).state == "done"


def test_a_job_of_another_process_is_waited_for(jobs: Jobs) -> None:
    job, script = start(jobs)
    other = Jobs(jobs.folder)
    assert other.read(job.id, wait=0.01).events == (), "nothing was said yet"
    assert other.join(job.id).state == "running"
    script.tell(DONE)
    jobs.join(job.id)


def test_a_job_whose_facts_are_damaged_is_unknown(jobs: Jobs) -> None:
    job, _ = start(jobs, DONE)
    jobs.join(job.id)
    (jobs.folder / job.id / "job.json").write_text("{")
    with pytest.raises(JobError) as caught:
        Jobs(jobs.folder).get(job.id)
    assert caught.value.code == "unknown-job"


def test_a_job_that_ends_while_its_lock_is_asked_for_is_not_picked_up(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _ = start(jobs, DONE)
    jobs.join(job.id)
    path = jobs.folder / job.id / "job.json"
    ended = path.read_text()
    path.write_text(ended.replace('"done"', '"running"'))

    def slow(*arguments: Any, **named: Any) -> Any:
        path.write_text(ended)
        return lock_of(*arguments, **named)

    monkeypatch.setattr("rsconnect_jupyter.jobs.manager.lock_of", slow)
    later = Jobs(jobs.folder)
    assert later.pick_up(lambda _job, _events, should_stop: Script()(should_stop)) == ()
    assert later.get(job.id).state == "done"


def test_lock_files_that_no_job_holds_are_removed_at_the_next_start(jobs: Jobs) -> None:
    job, script = start(jobs, "one")
    jobs.read(job.id, 0, wait=30)
    held = {each.name for each in jobs.folder.glob(".*.lock")}
    assert len(held) == 1
    (jobs.folder / ".0123.lock").touch(mode=0o600)

    Jobs(jobs.folder).pick_up(lambda _job, _events, should_stop: Script()(should_stop))
    assert {each.name for each in jobs.folder.glob(".*.lock")} == held
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (*jobs.folder.glob(".*.lock"), jobs.log_path(job.id))]
    assert modes == [0o600, 0o600]
    script.tell(DONE)
    jobs.join(job.id)


def test_where_nothing_can_be_written_no_job_starts(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: Any, **_named: Any) -> Any:
        raise OSError(28, "No space left on device")

    for name in ("Journal.save", "lock_of"):
        with monkeypatch.context() as patch:
            patch.setattr(f"rsconnect_jupyter.jobs.manager.{name}", full)
            with pytest.raises(JobError) as caught:
                start(jobs)
        assert caught.value.code == "job-failed"
    job, _ = start(jobs, DONE)  # no lock is left
    assert jobs.join(job.id).state == "done"


def test_a_job_of_another_process_is_read_and_stopped_through_its_files(jobs: Jobs) -> None:
    job, script = start(jobs, "one")
    jobs.read(job.id, 0, wait=30)
    other = Jobs(jobs.folder)
    assert [each.message for each in other.read(job.id, 0, wait=30).events] == ["one"]
    assert other.read(job.id, 1, wait=0.01).events == ()
    assert other.cancel(job.id).stopping
    other.watch(job.id, lambda: None)()
    script.tell("two")
    assert jobs.join(job.id).state == "cancelled"
    assert other.cancel(job.id).state == "cancelled"
    assert other.log_path(job.id).is_file()


def test_a_watcher_whose_loop_is_closed_disturbs_nothing(jobs: Jobs) -> None:
    def closed() -> None:
        raise RuntimeError("Event loop is closed")

    job, script = start(jobs)
    jobs.watch(job.id, closed)
    script.tell("one", DONE)
    assert jobs.join(job.id).state == "done"
