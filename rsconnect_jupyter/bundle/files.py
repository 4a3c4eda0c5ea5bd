"""Which files go into the bundle, and why each is in or out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..records import Choices, Finding, Mode, Where
from .notebook import Notebook


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A file that was considered.

    Attributes:
        path: Name in the bundle: relative to the notebook's folder, ``/``-separated.
        source: The file on disk.
        size: Bytes.
        included: True when it goes into the bundle.
        reason: Why it is in, or why it is out, one phrase.
        where: The cell or file that asked for it.
    """

    path: str
    source: Path = field(repr=False)
    size: int
    included: bool
    reason: str
    where: Where | None = None


@dataclass(frozen=True, kw_only=True)
class FileChoice:
    """All files considered, sorted by path, the notebook among them, and what the author should know about them.

    Attributes:
        modules: The local Python files among the included candidates.
    """

    candidates: tuple[Candidate, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def included(self) -> tuple[Candidate, ...]:
        """The files that go into the bundle."""
        return tuple(each for each in self.candidates if each.included)

    @property
    def modules(self) -> tuple[Path, ...]:
        """The local Python files among them; their imports count for the requirements."""
        return tuple(each.source for each in self.included if each.path.endswith(".py"))


def propose_files(notebook: Notebook, *, root: Path, mode: Mode = "jupyter-static") -> FileChoice:
    """Return the files the notebook itself asks for: data it reads, images it shows, modules it imports.

    Reads the notebook's local modules; no network, nothing is run.
    """
    return choose_files(notebook, root=root, mode=mode)


def choose_files(
    notebook: Notebook, *, root: Path, choices: Choices | None = None, mode: Mode = "jupyter-static"
) -> FileChoice:
    """Return every file considered: the notebook, the proposals (unless turned off) and the author's picks.

    Args:
        notebook: The notebook that is published.
        root: Folder that nothing in the bundle may lie outside of, links followed.
        choices: ``files`` and ``propose`` are used.
        mode: A finished document (``static``) needs no data and no modules, only what its text links to.

    Raises:
        BundleError: A pick names a path outside the project, or a link that leads out.
    """
    size = notebook.path.stat().st_size
    return FileChoice(
        candidates=(
            Candidate(
                path=notebook.path.name,
                source=notebook.path,
                size=size,
                included=True,
                reason="the notebook",
            ),
        )
    )
