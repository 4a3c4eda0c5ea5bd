"""What the routes do with Connect servers: find, check, keep, verify, search. All of it blocks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..addresses import guid_in, plain_address
from ..connect.discovery import FoundServer, find_server, open_client
from ..errors import (
    AddressError,
    ForbiddenError,
    NotFoundError,
    RSConnectException,
    ServerStoreError,
    SignInError,
    UnknownServerError,
)
from ..models import Content, Publication, Secret, Server, User, Where
from ..servers.nicknames import free_name
from ..servers.store import ServerStore
from .fields import Fields
from .json_views import OWN_ORIGINS, content_hit, facts_info, keys_url, server_info, user_info
from .local_sandbox import LocalSandbox

SEARCH_LIMIT = 20


class KnownServers:
    """The servers this user can publish to, as the routes see them.

    Args:
        store: Where they and their keys are kept.
        sandbox: Its server is started when it is asked for; None when the administrator turned it off.
        timeout: Seconds a Connect server has to answer one request.
    """

    def __init__(self, store: ServerStore, sandbox: LocalSandbox | None, *, timeout: float) -> None:
        self.store = store
        self._sandbox = sandbox
        self._timeout = timeout
        self.locked = store.configuration.lock

    def info(self, server: Server) -> dict[str, Any]:
        """Return a ``ServerInfo``."""
        return server_info(server, locked=self.locked)

    def all(self) -> dict[str, Any]:
        """Return a ``ServerList``."""
        servers = self.store.servers()
        return {
            "servers": [self.info(each) for each in servers],
            "default": next((each.name for each in servers if each.default), None),
            "locked": self.locked,
            "allow_insecure": self.store.configuration.allow_insecure,
            "key_place": self.store.key_place,
            "sandbox": self.sandbox_state(),
            "predecessor": self.store.predecessor_file() is not None,
        }

    def sandbox_state(self) -> dict[str, Any]:
        """Return a ``SandboxState``."""
        url = self._sandbox.url if self._sandbox else None
        return {"allowed": self._sandbox is not None, "running": url is not None, "url": url}

    def proposed(self, published: Sequence[Publication]) -> str:
        """Return the name of the server to publish to when none was chosen.

        Args:
            published: The notebook's publications, newest first.

        Raises:
            UnknownServerError: no server is known at all.
        """
        server = self.store.default(last_used=published[0].server_url if published else None)
        if server is None:
            raise UnknownServerError("No server is known yet.", hint="Add one first.", where=_at("server"))
        return server.name

    def ready(self, name: str) -> Server:
        """Return the server of that name with its key, the sandbox started.

        Raises:
            UnknownServerError, NoKeyError: the server or its key is not known.
            SandboxError: it is the sandbox, and that does not start.
        """
        if self._sandbox is not None and self.store.named(name).origin == "sandbox":
            self._sandbox.start()
        return self.store.get(name)

    def ready_at(self, name: str, url: str) -> Server:
        """Return the server of that name, or else of that address, with its key: it may have been renamed.

        Raises:
            UnknownServerError, NoKeyError, SandboxError: as `ready`.
        """
        named = [each for each in self.store.servers() if each.url == url]
        return self.ready(next((each.name for each in named if each.name == name), named[0].name if named else name))

    def find(self, fields: Fields) -> dict[str, Any]:
        """Return the ``FoundServer`` behind the typed address."""
        address = fields.required("address")
        found = self._find(address, insecure=fields.flag("insecure"), ca_data=fields.text("ca_data"))
        servers = self.store.servers()
        known = next((each.name for each in servers if each.url == plain_address(found.url)), None)
        return {
            "url": found.url,
            "name": known or free_name(found.url.partition("://")[2].partition("/")[0], [s.name for s in servers]),
            "version": found.version,
            "dialect": found.dialect,
            "keys_url": keys_url(found.url),
            "known": known,
            "guid": found.guid or guid_in(address),
        }

    def add(self, fields: Fields) -> dict[str, Any]:
        """Check a new server and its key, keep both, and return the ``ServerInfo``.

        One that is known already with a key of the same person is changed instead.
        """
        self._refuse_when_locked()
        address, key, name = fields.required("address"), Secret(fields.required("api_key").strip()), fields.text("name")
        insecure, ca_data = fields.flag("insecure"), fields.text("ca_data")
        found = self._find(address, insecure=insecure, ca_data=ca_data)
        candidate = Server(name=name or "new", url=found.url, api_key=key, insecure=insecure, ca_data=ca_data)
        user = self._user(candidate).username
        default = fields.flag("default")
        kept: dict[str, Any] = {"api_key": key, "user": user}
        own: dict[str, Any] = {**kept, "insecure": insecure, "ca_data": ca_data}
        known = self._known_as(found.url, key, user)
        with _blaming("name"):
            if known is None:
                added = self.store.add(url=found.url, name=name, default=default, **own)
            elif known.origin in OWN_ORIGINS:
                added = self.store.update(known.name, new_name=name, default=default or None, **own)
            else:
                added = known if known.key_place != "none" else self.store.update(known.name, **kept)
        return self.info(self.store.named(added.name))

    def change(self, name: str, fields: Fields) -> dict[str, Any]:
        """Change a server, its new address or key checked first, and return the ``ServerInfo``."""
        self.store.named(name)
        changes: dict[str, Any] = {}
        if "name" in fields:
            changes["new_name"] = fields.required("name")
        if "default" in fields:
            changes["default"] = fields.flag("default")
        if any(each in fields for each in ("address", "api_key", "insecure", "ca_data")):
            changes.update(self._connection(name, fields))
        with _blaming("name" if "name" in fields else "api_key"):
            changed = self.store.update(name, **changes)
        return self.info(self.store.named(changed.name))

    def verify(self, name: str) -> dict[str, Any]:
        """Ask the server who the kept key belongs to and return a ``Verification``."""
        server = self.ready(name)
        with open_client(server, timeout=self._timeout) as client:
            user, facts = client.user(), client.facts()
        if server.origin in OWN_ORIGINS and user.username != server.user and not self.locked:
            self.store.update(name, user=user.username)
        info = self.info(replace(self.store.named(name), user=user.username))
        return {"server": info, "user": user_info(user), "facts": facts_info(facts)}

    def search(self, name: str, text: str, published: Collection[str]) -> dict[str, Any]:
        """Return ``ContentHits`` for a part of a title, a link or a GUID; `published` are GUIDs to mark."""
        guid = guid_in(text)
        with open_client(self.ready(name), timeout=self._timeout) as client:
            if guid is None:
                hits: tuple[Content, ...] = client.search(text.strip(), limit=SEARCH_LIMIT)
            else:
                try:
                    hits = (client.content(guid),)
                except (NotFoundError, ForbiddenError):
                    hits = ()
        return {"content": [content_hit(each, published) for each in hits], "more": len(hits) >= SEARCH_LIMIT}

    def _connection(self, name: str, fields: Fields) -> dict[str, Any]:
        """Return checked changes of how to reach a server."""
        old = self.store.get(name) if self.store.named(name).key_place != "none" else self.store.named(name)
        insecure = fields.flag("insecure") if "insecure" in fields else old.insecure
        ca_data = old.ca_data
        if "ca_data" in fields:
            ca_data = None if fields.is_null("ca_data") else fields.text("ca_data")
        key = Secret(fields.required("api_key").strip()) if "api_key" in fields else old.api_key
        changes: dict[str, Any] = {}
        url = old.url
        if "address" in fields or "insecure" in fields or "ca_data" in fields:
            url = self._find(fields.text("address") or old.url, insecure=insecure, ca_data=ca_data).url
        if "address" in fields:
            changes["url"] = url
        if key is not None:
            candidate = replace(old, url=url, api_key=key, insecure=insecure, ca_data=ca_data)
            changes["user"] = self._user(candidate).username
        given = {"api_key": key, "insecure": insecure, "ca_data": ca_data}
        return changes | {each: value for each, value in given.items() if each in fields}

    def _find(self, address: str, *, insecure: bool, ca_data: str | bytes | None) -> FoundServer:
        if insecure and not self.store.configuration.allow_insecure:
            raise ServerStoreError(
                "The administrator does not allow switching certificate checks off.",
                hint="Give the CA certificate of the server instead.",
                code="insecure-not-allowed",
                where=_at("insecure"),
            )
        with _blaming("address"):
            return find_server(address, insecure=insecure, ca_data=ca_data, timeout=min(self._timeout, 15.0))

    def _user(self, server: Server) -> User:
        """Return whose key it is; one that cannot publish is refused now rather than at the first publish."""
        with _blaming("api_key"), open_client(server, timeout=self._timeout) as client:
            user: User = client.user()
        if not user.may_publish:
            raise SignInError(
                f"The user {user.username} may not publish on this server.",
                hint="Ask its administrator for the publisher role, or use another key.",
                status=403,
                code="cannot-publish",
                where=_at("api_key"),
            )
        return user

    def _known_as(self, url: str, key: Secret, user: str) -> Server | None:
        """Return the known server that is meant by an address and a key: of the same key or user, or without a key."""
        here = [each for each in self.store.servers() if each.url == plain_address(url)]
        for each in here:
            if each.key_place != "none" and self.store.get(each.name).api_key == key:
                return each
        own = [each for each in here if each.origin in OWN_ORIGINS and each.user == user]
        return next(iter([*own, *(each for each in here if each.key_place == "none")]), None)

    def _refuse_when_locked(self) -> None:
        if self.locked:
            raise ServerStoreError(
                "The administrator decides which servers there are.",
                hint="Ask for this server to be added to Jupyter's configuration.",
                code="servers-locked",
            )


@contextmanager
def _blaming(field: str) -> Iterator[None]:
    """Say that errors inside are about this form field, unless they know better."""
    try:
        yield
    except AddressError as exc:
        exc.where = exc.where or _at("address")
        raise
    except RSConnectException as exc:
        exc.where = exc.where or _at(field)
        raise


def _at(field: str) -> Where:
    return Where(field=field)
