"""Calls of other people's clients, as their users make them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
RSCONNECT = "rsconnect-python==1.32.0"
Command = Callable[..., str]
Note = Callable[[str, object], None]


def note(record_property: Note, client: str, tried: str) -> None:
    """Put into the report what `docs/clients.py` makes its table of."""
    record_property("client", client)
    record_property("tried", tried)


def environment_in(folder: Path, programs: Path) -> dict[str, str]:
    """Return the environment of a user whose home is the folder's parent."""
    home = {"HOME": str(folder.parent), "XDG_CONFIG_HOME": str(folder.parent / "config"), "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **home, "PATH": f"{programs}:{os.environ['PATH']}"}


def command_in(folder: Path, programs: Path, *program: str) -> Command:
    """Return a way to call ``rsconnect``, or another program, in this folder; it returns what was printed."""
    environment = environment_in(folder, programs)

    def rsconnect(*arguments: str, fails: bool = False) -> str:
        command = [str(programs / (program or ("rsconnect",))[0]), *program[1:], *arguments]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        text = COLOURS.sub("", done.stdout + done.stderr)
        assert (done.returncode != 0) == fails, text
        return text

    return rsconnect


def guid_in(text: str) -> str:
    found = re.findall(r"Direct content URL: \S+/content/([0-9a-f-]{36})/", text)
    assert found, text
    return str(found[-1])
