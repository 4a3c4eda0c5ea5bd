"""What lies in a bundle, by mode: the notebook or its page, the files beside it, the packages to install."""

from __future__ import annotations

from ..connect.app_modes import APP_MODES
from ..models import BundleFile, BundleOptions, Mode, Requirements
from ..notebook.reading import Notebook
from ..translation import N_, _
from .files import NOTEBOOK, Candidate, FileChoice

PAGE = N_("the finished document")


def bundle_files(
    notebook: Notebook,
    chosen: FileChoice,
    requirements: Requirements,
    *,
    mode: Mode,
    entrypoint: str,
    options: BundleOptions,
) -> tuple[BundleFile, ...]:
    """Return what goes in, sorted by path; the page of a finished document stands in with no bytes yet.

    Args:
        notebook: What is published.
        chosen: The files that were chosen beside it.
        requirements: Their text becomes a file, unless there are none.
        mode: A finished document has the page in the notebook's place, unless the notebook was picked as well.
        entrypoint: Path of the page or notebook.
        options: The author's picks.
    """
    files = {each.path: _bundle_file(each) for each in chosen.included}
    if notebook.converted is not None and notebook.path.name not in options.files:
        files.pop(notebook.path.name, None)
    if notebook.converted is not None and not APP_MODES[mode].is_page:
        size = len(notebook.converted)
        files[entrypoint] = BundleFile(path=entrypoint, source=notebook.converted, size=size, reason=_(NOTEBOOK))
    if APP_MODES[mode].is_page:
        if notebook.path.name not in options.files:
            files.pop(notebook.path.name, None)
        files[entrypoint] = BundleFile(path=entrypoint, source=b"", size=0, reason=_(PAGE))
    if requirements.source != "none":
        text = requirements.text.encode("utf-8")
        files[requirements.package_file] = BundleFile(
            path=requirements.package_file, source=text, size=len(text), reason=_package_reason(requirements)
        )
    return tuple(files[path] for path in sorted(files))


def page_name(notebook: Notebook, chosen: FileChoice) -> str:
    """Return a name for the page that no chosen file has."""
    taken = {each.path for each in chosen.included}
    stem = notebook.path.stem
    return next(name for name in (f"{stem}.html", f"{stem}.notebook.html", "index.html") if name not in taken)


def _bundle_file(candidate: Candidate) -> BundleFile:
    return BundleFile(
        path=candidate.path,
        source=candidate.source,
        size=candidate.size,
        reason=candidate.reason,
        where=candidate.where,
    )


def _package_reason(requirements: Requirements) -> str:
    origins = {
        "file": _("packages to install, from {origin}").format(origin=requirements.origin),
        "imports": _("packages to install, from the imports"),
        "freeze": _("packages to install, all that the kernel has"),
    }
    return origins[requirements.source]
