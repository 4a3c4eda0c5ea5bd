"""Where API keys are kept: the system's keyring when a real one answers, else a file only its owner can read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from ..errors import ServerStoreError
from ..models import Secret
from ..storage import private_folder, read_json, write_json

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

Place = Literal["keyring", "file"]
SERVICE = "rsconnect-jupyter"
ANSWER_SECONDS = 20.0
"""A locked keyring may ask its user for a password; no one waits longer than this."""

_REFUSED_MODULES = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
"""Backends that fail, drop what they are given, keep it in clear text or ask for a password on a terminal."""

_T = TypeVar("_T")


class KeyVault:
    """The API keys of one user, each under an id that says nothing about the key.

    Args:
        folder: Private folder for the file; made when the first key is kept there. Callers hold the store's lock
            while they `save` or `remove`.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "keys.json"
        self._backend: KeyringBackend | None = None
        self._asked = False

    def place(self) -> Place:
        """Return where `save` would keep a key now."""
        return "file" if self._keyring() is None else "keyring"

    def save(self, key_id: str, key: Secret) -> Place:
        """Keep a key and return where.

        Raises:
            ServerStoreError: when it can be kept in neither place.
        """
        backend = self._keyring()
        if backend is not None and _try(lambda: backend.set_password(SERVICE, key_id, key.reveal())) is not _FAILED:
            return "keyring"
        self._write({**self._read(), key_id: key.reveal()})
        return "file"

    def load(self, key_id: str, place: str) -> Secret | None:
        """Return a key, or None when it is not there (any more).

        Raises:
            ServerStoreError: when the place does not answer.
        """
        if place != "keyring":
            text = self._read().get(key_id)
            return Secret(text) if text else None
        backend = self._keyring()
        answer = _FAILED if backend is None else _try(lambda: backend.get_password(SERVICE, key_id))
        if answer is _FAILED:
            raise ServerStoreError.of("keyring-locked")
        return Secret(str(answer)) if answer else None

    def remove(self, key_id: str, place: str) -> None:
        """Delete a key; a key that is not there is no error.

        Raises:
            ServerStoreError: code ``key-not-deleted`` when the keyring does not delete it, or the file cannot be
                rewritten.
        """
        if place == "keyring":
            self._remove_from_keyring(key_id)
        kept = self._read()
        if kept.pop(key_id, None) is not None:
            self._write(kept)

    def _remove_from_keyring(self, key_id: str) -> None:
        backend = self._keyring()
        deleted = _FAILED if backend is None else _try(lambda: backend.delete_password(SERVICE, key_id))
        if deleted is _FAILED and (
            backend is None or _try(lambda: backend.get_password(SERVICE, key_id)) is not None
        ):  # backends raise for a key that is not there, too
            raise ServerStoreError.of("key-not-deleted", key_id=key_id)

    def _read(self) -> dict[str, str]:
        try:
            value = read_json(self._file) or {}
        except ValueError as exc:
            raise ServerStoreError.of("server-store-failed/keys-damaged", path=self._file) from exc
        except OSError as exc:
            raise ServerStoreError.of("server-store-failed/keys-unreadable", path=self._file) from exc
        return {str(key): str(text) for key, text in value.items()} if isinstance(value, dict) else {}

    def _write(self, keys: dict[str, str]) -> None:
        try:
            private_folder(self._file.parent)
            write_json(self._file, keys, last=False)  # the list of servers is written next, under the same lock
        except OSError as exc:
            raise ServerStoreError.of("server-store-failed/keys-unwritable", path=self._file) from exc

    def _keyring(self) -> KeyringBackend | None:
        if not self._asked:
            self._backend, self._asked = _encrypting_backend(), True
        return self._backend


def read_of_others(service: str, name: str) -> Secret | None:
    """Return what another program keeps in the keyring, wherever the keyring of this system keeps it; None without."""
    import keyring  # noqa: PLC0415 - slow to import, and not needed to import this package

    found = _try(lambda: keyring.get_password(service, name))
    return Secret(found) if isinstance(found, str) and found else None


def write_of_others(service: str, name: str, text: Secret) -> None:
    """Replace what another program keeps in the keyring.

    Raises:
        ServerStoreError: the keyring does not take it.
    """
    import keyring  # noqa: PLC0415 - slow to import, and not needed to import this package

    if _try(lambda: keyring.set_password(service, name, text.reveal())) is _FAILED:
        raise ServerStoreError.of("keyring-locked")


def _encrypting_backend() -> KeyringBackend | None:
    """Return the first backend that encrypts and answers; the module it comes from decides, not its priority."""
    import keyring  # noqa: PLC0415 - slow to import, and not needed to import this package

    found = _try(keyring.get_keyring)
    if found is _FAILED:
        return None
    for backend in getattr(found, "backends", None) or [found]:  # a chain is looked through, never used itself
        encrypting = not type(backend).__module__.startswith(_REFUSED_MODULES)
        if encrypting and _try(partial(backend.get_password, SERVICE, "probe")) is not _FAILED:
            return backend  # type: ignore[no-any-return]
    return None


_FAILED = object()


def _try(call: Callable[[], _T]) -> _T | object:
    """Return what `call` returns, or ``_FAILED`` when it raises or takes too long."""
    answers: list[object] = []

    def run() -> None:
        try:
            answers.append(call())
        except Exception:  # noqa: BLE001 - backends raise whatever their desktop raises; all mean "not usable"
            answers.append(_FAILED)

    thread = threading.Thread(target=run, daemon=True, name="keyring")
    thread.start()
    thread.join(ANSWER_SECONDS)
    return answers[0] if answers else _FAILED
