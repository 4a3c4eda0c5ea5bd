"""How a notebook was last run, read from its execution counts and outputs. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from .reading import Cell, Notebook, joined, once_per_notebook

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
TEXT_TYPES = ("text/plain", "text/html", "text/markdown", "application/json")
MOST_OUTPUT_TEXT = 2_000_000


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """How a notebook was last run.

    Attributes:
        code: Code cells with something in them.
        not_run: Those that were never run.
        out_of_order: Cells that ran before one that stands above them.
        stale: Cells whose outputs are of another run than their number says.
        failed: Cells whose output is an error that no tag expects, with the error's name.
        widgets: Cells that show a widget to be used; what only shows something (a progress bar) does not count.
            `lost_widgets`: those whose widget's state was not saved.
    """

    code: tuple[Cell, ...]
    not_run: tuple[Cell, ...]
    out_of_order: tuple[Cell, ...]
    stale: tuple[Cell, ...]
    failed: tuple[tuple[Cell, str], ...]
    widgets: tuple[Cell, ...]
    lost_widgets: tuple[Cell, ...]

    @property
    def never_run(self) -> bool:
        """True when there is code and none of it has been run."""
        return bool(self.code) and len(self.not_run) == len(self.code) and not any(each.outputs for each in self.code)


@once_per_notebook
def run_state(notebook: Notebook) -> RunState:
    """Return how a notebook was last run."""
    code = tuple(each for each in notebook.code if each.source.strip())
    states = _saved_widgets(notebook)
    shown = [(cell, _usable_widgets(cell, states)) for cell in notebook.code]
    return RunState(
        code=code,
        not_run=tuple(each for each in code if each.execution_count is None and not _is_comment(each)),
        out_of_order=tuple(_out_of_order(code)),
        stale=tuple(each for each in code if _is_stale(each)),
        failed=tuple(_failed(code)),
        widgets=tuple(cell for cell, models in shown if models),
        lost_widgets=tuple(cell for cell, models in shown if models - states.keys()),
    )


def output_text(cell: Cell) -> str:
    """Return what a cell's outputs say in words; images and other data left out, very long ones cut."""
    parts: list[str] = []
    size = 0
    for output in cell.outputs:
        for text in _texts(output):
            parts.append(text)
            size += len(text)
            if size > MOST_OUTPUT_TEXT:
                return "\n".join(parts)
    return "\n".join(parts)


def asks_for_input(notebook: Notebook) -> tuple[Cell, ...]:
    """Return the cells that wait for keyboard input, which a server does not have."""
    return tuple(each for each in notebook.code if _calls(each, {"input", "raw_input", "getpass"}))


def _is_comment(cell: Cell) -> bool:
    tree = cell.plain.tree
    return tree is not None and not tree.body and not cell.source.lstrip().startswith("%%")


def _out_of_order(code: tuple[Cell, ...]) -> Iterator[Cell]:
    highest = 0
    for cell in code:
        if cell.execution_count is None:
            continue
        if cell.execution_count < highest:
            yield cell
        highest = max(highest, cell.execution_count)


def _is_stale(cell: Cell) -> bool:
    """Outputs without a number were made by a run the notebook no longer remembers."""
    counts = [each.get("execution_count") for each in cell.outputs if each.get("output_type") == "execute_result"]
    numbers = {each for each in counts if isinstance(each, int)}
    if cell.execution_count is None:
        return bool(cell.outputs) and bool(numbers)
    return bool(numbers) and numbers != {cell.execution_count}


def _failed(code: tuple[Cell, ...]) -> Iterator[tuple[Cell, str]]:
    for cell in code:
        errors = [each for each in cell.outputs if each.get("output_type") == "error"]
        if errors and "raises-exception" not in cell.tags:
            name = errors[0].get("ename")
            yield cell, name if isinstance(name, str) and name else ""


SHOWING_MODELS = {
    "HBoxModel", "VBoxModel", "BoxModel", "GridBoxModel", "HTMLModel", "HTMLMathModel", "LabelModel", "ImageModel",
    "FloatProgressModel", "IntProgressModel", "OutputModel",
}  # fmt: skip
_PROGRESS = re.compile(r"[^\n]{0,200}\d{1,3}%\|")
"""tqdm's bars say so in their text."""


def _usable_widgets(cell: Cell, states: Mapping[str, Any]) -> set[str]:
    """Return the models of the widgets that a cell shows to be used."""
    models: set[str] = set()
    for output in cell.outputs:
        data = output.get("data")
        view = data.get(WIDGET_VIEW) if isinstance(data, Mapping) else None
        if view is None or not isinstance(data, Mapping):
            continue
        model = view.get("model_id") if isinstance(view, Mapping) else None
        model = model if isinstance(model, str) else ""
        if not _PROGRESS.match(joined(data.get("text/plain"))) and not _only_shows(model, states):
            models.add(model)
    return models


def _only_shows(model: str, states: Mapping[str, Any]) -> bool:
    """Return True for a widget that cannot be used, nor any inside it."""
    waiting, seen = [model], set()
    while waiting:
        name = waiting.pop()
        record = states.get(name)
        if not isinstance(record, Mapping) or record.get("model_name") not in SHOWING_MODELS:
            return False
        seen.add(name)
        state = record.get("state")
        children = state.get("children") if isinstance(state, Mapping) else None
        inside = [each for each in children if isinstance(each, str)] if isinstance(children, list) else []
        waiting += [each for text in inside if (each := text.removeprefix("IPY_MODEL_")) not in seen]
    return True


def _saved_widgets(notebook: Notebook) -> Mapping[str, Any]:
    widgets = notebook.metadata.get("widgets")
    saved = widgets.get(WIDGET_STATE) if isinstance(widgets, Mapping) else None
    state = saved.get("state") if isinstance(saved, Mapping) else None
    return {each: model for each, model in state.items() if isinstance(each, str)} if isinstance(state, Mapping) else {}


def _texts(output: Mapping[str, Any]) -> Iterator[str]:
    yield joined(output.get("text"))
    yield joined(output.get("evalue"))
    yield joined(output.get("traceback"))
    data = output.get("data")
    if isinstance(data, Mapping):
        for each in TEXT_TYPES:
            yield joined(data.get(each))


def _calls(cell: Cell, names: set[str]) -> bool:
    if not any(each in cell.source for each in names):
        return False
    tree = cell.plain.tree
    calls = (each.func for each in ast.walk(tree) if isinstance(each, ast.Call)) if tree else ()
    return any((each.id if isinstance(each, ast.Name) else getattr(each, "attr", "")) in names for each in calls)
