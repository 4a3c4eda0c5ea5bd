"""Reads notebooks and projects; a process of its own, ``python -m rsconnect_jupyter.extension.notebook_worker``."""

from __future__ import annotations

import base64
import json
import pickle
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
from msgspec.structs import asdict, replace

from ..errors import NotebookError, RSConnectException
from ..generators import exhaust
from ..history.publications import publications
from ..kernel.kernelspecs import also_ask, set_gateway
from ..kernel.running import keep_answer
from ..models import Bundle, Finding, KernelEnvironment, Publication, PublishRequest, Server, TaskResult
from ..models.serialization import as_json_data
from ..publishing.changes import change_state
from ..publishing.comparison import NotebookNow, compare_versions
from ..publishing.inspection import Inspection, inspect_notebook
from ..publishing.open_content import FetchedVersion, unpack_version
from ..publishing.option_values import read_options
from ..publishing.preparation import Question, ServerReplies
from ..publishing.project_access import ProjectHere
from ..publishing.server_answers import AnswerCache, ServerAnswers
from ..publishing.thumbnails import offered_figures
from ..rehearsal.rehearse import rehearse
from ..rehearsal.request import RehearsalRequest
from ..servers.store import ServerStore
from ..time_budget import time_budget, uninterrupted
from ..worker_process import Ask, Message, error_answer, serve
from .git_files import integration_requests, write_git_files
from .json_views import inspection_info


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A notebook, the folder that nothing in its bundle lies outside of, and our data folder."""

    notebook: Path
    root: Path
    folder: Path


_PROJECTS: dict[str, ProjectHere] = {}
_MOST_PROJECTS = 20
"""Publishes whose plans are kept, for what their logs will say."""


def carry_out(order: Message, ask: Ask) -> dict[str, Any]:
    """Carry out a task about a notebook.

    Args:
        order: ``task``, a key of `TASKS`; its ``arguments``, pickled; ``gateway`` (whether kernels run elsewhere);
            ``kernel``: pickled path of a notebook and what its running kernel answered; ``as_text``: whether the parent
            passes the answer on as it is.
        ask: Asks the parent.

    Returns:
        ``made``: what the task returned, or ``text``: that as JSON; `error_answer` or ``failed`` when it failed.
    """
    try:
        ask = _whole(ask)
        also_ask(_Specs(ask))
        set_gateway(used=order["gateway"])
        _keep_kernel_answer(*_unpickled(order["kernel"]))
        made = TASKS[order["task"]](ask, *_unpickled(order["arguments"]))
        return {"text": json.dumps(made)} if order["as_text"] else {"made": made}
    except (RecursionError, MemoryError):
        return error_answer(NotebookError.of("inspection-unfinished"))
    except RSConnectException as exc:
        return error_answer(exc)
    except Exception:  # noqa: BLE001 - the edge of this process: whatever happened must be told
        return {"failed": traceback.format_exc()}


def _whole(ask: Ask) -> Ask:
    """Return an asking that no time limit takes away from its reply."""

    def asked(question: Message) -> Any:
        with uninterrupted():
            return ask(question)

    return asked


def _keep_kernel_answer(notebook: Path, answer: KernelEnvironment | None) -> None:
    if answer is not None:
        keep_answer(notebook, answer)


def _inspected(
    ask: Ask,
    place: Place,
    request: Mapping[str, Any],
    servers: tuple[Server | None, Sequence[Server]],
    findings: Sequence[Finding],
) -> dict[str, Any]:
    """Return what `inspection_info` tells, with more findings.

    `request` is an ``InspectRequest``, `servers` are the chosen one and all.

    What takes too long is left out, and a finding names it.
    """
    with time_budget():
        inspection = _inspect(ask, place, request, servers[0], server_timeout=3.0)
        return inspection_info(replace(inspection, findings=(*inspection.findings, *findings)), servers[1])


def _written(ask: Ask, place: Place, request: Mapping[str, Any], server: Server | None) -> tuple[str, ...]:
    """Write a notebook's files for Git and return their names."""
    inspection = _inspect(ask, place, request, server, server_timeout=0.0)
    if inspection.refused is not None:
        raise inspection.refused
    chosen = inspection.plan.options.integrations or ()
    return write_git_files(
        inspection.bundle, overwrite=bool(request.get("replace_files")), integrations=integration_requests(chosen)
    )


def _figures(_ask: Ask, notebook: Path) -> dict[str, Any]:
    """Return a ``FigureList``."""
    return {"figures": offered_figures(notebook)}


def _changes(_ask: Ask, place: Place) -> dict[str, Any]:
    """Look whether readers see what the notebook is now."""
    return change_state(place.notebook, root=place.root, folder=place.folder).as_dict()


