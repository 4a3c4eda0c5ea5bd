"""A sandbox for the tests of a Connect client, as a pytest fixture and as a context manager.

In ``conftest.py``: ``pytest_plugins = ["rsconnect_jupyter.sandbox.testing"]``; tests then take ``connect_sandbox``.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_READY = re.compile(r"Sandbox ready at (?P<url>\S+) \(API key: \S+\)")
START_SECONDS = 60.0


__all__ = ["ConnectSandbox", "connect_sandbox", "running_sandbox"]


@dataclass(frozen=True)
class ConnectSandbox:
    """A running sandbox.

    Attributes:
        url: Root of the server, as a client takes it.
        keys: API keys of the three ready users: ``admin``, ``publisher`` and ``viewer``.
        data: Its data folder.
    """

    url: str
    keys: dict[str, str]
    data: Path

    @property
    def api_key(self) -> str:
        """The administrator's API key."""
        return self.keys["admin"]


@contextmanager
def running_sandbox(data: Path, *options: str) -> Iterator[ConnectSandbox]:
    """Run a sandbox on a free port of loopback for the length of a ``with`` block.

    Args:
        data: Its data folder, made when it is missing.
        options: As ``python -m rsconnect_jupyter.sandbox`` takes them, such as ``--connect-version=2024.08.0``.

    Raises:
        RuntimeError: it did not start; the message holds what it printed.
    """
    command = [sys.executable, "-m", "rsconnect_jupyter.sandbox", "--port=0", f"--data={data}", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        watchdog = threading.Timer(START_SECONDS, process.kill)
        watchdog.start()
        printed: list[str] = []
        reader = threading.Thread(target=printed.extend, args=[process.stdout], daemon=True)
        try:
            for line in process.stdout or ():
                printed.append(line)
                if ready := _READY.match(line):
                    break
            else:
                raise RuntimeError("The sandbox did not start:\n" + "".join(printed))
            watchdog.cancel()
            reader.start()
            keys = json.loads((data / "keys.json").read_text(encoding="utf-8"))
            yield ConnectSandbox(ready["url"], keys, data)
        finally:
            watchdog.cancel()
            process.terminate()
            process.wait()
            if reader.ident is not None:
                reader.join()  # before the pipe is closed


@pytest.fixture(scope="session")
def connect_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectSandbox]:
    """One sandbox for the whole run; tests make content of their own in it."""
    with running_sandbox(tmp_path_factory.mktemp("connect-sandbox")) as running:
        yield running
