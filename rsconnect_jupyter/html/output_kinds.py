"""The types of outputs: which of an output's types is drawn, and which the page cannot draw. Pure.

JupyterLab asks its renderers in the order of `ORDER`; the first that knows one of the types draws it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .charts import PLOTLY, VEGA
from .plotly_figures import undrawn_traces

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
JAVASCRIPT = ("application/javascript", "text/javascript")
JSON = ("application/json", "text/json")
MERMAID = "text/vnd.mermaid"
SVG = "image/svg+xml"
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")
PDF = "application/pdf"
GEOJSON = "application/geo+json"
TEXT = "text/plain"
ORDER = (
    WIDGET_VIEW, PLOTLY, *JAVASCRIPT, *JSON, MERMAID, "text/html", "text/markdown", "text/latex", SVG,
    *PICTURES, PDF, GEOJSON, TEXT,
)  # fmt: skip

_FOR_PROGRAMS = (
    "application/vnd.google.colaboratory.", "application/papermill.", "application/scrapbook.",
    "application/vnd.bokehjs_", "application/vnd.holoviews_", "application/vnd.code.", "application/vnd.vscode.",
)  # fmt: skip
"""Beginnings of types that no reader is meant to see."""


def preferred_kind(data: Mapping[str, Any], *, has_widgets: bool = True) -> str | None:
    """Return which of an output's types is drawn; None when none can be."""
    if MERMAID in data and SVG in data:
        return SVG  # the diagram as JupyterLab drew it
    charts = [each for each in data if isinstance(each, str) and VEGA.fullmatch(each)]
    known = [each for each in ORDER if each in data and (has_widgets or each != WIDGET_VIEW)]
    return next(iter([*known[:1], *charts] if known[:1] == [WIDGET_VIEW] else [*charts, *known]), None)


def unshown_types(output: Mapping[str, Any]) -> tuple[str, ...]:
    """Return an output's types that Jupyter draws and a page cannot, when the page shows nothing else but text.

    The map of GeoJSON is one: the page shows its data. A PDF is one where a browser cannot show it.
    """
    data = output.get("data")
    if not isinstance(data, Mapping):
        return ()
    kind = preferred_kind(data)
    if kind == PLOTLY:
        return tuple(f"Plotly trace '{each}'" for each in undrawn_traces(data[PLOTLY]))
    if kind in (PDF, GEOJSON):
        return (kind,)
    if kind not in (None, TEXT):
        return ()
    types = [each for each in data if isinstance(each, str) and each != TEXT]
    return tuple(each for each in types if not each.startswith(_FOR_PROGRAMS))
