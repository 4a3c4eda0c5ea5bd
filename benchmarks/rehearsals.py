"""Rehearse 60 notebooks that fail in a clean environment, with "Fix all", and 60 that run; publish what was mended.

    python benchmarks/rehearsals.py [--only NAME,NAME] [--publish] [--at-once NUMBER]

Of those that fail, the first round must name cell and cause; with `--publish` they are published to a sandbox with
clean environments before (where they must fail) and after the fixes (where they must run). Those that run must give no
alarm.
Their packages come from the index that pip and uv are set up with.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from authoring import write_notebook  # noqa: E402
from rehearsal_notebooks import Made, failing, running  # noqa: E402
from serving import Sandbox, running_sandbox  # noqa: E402

from rsconnect_jupyter.errors import RSConnectException  # noqa: E402
from rsconnect_jupyter.models import PublishOptions, PublishRequest, Secret, Server  # noqa: E402
from rsconnect_jupyter.publishing.publish import publish  # noqa: E402
from rsconnect_jupyter.rehearsal.rehearse import rehearse  # noqa: E402
from rsconnect_jupyter.rehearsal.request import RehearsalRequest  # noqa: E402
from rsconnect_jupyter.rehearsal.result import Rehearsal  # noqa: E402
from rsconnect_jupyter.servers.store import ServerStore  # noqa: E402

CAUGHT, MENDED = 57 / 60, 45 / 60
"""Shares of those that fail that are meant to be caught with cell and cause, and to be published after the fixes."""

SHOWN = 60
"""Lines of the log of one that did not go as it is meant to."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """How one notebook fared.

    Attributes:
        first: What the first round said.
        caught: True when that names the cell and the cause.
        runs: True when the last round ran.
        refused: True when the sandbox could not run what was not mended; None when it was not asked.
        published: True when it could run what was; None when it was not asked.
    """

    name: str
    first: str
    caught: bool
    runs: bool
    refused: bool | None = None
    published: bool | None = None


def rehearsed(made: Made, folder: Path, *, fix: bool) -> tuple[Result, Rehearsal, Path]:
    """Write a notebook and rehearse it."""
    notebook = written(made, folder)
    request = RehearsalRequest(
        notebook=notebook, root=notebook.parent, options=PublishOptions(mode="jupyter-static"), fix=fix
    )
    steps = rehearse(request, store=ServerStore())
    told: list[dict[str, Any]] = []
    log: list[str] = []
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            last: Rehearsal = end.value
            break
        if event.status == "log" and not told:
            log.append(event.message)
        if event.data is not None and "runs" in event.data:
            told.append(dict(event.data))
    first = told[0]
    cell = (first.get("where") or {}).get("cell")
    caught = not first["runs"] and made.cause in first["message"] and cell == made.fails_in
    said = f"cell {cell}: {first['message']}"
    if caught != bool(made.cause):
        print("\n".join([made.name, *log[-SHOWN:]]), flush=True)
    return Result(name=made.name, first=said, caught=caught, runs=last.runs), last, notebook


def written(made: Made, folder: Path) -> Path:
    """Write a notebook, its files, and one file beside its folder."""
    place = folder / made.name / "project"
    place.mkdir(parents=True)
    (place.parent / "outside.csv").write_text("1,2\n")
    for path, text in made.files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text)
    return write_notebook(place / "notebook.ipynb", *made.cells)


def runs_on(sandbox: Sandbox, notebook: Path, options: PublishOptions, folder: Path) -> bool:
    """Publish, and return whether the server could run it."""
    server = Server(name="sandbox", url=sandbox.url, api_key=Secret(sandbox.key))
    request = PublishRequest(notebook=notebook, root=notebook.parent, server=server, options=options)
    try:
        for _ in publish(request, folder=folder):
            pass
    except RSConnectException:
        return False
    return True


def one(made: Made, folder: Path, sandbox: Sandbox | None) -> Result:
    """Rehearse one notebook, and publish it before and after when there is a sandbox."""
    fails = bool(made.cause)
    result, last, notebook = rehearsed(made, folder, fix=fails)
    if sandbox is None or not fails:
        return result
    data = notebook.parents[1] / "data"
    plain = PublishOptions(mode="jupyter-static", title=made.name)
    refused = not runs_on(sandbox, notebook, plain, data)
    mended = replace(last.options, title=made.name)
    published = last.runs and runs_on(sandbox, notebook, mended, data)
    return replace(result, refused=refused, published=published)


def summary(bad: Sequence[Result], good: Sequence[Result]) -> str:
    """Return the figures in one sentence each."""
    asked = [each for each in bad if each.refused is not None]
    lines = [
        f"{sum(each.caught for each in bad)} of {len(bad)} that fail were caught with cell and cause.",
        f"{sum(each.runs for each in bad)} of {len(bad)} run after Fix all.",
        f"{sum(not each.runs for each in good)} of {len(good)} that run gave a false alarm.",
    ]
    if asked:
        lines.append(f"{sum(bool(each.refused) for each in asked)} of {len(asked)} fail on the sandbox as they are,")
        lines.append(f"{sum(bool(each.published) for each in asked)} of {len(asked)} are published after Fix all.")
    return "\n".join(lines)


def main() -> int:
    """Rehearse them all; return 1 when a figure is below what is meant."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", help="names of notebooks, with commas between them")
    parser.add_argument("--publish", action="store_true", help="publish those that fail, before and after the fixes")
    parser.add_argument("--at-once", type=int, default=2, help="how many rehearsals run at the same time")
    arguments = parser.parse_args()
    wanted = set(arguments.only.split(",")) if arguments.only else None
    chosen = [each for each in (*failing(), *running()) if wanted is None or each.name in wanted]
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory(prefix="rehearsals-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        os.environ["JUPYTER_DATA_DIR"] = str(folder / "data")
        started = running_sandbox(folder / "sandbox", "--python", "venv") if arguments.publish else None
        sandbox = stack.enter_context(started) if started else None
        pool = stack.enter_context(ThreadPoolExecutor(arguments.at_once))
        futures = [pool.submit(one, each, folder / "work", sandbox) for each in chosen]
        results = []
        for future in futures:
            results.append(future.result())
            print(time.strftime("%X"), results[-1], flush=True)
    bad = [each for each, made in zip(results, chosen, strict=True) if made.cause]
    good = [each for each, made in zip(results, chosen, strict=True) if not made.cause]
    print(summary(bad, good))
    mended = sum(each.runs and each.published is not False for each in bad)
    enough = sum(each.caught for each in bad) >= CAUGHT * len(bad) and mended >= MENDED * len(bad)
    return 0 if enough and all(each.runs for each in good) else 1


if __name__ == "__main__":
    sys.exit(main())
