"""Running a notebook in its own kernel, before it is made into a page."""

from __future__ import annotations

import asyncio
import atexit
import copy
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from ..errors import Cancelled, KernelError, RenderError
from ..models import Where
from ..terminal_text import without_escapes
from ..translation import _, with_language

GLANCE = 0.2
"""Seconds between two looks at whether to stop."""

NOT_STARTED = "Kernel died before replying to kernel_info"
"""What jupyter_client says of a kernel that ended before it ran anything."""


def execute_notebook(
    notebook: Any,
    *,
    folder: Path,
    timeout: float | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Any:
    """Return a copy of a notebook that was run from top to bottom in a fresh kernel of its own kind.

    Args:
        notebook: nbformat node, format 4; it is not changed.
        folder: Working directory of the kernel.
        timeout: Seconds for all cells together, the kernel's start not counted; None waits as long as it takes.
        should_stop: Asked several times a second; the kernel is shut down when it says so.

    Raises:
        KernelError: code ``kernel-not-installed`` or ``kernel-broken``: the kernel does not start.
        RenderError: A cell failed (code ``cell-failed``), the time is over (``run-timed-out``) or the kernel died
            (``kernel-died``), or a cell gave what no notebook may hold (``output-invalid``). ``where`` is the cell;
            ``data`` has its ``source``, and for a failed cell ``error`` and ``traceback``.
        Cancelled: ``should_stop`` said so.
    """
    run = _Run(copy.deepcopy(notebook), folder, timeout, should_stop)
    # A thread of its own: the caller's may have a running event loop, as a notebook's kernel does.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="run-notebook") as pool:
        return pool.submit(with_language(asyncio.run), run.finished()).result()


class _Run:
    """One execution, from the kernel's start to its end."""

    def __init__(
        self,
        notebook: Any,
        folder: Path,
        timeout: float | None,
        should_stop: Callable[[], bool],
    ) -> None:
        self.notebook = notebook
        self.folder = folder
        self.timeout = timeout
        self.should_stop = should_stop
        self.deadline: float | None = None  # set when the first cell starts: the kernel's start has a limit of its own
        self.cell: int | None = None

    async def finished(self) -> Any:
        """Run, and return the notebook with its new outputs."""
        with tempfile.TemporaryFile() as words:  # what a kernel prints at its start is not for our terminal
            await self._watched(asyncio.ensure_future(self._executed(words)))
        return self.notebook

    async def _executed(self, words: IO[bytes]) -> None:
        """Run; start a kernel once more that ended at its start, as when another process took one of its ports."""
        for last in (False, True):
            client = self._client()
            try:
                await client.async_execute(stdout=words, stderr=words)
            except RuntimeError as exc:
                atexit.unregister(client._cleanup_kernel)  # nbclient 0.11 leaves it there when a kernel does not start
                if last or NOT_STARTED not in str(exc):
                    raise
            else:
                return

    async def _watched(self, running: asyncio.Future[Any]) -> None:
        while not (await asyncio.wait({running}, timeout=GLANCE))[0]:
            reason = self._why_stop()
            if reason:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)  # else asyncio logs the kernel's end
                raise reason
        self._raise_failure(running)

    def _client(self) -> Any:
        from nbclient import NotebookClient  # noqa: PLC0415 - slow to import, and seldom needed

        return NotebookClient(
            self.notebook,
            timeout=None,
            resources={"metadata": {"path": str(self.folder)}},
            on_cell_start=self._note_cell,
            shutdown_kernel="immediate",
        )

    def _note_cell(self, cell_index: int, **_more: Any) -> None:
        self.cell = cell_index
        if self.deadline is None and self.timeout is not None:
            self.deadline = time.monotonic() + self.timeout

    def _why_stop(self) -> Exception | None:
        if self.should_stop():
            return Cancelled.of("cancelled/running")
        if self.deadline is not None and time.monotonic() > self.deadline:
            return RenderError.of("run-timed-out", where=self._where(), data=self._data(), seconds=self.timeout)
        return None

    def _name(self) -> str:
        return _("A cell") if self.cell is None else _("Cell {number}").format(number=self.cell + 1)

    def _where(self) -> Where | None:
        return None if self.cell is None else Where(cell=self.cell, cell_id=self.notebook.cells[self.cell].get("id"))

    def _data(self) -> dict[str, Any]:
        return {} if self.cell is None else {"source": self.notebook.cells[self.cell].source}

    def _raise_failure(self, running: asyncio.Future[Any]) -> None:
        from jupyter_client.kernelspec import NoSuchKernel  # noqa: PLC0415 - slow to import, and seldom needed
        from nbclient.exceptions import CellExecutionError, DeadKernelError  # noqa: PLC0415
        from nbformat import ValidationError  # noqa: PLC0415

        try:
            running.result()
        except CellExecutionError as exc:
            raise self._cell_failed(exc) from exc
        except DeadKernelError as exc:
            raise RenderError.of("kernel-died", where=self._where(), data=self._data()) from exc
        except ValidationError as exc:  # Altair 6 with its mimetype renderer
            raise RenderError.of("output-invalid", where=self._where(), data=self._data(), place=self._name()) from exc
        except NoSuchKernel as exc:
            raise KernelError.of("kernel-not-installed/run", kernel=exc.name) from exc
        except (OSError, RuntimeError) as exc:
            raise KernelError.of("kernel-broken/start", reason=exc) from exc

    def _cell_failed(self, exc: Any) -> RenderError:
        data = {
            **self._data(),
            "error": f"{exc.ename}: {exc.evalue}",
            "traceback": without_escapes(exc.traceback),
        }
        error = f"{exc.ename}: {without_escapes(exc.evalue)}"
        return RenderError.of("cell-failed", where=self._where(), data=data, place=self._name(), error=error)
