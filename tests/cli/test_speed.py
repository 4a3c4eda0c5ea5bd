"""Help is there at once. What a publish takes beside rsconnect-python's is measured by ``make bench``."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

from serving import Sandbox

NEEDLESS = {
    "IPython", "html.entities", "jupyter_client", "keyring", "nbclient", "nbconvert",
    "nbformat", "pathspec", "tomllib", "tornado", "truststore",
}  # fmt: skip
"""Slow to import, and not for a small notebook that the server runs itself, at an address with http."""


def test_help_is_there_at_once() -> None:
    """Under 0.3 s: counted as processor time, which a busy machine does not stretch; nothing in it waits."""
    spent = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "rsconnect_jupyter", "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.3


def test_a_publish_loads_no_library_that_it_does_without(sandbox: Sandbox, notebook: Path) -> None:
    """Counted in modules: what they cost depends on the machine, that they cost does not."""
    command: list[str | Path] = [
        sys.executable,
        "-X",
        "importtime",
        "-m",
        "rsconnect_jupyter",
        notebook,
        "--server",
        sandbox.url,
        "--new",
    ]
    variables = {**os.environ, "CONNECT_API_KEY": sandbox.key}
    done = subprocess.run(command, capture_output=True, text=True, env=variables, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(re.findall(r"^import time:.*\|\s*(\S+)$", done.stderr, re.MULTILINE))
    assert "requests" in loaded
    assert NEEDLESS & loaded == set()
    assert [each for each in loaded if "sign_in" in each or each == "rsconnect_jupyter.servers.sessions"] == []
