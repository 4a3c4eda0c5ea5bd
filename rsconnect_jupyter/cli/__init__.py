"""``jupyter publish``: publish a notebook from the command line.

Exit codes: 0 done; 1 tried and failed (dead server, wrong key, failed run); 2 cannot be tried as written (bad option,
missing or invalid notebook, unknown server name, no key); 130 cancelled. Progress goes to stderr, the result to stdout.
"""

from __future__ import annotations

import gc
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .arguments import read_arguments
from .exit_status import finish

__all__ = ["main"]

_CONFIGURATION = [f"{name}_config.{suffix}" for name in ("jupyter", "jupyter_publish") for suffix in ("py", "json")]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command and exit.

    Args:
        argv: The arguments after the command's name; this process's own when omitted.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    with finish(as_json="--json" in given, debug="--debug" in given):
        if "--debug" in given:
            _log_to_stderr()
        arguments = read_arguments(given)  # --help, --version and mistyped options end here, before slow imports
        with _modules_as_no_garbage():
            _begin_inspection(arguments)
            if arguments.notebooks and not arguments.dry_run:
                _load_publishing()
            from .command import Command  # noqa: PLC0415
        if arguments.traits or _is_configured():
            from .app import PublishApp  # noqa: PLC0415 - traitlets cost a tenth of a small publish

            PublishApp.launch_instance(given)
        else:
            Command(arguments).run()


def _log_to_stderr() -> None:
    """Show what the package logs, each request among it; not what libraries log, whose addresses hold queries."""
    import logging  # noqa: PLC0415 - not for other runs

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    ours = logging.getLogger("rsconnect_jupyter")
    ours.addHandler(handler)
    ours.setLevel(logging.DEBUG)
    ours.propagate = False


@contextmanager
def _modules_as_no_garbage() -> Iterator[None]:
    """Look for no garbage while modules are loaded, and never among them: a seventh of a small publish went into it."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _load_publishing() -> None:
    """Load all that a publish needs, also what it would load later, while the kernel answers.

    Leaves first: where imports nest deeply, CPython 3.11 takes a piece of memory for its stack and gives it back at
    every call, which made up a tenth of a small publish.
    """
    from ..connect import client  # noqa: F401, PLC0415
    from ..foreground import run_publish  # noqa: F401, PLC0415
    from ..preflight import checks as preflight  # noqa: F401, PLC0415


def _is_configured() -> bool:
    """Tell whether there is a configuration file that Jupyter would read for this command."""
    from jupyter_core.paths import jupyter_config_dir, jupyter_config_path  # noqa: PLC0415 - not for --help

    folders = map(Path, (jupyter_config_dir(), *jupyter_config_path()))
    return any((folder / name).exists() for folder in folders for name in _CONFIGURATION)


def _begin_inspection(arguments: Namespace) -> None:
    """Have the notebook's kernel tell what it has while this process imports what a publish needs."""
    from ..connect.app_modes import FINISHED, parse_mode  # noqa: PLC0415 - not for --help

    notebook = Path(arguments.notebooks[0]).expanduser().absolute() if arguments.notebooks else None
    if notebook is None or not notebook.is_file() or (arguments.mode and parse_mode(arguments.mode) == FINISHED):
        return
    from ..kernel.environment import begin_inspection  # noqa: PLC0415

    begin_inspection(notebook)
