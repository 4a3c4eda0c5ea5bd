"""Deployments: unpack, restore, run, render, activate. Each is one task; two run at a time, the rest waits in line."""

from __future__ import annotations

import json
import shutil
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .accounts import Account
from .archives import unpack_archive
from .bundles import bundle_limits
from .codes import Refusal
from .environments import BuildFailed, Environment, kernel_folder, kernel_python
from .jobs import JobLog
from .processes import PACKAGE_ROOT, TIMED_OUT, LeashedProcess, clean_environment
from .restoring import restore
from .settings import Settings
from .store import Row, Store, now
from .tasks import Tasks
from .variables import Variables

HEADINGS = {
    "jupyter-static": ("Building Jupyter notebook...", "Launching Jupyter notebook..."),
    "jupyter-voila": ("Building Jupyter Voila application...", "Launching Jupyter Voila application..."),
    "quarto-static": ("Building Quarto document...", "Launching Quarto document..."),
    "static": ("Building static content...", "Launching static content..."),
}


class Runner:
    """Carries out deployments in threads of its own; processes do the work."""

    def __init__(self, settings: Settings, store: Store, tasks: Tasks, variables: Variables) -> None:
        self._settings = settings
        self._store = store
        self._tasks = tasks
        self._variables = variables
        self._pool = ThreadPoolExecutor(settings.parallel_runs, thread_name_prefix="run")
        self._processes: dict[str, LeashedProcess] = {}
        self._lock = threading.Lock()
        self._stopping = False
        self.root = ""

    def deploy(
        self, account: Account, content: Row, bundle: Row, manifest: dict[str, Any], *, activate: bool = True,
        render: bool = True,
    ) -> str:  # fmt: skip
        """Queue a deployment and return its task id.

        Args:
            account: Who deploys.
            content: The content's row.
            bundle: The bundle's row.
            manifest: The bundle's manifest, checked.
            activate: False leaves the active bundle as it is (a draft).
            render: False only restores the environment.
        """
        task_id = self._tasks.start(account, content_guid=content["guid"], bundle_id=bundle["id"])
        run = _Run(self, task_id, content, bundle, manifest, activate=activate, render=render)
        self._pool.submit(run.carry_out)
        return task_id

    def cancel_job(self, key: str) -> bool:
        """End a running job; False when it is not running."""
        with self._lock:
            process = self._processes.get(key)
        if process is None:
            return False
        process.stop()
        return True

    def stop(self) -> None:
        """End all runs and take no more."""
        self._stopping = True
        with self._lock:
            running = list(self._processes.values())
        for process in running:
            process.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def run_process(self, job: JobLog, command: list[str], environment: dict[str, str], cwd: Path) -> int:
        """Run one process of a job, its output into the job's log; return its exit code."""
        if self._stopping:
            return 137
        process = LeashedProcess(command, environment=environment, cwd=cwd)
        job.set_pid(process.pid)
        with self._lock:
            self._processes[job.key] = process
        try:
            return process.follow(job.write, limit=self._settings.run_limit)
        finally:
            with self._lock:
                self._processes.pop(job.key, None)


