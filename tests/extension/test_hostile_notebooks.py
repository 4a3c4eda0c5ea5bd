"""Hostile notebooks and projects through the route that the panel asks: an answer, never a failure of ours, and nobody
else waits meanwhile."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from contract import check_answer
from hostile_inputs import CELLS, FILES, code, write

LONGEST = 0.5
"""Seconds of processor time that Jupyter's process may take between two turns of its event loop.

While anything keeps the loop or the interpreter, time passes between two turns. The clock on the wall would also count
what other programs do meanwhile. Usual are 0.04 s; what this test is about took 50 s.
"""

Request = Callable[..., Any]


@pytest.fixture
def inspect(jp_serverapp: Any, http_server_client: Any, jp_auth_header: Any, jp_base_url: Any) -> Request:
    """Ask for an inspection, and leave reading the answer for later: it takes time of this process, too."""

    async def ask(**request: Any) -> tuple[int, bytes]:
        answer = await http_server_client.fetch(
            f"{jp_base_url}rsconnect-jupyter/inspect",
            method="POST",
            headers=dict(jp_auth_header),
            body=json.dumps(request),
            raise_error=False,
            request_timeout=120,
        )
        return answer.code, answer.body

    return ask


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Fail when the event loop had no turn for long."""
    gc.collect()
    gc.freeze()  # the tests' own objects; Jupyter's are few
    taken: list[float] = []

    async def look() -> None:
        while True:
            before = time.process_time()
            await asyncio.sleep(0.005)
            taken.append(time.process_time() - before)

    looking = asyncio.ensure_future(look())
    try:
        yield
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        gc.unfreeze()
    assert max(taken) < LONGEST


async def test_every_hostile_notebook_gets_an_answer(inspect: Request, jp_root_dir: Path) -> None:
    for number, cells in enumerate(CELLS.values()):
        (jp_root_dir / str(number)).mkdir()
        write(jp_root_dir / str(number), cells)
    await inspect(path="0/a.ipynb")  # imports what it needs
    async with answering():
        answers = [await inspect(path=f"{number}/a.ipynb", mode="html") for number in range(len(CELLS))]
    for name, (status, body) in zip(CELLS, answers, strict=True):
        assert status in (200, 422), f"{name}: {body!r}"
        check_answer("POST", "inspect", status, json.loads(body))


async def test_every_hostile_project_gets_an_answer(inspect: Request, jp_root_dir: Path) -> None:
    for number, files in enumerate(FILES.values()):
        (jp_root_dir / str(number)).mkdir()
        write(jp_root_dir / str(number), code("import json, numpy", "json.load(open('b.json'))"), files)
    await inspect(path="0/a.ipynb")
    async with answering():
        answers = [await inspect(path=f"{number}/a.ipynb") for number in range(len(FILES))]
    for name, (status, body) in zip(FILES, answers, strict=True):
        assert status == 200, f"{name}: {body!r}"
        check_answer("POST", "inspect", status, json.loads(body))
