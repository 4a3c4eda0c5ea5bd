"""Deploy an earlier version of a content again, with the guards and the steps of a publish."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

from ..connect.app_modes import SOURCE, TITLES
from ..connect.client import Client
from ..connect.discovery import open_client
from ..errors import TargetError
from ..models import Content, Deployment, Event, PublishOptions, PublishRequest, RestoreRequest, Server
from ..translation import _
from . import steps
from .progress_events import Working, event, numbered
from .project_access import ProjectAccess
from .publish import Attempt
from .remote_state import Checkpoint, RemoteState
from .steps import ShouldStop
from .targets import OVERWRITE, refusal, translated_fix


def _never() -> bool:
    return False


def as_publish(request: RestoreRequest) -> PublishRequest:
    """Return the publish whose last steps restoring is."""
    options = PublishOptions(update=request.guid, overwrite=request.overwrite)
    return PublishRequest(notebook=request.notebook, root=request.root, server=request.server, options=options)


def restore(
    request: RestoreRequest,
    *,
    should_stop: ShouldStop = _never,
    folder: Path | None = None,
    project: ProjectAccess | None = None,
    connect: Callable[[Server], Client] = open_client,
) -> Generator[Event, None, Deployment]:
    """Deploy a version again: yield what happens, return what came of it.

    As for an update, it is built as a draft first where the server can; readers see it once its page answers.
    `publish.resume` brings one to its end whose process died.

    Args:
        request: Which version of which content.
        should_stop: Asked between and inside the steps.
        folder: Our data folder.
        project: As for `publish.publish`.
        connect: Makes the client; `server_memory.ServerMemory.open` asks fewer questions.

    Raises:
        TargetError: the content cannot be published to; code ``published-by-others`` when readers see another version
            than those of ``request.seen``.
        NotFoundError: there is no such version.
        RSConnectException: it failed, which the last event has said; as `publish`.
    """
    attempt = _Restoring(request, should_stop=should_stop, folder=folder, project=project, connect=connect)
    return (yield from numbered(attempt.guarded(attempt.restore())))


class _Restoring(Attempt):
    def __init__(
        self,
        request: RestoreRequest,
        *,
        should_stop: ShouldStop,
        folder: Path | None,
        project: ProjectAccess | None,
        connect: Callable[[Server], Client],
    ) -> None:
        super().__init__(as_publish(request), should_stop=should_stop, folder=folder, project=project, connect=connect)
        self._version = request

    def restore(self) -> Working[Deployment]:
        """All steps."""
        wanted, server = self._version, self._request.server
        yield event(
            "inspect",
            "start",
            _("Looking for version {bundle_id} on {name}.").format(bundle_id=wanted.bundle_id, name=server.name),
        )
        client = self._open()
        self._user = steps.publisher(client, server)
        content = client.content(wanted.guid)
        _refuse(content, wanted)
        title = content.title or content.name
        mode = next((each for each in TITLES if each == content.mode), SOURCE)
        point = Checkpoint(guid=content.guid, mode=mode, title=title, bundle_id=wanted.bundle_id)
        remote = self._remote = RemoteState(content=content, before=content, checkpoint=point)
        yield event(
            "content",
            "success",
            _("Restoring version {bundle_id} of {title}.").format(bundle_id=wanted.bundle_id, title=title),
            data=remote.facts(),
        )
        self._look_for_stop()
        yield event("deploy", "start", _("Running on {name}.").format(name=server.name))
        self._remote = remote = steps.start_deployment(remote, client, draft=steps.is_drafted(remote, client))
        yield event("deploy", "progress", _("The server has started."), data=remote.facts())
        remote = yield from self._follow(remote, client)
        return (yield from self._finish(remote, client, keep_draft=False))


def _refuse(content: Content, wanted: RestoreRequest) -> None:
    """Refuse what a publish would refuse, and to replace a version that the author has not seen.

    Raises:
        TargetError: why.
    """
    problem = refusal(content, None)
    if problem is None and wanted.seen and not wanted.overwrite and content.bundle_id not in wanted.seen:
        facts = {"time": content.last_deployed, "guid": content.guid, "fix": translated_fix(OVERWRITE)}
        title = content.title or content.name
        problem = TargetError.of("published-by-others", data=facts, title=title)
    if problem is not None:
        raise problem
