"""Sign in with the browser, from a cell: a button, the code and the link while the user is on the server's page."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import ipywidgets as W  # noqa: N812

from ..errors import RSConnectException
from ..servers.sign_in_task import SignInTask
from ..translation import _
from . import html_views as texts

Begin = Callable[[str], SignInTask]
"""Begins a sign-in; its argument is another host that the user lets the server send sign-ins to, or empty."""


class SignInBox(W.VBox):  # type: ignore[misc]
    """A button that begins to sign in, and what is seen until that has ended. No token is in it.

    Args:
        begin: Asks the server; may raise what is then shown.
        on_done: Called in a thread, with the server's name, once the user is signed in.
        label: What the button says; "Sign in" when empty.
    """

    def __init__(self, begin: Begin, *, on_done: Callable[[str], None], label: str = "") -> None:
        self._begin, self._on_done = begin, on_done
        self._task: SignInTask | None = None
        self._host = ""
        self._button = W.Button(
            description=label or _("Sign in"), button_style="primary", layout=W.Layout(width="auto")
        )
        self._there = W.Button(layout=W.Layout(width="auto", display="none"))
        self._cancel = W.Button(description=_("Cancel sign-in"), layout=W.Layout(width="auto", display="none"))
        self._status = W.HTML()
        super().__init__([self._status, W.HBox([self._button, self._there, self._cancel])])
        self._button.on_click(lambda _button: self.start())
        self._there.on_click(lambda _button: self.start(self._host))
        self._cancel.on_click(lambda _button: self.cancel())

    @property
    def label(self) -> str:
        """What the button says."""
        return str(self._button.description)

    @label.setter
    def label(self, text: str) -> None:
        self._button.description = text

    @property
    def shown(self) -> bool:
        """True while the user can see it."""
        return str(self.layout.display) != "none"

    def show(self, *, shown: bool) -> None:
        """Show or hide it; one that waits for the user stays."""
        self.layout.display = None if shown or self._button.disabled else "none"

    def start(self, allowed_host: str = "") -> None:
        """Begin, as the button does; returns at once."""
        if self._button.disabled:
            return
        self._show_busy(busy=True)
        self._there.layout.display = "none"
        self._status.value = texts.status(_("Asking the server …"))
        work = partial(self._work, allowed_host)
        threading.Thread(target=work, name="publish-sign-in-box", daemon=True).start()

    def cancel(self) -> None:
        """Wait for the user no longer."""
        if self._task is not None:
            self._task.cancel()

    def _work(self, allowed_host: str) -> None:
        """Begin and wait for the end, in a thread, and show how it ended."""
        done = None
        try:
            done = self._await_user(allowed_host)
        except RSConnectException as exc:
            self._status.value = texts.alert(exc.message, exc.hint)
            self._offer_host(exc)
        except Exception as exc:  # noqa: BLE001 - the edge: a thread's error is shown where the user looks
            self._status.value = texts.alert(
                _("The sign-in failed: {error}.").format(error=type(exc).__name__), str(exc)
            )
        finally:
            self._show_busy(busy=False)
        if done is not None:
            self._on_done(done)

    def _await_user(self, allowed_host: str) -> str | None:
        """Return the server's name once the user is signed in, None when they cancelled."""
        self._task = task = self._begin(allowed_host)
        self._status.value = texts.sign_in(task.prompt.page, task.prompt.user_code)
        self._cancel.layout.display = None
        task.wait()
        self._status.value = ""
        if task.status == "failed" and task.error is not None:
            raise task.error
        return task.server.name if task.server else None

    def _offer_host(self, error: RSConnectException) -> None:
        """Let the user sign in at the other host that the server names."""
        host = (error.data or {}).get("host") if error.code == "sign-in-elsewhere" else None
        if host:
            self._host, self._there.description = str(host), _("Sign in at {host}").format(host=host)
            self._there.layout.display = None

    def _show_busy(self, *, busy: bool) -> None:
        self._button.disabled = busy
        self._button.layout.display = "none" if busy else None
        if not busy:
            self._cancel.layout.display = "none"
