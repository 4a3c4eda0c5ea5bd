"""Find, add, verify, edit and remove Connect servers, and search one: what all front ends call. All of it blocks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace

from ..addresses import guid_in, host_of, plain_address
from ..connect.discovery import FoundServer, find_server, open_client
from ..connect.sign_in.authorization_server import discover
from ..connect.sign_in.methods import OpenSignIn, begin
from ..connect.sign_in.pending import SignedIn
from ..connect.sign_in.tokens import revoke
from ..connect.sign_in_credentials import ClaimedToken, OAuthSession
from ..connect.transport import Transport
from ..errors import AddressError, ForbiddenError, NotFoundError, RSConnectException, ServerStoreError, SignInError
from ..models import Content, Secret, Server, User, Where
from .kept_credentials import KeptCredential, kept_key
from .nicknames import free_name
from .sessions import StoredTokens
from .sign_in_texts import kept
from .store import KEEP, ServerStore, read_only

_LOG = logging.getLogger(__name__)

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
        credential = kept_key(api_key, expires=checked.expires)
        return self._keep(replace(typed, url=checked.url), credential, user, name=name, default=default)

    def begin_sign_in(
        self,
        found: FoundServer,
        *,
        remote: bool,
        insecure: bool = False,
        ca_data: str | bytes | None = None,
        allowed_host: str = "",
    ) -> OpenSignIn:
        """Begin to sign in to the server that `find` returned, with the browser. Close what is returned.

        Args:
            found: The server.
            remote: True when the user's browser may not reach this machine's loopback.
            insecure: True skips the check of certificates.
            ca_data: PEM text or DER bytes of a CA to trust.
            allowed_host: Another host that the user lets the server send sign-ins to.

        Raises:
            ServerStoreError: the administrator decides which servers there are.
            ConnectError: as `connect.sign_in.methods.begin`.
        """
        if self.store.configuration.lock and self.name_of(found.url) is None:
            raise ServerStoreError.of("servers-locked")
        self._refuse_insecure(insecure=insecure)
        typed = Server(name="new", url=found.url, insecure=insecure, ca_data=ca_data)
        return begin(typed, found, remote=remote, allowed_host=allowed_host, timeout=self.timeout)

    def finish_sign_in(
        self,
        found: FoundServer,
        signed_in: SignedIn,
        *,
        name: str | None = None,
        insecure: bool = False,
        ca_data: str | bytes | None = None,
        default: bool = False,
    ) -> tuple[Server, bool]:
        """Keep what a sign-in gave, and return the server and whether it is new.

        Args:
            found: The server.
            signed_in: What the sign-in gave.
            name: Unique name, or that of the server to sign in to again; from the host when omitted.
            insecure: As for `begin_sign_in`.
            ca_data: As for `begin_sign_in`.
            default: True makes it the server to propose.

        Raises:
            SignInError: code ``cannot-publish``: the user may not publish.
            RSConnectException: the server cannot be asked, or nothing can be kept.
        """
        typed = Server(name=name or "new", url=found.url, insecure=insecure, ca_data=ca_data)
        checked, user = self.verify(replace(typed, credential=self._unkept(typed, signed_in)), found=found)
        return self._keep(replace(typed, url=checked.url), kept(signed_in), user, name=name, default=default)

    def sign_out(self, name: str) -> None:
        """Delete the key or the session of a server here, and end the session at the server where that is offered.

        Raises:
            UnknownServerError, ServerStoreError: as `ServerStore.sign_out`.
        """
        self._ending(name, self.store.sign_out)

    def _keep(
        self, typed: Server, credential: KeptCredential, user: User, *, name: str | None, default: bool
    ) -> tuple[Server, bool]:
        known = self._known_as(typed.url, credential, user.username, name)
        if known is not None:
            return self._update_known(known, credential, user, name=name, default=default, typed=typed), False
        with _blaming("name"):
            added = self.store.add(
                url=typed.url,
                api_key=credential,
                name=name,
                insecure=typed.insecure,
                ca_data=typed.ca_data,
                user=user.username,
                default=default,
            )
        return added, True

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
            checked, user = self.verify(replace(changed, api_key=api_key), found=found)
            values |= {"api_key": kept_key(api_key, expires=checked.expires), "user": user.username}
        with _blaming("name" if new_name is not None else "api_key"):
            return self.store.update(name, new_name=new_name, default=default, **values)

    def remove(self, name: str) -> None:
        """Remove a server and its key; a session ends at the server, too, where that is offered.

        Raises:
            UnknownServerError, ServerStoreError: as `ServerStore.remove`.
        """
        self._ending(name, self.store.remove)

    def _ending(self, name: str, forget: Callable[[str], None]) -> None:
        """Forget a credential here, then end it at its server, as far as that can be reached."""
        try:
            credential = self.store.get(name).credential
        except RSConnectException:
            credential = None
        server = self.store.named(name)
        forget(name)
        if not isinstance(credential, OAuthSession) or server.key_place == "rsconnect-python":
            return
        try:
            with Transport(server, timeout=min(self.timeout, 10.0), retry_seconds=0) as transport:
                exchange = transport.exchange_without_credential
                offered = discover(exchange, server.url, allowed_host=credential.tokens.allowed_host)
                if offered is not None:
                    revoke(exchange, offered, credential.tokens)
        except RSConnectException as exc:  # it is forgotten here, and ends by itself there
            _LOG.info("the session on %s could not be ended there: %s", server.url, exc.code)

    def verify(self, server: Server, *, found: FoundServer | None = None, search: bool = False) -> tuple[Server, User]:
        """Return a server at its root, with the end of its key, and the user of that, when they may publish.

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
            key = server.api_key if server.credential is None else None
            root = replace(client.server, expires=client.key_expiry(key) if key else None)
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

    def _unkept(self, server: Server, signed_in: SignedIn) -> OAuthSession | ClaimedToken:
        """Return a credential for the first requests after a sign-in, before anything is kept."""
        if isinstance(signed_in, ClaimedToken):
            return signed_in
        fresh = replace(signed_in, refresh=None)  # what was just given is not renewed before it is kept
        tokens = StoredTokens(self.store, self.store.folder, url=server.url, key_id="new")
        return OAuthSession(tokens, root=server.url, identity="new", tokens=fresh, name=server.name)

    def _known_as(self, url: str, key: KeptCredential, user: str, name: str | None) -> Server | None:
        """Return the server that is meant by an address and a key: of the same key or user, or without a key."""
        here = [each for each in self.store.servers() if each.url == plain_address(url)]
        if key.kind != "api-key":  # others' sessions and keys stay as they are
            here = [each for each in here if each.takes_key]
            again = [each for each in here if each.name == name]
            if again:
                return again[0]
        same_key = [each for each in here if self.store.has_key(each.name, key.text)]
        same_user = [each for each in here if each.takes_key and each.user == user]
        without_key = [each for each in here if each.key_place == "none"]
        return next(iter([*same_key, *same_user, *without_key]), None)

    def _update_known(
        self, known: Server, key: KeptCredential, user: User, *, name: str | None, default: bool, typed: Server
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
        raise exc.with_parts(where=exc.where or Where(field=about)) from exc.__cause__
