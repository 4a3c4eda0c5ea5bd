"""Where the tokens of a session are kept, for all processes that use it: our store, or rsconnect-python's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from ..connect.sign_in.tokens import Tokens, TokenStore
from ..connect.sign_in_credentials import OAuthSession
from ..errors import ServerStoreError
from ..models import Secret
from ..storage import locked, private_folder, read_json, write_json
from . import keys
from .sign_in_texts import read_tokens, tokens_text
from .sources import Known, rsconnect_python_folder

LOCK_SECONDS = 180.0
"""How long to wait for others that renew the session: each asks the server, which may answer late."""

SERVICE_OF_OTHERS = "rsconnect-python"


class TextStore(Protocol):
    """Keeps credentials as text, each under an id."""

    def credential_text(self, key_id: str) -> Secret | None:
        """Return the text that is kept now, None when there is none any more."""

    def replace_credential_text(self, key_id: str, text: Secret) -> None:
        """Keep another text under this id; nothing happens when there is none any more."""


def kept_session(store: TextStore, folder: Path, known: Known, text: Secret | None) -> OAuthSession | None:
    """Return the session of a server, None when its tokens are not known any more.

    Args:
        store: Our own, where the session is ours.
        folder: For locks.
        known: The server.
        text: What our store keeps of the session.
    """
    server = known.server
    tokens_of: TokenStore = StoredTokens(store, folder, url=server.url, key_id=known.key_id)
    tokens = read_tokens(text) if text else None
    if known.theirs:
        tokens_of = RsconnectPythonTokens(rsconnect_python_folder() / "servers.json", known.theirs, folder)
        tokens = tokens_of.load()
    if tokens is None:
        return None
    identity = known.key_id or f"rsconnect-python {known.theirs}"
    return OAuthSession(tokens_of, root=server.url, identity=identity, tokens=tokens, name=server.name)


class StoredTokens:
    """The tokens of a session in our own store.

    Args:
        store: Keeps them.
        folder: For the lock.
        url: The server's root.
    """

    def __init__(self, store: TextStore, folder: Path, *, url: str, key_id: str) -> None:
        self._store, self._folder, self._url, self._key_id = store, folder, url, key_id

    def load(self) -> Tokens | None:
        """Return the tokens as they are kept now."""
        text = self._store.credential_text(self._key_id)
        return read_tokens(text) if text else None

    def save(self, tokens: Tokens) -> None:
        """Keep new tokens in place of the old ones."""
        self._store.replace_credential_text(self._key_id, tokens_text(tokens))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from renewing the session meanwhile."""
        with session_lock(self._folder, self._url):
            yield


class RsconnectPythonTokens:
    """The tokens of a session in rsconnect-python's store: read where it keeps them, and written back there.

    It renews sessions without a lock. Ours keeps our own processes apart; before each use of the refresh token its
    store is read anew, and it replaces whole files as we do.

    Args:
        file: Its ``servers.json``.
        name: The entry's name.
        folder: For the lock.
    """

    def __init__(self, file: Path, name: str, folder: Path) -> None:
        self._file, self._name, self._folder = file, name, folder

    def load(self) -> Tokens | None:
        """Return the tokens as they are kept now; those of the keyring win, as for rsconnect-python."""
        entry = self._entry()
        url = str(entry.get("url") or "")
        access, again = self._token(entry, "access_token"), self._token(entry, "refresh_token")
        if not entry.get("oauth_client_id") or not url or not (access or again):
            return None
        expires = entry.get("oauth_token_expiry")
        return Tokens(
            client_id=str(entry["oauth_client_id"]),
            access=access or Secret("none"),
            refresh=again,
            expires=float(expires) if isinstance(expires, (int, float)) else None,
        )

    def save(self, tokens: Tokens) -> None:
        """Keep new tokens in place of the old ones.

        Raises:
            ServerStoreError: they cannot be kept.
        """
        entry = self._entry()
        url, again = str(entry.get("url") or ""), tokens.refresh.reveal() if tokens.refresh else ""
        if keys.read_of_others(SERVICE_OF_OTHERS, f"{url}:refresh_token"):
            keys.write_of_others(SERVICE_OF_OTHERS, f"{url}:refresh_token", Secret(again))
            keys.write_of_others(SERVICE_OF_OTHERS, f"{url}:access_token", tokens.access)
            return
        self._write({"oauth_access_token": tokens.access.reveal(), "oauth_refresh_token": again}, tokens.expires)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep our other processes from renewing the session meanwhile."""
        with session_lock(self._folder, f"{self._file} {self._name}"):
            yield

    def _token(self, entry: dict[str, Any], name: str) -> Secret | None:
        found = keys.read_of_others(SERVICE_OF_OTHERS, f"{entry.get('url')}:{name}")
        text = entry.get(f"oauth_{name}")
        return found or (Secret(text) if isinstance(text, str) and text else None)

    def _entry(self) -> dict[str, Any]:
        entry = self._entries().get(self._name)
        return entry if isinstance(entry, dict) else {}

    def _entries(self) -> dict[str, Any]:
        try:
            entries = read_json(self._file)
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}

    def _write(self, texts: dict[str, str], expires: float | None) -> None:
        entries = self._entries()
        if isinstance(entries.get(self._name), dict):
            entries[self._name] |= {**texts, "oauth_token_expiry": expires}
            try:
                write_json(self._file, entries)
            except OSError as exc:
                raise ServerStoreError.of("server-store-failed/keys-unwritable", path=self._file) from exc


@contextmanager
def session_lock(folder: Path, session: str) -> Iterator[None]:
    """Hold the lock under which a session is renewed.

    Raises:
        ServerStoreError: another process held it for too long, or it cannot be made.
    """
    name = f"session-{hashlib.sha256(json.dumps(session).encode()).hexdigest()[:16]}"
    try:
        lock = locked(private_folder(folder) / name, seconds=LOCK_SECONDS)
        lock.__enter__()
    except OSError as exc:
        raise ServerStoreError.of("server-store-failed/keys-unwritable", path=folder / name) from exc
    try:
        yield
    finally:
        lock.__exit__(None, None, None)
