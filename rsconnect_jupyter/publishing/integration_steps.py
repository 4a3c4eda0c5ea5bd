"""The steps of a publish that change which OAuth integrations the content uses.

They are changed before the server runs the new version, which may need them; when it does not become what readers see,
the earlier version gets its own back.
"""

from __future__ import annotations

from msgspec.structs import replace

from ..connect.client import Client
from ..errors import RSConnectException
from ..translation import _
from .content_integrations import IntegrationPlan, change_integrations
from .progress_events import Working, event
from .remote_state import RemoteState


def change(remote: RemoteState, plan: IntegrationPlan, client: Client) -> Working[RemoteState]:
    """Change which integrations the content uses.

    Raises:
        ConnectError, TargetError: that was not possible.
    """
    if not plan:
        return remote
    yield event("settings", "start", _("Changing the integrations."))
    before = change_integrations(client, remote.content.guid, plan)
    yield event("settings", "progress", _("The integrations are changed."), data={"integrations": plan.about()})
    return replace(remote, integrations_before=before)


def put_back(remote: RemoteState, client: Client) -> bool:
    """Give the content the integrations that it used before the publish; False when it has the new ones."""
    if remote.integrations_before is None:
        return True
    try:
        client.set_integrations(remote.content.guid, remote.integrations_before)
    except RSConnectException:
        return False
    return True
