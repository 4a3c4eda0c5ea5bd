"""Processes of content, under a supervisor that ends them with us; read line by line, and without our secrets."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

SUPERVISOR = Path(__file__).with_name("process_supervisor.py")
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ", "TMPDIR", "SSL_CERT_FILE", "SYSTEMROOT")
TIMED_OUT = 124
CANCELLED = 130


class SupervisedProcess:
    """A process group that ends when it is told to, when its time is up, and when this process ends.

    Args:
        command: Program and arguments.
        environment: All its environment variables.
        cwd: Its working directory.
    """

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str], cwd: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(SUPERVISOR), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=cwd,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._ended_by: int | None = None

    def follow(self, write: Callable[[str], None], *, limit: float) -> int:
        """Pass on each line that the process prints and return its exit code; 124 when its time was up."""
        timer = threading.Timer(limit, self.stop, [TIMED_OUT])
        timer.daemon = True
        timer.start()
        try:
            if self._process.stdout is not None:
                for line in self._process.stdout:
                    write(line.decode("utf-8", "replace").rstrip("\r\n"))
            code = self._process.wait()
        finally:
            timer.cancel()
            self.stop()
            if self._process.stdout is not None:
                self._process.stdout.close()
        return self._ended_by or code

    def stop(self, reason: int = CANCELLED) -> None:
        """End the process and all it started."""
        if self._process.poll() is None and self._ended_by is None:
            self._ended_by = reason
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()

    @property
    def running(self) -> bool:
        """True while the process lives."""
        return self._process.poll() is None


def clean_environment(home: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment that content runs in: nothing of this process's own secrets and settings.

    Args:
        home: The run's own home folder.
        extra: Further variables, the content's own among them.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    kept.setdefault("LANG", "C.UTF-8")
    return {
        **kept,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "IPYTHONDIR": str(home / ".ipython"),
        "MPLCONFIGDIR": str(home / ".matplotlib"),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "POSIT_PRODUCT": "CONNECT",
        "RSTUDIO_PRODUCT": "CONNECT",
        **extra,
    }
