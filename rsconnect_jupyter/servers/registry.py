"""Find, add, verify, edit and remove Connect servers, and search one: what all front ends call. All of it blocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ..addresses import guid_in, host_of, plain_address
from ..connect.discovery import FoundServer, find_server, open_client
from ..errors import AddressError, ForbiddenError, NotFoundError, RSConnectException, ServerStoreError, SignInError
from ..models import Content, Secret, Server, User, Where
from .nicknames import free_name
from .store import KEEP, ServerStore, read_only

SEARCH_LIMIT = 20
"""How many items a search returns at most."""


class ServerRegistry:
    """The known servers, with what is asked of the servers themselves before one is added or changed.

    Args:
        store: Where they and their keys are kept.
        timeout: Seconds a Connect server has to answer one request.
    """

    def __init__(self, store: ServerStore, *, timeout: float = 30.0) -> None:
        self.store = store
        self.timeout = timeout

    def find(self, address: str, *, insecure: bool = False, ca_data: str | bytes | None = None) -> FoundServer:
        """Return the server behind an address or any link to it, without signing in.

        Raises:
            AddressError, NoAnswerError: there is none, or it does not answer.
            ServerStoreError: code ``insecure-not-allowed``.
        """
        self._refuse_insecure(insecure=insecure)
        with _blaming("address"):
            return find_server(address, insecure=insecure, ca_data=ca_data, timeout=min(self.timeout, 15.0))

    def name_of(self, url: str) -> str | None:
        """Return the name of the known server with this address."""
        return next((each.name for each in self.store.servers() if each.url == plain_address(url)), None)

    def free_name(self, url: str) -> str:
        """Return the name that a new server of this address would get."""
        return free_name(host_of(url), [each.name for each in self.store.servers()])

    def add(
        self,
        address: str,
        api_key: Secret,
        *,
        name: str | None = None,
        insecure: bool = False,
        ca_data: str | bytes | None = None,
        default: bool = False,
        found: FoundServer | None = None,
    ) -> tuple[Server, bool]:
        """Check an address and an API key, keep both, and return the server and whether it is new.

        A known server of the same address and account is updated instead.

        Args:
            address: Any link to the server.
            api_key: The key; it is sent only to the server that was found at the address.
            name: Unique name; from the host when omitted.
            insecure: True skips the check of certificates.
            ca_data: PEM text or DER bytes of a CA to trust.
            default: True makes it the server to propose.
            found: What `find` returned for this address, so that it is not asked again.

        Raises:
            RSConnectException: nothing was kept; ``where`` names the field that is wrong.
        """
        if self.store.configuration.lock:
            raise ServerStoreError.of("servers-locked")
        self._refuse_insecure(insecure=insecure)
        typed = Server(name="new", url=found.url if found else address, insecure=insecure, ca_data=ca_data)
        checked, user = self.verify(replace(typed, api_key=api_key), found=found, search=found is None)
        known = self._known_as(checked.url, api_key, user.username)
        if known is None:
            with _blaming("name"):
                added = self.store.add(
                    url=checked.url,
                    api_key=api_key,
                    name=name,
                    insecure=insecure,
                    ca_data=ca_data,
                    user=user.username,
                    default=default,
                )
            return added, True
        return self._update_known(known, api_key, user, name=name, default=default, typed=typed), False

    def edit(
        self,
        name: str,
        *,
        new_name: str | None = None,
        address: str | None = None,
        api_key: Secret | None = None,
        insecure: bool | None = None,
        ca_data: str | bytes | None = KEEP,
        default: bool | None = None,
    ) -> Server:
        """Change a server; what is omitted stays. A new key is checked with the server before it is kept.

        Raises:
            ServerStoreError: as `ServerStore.update`.
            RSConnectException: nothing was changed; ``where`` names the field that is wrong.
        """
        old = self.store.named(name)
        beyond_key = ca_data is not KEEP or any(each is not None for each in (new_name, address, insecure))
        if (beyond_key and not old.own) or (api_key is not None and not old.takes_key):
            raise read_only(old)
        self._refuse_insecure(insecure=bool(insecure))
        found = None
        changed = replace(
            old,
            insecure=old.insecure if insecure is None else insecure,
            ca_data=old.ca_data if ca_data is KEEP else ca_data,
        )
        if address is not None:
            found = self.find(address, insecure=changed.insecure, ca_data=changed.ca_data)
            changed = replace(changed, url=plain_address(found.url))
        values: dict[str, Any] = {"ca_data": ca_data, "insecure": insecure}
        if changed.url != old.url:
            values["url"] = changed.url
        if api_key is not None:
            values |= {
                "api_key": api_key,
                "user": self.verify(replace(changed, api_key=api_key), found=found)[1].username,
            }
        with _blaming("name" if new_name is not None else "api_key"):
            return self.store.update(name, new_name=new_name, default=default, **values)

    def remove(self, name: str) -> None:
        """Remove a server and its key.

        Raises:
            UnknownServerError, ServerStoreError: as `ServerStore.remove`.
        """
        self.store.remove(name)

    def verify(self, server: Server, *, found: FoundServer | None = None, search: bool = False) -> tuple[Server, User]:
        """Return a server at its root, and the user of its API key, when they may publish.

        Args:
            server: With the key.
            found: What `find` returned for it.
            search: As for `open_client`.

        Raises:
            SignInError: code ``cannot-publish`` says why they may not: role, locked or not confirmed.
            RSConnectException: the server cannot be asked, or refuses the key.
        """
        with (
            _blaming("address" if search else "api_key"),
            open_client(server, timeout=self.timeout, found=found, search=search) as client,
        ):
            with _blaming("api_key"):
                user = client.user()
            root = client.server
        refused = _why_not(user)
        if refused:
            raise SignInError.of(
                refused,
                where=Where(field="api_key"),
                details={"status": 403},
                user=user.username,
                role=user.role,
                url=root.url,
            )
        return root, user

    def ready(self, name: str) -> Server:
        """Return the server of that name with its key.

        Raises:
            UnknownServerError, NoKeyError: the server or its key is not known.
        """
        return self.store.get(name)

    def ready_at(self, name: str, url: str) -> Server:
        """Return the server of that name, or else of that address, with its key: it may have been renamed.

        Raises:
            UnknownServerError, NoKeyError: as `ready`.
        """
        here = [each.name for each in self.store.servers() if each.url == url]
        return self.ready(name if name in here or not here else here[0])

    def _known_as(self, url: str, key: Secret, user: str) -> Server | None:
        """Return the server that is meant by an address and a key: of the same key or user, or without a key."""
        here = [each for each in self.store.servers() if each.url == plain_address(url)]
        same_key = [each for each in here if self.store.has_key(each.name, key)]
        same_user = [each for each in here if each.takes_key and each.user == user]
        without_key = [each for each in here if each.key_place == "none"]
        return next(iter([*same_key, *same_user, *without_key]), None)

    def _update_known(
        self, known: Server, key: Secret, user: User, *, name: str | None, default: bool, typed: Server
    ) -> Server:
        if not known.takes_key:
            return known
        values: dict[str, Any] = {"api_key": key, "user": user.username, "default": default or None}
        if known.own:
            values |= {"new_name": name, "insecure": typed.insecure, "ca_data": typed.ca_data}
        with _blaming("name"):
            return self.store.update(known.name, **values)

    def _refuse_insecure(self, *, insecure: bool) -> None:
        if insecure and not self.store.configuration.allow_insecure:
            raise ServerStoreError.of("insecure-not-allowed", where=Where(field="insecure"))


def search_content(
    server: Server, text: str, *, limit: int = SEARCH_LIMIT, timeout: float = 30.0
) -> tuple[Content, ...]:
    """Return what the key's user can publish to: by a part of a title, a link or a GUID.

    Raises:
        ConnectError: the server cannot be asked.
    """
    guid = guid_in(text)
    with open_client(server, timeout=timeout) as client:
        if guid is None:
            return client.search(text.strip(), limit=limit)
        try:
            return (client.content(guid),)
        except (NotFoundError, ForbiddenError):
            return ()


def _why_not(user: User) -> str | None:
    """Return the error that says why a user may not publish, None when they may."""
    if user.locked:
        return "cannot-publish/locked"
    if not user.confirmed:
        return "cannot-publish/unconfirmed"
    return None if user.may_publish else "cannot-publish/role"


@contextmanager
def _blaming(field: str) -> Iterator[None]:
    """Say that errors inside are about this form field, unless they know better."""
    try:
        yield
    except RSConnectException as exc:
        about = "address" if isinstance(exc, AddressError) else field
        exc.where = exc.where or Where(field=about)
        raise
