"""Where to: new content, where the notebook was published before, or content found on the server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import ipywidgets as W  # noqa: N812
import msgspec

from ..addresses import plain_address
from ..connect.app_modes import mode_title
from ..errors import RSConnectException
from ..models import Content, Finding, Publication, Server
from ..servers.registry import search_content
from ..translation import _
from . import html_views as texts

NEW = "new"
SEARCH = "?"
"""Value of the choice that opens the field for a search."""

_WIDE = {"description_width": "6.5em"}


class Choice(msgspec.Struct, frozen=True):
    """One entry of the list: its text, the content's GUID (or ``new``), and the content's title."""

    label: str
    value: str
    title: str = ""


class TargetBox(W.VBox):  # type: ignore[misc]
    """The choice of the content to publish to.

    Args:
        server: Returns the chosen server with its key; raises when there is none.
        on_choice: Called with the `Choice` a person made.
    """

    def __init__(self, *, server: Callable[[], Server], on_choice: Callable[[Choice], None]) -> None:
        self._server = server
        self._on_choice = on_choice
        self._choices: list[Choice] = []
        self._shown_for: str | None = None
        self._showing = False
        self._asked: set[tuple[str, str]] = set()
        self._list = W.Dropdown(description=_("Publish to"), layout=W.Layout(width="auto"), style=_WIDE)
        self._search = W.Text(
            description=_("Find"),
            placeholder=_("Title of content on the server, or a link to it"),
            continuous_update=False,
            layout=W.Layout(width="auto", display="none"),
            style=_WIDE,
        )
        self._status = W.HTML()
        self._proposed: Choice | None = None
        self._proposal = W.HTML()
        self._accept = W.Button(layout=W.Layout(width="auto", display="none"))
        super().__init__([self._list, self._search, self._status, self._proposal, self._accept])
        self._offer([], chosen=NEW)
        self._list.observe(self._chosen, "value")
        self._search.observe(self._start_search, "value")
        self._accept.on_click(lambda _button: self._take_proposal())

    def show(self, publications: Sequence[Publication], *, server_url: str | None, chosen: str) -> None:
        """List what is known of one server.

        Args:
            publications: The notebook's, newest first.
            server_url: The chosen server's address; None while none is chosen.
            chosen: ``new``, or the GUID of the content that a publish would update.
        """
        here = [each for each in publications if server_url and each.server_url == plain_address(server_url)]
        known = [
            Choice(
                _("Published from here: {title} · {mode}").format(title=each.title, mode=mode_title(each.mode)),
                each.guid,
                each.title,
            )
            for each in here
        ]
        kept = [each for each in self._choices if each.value not in {NEW, *(item.value for item in known)}]
        known += kept if server_url == self._shown_for else []
        if chosen not in {NEW, *(each.value for each in known)}:
            known.insert(0, Choice(_("Content {guid}").format(guid=chosen), chosen))
        if server_url != self._shown_for:
            self._status.value = ""
        self._shown_for = server_url
        self._offer(known, chosen=chosen)

    def propose(self, findings: Sequence[Finding]) -> None:
        """Offer, with a button, the content that only files of the project name; without such a finding, nothing."""
        offer = next((each for each in findings if each.code == "published-before" and each.fix), None)
        item = offer.fix.value if offer and offer.fix else None
        self._proposal.value = texts.note(offer.message) if offer else ""
        self._accept.description = offer.fix.label if offer and offer.fix else ""
        self._accept.layout.display = None if offer else "none"
        self._proposed = item and Choice(
            _label_on_server(item["title"], item["mode"], item["owner"]), item["guid"], item["title"]
        )

    def find(self, text: str) -> None:
        """Search the server in a thread and offer what was found."""
        self._status.value = texts.note(_("Searching …"))
        threading.Thread(target=self._finish_search, args=(text,), name="publish-search", daemon=True).start()

    def offer_namesakes(self, server: Server, title: str) -> None:
        """Add content of the same title that is on the server; asked once per server and title. Blocks."""
        if not title or (server.url, title) in self._asked:
            return
        self._asked.add((server.url, title))
        with suppress(RSConnectException):
            same = [each for each in search_content(server, title, limit=5) if each.title == title]
            before = len(self._choices)
            self._add(same)
            if len(self._choices) > before:
                self._status.value = texts.note(_("There is content of this title on the server; see the list."))

    def _offer(self, known: Sequence[Choice], *, chosen: str) -> None:
        """Fill the list; that it shows the first entry in between is nobody's choice."""
        self._choices = [Choice(_("New content"), NEW), *known]
        labels = _distinct([each.label for each in self._choices])
        options = [(label, each.value) for label, each in zip(labels, self._choices, strict=True)]
        self._showing = True
        self._list.options = [*options, (_("Find on the server …"), SEARCH)]
        self._list.value = chosen
        self._showing = False

    def _chosen(self, change: Any) -> None:
        self._search.layout.display = None if change["new"] == SEARCH else "none"
        if self._showing or change["new"] == SEARCH:
            return
        self._on_choice(next(each for each in self._choices if each.value == change["new"]))

    def _take_proposal(self) -> None:
        if self._proposed is not None:
            known = [each for each in self._choices if each.value not in (NEW, self._proposed.value)]
            self._offer([*known, self._proposed], chosen=self._proposed.value)
            self._on_choice(self._proposed)

    def _start_search(self, change: Any) -> None:
        if change["new"].strip():
            self.find(change["new"].strip())

    def _finish_search(self, text: str) -> None:
        try:
            found = search_content(self._server(), text)
        except RSConnectException as exc:
            self._status.value = texts.alert(exc.message, exc.hint)
            return
        except Exception as exc:  # noqa: BLE001 - the edge: a thread's error is shown where the user looks
            self._status.value = texts.alert(
                _("The search failed: {error}.").format(error=type(exc).__name__), str(exc)
            )
            return
        fresh = self._add(found)
        if fresh:
            self._list.value = fresh[0].value
        found_text = (
            _("{count} found; the first is chosen.").format(count=len(fresh))
            if fresh
            else _("Nothing found that you may publish to.")
        )
        self._status.value = texts.status(found_text)

    def _add(self, found: Sequence[Content]) -> list[Choice]:
        """Add content to the list; what is chosen stays. Returns the entries, those known before among them."""
        fresh = [
            Choice(_label_on_server(each.title or each.name, each.mode, each.owner_name), each.guid, each.title or "")
            for each in found
        ]
        have = {each.value for each in self._choices}
        known = [each for each in self._choices if each.value != NEW]
        self._offer([*known, *(each for each in fresh if each.value not in have)], chosen=str(self._list.value))
        return fresh


def _label_on_server(title: str, mode: str, owner: str | None) -> str:
    plain, owned = _("On the server: {title} · {mode}"), _("On the server: {title} · {mode} · by {owner}")
    return (owned if owner else plain).format(title=title, mode=mode_title(mode), owner=owner)


def _distinct(labels: Sequence[str]) -> list[str]:
    """Return the labels with a number behind repeated ones: a list's entries must differ."""
    seen: dict[str, int] = {}
    made = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        made.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return made
