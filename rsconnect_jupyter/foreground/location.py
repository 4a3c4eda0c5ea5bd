"""Which notebook a kernel belongs to.

What a kernel can know, best first (measured in JupyterLab 4 and Notebook 7):

1. VS Code puts the notebook's path into the namespace.
2. The Jupyter server's session list has the current path, also after a rename. The server's address and token are in
   its runtime file, found by ``JPY_PARENT_PID``; on a hub the token is the hub's.
3. ``JPY_SESSION_NAME`` is the path at the kernel's start: stale after a rename.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from ..errors import NotebookError
from ..models import TEXT_NOTEBOOKS

PATIENCE = 2.0
"""Seconds a Jupyter server on this machine has to answer."""


class _JupyterServer(msgspec.Struct, frozen=True):
    """A Jupyter server of this user on this machine, its root folder, and the tokens that may open it."""

    url: str
    root: Path
    tokens: tuple[str, ...]


def find_notebook() -> Path:
    """Return the absolute path of the notebook that this kernel belongs to.

    Raises:
        NotebookError: code ``notebook-unknown`` where no front end says which one it is.
    """
    for found in (_from_vs_code, _from_sessions, _from_session_name):
        path = found()
        if path is not None:
            return path
    raise NotebookError.of("notebook-unknown/kernel")


def _from_vs_code() -> Path | None:
    namespace = _user_namespace()
    path = namespace.get("__vsc_ipynb_file__")
    return _existing(path) if isinstance(path, str) else None


def _user_namespace() -> dict[str, Any]:
    """Return IPython's user namespace; empty outside IPython, which is not imported for this."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return dict(shell.user_ns) if shell is not None else {}


def _from_sessions() -> Path | None:
    kernel = _kernel_id()
    if kernel is None:
        return None
    for server in _servers():
        for token in server.tokens:
            sessions = _ask(f"{server.url}api/sessions", token)
            for session in sessions if isinstance(sessions, list) else []:
                if isinstance(session, dict) and (session.get("kernel") or {}).get("id") == kernel:
                    return _existing(server.root / _plain_path(str(session.get("path") or "")))
            if sessions is not None:
                break
    return None


def _from_session_name() -> Path | None:
    name = os.environ.get("JPY_SESSION_NAME", "")
    return _existing(name) if name.endswith(".ipynb") else None


def _existing(path: str | Path) -> Path | None:
    path = Path(path).absolute()
    return path if path.is_file() and path.suffix in (".ipynb", *TEXT_NOTEBOOKS) else None


def _kernel_id() -> str | None:
    """Return the id that the Jupyter server knows this kernel by; None outside a kernel."""
    if "ipykernel" not in sys.modules:
        return None
    from ipykernel.connect import get_connection_file  # noqa: PLC0415 - only a kernel has it

    try:
        named = re.fullmatch(r"kernel-(.+)\.json", Path(get_connection_file()).name)
    except RuntimeError:  # ipykernel is imported, but this process is no kernel
        return None
    return named[1] if named else None


def _servers() -> Iterator[_JupyterServer]:
    """Yield the Jupyter servers of this user on this machine, the kernel's parent first."""
    parent = f"jpserver-{os.environ.get('JPY_PARENT_PID')}.json"
    files = sorted(_runtime_folder().glob("jpserver-*.json"), key=lambda file: (file.name != parent, file.name))
    yield from filter(None, map(_read_server, files))


def _runtime_folder() -> Path:
    from jupyter_core.paths import jupyter_runtime_dir  # noqa: PLC0415 - scripts outside Jupyter do without

    return Path(jupyter_runtime_dir())


def _read_server(file: Path) -> _JupyterServer | None:
    try:
        info = json.loads(file.read_text(encoding="utf-8"))
        root = info.get("root_dir") or info["notebook_dir"]
        tokens = [info.get("token"), os.environ.get("JUPYTER_TOKEN"), os.environ.get("JUPYTERHUB_API_TOKEN"), ""]
        known = tuple(dict.fromkeys(each for each in tokens if each is not None))
        return _JupyterServer(url=str(info["url"]), root=Path(root).resolve(), tokens=known)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _ask(url: str, token: str) -> Any:
    """GET JSON from the local Jupyter server, round any proxy; None when it does not answer so."""
    if not url.startswith(("http://", "https://")):
        return None
    import urllib.request  # noqa: PLC0415 - only a kernel that does not know its notebook asks

    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"} if token else {})  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PATIENCE) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def _plain_path(path: str) -> PurePosixPath:
    """Return a session's path without the drive that real-time collaboration puts before it."""
    return PurePosixPath(path.removeprefix("RTC:").lstrip("/"))
