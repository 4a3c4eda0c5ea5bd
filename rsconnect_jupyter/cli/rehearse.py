"""``jupyter publish --rehearse``: its log while it runs, and how it ended."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..foreground.run_rehearsal import rehearse_notebook
from ..models import Event, PublishOptions
from ..rehearsal.result import Rehearsal
from ..rehearsal.version_differences import PIN
from ..terminal_text import columns, padded, plain_text
from ..translation import _
from .exit_status import TRIED_AND_FAILED
from .report import print_json


def show_rehearsal(
    notebook: Path, options: PublishOptions, arguments: argparse.Namespace, *, server: str, quiet: bool
) -> None:
    """Rehearse a notebook, print how it went, and end with exit code 1 when it does not run."""

    def show(event: Event) -> None:
        if arguments.json:
            print_json(event.as_dict())
        elif not quiet and event.step != "done":
            print(plain_text(event.message), file=sys.stderr, flush=True)  # noqa: T201

    page = Path(arguments.output) if arguments.output else None
    found = rehearse_notebook(notebook, options, server=server or None, on_event=show, fix=arguments.fix, page=page)
    if arguments.json:
        print_json(found.as_dict())
    else:
        print("\n".join(_lines(found, options)))  # noqa: T201
    if not found.runs:
        sys.exit(TRIED_AND_FAILED)


def _lines(found: Rehearsal, options: PublishOptions) -> list[str]:
    size = f"{found.environment_bytes / 1e6:.0f} MB, Python {found.python}" if found.python else ""
    added = [each for each in found.options.add_requirements or () if each not in (options.add_requirements or ())]
    files = [each for each in found.options.files or () if each not in (options.files or ())]
    about = [(_("Environment"), size), (_("Page"), str(found.page or ""))]
    pins = found.fix.value if found.fix and found.fix.action == PIN else ()
    options_shown = [(_("To pin"), f"--add-requirement {each}") for each in pins]
    options_shown += [(_("Added"), f"--add-requirement {each}") for each in added]
    options_shown += [(_("Added"), f"--file {each}") for each in files]
    wide = max(columns(label) for label, _value in (*about, *options_shown))
    noted = [f"  {each.message}" for each in (*found.differences, *found.versions)]
    rows = [[f"  {padded(label, wide)}  {value}" for label, value in each if value] for each in (about, options_shown)]
    lines = [found.message, found.hint, *rows[0], *noted, *rows[1]]
    return [each for each in lines if each]
