"""What goes to the server: files, requirements, the finished archive."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from .content import Mode
from .finding import Finding, Where


class BundleFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the bundle.

    Attributes:
        path: Name in the bundle: relative, ``/``-separated, no ``.`` or ``..`` parts.
        source: Where its bytes are: a file on disk by its real path, or the bytes themselves when generated.
        size: Bytes.
        reason: Why it is in, one phrase (``"the notebook"``, ``"read in cell 3"``, ``"picked"``).
    """

    path: str
    source: Path | bytes
    size: int
    reason: str
    where: Where | None = None


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """An installed distribution: name as published, version, and PEP 610 ``direct_url`` where there is one.

    Attributes:
        requires: Names of the distributions it always brings along (extras not counted).
        optional: Requirement lines of its extras, with their markers.
    """

    name: str
    version: str
    direct_url: Mapping[str, Any] | None = None
    requires: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


class KernelEnvironment(msgspec.Struct, frozen=True, kw_only=True):
    """What the notebook's own kernel runs in.

    Attributes:
        kernel: Kernelspec name. `language`: lower case, ``"python"``, ``"r"``, ``"julia"``.
        interpreter: Path of the interpreter; empty for kernels that are not Python.
        version: ``"3.11.7"``; empty when not Python.
        modules: Importable name (top level, or dotted for namespace packages) -> distribution names.
        loaded: Names of the distributions that the running kernel has loaded and that no other one always loads; None
            unless it was asked.
        is_described: True when the kernel could not be asked: the rest is what the notebook says of it, and its
            packages are not known.
    """

    kernel: str
    display_name: str
    language: str
    interpreter: str = ""
    version: str = ""
    pip_version: str = ""
    distributions: tuple[Distribution, ...] = ()
    modules: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    loaded: tuple[str, ...] | None = None
    is_described: bool = False


class Requirements(msgspec.Struct, frozen=True, kw_only=True):
    """What the server must install.

    Attributes:
        source: ``"file"`` (the project's own), ``"imports"``, ``"freeze"`` or ``"none"``.
        lines: Requirement lines, comments and blanks left out.
        text: The whole package file as it goes into the bundle.
        package_file: Its name in the bundle.
        origin: Path of the project's file relative to the notebook's folder, for source ``"file"``.
    """

    source: Literal["file", "imports", "freeze", "none"]
    lines: tuple[str, ...] = ()
    text: str = ""
    package_file: str = "requirements.txt"
    origin: str | None = None
    manager: str | None = None
    findings: tuple[Finding, ...] = ()


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A finished bundle on disk.

    Attributes:
        path: The ``.tar.gz``. `size`: its bytes. `md5`: hex digest of it.
        sizes: Path in the bundle -> bytes, as packed; the manifest not among them.
    """

    path: Path
    size: int
    md5: str
    mode: Mode
    entrypoint: str
    manifest: Mapping[str, Any]
    sizes: Mapping[str, int] = msgspec.field(default_factory=dict)
