"""Start Jupyter servers without a front end."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import requests
from serving import Jupyter, jupyter_environment

from rsconnect_jupyter.runner.ports import free_port

EXTENSION = "--ServerApp.jpserver_extensions={'rsconnect_jupyter': True}"
"""Also where the package is only importable, not installed."""


def start_server(
    home: Path,
    root: Path,
    *options: str,
    base_url: str = "/",
    token: str = "t" * 32,
    environment: Mapping[str, str] | None = None,
    user: int | None = None,
    python: str = sys.executable,
) -> Jupyter:
    """Start a Jupyter server without a front end and return it when it answers.

    Args:
        home: Where its folders are.
        root: What it shows.
        options: More of the command line.
        base_url: Its prefix.
        token: None leaves the password.
        environment: More of its environment.
        user: Number of the user that runs it and gets `home` and `root`; an administrator may choose one.
        python: What runs it.
    """
    port, log = free_port(), home / "jupyter.log"
    variables = {**jupyter_environment(home), **(environment or {}), **({"JUPYTER_TOKEN": token} if token else {})}
    command = [python, "-m", "jupyter_server", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    places = [f"--ServerApp.root_dir={root}", f"--ServerApp.base_url={base_url}", "--ServerApp.open_browser=False"]
    log.touch()
    if user is not None:
        subprocess.run(["chown", "-R", f"{user}:{user}", str(home.parent), str(home), str(root)], check=True)
    with log.open("a") as output:
        process = subprocess.Popen(
            [*command, *places, "--ServerApp.allow_root=True", EXTENSION, *options],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    jupyter = Jupyter(f"http://127.0.0.1:{port}{base_url.rstrip('/')}", token, root, process, log)
    while process.poll() is None:
        with suppress(requests.ConnectionError):
            if requests.get(f"{jupyter.url}/api", timeout=30).ok:
                return jupyter
        time.sleep(0.05)
    raise AssertionError("Jupyter did not start:\n" + log.read_text())
