"""``jupyter publish``: publish a notebook from the command line.

Exit codes: 0 done; 1 tried and failed (dead server, wrong key, failed run); 2 cannot be tried as written (bad option,
missing or invalid notebook, unknown server name, no key); 130 cancelled. Progress goes to stderr, the result to stdout.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from .arguments import read_arguments
from .ending import finish

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command and exit.

    Args:
        argv: The arguments after the command's name; this process's own when omitted.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    with finish(as_json="--json" in given, debug="--debug" in given):
        arguments = read_arguments(given)  # --help, --version and mistyped options end here, before slow imports
        _begin_inspection(arguments)
        from .app import PublishApp  # noqa: PLC0415

        PublishApp.launch_instance(given)


def _begin_inspection(arguments: Namespace) -> None:
    """Have the notebook's kernel tell what it has while this process imports what a publish needs."""
    from ..connect.modes import parse_mode  # noqa: PLC0415 - not for --help

    notebook = Path(arguments.notebooks[0]).expanduser().absolute() if arguments.notebooks else None
    if notebook is None or not notebook.is_file() or (arguments.mode and parse_mode(arguments.mode) == "static"):
        return
    from ..bundle.environment import begin_inspection  # noqa: PLC0415

    begin_inspection(notebook)
