"""Measure this package against rsconnect-python 1.32, side by side in one run, and print one table.

    python benchmarks/run.py [--rounds 5] [--only imports,bundles] [--write docs/benchmarks.md]

The peer is installed from PyPI into an environment of its own. Every measured command is a fresh process; rounds
alternate between the two and each counts with its median, so that a busy machine is as fair to one as to the other.
Peak memory is the largest of the process and what it started. Linux and macOS.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import bundles  # noqa: E402
import comparing  # noqa: E402
import meanings  # noqa: E402
import memory  # noqa: E402
import opening  # noqa: E402
import page_making  # noqa: E402
import rehearsing  # noqa: E402
import responsiveness  # noqa: E402
import signing_in  # noqa: E402
from connect.test_search import fill  # noqa: E402
from measuring import Row, Sample, compare, fresh, run_seconds  # noqa: E402
from peers import peer  # noqa: E402
from serving import Sandbox, running_sandbox  # noqa: E402

from rsconnect_jupyter import __version__  # noqa: E402

PUBLISHES = (10, 100)
"""After how many publishes Jupyter's memory is looked at."""
PEER = ("rsconnect-python==1.32.0", "nbconvert", "ipykernel")
PROBE = HERE / "probes.py"
PEER_PROBE = HERE / "peers_probes.py"
KEY = "k" * 32
AIM = """\
A new publish is meant to take half of the peer's time at most. On a quiet machine it took 0.48 of it as the median of
five rounds in turns, 0.51 of fifteen, and 0.57 to 0.61 of the processor time. The peer starts pip to ask for its
version, so the pip of its environment counts: the table has the one that `python -m venv` puts there. `jupyter publish`
starts `jupyter-publish`, which is measured here, by way of Jupyter's own launcher, for 0.03 s more. Most of ours are
imports: the HTTP library, msgspec, locks of files, what reads requirement lines.

Unpublished changes are what the mark shows after a save. A first comparison fetches the version's bundle, later ones
have it; up to the screen counts the drawing of all cells in the browser, too. A first rehearsal installs its packages,
here from uv's warm cache; the second finds its environment and starts the notebook.

The rows of Jupyter's answers are about `GET /api/status`, asked every 10 ms from the first request on; an answer that
is late stands for those that were due meanwhile as well. Inspecting a project of 200 MB, or twenty notebooks of 1 MB at
once, is part of it, and so are the sandbox and its runs: they share the processors. The aim is a 99th percentile under
60 ms on a quiet machine. With other work on one of the two processors or on both, it varied from run to run: 4 to
100 ms with the large project, 32 to 106 ms with twenty finished documents, 35 to 133 ms with twenty source publishes.
"""


@dataclasses.dataclass(frozen=True)
class Bench:
    """What all measurements need: a folder, how often, the peer's programs."""

    scratch: Path
    rounds: int
    programs: Path

    @property
    def interpreters(self) -> tuple[str, str]:
        return sys.executable, str(self.programs / "python")


def imports(bench: Bench) -> Iterator[Row]:
    """Import time and the start of the command."""
    ours, theirs = bench.interpreters
    yield compare(
        "importing the package",
        bench.rounds,
        lambda: fresh(ours, "-c", "import rsconnect_jupyter"),
        lambda: fresh(theirs, "-c", "import rsconnect.main"),
    )
    yield compare(
        "`--help`",
        bench.rounds,
        lambda: fresh(ours, "-m", "rsconnect_jupyter", "--help"),
        lambda: fresh(str(bench.programs / "rsconnect"), "--help"),
    )


def inspection(bench: Bench) -> Iterator[Row]:
    """What the notebook's environment holds: each asks the environment it is installed in."""
    notebook = bundles.make_project(bench.scratch / "inspected", files=0)
    (notebook.parent / "requirements.txt").unlink()
    ours, theirs = bench.interpreters
    yield compare(
        "inspecting the environment",
        bench.rounds,
        lambda: fresh(ours, PROBE, "inspect", notebook, key="seconds"),
        lambda: fresh(theirs, PEER_PROBE, "inspect", notebook, key="seconds"),
    )


