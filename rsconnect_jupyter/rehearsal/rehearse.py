"""Make the bundle that a publish would send, install and run it here as a server does, and say how it went.

The page is made in a clean environment: nothing of the author's packages, paths, home or variables is in it, but the
variables that the publish sets.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ..bundle.plan import BundlePlan, write_bundle
from ..connect.app_modes import QUARTO, mode_title
from ..errors import NotebookError, RSConnectException
from ..models import Event, Finding, Fix, TaskResult
from ..notebook.reading import read_notebook
from ..preflight.checks import check
from ..process_environment import find_program
from ..publishing.diagnosis import Diagnosis, diagnose
from ..publishing.inspection import Inspection, inspect_notebook
from ..publishing.progress_events import Working, event, numbered
from ..publishing.server_answers import CACHE, AnswerCache
from ..publishing.steps import refuse
from ..runner.processes import TIMED_OUT
from ..servers.store import ServerStore
from ..temporary_files import temporary_folder
from ..translation import _, ngettext
from .attempt import EXECUTED, Attempt
from .environments import find_python
from .output_differences import output_differences
from .request import RehearsalRequest
from .result import Rehearsal, with_fix
from .run_log import lines_of
from .version_differences import PIN, pin, version_differences

MOST_ROUNDS = 8
"""Rehearsals with one more fix each."""

MAY_COME_FROM_VERSIONS = frozenset(
    {
        "cell",
        "kernel-not-started",
        "package-missing",
        "package-not-in-file",
        "package-version",
        "python-error",
        "unknown",
    }
)
"""Failures that another version of a package may be the cause of, where no other cause is known."""

ShouldStop = Callable[[], bool]


class _Surroundings(msgspec.Struct, frozen=True):
    """What a rehearsal asks."""

    store: ServerStore
    cache: AnswerCache
    should_stop: ShouldStop


def rehearse(
    request: RehearsalRequest,
    *,
    store: ServerStore,
    should_stop: ShouldStop = lambda: False,
    cache: AnswerCache = CACHE,
) -> Generator[Event, None, Rehearsal]:
    """Rehearse a publish: yield what happens, return what came of it. No server is asked for anything but its versions.

    Args:
        request: What to rehearse.
        store: The known servers.
        should_stop: Asked between and inside the steps.
        cache: Keeps what servers said.

    Raises:
        PreflightError: a check found what stops a publish too.
        RSConnectException: it could not be tried; code ``rehearsal-not-possible`` for Quarto.
        Cancelled: `should_stop` said so.
    """
    return (yield from numbered(_rounds(request, _Surroundings(store, cache, should_stop))))


def _rounds(request: RehearsalRequest, around: _Surroundings) -> Working[Rehearsal]:
    applied: list[Fix] = []
    unpinned: Rehearsal | None = None
    for _round in range(MOST_ROUNDS if request.fix else 1):
        found = replace((yield from _rehearsed(request, around)), applied=tuple(applied))
        fix = _untried(found, applied)
        found = replace(found, fix=fix)
        options = with_fix(request.options, fix) if fix and request.fix and not found.runs else None
        if fix is None or options is None:
            break
        if fix.action == PIN and unpinned is None:
            unpinned = found
        yield event(
            "run",
            "warning",
            _("{message} Applied: {fix}.").format(message=found.message, fix=fix.label),
            data=found.as_dict(),
        )
        applied.append(fix)
        request = replace(request, options=options)
    if unpinned is not None and _is_no_better(found, unpinned):
        yield event("run", "warning", _("Installing the same versions as here does not help; they are not pinned."))
        found = replace(unpinned, fix=None)
    yield event("done", "success" if found.runs else "progress", found.message, data=found.as_dict())
    return found


def _untried(found: Rehearsal, applied: Sequence[Fix]) -> Fix | None:
    """Return the fix of a rehearsal; of one that pins, what was not pinned before."""
    if found.fix is None or found.fix.action != PIN:
        return found.fix
    return pin(found.versions, without=[line for each in applied if each.action == PIN for line in each.value])


def _is_no_better(found: Rehearsal, unpinned: Rehearsal) -> bool:
    """Return whether a rehearsal with pins fails as the one without did, or could not install them."""
    same = (found.message, found.where) == (unpinned.message, unpinned.where)
    return not found.runs and (same or not found.environment_bytes)


def _rehearsed(request: RehearsalRequest, around: _Surroundings) -> Working[Rehearsal]:
    yield event("inspect", "start", _("Reading {name}.").format(name=request.notebook.name))
    inspection = inspect_notebook(
        request.notebook,
        root=request.root,
        store=around.store,
        server=request.server,
        options=request.options,
        server_timeout=3.0 if request.server else 0.0,
        cache=around.cache,
    )
    refuse(check(inspection.bundle, variables=request.options.env or {}))
    if inspection.plan.mode == QUARTO and find_program("quarto") is None:
        raise RSConnectException.of("rehearsal-not-possible", mode=mode_title(QUARTO))
    yield event(
        "inspect",
        "success",
        _("{title} as {mode}.").format(title=inspection.plan.title, mode=mode_title(inspection.plan.mode)),
    )
    with temporary_folder() as folder:
        yield event("bundle", "start", _("Packing the bundle."))
        bundle = write_bundle(inspection.bundle, folder / "bundle.tar.gz", should_stop=around.should_stop)
        (folder / "app").mkdir()
        with tarfile.open(bundle.path) as archive:
            archive.extractall(folder / "app", filter="data")
        count = len(inspection.bundle.files)
        yield event("bundle", "success", ngettext("{count} file.", "{count} files.", count).format(count=count))
        if inspection.bundle.app_mode.is_page:
            return _ready_page(request, folder / "app" / bundle.entrypoint)
        return (yield from _run(request, inspection, folder, around.should_stop))


def _ready_page(request: RehearsalRequest, page: Path) -> Rehearsal:
    kept = _kept(page, request.page)
    return Rehearsal(
        runs=True, message=_("The page is ready; the server runs nothing."), page=kept, options=request.options
    )


def _run(
    request: RehearsalRequest, inspection: Inspection, folder: Path, should_stop: ShouldStop
) -> Working[Rehearsal]:
    """Install, run, and find out why it failed when it did."""
    plan, log = inspection.bundle, list[str]()
    python, said = _python(inspection)
    yield event("environment", "start", said)
    limit = min(plan.options.run_timeout or request.time_limit, request.time_limit)
    attempt = Attempt(plan, folder, python[0], request)
    working = lines_of(attempt.carry_out, limit=limit, should_stop=should_stop)
    while True:
        try:
            line = next(working)
        except StopIteration as end:
            code: int = end.value
            break
        log.append(line)
        yield event("run" if attempt.installed else "environment", "log", line)
    found = Rehearsal(
        runs=code == 0,
        message=_("The notebook runs in a clean environment; it took {seconds:.1f} s.").format(seconds=attempt.seconds),
        python=python[1],
        seconds=attempt.seconds,
        environment_bytes=attempt.size,
        cached=attempt.cached,
        options=request.options,
    )
    versions = version_differences(plan.requirements.lines, plan.environment, attempt.packages)
    if code:
        return _failed(found, _diagnosis(log, code, plan, limit), versions)
    found = replace(found, page=_kept(folder / "site" / "index.html", request.page))
    differences = _differences(plan, folder / EXECUTED)
    return replace(found, differences=differences, versions=versions, fix=pin(versions)) if differences else found


def _python(inspection: Inspection) -> tuple[tuple[str, str], str]:
    """Return the interpreter to make environments from and its minor version, and a sentence about it."""
    kernel = inspection.kernel
    own = ".".join((kernel.version if kernel else "").split(".")[:2])
    offered = inspection.answers.facts.python if inspection.answers.facts else None
    minors = {".".join(each.split(".")[:2]) for each in offered or ()}
    wanted = own if own in minors or not minors else max(minors, key=lambda each: tuple(map(int, each.split("."))))
    here = kernel.interpreter if kernel else ""
    found = here if here and wanted == own else find_python(wanted)
    if found:
        return (found, wanted), _("Making an environment with Python {wanted}.").format(wanted=wanted)
    if not here:
        raise RSConnectException.of("rehearsal-not-possible/python", version=wanted)
    return (here, own), _("Making an environment with Python {own}; the server has Python {wanted}.").format(
        own=own, wanted=wanted
    )


def _diagnosis(log: list[str], code: int, plan: BundlePlan, limit: float) -> Diagnosis:
    location = _("in the rehearsal")
    if code == TIMED_OUT:
        place = " " + _("after {seconds:g} seconds").format(seconds=limit)
        return Diagnosis.of("timeout", location=location, place=place)
    return diagnose(log, TaskResult(task_id="", code=code, error=""), plan=plan, location=location)


def _failed(found: Rehearsal, why: Diagnosis, versions: tuple[Finding, ...]) -> Rehearsal:
    if why.fix or why.key not in MAY_COME_FROM_VERSIONS:
        versions = ()
    return replace(
        found,
        runs=False,
        message=why.message,
        hint=why.hint,
        where=why.where,
        fix=why.fix or pin(versions),
        lines=tuple(why.lines),
        versions=versions,
    )


def _differences(plan: BundlePlan, executed: Path) -> tuple[Finding, ...]:
    """Return what cells showed otherwise in the run; what was run may be more than can be read."""
    try:
        return output_differences(plan.notebook.cells, read_notebook(executed).cells)
    except NotebookError:
        return ()


def _kept(page: Path, target: Path | None) -> Path | None:
    """Move the page where it is wanted."""
    if target is None or not page.is_file():
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(page.read_bytes())
    return target
