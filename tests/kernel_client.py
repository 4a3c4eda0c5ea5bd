"""A kernel, and what a front end says to it."""

from __future__ import annotations

import os
import queue
import signal
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager


class Kernel:
    """A kernel in the notebook's folder, and a front end's part of the widget protocol.

    Args:
        folder: Where it runs.
        notebook: Whose kernel it says to be.
        measured: False leaves out what measures which lines run: one more package in the kernel.
    """

    def __init__(self, folder: Path, notebook: Path, *, measured: bool = True) -> None:
        self.models: dict[str, dict[str, Any]] = {}
        # Sockets in files: a TCP port that was free may be another process's once the kernel opens it.
        self._sockets = tempfile.TemporaryDirectory()  # a short name: a socket's has at most 107 bytes
        transport = {"transport": "ipc", "connection_file": f"{self._sockets.name}/kernel.json"}
        self.manager = KernelManager(kernel_name="python3", **(transport if os.name == "posix" else {}))
        variables = {key: each for key, each in os.environ.items() if measured or key != "COVERAGE_PROCESS_CONFIG"}
        self.manager.start_kernel(cwd=str(folder), env=variables)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)
        self.pid = int(self.run("import os; print(os.getpid())"))
        self.run(f"__vsc_ipynb_file__ = {str(notebook)!r}")
        if hasattr(signal, "SIGUSR1"):
            self.run("import faulthandler, signal, sys\nfaulthandler.register(signal.SIGUSR1, file=sys.__stderr__)")

    def run(self, code: str) -> str:
        """Run code; return what it prints, or its error."""
        printed: list[str] = []
        self._listen(self.client.execute(code), printed)
        return "".join(printed).strip()

    def _listen(self, asked: str, printed: list[str]) -> None:
        """Take what the kernel says until it has done what was asked; threads say things in between."""
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=120)
            except queue.Empty:
                self._show_threads()
                raise
            self._take(message, printed)
            idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
            if idle and message["parent_header"].get("msg_id") == asked:
                return

    def _show_threads(self) -> None:
        """Print, among what the test prints to its errors, where each of the kernel's threads stands."""
        if hasattr(signal, "SIGUSR1"):
            os.kill(self.pid, signal.SIGUSR1)

    def _take(self, message: dict[str, Any], printed: list[str]) -> None:
        content = message["content"]
        if message["msg_type"] == "comm_open":
            self.models[content["comm_id"]] = content["data"]["state"]
        elif message["msg_type"] == "comm_msg" and content["data"].get("method") == "update":
            self.models.setdefault(content["comm_id"], {}).update(content["data"]["state"])
        elif message["msg_type"] == "stream":
            printed.append(content["text"])
        elif message["msg_type"] == "error":
            printed.append(f"{content['ename']}: {content['evalue']}")
        elif message["msg_type"] in ("execute_result", "display_data"):
            printed.append(content["data"].get("text/plain", ""))

    def model(self, **state: Any) -> str:
        """Return the id of the widget with this state."""
        return next(key for key, each in self.models.items() if state.items() <= each.items())

    def hidden(self, model: str) -> bool:
        """Return True when a widget's layout hides it."""
        layout = self.models[model]["layout"].removeprefix("IPY_MODEL_")
        return self.models[layout].get("display") == "none"

    def send(self, model: str, **data: Any) -> None:
        """Send what a front end sends, and wait until the kernel has worked on it."""
        buffers = data.pop("buffers", None)
        if buffers:
            data["buffer_paths"] = [["value", 0, "content"]]
        message = self.client.session.msg("comm_msg", {"comm_id": model, "data": data})
        self.client.session.send(self.client.shell_channel.socket, message, buffers=buffers)
        self._listen(message["header"]["msg_id"], [])

    def click(self, button: str) -> None:
        self.send(self.model(description=button), method="custom", content={"event": "click"})

    def close(self) -> None:
        """End the kernel as a front end does: killed, it would not say which lines it ran."""
        self.client.stop_channels()
        self.manager.shutdown_kernel()
        self._sockets.cleanup()
