"""What readers get of a notebook, and nothing else."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ..models import HideInput
from .document import repair
from .network import WIDGET_STATE

HIDE_TAG = "hide_input"
REMOVE_CELL_TAG = "remove_cell"
REMOVE_OUTPUT_TAG = "remove_output"


def readers_document(notebook: Any, *, hide_input: HideInput) -> Any:
    """Return a copy that holds what readers get and nothing else."""
    document = repair(copy.deepcopy(notebook))
    document["cells"] = [cell for cell in document["cells"] if REMOVE_CELL_TAG not in cell["metadata"]["tags"]]
    for cell in document["cells"]:
        tags = cell["metadata"]["tags"]
        collapsed = cell["metadata"].get("jupyter")
        collapsed = collapsed if isinstance(collapsed, Mapping) else {}
        source_hidden, outputs_hidden = (collapsed.get(each) for each in ("source_hidden", "outputs_hidden"))
        if source_hidden or (hide_input == "tagged" and HIDE_TAG in tags):
            cell["metadata"]["transient"] = {"remove_source": True}
        else:
            cell["metadata"].pop("transient", None)
        outputs_hidden = outputs_hidden or cell["metadata"].get("collapsed") is True
        if cell["cell_type"] == "code" and (outputs_hidden or REMOVE_OUTPUT_TAG in tags):
            cell["outputs"] = []
    _repair_widgets(document)
    return document


def _repair_widgets(document: Any) -> None:
    """Bring saved widget state into the form that the widget manager expects, or leave it out.

    Colab and old front ends save the models without the ``state`` object around them.
    """
    widgets = document["metadata"].pop("widgets", None)
    state = widgets.get(WIDGET_STATE) if isinstance(widgets, Mapping) else None
    if not isinstance(state, Mapping) or not state:
        return
    if not isinstance(state.get("state"), Mapping):
        state = {"version_major": 2, "version_minor": 0, "state": state}
    document["metadata"]["widgets"] = {WIDGET_STATE: state}
