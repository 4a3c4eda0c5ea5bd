"""The sandbox as a child of Jupyter: the same program, ended when Jupyter is gone.

Run as ``python -m rsconnect_jupyter.extension.sandbox_child``; takes the sandbox's own arguments, and the API key as
the first line of standard input; an empty line keeps the key of its data folder.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading

from ..process_environment import NOWHERE


def main() -> None:
    """Run the sandbox until its parent's end of standard input closes."""
    if key := sys.stdin.readline().strip():
        sys.argv.append(f"--api-key={key}")  # the system's list of processes does not show what is added here
    os.chdir(NOWHERE)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    runpy.run_module("rsconnect_jupyter.sandbox", run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    """Wait for the end of standard input, which the system closes even when the parent is killed."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
