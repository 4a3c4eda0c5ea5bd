"""Who we are to a server and what it is: the part of a client that is there before any content is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec.structs import replace

from ..errors import BadAnswerError, ForbiddenError, RefusedError
from ..models import Secret, Server, ServerFacts, User
from . import parsing
from .responses import Answer, is_unrouted, read_json, read_object
from .transport import Transport
from .versions import Capabilities, Dialect, capabilities_of, modes_of

Own = TypeVar("Own", bound="Session")

_NO_USER = 22
"""Connect's code when a service account, which an identity token stands for, asks who it is."""


class Session:
    """A signed-in conversation with one server, without the verbs.

    Attributes:
        server: Whom it talks to.
        version: ``"2026.06.0"``; None when hidden.
        capabilities: What may be asked, by version.
        transport: The HTTP session underneath.
    """

    dialect: Dialect = "v1"
    _user_path = "v1/user"

    def __init__(
        self,
        transport: Transport,
        *,
        server: Server,
        version: str | None = None,
        user_answer: Answer | None = None,
        settings: Answer | None = None,
        user: User | None = None,
    ) -> None:
        self.server = server
        self.version = version
        self.capabilities: Capabilities = capabilities_of(version, legacy=self.dialect == "legacy")
        self.transport = transport
        self._user_answer, self._settings = user_answer, settings
        self._user = user
        self._facts: ServerFacts | None = None
        self._asked_python = self._asked_quarto = False

    def __enter__(self: Own) -> Own:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()

    def user(self) -> User:
        """Return who is signed in; asked once. A service account is a publisher without a name.

        Raises:
            SignInError: there is no key, or it is not valid.
        """
        if self._user is None:
            try:
                self._user = parsing.read_user(self.user_details())
            except ForbiddenError as exc:
                if exc.connect_code != _NO_USER:
                    raise
                self._user = User(guid="", username="", role="publisher")
        return self._user

    def user_details(self) -> dict[str, Any]:
        """Return Connect's own description of the user."""
        known, self._user_answer = self._user_answer, None
        return read_object(known if known is not None and known.good else self._get(self._user_path), "username")

    def key_expiry(self, key: Secret) -> float | None:
        """Return when an API key of the user ends, in seconds since 1970; None when the server does not tell.

        The server lists the user's keys by their last characters (Connect 2026.06).
        """
        user = self.user()
        if self.capabilities.key_expiry is False or not user.guid:
            return None
        try:
            return parsing.read_key_expiry(read_json(self._get(f"v1/users/{as_segment(user.guid)}/keys")), key)
        except (RefusedError, BadAnswerError):
            return None

    def account_details(self, guid: str) -> dict[str, Any]:
        """Return Connect's own description of any user."""
        return read_object(self._get(f"v1/users/{as_segment(guid)}"), "guid")

    def settings(self) -> dict[str, Any]:
        """Return ``server_settings``: the server's own description of itself."""
        known, self._settings = self._settings, None
        return read_object(known or self._get("server_settings"))

    def python_settings(self) -> dict[str, Any]:
        """Return ``{"installations": [{"version": "3.11.7", …}], "api_enabled": …}``; refused to viewers."""
        return read_object(self._get("v1/server_settings/python"), "installations")

    def bootstrap(self, token: Secret) -> dict[str, Any]:
        """Return ``{"api_key": …}`` of a new server's first administrator, for a bootstrap token (Connect 2022.10)."""
        headers = {"Authorization": f"Connect-Bootstrap {''.join(token.reveal().split())}"}
        answer = self._post("v1/bootstrap", headers=headers, signed_in=False)
        if is_unrouted(answer):  # before 2024.05
            answer = self._post("v1/experimental/bootstrap", headers=headers, signed_in=False)
        return read_object(answer, "api_key")

    def facts(self, *, quarto: bool = True, versions: bool = True) -> ServerFacts:
        """Return what the server offers; what it does not tell us is unknown, never an error. Asked once.

        Args:
            quarto: False does not ask for its Quarto versions, which then are unknown.
            versions: False asks neither for these nor for its Python versions.
        """
        if self._facts is None:
            self._facts = ServerFacts(version=self.version, modes=modes_of(self.version), versions_asked=False)
        if versions and not self._asked_python:
            self._facts = replace(self._facts, python=self._installed("python"), versions_asked=True)
            self._asked_python = True
        if versions and quarto and not self._asked_quarto:
            self._facts = replace(self._facts, quarto=self._installed("quarto"))
            self._asked_quarto = True
        return self._facts

    def _installed(self, language: str) -> tuple[str, ...] | None:
        try:
            return parsing.read_versions(read_json(self._get(f"v1/server_settings/{language}")))
        except (RefusedError, BadAnswerError):
            return None

    def _get(self, path: str, params: Mapping[str, Any] | None = None, **options: Any) -> Answer:
        return self.transport.exchange("GET", f"__api__/{path}", params=params, **options)

    def _post(self, path: str, **options: Any) -> Answer:
        return self.transport.exchange("POST", f"__api__/{path}", **options)

    def _send(self, method: str, path: str, **options: Any) -> Answer:
        return self.transport.exchange(method, f"__api__/{path}", **options)


def as_segment(text: str) -> str:
    """Return an id as one part of a path; refuse what could lead elsewhere."""
    if not parsing.is_id(text):
        raise BadAnswerError.of("bad-id", text=text[:80])
    return text
