"""Interactive content: one process for each bundle that somebody looks at, stopped when nobody does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shutil
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from ...runner.environments import kernel_folder
from ...runner.ports import free_port
from ...runner.processes import SupervisedProcess, clean_environment
from ..store.database import Row
from .app_commands import APP_MODES, AppMode, available_modes
from .context import Runtime
from .environments import kernel_python
from .job_log import JobLog

START_LIMIT = 90.0
FOREVER = 10.0**9


class AppFailed(Exception):  # noqa: N818 - it becomes a page, it is not a fault of this program
    """An application did not start."""


@dataclass
class App:
    """A running application.

    Attributes:
        token: Part of its addresses; whoever may see the content learns it from the page.
        base: Path of its addresses, with slashes at both ends.
        visitors: How many requests and WebSockets are open; an application with visitors is not idle.
    """

    content_guid: str
    bundle_id: int
    token: str
    base: str
    port: int
    job: JobLog
    process: SupervisedProcess
    folder: Path
    secret: str
    mode: AppMode
    used: float = field(default_factory=time.monotonic)
    visitors: int = 0

    def leave(self) -> None:
        """Note that a visitor has gone; idleness counts from now."""
        self.visitors -= 1
        self.used = time.monotonic()

    def address(self, path: str, query: str, *, scheme: str = "http") -> str:
        """Return where the process answers a path below the base."""
        before = "/" if self.mode.strips_base else self.base
        return f"{scheme}://127.0.0.1:{self.port}{before}{path}" + (f"?{query}" if query else "")


class Apps:
    """All running applications."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._settings, self._store = runtime.settings, runtime.store
        self.modes = available_modes(restores=runtime.settings.python == "venv")
        self._apps: dict[int, App] = {}
        self._starting: dict[int, asyncio.Lock] = {}
        self._reaper: asyncio.Task[None] | None = None

    async def visit(self, content: Row, bundle: Row) -> App:
        """Return the application of a bundle, started if it is not running; raises `AppFailed`."""
        lock = self._starting.setdefault(bundle["id"], asyncio.Lock())
        async with lock:
            app = self._apps.get(bundle["id"])
            if app is None or not app.process.running:
                loop = asyncio.get_running_loop()
                app = await loop.run_in_executor(None, self._start, content, bundle)
                self._apps[bundle["id"]] = app
                app.visitors += 1
                try:
                    await self._wait_for(app)
                finally:
                    app.leave()
                if self._reaper is None:
                    self._reaper = loop.create_task(self._stop_idle())
        app.used = time.monotonic()
        return app

    def find(self, content_guid: str, token: str) -> App | None:
        """Return the running application that an address belongs to."""
        for app in list(self._apps.values()):
            if app.content_guid == content_guid and secrets.compare_digest(app.token.encode(), token.encode()):
                app.used = time.monotonic()
                return app if app.process.running else None
        return None

    def stop(self, content_guid: str, bundle_id: int | None = None) -> None:
        """End the applications of a content, or of one of its bundles."""
        for app in list(self._apps.values()):
            if app.content_guid == content_guid and bundle_id in (None, app.bundle_id):
                app.process.stop()

    def stop_job(self, key: str) -> bool:
        """End the application that a job is about; False when there is none."""
        for app in list(self._apps.values()):
            if app.job.key == key and app.process.running:
                app.process.stop()
                return True
        return False

    def stop_all(self) -> None:
        """End all applications."""
        for app in list(self._apps.values()):
            app.process.stop()

    def _start(self, content: Row, bundle: Row) -> App:
        metadata = json.loads(bundle["inspection"])["manifest"]["metadata"]
        mode = APP_MODES[metadata["appmode"]]
        job = JobLog(self._store, content, bundle, mode.tag, None)
        source = self._store.rendered(content["guid"], bundle["id"])
        job.write_opening(self._settings, source, variant=True)
        folder = self._store.folder / "runs" / job.key
        token, secret, port = secrets.token_urlsafe(12), secrets.token_urlsafe(24), free_port()
        base = f"{self._settings.prefix}/content/{content['guid']}/_t/{token}/"
        home = folder / "home"
        home.mkdir(parents=True)
        python = kernel_python(self._store.folder, bundle["environment"])
        own = {"JUPYTER_CONFIG_DIR": str(_write_config(folder, secret)), "JUPYTER_RUNTIME_DIR": str(home / "runtime")}
        entrypoint = metadata.get("entrypoint") or metadata.get("primary_document") or ""
        if metadata["appmode"] == "jupyter-voila":  # a program of the sandbox; its kernels are the content's
            kernel_folder(folder / "jupyter", python, source / entrypoint)
            own["JUPYTER_PATH"] = str(folder / "jupyter")
            python = Path(sys.executable)
        environment = clean_environment(home, {**own, **self._runtime.content_variables(content["guid"])})
        command = mode.command(python, entrypoint, port=port, base=base)
        process = SupervisedProcess(command, environment=environment, cwd=source)
        job.set_pid(process.pid)
        app = App(content["guid"], bundle["id"], token, base, port, job, process, folder, secret, mode)
        threading.Thread(target=self._follow, args=[app], daemon=True, name="app").start()
        return app

    def _follow(self, app: App) -> None:
        with contextlib.suppress(Exception):  # the store may be closed while the server ends
            code = app.process.follow(app.job.write, limit=FOREVER)
            app.job.end(code)
        if self._apps.get(app.bundle_id) is app:
            self._apps.pop(app.bundle_id, None)
        shutil.rmtree(app.folder, ignore_errors=True)

    async def _wait_for(self, app: App) -> None:
        limit = time.monotonic() + START_LIMIT
        while app.process.running and time.monotonic() < limit:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", app.port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            return
        app.process.stop()
        raise AppFailed("The application did not start. The reason is in its log.")

    async def _stop_idle(self) -> None:
        while True:
            await asyncio.sleep(min(5.0, self._settings.idle_limit / 4))
            for app in list(self._apps.values()):
                if app.visitors == 0 and time.monotonic() - app.used > self._settings.idle_limit:
                    app.process.stop()


def _write_config(folder: Path, secret: str) -> Path:
    config = folder / "config"
    config.mkdir(parents=True)
    path = config / "voila.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"Voila": {"token": secret}}), encoding="utf-8")
    return config
