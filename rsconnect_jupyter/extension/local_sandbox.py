"""The sandbox server of this user: a child process on loopback that ends with Jupyter."""

from __future__ import annotations

import contextlib
import re
import secrets
import socket
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

from ..connect.responses import read_object
from ..connect.transport import Transport
from ..errors import ConnectError, SandboxError, ServerStoreError
from ..models import Secret, Server
from ..process_environment import without_secrets
from ..servers.store import ServerStore
from ..translation import _

NAME = "sandbox"
"""Name under which the sandbox is known as a server."""

START_SECONDS = 60.0
STOP_SECONDS = 10.0
_PACKAGE_PLACE = Path(__file__).parents[2]
_READY = re.compile(r"^Sandbox ready at (?P<url>\S+) \(API key: \S+\)$")


class LocalSandbox:
    """Starts and stops at most one sandbox, and keeps it in the store of known servers.

    Its content is kept from start to start, and its port where possible. The store notes the addresses that it had, so
    that what was published to it at another port is known again. Each start has a key of its own.
    """

    def __init__(self, store: ServerStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._url: str | None = None

    @property
    def url(self) -> str | None:
        """The root of the sandbox started here, None when none runs."""
        process = self._process
        return self._url if process is not None and process.poll() is None else None

    def start(self) -> Server:
        """Return the sandbox as a server; start it if it does not run yet.

        Raises:
            SandboxError: it did not start.
            ServerStoreError: it cannot be kept as a server.
        """
        with self._lock:
            known = self._known()
            if known is not None and (known.url == self.url or self._is_running(known)):
                return known
            self._end()
            url, key = self._launched(_free_port(known.url) if known else 0)
            try:
                return self._keep(url, key)
            except BaseException:
                self._end()
                raise

    def sign_in_link(self, url: str) -> str:
        """Return a link that signs one browser in, once, and goes on to one of the sandbox's pages.

        Raises:
            SandboxError: the address is not the sandbox's, or it did not start.
        """
        server = self.start()
        if not url.startswith(f"{server.url}/"):
            raise SandboxError.of("sandbox-address", url=url[:200])
        page = url.removeprefix(f"{urlsplit(server.url).scheme}://{urlsplit(server.url).netloc}")
        with Transport(self._store.get(server.name), timeout=STOP_SECONDS) as transport:
            answer = transport.exchange("POST", "__login__/link", params={"next": page})
        return str(read_object(answer, "url")["url"])

    def stop(self) -> None:
        """Stop the sandbox and forget it as a server; nothing happens when there is none."""
        with self._lock:
            self._end()
            known = self._known()
            if known is not None:
                self._store.remove(known.name)

    def close(self) -> None:
        """Stop the sandbox because Jupyter ends; it stays known, and publishing to it starts it again."""
        with self._lock:
            self._end()

    def _known(self) -> Server | None:
        return next((each for each in self._store.servers() if each.origin == "sandbox"), None)

    def _is_running(self, known: Server) -> bool:
        """Return True when another Jupyter of this user started it: it proves itself and takes its key."""
        try:
            with Transport(self._store.get(known.name), timeout=5.0, retry_seconds=0) as transport:
                return transport.exchange("GET", "__api__/v1/user").good
        except (ConnectError, SandboxError, ServerStoreError):
            return False

    def _keep(self, url: str, key: Secret) -> Server:
        known = self._known()
        if known is not None:
            return self._store.update(known.name, url=url, api_key=key)
        taken = any(each.name == NAME for each in self._store.servers())
        return self._store.add(url=url, api_key=key, name=None if taken else NAME, user="admin", origin="sandbox")

    def _launched(self, port: int) -> tuple[str, Secret]:
        """Return address and key of a new process; on any port, when somebody took `port` since we looked."""
        try:
            return self._launch(port)
        except SandboxError:
            if not port:
                raise
            return self._launch(0)

    def _launch(self, port: int) -> tuple[str, Secret]:
        """Start the process and return its address and key when it says that it is ready."""
        key = Secret(secrets.token_urlsafe(32))
        command = [sys.executable, "-m", "rsconnect_jupyter.extension.sandbox_child"]
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port), "--always-sign-in"],
            cwd=_PACKAGE_PLACE,  # Python's first place for modules: not a folder where somebody keeps a random.py
            env=without_secrets(),
            stdin=subprocess.PIPE,  # closes when Jupyter ends, also when it is killed: the child's sign to end too
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._process = process
        watchdog = threading.Timer(START_SECONDS, process.kill)
        watchdog.daemon = True
        watchdog.start()
        _write_key(process, key)
        ready, last = _read_until_ready(process)
        watchdog.cancel()
        if ready is None:
            self._end()
            _drain(process)
            raise SandboxError.of("sandbox-failed", reason=last or _("it printed nothing"))
        self._url = ready["url"].rstrip("/")
        threading.Thread(target=_drain, args=(process,), name="sandbox-output", daemon=True).start()
        return self._url, key

    def _end(self) -> None:
        process, self._process, self._url = self._process, None, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()


def _free_port(url: str) -> int:
    """Return the port of the last start unless somebody listens there, else 0 (any)."""
    port = urlsplit(url).port or 0
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


def _write_key(process: subprocess.Popen[str], key: Secret) -> None:
    """Give the process its key, where no list of processes shows it."""
    if process.stdin is not None:
        with contextlib.suppress(OSError):  # it ended already, and its output says why
            process.stdin.write(f"{key.reveal()}\n")
            process.stdin.flush()


def _read_until_ready(process: subprocess.Popen[str]) -> tuple[re.Match[str] | None, str]:
    """Return the line that says it is ready, or none and the last line when the process ended first."""
    last = ""
    for line in process.stdout or ():
        ready = _READY.match(line.strip())
        if ready:
            return ready, last
        last = line.strip() or last
    return None, last


def _drain(process: subprocess.Popen[str]) -> None:
    """Read the pipe empty, or the sandbox would stand still once it is full."""
    if process.stdout is not None:
        with contextlib.suppress(OSError, ValueError), process.stdout as output:
            for _line in output:
                pass
