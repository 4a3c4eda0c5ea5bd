"""What the author of a publish can choose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .content import Mode
from .secret import Secret
from .server import Server

HideInput = Literal["none", "all", "tagged"]
"""Which code readers do not see: none, all of it, or that of cells tagged ``hide_input``."""


PackageManager = Literal["auto", "pip", "uv"]
"""What installs packages on the server; ``auto`` leaves the choice to the server."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the author chose; None or empty means "remembered, else the default".

    Attributes:
        target: ``"new"``, a content GUID, or None for "where it was published before, else new".
        files: Picked paths, folders and globs relative to the notebook's folder; ``!`` before one leaves it out.
        propose: False turns the proposals off.
        requirements: ``"auto"``, ``"imports"``, ``"freeze"`` or a file's path relative to the notebook's folder.
        env: Environment variables for the content; a None value deletes one.
        run_first: For ``static``: execute in the notebook's own kernel before rendering.
        run_timeout: Seconds that running first may take, all cells together; None waits as long as it takes.
        package_manager: What installs the packages on the server; ``"auto"`` leaves it to the server.
        image: Container image for servers that run content off-host.
        manage_python, manage_r: False tells the server to install no packages for that language; None is its default.
        replace: True publishes over a version that someone else published since.
        draft: True leaves the new version as a draft.
    """

    title: str | None = None
    mode: Mode | None = None
    target: str | None = None
    files: tuple[str, ...] = ()
    propose: bool = True
    requirements: str = "auto"
    hide_input: HideInput | None = None
    env: Mapping[str, Secret | None] = field(default_factory=dict)
    run_first: bool = False
    run_timeout: float | None = None
    package_manager: PackageManager = "auto"
    image: str | None = None
    manage_python: bool | None = None
    manage_r: bool | None = None
    replace: bool = False
    draft: bool = False


@dataclass(frozen=True, kw_only=True)
class PublishRequest:
    """One publish: which notebook, to which server, with which choices.

    Attributes:
        notebook: Absolute path.
        root: Folder that nothing in the bundle may lie outside of (Jupyter's root, or the project's).
    """

    notebook: Path
    root: Path
    server: Server
    choices: Choices = field(default_factory=Choices)