def packing(bench: Bench) -> Iterator[Row]:
    """Bundles: a notebook alone, and one with 1,000 files of 200 kB."""
    ours, theirs = bench.interpreters
    for title, files, rounds in (("bundle, one notebook", 0, bench.rounds), ("bundle, 1,000 files, 200 MB", 1000, 3)):
        notebook = bundles.make_project(bench.scratch / f"with-{files}", files=files)
        target = bench.scratch / "peer.tar.gz"
        yield compare(
            title,
            rounds,
            partial(fresh, ours, HERE / "bundles.py", "--worker", notebook, key="bundle"),
            partial(fresh, theirs, HERE / "peers_rsconnect_python.py", notebook, target, key="bundle"),
        )
        shutil.rmtree(notebook.parent)


def publishing(bench: Bench) -> Iterator[Row]:
    """A new publish to the sandbox: wall time without the server's run, requests, connections."""
    notebook = bundles.make_project(bench.scratch / "published", files=0)
    (notebook.parent / "requirements.txt").write_text("ipykernel\n")
    with running_sandbox(bench.scratch / "library", "--allow-faults") as sandbox:
        target = ["--server", sandbox.url, "--api-key", sandbox.key]
        titles = (f"Report {number}" for number in itertools.count())  # of its own, so that no name is taken
        asked: dict[str, list[tuple[int, int]]] = {"ours": [], "theirs": []}
        worked: dict[str, list[float]] = {"ours": [], "theirs": []}

        def publish(who: str, *command: str | Path) -> Sample:
            sandbox_log(sandbox, "DELETE")
            copy = bench.scratch / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(notebook.parent, copy)
            named = ("--title", next(titles), copy / notebook.name)
            taken = fresh(*command, *named, environment=environment(bench, sandbox))
            asked[who].append(requests_of(sandbox))
            worked[who].append(taken.processor)
            return dataclasses.replace(taken, seconds=taken.seconds - run_seconds(sandbox.data))

        yield compare(
            "new publish, the server's run taken off",
            bench.rounds,
            lambda: publish(
                "ours", Path(sys.executable).with_name("jupyter-publish"), "--server", sandbox.url, "--new"
            ),
            lambda: publish("theirs", bench.programs / "rsconnect", "deploy", "notebook", *target, "--new"),
        )
    yield Row("processor time of a new publish", statistics.median(worked["ours"]), statistics.median(worked["theirs"]))
    for place, title in enumerate(("requests of a new publish, polls of the task left out", "connections")):
        ours, theirs = (statistics.median(each[place] for each in asked[who]) for who in ("ours", "theirs"))
        yield Row(title, ours, theirs, unit="")


