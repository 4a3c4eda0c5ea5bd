"""Which Connect servers are known, from where, and their API keys. Asks no server."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ..addresses import host_of, plain_address
from ..errors import NoKeyError, ServerStoreError, UnknownServerError
from ..models import Credential, Origin, Secret, Server, Where
from ..storage import data_folder, locked, private_folder, read_json, write_json
from . import sources
from .kept_credentials import KeptCredential, kept_key
from .keys import KeyVault, Place
from .nicknames import apart, checked_name, free_name, is_usable
from .sources import Known, ServerConfiguration

__all__ = ["KEEP", "ServerConfiguration", "ServerStore"]

KEEP: Any = object()
"""Says that a field stays as it is, where None means "take it away"."""


class ServerStore:
    """The servers one user can publish to.

    Sources, in order: the administrator's configuration, ``CONNECT_*`` in the environment, the servers saved here,
    and those of rsconnect-python (read as they are, never written). The first source that knows a server with the
    same address and key wins; names are unique, so a later namesake is shown as ``name (rsconnect-python)``.

    Reading takes no lock; each change reads, changes and replaces the files under one.

    Args:
        configuration: What the administrator configured.
        folder: Private folder of the store; ``<Jupyter's data folder>/rsconnect-jupyter`` when omitted.
    """

    def __init__(self, configuration: ServerConfiguration | None = None, folder: Path | None = None) -> None:
        self.configuration = configuration or ServerConfiguration()
        self.folder = folder or data_folder()
        self._file = self.folder / "servers.json"
        self._vault = KeyVault(self.folder)

    @property
    def key_place(self) -> Place:
        """Where the key of a new server will be kept."""
        return self._vault.place()

    def servers(self) -> tuple[Server, ...]:
        """Return all known servers, without their keys.

        Raises:
            ServerStoreError: when the store cannot be read.
        """
        return tuple(replace(each.server, api_key=None) for each in self._known(self._read()))

    def named(self, name: str) -> Server:
        """Return the server of that name, without its key.

        Raises:
            UnknownServerError: no server has this name.
            ServerStoreError: when the store cannot be read.
        """
        return replace(_pick(self._known(self._read()), name).server, api_key=None)

    def get(self, name: str) -> Server:
        """Return the server of that name, with its key.

        Raises:
            UnknownServerError: no server has this name.
            NoKeyError: the server is known, its key is not.
            ServerStoreError: the store or the keyring cannot be read; code ``server-unusable`` for a server that no
                API key opens.
        """
        return self._with_key(_pick(self._known(self._read()), name))

    def find(self, name_or_url: str) -> Server:
        """Return the server of that name or address, with its key.

        An address may be any page on the server; among servers with the same address the default one wins.

        Raises:
            UnknownServerError, NoKeyError, ServerStoreError: as `get`.
        """
        known = self._known(self._read())
        asked = plain_address(name_or_url) + "/"
        hits = [each for each in known if each.server.name == name_or_url]
        hits = hits or [each for each in known if asked.startswith(each.server.url + "/")]
        if not hits:
            raise _unknown(name_or_url)
        return self._with_key(max(hits, key=lambda each: (len(each.server.url), each.server.default)))

    def default(self, *, last_used: str | None = None) -> Server | None:
        """Return the server to propose, without its key: last used, else the default one, else the first known.

        Args:
            last_used: Address of the server a notebook was published to last.
        """
        servers = [each for each in self.servers() if not each.problem]
        url = plain_address(last_used) if last_used else None
        chosen = [each for each in servers if each.default] + servers
        return next((each for each in chosen if each.url == url), chosen[0] if chosen else None)

    def add(
        self,
        *,
        url: str,
        api_key: Secret | KeptCredential,
        name: str | None = None,
        insecure: bool = False,
        ca_data: str | bytes | None = None,
        user: str | None = None,
        default: bool = False,
        origin: Origin = "saved",
    ) -> Server:
        """Keep a server and its key, and return it without the key. Nothing is checked over the network.

        Args:
            url: The server's root.
            api_key: The key, or what a sign-in gave.
            name: Unique name; made from the host when omitted.
            insecure: True skips TLS checks.
            ca_data: PEM text or DER bytes of a CA to trust.
            user: Whose key it is, as far as known.
            default: True makes it the one to propose; the first server saved becomes it anyway.
            origin: ``"saved"``, or ``"sandbox"`` for our own.

        Raises:
            ServerStoreError: code ``server-name-taken``, ``server-name-unusable``, ``servers-locked``,
                ``insecure-not-allowed``, or the store cannot be written.
        """
        self._refuse(adding=True, insecure=insecure)
        with self._changing() as data:
            taken = _taken(self._known(data))
            name = free_name(host_of(url), taken) if name is None else checked_name(name, taken)
            entry: dict[str, Any] = {"url": plain_address(url), "insecure": insecure, "user": user, "origin": origin}
            entry |= sources.certificate_entry(ca_data)
            self._keep_key(data, entry, name, api_key)
            data["servers"][name] = entry
            if origin == "sandbox":
                sources.note_sandbox_address(data, entry["url"], before=entry["url"])
            if default or not data["default"]:
                data["default"] = name
        return self.named(name)

    def update(
        self,
        name: str,
        *,
        new_name: str | None = None,
        url: str | None = None,
        api_key: Secret | KeptCredential | None = None,
        insecure: bool | None = None,
        ca_data: str | bytes | None = KEEP,
        user: str | None = None,
        default: bool | None = None,
    ) -> Server:
        """Change a server; what is omitted stays. Return it without its key.

        A server that others named takes only the default mark and, where it has no key of theirs, a key of the
        user's own; both are kept here.

        Raises:
            UnknownServerError: no server has this name.
            ServerStoreError: as `add`; code ``server-read-only`` for what cannot be changed here; code
                ``api-key-needed`` when the change would use the kept key for another place than it was entered for;
                code ``key-not-deleted`` when all is changed but the replaced key is still in the keyring.
        """
        self._refuse(insecure=bool(insecure))
        changes = {"url": plain_address(url) if url else None, "insecure": insecure, "user": user}
        changes = {field: value for field, value in changes.items() if value is not None}
        with self._changing() as data:
            known = _pick(self._known(data), name)
            beyond_key = bool(new_name or changes.keys() - {"user"} or ca_data is not KEEP)
            entry, mark = _entry(data, known, beyond_key=beyond_key, key=api_key is not None), _mark(known)
            place = _place(entry)
            if ca_data is not KEEP:
                entry.pop("ca_pem", None)
                entry.pop("ca_der", None)
                entry.update(sources.certificate_entry(ca_data))
            entry.update(changes)
            if url and known.server.origin == "sandbox":
                sources.note_sandbox_address(data, entry["url"], before=known.server.url)
            if api_key is None and entry.get("key") and _place(entry) != place:
                raise ServerStoreError.of("api-key-needed", where=Where(field="api_key"))
            if api_key is not None:
                self._keep_key(data, entry, name, api_key)
            if default is not None:
                data["default"] = mark if default else ("" if data["default"] == mark else data["default"])
            if new_name is not None and new_name != name:
                name = self._rename(data, known, new_name)
        self._delete_old_keys()
        return self.named(name)

    def remove(self, name: str) -> None:
        """Remove a server and its key.

        Raises:
            UnknownServerError: no server has this name.
            ServerStoreError: code ``server-read-only`` for a server that others named; code
                ``key-not-deleted`` when it is removed but its key is still in the keyring.
        """
        with self._changing() as data:
            known = _pick(self._known(data), name)
            if not known.server.own:
                raise read_only(known.server)
            del data["servers"][known.stored]
            if data["default"] == known.stored:
                data["default"] = next(iter(data["servers"]), "")
            data["old_keys"].append([known.key_id, known.server.key_place])
        self._delete_old_keys()

    def sign_out(self, name: str) -> None:
        """Delete the key or the session of a server, which stays known.

        Raises:
            UnknownServerError: no server has this name.
            ServerStoreError: code ``server-read-only``: others keep it; code ``key-not-deleted``, as for `remove`.
        """
        with self._changing() as data:
            known = _pick(self._known(data), name)
            if not known.key_id:
                raise read_only(known.server)
            data["old_keys"].append([known.key_id, known.server.key_place])
            for entry in _entries(data):
                if entry.get("key") == known.key_id:
                    for field in ("key", "key_place", "credential", "expires"):
                        entry.pop(field, None)
        self._delete_old_keys()

    def credential_text(self, key_id: str) -> Secret | None:
        """Return the text of a credential as it is kept now, None when there is none any more."""
        entry = next((each for each in _entries(self._read()) if each.get("key") == key_id), None)
        return self._vault.load(key_id, str(entry.get("key_place"))) if entry else None

    def replace_credential_text(self, key_id: str, text: Secret) -> None:
        """Keep another text for a credential; nothing happens when that is not kept any more."""
        with self._changing() as data:
            for entry in _entries(data):
                if entry.get("key") == key_id:
                    entry["key_place"] = self._vault.save(key_id, text)

    def import_predecessor(self) -> tuple[Server, ...]:
        """Take over the servers and keys of rsconnect-jupyter 1.x, once; return those that were new.

        Later calls do nothing, so a server removed here does not come back. The clear-text file stays until
        `delete_predecessor_file`.
        """
        with suppress(ServerStoreError):  # of a removal that was killed; tried again at the next change
            self._delete_old_keys()
        if self.configuration.lock or self._read().get("predecessor_imported"):
            return ()
        added = []
        for each in (known.server for known in sources.from_predecessor()):
            have = {(known.server.url, self._key_of(known)) for known in self._known(self._read())}
            if each.api_key and (each.url, each.api_key) not in have:
                wanted = each.name if is_usable(each.name) else host_of(each.url)
                name = free_name(wanted, {server.name for server in self.servers()})
                insecure = each.insecure and self.configuration.allow_insecure
                added.append(
                    self.add(name=name, url=each.url, api_key=each.api_key, insecure=insecure, ca_data=each.ca_data)
                )
        if self.predecessor_file():
            with self._changing() as data:
                data["predecessor_imported"] = True
        return tuple(added)

    def predecessor_file(self) -> Path | None:
        """Return the file in which rsconnect-jupyter 1.x keeps API keys in clear text, when there is one."""
        path = sources.predecessor_path()
        return path if path.is_file() else None

    def delete_predecessor_file(self) -> None:
        """Delete that file.

        Raises:
            ServerStoreError: when it cannot be deleted.
        """
        sources.delete_predecessor()

    def _known(self, data: dict[str, Any]) -> list[Known]:
        """Return every server once, under unique names, the administrator's rules applied."""
        found = sources.configured(self.configuration)
        if not self.configuration.lock:
            found += [*sources.from_environment(), *sources.from_store(data), *sources.from_rsconnect_python()]
        kept: list[Known] = []
        taken: set[str] = set()
        at: dict[str, list[Known]] = {}
        for each in (self._ruled(sources.with_own_key(known, data)) for known in found):
            server = each.server
            if self._is_double(each, at.get(server.url, ())):
                continue
            name = apart(server.name, server.origin, taken)
            taken.add(name)
            kept.append(each if name == server.name else replace(each, server=replace(server, name=name)))
            at.setdefault(server.url, []).append(kept[-1])
        default = self._default_name(kept, data)
        return [
            replace(each, server=replace(each.server, default=True)) if each.server.name == default else each
            for each in kept
        ]

    def _is_double(self, known: Known, earlier: Collection[Known]) -> bool:
        """Tell whether an earlier source has this server, with the same key or instead of one that is unusable."""
        rivals = [each for each in earlier if each.server.origin != known.server.origin]
        if known.server.problem:
            return bool(rivals)
        return bool(rivals) and self._key_if_any(known) in [self._key_if_any(each) for each in rivals]

    def _key_if_any(self, known: Known) -> Secret | None:
        if known.server.credential_kind != "api-key":
            return None
        try:
            return self._key_of(known)
        except ServerStoreError:  # a locked keyring: the list of servers is shown all the same
            return None

    def has_key(self, name: str, key: Secret) -> bool:
        """Tell whether this is the key that is known for a server."""
        return self._key_if_any(_pick(self._known(self._read()), name)) == key

    def _ruled(self, known: Known) -> Known:
        server, rules = known.server, self.configuration
        if server.insecure and not rules.allow_insecure:
            server = replace(server, insecure=False)
        if rules.ca_file and not server.ca_data and not server.insecure:
            server = replace(server, ca_data=sources.read_certificate(rules.ca_file))
        return known if server is known.server else replace(known, server=server)

    def _default_name(self, known: list[Known], data: dict[str, Any]) -> str | None:
        """Return the server to propose: the administrator's, the environment's, the user's, rsconnect-python's, any."""
        wanted, theirs = self.configuration.default or "", sources.rsconnect_python_default()
        ways: tuple[Callable[[Known], bool], ...] = (
            lambda each: wanted != "" and (each.server.name == wanted or each.server.url == plain_address(wanted)),
            lambda each: each.server.origin == "environment",
            lambda each: _mark(each) == data["default"],
            lambda each: each.server.origin == "configuration",
            lambda each: each.server.url == theirs,
            lambda each: True,  # noqa: ARG005
        )
        usable = [each for each in known if not each.server.problem]
        return next((each.server.name for way in ways for each in usable if way(each)), None)

    def _key_of(self, known: Known) -> Secret | None:
        if known.server.api_key or not known.key_id:
            return known.server.api_key
        return self._vault.load(known.key_id, known.server.key_place)

    def _with_key(self, known: Known) -> Server:
        server, key = known.server, self._key_of(known)
        if server.problem and not server.takes_key:
            raise ServerStoreError.of("server-unusable", name=server.name, problem=server.problem)
        if server.credential_kind == "api-key" and key:
            return replace(server, api_key=key)
        credential = self._signed_in(known, key)
        if credential is None:
            raise NoKeyError.of("no-api-key", name=server.name)
        return replace(server, credential=credential)

    def _signed_in(self, known: Known, text: Secret | None) -> Credential | None:
        """Return what a sign-in gave, None when that is not known any more."""
        if known.server.credential_kind == "session":
            from .sessions import kept_session  # noqa: PLC0415 - API keys do without

            return kept_session(self, self.folder, known, text)
        if known.server.credential_kind == "token" and text:
            from .sign_in_texts import read_claimed_token  # noqa: PLC0415 - likewise

            return read_claimed_token(text)
        return None

    def _refuse(self, *, insecure: bool, adding: bool = False) -> None:
        if adding and self.configuration.lock:
            raise ServerStoreError.of("servers-locked")
        if insecure and not self.configuration.allow_insecure:
            raise ServerStoreError.of("insecure-not-allowed", where=Where(field="insecure"))

    def _keep_key(self, data: dict[str, Any], entry: dict[str, Any], name: str, key: Secret | KeptCredential) -> None:
        """Keep a key under a fresh id, and note the one it replaces for `_delete_old_keys`."""
        new = key if isinstance(key, KeptCredential) else kept_key(key)
        if entry.get("key"):
            data["old_keys"].append([str(entry["key"]), str(entry.get("key_place", "none"))])
        key_id = f"{name} {secrets.token_hex(8)}"
        entry.update(key=key_id, key_place=self._vault.save(key_id, new.text), credential=new.kind, expires=new.expires)

    def _delete_old_keys(self) -> None:
        """Delete the keys that no server has any more; the list says which until they are gone.

        Whoever is killed between the two leaves no server without its key, and no key that stays for ever.

        Raises:
            ServerStoreError: code ``key-not-deleted``.
        """
        if not self._read()["old_keys"]:
            return
        failure: ServerStoreError | None = None
        with self._changing() as data:
            waiting, data["old_keys"] = data["old_keys"], []
            for key_id, place in waiting:
                try:
                    self._vault.remove(key_id, place)
                except ServerStoreError as exc:  # noqa: PERF203 - the others are deleted all the same
                    failure = exc
                    data["old_keys"].append([key_id, place])
        if failure is not None:
            raise failure

    def _rename(self, data: dict[str, Any], known: Known, new_name: str) -> str:
        new_name = checked_name(new_name, _taken(self._known(data)) - {known.server.name})
        servers = data["servers"].items()
        data["servers"] = {new_name if name == known.stored else name: each for name, each in servers}
        data["default"] = new_name if data["default"] == known.stored else data["default"]
        return new_name

    def _read(self) -> dict[str, Any]:
        try:
            data = read_json(self._file) or {}
            lists = {"servers": dict(data.get("servers", {})), "old_keys": list(data.get("old_keys", []))}
            return {**data, **lists, "default": data.get("default") or ""}
        except (OSError, ValueError, AttributeError, TypeError) as exc:
            raise ServerStoreError.of("server-store-failed/list-unreadable", path=self._file) from exc

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        """Yield the file's data under the lock, and replace the file with it when the block ends well."""
        try:
            private_folder(self.folder)
            with locked(self._file):
                data = self._read()
                yield data
                write_json(self._file, {"version": 1, **data})
        except OSError as exc:
            raise ServerStoreError.of("server-store-failed/list-unwritable", path=self._file) from exc


