"""Kernels that end at their start, some times or always."""

from __future__ import annotations

import json
import sys
from pathlib import Path

PROGRAM = """
import json, os, pathlib, runpy, signal, socket, sys
count = pathlib.Path(__file__).with_suffix('.count')
number = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(number))
if number <= {times}:
    {failing}
runpy.run_module('ipykernel_launcher', run_name='__main__')
"""

PORT_TAKEN = "taken = socket.socket(); taken.bind(('127.0.0.1', json.load(open(sys.argv[2]))['shell_port']))"
EXITS = "sys.exit(1)"
KILLED = "os.kill(os.getpid(), signal.SIGKILL)"


def write_kernel(folder: Path, *, failing: str, times: int) -> Path:
    """Write a kernelspec ``python3`` into an entry of ``JUPYTER_PATH``; return the file that counts its starts.

    Args:
        folder: The entry.
        failing: What the kernel's program does before it is a kernel.
        times: How often.
    """
    kernel = folder / "kernels" / "python3"
    kernel.mkdir(parents=True)
    program = folder / "kernel.py"
    program.write_text(PROGRAM.format(failing=failing, times=times))
    argv = [sys.executable, str(program), "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}))
    return program.with_suffix(".count")
