"""What the widget says, as HTML. Every text from outside is escaped here. Pure, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from ..foreground.progress import size_text
from ..models import BundleFile, ChangeState, Finding, Requirements, Version, Where
from ..rehearsal.result import Rehearsal
from ..terminal_text import plain_text
from ..translation import _, ngettext

SIGNS = {"error": "✗", "warning": "⚠", "info": "·", "unknown": "?"}

_MUTED = 'style="opacity:.7"'
_LINES = 'style="line-height:1.45"'
_LOG_STYLE = "max-height:16em;overflow:auto;margin:0;padding:4px;white-space:pre-wrap;font-size:90%;line-height:1.35"


def heading(notebook: str, kernel: str) -> str:
    """Return the form's head: what it is, and which notebook it is about."""
    title, about = _("Publish to Posit Connect"), " · ".join(escape(each) for each in (notebook, kernel) if each)
    return f"<div {_LINES}><strong>{escape(title)}</strong><br><span {_MUTED}>{about}</span></div>"


def note(text: str) -> str:
    """Return a sentence of lesser weight."""
    return f"<span {_MUTED}>{escape(text)}</span>" if text else ""


def alert(message: str, hint: str = "") -> str:
    """Return a failure, announced to screen readers: one sentence of what happened, one of what to do."""
    shown_hint = f"<div>{escape(plain_text(hint))}</div>" if hint else ""
    return f'<div role="alert" {_LINES}><strong>✗ {escape(plain_text(message))}</strong>{shown_hint}</div>'


def status(text: str) -> str:
    """Return what is going on, announced politely."""
    return f'<div role="status" {_LINES}>{escape(text)}</div>' if text else ""


def published(message: str, links: Sequence[tuple[str, str]]) -> str:
    """Return the good end: a sentence and links as ``(text, address)``; only web addresses become links."""
    made = " · ".join(
        f'<a href="{escape(address)}" target="_blank" rel="noopener noreferrer"><u>{escape(text)}</u></a>'
        for text, address in links
        if address.startswith(("http://", "https://"))
    )
    return f'<div role="status"><strong>✓ {escape(message)}</strong></div><div>{made}</div>'


def sign_in(page: str, code: str) -> str:
    """Return what the user does to sign in: the code, which a click copies, and the link to the server's page."""
    plain, coded = _("Sign in on the server’s page."), _("Check this code on the server’s page and allow access:")
    do, copy_text, open_text = (
        escape(coded if code else plain),
        escape(_("Copy the code")),
        escape(_("Open the server’s page")),
    )
    shown = escape(code)
    copy = "navigator.clipboard.writeText(this.dataset.code)"
    row = (
        f'<div><code style="font-size:150%;user-select:all">{shown}</code> '
        f'<button type="button" data-code="{shown}" onclick="{copy}">{copy_text}</button></div>'
    )
    link = (
        f'<a href="{escape(page)}" target="_blank" rel="noopener noreferrer"><u>{open_text}</u></a>'
        if page.startswith(("http://", "https://"))
        else ""
    )
    waiting = note(_("Waiting for the server …"))
    return f'<div role="status" {_LINES}><div>{do}</div>{row if code else ""}<div>{link}</div>{waiting}</div>'


def rehearsed(found: Rehearsal) -> str:
    """Return how a rehearsal ended: what happened, what to do, and what cells show otherwise."""
    hint = found.hint + (f" {found.fix.label}." if found.fix else "")
    told = "".join(f"<li>{escape(each.message)}</li>" for each in (*found.differences, *found.versions))
    head = alert(found.message, hint) if not found.runs else published(found.message, ())
    return head + (f"<ul>{told}</ul>" if told else "")


def log(lines: Iterable[str]) -> str:
    """Return the server's log."""
    text, name = "\n".join(escape(plain_text(line)) for line in lines), escape(_("Log"))
    return f'<pre role="log" aria-label="{name}" tabindex="0" style="{_LOG_STYLE}">{text}</pre>'