class _Run:
    """One deployment."""

    def __init__(
        self, runner: Runner, task_id: str, content: Row, bundle: Row, manifest: dict[str, Any], *, activate: bool,
        render: bool,
    ) -> None:  # fmt: skip
        self.runner = runner
        self.task_id = task_id
        self.content = content
        self.bundle = bundle
        self.manifest = manifest
        self.activate = activate
        self.render = render
        self.mode: str = manifest["metadata"]["appmode"]
        self.folder = runner._store.folder / "runs" / task_id
        self.environment: Environment | None = None

    def write(self, line: str) -> None:
        self.runner._tasks.write(self.task_id, line)

    def carry_out(self) -> None:
        """Run the deployment to its end, whatever happens."""
        tasks = self.runner._tasks
        try:
            self._build()
            if self.render:
                self._launch()
                self._keep()
            tasks.finish(self.task_id)
        except BuildFailed as failure:
            result = {"type": "build-failed-error", "data": failure.result}
            tasks.finish(self.task_id, code=1, error=failure.error, result=result)
        except _RenderFailed as failure:
            tasks.finish(self.task_id, code=1, error=str(failure))
        except Refusal as failure:
            self.write(failure.message)
            tasks.finish(self.task_id, code=1, error=failure.message)
        except Exception as failure:  # noqa: BLE001 - a task must end, and say why
            sys.stderr.write(traceback.format_exc())
            self.write(f"The sandbox itself failed: {failure!r}")
            tasks.finish(self.task_id, code=1, error="An internal failure occurred.")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _build(self) -> None:
        self.write(HEADINGS[self.mode][0])
        self.folder.mkdir(parents=True)
        source = self.folder / "app"
        unpack_archive(self.runner._store.bundle_file(self.bundle["id"]), source, bundle_limits(self.runner._settings))
        if self.mode != "static":
            self.environment = restore(self, source)

    def _launch(self) -> None:
        self.write(HEADINGS[self.mode][1])
        source, target = self.folder / "app", self.folder / "site"
        if self.mode in ("static", "jupyter-voila"):
            source.rename(target)
        elif self.mode == "jupyter-static":
            target.mkdir()
            self._render_notebook(source, target)
        else:
            raise BuildFailed(f"This server cannot run {self.mode} content yet.")

    def _render_notebook(self, source: Path, target: Path) -> None:
        job = self.start_job("build_jupyter")
        entrypoint = self.manifest["metadata"].get("entrypoint")
        if not entrypoint or not self.manifest.get("files"):
            # Connect hands nbconvert an empty file name here, and the task fails.
            job.write("[NbConvertApp] WARNING | pattern '' matched no files")
            job.end(255)
            raise _RenderFailed(255)
        hide = self.manifest.get("jupyter") or {}
        notebook = source / entrypoint
        order = {
            "notebook": str(notebook),
            "folder": str(notebook.parent),
            "output": str(target / "index.html"),
            "kernel": "python3",
            "title": self.content["title"] or notebook.stem,
            "hide_all_input": bool(hide.get("hide_all_input")),
            "hide_tagged_input": bool(hide.get("hide_tagged_input")),
        }
        (self.folder / "order.json").write_text(json.dumps(order), encoding="utf-8")
        python = kernel_python(self.runner._store.folder, self.environment.name if self.environment else None)
        kernel_folder(self.folder / "jupyter", python, notebook)
        command = [sys.executable, "-m", "rsconnect_jupyter.sandbox.rendering", str(self.folder / "order.json")]
        self.run(job, command, cwd=PACKAGE_ROOT)

    def run(self, job: JobLog, command: list[str], *, cwd: Path) -> None:
        """Run a process of this deployment to its end; raises when it fails."""
        code = self.runner.run_process(job, command, self._variables(), cwd)
        if code == TIMED_OUT:
            job.write(f"The run took longer than {self.runner._settings.run_limit:g} seconds and was stopped.")
        job.end(code)
        if code:
            raise _RenderFailed(code)

    def _variables(self) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        own = {
            "JUPYTER_PATH": str(self.folder / "jupyter"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "CONNECT_SERVER": self.runner.root,
            "CONNECT_CONTENT_GUID": self.content["guid"],
        }
        return clean_environment(home, {**own, **self.runner._variables.values(self.content["guid"])})

    def start_job(self, tag: str) -> JobLog:
        """Begin a job of this deployment and write its opening lines."""
        job = JobLog(self.runner._store, self.content, self.bundle, tag, self.write)
        job.write_opening(self.runner._settings, self.folder / "app", variant=tag == "build_jupyter")
        return job

    def _keep(self) -> None:
        """Put the page where readers get it and make the bundle the active one: all in one transaction."""
        store = self.runner._store
        target = store.rendered(self.content["guid"], self.bundle["id"])
        kept = target.with_name(target.name + ".part")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(kept, ignore_errors=True)
        shutil.move(self.folder / "site", kept)
        managed = self.environment.managed if self.environment else None
        version = self.environment.version if self.environment else None
        with store.transaction() as write:
            if store.row("SELECT 1 FROM bundles WHERE id = ?", (self.bundle["id"],)) is None:
                shutil.rmtree(kept, ignore_errors=True)
                raise Refusal(4, "The content was deleted while it was deployed.")
            write.execute(
                "UPDATE bundles SET built = 1, py_version = ?, py_environment_management = ?, environment = ?,"
                " packages = ? WHERE id = ?",
                (version, managed, self.environment.name if self.environment else None,
                 json.dumps(self.environment.packages if self.environment else []), self.bundle["id"]),
            )  # fmt: skip
            if self.activate:
                activate_bundle(store, self.content["guid"], self.bundle["id"], self.manifest)
            old = target.with_name(f"{target.name}.old-{time.time_ns()}")
            if target.exists():
                target.rename(old)
            kept.rename(target)
        shutil.rmtree(old, ignore_errors=True)


class _RenderFailed(Exception):  # noqa: N818
    """A process of a run ended with a failure."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Unable to render: Rendering exited abnormally: exit status {code}")


def activate_bundle(store: Store, content_guid: str, bundle_id: int, manifest: dict[str, Any]) -> None:
    """Make a built bundle the one that readers see, and the content what the bundle's manifest says."""
    metadata = manifest["metadata"]
    store.change(
        "UPDATE content SET bundle_id = ?, app_mode = ?, content_category = ?, parameterized = ?,"
        " last_deployed_time = ?, py_version = bundle.py_version, quarto_version = bundle.quarto_version,"
        " py_environment_management = bundle.py_environment_management"
        " FROM (SELECT * FROM bundles WHERE id = ?) AS bundle WHERE content.guid = ?",
        (bundle_id, metadata["appmode"], metadata.get("content_category") or "",
         int(bool(metadata.get("has_parameters"))), now(), bundle_id, content_guid),
    )  # fmt: skip
