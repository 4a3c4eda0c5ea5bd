"""One deployment: unpack, restore, run, render, activate."""

from __future__ import annotations

import json
import shutil
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .archives import unpack_archive
from .bundles import bundle_limits
from .codes import Refusal
from .environments import BuildFailed, Environment, kernel_folder, kernel_python
from .jobs import JobLog
from .processes import PACKAGE_ROOT, TIMED_OUT, clean_environment
from .quarto import QUARTO_OPTIONS, check_quarto, document_to_render, quarto_version
from .restoring import restore
from .store import Row, Store, now

if TYPE_CHECKING:
    from .runner import Runner

HEADINGS = {
    "jupyter-static": ("Building Jupyter notebook...", "Launching Jupyter notebook..."),
    "jupyter-voila": ("Building Jupyter Voila application...", "Launching Jupyter Voila application..."),
    "quarto-static": ("Building Quarto document...", "Launching Quarto document..."),
    "static": ("Building static content...", "Launching static content..."),
}


class Deployment:
    """One deployment."""

    def __init__(
        self, runner: Runner, task_id: str, content: Row, bundle: Row, manifest: dict[str, Any], *, activate: bool,
        render: bool,
    ) -> None:  # fmt: skip
        self.runner = runner
        self.store = runner.store
        self.settings = runner.settings
        self.task_id = task_id
        self.content = content
        self.bundle = bundle
        self.manifest = manifest
        self.activate = activate
        self.render = render
        self.mode: str = manifest["metadata"]["appmode"]
        self.folder = runner.store.folder / "runs" / task_id
        self.environment: Environment | None = None

    def write(self, line: str) -> None:
        """Add a line to the task's output."""
        self.runner.tasks.write(self.task_id, line)

    def carry_out(self) -> None:
        """Run the deployment to its end, whatever happens; nothing of the run is left when its task has ended."""
        ending = self._attempt()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.runner.tasks.finish(self.task_id, **ending)

    def _attempt(self) -> dict[str, Any]:
        """Run it, and return how the task ends."""
        try:
            self._build()
            if self.render:
                self._launch()
                self._keep()
        except BuildFailed as failure:
            result = {"type": "build-failed-error", "data": failure.result}
            return {"code": 1, "error": failure.error, "result": result}
        except _RenderFailed as failure:
            return {"code": 1, "error": str(failure)}
        except Refusal as failure:
            self.write(failure.message)
            return {"code": 1, "error": failure.message}
        except Exception as failure:  # noqa: BLE001 - a task must end, and say why
            sys.stderr.write(traceback.format_exc())
            shutil.rmtree(self.folder, ignore_errors=True)  # on a full disk this makes room for the words below
            self.write(f"The sandbox itself failed: {failure!r}")
            return {"code": 1, "error": "An internal failure occurred."}
        return {}

    @property
    def run_process(self) -> Callable[..., int]:
        """Run a process of this deployment; see `Runner.run_process`."""
        return self.runner.run_process

    def _build(self) -> None:
        self.write(HEADINGS[self.mode][0])
        self.folder.mkdir(parents=True)
        source = self.folder / "app"
        unpack_archive(self.store.bundle_file(self.bundle["id"]), source, bundle_limits(self.settings))
        if self.mode == "quarto-static":
            check_quarto(self.manifest, self.write)
        if self.mode != "static" and (self.mode != "quarto-static" or self.manifest.get("python")):
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
            target.mkdir()
            self._render_document(source, target)

    def _render_document(self, source: Path, target: Path) -> None:
        job = self.start_job("build_report")
        document = document_to_render(self.manifest, source)
        if document is None:
            job.write("ERROR: The bundle has no document that Quarto can render.")
            job.end(1)
            raise _RenderFailed(1)
        self.run(job, ["quarto", "render", document, *QUARTO_OPTIONS], cwd=source)
        page = (source / document).with_suffix(".html")
        if not page.is_file():
            job.write(f"ERROR: Quarto did not write {page.name}.")
            raise _RenderFailed(1)
        page.rename(target / "index.html")

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
            "root": str(source),
            "output": str(target / "index.html"),
            "kernel": "python3",
            "title": self.content["title"] or notebook.stem,
            "hide_all_input": bool(hide.get("hide_all_input")),
            "hide_tagged_input": bool(hide.get("hide_tagged_input")),
        }
        (self.folder / "order.json").write_text(json.dumps(order), encoding="utf-8")
        python = kernel_python(self.store.folder, self.environment.name if self.environment else None)
        kernel_folder(self.folder / "jupyter", python, notebook)
        command = [sys.executable, "-m", "rsconnect_jupyter.sandbox.rendering", str(self.folder / "order.json")]
        self.run(job, command, cwd=PACKAGE_ROOT)

    def run(self, job: JobLog, command: list[str], *, cwd: Path) -> None:
        """Run a process of this deployment to its end; raises when it fails."""
        code = self.runner.run_process(job, command, self._variables(), cwd)
        if code == TIMED_OUT:
            job.write(f"The run took longer than {self.settings.run_limit:g} seconds and was stopped.")
        job.end(code)
        if code:
            raise _RenderFailed(code)

    def _variables(self) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        own = {
            "JUPYTER_PATH": str(self.folder / "jupyter"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "QUARTO_PYTHON": str(self.environment.python if self.environment else sys.executable),
            "CONNECT_SERVER": self.runner.root,
            "CONNECT_CONTENT_GUID": self.content["guid"],
        }
        return clean_environment(home, {**own, **self.runner.variables.values(self.content["guid"])})

    def start_job(self, tag: str) -> JobLog:
        """Begin a job of this deployment and write its opening lines."""
        job = JobLog(self.store, self.content, self.bundle, tag, self.write)
        job.write_opening(self.settings, self.folder / "app", variant=tag == "build_jupyter")
        return job

    def _keep(self) -> None:
        """Put the page where readers get it and make the bundle the active one: all in one transaction."""
        store = self.store
        target = store.rendered(self.content["guid"], self.bundle["id"])
        kept = target.with_name(target.name + ".part")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(kept, ignore_errors=True)
        shutil.move(self.folder / "site", kept)
        old = target.with_name(f"{target.name}.old-{time.time_ns()}")
        with store.transaction():
            content = store.row("SELECT * FROM content WHERE guid = ?", (self.content["guid"],))
            if content is None or not self._note_built():
                shutil.rmtree(kept, ignore_errors=True)
                raise Refusal(4, "The content or its bundle was deleted while it was deployed.")
            if self.activate:
                if content["app_mode"] not in ("unknown", self.mode):
                    raise Refusal(48)
                activate_bundle(store, self.content["guid"], self.bundle["id"], self.manifest)
            if target.exists():
                target.rename(old)
            kept.rename(target)
        shutil.rmtree(old, ignore_errors=True)
        self.runner.replaced(self.content["guid"], self.bundle["id"])

    def _note_built(self) -> int:
        environment = self.environment
        return self.store.change(
            "UPDATE bundles SET built = 1, quarto_version = ?, py_version = ?, py_environment_management = ?,"
            " environment = ?, packages = ? WHERE id = ?",
            (
                quarto_version() if self.mode == "quarto-static" else None,
                environment.version if environment else None,
                environment.managed if environment else None,
                environment.name if environment else None,
                json.dumps(environment.packages if environment else ()),
                self.bundle["id"],
            ),
        )


class _RenderFailed(Exception):  # noqa: N818
    """A process of a run ended with a failure."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Unable to render: Rendering exited abnormally: exit status {code}")


def activate_bundle(store: Store, content_guid: str, bundle_id: int, manifest: dict[str, Any]) -> None:
    """Make a built bundle the one that readers see, and the content what the bundle's manifest says."""
    metadata = manifest["metadata"]
    bundle = store.row("SELECT * FROM bundles WHERE id = ?", (bundle_id,)) or {}
    columns = {
        "bundle_id": bundle_id,
        "app_mode": metadata["appmode"],
        "content_category": metadata.get("content_category") or "",
        "parameterized": int(bool(metadata.get("has_parameters"))),
        "last_deployed_time": now(),
        **{name: bundle[name] for name in ("py_version", "quarto_version", "py_environment_management")},
    }
    assignments = ", ".join(f"{name} = ?" for name in columns)
    store.change(f"UPDATE content SET {assignments} WHERE guid = ?", (*columns.values(), content_guid))  # noqa: S608
