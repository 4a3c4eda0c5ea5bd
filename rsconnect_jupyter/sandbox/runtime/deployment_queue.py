"""The queue of deployments: each is one task, a few run at a time, the rest waits in line."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..store.accounts import Account
from ..store.database import Row, now
from .build import Build
from .context import Runtime
from .deployment import Deployment
from .job_log import Scheduled, skip_job

QUEUED = "The same rendering is already queued."


class DeploymentQueue:
    """Carries out deployments in threads of its own; processes do the work.

    Args:
        on_replaced: Called with content GUID and bundle id when a bundle's files are new.
    """

    def __init__(self, runtime: Runtime, *, on_replaced: Callable[[str, int], None]) -> None:
        self._runtime = runtime
        self._on_replaced = on_replaced
        self._waiting: set[int] = set()
        self._pool = ThreadPoolExecutor(runtime.settings.parallel_runs, thread_name_prefix="deployment")

    def deploy(
        self,
        account: Account,
        content: Row,
        bundle: Row,
        manifest: dict[str, Any],
        *,
        activate: bool = True,
        render: bool = True,
        again: bool = False,
        keep: bool = True,
        scheduled: str | None = None,
        on_end: Callable[[bool], None] | None = None,
    ) -> str:
        """Queue a deployment and return its task id.

        Args:
            account: Who deploys.
            content: The content's row.
            bundle: The bundle's row.
            manifest: The bundle's manifest, checked.
            activate: False leaves the active bundle as it is (a draft).
            render: False only restores the environment.
            again: True renders the active bundle once more; skipped while the same already waits.
            keep: False renders and throws the page away.
            scheduled: When a schedule wanted it; None when no schedule did.
            on_end: Called at its end, with whether it succeeded.
        """
        task_id = self._runtime.tasks.start(account, content_guid=content["guid"], bundle_id=bundle["id"])
        run = Scheduled(scheduled, now()) if scheduled else None
        build = Build(self._runtime, task_id, content, bundle, manifest, run)
        if again and bundle["id"] in self._waiting:
            skip_job(self._runtime.store, content, bundle, QUEUED, scheduled=scheduled)
            self._runtime.tasks.finish(task_id)
            return task_id
        if again:
            self._waiting.add(bundle["id"])
        deployment = Deployment(
            build, activate=activate, render=render, keep=keep, on_replaced=self._on_replaced, on_end=on_end
        )
        self._pool.submit(self._carry_out, deployment, bundle["id"])
        return task_id

    def _carry_out(self, deployment: Deployment, bundle_id: int) -> None:
        self._waiting.discard(bundle_id)
        deployment.carry_out()

    def stop(self) -> None:
        """End all runs and take no more."""
        self._runtime.processes.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