def environment(bench: Bench, sandbox: Sandbox) -> dict[str, str]:
    """Return an environment with a store of servers of its own and the sandbox's key."""
    home = {name: str(bench.scratch / "home") for name in ("HOME", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR")}
    return {
        **os.environ,
        **home,
        "CONNECT_API_KEY": sandbox.key,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }


def sandbox_log(sandbox: Sandbox, method: str = "GET") -> str:
    request = urllib.request.Request(f"{sandbox.url}/__sandbox__/requests", method=method)
    with urllib.request.urlopen(request) as answer:
        return str(answer.read().decode())


def requests_of(sandbox: Sandbox) -> tuple[int, int]:
    """Return how many requests there were since the log was emptied, and over how many connections."""
    noted = [each for each in json.loads(sandbox_log(sandbox))["requests"] if "__sandbox__" not in each["path"]]
    return len([each for each in noted if "/tasks/" not in each["path"]]), len({each["connection"] for each in noted})


def searching(bench: Bench) -> Iterator[Row]:
    """The content of a title among 5,000 items."""
    ours = bench.interpreters[0]
    with running_sandbox(bench.scratch / "many") as sandbox:
        fill(sandbox.data)
        at = ["--server", sandbox.url, "--api-key", sandbox.key]
        yield compare(
            "title search among 5,000 items",
            bench.rounds,
            lambda: fresh(ours, PROBE, "search", sandbox.url, "Library sales", environment=environment(bench, sandbox)),
            lambda: fresh(
                str(bench.programs / "rsconnect"), "content", "search", *at, "--title-contains", "Library sales"
            ),
        )


def sign_ins(bench: Bench) -> Iterator[Row]:
    """How long a sign-in takes apart from its user."""
    with running_sandbox(bench.scratch / "signed-in-to", "--allow-faults") as sandbox:

        def requests() -> int:
            noted = json.loads(sandbox_log(sandbox))["requests"]
            sandbox_log(sandbox, "DELETE")
            ours = [each for each in noted if each["headers"].get("User-Agent", "").startswith("rsconnect-jupyter/")]
            return len([each for each in ours if (each["path"], each["status"]) != ("/oauth/v1/token", 400)])

        taken = signing_in.measure(bench.scratch, sandbox, rounds=bench.rounds, requests=requests)
    yield Row("signing in with the browser, until the server's page opens", taken["browser"].begin, None)
    yield Row("signing in with the browser, from *Allow* to ready", taken["browser"].end, None)
    yield Row("signing in by code, until it is shown", taken["device"].begin, None)
    yield Row("signing in by code, from *Allow* to ready", taken["device"].end, None)
    yield Row("requests of signing in with the browser", taken["browser"].requests, None, unit="")
    yield Row("requests of signing in by code", taken["device"].requests, None, unit="")


def openings(bench: Bench) -> Iterator[Row]:
    """How long an author waits for the panel; the peer has none."""
    with running_sandbox(bench.scratch / "opened-for") as sandbox:
        taken = opening.measure(bench.scratch, sandbox, rounds=min(3, bench.rounds))
    yield Row("Jupyter's answer about a notebook, first", taken.inspect_first, None)
    yield Row("Jupyter's answer about a notebook, again", taken.inspect_again, None)
    if taken.first is not None and taken.again is not None:
        yield Row("opening the panel, first", taken.first, None)
        yield Row("opening the panel, again", taken.again, None)


def pages(bench: Bench) -> Iterator[Row]:
    """The readers' page, beside nbconvert's."""
    yield from page_making.measure(bench.scratch / "pages", bench.programs, rounds=bench.rounds)


def responding(bench: Bench) -> Iterator[Row]:
    """How long Jupyter takes to answer while it publishes; the peer does not run inside Jupyter."""
    with running_sandbox(bench.scratch / "answering") as sandbox:
        answers = responsiveness.measure(bench.scratch, sandbox)
    for doing, times in answers.items():
        title, last = f"Jupyter's answer, {doing}", statistics.quantiles(times, n=100)[98]
        yield Row(f"{title} (median of {len(times)})", statistics.median(times) * 1000, None, unit=" ms")
        yield Row(f"{title} (99th percentile)", last * 1000, None, unit=" ms")
        if doing == responsiveness.HOSTILE:
            yield Row(f"{title} (slowest)", max(times) * 1000, None, unit=" ms")


def comparing_versions(bench: Bench) -> Iterator[Row]:
    """How long an author waits for a comparison; the peer has none."""
    with running_sandbox(bench.scratch / "compared-with", "--allow-faults") as sandbox:

        def requests() -> int:
            count = requests_of(sandbox)[0]
            sandbox_log(sandbox, "DELETE")
            return count

        found = comparing.measure(bench.scratch, sandbox, rounds=bench.rounds, requests=requests)
    title = f"comparing {comparing.CELLS} cells with {comparing.PICTURES} pictures"
    yield Row("unpublished changes, known after a save", found.mark, None)
    yield Row(f"{title}, first", found.first, None)
    yield Row(f"{title}, again", found.again, None)
    if found.click is not None:
        yield Row(f"{title}, from the click to the screen", found.click, None)
    yield Row("requests of the first comparison", found.first_requests, None, unit="")
    yield Row("requests of all later ones", found.later_requests, None, unit="")


def rehearsals(bench: Bench) -> Iterator[Row]:
    """How long a rehearsal takes, and how long Jupyter takes to answer meanwhile."""
    measured = rehearsing.measure(bench.scratch / "rehearsing")
    yield Row("first rehearsal of a notebook with pandas and matplotlib", measured.first, None)
    yield Row("start of the notebook in the second rehearsal", measured.start, None)
    times = measured.answers
    title, last = "Jupyter's answer, rehearsing", statistics.quantiles(times, n=100)[98]
    yield Row(f"{title} (median of {len(times)})", statistics.median(times) * 1000, None, unit=" ms")
    yield Row(f"{title} (99th percentile)", last * 1000, None, unit=" ms")


def remembering(bench: Bench) -> Iterator[Row]:
    """How much memory Jupyter has after many publishes."""
    with running_sandbox(bench.scratch / "published-often") as sandbox:
        taken = memory.measure(bench.scratch, sandbox, publishes=PUBLISHES)
    times = ("before the first publish", *(f"after {count} publishes" for count in PUBLISHES))
    for time, held, peak in zip(times, taken.held, taken.peaks, strict=True):
        peaks = None if peak is None else (peak,)
        yield Row(f"memory of Jupyter {time}", held / 1e6, None, unit=" MB", peaks=peaks)


PARTS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "imports": imports,
    "inspection": inspection,
    "bundles": packing,
    "publishing": publishing,
    "searching": searching,
    "sign-in": sign_ins,
    "opening": openings,
    "pages": pages,
    "compare": comparing_versions,
    "responding": responding,
    "rehearsals": rehearsals,
    "memory": remembering,
}


def main() -> int:
    arguments = read_arguments()
    os.environ.pop(
        "PYTHONDONTWRITEBYTECODE", None
    )  # installed packages are compiled, and so is a checkout after one run
    before = os.getloadavg()[0]
    programs = peer(*PEER)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        bench = Bench(Path(scratch), arguments.rounds, programs)
        for name in arguments.only.split(",") if arguments.only else PARTS:
            for row in PARTS[name](bench):
                rows.append(row)
                print(row.text(), flush=True)
    if arguments.write:
        arguments.write.write_text(report(rows, arguments.rounds, before, pip_of(programs)), encoding="utf-8")
    return 0


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", metavar="PART,PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the table as a page of the documentation")
    return parser.parse_args()


def pip_of(programs: Path) -> str:
    """Return the version of pip in an environment."""
    asked = [str(programs / "python"), "-c", "from importlib.metadata import version; print(version('pip'))"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def report(rows: list[Row], rounds: int, load: float, pip: str) -> str:
    """Return the page of the documentation."""
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    facts = (
        f"{datetime.now(timezone.utc):%Y-%m-%d}, {os.cpu_count()} cores, {gigabytes:.0f} GB of memory, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"rsconnect-jupyter {__version__}, pip {pip} beside rsconnect-python; {rounds} rounds (3 of the large bundle); "
        f"load average {load:.1f} before and {os.getloadavg()[0]:.1f} after."
    )
    head = "| | rsconnect-jupyter | rsconnect-python 1.32 | ratio | peak memory, MB |\n|---|---:|---:|---:|---:|\n"
    return (
        "# Benchmarks\n\n"
        "Measured by `make bench`, against rsconnect-python 1.32 from PyPI in a separate environment: each command\n"
        "a fresh process, the two taking turns, each with its median. Seconds are of this machine and of what else it\n"
        "did; the ratio (ours by theirs) is what to compare.\n\n"
        f"{facts}\n\n{head}"
        + "".join(f"{row.text()}\n" for row in rows)
        + f"\n## What each figure means\n\n{meanings.table()}\n## How it is measured\n\n{AIM}"
    )


if __name__ == "__main__":
    sys.exit(main())
