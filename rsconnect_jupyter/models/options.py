"""What the author of a publish can choose: one record for every front end, described once.

Each field of `PublishOptions` carries its description as metadata (`OptionInfo`). The command's flags, the arguments
of ``publish()`` and the widget, the fields of the REST API and the table in the documentation are made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import msgspec

from .content import Mode
from .readers import ACCESS_TYPES, AccessType
from .secret import Secret
from .server import Server

if TYPE_CHECKING:
    from collections.abc import Iterable

HideInput = Literal["none", "folded", "all", "tagged"]
"""Which code readers do not see: none, all until they ask for it, all of it, or that of cells tagged ``hide_input``."""

PackageManager = Literal["auto", "pip", "uv"]
"""What installs packages on the server; ``auto`` leaves the choice to the server."""

Installation = Literal["auto", "yes", "no"]
"""Whether the server installs the packages of a language; ``auto`` leaves it as the server is configured."""

Kind = Literal["text", "choice", "list", "flag", "number", "variables"]

ALWAYS_A_JOB = "a publish always runs in the background; its job is followed or left alone"
"""Why the panel and the REST API have no ``wait``."""


@dataclass(frozen=True, kw_only=True)
class OptionInfo:
    """How one option is offered.

    Attributes:
        help: What it does, a phrase without a full stop, as for ``--help``.
        label: The text beside its control in the panel and the widget.
        kind: What its value is.
        flags: The command's option strings.
        metavar: Placeholder of the value in ``--help``.
        choices: The values of a ``choice``.
        default: What applies when it is neither chosen nor remembered; None when that depends on the notebook.
        remembered: True when the next publish of the notebook to the same content uses it again.
        not_offered: Front end (``panel``, ``widget``, ``rest``) -> the reason why it does not offer the option.
    """

    help: str
    label: str
    kind: Kind = "text"
    flags: tuple[str, ...] = ()
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    default: Any = None
    remembered: bool = False
    not_offered: Mapping[str, str] = field(default_factory=dict)


def _info(help: str, label: str, **more: Any) -> dict[str, OptionInfo]:  # noqa: A002 - argparse's own word
    return {"option": OptionInfo(help=help, label=label, **more)}


@dataclass(frozen=True, kw_only=True)
class PublishOptions:
    """The author's choices; None means "not chosen".

    Attributes:
        mode: Connect's name of what is published.
        update: Content to update, as GUID or as any link with the GUID in it.
        new: True makes new content.
        files: Picked paths, folders and globs relative to the notebook's folder; ``!`` before one leaves it out.
        requirements: ``"auto"``, ``"imports"``, ``"freeze"`` or a file's path relative to the notebook's folder.
        add_requirements: Lines that are added to these, whatever they are.
        env: Environment variables for the content; a None value deletes one.
        env_file: Where more of them are read from. Front ends read it: what publishes gets their values in `env`.
        run_timeout: Seconds that running first may take, all cells together.
        image: Empty for none.
        thumbnail: A file's path is relative to the notebook's folder.
        schedule: In plain words, with a time zone in brackets unless it is this machine's; empty leaves it as it is.
    """

    title: str | None = field(default=None, metadata=_info("title for readers", "Title", flags=("--title",)))
    mode: Mode | None = field(
        default=None,
        metadata=_info(
            "what is published: source (the server runs it), html (as it is now), voila (interactive) or quarto",
            "Publish as",
            kind="choice",
            flags=("--as", "--mode"),
            metavar="MODE",
        ),
    )
    update: str | None = field(
        default=None, metadata=_info("content to update", "Publish to", flags=("--update",), metavar="GUID|URL")
    )
    new: bool | None = field(
        default=None,
        metadata=_info(
            "make new content, also when published before", "New content", kind="flag", flags=("--new",), default=False
        ),
    )
    files: tuple[str, ...] | None = field(
        default=None,
        metadata=_info(
            "file, folder or pattern to add, from the notebook's folder; !GLOB leaves out",
            "Files",
            kind="list",
            flags=("--file",),
            metavar="GLOB",
            default=(),
            remembered=True,
        ),
    )
    detect_files: bool | None = field(
        default=None,
        metadata=_info(
            "add the files that the notebook reads, shows and imports",
            "Add files that the notebook uses",
            kind="flag",
            flags=("--detect-files",),
            default=True,
            remembered=True,
        ),
    )
    requirements: str | None = field(
        default=None,
        metadata=_info(
            "what the server installs: auto (detected), imports, freeze (all that is installed) or a requirements file",
            "Requirements",
            flags=("--requirements",),
            metavar="auto|imports|freeze|FILE",
            default="auto",
            remembered=True,
        ),
    )
    add_requirements: tuple[str, ...] | None = field(
        default=None,
        metadata=_info(
            "package to install in addition to the requirements: a name, or a line such as name==1.2",
            "Additional packages",
            kind="list",
            flags=("--add-requirement",),
            metavar="PACKAGE",
            default=(),
            remembered=True,
        ),
    )
    hide_input: HideInput | None = field(
        default=None,
        metadata=_info(
            "hide code from readers",
            "Hide code",
            kind="choice",
            flags=("--hide-input",),
            metavar="none|folded|all|tagged",
            choices=("none", "folded", "all", "tagged"),
            default="none",
            remembered=True,
        ),
    )
    env: Mapping[str, Secret | None] | None = field(
        default=None,
        metadata=_info(
            "environment variable for the content; NAME alone takes the value from here",
            "Environment variables",
            kind="variables",
            flags=("--env",),
            metavar="NAME[=VALUE]",
        ),
    )
    env_file: str | None = field(
        default=None,
        metadata=_info(
            "file of environment variables for the content, lines NAME=VALUE; it is read here and not sent",
            "Environment file",
            flags=("--env-file",),
            metavar="FILE",
        ),
    )
    run_first: bool | None = field(
        default=None,
        metadata=_info(
            "run the notebook here before its page is made (html)",
            "Run the notebook first",
            kind="flag",
            flags=("--run-first",),
            default=False,
            remembered=True,
        ),
    )
    run_timeout: float | None = field(
        default=None,
        metadata=_info(
            "seconds that running first may take",
            "Time limit (seconds)",
            kind="number",
            flags=("--run-timeout",),
            metavar="SECONDS",
            remembered=True,
        ),
    )
    package_manager: PackageManager | None = field(
        default=None,
        metadata=_info(
            "what installs the packages on the server",
            "Package manager",
            kind="choice",
            flags=("--package-manager",),
            metavar="auto|pip|uv",
            choices=("auto", "pip", "uv"),
            default="auto",
            remembered=True,
        ),
    )
    image: str | None = field(
        default=None,
        metadata=_info(
            "container image, for servers that run content off-host",
            "Container image",
            flags=("--image",),
            metavar="IMAGE",
            remembered=True,
        ),
    )
    manage_python: Installation | None = field(
        default=None,
        metadata=_info(
            "whether the server installs the Python packages; auto: as it is configured",
            "Install Python packages",
            kind="choice",
            flags=("--manage-python",),
            metavar="auto|yes|no",
            choices=("auto", "yes", "no"),
            default="auto",
            remembered=True,
        ),
    )
    manage_r: Installation | None = field(
        default=None,
        metadata=_info(
            "whether the server installs the R packages; auto: as it is configured",
            "Install R packages",
            kind="choice",
            flags=("--manage-r",),
            metavar="auto|yes|no",
            choices=("auto", "yes", "no"),
            default="auto",
            remembered=True,
        ),
    )
    access: AccessType | None = field(
        default=None,
        metadata=_info(
            "who may read the content: acl (only who is permitted), logged_in (everyone signed in) or all (no sign-in)",
            "Readers",
            kind="choice",
            flags=("--access",),
            metavar="acl|logged_in|all",
            choices=ACCESS_TYPES,
        ),
    )
    share_with: tuple[str, ...] | None = field(
        default=None,
        metadata=_info(
            "user or group that may read the content: NAME, user:NAME or group:NAME; !NAME takes the permission away",
            "Share with",
            kind="list",
            flags=("--share-with",),
            metavar="NAME",
            default=(),
        ),
    )
    collaborators: tuple[str, ...] | None = field(
        default=None,
        metadata=_info(
            "user or group that may change the content, too; written as for sharing",
            "Collaborators",
            kind="list",
            flags=("--collaborator",),
            metavar="NAME",
            default=(),
        ),
    )
    vanity: str | None = field(
        default=None,
        metadata=_info(
            "path of the content's own address, such as team/sales; empty for none",
            "Vanity URL",
            flags=("--vanity",),
            metavar="PATH",
        ),
    )
    tags: tuple[str, ...] | None = field(
        default=None,
        metadata=_info(
            "tag for the content: NAME, or its path CATEGORY/NAME; !NAME takes it off",
            "Tags",
            kind="list",
            flags=("--tag",),
            metavar="NAME",
            default=(),
        ),
    )
    description: str | None = field(
        default=None,
        metadata=_info(
            "description that the server shows beside the title; empty for none",
            "Description",
            flags=("--description",),
        ),
    )
    thumbnail: str | None = field(
        default=None,
        metadata=_info(
            "picture that the server shows beside the title: none, first-figure or figure-2 … (the notebook's), or an "
            "image file",
            "Thumbnail",
            flags=("--thumbnail",),
            metavar="none|first-figure|figure-N|FILE",
        ),
    )
    schedule: str | None = field(
        default=None,
        metadata=_info(
            "when the server runs the content again, set after the publish: 'every day 07:00', 'Mondays 18:00', 'off'",
            "Schedule",
            flags=("--schedule",),
            metavar="WHEN",
        ),
    )
    integrations: tuple[str, ...] | None = field(
        default=None,
        metadata=_info(
            "OAuth integration that the content uses: NAME or GUID; !NAME no longer uses it",
            "Integrations",
            kind="list",
            flags=("--integration",),
            metavar="NAME",
            default=(),
        ),
    )
    overwrite: bool | None = field(
        default=None,
        metadata=_info(
            "overwrite a version that someone else published",
            "Overwrite",
            kind="flag",
            flags=("--overwrite", "--yes", "-y"),
            default=False,
        ),
    )
    draft: bool | None = field(
        default=None,
        metadata=_info(
            "leave the new version as a draft", "Publish as draft", kind="flag", flags=("--draft",), default=False
        ),
    )
    note: str | None = field(
        default=None,
        metadata=_info("what changed: one line, kept with the version", "What changed?", flags=("--note",)),
    )
    git_metadata: bool | None = field(
        default=None,
        metadata=_info(
            "send repository, branch and commit with the version, never a password (Connect 2025.12 and later)",
            "Send the Git commit",
            kind="flag",
            flags=("--git-metadata",),
            default=True,
        ),
    )
    wait: bool | None = field(
        default=None,
        metadata=_info(
            "wait until the server has run the notebook (default: on)",
            "Wait",
            kind="flag",
            flags=("--wait",),
            default=True,
            not_offered={
                "panel": ALWAYS_A_JOB,
                "rest": ALWAYS_A_JOB,
                "widget": "the form publishes in the background; `wait()` waits for the result",
            },
        ),
    )


class OptionArguments(TypedDict, total=False):
    """The options as keyword arguments of ``publish()`` and ``PublishWidget``, for type checkers."""

    title: str | None
    mode: str | None
    update: str | None
    new: bool | None
    files: Iterable[str] | None
    detect_files: bool | None
    requirements: str | None
    add_requirements: Iterable[str] | None
    hide_input: HideInput | None
    env: Mapping[str, str | None] | Iterable[str] | None
    env_file: str | None
    run_first: bool | None
    run_timeout: float | None
    package_manager: PackageManager | None
    image: str | None
    manage_python: Installation | bool | None
    manage_r: Installation | bool | None
    access: AccessType | None
    share_with: Iterable[str] | None
    collaborators: Iterable[str] | None
    vanity: str | None
    tags: Iterable[str] | None
    description: str | None
    thumbnail: str | None
    schedule: str | None
    integrations: Iterable[str] | None
    overwrite: bool | None
    draft: bool | None
    note: str | None
    git_metadata: bool | None
    wait: bool | None


OPTIONS: dict[str, OptionInfo] = {each.name: each.metadata["option"] for each in fields(PublishOptions)}
"""Name -> description of every option, in the order in which they are listed."""

ABOUT_READERS = ("access", "share_with", "collaborators", "vanity", "tags", "description", "thumbnail")
"""Options about readers: the server keeps their values, so they are not remembered."""

REMEMBERED = tuple(name for name, info in OPTIONS.items() if info.remembered)
"""Options that the next publish to the same content uses again."""


class BundleOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options that decide what a bundle holds, all of them resolved; as `PublishOptions` describes them.

    Attributes:
        follow_picked_links: True when the author picked `files` for this publish, and so saw where their links lead;
            False when they are remembered, since a project may have changed its links.
    """

    title: str | None = None
    files: tuple[str, ...] = ()
    detect_files: bool = True
    requirements: str = "auto"
    add_requirements: tuple[str, ...] = ()
    hide_input: HideInput = "none"
    run_first: bool = False
    run_timeout: float | None = None
    package_manager: PackageManager = "auto"
    image: str | None = None
    manage_python: Installation = "auto"
    manage_r: Installation = "auto"
    follow_picked_links: bool = True


class PublishRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One publish: which notebook, to which server, with which options.

    Attributes:
        notebook: Absolute path.
        root: Folder that nothing in the bundle may lie outside of: the notebook's project.
    """

    notebook: Path
    root: Path
    server: Server
    options: PublishOptions = msgspec.field(default_factory=PublishOptions)


class RestoreRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A version to deploy again.

    Attributes:
        notebook: Absolute path of the notebook that the content belongs to.
        root: Its project.
        guid: The content.
        bundle_id: The version.
        seen: Versions that readers may see as far as the author knows; when it is another one, nothing is restored.
            Empty when the author was not shown any.
        overwrite: True restores it whatever readers see.
    """

    notebook: Path
    root: Path
    server: Server
    guid: str
    bundle_id: str
    seen: tuple[str, ...] = ()
    overwrite: bool = False
