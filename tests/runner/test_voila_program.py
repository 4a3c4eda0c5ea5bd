"""A reader of a kernel's answers sees one whose notice a request took away; Voilà sends two without waiting."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import rsconnect_jupyter.runner

PROGRAM = Path(rsconnect_jupyter.runner.__file__).with_name("voila_program.py")

IN_PLACE_OF_VOILA = """
import asyncio, os, zmq, zmq.asyncio

async def read():
    reader, kernel = zmq.asyncio.Context().socket(zmq.DEALER), zmq.Context().socket(zmq.DEALER)
    kernel.connect(f"tcp://127.0.0.1:{reader.bind_to_random_port('tcp://127.0.0.1')}")
    raw = zmq.Socket.shadow(reader.underlying)
    waiting = asyncio.ensure_future(reader.poll(LIMIT))
    await asyncio.sleep(0.1)
    kernel.send(b"answer")
    while not raw.get(zmq.EVENTS) & zmq.POLLIN:  # what sending does, too: it takes the notice of the answer
        pass
    done, _ = await asyncio.wait([waiting], timeout=10)
    print("read" if done and await waiting else "nothing", await reader.recv(), flush=True)
    os._exit(0)

asyncio.run(read())
"""


def printed(voila: str, folder: Path) -> str:
    """Return what the program prints with this in place of Voilà."""
    (folder / "voila.py").write_text(voila)
    variables = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, str(PROGRAM)]
    return subprocess.run(command, env=variables, stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("limit", ["None", "2000"], ids=["without a limit", "with a limit"])
def test_an_answer_without_a_notice_is_read(limit: str, tmp_path: Path) -> None:
    assert printed(IN_PLACE_OF_VOILA.replace("LIMIT", limit), tmp_path) == "read b'answer'\n"


def test_modules_beside_the_program_are_not_the_notebooks(tmp_path: Path) -> None:
    assert Path(printed("import sys; print(sys.path[0])", tmp_path).strip()) != PROGRAM.parent
