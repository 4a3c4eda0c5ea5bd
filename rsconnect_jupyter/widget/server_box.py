"""Which server: the choice among the known ones, and how to add one: sign in, or enter an API key."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import ipywidgets as W  # noqa: N812
from traitlets import Unicode

from ..errors import NoKeyError, RSConnectException, SignInError
from ..foreground.inputs import chosen_server, with_key
from ..foreground.sign_in import begin_for_any_browser
from ..models import Secret, Server
from ..servers.registry import ServerRegistry
from ..servers.sign_in_task import SignInChoices, SignInTask, start_sign_in, start_sign_in_again
from ..servers.store import ServerStore
from ..translation import _
from . import html_views as texts
from .sign_in_box import SignInBox

ADD = "+"
"""Value of the choice that opens the fields for a new server; no server may be called so."""

_WIDE = {"description_width": "6.5em"}


class KeyField(W.Password):  # type: ignore[misc]
    """A password field that keeps nothing in its state.

    What is typed reaches the kernel when the field is left, is taken out of the state at once, and is not echoed to
    other front ends: a notebook saved with its widgets' state holds no key.
    """

    value = Unicode("", help="What was typed, for a moment.").tag(sync=True, echo_update=False)

    def __init__(self, **options: Any) -> None:
        super().__init__(continuous_update=False, **options)
        self._typed: Secret | None = None
        self.observe(self._take_out, "value")

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> Any:  # noqa: FBT001, FBT002 - ipywidgets' own
        """Return the widget's state with an empty value, whatever is in it."""
        state = super().get_state(key, drop_defaults)
        return {**state, "value": ""} if "value" in state else state

    def take(self) -> Secret | None:
        """Return what was typed since the last call; it is not kept."""
        typed, self._typed = self._typed, None
        self.placeholder = ""
        return typed

    def _take_out(self, change: Any) -> None:
        if change["new"]:
            self._typed = Secret(change["new"].strip())
            self.value = ""
            self.placeholder = _("entered (not shown)")


