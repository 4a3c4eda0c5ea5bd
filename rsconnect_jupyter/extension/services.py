"""What the routes stand on: one store of servers, one set of jobs, one sandbox, for one Jupyter server.

Imported on a thread when first needed, since it brings in the whole publishing core. Everything here blocks.
"""

from __future__ import annotations

import functools
import gc
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RSConnectException, SandboxError
from ..kernel.kernelspecs import also_ask
from ..models import Secret, Server
from ..servers.sources import read_certificate
from ..servers.store import ServerConfiguration, ServerStore
from .inspection_service import InspectionService
from .job_service import JobService
from .known_servers import KnownServers
from .local_sandbox import LocalSandbox

if TYPE_CHECKING:
    from .app import PublishExtension


class Services:
    """The publishing core behind one Jupyter server.

    Args:
        extension: Whose configuration counts.

    Raises:
        ServerStoreError: the configuration names a certificate that cannot be read.
    """

    def __init__(self, extension: PublishExtension) -> None:
        manager = extension.serverapp.kernel_spec_manager if extension.serverapp else None
        if manager is not None:
            also_ask(manager)
        self.store = ServerStore(read_configuration(extension))
        self.sandbox = LocalSandbox(self.store) if extension.allow_sandbox else None
        self.servers = KnownServers(self.store, self.sandbox, timeout=extension.request_timeout)
        self.publishing = JobService(self.servers)
        self.inspections = InspectionService(self.servers, self.publishing)
        self._import_predecessor(extension)
        _settle()

    def resume(self) -> None:
        """Take up again the jobs that a killed Jupyter left running."""
        self.publishing.resume()

    def close(self) -> None:
        """End what must not outlive Jupyter."""
        if self.sandbox is not None:
            self.sandbox.close()

    def start_sandbox(self) -> dict[str, Any]:
        """Start the sandbox and return its ``ServerInfo``."""
        return self.servers.info(self.store.named(self._sandbox().start().name))

    def stop_sandbox(self) -> None:
        """Stop it."""
        self._sandbox().stop()

    def _sandbox(self) -> LocalSandbox:
        if self.sandbox is None:
            raise SandboxError(
                "The administrator turned the sandbox off.",
                hint="Publish to one of the known servers.",
                code="sandbox-disabled",
            )
        return self.sandbox

    def _import_predecessor(self, extension: PublishExtension) -> None:
        try:
            self.store.import_predecessor()
        except (RSConnectException, OSError) as exc:  # its servers are a convenience; ours work without them
            extension.log.warning("rsconnect_jupyter: servers of version 1 could not be taken over: %s", exc)


@functools.cache
def _settle() -> None:
    """Keep what is there now, all the modules, out of the garbage collector's sight, once for the process.

    A full collection looks at every object of every module: 100 to 140 ms in which Jupyter answers nobody, several
    times while notebooks are published. Modules are never garbage.
    """
    gc.freeze()


def read_configuration(extension: PublishExtension) -> ServerConfiguration:
    """Return what the administrator configured.

    Raises:
        ServerStoreError: a certificate cannot be read.
    """
    return ServerConfiguration(
        servers=tuple(_configured(each) for each in extension.servers),
        default=extension.default_server or None,
        lock=extension.lock_server,
        ca_file=Path(extension.ca_file) if extension.ca_file else None,
        allow_insecure=extension.allow_insecure,
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
