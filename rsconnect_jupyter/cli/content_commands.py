"""``--runs``, ``--run-log``, ``--set-schedule`` and the like: the commands of `CONTENT_COMMANDS`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from ..errors import failure_event
from ..foreground.content_integrations import content_integrations, set_content_integrations
from ..foreground.content_runs import RunLog, content_run_log, content_runs, run_content, stop_content_run
from ..foreground.content_schedules import content_schedule, set_content_schedule
from ..foreground.content_variables import content_variables, set_content_variables
from ..foreground.content_versions import PublishedNotebook
from ..models import ContentIntegrations, ContentRun, PublishOptions, ScheduleState
from ..terminal_text import padded, plain_text, table_text
from ..translation import N_, _
from .exit_status import TRIED_AND_FAILED, show_failure
from .report import print_json

_DATE = 16
_HEADS = ("", N_("KEY"), N_("TIME (UTC)"), N_("WHAT"), N_("WHY"), N_("SECONDS"), N_("VERSION"), N_("RESULT"))
_KINDS = {"render": N_("render"), "environment": N_("packages"), "app": N_("app"), "other": N_("other")}
_REASONS = {"schedule": N_("schedule"), "request": N_("request")}
_OUTCOMES = {
    "ok": N_("ok"),
    "failed": N_("failed"),
    "running": N_("running"),
    "skipped": N_("skipped"),
    "unknown": N_("ended"),
}
_STATES = {"set": N_("set"), "missing": N_("missing"), "optional": N_("optional"), "unused": N_("unused")}


def look_after(
    arguments: argparse.Namespace, published: PublishedNotebook, options: Callable[[Path], PublishOptions]
) -> None:
    """Do what the arguments say.

    Args:
        arguments: As `read_arguments` returns them.
        published: The notebook with its content.
        options: Returns the options of the command line for a notebook.

    Raises:
        SystemExit: status 1 when the run that ``--run-log`` shows has failed.
        RSConnectException: it cannot be done, or a run failed.
    """
    if arguments.runs:
        _list(arguments, published)
    elif arguments.run_log is not None:
        _show(arguments, content_run_log(published, arguments.run_log or None))
    elif arguments.stop_run:
        stop_content_run(published, arguments.stop_run)
    elif arguments.show_schedule or arguments.set_schedule is not None:
        _schedule(arguments, published)
    elif arguments.variables:
        _variables(arguments, published)
    elif arguments.set_variables:
        names = set_content_variables(published, options(published.notebook).env or {})
        if not arguments.quiet:
            print("\n".join(names))  # noqa: T201
    elif arguments.list_integrations:
        _integrations(arguments, content_integrations(published))
    elif arguments.set_integrations:
        chosen = options(published.notebook).integrations or ()
        _integrations(arguments, set_content_integrations(published, chosen))
    else:
        _run(arguments, published)


def _list(arguments: argparse.Namespace, published: PublishedNotebook) -> None:
    found = content_runs(published).runs
    if arguments.json:
        for each in found:
            print_json(each.as_dict())
    else:
        print(runs_text(found))  # noqa: T201


def _show(arguments: argparse.Namespace, log: RunLog) -> None:
    if arguments.json:
        failed = {"failure": failure_event(log.failure, seq=0, step="deploy").as_dict()} if log.failure else {}
        print_json({**log.run.as_dict(), "lines": list(log.lines), **failed})
    elif not arguments.quiet:
        for line in log.lines:
            print(plain_text(line))  # noqa: T201
    if log.failure is not None:
        sys.exit(TRIED_AND_FAILED if arguments.json else show_failure(log.failure, as_json=False))


def _run(arguments: argparse.Namespace, published: PublishedNotebook) -> None:
    def show(line: str) -> None:
        if not arguments.quiet and not arguments.json:
            print(plain_text(line), file=sys.stderr, flush=True)  # noqa: T201

    result = run_content(published, show)
    if arguments.json:
        print_json({"task_id": result.task_id, "code": result.code})
    elif not arguments.quiet:
        print(_("The server has run it."))  # noqa: T201


def _schedule(arguments: argparse.Namespace, published: PublishedNotebook) -> None:
    if arguments.set_schedule is not None:
        state = set_content_schedule(
            published,
            arguments.set_schedule,
            zone=arguments.timezone,
            email=arguments.email,
            publish_output=not arguments.keep_output,
        )
    else:
        state = content_schedule(published)
    if arguments.json:
        print_json(state.as_dict())
    elif not arguments.quiet:
        print(schedule_lines(state))  # noqa: T201


def schedule_lines(state: ScheduleState) -> str:
    """Return what is known of a schedule for people. No I/O."""
    lines = [plain_text(state.text) or _("The content has no schedule.")]
    if state.next_run:
        lines.append("  " + _("Next run   {time} UTC").format(time=state.next_run[:_DATE].replace("T", " ")))
    if state.reason:
        lines += [
            "  " + _("It cannot be set from here: {reason}.").format(reason=state.reason),
            "  " + _("Dashboard  {url}").format(url=state.dashboard_url),
        ]
    return "\n".join(lines)


def _variables(arguments: argparse.Namespace, published: PublishedNotebook) -> None:
    for each in content_variables(published):
        if arguments.json:
            print_json(each.as_dict())
        else:
            print(f"{padded(_(_STATES[each.state]), 9)} {plain_text(each.name)}")  # noqa: T201


def _integrations(arguments: argparse.Namespace, found: ContentIntegrations) -> None:
    if arguments.json:
        print_json(found.as_dict())
    elif not arguments.quiet:
        print(integration_lines(found))  # noqa: T201


def integration_lines(found: ContentIntegrations) -> str:
    """Return integrations for people, a line each. No I/O."""
    rows = [
        ("*" if each.used else " ", plain_text(each.name), plain_text(each.auth_type) or "-", plain_text(each.guid))
        for each in found.integrations
    ]
    return table_text(rows) or found.reason or _("The content uses no integrations.")


def runs_text(runs: tuple[ContentRun, ...]) -> str:
    """Return runs as a table for people. No I/O."""
    if not runs:
        return _("The server lists no runs.")
    rows = [tuple(map(_, _HEADS)), *map(_row, runs)]
    return table_text(rows)


def _row(run: ContentRun) -> tuple[str, ...]:
    note = f": {plain_text(run.note)}" if run.note and run.outcome in ("failed", "skipped") else ""
    return (
        "*" if run.seen else "",
        plain_text(run.key),
        run.started[:_DATE].replace("T", " ") or "-",
        _(_KINDS[run.kind]),
        _(_REASONS[run.reason]),
        f"{run.seconds:.0f}" if run.seconds is not None else "-",
        run.version or "-",
        _(_OUTCOMES[run.outcome]) + note,
    )
