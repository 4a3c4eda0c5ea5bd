"""What is done with content after it was published: its runs and settings; the work is done by ``foreground``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from .foreground.content_versions import PublishedNotebook
    from .models import ContentIntegrations, ContentRun, ContentVariable, ScheduleState, Server, TaskResult

__all__ = [
    "integrations",
    "run_log",
    "run_now",
    "runs",
    "schedule",
    "set_integrations",
    "set_schedule",
    "set_variables",
    "stop_run",
    "variables",
]


def runs(
    notebook: str | os.PathLike[str] | None = None, *, server: str | Server | None = None, content: str | None = None
) -> list[ContentRun]:
    """Return what the server ran of a notebook's content, newest first.

    Args:
        notebook: Path; the notebook this kernel belongs to when omitted.
        server: Name or address of a server; the one published to last when omitted.
        content: GUID of the content, or a link to it; the one published to last when omitted.

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``.
    """
    from .foreground.content_runs import content_runs  # noqa: PLC0415 - importing this package must stay cheap

    return list(content_runs(published_content(notebook, server, content)).runs)


def run_log(
    key: str | None = None,
    notebook: str | os.PathLike[str] | None = None,
    *,
    server: str | Server | None = None,
    content: str | None = None,
) -> list[str]:
    """Return the lines of a run's log.

    Args:
        key: As `runs` lists it; the newest run that failed, else the newest, when omitted.
        notebook: As for `runs`.
        server: As for `runs`.
        content: As for `runs`.

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``.
    """
    from .foreground.content_runs import content_run_log  # noqa: PLC0415

    return list(content_run_log(published_content(notebook, server, content), key).lines)


def run_now(
    notebook: str | os.PathLike[str] | None = None,
    *,
    server: str | Server | None = None,
    content: str | None = None,
    on_line: Callable[[str], None] | None = None,
) -> TaskResult:
    """Have the server run the content again, and wait until it has.

    Args:
        notebook: As for `runs`.
        server: As for `runs`.
        content: As for `runs`.
        on_line: Called with each line of the log.

    Raises:
        TaskFailedError: The run failed; the message says why.
        RSConnectException: Another of the errors in ``rsconnect_jupyter.errors``.
    """
    from .foreground.content_runs import run_content  # noqa: PLC0415

    return run_content(published_content(notebook, server, content), on_line)


def stop_run(
    key: str,
    notebook: str | os.PathLike[str] | None = None,
    *,
    server: str | Server | None = None,
    content: str | None = None,
) -> None:
    """End a run on the server; one that has ended already is fine.

    Args:
        key: As `runs` lists it.
        notebook: As for `runs`.
        server: As for `runs`.
        content: As for `runs`.

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``.
    """
    from .foreground.content_runs import stop_content_run  # noqa: PLC0415

    stop_content_run(published_content(notebook, server, content), key)


def variables(
    notebook: str | os.PathLike[str] | None = None, *, server: str | Server | None = None, content: str | None = None
) -> list[ContentVariable]:
    """Return the environment variables that the code reads, and the others that the content has; never values.

    Args:
        notebook: As for `runs`.
        server: As for `runs`.
        content: As for `runs`.

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``.
    """
    from .foreground.content_variables import content_variables  # noqa: PLC0415

    return content_variables(published_content(notebook, server, content))


def set_variables(
    values: Mapping[str, str | None],
    notebook: str | os.PathLike[str] | None = None,
    *,
    server: str | Server | None = None,
    content: str | None = None,
) -> list[str]:
    """Set environment variables of the content without a publish, and return the names that it has now.

    Args:
        values: Name -> value; None deletes one, others stay.
        notebook: As for `runs`.
        server: As for `runs`.
        content: As for `runs`.

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``.
    """
    from .foreground.content_variables import set_content_variables  # noqa: PLC0415
    from .foreground.inputs import read_variables  # noqa: PLC0415
    from .models import Secret  # noqa: PLC0415

    given = read_variables(values).items()
    secrets = {name: None if value is None else Secret(value) for name, value in given}
    return set_content_variables(published_content(notebook, server, content), secrets)


def integrations(
    notebook: str | os.PathLike[str] | None = None, *, server: str | Server | None = None, content: str | None = None
) -> ContentIntegrations:
    """Return the OAuth integrations of the server, and which of them the content uses.

    Args:
        notebook: As for `runs`.
        server: As for `runs`.
        content: As for `runs`.

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``.
    """
    from .foreground.content_integrations import content_integrations  # noqa: PLC0415

    return content_integrations(published_content(notebook, server, content))


def set_integrations(
    names: Iterable[str],
    notebook: str | os.PathLike[str] | None = None,
    *,
    server: str | Server | None = None,
    content: str | None = None,
) -> ContentIntegrations:
    """Change which OAuth integrations the content uses, without a publish; return what the server shows then.

    Args:
        names: Names or GUIDs of integrations to use; with ``!`` before one, the content no longer uses it. Others stay.
        notebook: As for `runs`.
        server: As for `runs`.
        content: As for `runs`.

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``.
    """
    from .foreground.content_integrations import set_content_integrations  # noqa: PLC0415

    wanted = [names] if isinstance(names, str) else names
    return set_content_integrations(published_content(notebook, server, content), wanted)


def schedule(
    notebook: str | os.PathLike[str] | None = None, *, server: str | Server | None = None, content: str | None = None
) -> ScheduleState:
    """Return when the server runs the content again, and whether that can be set from here.

    Args:
        notebook: As for `runs`.
        server: As for `runs`.
        content: As for `runs`.

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``.
    """
    from .foreground.content_schedules import content_schedule  # noqa: PLC0415

    return content_schedule(published_content(notebook, server, content))


def set_schedule(
    text: str,
    notebook: str | os.PathLike[str] | None = None,
    *,
    server: str | Server | None = None,
    content: str | None = None,
    timezone: str | None = None,
    email: bool = False,
    publish_output: bool = True,
) -> ScheduleState:
    """Set when the server runs the content again, and return what the server shows then.

    Args:
        text: ``every day 07:00``, ``every weekday 06:30``, ``Mondays and Thursdays 18:00``,
            ``day 1 of the month 05:00``, ``the last Friday of the month 12:00``, ``every 2 hours`` …; ``off`` for none.
        notebook: As for `runs`.
        server: As for `runs`.
        content: As for `runs`.
        timezone: Such as ``Europe/Paris``; this machine's when omitted.
        email: True mails the page to collaborators after each run.
        publish_output: False keeps what a run made from readers.

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``.
    """
    from .foreground.content_schedules import set_content_schedule  # noqa: PLC0415

    published = published_content(notebook, server, content)
    return set_content_schedule(published, text, zone=timezone, email=email, publish_output=publish_output)


def published_content(
    notebook: str | os.PathLike[str] | None, server: str | Server | None, content: str | None
) -> PublishedNotebook:
    """Return a notebook with its content; the arguments are those of `runs`."""
    from .foreground.content_versions import published_notebook  # noqa: PLC0415
    from .foreground.location import find_notebook  # noqa: PLC0415

    return published_notebook(find_notebook() if notebook is None else notebook, server=server, content=content)
