"""The files a notebook itself asks for: data it reads, images and links of its text, scripts, local modules.

Looks at the notebook's folder and reads the local modules; runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from ..connect.app_modes import APP_MODES
from ..models import Mode, Where
from ..notebook.analysis import NotebookAnalysis, ReachedFile
from ..notebook.path_references import Mention
from ..notebook.reading import Notebook
from ..translation import N_, _
from .mentioned_files import MentionedFiles

SHOWN_BY_PAGE = {"IFrame", "Video", "Audio", "FileLink", "FileLinks"}
"""Calls whose file the finished page still loads."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A file the notebook asks for: path relative to its folder, why, where, and whether the bundle needs it.

    Attributes:
        always: True for a file that belongs to the mode, so that turning proposals off does not leave it out.
        is_code: True for a module, script or notebook whose code runs.
        is_written: True when the code writes it.
    """

    path: str
    needed: bool
    reason: str
    where: Where | None
    always: bool = False
    is_code: bool = False
    is_written: bool = False


def proposals(analysis: NotebookAnalysis, files: MentionedFiles, *, mode: Mode) -> tuple[Proposal, ...]:
    """Return the existing files of the notebook's folder that it asks for, each once, the best reason first."""
    found: dict[str, Proposal] = {}
    notebook, modules = analysis.notebook, [each for each in analysis.reached if not each.runs]
    for each in (*_companions(notebook, mode), *_module_proposals(modules, mode)):
        found.setdefault(each.path, each)
    mentions = (*analysis.outputs, *analysis.paths) if APP_MODES[mode].is_page else analysis.paths
    for mention in sorted(mentions, key=lambda each: each.kind == "text"):
        for path in files.of(mention):
            proposal = _from_mention(mention, path, mode)
            if path not in found or (proposal.needed and not found[path].needed and not found[path].is_written):
                found[path] = proposal
    found.pop(notebook.path.name, None)
    code = {each.name for each in analysis.reached}
    return tuple(replace(found[path], is_code=path in code) for path in sorted(found))


def _companions(notebook: Notebook, mode: Mode) -> Iterator[Proposal]:
    for name in APP_MODES[mode].settings:
        if (notebook.folder / name).is_file():
            reason = _("{product}'s settings").format(product=_(APP_MODES[mode].product))
            yield Proposal(path=name, needed=True, reason=reason, where=None, always=True)


def _module_proposals(modules: Iterable[ReachedFile], mode: Mode) -> Iterator[Proposal]:
    for each in modules:
        reason = _("imported {place}").format(place=place_name(each.user))
        if APP_MODES[mode].is_page:
            yield Proposal(path=each.name, needed=False, reason=_(NOT_RUN).format(reason=reason), where=each.user)
        else:
            yield Proposal(path=each.name, needed=True, reason=reason, where=each.user)


NOT_RUN = N_("{reason}; a finished document does not need it")


USES = {
    "read": N_("read {place}"),
    "write": N_("written {place}"),
    "image": N_("shown {place}"),
    "link": N_("linked {place}"),
    "script": N_("run {place}"),
    "text": N_("named {place}"),
    "search": N_("searched {place}"),
}
"""How a path is used -> a phrase with its place, as `place_name` returns it."""

_USES_BY: dict[str, str] = {
    **USES,
    "read": N_("read by {by} {place}"),
    "write": N_("written by {by} {place}"),
    "script": N_("run by {by} {place}"),
}


def _from_mention(mention: Mention, path: str, mode: Mode) -> Proposal:
    texts, by = (_USES_BY, _(mention.by)) if mention.by else (USES, "")
    is_read = mention.kind == "search" or mention.kind not in texts
    reason = _(texts["read" if is_read else mention.kind]).format(by=by, place=place_name(mention.where))
    if mention.kind == "write":
        return Proposal(path=path, needed=False, reason=reason, where=mention.where, is_written=True)
    is_page = APP_MODES[mode].is_page
    if is_page and mention.kind == "image":
        return Proposal(
            path=path, needed=False, reason=_("{reason}, part of the page").format(reason=reason), where=mention.where
        )
    if is_page and mention.kind != "link" and mention.by not in SHOWN_BY_PAGE:
        return Proposal(path=path, needed=False, reason=_(NOT_RUN).format(reason=reason), where=mention.where)
    return Proposal(path=path, needed=True, reason=reason, where=mention.where)


def place_name(where: Where | None) -> str:
    """Return a place in words: ``in cell 3`` (counted from 1, as people do) or ``in helpers.py``. Pure."""
    if where is not None and where.cell is not None:
        return _("in cell {number}").format(number=where.cell + 1)
    return _("in {file}").format(file=where.file) if where is not None and where.file else _("by the notebook")
