"""The frozen dataclasses that the parts hand to each other. Data only: no I/O, no logic beyond shape."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NoReturn

Mode = Literal["jupyter-static", "static", "jupyter-voila", "quarto-static"]
"""Connect's name of what is published; the table of names is in ``connect/modes.py``."""

HideInput = Literal["none", "all", "tagged"]
"""Which code readers do not see: none, all of it, or that of cells tagged ``hide_input``."""

PackageManager = Literal["auto", "pip", "uv"]
"""What installs packages on the server; ``auto`` leaves the choice to the server."""

Step = Literal["inspect", "check", "bundle", "content", "upload", "settings", "deploy", "verify", "done"]
"""The steps of a publish, in order; only ``publish.py`` knows what each does."""

Status = Literal["start", "progress", "log", "warning", "success", "failure"]
Severity = Literal["error", "warning", "info", "unknown"]
Origin = Literal["configuration", "environment", "saved", "rsconnect-python", "sandbox"]
"""Where a server was learnt from: administrator, ``CONNECT_*``, own store, rsconnect-python's store, our sandbox."""

KeyPlace = Literal["configuration", "environment", "keyring", "file", "rsconnect-python", "none"]
"""Where a server's API key is kept."""

HIDDEN = "<hidden>"


class Secret:
    """A text that must not be seen: an API key, a password, a variable's value.

    Every way of printing it gives ``<hidden>``; `reveal` is the one way out and is called where the wire begins.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")


@dataclass(frozen=True, kw_only=True)
class Server:
    """A Connect server and how to reach it.

    Attributes:
        name: Nickname, unique among the known servers.
        url: The server's root, no trailing slash (``https://host/rsc``).
        api_key: The key, or None when it is not known.
        insecure: True skips TLS checks.
        ca_data: PEM text or DER bytes of a CA to trust besides the system's.
        user: User name the key belongs to, as far as known.
    """

    name: str
    url: str
    api_key: Secret | None = None
    insecure: bool = False
    ca_data: str | bytes | None = field(default=None, repr=False)
    user: str | None = None
    origin: Origin = "saved"
    key_place: KeyPlace = "none"
    default: bool = False


@dataclass(frozen=True, kw_only=True)
class ServerFacts:
    """What a server says about itself. None means *unknown*, never "no".

    Attributes:
        version: ``"2026.06.0"`` or None when hidden.
        python: Versions offered, ``("3.11.7", …)``.
        quarto: Quarto versions offered; empty when the server has none.
        modes: Modes known to be refused or offered by version; absent modes are unknown.
    """

    version: str | None = None
    python: tuple[str, ...] | None = None
    quarto: tuple[str, ...] | None = None
    modes: Mapping[Mode, bool] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class User:
    """The person a key belongs to."""

    guid: str
    username: str
    role: str
    first_name: str = ""
    last_name: str = ""
    locked: bool = False
    confirmed: bool = True

    @property
    def may_publish(self) -> bool:
        """True when Connect lets this user create content."""
        return self.role in ("publisher", "administrator") and not self.locked and self.confirmed


@dataclass(frozen=True, kw_only=True)
class Content:
    """An item on a Connect server, the same shape from either dialect.

    Attributes:
        id: Number as text (``"8274"``); empty when the server does not say.
        mode: Connect's ``app_mode`` name; ``"unknown"`` before the first deploy. Not limited to `Mode`.
        role: What the caller may do: ``owner``, ``editor``, ``viewer``, ``none``.
        bundle_id: Active bundle as text, None before the first successful deploy.
        last_deployed: RFC 3339, UTC.
    """

    guid: str
    id: str
    name: str
    title: str | None
    mode: str
    url: str
    dashboard_url: str
    owner_guid: str = ""
    owner_name: str = ""
    role: str = ""
    bundle_id: str | None = None
    created: str = ""
    last_deployed: str = ""
    locked: bool = False

    @property
    def logs_url(self) -> str:
        """The dashboard's log page."""
        return f"{self.dashboard_url}/logs"

    @property
    def editable(self) -> bool:
        """True when the caller may deploy to it."""
        return self.role in ("owner", "editor") and not self.locked


@dataclass(frozen=True, kw_only=True)
class TaskResult:
    """How a task on the server ended; failed when ``code != 0`` or ``error``."""

    task_id: str
    code: int
    error: str
    result: Mapping[str, Any] | None = None

    @property
    def failed(self) -> bool:
        """True when the task did not succeed."""
        return self.code != 0 or bool(self.error)