def _entry(data: dict[str, Any], known: Known, *, beyond_key: bool, key: bool) -> dict[str, Any]:
    """Return the stored entry that a change to this server goes to."""
    server = known.server
    if server.own:
        entry: dict[str, Any] = data["servers"][known.stored]
        return entry
    if beyond_key or (key and not server.takes_key):
        raise read_only(server)
    if not key:
        return {}
    own: dict[str, Any] = data.setdefault("keys", {}).setdefault(server.url, {})
    return own


def _entries(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what may have a credential: the saved servers, and those of others that the user signed in to."""
    return [*data["servers"].values(), *data.get("keys", {}).values()]


def _place(entry: dict[str, Any]) -> list[Any]:
    """Return what a key was entered for: where it is sent, and how the certificate is checked there."""
    return [entry.get(each) for each in ("url", "insecure", "ca_pem", "ca_der")]


def _mark(known: Known) -> str:
    """Return what the store calls a server when it is the default; no name of ours has a slash."""
    return known.stored or f"{known.server.origin}/{known.server.name}"


def _taken(known: list[Known]) -> set[str]:
    """Return the names that a new server cannot have; those of rsconnect-python make way."""
    return {each.server.name for each in known if each.server.origin != "rsconnect-python"}


def _pick(known: list[Known], name: str) -> Known:
    for each in known:
        if each.server.name == name:
            return each
    raise _unknown(name)


def _unknown(name: str) -> UnknownServerError:
    return UnknownServerError.of("unknown-server", name=name)


def read_only(server: Server) -> ServerStoreError:
    """Return the error about a change to a server that others named."""
    texts: dict[str, str] = {
        "configuration": "server-read-only/configuration",
        "environment": "server-read-only/environment",
        "rsconnect-python": "server-read-only/rsconnect-python",
    }
    return ServerStoreError.of(texts[server.origin], name=server.name)
