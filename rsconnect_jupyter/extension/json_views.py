"""The core's records as JSON, in the shapes of ``openapi.yaml``. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..addresses import plain_address
from ..bundle.files import Candidate
from ..models import Content, Publication, Server


def server_info(server: Server, *, locked: bool = False) -> dict[str, Any]:
    """Return a ``ServerInfo``; `locked` says that users cannot change servers."""
    own = server.own and not locked
    return {
        "name": server.name,
        "url": server.url,
        "origin": server.origin,
        "user": server.user,
        "has_key": server.key_place != "none" and not server.problem,
        "key_place": server.key_place,
        "insecure": server.insecure,
        "has_ca": server.ca_data is not None,
        "default": server.default,
        "editable": own,
        "removable": own,
        "key_editable": server.takes_key,
        "keys_url": keys_url(server.url),
        "problem": server.problem,
    }


def keys_url(url: str) -> str:
    """Return the dashboard page on which a server's user makes API keys."""
    return f"{url}/connect/#/api-keys"


def content_hit(content: Content, published: Iterable[str]) -> dict[str, Any]:
    """Return a ``ContentHit``; `published` are the GUIDs that the notebook was published to."""
    hit: dict[str, Any] = {
        "guid": content.guid,
        "id": content.id,
        "name": content.name,
        "title": content.title,
        "mode": content.mode,
        "url": content.url,
        "dashboard_url": content.dashboard_url,
        "logs_url": content.logs_url,
        "owner_guid": content.owner_guid,
        "owner_name": content.owner_name,
        "role": content.role,
        "created": content.created,
        "last_deployed": content.last_deployed,
        "locked": content.locked,
        "editable": content.editable,
        "published_here": content.guid in set(published),
    }
    return hit if content.bundle_id is None else {**hit, "bundle_id": content.bundle_id}


def publication_info(publication: Publication, servers: Iterable[Server], notebook_hash: str) -> dict[str, Any]:
    """Return a ``Publication``: with the known server's name, and whether the notebook changed since."""
    names: Mapping[str, str] = {each.url: each.name for each in reversed(tuple(servers))}
    told = publication.notebook_hash
    return {
        **publication.as_dict(),
        "server": names.get(plain_address(publication.server_url)),
        "changed": bool(told) and bool(notebook_hash) and told != notebook_hash,
    }


def file_info(candidate: Candidate) -> dict[str, Any]:
    """Return a ``FileCandidate``."""
    told: dict[str, Any] = {
        "path": candidate.path,
        "size": candidate.size,
        "included": candidate.included,
        "reason": candidate.reason,
    }
    return told if candidate.where is None else {**told, "where": candidate.where.as_dict()}
