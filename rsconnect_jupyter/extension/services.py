"""What the routes stand on: one store of servers, one set of jobs, one sandbox, for one Jupyter server.

Imported on a thread when first needed, since it brings in the whole publishing core. Everything here blocks.
"""

from __future__ import annotations

import functools
import gc
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..errors import RSConnectException, SandboxError
from ..html.page_process import PAGES
from ..kernel.kernelspecs import also_ask
from ..models import Secret, Server
from ..servers.sources import read_certificate
from ..servers.store import ServerConfiguration, ServerStore
from .audit import SERVER, Emit, ServerAction
from .content_settings_service import ContentSettingsService
from .inspection_service import InspectionService
from .job_service import JobService
from .known_servers import KnownServers
from .local_sandbox import LocalSandbox
from .notebook_process import NotebookProcess
from .reader_service import ReaderService
from .rehearsal_service import RehearsalLimits, RehearsalService
from .run_service import RunService
from .sign_in_service import SignInService
from .version_service import VersionService

_LOG = logging.getLogger(__name__)


class Services:
    """The publishing core behind one Jupyter server.

    Args:
        settings: The administrator's.
        emit: Takes the events for operators.
        kernel_specs: Jupyter's manager of kernelspecs, which may know more kernels than are on disk.

    Raises:
        ServerStoreError: the configuration names a certificate that cannot be read.
    """

    def __init__(self, settings: Settings, *, emit: Emit, kernel_specs: Any = None) -> None:
        if kernel_specs is not None:
            also_ask(kernel_specs)
        PAGES.time_limit = settings.page_timeout
        self._emit = emit
        self.store = ServerStore(settings.stores())
        self.sandbox = LocalSandbox(self.store) if settings.allow_sandbox else None
        self.servers = KnownServers(self.store, self.sandbox, timeout=settings.request_timeout)
        self.sign_ins = SignInService(self.servers, emit=emit)
        self.notebooks = NotebookProcess()
        self.publishing = JobService(self.servers, self.notebooks, emit=emit)
        limits = RehearsalLimits(
            allowed=settings.allow_rehearsals,
            seconds=settings.rehearsal_timeout,
            environment_bytes=settings.rehearsal_environments,
        )
        self.rehearsals = RehearsalService(self.servers, self.publishing, limits)
        self.inspections = InspectionService(self.servers, self.publishing, self.rehearsals, self.notebooks)
        self.readers = ReaderService(self.servers, self.notebooks, emit=emit)
        self.versions = VersionService(self.servers, self.inspections, self.notebooks)
        self.content_settings = ContentSettingsService(self.servers, emit=emit)
        self.runs = RunService(self.servers, self.notebooks)
        self._import_predecessor()
        _settle()

    def resume(self) -> None:
        """Take up again the jobs that a killed Jupyter left running."""
        self.publishing.resume()
        self.rehearsals.resume()

    def close(self) -> None:
        """End what must not outlive Jupyter."""
        self.rehearsals.close()
        self.notebooks.close()
        self.versions.close()
        self.sign_ins.close()
        if self.sandbox is not None:
            self.sandbox.close()

    def server_event(self, action: ServerAction, name: str) -> None:
        """Emit what happened to a server."""
        self._emit(SERVER, {"action": action, "server": name})

    def start_sandbox(self) -> dict[str, Any]:
        """Start the sandbox and return its ``ServerInfo``."""
        return self.servers.info(self.store.named(self._sandbox().start().name))

    def sandbox_page(self, url: str) -> str:
        """Return a link that opens one of the sandbox's pages signed in."""
        return self._sandbox().sign_in_link(url)

    def stop_sandbox(self) -> None:
        """Stop it."""
        self._sandbox().stop()

    def _sandbox(self) -> LocalSandbox:
        if self.sandbox is None:
            raise SandboxError.of("sandbox-disabled")
        return self.sandbox

    def _import_predecessor(self) -> None:
        try:
            self.store.import_predecessor()
        except (RSConnectException, OSError) as exc:  # its servers are a convenience; ours work without them
            _LOG.warning("servers of version 1 could not be imported: %s", exc)


@functools.cache
def _settle() -> None:
    """Keep what is there now, all the modules, out of the garbage collector's sight, once for the process.

    A full collection looks at every object of every module: 100 to 140 ms in which Jupyter answers nobody, several
    times while notebooks are published. Modules are never garbage.
    """
    gc.freeze()


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the administrator of a Jupyter server can set; `PublishExtension` describes each."""

    servers: Sequence[Mapping[str, Any]] = ()
    default_server: str = ""
    lock_server: bool = False
    ca_file: str = ""
    allow_insecure: bool = True
    allow_sandbox: bool = True
    request_timeout: float = 30.0
    page_timeout: float = 600.0
    allow_rehearsals: bool = True
    rehearsal_timeout: float = 1800.0
    rehearsal_environments: int = 5_000_000_000

    def stores(self) -> ServerConfiguration:
        """Return the part that the store of servers needs.

        Raises:
            ServerStoreError: a certificate cannot be read.
        """
        return ServerConfiguration(
            servers=tuple(map(_configured, self.servers)),
            default=self.default_server or None,
            lock=self.lock_server,
            ca_file=Path(self.ca_file) if self.ca_file else None,
            allow_insecure=self.allow_insecure,
        )


def _configured(entry: Mapping[str, Any]) -> Server:
    key, ca_file = entry.get("api_key"), entry.get("ca_file")
    return Server(
        name=str(entry.get("name") or entry["url"]),
        url=str(entry["url"]),
        api_key=Secret(str(key)) if key else None,
        insecure=bool(entry.get("insecure", False)),
        ca_data=read_certificate(Path(str(ca_file))) if ca_file else None,
        origin="configuration",
    )
