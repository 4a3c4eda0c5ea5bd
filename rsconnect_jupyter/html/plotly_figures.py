"""Figures of older versions of Plotly, as the version in the page draws them. Pure.

Version 3 of plotly.js (Plotly for Python 6) took out what had been deprecated for years: titles that are text, traces
on Mapbox's maps, ``heatmapgl`` and ``pointcloud``. Notebooks keep what was current when they were saved.
See https://plotly.com/javascript/version-3-changes/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

RENAMED = {
    "scattermapbox": "scattermap",
    "densitymapbox": "densitymap",
    "choroplethmapbox": "choroplethmap",
    "heatmapgl": "heatmap",
    "pointcloud": "scattergl",
}
MAPS = {"scattergeo", "choropleth", "scattermap", "densitymap", "choroplethmap", *list(RENAMED)[:3]}
DRAWN = {
    "bar", "barpolar", "box", "candlestick", "carpet", "choropleth", "choroplethmap", "cone", "contour",
    "contourcarpet", "densitymap", "funnel", "funnelarea", "heatmap", "histogram", "histogram2d",
    "histogram2dcontour", "icicle", "image", "indicator", "isosurface", "mesh3d", "ohlc", "parcats", "parcoords",
    "pie", "sankey", "scatter", "scatter3d", "scattercarpet", "scattergeo", "scattergl", "scattermap", "scatterpolar",
    "scatterpolargl", "scattersmith", "scatterternary", "splom", "streamtube", "sunburst", "surface", "table",
    "treemap", "violin", "volume", "waterfall", *RENAMED,
}  # fmt: skip
"""Types of traces that the page can draw."""

_FONT_ENDINGS = ("font", "side")


def current_figure(figure: Mapping[str, Any]) -> dict[str, Any]:
    """Return a figure with what was renamed under its new name."""
    changed = dict(figure)
    if isinstance(figure.get("data"), list):
        changed["data"] = [_trace(each) for each in figure["data"]]
    if isinstance(figure.get("layout"), Mapping):
        changed["layout"] = _layout(figure["layout"])
    if isinstance(figure.get("frames"), list):
        changed["frames"] = [current_figure(each) if isinstance(each, Mapping) else each for each in figure["frames"]]
    return changed


def trace_types(figure: Any) -> Iterator[str]:
    """Yield the types of a figure's traces."""
    traces = figure.get("data") if isinstance(figure, Mapping) else None
    for each in traces if isinstance(traces, list) else ():
        kind = each.get("type", "scatter") if isinstance(each, Mapping) else None
        if isinstance(kind, str):
            yield kind


def undrawn_traces(figure: Any) -> tuple[str, ...]:
    """Return the types of traces that the page cannot draw."""
    return tuple(dict.fromkeys(each for each in trace_types(figure) if each not in DRAWN))


def _trace(trace: Any) -> Any:
    if not isinstance(trace, Mapping):
        return trace
    changed = _titled(trace)
    kind = changed.get("type")
    if isinstance(kind, str) and kind in RENAMED:
        changed["type"] = RENAMED[kind]
    subplot = changed.get("subplot")
    if isinstance(subplot, str) and subplot.startswith("mapbox"):
        changed["subplot"] = subplot.replace("mapbox", "map", 1)
    if kind == "pointcloud":
        changed.setdefault("mode", "markers")
    return changed


def _layout(layout: Mapping[str, Any]) -> dict[str, Any]:
    changed = _titled(layout)
    changed.pop("mapbox", None)
    for name, value in layout.items():
        if name.startswith("mapbox"):
            changed.pop(name, None)
            changed[name.replace("mapbox", "map", 1)] = value
    if isinstance(changed.get("template"), Mapping):
        changed["template"] = _template(changed["template"])
    return changed


def _template(template: Mapping[str, Any]) -> dict[str, Any]:
    changed = dict(template)
    if isinstance(template.get("layout"), Mapping):
        changed["layout"] = _layout(template["layout"])
    data = template.get("data")
    if isinstance(data, Mapping):
        old = {RENAMED[kind]: traces for kind, traces in data.items() if kind in RENAMED}
        known = {kind: traces for kind, traces in data.items() if kind not in RENAMED}
        changed["data"] = {
            kind: [_trace(each) for each in traces] if isinstance(traces, list) else traces
            for kind, traces in {**old, **known}.items()
        }
    return changed


def _titled(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object whose titles, and those of what is in it, are objects; lists of numbers are not looked into."""
    changed = {
        name: _titled(value)
        if isinstance(value, Mapping) and name != "template"
        else [_titled(each) if isinstance(each, Mapping) else each for each in value]
        if isinstance(value, list) and value and isinstance(value[0], Mapping)
        else value
        for name, value in part.items()
    }
    if isinstance(changed.get("title"), str) and not _is_step(changed):
        changed["title"] = {"text": changed["title"]}
    for ending in _FONT_ENDINGS:
        if f"title{ending}" in changed:
            value = changed.pop(f"title{ending}")
            title = changed.get("title")
            changed["title"] = {ending: value, **(title if isinstance(title, Mapping) else {})}
    return changed


def _is_step(part: Mapping[str, Any]) -> bool:
    """Return True for an object whose title stays text."""
    return "method" in part or "args" in part
