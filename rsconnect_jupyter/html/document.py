"""A notebook as nbconvert and nbclient want it: nbformat's nodes, with what sloppy writers left out put in.

nbconvert trusts the format to the letter and fails on what Jupyter opens without a word: a cell without metadata, an
output without data, a kernelspec without a display name. Nothing is made up here that a reader would see.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import NotebookError
from ..models import Where

FIRST_WITH_IDS = 5
"""Minor version of format 4 whose cells have ids; nbconvert takes them for anchors."""

_OUTPUT_PARTS: dict[str, dict[str, Any]] = {
    "stream": {"name": "stdout", "text": ""},
    "display_data": {"data": {}, "metadata": {}},
    "execute_result": {"data": {}, "metadata": {}, "execution_count": None},
    "error": {"ename": "", "evalue": "", "traceback": []},
}


def read_document(path: Path) -> Any:
    """Return a notebook as nbformat's node, in format 4, repaired.

    Raises:
        NotebookError: The file is missing, or not a notebook.
    """
    import nbformat  # noqa: PLC0415 - takes seconds beside a Jupyter server's libraries

    library: Any = nbformat
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text)
        if data["nbformat"] != library.v4.nbformat:
            data = library.convert(library.reads(text, as_version=library.NO_CONVERT), library.v4.nbformat)
            for index, cell in enumerate(data["cells"]):
                cell["id"] = f"cell-{index}"  # nbformat's are random
        return library.v4.to_notebook(repair(data))
    except OSError as exc:
        raise _unreadable(path, exc.strerror or str(exc)) from exc
    except ValueError as exc:
        raise _unreadable(path, str(exc)) from exc
    except (AttributeError, KeyError, TypeError, RecursionError, nbformat.ValidationError) as exc:
        raise _unreadable(path, "its structure is not valid") from exc


def repair(document: Any) -> Any:
    """Put in what format 4 promises, in place; return the document.

    Args:
        document: A node or a plain mapping with a list of ``cells``.
    """
    kind = type(document)
    document["metadata"] = kind(_mapping(document.get("metadata")))
    for name, shape in (("language_info", Mapping), ("kernelspec", Mapping), ("language", str), ("title", str)):
        if not isinstance(document["metadata"].get(name), shape):
            document["metadata"].pop(name, None)
    minor = document.get("nbformat_minor")
    has_ids = isinstance(minor, int) and minor >= FIRST_WITH_IDS
    document["cells"] = [each for each in document["cells"] if isinstance(each, Mapping)]
    known: set[str] = set()
    for index, cell in enumerate(document["cells"]):
        _mend_cell(cell, kind)
        name = cell.pop("id", "")
        if has_ids:  # where one is missing nbformat would draw lots, and no two pages would be the same
            cell["id"] = name if isinstance(name, str) and name and name not in known else f"cell-{index}"
            known.add(cell["id"])
    return document


def _mend_cell(cell: Any, kind: Any) -> None:
    cell["metadata"] = kind(_mapping(cell.get("metadata")))
    tags = cell["metadata"].get("tags")
    cell["metadata"]["tags"] = [each for each in tags if isinstance(each, str)] if isinstance(tags, list) else []
    cell["source"] = _text(cell.get("source"))
    cell.setdefault("cell_type", "raw")
    if cell["cell_type"] == "code":
        cell.setdefault("execution_count", None)
        outputs = cell.get("outputs")
        known = [each for each in outputs if _is_output(each)] if isinstance(outputs, list) else []
        cell["outputs"] = [_mend_output(each, kind) for each in known]
    else:
        cell.pop("outputs", None)


def _is_output(value: Any) -> bool:
    kind = value.get("output_type") if isinstance(value, Mapping) else None
    return isinstance(kind, str) and kind in _OUTPUT_PARTS


def _mend_output(output: Any, kind: Any) -> Any:
    for name, part in _OUTPUT_PARTS[output["output_type"]].items():
        value = output.get(name)
        if isinstance(part, dict):
            output[name] = kind(_mapping(value))
        elif isinstance(part, list):
            output[name] = [str(each) for each in value] if isinstance(value, list) else []
        elif isinstance(part, str):
            output[name] = _text(value) or part
        else:
            output.setdefault(name, part)
    if "data" in output:
        output["data"] = kind({mime: _content(mime, value) for mime, value in output["data"].items()})
    return output


def _content(mime: str, value: Any) -> Any:
    return value if mime.endswith("json") else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(each for each in value if isinstance(each, str))
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _unreadable(path: Path, reason: str) -> NotebookError:
    return NotebookError.of("notebook-unreadable/document", where=Where(file=path.name), name=path.name, reason=reason)
