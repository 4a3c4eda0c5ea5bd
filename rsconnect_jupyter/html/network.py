"""What a page fetches from other servers when it is read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..notebook.reading import joined
from ..translation import N_
from .charts import fetches_data
from .output_kinds import JAVASCRIPT

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"

_FETCHES = re.compile(
    r"""(?:<|&lt;)(?:script|img|iframe|link)\b(?:(?!&lt;)[^<>]){0,500}?(?:src|href)\s*=\s*(?:["']|&quot;|&\#x?\d\d;)?(?:https?:)?//"""
    r"""|\bfrom\s*["']https?://|["']https://cdn\.(?:bokeh|holoviz|pydata)\.org/""",
    re.IGNORECASE,
)


def network_needs(notebook: Any) -> tuple[tuple[str, str], ...]:
    """Return what a page of this notebook will fetch from other servers when it is read.

    Each is a phrase, not yet translated, and the names that go into it.

    Args:
        notebook: As nbformat gives it, or a mapping of that shape.
    """
    needs: list[tuple[str, str]] = []
    widgets = _foreign_widgets(notebook)
    if widgets:
        needs.append((N_("the code of its widgets: {names}"), ", ".join(widgets)))
    bundles = list(_bundles(notebook))
    if any(fetches_data(each) for each in bundles):
        needs.append((N_("maps or data for its charts"), ""))
    written = ("text/html", "text/markdown", *JAVASCRIPT)
    if any(_FETCHES.search(joined(data[each])) for data in bundles for each in written if each in data):
        needs.append((N_("scripts, styles or images of its outputs"), ""))
    return tuple(needs)


def _foreign_widgets(document: Any) -> list[str]:
    """Return the widget libraries, besides ipywidgets' own, whose state is saved in the notebook."""
    widgets = document["metadata"].get("widgets")
    state = widgets.get(WIDGET_STATE) if isinstance(widgets, Mapping) else None
    models = state.get("state") if isinstance(state, Mapping) else None
    found = list(models.values()) if isinstance(models, Mapping) else []
    modules = [each.get("model_module") for each in found if isinstance(each, Mapping)]
    return sorted({each for each in modules if isinstance(each, str) and not each.startswith("@jupyter-widgets/")})


def _bundles(document: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the data of the outputs that have any."""
    for cell in document["cells"]:
        for output in cell.get("outputs") or ():
            if isinstance(output.get("data"), Mapping):
                yield output["data"]
