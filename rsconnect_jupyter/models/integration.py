"""OAuth integrations: what gives content credentials for another service, such as a database."""

from __future__ import annotations

from typing import Any

import msgspec

from .serialization import as_json_data


class Integration(msgspec.Struct, frozen=True, kw_only=True):
    """An integration of a server, without its secrets.

    Attributes:
        template: What it is made of, as Connect names it: ``snowflake``, ``azure``, ``custom`` …
        auth_type: Whose credentials content gets, as Connect names it: ``Viewer``, ``Service Account``,
            ``Visitor API Key`` …; empty when the server does not say.
        used: True when the content uses it.
    """

    guid: str
    name: str
    description: str = ""
    template: str = ""
    auth_type: str = ""
    used: bool = False


class ContentIntegrations(msgspec.Struct, frozen=True, kw_only=True):
    """The integrations of a server, and which of them a content uses.

    Attributes:
        guid: The content; empty for new content.
        integrations: Those that the content uses first.
        may_change: False when this user may not choose them.
        reason: Why there are none to choose, one sentence; empty when there are.
    """

    guid: str
    integrations: tuple[Integration, ...] = ()
    may_change: bool = False
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return as_json_data(self)
