"""The picture of a content, as an option names it: a figure of the notebook, or an image file of the project."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

from ..connect.reader_calls import THUMBNAIL_LIMIT
from ..errors import OptionError
from ..models import Where
from ..project_files import destination, read_regular

FIRST_FIGURE = "first-figure"
NO_THUMBNAIL = ("", "none")
"""What takes the picture away."""

MOST_FIGURES = 24
MOST_BYTES = 8_000_000
"""How many figures, and bytes of them together, are offered to choose from."""

_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
_WHERE = Where(field="thumbnail")


def read_thumbnail(choice: str, *, notebook: Path, root: Path) -> bytes:
    """Return the bytes of the chosen picture.

    Args:
        choice: ``first-figure``, ``figure-2`` …, or a path relative to the notebook's folder.
        notebook: Absolute path.
        root: The project, which nothing is read from outside of.

    Raises:
        OptionError: code ``bad-thumbnail``: there is none, or Connect does not take it.
        NotebookError: the notebook cannot be read.
    """
    number = figure_number(choice)
    if number is not None:
        return _figure(notebook, number)
    place = destination(choice, folder=notebook.parent, root=root)
    if place.verdict == "private":
        raise OptionError.of("bad-thumbnail/private", where=_WHERE, path=choice)
    if place.verdict == "outside" or place.real is None or not place.real.is_file():
        raise OptionError.of("bad-thumbnail/missing", where=_WHERE, path=choice)
    return _checked(choice, place.real)


def figure_number(choice: str) -> int | None:
    """Return which of the notebook's figures a choice names, from 1; None when it names none. Pure."""
    found = re.fullmatch(r"figure-([1-9]\d{0,5})", choice)
    return 1 if choice == FIRST_FIGURE else int(found[1]) if found else None


def offered_figures(notebook: Path) -> list[dict[str, Any]]:
    """Return the figures of a saved notebook that can be its thumbnail, as ``Figure`` objects; not all of very many.

    Raises:
        NotebookError: the notebook cannot be read.
    """
    from ..html.figures import numbered_figures  # noqa: PLC0415 - most publishes do without

    offered: list[dict[str, Any]] = []
    size = 0
    for number, picture in numbered_figures(notebook):
        size += len(picture.content) if picture else 0
        if len(offered) == MOST_FIGURES or size > MOST_BYTES:
            break
        if picture is not None:
            data = base64.b64encode(picture.content).decode("ascii")
            offered.append({"number": number, "media_type": picture.media_type, "data": data})
    return offered


def _figure(notebook: Path, number: int) -> bytes:
    from ..html.figures import numbered_figures  # noqa: PLC0415 - most publishes do without

    found = next((picture for each, picture in numbered_figures(notebook) if each == number), None)
    if found is not None:
        return found.content
    if number == 1:
        raise OptionError.of("bad-thumbnail/no-figure", where=_WHERE)
    raise OptionError.of("bad-thumbnail/no-such-figure", where=_WHERE, number=number)


def _checked(choice: str, path: Path) -> bytes:
    if path.stat().st_size > THUMBNAIL_LIMIT:
        raise OptionError.of("bad-thumbnail/size", where=_WHERE, path=choice, megabytes=THUMBNAIL_LIMIT // 1_000_000)
    content = read_regular(path, most=THUMBNAIL_LIMIT)
    if not content.startswith(_BEGINNINGS) and b"<svg" not in content[:1024]:
        raise OptionError.of("bad-thumbnail/kind", where=_WHERE, path=choice)
    return content
