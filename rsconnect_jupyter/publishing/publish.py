"""The order of the steps of a publish, as a generator of events. The only module that knows it.

``inspect`` reads the notebook and finds out where it goes, ``check`` looks for what would go wrong, ``bundle`` packs.
Only then is anything made on the server: ``content`` creates the item of a first publish, ``upload`` brings the
bundle, ``settings`` changes title and variables, ``deploy`` has the server run it and shows its log, ``verify``
fetches the page once. An update of content that readers use goes as a draft first where the server can, and is
activated when its page answers. ``done`` carries the `Deployment`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import fields, replace
from pathlib import Path

from ..errors import RSConnectException
from ..models import Deployment, Event, PublishRequest
from . import steps
from .run import Point, Run, Steps

ShouldStop = Callable[[], bool]


def _never() -> bool:
    return False


def publish(
    request: PublishRequest, *, should_stop: ShouldStop = _never, folder: Path | None = None
) -> Generator[Event, None, Deployment]:
    """Publish a notebook: yield what happens, return what came of it.

    The server is only asked questions before the bundle is ready. What a failed first publish created is removed again,
    unless the server has begun to run it: then it stays, with its log, and the next publish updates it. Closing the
    generator leaves things as tidy as a failure.

    Args:
        request: What to publish where; the server with its key.
        should_stop: Asked between and inside the steps.
        folder: Our data folder, with the index of publications.

    Raises:
        RSConnectException: the publish failed; ``data`` has ``remains`` (one sentence: what is on the server now) and,
            when there is content, ``guid``, ``url``, ``dashboard_url`` and ``logs_url``.
        Cancelled: `should_stop` said so; the same data.
    """
    run = Run(request, should_stop=should_stop, folder=folder)
    return (yield from run.guarded(_all_steps(run)))


def _all_steps(run: Run) -> Steps:
    yield from steps.inspect(run)
    yield from steps.check(run)
    yield from steps.pack(run)
    yield from steps.ensure_content(run)
    yield from steps.upload(run)
    yield from steps.apply_settings(run)
    yield from steps.deploy(run)
    yield from steps.verify(run)
    yield from steps.finish(run)


def resume(
    request: PublishRequest,
    events: Iterable[Event],
    *,
    should_stop: ShouldStop = _never,
    folder: Path | None = None,
) -> Generator[Event, None, Deployment]:
    """Bring a publish to its end whose process died: yield the events that come after `events`.

    When the server had begun to run it, its log is followed from the first line not yet seen. Before that nothing can
    be resumed: what was created is removed, and the publish has failed.

    Args:
        request: As for `publish`; of its choices only ``draft`` matters.
        events: All events of the publish so far.
        should_stop: As for `publish`.
        folder: As for `publish`.

    Raises:
        RSConnectException: code ``interrupted`` when the server had not begun; else as `publish`.
    """
    run = Run(request, should_stop=should_stop, folder=folder)
    return (yield from run.guarded(_last_steps(run, resume_point(events))))


def _last_steps(run: Run, point: Point | None) -> Steps:
    yield from steps.take_up(run, point)
    if point is None or not point.task_id:
        raise RSConnectException(
            "Jupyter was stopped before the server began to run the notebook.",
            hint="Publish again.",
            code="interrupted",
        )
    if point.phase != "activation":
        yield from steps.follow_deployment(run, first=point.lines)
    yield from steps.verify(run)
    yield from steps.finish(run)


def resume_point(events: Iterable[Event]) -> Point | None:
    """Return how far a publish got on the server, or None when it left nothing there. Pure."""
    names = {each.name for each in fields(Point)} - {"lines"}
    point: Point | None = None
    for event in events:
        data = event.data or {}
        if event.status == "log" and point is not None:
            point = replace(point, lines=point.lines + 1)
        elif event.step in ("content", "deploy", "verify") and isinstance(data.get("guid"), str):
            point = Point(**{name: value for name, value in data.items() if name in names})
    return point
