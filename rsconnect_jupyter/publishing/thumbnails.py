"""The picture of a content, as an option names it: the notebook's first figure, or an image file of the project."""

from __future__ import annotations

from pathlib import Path

from ..connect.reader_calls import THUMBNAIL_LIMIT
from ..errors import OptionError
from ..html.figures import first_figure
from ..models import Where
from ..project_files import destination, read_regular

FIRST_FIGURE = "first-figure"
NO_THUMBNAIL = ("", "none")
"""What takes the picture away."""

_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
_WHERE = Where(field="thumbnail")


def read_thumbnail(choice: str, *, notebook: Path, root: Path) -> bytes:
    """Return the bytes of the chosen picture.

    Args:
        choice: ``first-figure``, or a path relative to the notebook's folder.
        notebook: Absolute path.
        root: The project, which nothing is read from outside of.

    Raises:
        OptionError: code ``bad-thumbnail``: there is none, or Connect does not take it.
        NotebookError: the notebook cannot be read.
    """
    if choice == FIRST_FIGURE:
        found = first_figure(notebook)
        if found is None:
            raise OptionError.of("bad-thumbnail/no-figure", where=_WHERE)
        return found.content
    place = destination(choice, folder=notebook.parent, root=root)
    if place.verdict == "private":
        raise OptionError.of("bad-thumbnail/private", where=_WHERE, path=choice)
    if place.verdict == "outside" or place.real is None or not place.real.is_file():
        raise OptionError.of("bad-thumbnail/missing", where=_WHERE, path=choice)
    return _checked(choice, place.real)


def _checked(choice: str, path: Path) -> bytes:
    if path.stat().st_size > THUMBNAIL_LIMIT:
        raise OptionError.of("bad-thumbnail/size", where=_WHERE, path=choice, megabytes=THUMBNAIL_LIMIT // 1_000_000)
    content = read_regular(path, most=THUMBNAIL_LIMIT)
    if not content.startswith(_BEGINNINGS) and b"<svg" not in content[:1024]:
        raise OptionError.of("bad-thumbnail/kind", where=_WHERE, path=choice)
    return content
