"""What a person or a script typed, made into options, a server and paths."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ..addresses import host_of, plain_address
from ..errors import BundleError, NoKeyError, NotebookError, OptionError, RSConnectException, UnknownServerError
from ..history.publications import NotebookHistory
from ..models import TEXT_NOTEBOOKS, PublishOptions, Server, Where
from ..publishing.option_values import read_options
from ..publishing.resolve import proposed_server
from ..publishing.thumbnails import NO_THUMBNAIL, figure_number
from ..publishing.variable_files import read_variable_file
from ..servers.environment_key import environment_key
from ..servers.store import ServerStore


def existing_notebook(path: str | os.PathLike[str]) -> Path:
    """Return the absolute path of a notebook file that is there.

    Raises:
        NotebookError: there is none, or it is no ``.ipynb`` file, nor one that Jupytext may read.
    """
    notebook = Path(path).expanduser().absolute()
    if notebook.is_dir():
        raise NotebookError.of("notebook-unreadable/folder", path=path)
    if not notebook.exists():
        raise NotebookError.of("notebook-unreadable/missing", path=path)
    if notebook.suffix.lower() not in (".ipynb", *TEXT_NOTEBOOKS):
        raise NotebookError.of("notebook-unreadable/suffix", path=path)
    return notebook


def chosen_server(
    store: ServerStore, typed: str | None, *, notebook: Path | None = None, configured: str | None = None
) -> Server:
    """Return the server that was meant; its API key is None where none is known.

    A name or an address of the store wins; another address is used as typed; nothing typed means where the notebook
    was published last, else the default server. A server without a key gets that of ``CONNECT_API_KEY`` when it
    belongs to this server (`environment_key`).

    Args:
        store: The known servers.
        typed: What the person typed now.
        notebook: Absolute path.
        configured: Name or address of a configuration file, used when nothing was typed.

    Raises:
        UnknownServerError: the name is not known, or nothing was named and no server is known.
        ServerStoreError: the store cannot be read.
    """
    wanted = typed or configured or _proposed(store, notebook)
    try:
        return store.find(wanted)
    except NoKeyError:
        named = [each for each in store.servers() if wanted in (each.name, each.url)]
        server = named[0] if named else Server(name=host_of(wanted), url=plain_address(wanted))
    except UnknownServerError:
        if not is_address(wanted):
            raise
        server = Server(name=host_of(wanted), url=plain_address(wanted))
    key = environment_key(server.url, typed=bool(typed) and is_address(typed or ""))
    return replace(server, api_key=key, key_place="environment" if key else server.key_place)


def _proposed(store: ServerStore, notebook: Path | None) -> str:
    server = proposed_server(store, NotebookHistory(notebook)) if notebook is not None else store.default()
    if server is None:
        raise UnknownServerError.of("unknown-server/none")
    return server.name


def is_address(text: str) -> bool:
    """Return True when the text is meant as an address, not as a server's nickname. No I/O."""
    return "://" in text or "/" in text or bool(re.fullmatch(r"(localhost|[\w.-]+\.\w+|[\w.-]+:\d+)(:\d+)?", text))


def with_key(server: Server) -> Server:
    """Return the server when its API key is known.

    Raises:
        NoKeyError: it is not.
    """
    if server.has_credential:
        return server
    raise NoKeyError.of("no-api-key/address", url=server.url)


def options_from_here(values: Mapping[str, Any], notebook: Path) -> PublishOptions:
    """Return the options that a person or a script gave in this process.

    Picked files and a requirements file may be named from the current folder, a single file or variable without a
    list, and a variable without its value, which is then taken from this process's environment.

    Args:
        values: Name -> value; None is "not chosen".
        notebook: Absolute path.

    Raises:
        OptionError: code ``bad-option``, ``unknown-mode``, ``bad-variable`` …
        BundleError: code ``no-such-file``.
    """
    given = {name: value for name, value in values.items() if value is not None}
    if "files" in given:
        given["files"] = files_from_here(given["files"], notebook)
    if "requirements" in given:
        given["requirements"] = requirements_from_here(given["requirements"], notebook)
    if "thumbnail" in given:
        given["thumbnail"] = thumbnail_from_here(given["thumbnail"], notebook)
    for name in ("add_requirements", "share_with", "collaborators", "tags", "integrations"):
        if name in given:
            given[name] = [given[name]] if isinstance(given[name], str) else list(given[name])
    if "env" in given:
        given["env"] = read_variables(given["env"])
    if given.get("env_file"):
        file = str(given.pop("env_file"))
        given["env"] = {**variables_of_file(file, notebook), **given.get("env", {})}
    return read_options(given)


def read_variables(env: Mapping[str, str | None] | Iterable[str]) -> dict[str, str | None]:
    """Return environment variables for the content; ``NAME`` alone takes the value of this process's environment.

    Raises:
        OptionError: code ``bad-variable`` for an empty name, or one that this process does not have.
    """
    if isinstance(env, Mapping):
        given = {name: None if value is None else str(value) for name, value in env.items()}
    else:
        given = dict(_variable(each) for each in ([env] if isinstance(env, str) else env))
    if any(not name or "=" in name for name in given):
        raise OptionError.of("bad-variable/name", where=Where(field="env"))
    return given


def variables_of_file(file: str, notebook: Path) -> dict[str, str | None]:
    """Return the variables of a file that is named from the current folder, or from the notebook's.

    Raises:
        OptionError: code ``bad-variable``.
    """
    path = Path(file).expanduser()
    beside = notebook.parent / path
    found = (path if path.exists() or not beside.exists() else beside).resolve()
    return {**read_variable_file(found, name=file)}


def _variable(text: str) -> tuple[str, str]:
    name, given, value = text.partition("=")
    if given:
        return name, value
    if name and name not in os.environ:
        raise OptionError.of("bad-variable/not-set", where=Where(field="env"), name=name)
    return name, os.environ.get(name, "")


def files_from_here(files: Iterable[str], notebook: Path) -> tuple[str, ...]:
    """Return picks relative to the notebook's folder.

    They are taken as such; a path that exists only from the current folder, as a shell completes it, is rewritten.
    """
    return tuple(_relative_pick(each, notebook.parent) for each in ([files] if isinstance(files, str) else files))


def _relative_pick(pick: str, folder: Path) -> str:
    sign, path = ("!", pick[1:]) if pick.startswith("!") else ("", pick)
    if not (folder / path).exists() and Path(path).exists():
        path = Path(os.path.relpath(Path(path).absolute(), folder)).as_posix()
    return sign + path


def requirements_from_here(requirements: str, notebook: Path) -> str:
    """Return ``auto``, ``imports``, ``freeze`` or the path of a requirements file relative to the notebook's folder.

    Raises:
        BundleError: code ``no-such-file``: it is neither of the words nor a file.
    """
    if requirements in ("auto", "imports", "freeze"):
        return requirements
    path = _relative_pick(requirements, notebook.parent)
    if not (notebook.parent / path).is_file():
        raise BundleError.of("no-such-file/requirements", path=requirements)
    return path


def thumbnail_from_here(thumbnail: str, notebook: Path) -> str:
    """Return ``none``, which figure, or the path of an image file relative to the notebook's folder."""
    is_file = thumbnail not in NO_THUMBNAIL and figure_number(thumbnail) is None
    return _relative_pick(thumbnail, notebook.parent) if is_file else thumbnail


def read_certificate(path: str) -> bytes:
    """Return the bytes of a CA certificate file.

    Raises:
        RSConnectException: code ``no-such-file``: it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as exc:
        raise RSConnectException.of("no-such-file/certificate", path=path) from exc