def _comparison(
    _ask: Ask,
    place: Place,
    bundles: tuple[str, tuple[str, Path], tuple[str, Path] | None],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Compare bundles: GUID of their content; ids and paths of the old and the new one."""
    guid, old, new = bundles
    now = NotebookNow(notebook=place.notebook, root=place.root, options=read_options(options), folder=place.folder)
    return compare_versions(old, new, guid=guid, now=now).as_dict()


def _unpacked(_ask: Ask, fetched: FetchedVersion, folder: Path) -> str | None:
    """Write a version's files; return the name of its notebook."""
    notebook = unpack_version(fetched, folder)
    return notebook.name if notebook else None


def _rehearsed(
    ask: Ask, place: Place, request: Mapping[str, Any], server: Server | None, how: Mapping[str, Any]
) -> dict[str, Any]:
    """Rehearse; the parent is told each event, and asked whether to stop. `how`: parts of a `RehearsalRequest`."""
    steps = rehearse(
        RehearsalRequest(notebook=place.notebook, root=place.root, server=server, options=read_options(request), **how),
        store=_store(place, server),
        should_stop=lambda: bool(ask({"ask": "stopping", "about": None})),
        cache=cast(AnswerCache, _Cache(ask)),
    )
    return exhaust(steps, lambda event: ask({"ask": "event", "about": event.as_dict()})).as_dict()


def _published(_ask: Ask, notebook: Path) -> list[tuple[str, str]]:
    """Return where a notebook was published, newest first: addresses of servers, and GUIDs."""
    return [(each.server_url, each.guid) for each in publications(notebook)]


def _project(number: str, request: PublishRequest) -> ProjectHere:
    for old in [*_PROJECTS][: max(0, len(_PROJECTS) - _MOST_PROJECTS)]:
        del _PROJECTS[old]
    return _PROJECTS.setdefault(number, ProjectHere(request))


def _prepared(_ask: Ask, number: str, request: PublishRequest, replies: ServerReplies) -> dict[str, Any]:
    made = _project(number, request).prepare(replies)
    return {"question": asdict(made)} if isinstance(made, Question) else {"preparation": made.as_json()}


def _thumbnail(_ask: Ask, number: str, request: PublishRequest, choice: str) -> str:
    return base64.b64encode(_project(number, request).thumbnail(choice)).decode("ascii")


def _packed_version(_ask: Ask, number: str, request: PublishRequest, bundle: Bundle) -> dict[str, Any]:
    return as_json_data(_project(number, request).packed_version(bundle))


def _announced(_ask: Ask, number: str, request: PublishRequest, publication: Publication) -> bool:
    return _project(number, request).announce(publication)


def _recorded(
    _ask: Ask, number: str, request: PublishRequest, publication: Publication, how: Mapping[str, Any]
) -> None:
    _project(number, request).record(publication, **how)


def _forgotten(_ask: Ask, number: str, request: PublishRequest, guid: str) -> None:
    _project(number, request).forget(guid)


def _publication(_ask: Ask, number: str, request: PublishRequest, guid: str, user: str) -> dict[str, Any] | None:
    found = _project(number, request).publication(guid, user)
    return found.as_dict() if found else None


def _failed(_ask: Ask, number: str, request: PublishRequest, result: TaskResult, lines: Sequence[str]) -> None:
    raise _project(number, request).run_failure(result, lines)


TASKS: Mapping[str, Callable[..., Any]] = {
    "inspect": _inspected,
    "write": _written,
    "figures": _figures,
    "changes": _changes,
    "compare": _comparison,
    "unpack": _unpacked,
    "rehearse": _rehearsed,
    "published": _published,
    "prepare": _prepared,
    "thumbnail": _thumbnail,
    "packed_version": _packed_version,
    "announce": _announced,
    "record": _recorded,
    "forget": _forgotten,
    "publication": _publication,
    "run_failure": _failed,
}
"""What the process can do; the last ones are `ProjectHere`'s, of the publish with a number."""


def pickled(value: Any) -> str:
    """Return an object of ours as a text for this process; what goes back is JSON only."""
    return base64.b64encode(pickle.dumps(value)).decode("ascii")


def _unpickled(text: str) -> Any:
    return pickle.loads(base64.b64decode(text))  # noqa: S301 - the parent's own


def _inspect(
    ask: Ask, place: Place, request: Mapping[str, Any], server: Server | None, *, server_timeout: float
) -> Inspection:
    return inspect_notebook(
        place.notebook,
        root=place.root,
        store=_store(place, server),
        server=server,
        options=read_options(request),
        unsaved=bool(request.get("unsaved")),
        server_timeout=server_timeout,
        server_versions=bool(request.get("server_versions", True)),
        cache=cast(AnswerCache, _Cache(ask)),
    )


def _store(place: Place, server: Server | None) -> ServerStore:
    return cast(ServerStore, SimpleNamespace(folder=place.folder, get=lambda _name: server))


class _Cache:
    """What servers said is known to the parent."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def ask(
        self, _server: Server, guid: str | None = None, *, versions: bool = True
    ) -> Callable[[float], ServerAnswers]:
        self._ask({"ask": "begin", "about": [guid, versions]})
        return lambda seconds: cast(ServerAnswers, _unpickled(self._ask({"ask": "wait", "about": seconds})))


class _Specs:
    """The parent's manager of kernelspecs, which may know more kernels than the folders hold."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def get_kernel_spec(self, kernel_name: str) -> Any:
        found = _unpickled(self._ask({"ask": "kernel", "about": kernel_name}))
        if found is None:
            raise KeyError(kernel_name)
        return SimpleNamespace(**found)


def _prepare() -> None:
    # see `html.page_worker`
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


if __name__ == "__main__":
    serve(carry_out, prepare=_prepare)
