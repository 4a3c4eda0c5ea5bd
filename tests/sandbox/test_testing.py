"""What `rsconnect_jupyter.sandbox.testing` gives to the tests of other clients."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sandbox.publishing import Api

from rsconnect_jupyter.sandbox.testing import running_sandbox

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "test-your-client.md"


def test_the_tests_of_the_documentation_pass(tmp_path: Path) -> None:
    """The page's two blocks of Python are the conftest.py and the tests of a client's project."""
    blocks = [each.partition("```")[0] for each in PAGE.read_text(encoding="utf-8").split("```python\n")[1:]]
    for name, block in zip(("conftest.py", "test_client.py"), blocks, strict=False):
        (tmp_path / name).write_text(block)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_options_are_passed_on_and_it_ends_with_the_block(tmp_path: Path) -> None:
    with running_sandbox(tmp_path / "data", "--connect-version=2024.08.0") as running:
        api = Api(running.url, running.keys["viewer"])
        assert api.json("GET", "server_settings")["version"] == "2024.08.0"
    with pytest.raises(OSError, match="refused"):
        api.call("GET", "server_settings")


def test_one_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="--connect-version"), running_sandbox(tmp_path, "--connect-version=new"):
        pass
