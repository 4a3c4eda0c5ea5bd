"""The sign-ins of this Jupyter server that are under way, for every tab."""

from __future__ import annotations

import threading
from typing import Any

from ..connect.sign_in.methods import is_remote
from ..errors import RequestError
from ..servers.sign_in_task import SignInChoices, SignInTask, start_sign_in, start_sign_in_again
from .audit import SERVER, SIGN_IN, Emit, sign_in_event
from .known_servers import KnownServers

_MOST = 20
"""How many sign-ins are remembered; the oldest are cancelled."""


class SignInService:
    """Starts, lists and cancels sign-ins.

    Args:
        servers: Where signed-in servers are kept.
        emit: Takes the events for operators.
    """

    def __init__(self, servers: KnownServers, *, emit: Emit) -> None:
        self._servers, self._emit = servers, emit
        self._tasks: dict[str, SignInTask] = {}
        self._guard = threading.Lock()

    def start(self, body: dict[str, Any]) -> dict[str, Any]:
        """Begin a sign-in and return the ``SignIn``; another one to the same server is cancelled.

        Args:
            body: A ``NewSignIn``.

        Raises:
            RequestError: it names no server.
            RSConnectException: it cannot be begun.
        """
        remote, host = bool(body.get("remote", True)) or is_remote(), body.get("allow_host", "")
        if "server" in body:
            task = start_sign_in_again(
                self._servers, body["server"], remote=remote, allowed_host=host, on_change=self._changed
            )
        elif "address" in body:
            given = {name: body[name] for name in ("name", "insecure", "ca_data", "default") if name in body}
            choices = SignInChoices(remote=remote, allowed_host=host, **given)
            task = start_sign_in(self._servers, body["address"], choices, on_change=self._changed)
        else:
            raise RequestError.of("bad-request/no-server")
        self._remember(task)
        return self.info(task)

    def task(self, sign_in_id: str) -> SignInTask:
        """Return the sign-in of that id.

        Raises:
            RequestError: code ``unknown-sign-in``.
        """
        try:
            return self._tasks[sign_in_id]
        except KeyError as exc:
            raise RequestError.of("unknown-sign-in") from exc

    def all(self) -> dict[str, Any]:
        """Return the ``SignInList``: those that wait for their user."""
        return {"sign_ins": [self.info(each) for each in list(self._tasks.values()) if not each.finished]}

    def close(self) -> None:
        """Wait for nobody any more."""
        for each in list(self._tasks.values()):
            each.cancel()

    def info(self, task: SignInTask) -> dict[str, Any]:
        """Return a ``SignIn``."""
        prompt, error = task.prompt, task.error
        return {
            "id": task.id,
            "url": task.url,
            "name": task.choices.name,
            "status": task.status,
            "method": prompt.method,
            "page": prompt.page,
            "user_code": prompt.user_code,
            "ends": prompt.ends,
            "probe": {"url": prompt.probe, "answer": prompt.probe_answer} if prompt.probe else None,
            "server": self._servers.info(task.server) if task.server else None,
            "error": error.as_dict() if error else None,
        }

    def sign_out(self, name: str) -> None:
        """Delete the key or the session of a server; see `ServerRegistry.sign_out`."""
        url = self._servers.store.named(name).url
        self._servers.sign_out(name)
        self._emit(SIGN_IN, {"action": "signed-out", "server": name, "server_url": url})

    def _changed(self, task: SignInTask) -> None:
        """Tell operators that a sign-in began, or how it ended."""
        if task.server is not None:
            self._emit(SERVER, {"action": "added" if task.is_new else "changed", "server": task.server.name})
        self._emit(SIGN_IN, sign_in_event(task))

    def _remember(self, task: SignInTask) -> None:
        with self._guard:
            for each in self._tasks.values():
                if each.url == task.url:
                    each.cancel()
            self._tasks[task.id] = task
            for name in list(self._tasks)[:-_MOST]:
                self._tasks.pop(name).cancel()
