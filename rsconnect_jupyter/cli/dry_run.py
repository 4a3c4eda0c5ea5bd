"""``--dry-run``: what would be published, without any network."""

from __future__ import annotations

import argparse
import json
import shutil
import textwrap
from collections.abc import Sequence
from pathlib import Path

from ..addresses import without_userinfo
from ..bundle.plan import BundlePlan, describe, write_bundle
from ..connect.app_modes import mode_title
from ..errors import UnknownServerError
from ..foreground.inputs import chosen_server
from ..foreground.progress import size_text
from ..models import Bundle, Finding, PublishOptions, Severity
from ..project_files import project_root
from ..publishing.inspection import Inspection, inspect_notebook
from ..publishing.reader_changes import ReaderChange, changed_names, reader_changes
from ..publishing.schedule_option import refuse_schedule
from ..publishing.thumbnails import NO_THUMBNAIL, read_thumbnail
from ..servers.store import ServerStore
from ..temporary_files import temporary_folder
from ..terminal_text import columns, padded, table_text
from ..translation import N_, _

_SEVERITIES: dict[Severity, str] = {
    "error": N_("error"),
    "warning": N_("warning"),
    "info": N_("info"),
    "unknown": N_("unknown"),
}

WIDE = 120
"""Characters of a line where the output is no terminal."""


def show_plan(notebook: Path, options: PublishOptions, arguments: argparse.Namespace, *, server: str = "") -> None:
    """Print files with reasons, requirements and findings, and write the bundle where ``--output`` says.

    Args:
        notebook: Absolute path.
        options: The author's.
        arguments: As `read_arguments` returns them.
        server: Name or address of the server; where the notebook was published last, or the default one, when empty.

    Raises:
        RSConnectException: the notebook cannot be bundled as asked.
    """
    inspection = _inspect(notebook, options, server)
    plan, findings = inspection.bundle, inspection.findings
    readers = _readers(inspection)
    with temporary_folder() as scratch:
        target = Path(arguments.output or scratch / "bundle.tar.gz")
        bundle = write_bundle(plan, target)
        if arguments.json:
            shown = describe(plan, bundle, findings=findings)
            shown |= {"bundle": arguments.output, "requirements": _shown(plan)}
            shown["readers"] = {each.option: each.text for each in readers}
            shown["schedule"] = inspection.plan.options.schedule
            print(json.dumps(shown))  # noqa: T201
        elif not arguments.quiet:
            print(plan_text(inspection, bundle, readers, written=bool(arguments.output)))  # noqa: T201
        elif arguments.output:
            print(bundle.path)  # noqa: T201


def _inspect(notebook: Path, options: PublishOptions, server: str) -> Inspection:
    """Return what a publish would do, as far as can be said without asking a server."""
    store = ServerStore()
    try:
        to = chosen_server(store, server, notebook=notebook)
    except UnknownServerError:
        to = None
    inspection = inspect_notebook(
        notebook, root=project_root(notebook), store=store, server=to, options=options, server_timeout=0
    )
    if inspection.refused is not None:
        raise inspection.refused
    return inspection


def _readers(inspection: Inspection) -> tuple[ReaderChange, ...]:
    """Return what would change about readers, unless a publish would refuse the options.

    Raises:
        OptionError: a value cannot be; code ``bad-thumbnail`` when the picture cannot be read.
    """
    notebook, options = inspection.notebook.path, inspection.plan.options
    refuse_schedule(options, inspection.plan.mode)
    if options.thumbnail is not None and options.thumbnail not in NO_THUMBNAIL:
        read_thumbnail(options.thumbnail, notebook=notebook, root=project_root(notebook))
    return reader_changes(options, is_new=inspection.plan.target.guid is None)


def plan_text(inspection: Inspection, bundle: Bundle, readers: Sequence[ReaderChange], *, written: bool) -> str:
    """Return the plan for people. No I/O."""
    plan = inspection.bundle
    lines = [
        _("{notebook} as {mode}: {title}").format(
            notebook=plan.notebook.path.name, mode=mode_title(plan.mode), title=inspection.plan.title
        ),
        "",
    ]
    lines += _files(plan, bundle)
    lines += _requirements(plan)
    lines += _reader_lines(readers)
    lines += _integration_lines(inspection.plan.options.integrations)
    if inspection.plan.options.schedule:
        lines += [_("Schedule"), f"  {inspection.plan.options.schedule}", ""]
    lines += _findings(inspection.findings)
    lines.append(
        _("Written to {path} ({size}).").format(path=bundle.path, size=size_text(bundle.size))
        if written
        else _("Nothing was sent. The bundle has {size}; --output FILE keeps it.").format(size=size_text(bundle.size))
    )
    return "\n".join(lines)


def _files(plan: BundlePlan, bundle: Bundle) -> list[str]:
    sizes = {each.path: size_text(bundle.sizes.get(each.path, each.size)) for each in plan.files}
    wide = max((columns(path) for path in sizes), default=0)
    lines = [f"  {padded(each.path, wide)}  {sizes[each.path]:>8}  {each.reason}" for each in plan.files]
    return [_("Files ({count})").format(count=len(plan.files)), *lines, ""]


def _requirements(plan: BundlePlan) -> list[str]:
    if plan.requirements.source == "none":
        return []
    origins = {
        "file": _("from {origin}").format(origin=plan.requirements.origin),
        "imports": _("from the imports"),
        "freeze": _("all installed"),
    }
    python = f"Python {plan.environment.version}, " if plan.environment else ""
    head = _("Requirements ({about})").format(about=f"{python}{origins[plan.requirements.source]}")
    return [head, *(_wrapped(line) for line in _shown(plan) or [_("none")]), ""]


def _reader_lines(readers: Sequence[ReaderChange]) -> list[str]:
    if not readers:
        return []
    return [_("Readers (what changes)"), table_text([(f"  {each.label}", each.text) for each in readers]), ""]


def _integration_lines(chosen: Sequence[str] | None) -> list[str]:
    return [_("Integrations: {names}").format(names=changed_names(chosen)), ""] if chosen else []


def _wrapped(line: str) -> str:
    """Return a requirement in lines that can be read: a lock's markers make it longer than any terminal is wide."""
    width = shutil.get_terminal_size((WIDE, 24)).columns
    parts = textwrap.wrap(line, width, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False)
    return "\n".join(parts)


def _shown(plan: BundlePlan) -> list[str]:
    return [without_userinfo(each) for each in plan.requirements.lines]


def _findings(findings: Sequence[Finding]) -> list[str]:
    if not findings:
        return [_("Checks"), "  " + _("no problems found"), ""]
    lines = [_("Checks")]
    for each in findings:
        lines.append(f"  {_(_SEVERITIES[each.severity])}: {each.message}")
        lines += [f"    {each.hint}"] if each.hint else []
    return [*lines, ""]
