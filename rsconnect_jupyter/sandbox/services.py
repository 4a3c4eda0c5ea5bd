"""The parts of a running sandbox, put together."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from .runtime.apps import Apps
from .runtime.context import Runtime
from .runtime.deployment_queue import DeploymentQueue
from .runtime.environment_restore import remove_incomplete
from .runtime.processes import Processes
from .runtime.tasks import Tasks
from .settings import Settings
from .sign_in_links import SignInLinks
from .store.accounts import add_ready_users
from .store.database import Store
from .store.oauth import forget_ended
from .store.variables import Variables


class Services:
    """Everything that requests work with; lives as long as the server.

    Args:
        loop: The event loop that answers requests.
    """

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop) -> None:
        self.settings = settings
        self.store = Store(settings.data)
        self.store.sweep()
        forget_ended(self.store)
        remove_incomplete(self.store)
        self.variables = Variables(settings.data / "variables")
        self.tasks = Tasks(self.store, loop)
        self.tasks.fail_unfinished()
        processes = Processes(settings.run_limit)
        self.runtime = Runtime(settings, self.store, self.variables, self.tasks, processes)
        self.apps = Apps(self.runtime)
        self.deployments = DeploymentQueue(self.runtime, on_replaced=self.apps.stop)
        self.admin_key = add_ready_users(self.store, settings.api_key)
        self.sign_in_links = SignInLinks()
        self.workers = ThreadPoolExecutor(16, thread_name_prefix="request")

    def close(self) -> None:
        """End all runs and close the store."""
        self.apps.stop_all()
        self.deployments.stop()
        self.tasks.fail_unfinished()
        self.workers.shutdown(wait=True, cancel_futures=True)
        self.store.close()
