"""``--versions``, ``--compare``, ``--restore`` and ``--download``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ..errors import TargetError
from ..foreground.content_versions import PublishedNotebook, download_from_here, published_notebook
from ..messages import error_text
from ..models import ComparedCell, ListedChange, PublishOptions, Server, Version, VersionComparison
from ..terminal_text import plain_text, table_text
from ..translation import N_, _
from .exit_status import TRIED_AND_FAILED
from .report import print_json, result_text

_SIGNS = {"added": "+", "removed": "-", "changed": "~", "same": " "}
_HEADS = ("", "ID", N_("TIME (UTC)"), N_("BY"), N_("SIZE"), N_("STATE"), N_("RUN"), N_("COMMIT"), N_("NOTE"))
_STATES = {"active": N_("active"), "draft": N_("draft"), "earlier": N_("earlier")}
_RUNS = {"ok": N_("ran"), "failed": N_("failed"), "running": N_("running"), None: ""}
_KINDS = {"code": N_("code"), "text": N_("text")}
"""Other kinds are the notebook format's own names."""
_DATE = 16


def download(arguments: argparse.Namespace, prepare: Callable[[Server], Server]) -> None:
    """Fetch a content into a new folder and print its notebook's path."""
    opened = download_from_here(arguments.download, server=arguments.server, prepare=prepare)
    path = opened.notebook or opened.folder
    if arguments.json:
        record = {"folder": opened.folder, "notebook": opened.notebook, "guid": opened.guid, "title": opened.title}
        print_json({name: value if value is None else str(value) for name, value in record.items()})
    elif arguments.quiet:
        print(path)  # noqa: T201
    else:
        more = _("Publishing it updates the content.") if opened.notebook else _("The version has no notebook in it.")
        print(_("{title!r} is in {path}").format(title=opened.title, path=path), more, sep="\n")  # noqa: T201


class VersionCommands:
    """One of ``--versions``, ``--compare`` and ``--restore``.

    Args:
        arguments: As `read_arguments` returns them.
        prepare: Completes a server, with its key.
        progress: Makes what shows progress.
        configured: Server of the configuration.
    """

    def __init__(
        self,
        arguments: argparse.Namespace,
        prepare: Callable[[Server], Server],
        progress: Callable[[], AbstractContextManager[Any]],
        *,
        configured: str,
    ) -> None:
        self._arguments = arguments
        self._prepare = prepare
        self._progress = progress
        self._configured = configured

    def run(self, options: Callable[[Path], PublishOptions]) -> None:
        """Do what the arguments say.

        Args:
            options: Returns the options of the command line for a notebook.

        Raises:
            SystemExit: status 1 when ``--compare`` found a difference.
        """
        arguments = self._arguments
        published = published_notebook(
            arguments.notebooks[0],
            server=arguments.server,
            content=arguments.update,
            configured=self._configured,
            prepare=self._prepare,
        )
        if arguments.versions:
            self._list(published)
        elif arguments.restore:
            self._restore(published)
        else:
            self._compare(published, options(published.notebook))

    def _list(self, published: PublishedNotebook) -> None:
        versions = published.all_versions()
        if self._arguments.json:
            for each in versions:
                print_json(each.as_dict())
        else:
            print(versions_text(versions))  # noqa: T201

    def _compare(self, published: PublishedNotebook, options: PublishOptions) -> None:
        old, _dots, new = self._arguments.compare.partition("..")
        comparison = published.compare(old or None, new or None, options)
        if self._arguments.json:
            print_json(comparison.as_dict())
        elif not self._arguments.quiet:
            print(comparison_text(comparison))  # noqa: T201
        if comparison.differs:
            sys.exit(TRIED_AND_FAILED)

    def _restore(self, published: PublishedNotebook) -> None:
        as_json = self._arguments.json
        try:
            with self._progress() as watcher:
                deployment = published.restore(
                    self._arguments.restore,
                    overwrite=bool(self._arguments.overwrite),
                    watcher=watcher,
                    on_event=(lambda event: print_json(event.as_dict())) if as_json else None,
                )
        except TargetError as exc:
            if exc.code != "published-by-others":
                raise
            hint = error_text("published-by-others/command", title="").hint
            raise exc.with_parts(hint=hint) from exc.__cause__
        if as_json:
            print_json(deployment.as_dict())
        else:
            print(result_text(deployment, quiet=bool(self._arguments.quiet)), flush=True)  # noqa: T201


def versions_text(versions: list[Version]) -> str:
    """Return versions as a table for people. No I/O."""
    if not versions:
        return _("There are no versions yet.")
    rows = [tuple(map(_, _HEADS))]
    rows += [_row(each) for each in versions]
    return table_text(rows)


def _row(version: Version) -> tuple[str, ...]:
    dirty = "-dirty" if version.source and version.source.commit.endswith("-dirty") else ""
    return (
        "*" if version.state == "active" else "",
        version.id,
        version.created[:_DATE].replace("T", " "),
        plain_text(version.created_by) or "-",
        f"{version.size:,}" if version.size is not None else "-",
        _(_STATES[version.state]),
        _(_RUNS[version.run]) or "-",
        version.source.commit[:8] + dirty if version.source else "-",
        plain_text(version.note),
    )


def comparison_text(comparison: VersionComparison) -> str:
    """Return a comparison as lines for people. No I/O."""
    new, old = comparison.new, comparison.old
    if not comparison.differs:
        return _("No difference between {old} and {new}.").format(old=old, new=new)
    lines = [_("{new} differs from {old}:").format(new=f"{new[:1].upper()}{new[1:]}", old=old)]
    if comparison.basis == "page":
        lines.append(_("(The source is not in the version: the text of the pages is compared.)"))
    for each in comparison.cells:
        lines += _cell_lines(each)
    lines += _listed(_("File"), comparison.files) + _listed(_("Requirement"), comparison.requirements)
    return "\n".join(lines)


def _cell_lines(cell: ComparedCell) -> list[str]:
    if cell.change == "same":
        return []
    number = cell.new_number or cell.old_number
    text = (
        _("Cell {number}, {kind} (outputs)") if cell.outputs_changed and not cell.words else _("Cell {number}, {kind}")
    )
    lines = [f"{_SIGNS[cell.change]} {text.format(number=number, kind=_(_KINDS.get(cell.kind, cell.kind)))}"]
    if cell.change in ("removed", "changed") and (cell.words or cell.change == "removed"):
        lines += [f"    - {plain_text(each)}" for each in (cell.old_source or "").splitlines()]
    if cell.change in ("added", "changed") and (cell.words or cell.change == "added"):
        lines += [f"    + {plain_text(each)}" for each in (cell.new_source or "").splitlines()]
    return lines


def _listed(kind: str, changes: tuple[ListedChange, ...]) -> list[str]:
    return [f"{_SIGNS[each.change]} {kind} {plain_text(each.name)}" for each in changes]