def mark(state: ChangeState) -> str:
    """Return whether readers see what the notebook is now; empty when that is not known."""
    by = plain_text(state.by)
    said = {
        "up-to-date": "✓ " + _("Published · up to date"),
        "changed": "● " + _("Unpublished changes"),
        "updated": "● " + (_("Updated by {name}").format(name=by) if by else _("Updated by someone else")),
    }
    return f'<div role="status">{escape(said.get(state.state, ""))}</div>'


def version(described: Version) -> str:
    """Return one line about a version, with a link to its page."""
    states = {"active": _("Active"), "draft": _("Draft"), "earlier": ""}
    facts = (states[described.state], described.created[:16].replace("T", " "), described.created_by, described.note)
    said = " · ".join(escape(plain_text(each)) for each in facts if each)
    name, view = escape(_("Version {id}").format(id=described.id)), escape(_("View"))
    link = f' · <a href="{escape(described.page_url)}" target="_blank" rel="noopener noreferrer"><u>{view}</u></a>'
    shown = link if described.page_url.startswith(("http://", "https://")) else ""
    return f"<div {_LINES}><strong>{name}</strong> <span {_MUTED}>{said}</span>{shown}</div>"


def findings(found: Sequence[Finding]) -> str:
    """Return the checks' result as a list."""
    items = "".join(
        f"<li>{SIGNS[each.severity]} {escape(each.message)}"
        f" <span {_MUTED}>{escape(each.hint)}{escape(_place(each.where))}</span></li>"
        for each in found
    )
    return (
        f'<ul style="margin:0;padding-left:0;list-style:none;line-height:1.45">{items}</ul>'
        if found
        else note(_("No problems found."))
    )


def _place(where: Where | None) -> str:
    return (
        " " + _("(cell {number})").format(number=where.cell + 1) if where is not None and where.cell is not None else ""
    )


def findings_title(found: Sequence[Finding]) -> str:
    """Return the checks' heading: how many of what."""
    counts = {kind: sum(each.severity == kind for each in found) for kind in ("error", "warning", "info")}
    texts = {
        "error": ngettext("{count} error", "{count} errors", counts["error"]),
        "warning": ngettext("{count} warning", "{count} warnings", counts["warning"]),
        "info": ngettext("{count} note", "{count} notes", counts["info"]),
    }
    summary = ", ".join(texts[kind].format(count=count) for kind, count in counts.items() if count)
    return _("Checks: {summary}").format(summary=summary or _("no problems found"))


def files(chosen: Sequence[BundleFile]) -> str:
    """Return the bundle's files with the reasons they are in."""
    rows = "".join(
        f"<tr><td>{escape(each.path)}</td><td style='text-align:right;padding:0 1em'>{size_text(each.size)}</td>"
        f"<td {_MUTED}>{escape(each.reason)}</td></tr>"
        for each in chosen
    )
    return f"<table>{rows}</table>"


def files_title(chosen: Sequence[BundleFile]) -> str:
    """Return the files' heading: how many and how large."""
    return _("Files: {count}, {size}").format(count=len(chosen), size=size_text(sum(each.size for each in chosen)))


def requirements(wanted: Requirements) -> str:
    """Return what the server installs."""
    lines = "\n".join(escape(line) for line in wanted.lines)
    return f'<pre style="{_LOG_STYLE}">{lines}</pre>' if lines else note(_("The server installs nothing."))


def requirements_title(wanted: Requirements, python: str) -> str:
    """Return the requirements' heading: Python's version, how many packages, where from."""
    if wanted.source == "none":
        return _("Packages: none needed")
    origins = {
        "file": _("from {origin}").format(origin=wanted.origin),
        "imports": _("from the imports"),
        "freeze": _("all installed"),
    }
    short = ".".join(python.split(".")[:2])
    about = f"Python {short}, {len(wanted.lines)}" if short else str(len(wanted.lines))
    return _("Packages: {about} {origin}").format(about=about, origin=origins[wanted.source])
