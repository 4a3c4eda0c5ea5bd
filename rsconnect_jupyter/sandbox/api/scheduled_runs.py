"""Runs schedules when their time has come: renders as the content's owner, and mails."""

from __future__ import annotations

import asyncio
import datetime
import threading
from collections.abc import Iterator

from ..api_errors import ApiError
from ..clock import CLOCK
from ..runtime.job_log import skip_job
from ..runtime.recurrence import UTC, read_recurrence
from ..services import Services
from ..store.accounts import account_of_user
from ..store.bundles import chosen_bundle
from ..store.database import Row
from ..store.schedules import addresses, send_mail
from .deployments import deploy_bundle
from .schedules import written

PAUSE = 1.0
LOCKED = "The content is locked."
_LOCK = threading.Lock()


async def run_forever(services: Services) -> None:
    """Look every second what is due."""
    while True:
        await asyncio.sleep(PAUSE)
        await asyncio.get_running_loop().run_in_executor(services.workers, run_due, services)


def run_due(services: Services, *, forward: float = 0.0) -> list[str]:
    """Start what is due, and return the tasks: each schedule once, however often it was due since the last look.

    `forward` moves the clock first.
    """
    with _LOCK:
        CLOCK.move(forward)
        return [task for task in _start_due(services, datetime.datetime.fromtimestamp(CLOCK.seconds(), UTC)) if task]


def _start_due(services: Services, now: datetime.datetime) -> Iterator[str | None]:
    for schedule in services.store.rows("SELECT * FROM schedules WHERE next_run <= ?", (written(now),)):
        start = datetime.datetime.fromisoformat(schedule["start_time"].replace("Z", "+00:00"))
        rule = read_recurrence(schedule["type"], schedule["schedule"], start=start, zone=schedule["timezone"])
        following = "UPDATE schedules SET next_run = ? WHERE id = ? AND next_run = ?"
        values = (written(rule.next_run(now)), schedule["id"], schedule["next_run"])
        if services.store.change(following, values):
            yield _start(services, schedule)


def _start(services: Services, schedule: Row) -> str | None:
    store, due = services.store, schedule["next_run"]
    row = store.row("SELECT * FROM content WHERE guid = ?", (schedule["content_guid"],))
    if row is None or row["bundle_id"] is None:
        return None
    bundle = chosen_bundle(store, row, str(row["bundle_id"]))
    if row["locked"]:
        skip_job(store, row, bundle, LOCKED, scheduled=due)
        return None

    def ended(succeeded: bool) -> None:  # noqa: FBT001 - a callback's only argument
        _mail(services, row, schedule, succeeded=succeeded)

    try:
        owner = account_of_user(store, row["owner_guid"])
        if owner is not None:
            keep = bool(schedule["activate"])
            return deploy_bundle(
                services, owner, row, str(bundle["id"]), again=True, keep=keep, scheduled=due, on_end=ended
            )
    except ApiError as refusal:  # such as a locked owner, or a kind of content that is not offered any more
        skip_job(store, row, bundle, refusal.message, scheduled=due)
    return None


def _mail(services: Services, row: Row, schedule: Row, *, succeeded: bool) -> None:
    """Mail the page to its editors if the schedule says so, and always that a run failed."""
    if succeeded and not (schedule["email"] and schedule["activate"]):
        return
    title = row["title"] or row["name"]
    subject = title if succeeded else f"Failed to render: {title}"
    where = f"{services.runtime.root}/content/{row['guid']}/"
    logs = f"{services.runtime.root}/connect/#/apps/{row['guid']}/logs"
    to = addresses(services.store, row, viewers=False)
    send_mail(services.store, row, to, subject, where if succeeded else logs)
