"""What a person or a script typed, made into a `PublishRequest`: names, addresses, links, paths and variables."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from ..addresses import guid_in, host_of, plain_address
from ..errors import BundleError, NoKeyError, NotebookError, RSConnectException, UnknownServerError
from ..history.publications import publications
from ..models import Choices, Secret, Server
from ..publishing.defaults import choose_publication, earlier, from_memory
from ..servers.store import ServerStore


def existing_notebook(path: str | os.PathLike[str]) -> Path:
    """Return the absolute path of a notebook file that is there.

    Raises:
        NotebookError: there is none, or it is no ``.ipynb`` file.
    """
    notebook = Path(path).expanduser().absolute()
    if notebook.is_dir():
        raise NotebookError(f"{path} is a folder, not a notebook.", hint="Name one .ipynb file.")
    if not notebook.exists():
        raise NotebookError(
            f"There is no notebook {path}.", hint="Check the path; it is relative to the current folder."
        )
    if notebook.suffix.lower() != ".ipynb":
        raise NotebookError(f"{path} is not a notebook.", hint="Name a file that ends in .ipynb.")
    return notebook


def chosen_server(store: ServerStore, typed: str | None, *, notebook: Path | None = None) -> Server:
    """Return the server that was meant; its API key is None where none is known.

    A name or an address of the store wins; another address is used as typed, with the key of ``CONNECT_API_KEY``;
    nothing typed means where the notebook was published last, else the default server.

    Raises:
        UnknownServerError: the name is not known, or nothing was named and no server is known.
        ServerStoreError: the store cannot be read.
    """
    wanted = typed or _proposed(store, notebook)
    try:
        return store.find(wanted)
    except NoKeyError:
        named = [each for each in store.servers() if wanted in (each.name, each.url)]
        server = named[0] if named else Server(name=host_of(wanted), url=plain_address(wanted))
    except UnknownServerError:
        if not is_address(wanted):
            raise
        server = Server(name=host_of(wanted), url=plain_address(wanted))
    return replace(server, api_key=key_from_environment(), key_place="environment")


def _proposed(store: ServerStore, notebook: Path | None) -> str:
    earlier = publications(notebook) if notebook is not None else ()
    server = store.default(last_used=earlier[0].server_url if earlier else None)
    if server is None:
        raise UnknownServerError(
            "No Posit Connect server is known yet.",
            hint="Add one with: jupyter publish --add-server https://connect.example.com",
        )
    return server.name


def is_address(text: str) -> bool:
    """Return True when the text is meant as an address, not as a server's nickname. No I/O."""
    return "://" in text or "/" in text or bool(re.fullmatch(r"(localhost|[\w.-]+\.\w+|[\w.-]+:\d+)(:\d+)?", text))


def key_from_environment() -> Secret | None:
    """Return the key of ``CONNECT_API_KEY``; None where it is not set."""
    key = os.environ.get("CONNECT_API_KEY", "").strip()
    return Secret(key) if key else None


def with_key(server: Server) -> Server:
    """Return the server when its API key is known.

    Raises:
        NoKeyError: it is not.
    """
    if server.api_key:
        return server
    raise NoKeyError(
        f"There is no API key for {server.url}.",
        hint=f"Set CONNECT_API_KEY, or keep a key with: jupyter publish --add-server {server.url}",
    )


def read_target(update: str | None, *, new: bool) -> str | None:
    """Return what `Choices.target` takes for a GUID or any link to the content, or for "make new". No I/O.

    Raises:
        RSConnectException: code ``bad-target`` for a text without a GUID, or for both at once.
    """
    if update and new:
        raise RSConnectException(
            "Content cannot be both new and an update.", hint="Choose one of the two.", code="bad-target"
        )
    if not update:
        return "new" if new else None
    guid = guid_in(update)
    if guid is None:
        raise RSConnectException(
            f"{update!r} names no content to update.",
            hint="Give the content's GUID, or a link to it that has the GUID in it.",
            code="bad-target",
        )
    return guid


def filled(choices: Choices, notebook: Path, server: Server | None, *, absent: Collection[str]) -> Choices:
    """Return choices with those that were not made filled from the publication that would be updated.

    Args:
        choices: What was chosen.
        notebook: Absolute path.
        server: Where to; None takes the notebook's newest publication anywhere.
        absent: Of ``files`` and ``requirements``, those that were not chosen.
    """
    if choices.target == "new":
        return choices
    known = publications(notebook) if server is None else earlier(notebook, server)
    if choices.target is not None:
        last = next((each for each in known if each.guid == choices.target), None)
    else:
        last = choose_publication(known, choices.mode)
    return from_memory(choices, last, absent=absent)


def read_variables(env: Mapping[str, str | None] | Iterable[str] | None) -> dict[str, Secret | None]:
    """Return environment variables for the content; ``NAME`` alone takes the value of this process's environment.

    Raises:
        RSConnectException: code ``bad-variable`` for an empty name, or one that this process does not have.
    """
    if env is None:
        return {}
    if isinstance(env, Mapping):
        given = dict(env)
    else:
        given = dict(_variable(each) for each in ([env] if isinstance(env, str) else env))
    for name in given:
        if not name or "=" in name:
            raise RSConnectException(
                "An environment variable has no name.", hint="Write NAME=VALUE or NAME.", code="bad-variable"
            )
    return {name: None if value is None else Secret(str(value)) for name, value in given.items()}


def _variable(text: str) -> tuple[str, str]:
    name, given, value = text.partition("=")
    if given:
        return name, value
    if name and name not in os.environ:
        raise RSConnectException(
            f"The environment variable {name} is not set here.",
            hint=f"Set it, or write {name}=VALUE.",
            code="bad-variable",
        )
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
        raise BundleError(
            f"There is no requirements file {requirements}.",
            hint="Name a file, or one of: auto, imports, freeze.",
            code="no-such-file",
        )
    return path


def read_certificate(path: str) -> bytes:
    """Return the bytes of a CA certificate file.

    Raises:
        RSConnectException: code ``no-such-file``: it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as exc:
        raise RSConnectException(
            f"The certificate file {path} cannot be read.", hint="Name a PEM file.", code="no-such-file"
        ) from exc