class ServerBox(W.VBox):  # type: ignore[misc]
    """The choice of a server.

    Args:
        store: The servers that are known, the same as everywhere.
        preferred: Name or address to begin with; the default server when None.
        on_change: Called when another server is chosen.
    """

    def __init__(
        self, store: ServerStore, *, preferred: str | Server | None = None, on_change: Callable[[], None]
    ) -> None:
        self.store = store
        self._registry = ServerRegistry(store)
        self._given: Server | None = None
        self._on_change = on_change
        self._choice = W.Dropdown(description=_("Server"), layout=W.Layout(width="auto"), style=_WIDE)
        self._address = W.Text(
            description=_("Address"), placeholder="https://", layout=W.Layout(width="auto"), style=_WIDE
        )
        self._key = KeyField(description=_("API key"), layout=W.Layout(width="auto"), style=_WIDE)
        self._add = W.Button(description=_("Add server"), layout=W.Layout(width="auto"))
        self._other_way = W.Button(layout=W.Layout(width="auto"))
        self._by_key = self._is_over = self._filling = False
        self._status = W.HTML()
        self._sign_in = SignInBox(self.begin_sign_in, on_done=self.signed_in)
        buttons = W.HBox([self._add, self._other_way], layout=W.Layout(margin="0 0 0 6.5em"))
        self._sign_in.layout.margin = "0 0 0 6.5em"
        self._entry = W.VBox([self._address, self._sign_in, self._key, buttons])
        super().__init__([self._choice, self._entry, self._status])
        self._prefer(preferred)
        self._choice.observe(self._chosen, "value")
        self._add.on_click(lambda _button: self._start_adding())
        self._other_way.on_click(lambda _button: self._show_way(by_key=not self._by_key))

    def begin_sign_in(self, allowed_host: str = "") -> SignInTask:
        """Begin to sign in to the server of the address field, or once more to the chosen one.

        Raises:
            RSConnectException: it cannot be begun.
        """
        try:
            return begin_for_any_browser(lambda remote: self._start_sign_in(remote=remote, allowed_host=allowed_host))
        except SignInError as exc:
            if exc.code == "sign-in-not-offered":
                self._show_way(by_key=True)
            raise

    def signed_in(self, name: str) -> None:
        """Choose a server after a sign-in."""
        self._address.value, self._given, self._is_over = "", None, False
        self._fill(name)
        self._status.value = texts.status(_("Signed in."))
        self._on_change()

    def offer_sign_in(self, *, offered: bool) -> None:
        """Let the user sign in again when the chosen server does not take its credential any more, or not here."""
        self._is_over = offered and self.can_sign_in
        self._show_entry()

    @property
    def can_sign_in(self) -> bool:
        """Whether a sign-in of the user's own can take the place of the chosen server's credential."""
        known = self.known()
        return known is not None and known.takes_key

    def server(self) -> Server:
        """Return the chosen server with its key.

        Raises:
            NoKeyError: no key is known for it.
            UnknownServerError: it was removed meanwhile, or none is chosen.
        """
        if self._given is not None and self._choice.value == self._given.name:
            return with_key(self._given)
        if self._choice.value == ADD:
            raise NoKeyError.of("no-api-key/no-server")
        return with_key(chosen_server(self.store, self._choice.value))

    def known(self) -> Server | None:
        """Return the chosen server, with its key where that is known; None while none is chosen."""
        candidates = [self._given, *self.store.servers()]
        return next((each for each in candidates if each is not None and each.name == self.name), None)

    @property
    def name(self) -> str | None:
        """Name of the chosen server; None while none is chosen."""
        return None if self._choice.value == ADD else self._choice.value

    @property
    def url(self) -> str | None:
        """Address of the chosen server."""
        known = [self._given, *self.store.servers()]
        return next((each.url for each in known if each is not None and each.name == self.name), None)

    def _prefer(self, preferred: str | Server | None) -> None:
        if isinstance(preferred, Server):
            self._given = preferred
        elif preferred:
            found = chosen_server(self.store, preferred)
            if found.name not in {each.name for each in self.store.servers()}:
                self._given = found
            preferred = found
        default = preferred or self.store.default()
        self._fill(default.name if default else ADD)

    def _fill(self, chosen: str) -> None:
        """List the servers again and choose one."""
        known = list(self.store.servers())
        if self._given is not None:
            known = [self._given, *(each for each in known if each.name != self._given.name)]
        options = [(_label(each), each.name) for each in known]
        self._filling = True  # nothing between the old choice and the new one counts as chosen
        self._choice.options = [*options, (_("Add a server …"), ADD)]
        self._choice.value = chosen
        self._filling = False
        self._show_entry()

    def _chosen(self, _change: Any) -> None:
        if self._filling:
            return
        self._status.value, self._is_over = "", False
        self._show_entry()
        self._on_change()

    def _show_entry(self) -> None:
        """Show how to add a server, or just how to sign in to the chosen one."""
        adding = self._choice.value == ADD
        self._address.layout.display = None if adding else "none"
        self._entry.layout.display = None if adding or self._lacks_key() or self._is_over else "none"
        self._add.description = _("Add server") if adding else _("Save API key")
        self._sign_in.label = _("Sign in again") if self._is_over else _("Sign in")
        self._show_way(by_key=self._by_key)

    def _show_way(self, *, by_key: bool) -> None:
        """Show the fields of one of the two ways, and the button to the other."""
        self._by_key = by_key
        self._sign_in.show(shown=not by_key)
        for each in (self._key, self._add):
            each.layout.display = None if by_key else "none"
        self._other_way.description = _("Sign in with the browser instead") if by_key else _("Use an API key instead")

    def _start_sign_in(self, *, remote: bool, allowed_host: str) -> SignInTask:
        given, adding = self._given, self._choice.value == ADD
        if not adding and (given is None or given.name != self.name):
            return start_sign_in_again(self._registry, str(self.name), remote=remote, allowed_host=allowed_host)
        address = self._address.value.strip() if adding else str(self.url)
        choices = SignInChoices(
            remote=remote,
            allowed_host=allowed_host,
            insecure=bool(given and not adding and given.insecure),
            ca_data=given.ca_data if given and not adding else None,
        )
        return start_sign_in(self._registry, address, choices)

    def _lacks_key(self) -> bool:
        try:
            self.server()
        except NoKeyError:
            problem = next((each.problem for each in self.store.servers() if each.name == self.name), None)
            self._status.value = texts.note(problem) if problem else ""
            return True
        except RSConnectException as exc:
            self._status.value = texts.alert(exc.message, exc.hint)
        return False

    def _start_adding(self) -> None:
        key, address = self._key.take(), self._address.value.strip() if self._choice.value == ADD else self.url
        if not address or not key:
            self._status.value = texts.alert(
                _("Enter an address and an API key."), _("Create an API key in Connect, in the menu under your name.")
            )
            return
        self._add.disabled = True
        self._status.value = texts.status(_("Asking the server …"))
        threading.Thread(
            target=self._finish_adding, args=(address, key), name="publish-add-server", daemon=True
        ).start()

    def _finish_adding(self, address: str, key: Secret) -> None:
        try:
            kept = self._save(address, key)
        except RSConnectException as exc:
            self._status.value = texts.alert(exc.message, exc.hint)
        except Exception as exc:  # noqa: BLE001 - the edge: a thread's error is shown where the user looks
            self._status.value = texts.alert(
                _("The server could not be added: {error}.").format(error=type(exc).__name__), str(exc)
            )
        else:
            self._address.value, self._is_over = "", False
            self._fill(kept.name)
            ring, file = _("API key stored in the system keyring."), _("API key stored in a file only you can read.")
            self._status.value = texts.status(ring if kept.key_place == "keyring" else file)
            self._on_change()
        finally:
            self._add.disabled = False

    def _save(self, address: str, key: Secret) -> Server:
        """Add the server, or save the key of the chosen one, when the server accepts the key."""
        chosen = next((each for each in self.store.servers() if each.name == self.name), None)
        if chosen is not None:
            return self._registry.edit(chosen.name, api_key=key)
        return self._registry.add(address, key)[0]


def _label(server: Server) -> str:
    who = f" · {server.user}" if server.user else ""
    origin = {
        "configuration": " · " + _("administrator"),
        "environment": " · " + _("environment"),
        "rsconnect-python": " · rsconnect-python",
    }
    problem = " · " + _("cannot be used") if server.problem else ""
    return f"{server.name}{who}{origin.get(server.origin, '')}{problem}"


__all__ = ["ADD", "KeyField", "ServerBox"]
