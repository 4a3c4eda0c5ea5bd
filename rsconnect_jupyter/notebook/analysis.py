"""A notebook and the local code it reaches, analysed once; files, requirements and checks are read from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import msgspec

from ..cpu_lock import one_at_a_time
from ..models import Where
from .downloads import Download, downloads
from .environment_variables import VariableUse, used_variables
from .execution_state import RunState, run_state
from .imports import Scan, scan_notebook
from .ipython import PlainCell
from .local_paths import inside, is_file
from .modules import import_files, is_standard, place_of, search_places
from .output_references import output_mentions
from .path_references import Mention, notebook_mentions
from .reading import Notebook, read_notebook
from .source_files import SourceFile, read_source

MOST_FILES = 2000


class ReachedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of code in the notebook's folder that something imports or runs.

    Attributes:
        path: The file. `name`: relative to the notebook's folder, ``/``-separated.
        user: What imports or runs it, as a finding's place.
        runs: True for a script or a notebook that is run, not imported.
        places: The folders that its imports are looked for in.
    """

    path: Path
    name: str
    user: Where | None
    runs: bool
    places: tuple[Path, ...]
    source: SourceFile


class NotebookAnalysis(msgspec.Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """What is known about a notebook without running it. Each part is made when it is first asked for.

    What the text of a file says is kept as long as the file does not change, and so shared by the analyses of a panel
    and of the publish that follows. Which files there are is looked up by each analysis.
    """

    notebook: Notebook

    @property
    def scan(self) -> Scan:
        """What the notebook imports."""
        return scan_notebook(self.notebook)

    @property
    def run(self) -> RunState:
        """How it was last run."""
        return run_state(self.notebook)

    @property
    def makes_widgets(self) -> bool:
        """True when the code imports ipywidgets, which it may before any output shows one."""
        return any(each.module.partition(".")[0] == "ipywidgets" and not each.implied_by for each in self.scan.imports)

    @property
    def outputs(self) -> tuple[Mention, ...]:
        """The files that its saved outputs show."""
        return output_mentions(self.notebook)

    @property
    def paths(self) -> tuple[Mention, ...]:
        """The paths in its cells and in the code it reaches."""
        return (*notebook_mentions(self.notebook), *(each for file in self.reached for each in file.source.mentions))

    @cached_property
    def search_places(self) -> tuple[Path, ...]:
        """The folders that imports are looked for in, the notebook's own first."""
        return search_places(self.notebook)

    @cached_property
    def reached(self) -> tuple[ReachedFile, ...]:
        """The local code that the notebook reaches, transitively: modules, and scripts and notebooks it runs."""
        return _reached(self.notebook, self.search_places)

    def places_of(self, where: Where | None) -> tuple[Path, ...]:
        """Return the folders that the imports of a file, or of the notebook's cells, are looked for in."""
        return self._places.get(where.file or "", self.search_places) if where else self.search_places

    @cached_property
    def _places(self) -> dict[str, tuple[Path, ...]]:
        return {each.name: each.places for each in self.reached}

    def scans_with(self, names: Sequence[str]) -> tuple[Scan, ...]:
        """Return what the notebook imports, and files of its folder, given relative to it."""
        folder = self.notebook.folder
        return (self.scan, *(read_source(folder / name, name=name).scan for name in names))

    @property
    def variables(self) -> dict[str, Where]:
        """The environment variables that the code needs, each with the first place that reads it."""
        return {name: use.where for name, use in self.used_variables.items() if not use.optional}

    @property
    def used_variables(self) -> dict[str, VariableUse]:
        """The environment variables that the code reads, with or without a default."""
        return used_variables(self._code)

    @property
    def downloads(self) -> tuple[Download, ...]:
        """The data and models that the code gets by name when it runs."""
        scans = (self.scan, *(each.source.scan for each in self.reached))
        imports = (each for scan in scans for each in scan.imports if not each.implied_by)
        return downloads(self._code, {each.module.partition(".")[0] for each in imports})

    @property
    def _code(self) -> list[tuple[PlainCell, Where]]:
        own = [(each.plain, each.where) for each in self.notebook.code] if self.notebook.language == "python" else []
        others = [(cell, Where(file=file.name)) for file in self.reached for cell in file.source.cells]
        return [*own, *others]


@one_at_a_time
def analyse(path: Path) -> NotebookAnalysis:
    """Return the analysis of the notebook at a path.

    Raises:
        NotebookError: as `read_notebook`.
    """
    return NotebookAnalysis(notebook=read_notebook(path))


def _reached(notebook: Notebook, places: tuple[Path, ...]) -> tuple[ReachedFile, ...]:
    found: dict[Path, ReachedFile] = {}
    own = SourceFile(scan=scan_notebook(notebook), mentions=notebook_mentions(notebook))
    waiting = [(own, notebook.folder, places)]
    while waiting and len(found) < MOST_FILES:
        source, package, around = waiting.pop(0)
        for path, user, by in _used(source, package, notebook.folder, around):
            if path in found or path == notebook.path:
                continue
            name = path.relative_to(notebook.folder).as_posix()
            # IPython, and Python for a script, put its folder before all others
            own_places = tuple(dict.fromkeys((path.parent, *around))) if by and by.imports_beside else around
            file = ReachedFile(
                path=path,
                name=name,
                user=user,
                runs=by is not None,
                places=own_places,
                source=read_source(path, name=name),
            )
            found[path] = file
            waiting.append((file.source, notebook.folder if file.runs else path.parent, own_places))
    return tuple(found.values())


def _used(
    source: SourceFile, package: Path, folder: Path, places: Sequence[Path]
) -> Iterator[tuple[Path, Where | None, Mention | None]]:
    """Yield each file of the notebook's folder that a source imports or runs; its place, and what runs it."""
    for imported in source.scan.imports:
        place = None if is_standard(imported) else folder if imported.level else place_of(imported, places)
        if place is not None and place.is_relative_to(folder):
            yield from ((path, imported.where, None) for path in import_files(imported, package, place))
    for mention in source.mentions:
        path = inside(mention.text, folder) if mention.runs else None
        if path is not None and is_file(folder / path):
            yield folder / path, mention.where, mention
