"""How the command ends: one sentence, one hint, and the exit code."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback
from collections.abc import Iterator

from .. import errors
from ..errors import RSConnectException
from ..translation import _

TRIED_AND_FAILED = 1
CANNOT_BE_TRIED = 2
CANCELLED = 130

_AS_WRITTEN = (
    errors.NotebookError,
    errors.OptionError,
    errors.KernelError,
    errors.BundleError,
    errors.RequirementsError,
    errors.PreflightError,
    errors.UnknownServerError,
    errors.NoKeyError,
)
_CODES_AS_WRITTEN = ("bad-option", "bad-target", "bad-variable", "unknown-mode", "no-such-file")


@contextlib.contextmanager
def finish(*, as_json: bool, debug: bool) -> Iterator[None]:
    """Turn whatever ends the block into an exit code, and an error into a sentence and a hint on stderr."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a locale that is not UTF-8 lacks characters
    try:
        yield
    except RSConnectException as exc:
        _show_trace(debug=debug)
        sys.exit(show_failure(exc, as_json=as_json))
    except KeyboardInterrupt:
        sys.exit(show_failure(errors.Cancelled.of("cancelled"), as_json=as_json))
    except BrokenPipeError:  # the reader of our output is gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(TRIED_AND_FAILED)
    except Exception as exc:  # noqa: BLE001 - the edge: a bug of ours is one sentence, not a traceback
        _show_trace(debug=debug)
        bug = RSConnectException.of("internal-error/command", error=f"{type(exc).__name__}: {exc}")
        sys.exit(show_failure(bug, as_json=as_json))


def _show_trace(*, debug: bool) -> None:
    if debug:
        traceback.print_exc()


def show_failure(error: RSConnectException, *, as_json: bool) -> int:
    """Write the error and return the exit code; with `as_json` also as the last event on stdout."""
    if as_json and not error.is_last_event:
        event = errors.failure_event(error, seq=0, step="inspect")
        print(json.dumps(event.as_dict()), flush=True)  # noqa: T201
    cancelled = isinstance(error, errors.Cancelled)
    lines = [
        error.message if cancelled else _("Error: {message}").format(message=error.message),
        error.hint,
        *_what_remains(error),
    ]
    print(*filter(None, lines), sep="\n", file=sys.stderr, flush=True)  # noqa: T201
    return exit_code(error)


def _what_remains(error: RSConnectException) -> list[str]:
    """Return what is on the server now, when anything is, and where its log can be read."""
    if not error.data.get("guid"):
        return []
    remains = str(error.data.get("remains") or "")
    return (
        []
        if remains == error.hint
        else [remains, _("Logs: {url}").format(url=error.data["logs_url"]) if "logs_url" in error.data else ""]
    )


def exit_code(error: RSConnectException) -> int:
    """Return the exit code that says what kind of failure it was."""
    if isinstance(error, errors.Cancelled):
        return CANCELLED
    if isinstance(error, _AS_WRITTEN) or error.code in _CODES_AS_WRITTEN:
        return CANNOT_BE_TRIED
    return TRIED_AND_FAILED
