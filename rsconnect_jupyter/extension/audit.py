"""Events for operators of Jupyter servers, through Jupyter's own event system; ``event_schemas`` describes them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import Cancelled, RSConnectException
from ..models import Deployment, Event, Server
from ..servers.sign_in_task import SignInTask

if TYPE_CHECKING:
    from jupyter_events import EventLogger

SCHEMAS = Path(__file__).with_name("event_schemas")
PUBLISH = "https://events.rsconnect-jupyter.org/publish/v1"
RESTORE = "https://events.rsconnect-jupyter.org/restore/v1"
SERVER = "https://events.rsconnect-jupyter.org/server/v1"
SIGN_IN = "https://events.rsconnect-jupyter.org/sign-in/v1"

ACCESS = "https://events.rsconnect-jupyter.org/access/v1"
INTEGRATIONS = "https://events.rsconnect-jupyter.org/integrations/v1"

ServerAction = Literal["added", "changed", "removed"]
Emit = Callable[[str, dict[str, Any]], None]


def emitter(logger: EventLogger, loop: asyncio.AbstractEventLoop) -> Emit:
    """Return what emits an event from any thread: a schema's id and the event's data."""
    for schema in sorted(SCHEMAS.glob("*.yaml")):
        logger.register_event_schema(schema)

    def emit(schema_id: str, data: dict[str, Any]) -> None:
        loop.call_soon_threadsafe(partial(logger.emit, schema_id=schema_id, data=data))

    return emit


def audited(
    steps: Generator[Event, None, Deployment], emit: Emit, *, notebook: str, server: Server, restores: str | None = None
) -> Generator[Event, None, Deployment]:
    """Run the steps of a publish, or of a restore; emit that it started, and how it ended.

    Args:
        steps: What it does.
        emit: Takes the events.
        notebook: As Jupyter names it.
        server: Where to.
        restores: Id of the version to restore; None for a publish.
    """
    schema, version = (RESTORE, {"bundle_id": restores}) if restores else (PUBLISH, {})
    about = {"notebook": notebook, "server": server.name, "server_url": server.url, **version}
    emit(schema, {"action": "started", **about})
    try:
        deployment = yield from _watched(steps, emit, about)
    except RSConnectException as exc:
        action = "cancelled" if isinstance(exc, Cancelled) else "failed"
        emit(schema, {"action": action, "code": exc.code, **about})
        raise
    made = {"content_guid": deployment.guid, "bundle_id": deployment.bundle_id, "mode": deployment.mode}
    emit(schema, {"action": "succeeded", **about, **{name: value for name, value in made.items() if value}})
    return deployment


def sign_in_event(task: SignInTask) -> dict[str, Any]:
    """Return what an event says of a sign-in as it is now. Pure."""
    actions = {"pending": "started", "done": "succeeded"}
    name = task.server.name if task.server else task.choices.name
    return {
        "action": actions.get(task.status, task.status),
        "server_url": task.url,
        "method": task.prompt.method,
        **({"server": name} if name else {}),
        **({"code": task.error.code} if task.error and task.status == "failed" else {}),
    }


def _watched(
    steps: Generator[Event, None, Deployment], emit: Emit, about: Mapping[str, str]
) -> Generator[Event, None, Deployment]:
    """Run the steps; emit each change of who may read the content, and of the integrations that it uses."""
    guid = ""
    try:
        while True:
            try:
                each = next(steps)
            except StopIteration as end:
                deployment: Deployment = end.value
                return deployment
            data = each.data or {}
            guid = str(data.get("guid") or guid)
            if data.get("readers"):
                emit(ACCESS, {"content_guid": guid, **about, **data["readers"]})
            if data.get("integrations"):
                emit(INTEGRATIONS, {"content_guid": guid, **about, **data["integrations"]})
            yield each
    finally:
        steps.close()
