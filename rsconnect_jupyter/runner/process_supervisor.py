"""Run a command so that nothing of it outlives the process that started it: ``python process_supervisor.py COMMAND…``.

When its standard input ends, because that process closed it or was killed, the command and everything it started are
killed. Runs as a script of its own, so it imports nothing of the package.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
ENDING = threading.Lock()
"""Held by the thread that ends everything: one of the two that can, which then also says the exit code."""


def main(command: list[str]) -> int:
    """Run the command, end what it leaves behind, and return its exit code (128 + signal when killed)."""
    _adopt_orphans()
    with contextlib.suppress(OSError):
        os.nice(2)  # the API stays quick while content runs
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    threading.Thread(target=_watch, daemon=True).start()
    code = child.wait()
    with ENDING:
        kill_descendants()
    return code if code >= 0 else 128 - code


def _watch() -> None:
    while os.read(0, 4096):
        pass
    with ENDING:
        kill_descendants()
        os._exit(137)


def _adopt_orphans() -> None:
    """Become the parent of orphaned grandchildren (Linux), such as kernels, which start sessions of their own."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_descendants() -> None:
    """Kill the processes below this one, whatever sessions and groups they are in."""
    for _ in range(20):
        found = _descendants(os.getpid())
        if not found:
            return
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _descendants(root: int) -> list[int]:
    """Return the living processes below one, as /proc tells (``ps`` where there is no /proc)."""
    parents = _proc_parents() if Path("/proc/self/stat").exists() else _ps_parents()
    found: list[int] = []
    wanted = {root}
    while wanted:
        wanted = {pid for pid, parent in parents.items() if parent in wanted}
        found += wanted
    return found


def _proc_parents() -> dict[int, int]:
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(path.parent.name)] = int(parent)
    return parents


def _ps_parents() -> dict[int, int]:
    listing = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=False).stdout
    pairs = [line.split() for line in listing.splitlines()]
    own = {os.getpid()}
    return {int(pid): int(parent) for pid, parent in pairs if int(pid) not in own}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
