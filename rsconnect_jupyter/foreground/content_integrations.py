"""``integrations()`` and ``set_integrations()``: the OAuth integrations that a notebook's content uses."""

from __future__ import annotations

from collections.abc import Iterable

from ..models import ContentIntegrations, PublishOptions
from ..publishing.content_integrations import apply_integrations, integration_state
from .content_versions import PublishedNotebook


def content_integrations(published: PublishedNotebook) -> ContentIntegrations:
    """Return the server's integrations, and which of them the content uses."""
    with published.connected() as client:
        return integration_state(client, published.guid)


def set_content_integrations(published: PublishedNotebook, names: Iterable[str]) -> ContentIntegrations:
    """Change which integrations the content uses; return what the server shows then.

    Raises:
        OptionError: code ``unknown-integration``.
        TargetError: code ``integrations-unavailable``.
    """
    with published.connected() as client:
        content = client.content(published.guid)
        apply_integrations(client, content, PublishOptions(integrations=tuple(names)))
        return integration_state(client, content.guid)
