"""Jobs: the processes behind a task, each with a key and a log of its own."""

from __future__ import annotations

import getpass
import os
import platform
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..settings import Settings
from ..store.database import Row, Store, new_key, now, seconds


@dataclass(frozen=True)
class Scheduled:
    """A run that a schedule started: when it was due, and when it was put into the queue."""

    time: str
    queued: str


class JobLog:
    """One job and its log; every line goes into the task's output too.

    Args:
        write_line: Takes each line as the task shows it.
        scheduled: The schedule's run that it belongs to.
    """

    def __init__(
        self,
        store: Store,
        content: Row,
        bundle: Row,
        tag: str,
        write_line: Callable[[str], None] | None,
        *,
        scheduled: Scheduled | None = None,
    ) -> None:
        self.key = new_key()
        self._store = store
        self._content = content
        self._bundle = bundle
        self._write_line = write_line
        self._number = 0
        moment = now()
        store.change(
            "INSERT INTO jobs (key, content_guid, bundle_id, tag, start_time, heartbeat_time, scheduled_time,"
            " queued_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(self.key, content["guid"], bundle["id"], tag, moment, moment),
                *((scheduled.time, scheduled.queued) if scheduled else (None, None)),
            ),
        )

    def set_pid(self, pid: int) -> None:
        """Note the process that does the job."""
        self._store.change("UPDATE jobs SET pid = ? WHERE key = ?", (pid, self.key))

    def write(self, text: str, source: str = "stderr") -> None:
        """Append lines: to the job's log, and with their time to the task's output."""
        for line in text.splitlines() or [""]:
            moment = now()
            self._store.change(
                "INSERT OR IGNORE INTO job_lines SELECT key, ?, ?, ?, ? FROM jobs WHERE key = ?",
                (self._number, source, moment, line, self.key),
            )
            self._number += 1
            if self._write_line is not None:
                self._write_line(f"{log_time(moment)} {line}")

    def write_opening(self, settings: Settings, folder: Path, *, variant: bool) -> None:
        """Write the lines that Connect's jobs begin with."""
        say = self.write
        say(f"[rsc-session] Content GUID: {self._content['guid']}")
        say(f"[rsc-session] Content ID: {self._content['id']}")
        say(f"[rsc-session] Bundle ID: {self._bundle['id']}")
        if variant:
            say(f"[rsc-session] Variant ID: {self._content['id']}")
        say(f"[rsc-session] Job Key: {self.key}")
        if variant:
            say(f"Running on host: {socket.gethostname()}")
        say(f"Operating system: {platform.platform(terse=True)}")
        say(f"Running as user: uid={os.getuid()}({_user_name()}) gid={os.getgid()}")
        say(f"Connect version: {settings.version_text}")
        say(f"LANG: {os.environ.get('LANG', 'C.UTF-8')}")
        say(f"Working directory: {folder}")

    def end(self, exit_code: int, error: str | None = None) -> None:
        """Note how the job ended: being finalized (1), then finalized (2)."""
        self._store.change(
            "UPDATE jobs SET status = 1, exit_code = ?, heartbeat_time = ?, error = ? WHERE key = ?",
            (exit_code, now(), error, self.key),
        )
        self._store.change("UPDATE jobs SET status = 2, end_time = ? WHERE key = ?", (now(), self.key))


def log_time(moment: str) -> str:
    """Return a stored time as the lines of Connect's task output have it: ``2024/03/05 09:30:10.545506553``."""
    return moment.rstrip("Z").replace("-", "/").replace("T", " ")


def job_object(job: Row, content: Row, version: tuple[int, ...]) -> dict[str, Any]:
    """Return a job as the v1 API shows it."""
    pid = str(job["pid"]) if job["pid"] is not None else None
    answer: dict[str, Any] = {
        "id": str(job["id"]),
        "ppid": pid,
        "pid": pid,
        "key": job["key"],
        "remote_id": None,
        "app_id": str(content["id"]),
        "variant_id": str(content["id"]),
        "bundle_id": str(job["bundle_id"]),
        "start_time": seconds(job["start_time"]),
        "end_time": seconds(job["end_time"]),
        "last_heartbeat_time": seconds(job["heartbeat_time"]),
        "queued_time": seconds(job["queued_time"]),
        "queue_name": "default" if job["queued_time"] else None,
        "tag": job["tag"],
        "exit_code": job["exit_code"],
        "status": job["status"],
        "hostname": socket.gethostname(),
        "cluster": "Local",
        "image": "Local",
        "run_as": _user_name(),
    }
    if version >= (2025, 1):
        answer |= {"content_id": str(content["id"]), "content_guid": content["guid"]}
    if version >= (2026,):
        answer |= {"variant_key": content["variant_key"], "error": job["error"], "skip_reason": job["skip_reason"]}
    return answer


def skip_job(store: Store, content: Row, bundle: Row, reason: str, *, scheduled: str | None = None) -> None:
    """Note a rendering that is not run, and when its schedule wanted it."""
    moment = now()
    tag = "build_jupyter" if content["app_mode"] == "jupyter-static" else "build_report"
    store.change(
        "INSERT INTO jobs (key, content_guid, bundle_id, tag, start_time, end_time, heartbeat_time, status,"
        " skip_reason, scheduled_time) VALUES (?, ?, ?, ?, ?, ?, ?, 3, ?, ?)",
        (new_key(), content["guid"], bundle["id"], tag, moment, moment, moment, reason, scheduled),
    )


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
