"""The parts of a running sandbox, put together."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from ..models import Secret
from .accounts import ready_users
from .apps import Apps
from .faults import Faults
from .restoring import forget_broken
from .runner import Runner
from .settings import Settings
from .store import Store
from .tasks import Tasks
from .variables import Variables


class Engine:
    """Everything that requests work with; lives as long as the server.

    Args:
        loop: The event loop that answers requests.
    """

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop) -> None:
        self.settings = settings
        self.faults = Faults(settings.allow_faults)
        self.store = Store(settings.data)
        self.store.sweep()
        forget_broken(self.store)
        self.variables = Variables(settings.data / "variables")
        self.tasks = Tasks(self.store, loop)
        self.tasks.fail_unfinished()
        self.runner = Runner(settings, self.store, self.tasks, self.variables)
        self.apps = Apps(settings, self.store, self.variables)
        self.runner.on_replaced = self.apps.stop
        self.admin_key: Secret = ready_users(self.store, settings.api_key)
        self.workers = ThreadPoolExecutor(16, thread_name_prefix="call")

    def close(self) -> None:
        """End all runs and close the store."""
        self.apps.stop_all()
        self.runner.stop()
        self.tasks.fail_unfinished()
        self.workers.shutdown(wait=True, cancel_futures=True)
        self.store.close()
