"""What the routes say about settings of published content: variables, integrations, schedule. All of it blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import OptionError
from ..models import Schedule, ScheduleState, Secret, Where
from ..project_files import destination
from ..publishing.content_integrations import apply_integrations, integration_state
from ..publishing.content_schedule import schedule_state, set_schedule
from ..publishing.option_values import read_options
from ..publishing.schedule_text import start_of, time_of
from ..publishing.variable_files import read_variable_file
from ..translation import _
from .audit import INTEGRATIONS, Emit
from .contents_paths import NotebookFile
from .known_servers import KnownServers


class ContentSettingsService:
    """Answers about settings.

    Args:
        servers: Where the content is.
        emit: Takes the events for operators.
    """

    def __init__(self, servers: KnownServers, *, emit: Emit) -> None:
        self._servers = servers
        self._emit = emit

    def variables(self, name: str, guid: str) -> dict[str, Any]:
        """Return the ``VariableNames`` of a content."""
        with self._servers.connected(name) as client:
            return {"names": list(client.variable_names(guid))}

    def change_variables(self, name: str, guid: str, env: Mapping[str, Secret | None]) -> dict[str, Any]:
        """Set and delete variables; return the ``VariableNames`` afterwards."""
        with self._servers.connected(name) as client:
            client.set_variables(guid, env)
            return {"names": list(client.variable_names(guid))}

    def integrations(self, name: str, guid: str | None) -> dict[str, Any]:
        """Return the ``ContentIntegrations`` of a content; None stands for new content."""
        with self._servers.connected(name) as client:
            return integration_state(client, guid).as_dict()

    def change_integrations(self, name: str, guid: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change at once what an ``IntegrationChanges`` says; return the ``ContentIntegrations`` afterwards.

        Raises:
            OptionError: code ``unknown-integration``.
            TargetError: code ``integrations-unavailable``: nothing was written.
        """
        options = read_options(changes)
        with self._servers.connected(name) as client:
            content = client.content(guid)
            plan = apply_integrations(client, content, options)
            if plan:
                place = {"server": name, "server_url": client.server.url, "content_guid": content.guid}
                self._emit(INTEGRATIONS, {**place, **plan.about()})
            return integration_state(client, content.guid).as_dict()

    def schedule(self, name: str, guid: str) -> dict[str, Any]:
        """Return the ``ScheduleState`` of a content."""
        with self._servers.connected(name) as client:
            return _schedule_info(schedule_state(client, guid))

    def set_schedule(self, name: str, guid: str, fields: Mapping[str, Any] | None) -> dict[str, Any]:
        """Give a content a schedule of ``ScheduleFields``, or none; return the ``ScheduleState`` afterwards."""
        wanted = None
        if fields is not None:
            start = start_of(fields["time"], fields["timezone"])
            named = {key: fields[key] for key in ("kind", "parameters", "timezone", "email", "publish_output")}
            wanted = Schedule(start=start, **named)
        with self._servers.connected(name) as client:
            return _schedule_info(set_schedule(client, guid, wanted))


def _schedule_info(state: ScheduleState) -> dict[str, Any]:
    info = state.as_dict()
    if state.schedule is not None:
        names = ("kind", "parameters", "timezone", "email", "publish_output")
        shown = {name: info["schedule"][name] for name in names}
        info["schedule"] = {**shown, "time": time_of(state.schedule)}
    return info


def hidden_values(changes: Mapping[str, Any]) -> Mapping[str, Secret | None]:
    """Return the values of ``VariableChanges`` as secrets.

    Raises:
        OptionError: code ``bad-option``: a name or value cannot be.
    """
    return read_options({"env": changes["env"]}).env or {}


def with_variable_file(notebook: NotebookFile, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request with the variables of its ``env_file``, which is read here and nowhere else.

    Raises:
        OptionError: code ``bad-variable``: it is not in the notebook's project, or cannot be read.
    """
    rest = {name: value for name, value in request.items() if name != "env_file"}
    file = request.get("env_file")
    if not file:
        return rest
    place = destination(file, folder=notebook.file.parent, root=notebook.root)
    if place.real is None or place.verdict == "outside":
        reason = _("it is not in the notebook's project")
        raise OptionError.of("bad-variable/file", where=Where(field="env_file"), path=file, reason=reason)
    return {**rest, "env": {**read_variable_file(place.real, name=file), **(request.get("env") or {})}}
