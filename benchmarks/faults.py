"""Publish while things break, and print how many publishes came through, kind by kind.

    python benchmarks/faults.py [--short]

A case is survived when the publish succeeds, or fails with one sentence and a hint (exit code 1 or 2, no traceback),
and when the next publish of the same notebook succeeds with at most one item on the server. Everything runs in folders
of its own against sandboxes of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from serving import Sandbox, start_sandbox  # noqa: E402

STEPS = ("inspect", "check", "bundle", "content", "upload", "settings", "deploy", "verify")
ROUTES = (
    ("GET", "/__api__/server_settings"),
    ("GET", "/__api__/v1/user"),
    ("POST", "/__api__/v1/content"),
    ("POST", "/__api__/v1/content/*/bundles"),
    ("POST", "/__api__/v1/content/*/deploy"),
    ("GET", "/__api__/v1/tasks/*"),
    ("GET", "/content/*"),
)
NETWORK: tuple[dict[str, Any], ...] = (
    {"action": "reset"},
    {"action": "reset", "when": "after"},
    {"action": "truncate"},
    {"action": "status", "status": 502},
    {"action": "html"},
)
FULL_DISK = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
JUMPING_CLOCK = (
    "import time; real = time.time; start = real(); time.time = lambda: real() + {jump} * (real() > start + 0.5)"
)
KEYRINGS = ("keyring.backends.fail.Keyring", "keyring.backends.null.Keyring", "no.such.Backend")
RUN = "from rsconnect_jupyter.cli import main; main()"


@dataclass
class Case:
    """One notebook with a store and a history of its own."""

    sandbox: Sandbox
    folder: Path

    def command(self, *prepare: str) -> list[str]:
        notebook = str(self.folder / "project" / "report.ipynb")
        options = ("--server", self.sandbox.url, "--as", "html", "--title", self.title, "--json")
        return [sys.executable, "-c", "; ".join([*prepare, RUN]), notebook, *options]

    @property
    def title(self) -> str:
        return f"Report {self.folder.name}"

    def environment(self, **more: str) -> dict[str, str]:
        home = {name: str(self.folder / "home") for name in ("HOME", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR")}
        keyring = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        return {**os.environ, **home, **keyring, "CONNECT_API_KEY": self.sandbox.key, **more}

    def publish(self, *prepare: str, **more: str) -> str | None:
        """Publish; return why that was no decent end, None when it was."""
        done = self.run(self.command(*prepare), **more)
        return unfit(done.returncode, done.stdout + done.stderr)

    def run(self, command: list[str], *, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, capture_output=True, text=True, env=self.environment(**more), input=typed, check=False
        )

    def until(self, step: str, act: Callable[[subprocess.Popen[str]], None]) -> str | None:
        """Publish, and act when a step begins; return why that was no decent end, None when it was."""
        process = subprocess.Popen(
            self.command(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment()
        )
        assert process.stdout is not None
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if json.loads(line).get("step") == step:
                act(process)
                break
        said.append(process.stdout.read())
        return unfit(process.wait(), "".join(said))

    def recovers(self) -> str | None:
        """Publish once more, undisturbed; return what is wrong then."""
        done = self.run(self.command())
        if done.returncode:
            return done.stderr[-500:]
        items = [each for each in ask(self.sandbox, "GET", "/__api__/v1/content") if each["title"] == self.title]
        return None if len(items) == 1 else f"{len(items)} items of one notebook"


def unfit(code: int, said: str) -> str | None:
    """Return what a publish said that was no decent end, None when it went through or failed in a sentence."""
    if code == 0 or (code in (1, 2) and said.strip() and "Traceback" not in said):
        return None
    return f"exit code {code}: {said[-500:]}"


def ask(sandbox: Sandbox, method: str, path: str, body: Any = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Key {sandbox.key}"}
    request = urllib.request.Request(sandbox.url + path, content, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def network(case: Callable[[], Case], *, short: bool) -> Iterator[str | None]:
    """A request of each kind is cut off before or after it was heard, or something else answers in its place."""
    for method, path in ROUTES[3:5] if short else ROUTES:
        for action in NETWORK[:1] if short else NETWORK:
            here = case()
            ask(
                here.sandbox,
                "PUT",
                "/__sandbox__/faults",
                {"rules": [{"method": method, "path": path, "times": 1, **action}]},
            )
            wrong = here.publish()
            ask(here.sandbox, "DELETE", "/__sandbox__/faults")
            yield wrong or here.recovers()


def killed(case: Callable[[], Case], *, short: bool) -> Iterator[str | None]:
    """The publishing process is killed when a step begins."""
    for step in ("content", "deploy") if short else STEPS:
        here = case()
        here.until(step, lambda process: process.kill())
        yield here.recovers()


def disk_full(case: Callable[[], Case], *, short: bool) -> Iterator[str | None]:
    """No file may grow beyond some bytes."""
    for limit in (0,) if short else (0, 100, 1000, 100_000):
        here = case()
        yield here.publish(FULL_DISK.format(limit=limit)) or here.recovers()


def read_only_store(case: Callable[[], Case], *, short: bool) -> Iterator[str | None]:
    """Our data folder cannot be made."""
    del short
    here = case()
    yield here.publish(JUPYTER_DATA_DIR="/dev/null/nowhere") or here.recovers()


def no_keyring(case: Callable[[], Case], *, short: bool) -> Iterator[str | None]:
    """The system's keyring fails, is none, or keeps nothing secret: the key is kept all the same, in a private file."""
    for backend in KEYRINGS[:1] if short else KEYRINGS:
        here = case()
        keyring = {"PYTHON_KEYRING_BACKEND": backend}
        add = [sys.executable, "-m", "rsconnect_jupyter", "--add-server", here.sandbox.url, "--name", "kept"]
        added = here.run(add, **keyring)
        if added.returncode:
            yield added.stderr
            continue
        file = here.folder / "home" / "rsconnect-jupyter" / "keys.json"
        secret = file.stat().st_mode & 0o077 == 0
        yield (None if secret else "others may read the key") or here.publish(CONNECT_API_KEY="", **keyring)


