"""Inspects; runs as a process of its own, ``python -m rsconnect_jupyter.extension.inspection_worker``."""

from __future__ import annotations

import base64
import pickle
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from ..errors import NotebookError, RSConnectException
from ..kernel.kernelspecs import also_ask, set_gateway
from ..kernel.running import keep_answer
from ..models import Server
from ..publishing.changes import change_state
from ..publishing.comparison import NotebookNow, compare_versions
from ..publishing.inspection import Inspection, inspect_notebook
from ..publishing.option_values import read_options
from ..publishing.server_answers import AnswerCache, ServerAnswers
from ..servers.store import ServerStore
from ..worker_process import Ask, Message, error_answer, serve
from .git_files import write_git_files
from .json_views import inspection_info


def carry_out(order: Message, ask: Ask) -> dict[str, Any]:
    """Inspect a notebook, write its files for Git, or compare it with versions of what was published.

    Args:
        order: ``task`` (a key of `_TASKS`), ``notebook``, ``root``, ``folder`` of the store, ``gateway`` (whether
            kernels run elsewhere), pickled ``answer`` (of the running kernel), and what the task needs.
        ask: Asks the parent.

    Returns:
        What the task returns; `error_answer` or ``failed`` when it failed.
    """
    try:
        also_ask(_Specs(ask))
        set_gateway(used=order["gateway"])
        _keep_kernel_answer(order)
        return _TASKS[order["task"]](order, ask)
    except (RecursionError, MemoryError):
        return error_answer(NotebookError.of("inspection-unfinished"))
    except RSConnectException as exc:
        return error_answer(exc)
    except Exception:  # noqa: BLE001 - the edge of this process: whatever happened must be told
        return {"failed": traceback.format_exc()}


def _keep_kernel_answer(order: Message) -> None:
    answer = _unpickled(order["answer"])
    if answer is not None:
        keep_answer(Path(order["notebook"]), answer)


def _inspection(order: Message, ask: Ask) -> dict[str, Any]:
    """Inspect with a ``request`` (a ``NotebookRequest``), ``seconds`` for the server, and ``servers``, pickled."""
    server, servers = _unpickled(order["servers"])
    return {"info": inspection_info(_inspect(order, server, ask), servers)}


def _git_files(order: Message, ask: Ask) -> dict[str, Any]:
    """Write files for Git; as for `_inspection`."""
    server, _servers = _unpickled(order["servers"])
    return {"written": _written(_inspect(order, server, ask), order["request"])}


def _changes(order: Message, _ask: Ask) -> dict[str, Any]:
    """Look whether readers see what the notebook is now."""
    state = change_state(Path(order["notebook"]), root=Path(order["root"]), folder=Path(order["folder"]))
    return {"changes": state.as_dict()}


def _comparison(order: Message, _ask: Ask) -> dict[str, Any]:
    """Compare bundles: ``compare`` has the ``guid`` and, with their ids, the bundles' paths ``old`` and ``new``."""
    asked = order["compare"]
    old, new = ((each[0], Path(each[1])) if each else None for each in (asked["old"], asked["new"]))
    now = NotebookNow(
        notebook=Path(order["notebook"]),
        root=Path(order["root"]),
        options=read_options(order["request"]),
        folder=Path(order["folder"]),
    )
    assert old is not None  # noqa: S101 - the parent sends one
    return {"comparison": compare_versions(old, new, guid=asked["guid"], now=now).as_dict()}


_TASKS: dict[str, Callable[[Message, Ask], dict[str, Any]]] = {
    "inspect": _inspection,
    "write": _git_files,
    "changes": _changes,
    "compare": _comparison,
}


def _written(inspection: Inspection, request: Mapping[str, Any]) -> tuple[str, ...]:
    if inspection.refused is not None:
        raise inspection.refused
    return write_git_files(inspection.bundle, overwrite=bool(request.get("replace_files")))


def pickled(value: Any) -> str:
    """Return an object of ours as a text for this process; what goes back is JSON only."""
    return base64.b64encode(pickle.dumps(value)).decode("ascii")


def _unpickled(text: str) -> Any:
    return pickle.loads(base64.b64decode(text))  # noqa: S301 - the parent's own


def _inspect(order: Message, server: Server | None, ask: Ask) -> Inspection:
    store = SimpleNamespace(folder=Path(order["folder"]), get=lambda _name: server)
    return inspect_notebook(
        Path(order["notebook"]),
        root=Path(order["root"]),
        store=cast(ServerStore, store),
        server=server,
        options=read_options(order["request"]),
        unsaved=bool(order["request"].get("unsaved")),
        server_timeout=order["seconds"],
        cache=cast(AnswerCache, _Cache(ask)),
    )


class _Cache:
    """What servers said is known to the parent."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def ask(self, _server: Server, guid: str | None = None) -> Callable[[float], ServerAnswers]:
        self._ask({"ask": "begin", "about": guid})
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
