"""Measure bundling against rsconnect-python in one run: 1,000 files, 200 MB, half of them compressible.

    python benchmarks/bundles.py [--rounds 3] [--peer .peers/rsconnect-python-1.32/bin/python]

The peer lives in a virtual environment of its own: ``python -m venv .peers/rsconnect-python-1.32`` and
``pip install rsconnect-python==1.32.*`` in it. Rounds alternate between the two, each in a fresh process, and the best
of each counts, so that a busy machine is as fair to one as to the other. Exits with 1 when a limit is missed. Linux
only: peak memory is read from ``/proc``.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rsconnect_jupyter.bundle.plan import plan_bundle, write_bundle
from rsconnect_jupyter.kernel.environment import inspect_kernel
from rsconnect_jupyter.models import BundleOptions
from rsconnect_jupyter.notebook.analysis import analyse
from rsconnect_jupyter.notebook.reading import read_notebook

FILES = 1000
FILE_SIZE = 200_000
PEER = Path(__file__).parents[1] / ".peers" / "rsconnect-python-1.32" / "bin" / "python"
PEER_SCRIPT = Path(__file__).parent / "peers_rsconnect_python.py"

LIMITS = {"times faster": 5.0, "peak": 80_000_000, "cold": 0.250, "cached": 0.020}


def main() -> int:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory(prefix="bundles-") as scratch:
        if arguments.worker:
            print(json.dumps(bundle_here(arguments.worker, Path(scratch) / "bundle.tar.gz")))
            return 0
        notebook = make_project(Path(scratch) / "project")
        ours: list[dict[str, Any]] = []
        peers: list[dict[str, Any]] = []
        for _round in range(arguments.rounds):
            ours.append(run([sys.executable, __file__, "--worker", str(notebook)]))
            target = Path(scratch) / "peer.tar.gz"
            if arguments.peer.exists():
                peers.append(run([str(arguments.peer), str(PEER_SCRIPT), str(notebook), str(target)]))
        return report(best(ours), best(peers))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer", type=Path, default=PEER, help="the interpreter that has rsconnect-python")
    parser.add_argument("--worker", type=Path, metavar="NOTEBOOK", help=argparse.SUPPRESS)
    return parser.parse_args()


def make_project(folder: Path, *, files: int = FILES) -> Path:
    """Write the project, the same each time: tables of words and numbers, and noise as images are."""
    folder.mkdir(parents=True)
    chance = random.Random(7)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 9))) for _ in range(2000)]
    for number in range(files):
        place = folder / f"data{number % 20:02}"
        place.mkdir(parents=True, exist_ok=True)
        if number % 2:
            (place / f"{number}.bin").write_bytes(chance.randbytes(FILE_SIZE))
        else:
            (place / f"{number}.csv").write_bytes(table(chance, words))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cell = {"cell_type": "code", "source": "import json", "metadata": {}, "outputs": [], "execution_count": 1}
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {"kernelspec": kernel}, "cells": [cell]}
    (folder / "requirements.txt").write_text("pandas\n")
    notebook = folder / "report.ipynb"
    notebook.write_text(json.dumps(document))
    return notebook


def table(chance: random.Random, words: list[str]) -> bytes:
    lines, length = [], 0
    while length < FILE_SIZE:
        numbers = f"{chance.randint(1, 10**6)},{chance.random():.6f}"
        lines.append(f"{numbers},{chance.choice(words)},{chance.choice(words)}\n")
        length += len(lines[-1])
    return "".join(lines).encode()[:FILE_SIZE]


def bundle_here(notebook: Path, target: Path) -> dict[str, Any]:
    """Bundle with this package, in this process."""
    read = read_notebook(notebook)
    started = time.perf_counter()
    inspect_kernel(read)
    inspected = time.perf_counter()
    inspect_kernel(read)
    again = time.perf_counter()
    plan = plan_bundle(
        analyse(notebook), root=notebook.parent, mode="jupyter-static", options=BundleOptions(files=("*", "data*/"))
    )
    planned = time.perf_counter()
    bundle = write_bundle(plan, target)
    packed = time.perf_counter()
    return {
        "inspect": inspected - started,
        "cached": again - inspected,
        "plan": planned - again,
        "bundle": packed - again,
        "files": len(plan.files),
        "size": bundle.size,
        "peak": int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) * 1024,
    }


def run(command: list[str]) -> dict[str, Any]:
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def best(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: min(each[key] for each in rounds) for key in rounds[0]} if rounds else {}


def report(ours: dict[str, Any], peer: dict[str, Any]) -> int:
    rows = [
        ("environment, cold", "inspect", "s", 1),
        ("environment, cached", "cached", "s", 1),
        ("choosing files", "plan", "s", 1),
        ("bundle, all in all", "bundle", "s", 1),
        ("bundle's size", "size", "MB", 1e6),
        ("peak memory", "peak", "MB", 1e6),
    ]
    print(f"{FILES} files, {FILES * FILE_SIZE / 1e6:.0f} MB (+2 small ones: {ours['files']} packed)\n")
    print(f"{'':22}{'here':>12}{'rsconnect-python':>20}")
    for title, key, unit, scale in rows:
        here, there = (f"{each[key] / scale:.3f} {unit}" if key in each else "-" for each in (ours, peer))
        print(f"{title:22}{here:>12}{there:>20}")
    misses = list(missed(ours, peer))
    print("\n" + ("\n".join(misses) or "all limits kept"))
    return 1 if misses else 0


def missed(ours: dict[str, Any], peer: dict[str, Any]) -> list[str]:
    misses = []
    if peer:
        faster = peer["bundle"] / ours["bundle"]
        print(f"\n{faster:.1f} times faster than rsconnect-python, {ours['size'] / peer['size']:.3f} of its size")
        misses += [f"MISSED: only {faster:.1f} times faster"] if faster < LIMITS["times faster"] else []
    for limit, key in (("peak", "peak"), ("cold", "inspect"), ("cached", "cached")):
        if ours[key] > LIMITS[limit]:
            misses.append(f"MISSED: {key} {ours[key]:g} > {LIMITS[limit]:g}")
    return misses


if __name__ == "__main__":
    sys.exit(main())
