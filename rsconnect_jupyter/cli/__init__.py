"""``jupyter publish``: publish a notebook from the command line.

Exit codes: 0 done; 1 tried and failed (dead server, wrong key, failed run); 2 cannot be tried as written (bad option,
missing or invalid notebook, unknown server name, no key); 130 cancelled. Progress goes to stderr, the result to stdout.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

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
        read_arguments(given)  # --help, --version and mistyped options end here, before anything slow is imported
        from .app import PublishApp  # noqa: PLC0415

        PublishApp.launch_instance(given)
