"""Versions of a content (Connect's bundles), what differs between two of them, and what readers see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from .serialization import as_json_data

Part = Literal["code", "text", "outputs", "files", "requirements"]
"""What a version consists of: code cells, other cells, outputs where readers get them, files, packages."""

PARTS: tuple[Part, ...] = ("code", "text", "outputs", "files", "requirements")

VersionState = Literal["active", "draft", "earlier"]
"""``active``: readers see it; ``draft``: uploaded after that one; ``earlier``: before it."""

RunResult = Literal["ok", "failed", "running"]

SeenState = Literal["never-published", "up-to-date", "changed", "updated", "unknown"]
"""Whether readers see what the notebook is now; ``updated``: someone, or another program, published since."""

Change = Literal["same", "added", "removed", "changed"]


class GitSource(msgspec.Struct, frozen=True, kw_only=True):
    """The commit that a version was published from; no part holds a credential.

    Attributes:
        repository: ``https://host/path`` of its remote ``origin``; empty when that is no address of a host.
        branch: Branch, or the tag when no branch is checked out.
        commit: 40 or 64 hex digits, and ``-dirty`` when files differ from it.
    """

    repository: str = ""
    branch: str = ""
    commit: str = ""


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a content.

    Attributes:
        id: The bundle's, as text: ``"12"``.
        created: RFC 3339, UTC.
        created_by: User name; empty when the server does not say.
        size: Bytes of the bundle; None when not known.
        run: How its last run on the server ended; None when not known.
        jobs: Keys of its runs on the server, newest first.
        commit_url: Page of the commit, where the host is known to have one.
        mine: True when this user published it from here.
    """

    id: str
    created: str
    created_by: str = ""
    size: int | None = None
    state: VersionState = "earlier"
    note: str = ""
    source: GitSource | None = None
    commit_url: str = ""
    run: RunResult | None = None
    jobs: tuple[str, ...] = ()
    page_url: str = ""
    mine: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data, unset parts left out."""
        return as_json_data(self)


class VersionList(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a content's versions, newest first.

    Attributes:
        page: From 1. `more`: True when there are later pages.
        active: Id of the version that readers see; empty when there is none.
    """

    guid: str
    title: str
    versions: tuple[Version, ...]
    page: int = 1
    more: bool = False
    active: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return as_json_data(self)


class ChangeState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether readers see what the notebook is now.

    Attributes:
        changed: The parts in which they differ, for ``changed``.
        by: Who published the version that readers see, for ``updated``; empty when not known.
        time: When, RFC 3339; empty when not known.
        bundle_id: The version that readers see, as far as is known.
    """

    state: SeenState
    server_url: str = ""
    guid: str = ""
    title: str = ""
    bundle_id: str = ""
    changed: tuple[Part, ...] = ()
    by: str = ""
    time: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return as_json_data(self)


class ComparedCell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell of two versions.

    Attributes:
        old_source, new_source: None where the version does not have it.
        words: For a changed source ``(kind, text)`` in order: ``"="`` in both, ``"-"`` in the old one, ``"+"`` new.
        old_outputs, new_outputs: As nbformat has them, where they count; empty when they are the same.
        old_number, new_number: Place among the version's cells, from 1.
        shortened: True when the source is too long to show, and parts of it are left out.
    """

    kind: str
    change: Change
    old_source: str | None = None
    new_source: str | None = None
    words: tuple[tuple[str, str], ...] = ()
    old_outputs: tuple[Mapping[str, Any], ...] = ()
    new_outputs: tuple[Mapping[str, Any], ...] = ()
    outputs_changed: bool = False
    old_number: int | None = None
    new_number: int | None = None
    shortened: bool = False


class ListedChange(msgspec.Struct, frozen=True, kw_only=True):
    """A file or a requirement line that one of two versions lacks, or that differs."""

    name: str
    change: Change


class VersionComparison(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between two versions.

    Attributes:
        old, new: What they are called: ``"version 12"``, ``"the notebook"``.
        basis: ``notebook``: cell by cell; ``page``: the text of the pages, since the source is not in the bundle;
            ``none``: nothing can be read of one of them.
        cells: All cells in order; for ``page`` the paragraphs of the text.
        outputs: True when outputs were compared.
    """

    old: str
    new: str
    basis: Literal["notebook", "page", "none"] = "notebook"
    cells: tuple[ComparedCell, ...] = ()
    files: tuple[ListedChange, ...] = ()
    requirements: tuple[ListedChange, ...] = ()
    outputs: bool = False

    @property
    def differs(self) -> bool:
        """True when anything differs."""
        return bool(self.files or self.requirements) or any(each.change != "same" for each in self.cells)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {**as_json_data(self), "differs": self.differs}