def clock_jump(case: Callable[[], Case], *, short: bool) -> Iterator[str | None]:
    """The clock is set back, or on, during a publish."""
    for jump in (-3600,) if short else (-3600, 3600, -86400 * 365, 86400 * 365):
        here = case()
        yield here.publish(JUMPING_CLOCK.format(jump=f"({jump})")) or here.recovers()


def server_restart(case: Callable[[], Case], *, short: bool) -> Iterator[str | None]:
    """The server is killed when a step begins, and started again on its data."""
    for step in ("upload",) if short else STEPS:
        here = case()
        sandbox = here.sandbox

        def restart(_process: subprocess.Popen[str], sandbox: Sandbox = sandbox) -> None:
            sandbox.kill()
            port = int(sandbox.url.rpartition(":")[2])
            sandbox.process = start_sandbox(sandbox.data, "--allow-faults", key=sandbox.key, port=port).process

        yield here.until(step, restart) or here.recovers()


KINDS: dict[str, Callable[..., Iterator[str | None]]] = {
    "network": network,
    "killed publish": killed,
    "disk full": disk_full,
    "read-only store": read_only_store,
    "no keyring": no_keyring,
    "clock jump": clock_jump,
    "server restart": server_restart,
}


def survivals(scratch: Path, *, short: bool) -> Iterator[tuple[str, list[str | None]]]:
    """Yield each kind with what went wrong in its cases, None where a case was survived."""
    sandbox = start_sandbox(scratch / "library", "--allow-faults")
    made = iter(range(1000))

    def case() -> Case:
        folder = scratch / f"case-{next(made)}"
        (folder / "project").mkdir(parents=True)
        shutil.copy(
            Path(__file__).parents[1] / "tests" / "notebooks" / "empty.ipynb", folder / "project" / "report.ipynb"
        )
        return Case(sandbox, folder)

    try:
        for kind, cases in KINDS.items():
            yield kind, list(cases(case, short=short))
    finally:
        sandbox.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="one or two cases of each kind")
    short = parser.parse_args().short
    failed = 0
    with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
        for kind, cases in survivals(Path(scratch), short=short):
            wrong = [each for each in cases if each is not None]
            failed += len(wrong)
            print(
                f"{kind:16} {len(cases) - len(wrong)}/{len(cases)} survived",
                *wrong,
                sep="\n  " if wrong else " ",
                flush=True,
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