@dataclass(frozen=True, kw_only=True)
class Where:
    """A place in the author's work: a cell (0-based index and nbformat id), a file, a line (1-based), a form field."""

    cell: int | None = None
    cell_id: str | None = None
    file: str | None = None
    line: int | None = None
    field: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the parts that are set."""
        return _set_parts(self)


@dataclass(frozen=True, kw_only=True)
class Fix:
    """What one click can do about a finding.

    Attributes:
        action: ``add-file``, ``save``, ``run-all``, ``set-mode``, ``set-title``, ``set-requirements`` …
        label: The button's text, in English.
        value: What the action needs (a path, a mode); JSON-compatible.
    """

    action: str
    label: str
    value: Any = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something about the notebook, the bundle or the server that the author should know before publishing."""

    severity: Severity
    code: str
    message: str
    hint: str = ""
    where: Where | None = None
    fix: Fix | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as it goes over the wire, unset parts left out."""
        return _set_parts(self)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened in a publish: the same shape in the panel, the widget, the CLI and ``publish()``.

    Attributes:
        seq: 0, 1, 2 … within the publish.
        time: RFC 3339, UTC, milliseconds.
        message: For ``log`` the server's line unchanged; else one sentence.
        code, hint: For ``warning`` and ``failure``.
        data: ``{sent, total}`` in bytes for upload progress, ``{done, total}`` while bundling,
            the deployment at ``done``.
    """

    seq: int
    time: str
    step: Step
    status: Status
    message: str
    code: str | None = None
    hint: str | None = None
    data: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as it goes over the wire, unset parts left out."""
        return _set_parts(self)


@dataclass(frozen=True, kw_only=True)
class BundleFile:
    """A file of the bundle.

    Attributes:
        path: Name in the bundle: relative, ``/``-separated, no ``.`` or ``..`` parts.
        source: Where its bytes are: a file on disk, or the bytes themselves when generated.
        size: Bytes.
        reason: Why it is in, one phrase (``"the notebook"``, ``"read in cell 3"``, ``"picked"``).
    """

    path: str
    source: Path | bytes = field(repr=False)
    size: int
    reason: str
    where: Where | None = None


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """An installed distribution: name as published, version, and PEP 610 ``direct_url`` where there is one.

    Attributes:
        requires: Names of the distributions it always brings along (extras not counted).
    """

    name: str
    version: str
    direct_url: Mapping[str, Any] | None = None
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class KernelEnvironment:
    """What the notebook's own kernel runs in.

    Attributes:
        kernel: Kernelspec name. `language`: lower case, ``"python"``, ``"r"``, ``"julia"``.
        interpreter: Path of the interpreter; empty for kernels that are not Python.
        version: ``"3.11.7"``; empty when not Python.
        modules: Importable name (top level, or dotted for namespace packages) -> distribution names.
    """

    kernel: str
    display_name: str
    language: str
    interpreter: str = ""
    version: str = ""
    pip_version: str = ""
    distributions: tuple[Distribution, ...] = ()
    modules: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Requirements:
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


@dataclass(frozen=True, kw_only=True)
class Bundle:
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
    manifest: Mapping[str, Any] = field(repr=False)
    sizes: Mapping[str, int] = field(default_factory=dict, repr=False)


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


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A publish that went through; also the ``data`` of the last event, as a mapping."""

    server: str
    guid: str
    title: str
    mode: Mode
    url: str
    dashboard_url: str
    logs_url: str
    bundle_id: str
    task_id: str
    created: bool
    draft_url: str | None = None
    events: tuple[Event, ...] = field(default=(), repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Return it for the wire, without the events."""
        answer = _set_parts(self)
        answer.pop("events", None)
        return answer


@dataclass(frozen=True, kw_only=True)
class Publication:
    """Where a notebook has been published before: one entry of its history.

    Attributes:
        result: ``"ok"``, or ``"failed"`` when the content exists but its last run failed.
        time: RFC 3339, UTC, of the last attempt.
        notebook_hash: Hex digest of the notebook's bytes as published; tells "changed since".
    """

    server_url: str
    guid: str
    title: str
    mode: Mode
    url: str = ""
    dashboard_url: str = ""
    bundle_id: str = ""
    user: str = ""
    time: str = ""
    result: Literal["ok", "failed"] = "ok"
    files: tuple[str, ...] = ()
    requirements: str = "auto"
    requirement_lines: tuple[str, ...] = ()
    hide_input: HideInput = "none"
    notebook_hash: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as it goes over the wire, unset parts left out."""
        return _set_parts(self)


def _set_parts(record: Any) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for each in dataclasses.fields(record):
        value = getattr(record, each.name)
        if value is not None:
            parts[each.name] = _plain(value)
    return parts


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return _set_parts(value)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return str(value) if isinstance(value, Path) else value
