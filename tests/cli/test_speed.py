"""Help is there at once. What a publish takes beside rsconnect-python's is measured by ``make bench``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from serving import Sandbox

NEEDLESS = {
    "IPython", "html.entities", "jupyter_client", "keyring", "nbclient", "nbconvert",
    "nbformat", "pathspec", "pickle", "pygments", "selectolax", "tomllib", "tornado", "traitlets", "truststore", "yaml",
}  # fmt: skip
"""Slow to import, and not for a small notebook that the server runs itself, at an address with http."""


def loaded_by(*arguments: str | Path, **variables: str) -> set[str]:
    """Return the modules that the command loads. What they cost depends on the machine, that they cost does not."""
    command = [sys.executable, "-X", "importtime", "-m", "rsconnect_jupyter", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables}, check=False)
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"^import time:.*\|\s*(\S+)$", done.stderr, re.MULTILINE))


@pytest.mark.unmeasured
def test_help_is_there_at_once() -> None:
    loaded = loaded_by("--help")
    ours = {each for each in loaded if each.startswith("rsconnect_jupyter.")}
    assert {"asyncio", "requests", "ssl", "urllib3", *NEEDLESS} & loaded == set()
    assert {each.split(".")[1] for each in ours} <= {"_version", "cli", "errors", "messages", "models", "translation"}


@pytest.mark.unmeasured
def test_a_publish_loads_no_library_that_it_does_without(sandbox: Sandbox, notebook: Path) -> None:
    loaded = loaded_by(notebook, "--server", sandbox.url, "--new", CONNECT_API_KEY=sandbox.key)
    assert "requests" in loaded
    assert NEEDLESS & loaded == set()
    assert [each for each in loaded if "sign_in" in each or each == "rsconnect_jupyter.servers.sessions"] == []
