"""One deployment: unpack, restore, run, render, activate."""

from __future__ import annotations

import json
import shutil
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from ..api_errors import ApiError
from ..store.archives import unpack_archive
from ..store.bundles import bundle_limits
from ..store.database import Store, now
from ..store.schedules import RENDERED, add_rendering
from .app_commands import APP_MODES
from .build import Build, RenderFailed
from .environment_restore import restore
from .environments import BuildFailed, Environment
from .quarto import check_quarto, quarto_version
from .rendering import render_document, render_notebook

NAMES = {
    "jupyter-static": "Jupyter notebook",
    "quarto-static": "Quarto document",
    "static": "static content",
    **{name: mode.title for name, mode in APP_MODES.items()},
}


class Deployment:
    """One deployment.

    Args:
        build: What to deploy.
        activate: False makes a draft.
        render: False only restores the environment.
        keep: False throws the page away.
        on_replaced: Called with content GUID and bundle id when a bundle's files are new.
        on_end: Called before the task ends, with whether it succeeded.
    """

    def __init__(
        self,
        build: Build,
        *,
        activate: bool,
        render: bool,
        keep: bool,
        on_replaced: Callable[[str, int], None],
        on_end: Callable[[bool], None] | None,
    ) -> None:
        self._build = build
        self._activate = activate
        self._render = render
        self._keeps = keep
        self._on_replaced = on_replaced
        self._on_end = on_end
        self._environment: Environment | None = None

    def carry_out(self) -> None:
        """Run the deployment to its end, whatever happens; nothing of the run is left when its task has ended."""
        ending = self._attempt()
        shutil.rmtree(self._build.folder, ignore_errors=True)
        if self._on_end is not None:
            self._on_end(not ending)
        self._build.runtime.tasks.finish(self._build.task_id, **ending)

    def _attempt(self) -> dict[str, Any]:
        """Run it, and return how the task ends."""
        build = self._build
        try:
            self._prepare()
            if self._render:
                self._launch()
                if self._keeps:
                    self._keep()
        except BuildFailed as failure:
            result = {"type": "build-failed-error", "data": failure.result}
            return {"code": 1, "error": failure.error, "result": result}
        except RenderFailed as failure:
            return {"code": 1, "error": str(failure)}
        except ApiError as failure:
            build.write(failure.message)
            return {"code": 1, "error": failure.message}
        except Exception as failure:  # noqa: BLE001 - a task must end, and say why
            sys.stderr.write(traceback.format_exc())
            shutil.rmtree(build.folder, ignore_errors=True)  # on a full disk this makes room for the words below
            build.write(f"Internal error of the sandbox: {failure!r}")
            return {"code": 1, "error": "An internal failure occurred."}
        return {}

    def _prepare(self) -> None:
        build = self._build
        build.write(f"Building {NAMES[build.mode]}...")
        build.folder.mkdir(parents=True)
        archive = build.runtime.store.bundle_file(build.bundle["id"])
        unpack_archive(archive, build.source, bundle_limits(build.runtime.settings))
        if build.mode == "quarto-static":
            check_quarto(build.manifest, build.write)
        if build.mode != "static" and (build.mode != "quarto-static" or build.manifest.get("python")):
            self._environment = restore(build)

    def _launch(self) -> None:
        build = self._build
        build.write(f"Launching {NAMES[build.mode]}...")
        if build.mode not in ("jupyter-static", "quarto-static"):
            build.source.rename(build.output)
            return
        build.output.mkdir()
        render = render_notebook if build.mode == "jupyter-static" else render_document
        render(build, self._environment)

    def _keep(self) -> None:
        """Put the page where readers get it and make the bundle the active one: all in one transaction."""
        store, guid, bundle_id = self._build.runtime.store, self._build.content["guid"], self._build.bundle["id"]
        target = store.rendered(guid, bundle_id)
        kept = target.with_name(target.name + ".part")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(kept, ignore_errors=True)
        shutil.move(self._build.output, kept)
        old = target.with_name(f"{target.name}.old-{time.time_ns()}")
        with store.transaction():
            content = store.row("SELECT * FROM content WHERE guid = ?", (guid,))
            if content is None or not self._note_built():
                shutil.rmtree(kept, ignore_errors=True)
                raise ApiError(4, "The content or its bundle was deleted while it was deployed.")
            if self._activate:
                if content["app_mode"] not in ("unknown", self._build.mode):
                    raise ApiError(48)
                activate_bundle(store, guid, bundle_id, self._build.manifest)
            if target.exists():
                target.rename(old)
            kept.rename(target)
            if self._build.mode in RENDERED:
                add_rendering(store, guid, bundle_id)
        shutil.rmtree(old, ignore_errors=True)
        self._on_replaced(guid, bundle_id)

    def _note_built(self) -> int:
        environment = self._environment
        return self._build.runtime.store.change(
            "UPDATE bundles SET built = 1, quarto_version = ?, py_version = ?, py_environment_management = ?,"
            " environment = ?, packages = ? WHERE id = ?",
            (
                quarto_version() if self._build.mode == "quarto-static" else None,
                environment.version if environment else None,
                environment.managed if environment else None,
                environment.name if environment else None,
                json.dumps(environment.packages if environment else ()),
                self._build.bundle["id"],
            ),
        )


def activate_bundle(store: Store, content_guid: str, bundle_id: int, manifest: dict[str, Any]) -> None:
    """Make a built bundle the one that readers see, and the content what the bundle's manifest says."""
    metadata = manifest["metadata"]
    bundle = store.need("SELECT * FROM bundles WHERE id = ?", (bundle_id,))
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
