"""What of a notebook counts as its content: no execution counts, ids, spaces at ends, or metadata that changes nothing.

Pure.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..connect.app_modes import APP_MODES
from ..models import BundleOptions, Mode, Part
from ..notebook.reading import Cell, Notebook, has_collapsed_heading, joined

_TAGS = frozenset({"parameters", "remove_cell", "remove_output"})
_HIDE_TAG = "hide_input"
_HIDDEN = ("source_hidden", "outputs_hidden")
_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_ACCIDENTAL = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # ids of figures and widgets
    r"|\bT_[0-9a-f]{5}(?=[_\" ])"  # of tables that pandas styles
    r"|\bat 0x[0-9a-fA-F]{4,16}"  # places in memory
    r"|(?:\b|\x1b\[[0-9;]{0,9}m)(?:In|input) ?(?:\x1b\[[0-9;]{0,9}m)?\[\d{1,9}\]"  # numbers of cells in tracebacks
    r"|<ipython-input-\d{1,9}-[0-9a-f]{4,40}>"
)
"""What differs from run to run though nothing was changed."""


def outputs_count(mode: Mode, options: BundleOptions) -> bool:
    """Return True when readers get the outputs that are saved in the notebook."""
    return APP_MODES[mode].keeps_outputs and not options.run_first


def digests(
    notebook: Notebook,
    *,
    mode: Mode,
    options: BundleOptions,
    files: Mapping[str, str],
    requirements: Iterable[str],
) -> dict[Part, str]:
    """Return a digest of each part of what would be published.

    Args:
        notebook: As it was read.
        mode: What it is published as.
        options: Those of the bundle.
        files: Path in the bundle -> digest of the bytes; without the notebook, its page and the list of packages.
        requirements: Lines of that list.
    """
    cells = [each for each in notebook.cells if counts(each)]
    outputs = [meaning_of_outputs(each) for each in cells] if outputs_count(mode, options) else []
    hide = options.hide_input == "tagged"
    return {
        "code": _digest([(number, _meaning(each, hide)) for number, each in enumerate(cells) if each.type == "code"]),
        "text": _digest([(number, _meaning(each, hide)) for number, each in enumerate(cells) if each.type != "code"]),
        "outputs": _digest(outputs),
        "files": _digest(sorted(files.items())),
        "requirements": _digest(sorted(requirement_lines(requirements))),
    }


def one_digest(parts: Mapping[Part, str]) -> str:
    """Return one digest of all parts: what a version on the server is known by."""
    return _digest(sorted(parts.items()))


def counts(cell: Cell) -> bool:
    """Return False for an empty cell, as Jupyter adds one after the last that was run."""
    return bool(cell.source.strip() or cell.outputs)


def plain_source(text: str) -> str:
    """Return a source without the spaces that end its lines, and without the empty lines that end it."""
    return "\n".join(each.rstrip() for each in text.splitlines()).rstrip("\n")


def requirement_lines(lines: Iterable[str]) -> list[str]:
    """Return lines of a requirements file without comments, blank lines and spaces at the ends."""
    plain = (re.split(r"(?:^|\s)#", each, maxsplit=1)[0].strip() for each in lines)
    return [each for each in plain if each]


def meaning_of_outputs(cell: Cell) -> list[Any]:
    """Return what a cell's outputs show, the same for two runs that show the same."""
    shown: list[Any] = []
    for each in cell.outputs:
        kind = each.get("output_type")
        if kind == "stream":
            name, text = str(each.get("name")), joined(each.get("text"))
            if shown and shown[-1][0] == name:
                shown[-1][1] += text
            else:
                shown.append([name, text])
        elif kind == "error":
            shown.append(["error", joined(each.get("traceback")) or f"{each.get('ename')}: {each.get('evalue')}"])
        else:
            shown.append(["data", _shown_data(each)])
    return [[name, _steady(value)] for name, value in shown]


def _meaning(cell: Cell, hide: bool) -> list[Any]:  # noqa: FBT001 - one flag, in one place
    tags = sorted((_TAGS | ({_HIDE_TAG} if hide else set())) & set(cell.tags))
    collapsed = cell.metadata.get("jupyter")
    hidden = [each for each in _HIDDEN if isinstance(collapsed, Mapping) and collapsed.get(each)]
    hidden += ["below"] if cell.type == "markdown" and has_collapsed_heading(cell.metadata) else []
    return [cell.type, plain_source(cell.source), tags, hidden, _plain(cell.attachments)]


def _shown_data(output: Mapping[str, Any]) -> Any:
    data, about = output.get("data"), output.get("metadata")
    if not isinstance(data, Mapping):
        return ""
    about = about if isinstance(about, Mapping) else {}
    kept = {name: value for name, value in data.items() if name != _WIDGET_VIEW}
    return [[name, _joined(value), _plain(about.get(name))] for name, value in sorted(kept.items())]


def _joined(value: Any) -> Any:
    is_text = isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))
    return joined(value) if is_text else _plain(value)


def _steady(value: Any) -> Any:
    if isinstance(value, str):
        return _ACCIDENTAL.sub("", plain_source(value)) if len(value) < 1_000_000 else value
    return [_steady(each) for each in value] if isinstance(value, list) else value


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _digest(value: Sequence[Any]) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]
