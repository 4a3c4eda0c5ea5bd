"""Git repositories that are looked at again and again: a new revision is deployed as its owner would."""

from __future__ import annotations

import asyncio

from ..api_errors import ApiError
from ..runtime.git import newest_commit
from ..services import Services
from ..store.accounts import account_of_user
from .deployments import deploy_bundle
from .repository import fetch_bundle


async def poll_forever(services: Services) -> None:
    """Look at the repositories whenever the time between two polls has passed."""
    while True:
        await asyncio.sleep(services.settings.poll_interval)
        await asyncio.get_running_loop().run_in_executor(services.workers, poll_once, services)


def poll_once(services: Services) -> None:
    """Deploy what is new in the repositories that are polled; a failure is kept as the repository's last error."""
    for place in services.store.rows("SELECT * FROM repositories WHERE polling = 1"):
        row = services.store.row("SELECT * FROM content WHERE guid = ?", (place["content_guid"],))
        try:
            account = account_of_user(services.store, row["owner_guid"]) if row and not row["locked"] else None
            known = place["last_known_commit"]
            if row and account and newest_commit(place["repository"], place["branch"]) not in ("", known):
                deploy_bundle(services, account, row, fetch_bundle(services, account, row, place))
        except ApiError:
            continue
