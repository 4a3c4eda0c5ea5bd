"""One piece of work with this package, timed inside its process; prints one JSON object.

Arguments: ``inspect NOTEBOOK``, ``page NOTEBOOK PAGE``, or ``search SERVER TITLE`` with the key in
``CONNECT_API_KEY``.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path


def inspect(notebook: str) -> float:
    """Return the seconds it takes to learn what the notebook's kernel has installed."""
    from rsconnect_jupyter.kernel.environment import inspect_kernel  # noqa: PLC0415 - only what is measured
    from rsconnect_jupyter.notebook.reading import read_notebook  # noqa: PLC0415 - only what is measured

    read = read_notebook(Path(notebook))
    began = time.perf_counter()
    assert inspect_kernel(read).distributions
    return time.perf_counter() - began


def make_page(notebook: str, page: str) -> float:
    """Return the seconds it takes to write the finished document of a notebook."""
    began = time.perf_counter()
    from rsconnect_jupyter.html.render import render_html  # noqa: PLC0415 - only what is measured

    Path(page).write_text(render_html(Path(notebook)), encoding="utf-8")
    return time.perf_counter() - began


def search(url: str, title: str) -> float:
    """Return the seconds it takes to connect and find content by its title."""
    began = time.perf_counter()
    from rsconnect_jupyter.connect.discovery import open_client  # noqa: PLC0415 - only what is measured
    from rsconnect_jupyter.models import Secret, Server  # noqa: PLC0415 - only what is measured

    key = Secret(os.environ["CONNECT_API_KEY"])
    with open_client(Server(name="here", url=url, api_key=key)) as client:
        assert client.search(title)[0].title == title
    return time.perf_counter() - began


def peak() -> int:
    """Return the most memory this process had, in bytes (Linux)."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


if __name__ == "__main__":
    probes: dict[str, Callable[..., float]] = {"inspect": inspect, "page": make_page, "search": search}
    work = probes[sys.argv[1]]
    print(json.dumps({"seconds": work(*sys.argv[2:]), "peak": peak()}))
