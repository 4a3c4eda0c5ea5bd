"""Text files that Jupytext opens as notebooks (Markdown, scripts): the notebook that they stand for.

Format: https://jupytext.readthedocs.io/en/latest/formats-markdown.html and formats-scripts.html. Jupytext itself reads
them where it is installed, as it is in a Jupyter that opens them; without it they cannot be published.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import NotebookError
from ..models import TEXT_NOTEBOOKS, Where
from ..translation import _


def is_text_notebook(path: Path) -> bool:
    """Return True for a file that Jupytext may open, by its suffix."""
    return path.suffix.lower() in TEXT_NOTEBOOKS


def has_jupytext() -> bool:
    """Return True when text files can be read as notebooks here."""
    return importlib.util.find_spec("jupytext") is not None


def paired_notebook(path: Path) -> Path:
    """Return where Jupytext keeps the outputs of a text file that is paired with a notebook."""
    return path.with_suffix(".ipynb")


def paired_texts(path: Path, metadata: Mapping[str, Any]) -> tuple[Path, ...]:
    """Return the text files beside a notebook that its metadata pairs it with."""
    settings = metadata.get("jupytext")
    formats = str(settings.get("formats", "")) if isinstance(settings, Mapping) else ""
    suffixes = {f".{each.partition(':')[0].strip().lower()}" for each in formats.split(",")}
    return tuple(path.with_suffix(each) for each in TEXT_NOTEBOOKS if each in suffixes and path.suffix == ".ipynb")


def notebook_from_text(path: Path, content: bytes) -> bytes:
    """Return the ``.ipynb`` file that a text file stands for, with the outputs of the notebook that it is paired with.

    Raises:
        NotebookError: code ``not-a-notebook``: Jupytext is not installed, or cannot read the file.
    """
    if not has_jupytext():
        raise NotebookError.of("not-a-notebook/text", where=Where(file=path.name), name=path.name)
    try:
        jupytext: Any = importlib.import_module("jupytext")  # takes a second, for few notebooks
        notebook = jupytext.reads(content.decode("utf-8-sig"), fmt={"extension": path.suffix})
        notebook = _with_outputs(notebook, path)
    except Exception as exc:  # whatever a reader of a dozen formats raises
        reason = _("Jupytext cannot read it ({exc})").format(exc=exc)
        raise NotebookError.of("not-a-notebook", where=Where(file=path.name), name=path.name, reason=reason) from exc
    notebook.metadata.pop("jupytext", None)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{index}"  # Jupytext's are random
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8")


def _with_outputs(notebook: Any, path: Path) -> Any:
    formats = str(notebook.metadata.get("jupytext", {}).get("formats", ""))
    paired = paired_notebook(path)
    if "ipynb" not in formats or not paired.is_file():
        return notebook

    combine: Any = importlib.import_module("jupytext.combine")
    nbformat: Any = importlib.import_module("nbformat")
    outputs = nbformat.read(paired, as_version=4)
    return combine.combine_inputs_with_outputs(notebook, outputs, fmt={"extension": path.suffix})
