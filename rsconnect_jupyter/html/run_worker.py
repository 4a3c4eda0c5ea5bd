"""Runs a notebook; a process of its own, ``python -m rsconnect_jupyter.html.run_worker``, for one notebook."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import BundleError, RSConnectException
from ..runner.process_supervisor import kill_descendants
from ..worker_process import Ask, error_answer, serve


def main() -> None:
    """Carry out orders until standard input ends, and the kernel with it: not every kernel looks after its parent."""
    serve(answered, prepare=_prepare, before_end=kill_descendants)


def answered(order: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    """Carry out an order and return the answer: empty, `error_answer`, or ``unexpected``."""
    try:
        run_to_file(order, should_stop=lambda: bool(ask({"ask": "stop", "about": None})))
    except RSConnectException as exc:
        return error_answer(exc)
    except Exception as exc:  # noqa: BLE001 - the edge of this process: whatever happened must be told
        return {"unexpected": f"{type(exc).__name__}: {exc}"}
    return {}


def run_to_file(order: Mapping[str, Any], *, should_stop: Callable[[], bool]) -> None:
    """Run the notebook ``notebook`` and write it with its new outputs to the file ``target``.

    Args:
        order: ``notebook``, ``target``; ``folder`` and ``timeout`` as for `kernel.execution.execute_notebook`.
        should_stop: Asked several times a second while cells run.

    Raises:
        NotebookError: the notebook cannot be read.
        KernelError, RenderError, Cancelled: as `kernel.execution.execute_notebook`.
        BundleError: the file cannot be written.
    """
    from ..kernel.execution import execute_notebook  # noqa: PLC0415 - the parent imports this module, too
    from .document import read_document  # noqa: PLC0415

    document = read_document(Path(order["notebook"]))
    folder, timeout = Path(order["folder"]), order["timeout"]
    executed = execute_notebook(document, folder=folder, timeout=timeout, should_stop=should_stop)
    try:
        Path(order["target"]).write_text(json.dumps(executed), encoding="utf-8")
    except OSError as exc:
        folder = Path(order["target"]).parent
        raise BundleError.of("bundle-not-written/page", folder=folder, reason=exc.strerror or exc) from exc


def _prepare() -> None:
    import nbclient  # noqa: F401, PLC0415 - after the reading thread runs


if __name__ == "__main__":
    main()
