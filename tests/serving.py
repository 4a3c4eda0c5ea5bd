"""Start the real servers that tests talk to."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

READY = re.compile(r"^Sandbox ready at (?P<url>\S+) \(API key: (?P<key>\S+)\)$")
START_LIMIT = 60


@dataclass
class Sandbox:
    """A running sandbox: its root URL, the administrator's API key, its data folder and its process."""

    url: str
    key: str
    data: Path
    process: subprocess.Popen[str]
    output: list[str] = field(default_factory=list)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def start_sandbox(data: Path, *options: str, key: str = "k" * 32, port: int = 0) -> Sandbox:
    """Start a sandbox on loopback and return it when it is ready; `port` 0 lets the system choose one."""
    command = [sys.executable, "-m", "rsconnect_jupyter.sandbox", "--port", str(port), "--data", str(data)]
    process = subprocess.Popen(
        [*command, "--api-key", key, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    watchdog = threading.Timer(START_LIMIT, process.kill)
    watchdog.start()
    output: list[str] = []
    for line in process.stdout:
        output.append(line)
        ready = READY.match(line.strip())
        if ready:
            watchdog.cancel()
            sandbox = Sandbox(ready["url"].rstrip("/"), ready["key"], data, process, output)
            threading.Thread(target=output.extend, args=(process.stdout,), daemon=True).start()
            return sandbox
    watchdog.cancel()
    raise AssertionError("the sandbox did not start:\n" + "".join(output))


@contextmanager
def running_sandbox(data: Path, *options: str, key: str = "k" * 32) -> Iterator[Sandbox]:
    """Run a sandbox for the length of a ``with`` block."""
    sandbox = start_sandbox(data, *options, key=key)
    try:
        yield sandbox
    finally:
        sandbox.stop()
