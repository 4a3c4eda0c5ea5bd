"""What a bundle is written from, known without the notebook's content; and the writing: page, files, archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ..connect.app_modes import APP_MODES
from ..html.page_process import PAGES
from ..html.run_process import run_notebook
from ..models import Bundle, BundleFile, HideInput, Mode
from ..temporary_files import temporary_folder
from .archive import Progress, ShouldStop, write_archive


class PackedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the bundle: a file on disk, or its bytes when it is generated."""

    path: str
    size: int
    file: Path | None = None
    content: bytes | None = None

    @classmethod
    def of(cls, file: BundleFile) -> PackedFile:
        """Return a planned file."""
        if isinstance(file.source, bytes):
            return cls(path=file.path, size=file.size, content=file.source)
        return cls(path=file.path, size=file.size, file=file.source)

    def bundle_file(self) -> BundleFile:
        """Return it as the archive takes it."""
        return BundleFile(path=self.path, source=self.file or self.content or b"", size=self.size, reason="")


class Packing(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle is written from.

    Attributes:
        notebook: The notebook's file; `converted` are its bytes as JSON where the file is a text notebook.
        title: Of the page. `folder`: the notebook's.
        root: Folder that nothing in the bundle lies outside of.
        entrypoint: Path in the bundle of what readers open.
        run_timeout: Seconds that running first may take, all cells together.
    """

    notebook: Path
    converted: bytes | None = None
    title: str
    folder: Path
    root: Path
    mode: Mode
    entrypoint: str
    files: tuple[PackedFile, ...]
    manifest: dict[str, Any]
    hide_input: HideInput = "none"
    run_first: bool = False
    run_timeout: float | None = None


def write_packed(
    packing: Packing,
    target: Path,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop = lambda: False,
) -> Bundle:
    """Write a bundle to ``target``, whole or not at all; arguments and errors as for `plan.write_bundle`."""
    with temporary_folder() as folder:
        files = [each.bundle_file() for each in packing.files]
        if APP_MODES[packing.mode].is_page:
            page = make_page(packing, folder, should_stop=should_stop)
            files = [_with_page(each, page) if each.path == packing.entrypoint else each for each in files]
        return write_archive(files, packing.manifest, target, progress=progress, should_stop=should_stop)


def make_page(packing: Packing, folder: Path, *, should_stop: ShouldStop = lambda: False) -> Path:
    """Return a file in `folder` with the page that a process of its own makes of the notebook."""
    notebook, page = packing.notebook.absolute(), folder.absolute() / "page.html"
    if packing.converted is not None:
        notebook = folder.absolute() / "notebook.ipynb"
        notebook.write_bytes(packing.converted)
    if packing.run_first:
        notebook = _executed(notebook, packing, folder.absolute() / "run.ipynb", should_stop)
    order = {
        "notebook": str(notebook),
        "page": str(page),
        "title": packing.title,
        "hide_input": packing.hide_input,
        "folder": str(packing.folder.absolute()),
        "root": str(packing.root.absolute()),
    }
    PAGES.make(order, should_stop=should_stop)
    return page


def _executed(notebook: Path, packing: Packing, target: Path, should_stop: ShouldStop) -> Path:
    order = {
        "notebook": str(notebook),
        "target": str(target),
        "folder": str(packing.folder.absolute()),
        "timeout": packing.run_timeout,
    }
    run_notebook(order, should_stop=should_stop)
    return target


def _with_page(file: BundleFile, page: Path) -> BundleFile:
    return replace(file, source=page.resolve(), size=page.stat().st_size)
