"""A deployment seen through its jobs, for when the answer that named its task was lost.

Connect offers no way to find a task again. Its jobs (2022.10 and later) carry the bundle they run and their own logs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import astuple

from ..errors import NotFoundError
from ..models import Content
from ..translation import _
from .app_modes import FINISHED
from .parsing import as_number, as_text

Job = Mapping[str, Any]

POLL_PAUSES = (0.0, 0.25, 0.25, 0.5, 1.0)
"""Seconds before each poll for a deployment, which may not be visible at once."""

_RESTORES = ("python_restore", "packrat_restore")
_SKIPPED = 3


class UntrackedDeployment(msgspec.Struct, frozen=True):
    """A deployment without a known task. Its text takes the place of the task's id inside this package.

    Attributes:
        goal: ``"active"`` when the bundle is meant to become the active one, else ``"draft"``.
        since: When it was asked for, RFC 3339 UTC by the server's clock; empty when that is not known.
    """

    guid: str
    bundle_id: str
    goal: str
    since: str

    def __str__(self) -> str:
        return "/".join(("jobs", *astuple(self)))


def parse_untracked(task_id: str) -> UntrackedDeployment | None:
    """Return the deployment that a text names; None for the id of a real task."""
    parts = task_id.split("/")
    return UntrackedDeployment(*parts[1:]) if len(parts) == 5 and parts[0] == "jobs" else None


class TaskRef(str):
    """Names a deployment to follow: a task's id, or an `UntrackedDeployment` where the answer with the id was lost."""

    __slots__ = ()

    @property
    def public_id(self) -> str:
        """The id of a real task; empty when it is not known."""
        return "" if parse_untracked(self) else str(self)


class JobTracker:
    """Finds and describes runs.

    Args:
        get: Returns the parsed JSON of a path below ``__api__``.
        content: Returns an item as it is now.
        wait: Pauses for some seconds.
    """

    def __init__(
        self, get: Callable[[str], Any], content: Callable[[str], Content], wait: Callable[[float], None]
    ) -> None:
        self._get, self._content, self._wait = get, content, wait

    def find(self, deployment: UntrackedDeployment) -> TaskRef | None:
        """Return a reference to `deployment` when the server shows that it runs or ran, else None."""
        for seconds in POLL_PAUSES:
            self._wait(seconds)
            if self._jobs(deployment):
                return TaskRef(deployment)
            content = self._content(deployment.guid)
            if deployment.goal == "active" and content.bundle_id == deployment.bundle_id:
                # Deploying finished documents runs no code: doing it again is harmless and brings back the log.
                return None if content.mode == FINISHED else TaskRef(deployment)
        return None

    def describe(self, deployment: UntrackedDeployment, first: int) -> dict[str, Any]:
        """Return `deployment` as v1 describes a task: lines of its jobs from `first` on, and whether it ended."""
        active = self._content(deployment.guid).bundle_id == deployment.bundle_id
        jobs = self._jobs(deployment)
        lines = [line for job in jobs for line in self._log(deployment, job)]
        finished, code = verdict(jobs, active=active, goal=deployment.goal)
        return {
            "output": lines[first:],
            "last": len(lines),
            "finished": finished,
            "code": code,
            "error": _reason(jobs) if code else "",
        }

    def _jobs(self, deployment: UntrackedDeployment) -> list[Job]:
        try:
            found = self._get(f"v1/content/{deployment.guid}/jobs")
        except NotFoundError:  # before 2022.10
            return []
        own = [each for each in found if _belongs(each, deployment)] if isinstance(found, list) else []
        return sorted(own, key=lambda each: (as_text(each.get("start_time")), as_number(each.get("id")) or 0))

    def _log(self, deployment: UntrackedDeployment, job: Job) -> list[str]:
        key = as_text(job.get("key"))
        log = self._get(f"v1/content/{deployment.guid}/jobs/{key}/log") if key.isalnum() else None
        entries = log.get("entries") if isinstance(log, Mapping) else None
        entries = entries if isinstance(entries, list) else []
        return [as_text(each.get("data")) for each in entries if isinstance(each, Mapping)]


def _belongs(job: Any, deployment: UntrackedDeployment) -> bool:
    return (
        isinstance(job, Mapping)
        and as_text(job.get("bundle_id")) == deployment.bundle_id
        and as_text(job.get("start_time"))[:19] >= deployment.since[:19]  # some servers write fractions of seconds
    )


def verdict(jobs: Sequence[Job], *, active: bool, goal: str) -> tuple[bool, int]:
    """Return ``(finished, exit code)`` of the deployment that has these jobs and whose bundle is `active` now."""
    if goal == "active" and active:
        return True, 0
    ran = [each for each in jobs if as_number(each.get("status")) != _SKIPPED]
    if any(as_number(each.get("status")) in (0, None) for each in ran):
        return False, 0
    failed = next((code for each in ran if (code := as_number(each.get("exit_code")))), 0)
    rendered = any(_renders(each) for each in ran)
    if not rendered and any(_renders(each) for each in jobs):
        return True, failed or 1  # skipped: the server does not try again
    return bool(failed) or (goal == "draft" and rendered), failed


def _renders(job: Job) -> bool:
    return as_text(job.get("tag")) not in _RESTORES


def _reason(jobs: Sequence[Job]) -> str:
    reasons = (as_text(each.get(key)) for key in ("skip_reason", "error") for each in jobs)
    return next(filter(None, reasons), _("The server could not run the content."))
