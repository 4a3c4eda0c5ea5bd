"""What the extension does when a part of it fails, and what it answers to what it does not have."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from rsconnect_jupyter.errors import ServerStoreError
from rsconnect_jupyter.extension.app import PublishExtension
from rsconnect_jupyter.extension.known_servers import KnownServers
from rsconnect_jupyter.extension.services import Services
from rsconnect_jupyter.models import Server


async def test_there_are_no_other_routes(api: Any) -> None:
    for verb in ("GET", "POST"):
        assert (await api(verb, "nothing-here")).status == 404


def failing(error: Exception) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


def test_jobs_that_cannot_be_taken_up_again_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    extension: Any = SimpleNamespace(services=failing(OSError("full")), log=logging.getLogger("test"))
    asyncio.run(PublishExtension._resume(extension))
    assert "could not be taken up again" in caplog.text


@pytest.mark.parametrize(
    "made", [None, SimpleNamespace(publishing=SimpleNamespace(activity=lambda: {"publishing": []}))]
)
def test_running_jobs_keep_jupyter_from_being_idle(made: Any) -> None:
    extension: Any = SimpleNamespace(_made_services=lambda: made)
    assert PublishExtension.current_activity(extension) == (made and {"publishing": []})


def test_servers_of_version_1_that_cannot_be_read_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    services: Any = SimpleNamespace(store=SimpleNamespace(import_predecessor=failing(ServerStoreError("odd"))))
    Services._import_predecessor(services)
    assert "could not be imported" in caplog.text


def test_the_sandbox_is_stopped_when_it_is_removed() -> None:
    done: list[str] = []
    server = Server(name="sandbox", url="http://127.0.0.1:9", origin="sandbox")
    servers: Any = SimpleNamespace(
        _sandbox=SimpleNamespace(stop=lambda: done.append("stopped")), store=SimpleNamespace(named=lambda _name: server)
    )
    KnownServers.remove(servers, "sandbox")
    assert done == ["stopped"]
