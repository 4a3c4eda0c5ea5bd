"""Programs that a publish starts do not get the API key that Jupyter, or a script, has in its environment."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from authoring import write_notebook

from rsconnect_jupyter.bundle.quarto import local_version
from rsconnect_jupyter.kernel.environment import inspect_kernel
from rsconnect_jupyter.notebook.reading import read_notebook
from rsconnect_jupyter.requirements.lock_files import read_uv_lock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are shell scripts")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for programs, first on the path; the environment has a key, and a variable that programs may need."""
    monkeypatch.setenv("CONNECT_API_KEY", "connect-secret")
    monkeypatch.setenv("LICENSE_TOKEN", "of-the-program")
    monkeypatch.setenv("PATH", str(tmp_path / "programs"), prepend=os.pathsep)
    (tmp_path / "programs").mkdir()
    return tmp_path / "programs"


def spy(program: Path, then: str) -> None:
    """Write a program that notes its environment and its arguments."""
    program.write_text(f'#!/bin/sh\n(env; echo "$@") > "{program}.seen"\n{then}\n')
    program.chmod(0o755)


def check(program: Path) -> None:
    told = Path(f"{program}.seen").read_text()
    assert "LICENSE_TOKEN=of-the-program" in told
    assert "CONNECT_API_KEY" not in told
    assert "connect-secret" not in told


def test_a_kernels_interpreter(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spy(programs / "python3", f'exec "{sys.executable}" "$@"')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    spec = {"argv": [str(programs / "python3"), "-m", "ipykernel"], "display_name": "Spied", "language": "python"}
    (tmp_path / "jupyter" / "kernels" / "spied").mkdir(parents=True)
    (tmp_path / "jupyter" / "kernels" / "spied" / "kernel.json").write_text(json.dumps(spec))
    kernelspec = {"name": "spied", "display_name": "Spied", "language": "python"}
    assert inspect_kernel(read_notebook(write_notebook(tmp_path / "a.ipynb", "1", kernelspec=kernelspec))).version
    check(programs / "python3")


def test_uv(programs: Path, tmp_path: Path) -> None:
    spy(programs / "uv", "echo six==1.16.0")
    (tmp_path / "uv.lock").write_text("version = 1\n")
    assert read_uv_lock(tmp_path / "uv.lock")
    check(programs / "uv")


def test_quarto(programs: Path) -> None:
    spy(programs / "quarto", "echo 1.4.550")
    assert local_version() == "1.4.550"
    check(programs / "quarto")
