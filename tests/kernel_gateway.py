"""A real kernel gateway, whose kernels have an environment of their own."""

from __future__ import annotations

import os
import secrets
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from peers import peer
from serving import jupyter_environment

from rsconnect_jupyter.runner.ports import free_port

PACKAGING = "24.0"
"""A version that this machine's own environment does not have."""

START_LIMIT = 60


@dataclass(frozen=True)
class Gateway:
    """A running kernel gateway."""

    url: str
    token: str

    @property
    def options(self) -> tuple[str, str]:
        """What Jupyter is started with to use it."""
        return f"--GatewayClient.url={self.url}", f"--GatewayClient.auth_token={self.token}"


@contextmanager
def running_gateway(home: Path) -> Iterator[Gateway]:
    """Run a gateway for the length of a ``with`` block."""
    programs = peer("jupyter_kernel_gateway==3.0.1", "ipykernel", f"packaging=={PACKAGING}")
    port, token = free_port(), secrets.token_hex(16)
    options = [
        f"--KernelGatewayApp.auth_token={token}",
        f"--port={port}",
        "--KernelGatewayApp.ip=127.0.0.1",
        "--JupyterWebsocketPersonality.list_kernels=True",
    ]
    process = subprocess.Popen(
        [str(programs / "jupyter-kernelgateway"), *options],
        env={**jupyter_environment(home), "PATH": f"{programs}:{os.environ['PATH']}"},
        cwd=home,
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{url}/api?token={token}"):
            break
        time.sleep(0.1)
    yield Gateway(url, token)
    process.terminate()
    process.wait(timeout=20)
