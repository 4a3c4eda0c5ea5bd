"""Figures of older versions of Plotly get the names that today's plotly.js knows."""

from __future__ import annotations

from typing import Any

import pytest

from rsconnect_jupyter.html.plotly_figures import current_figure, trace_types, undrawn_traces


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {}),
        (
            {"data": [{"type": "scattermapbox", "subplot": "mapbox2"}]},
            {"data": [{"type": "scattermap", "subplot": "map2"}]},
        ),
        (
            {"data": [{"type": "pointcloud"}, {"type": "pointcloud", "mode": "lines"}]},
            {"data": [{"type": "scattergl", "mode": "markers"}, {"type": "scattergl", "mode": "lines"}]},
        ),
        ({"data": ["odd", {"type": 5}]}, {"data": ["odd", {"type": 5}]}),
        (
            {"layout": {"title": "T", "titlefont": {"size": 3}, "mapbox": {"zoom": 1}, "mapbox2": {}}},
            {"layout": {"title": {"text": "T", "font": {"size": 3}}, "map": {"zoom": 1}, "map2": {}}},
        ),
        ({"layout": {"xaxis": {"titleside": "top"}}}, {"layout": {"xaxis": {"title": {"side": "top"}}}}),
        (
            {"layout": {"buttons": [{"method": "update", "args": [{"title": "stays"}], "title": "stays"}]}},
            {"layout": {"buttons": [{"method": "update", "args": [{"title": {"text": "stays"}}], "title": "stays"}]}},
        ),
        (
            {
                "layout": {
                    "template": {"layout": {"title": "T"}, "data": {"heatmapgl": [{"type": "heatmapgl"}], "x": 1}}
                }
            },
            {
                "layout": {
                    "template": {"layout": {"title": {"text": "T"}}, "data": {"heatmap": [{"type": "heatmap"}], "x": 1}}
                }
            },
        ),
        ({"layout": {"template": {"data": 5}}}, {"layout": {"template": {"data": 5}}}),
        (
            {"frames": ["odd", {"data": [{"type": "heatmapgl"}]}]},
            {"frames": ["odd", {"data": [{"type": "heatmap"}]}]},
        ),
    ],
    ids=["nothing", "maps", "points", "odd", "layout", "axis", "buttons", "template", "odd template", "frames"],
)
def test_what_was_renamed(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert current_figure(old) == new


@pytest.mark.parametrize(
    ("figure", "types", "undrawn"),
    [
        (
            {"data": [{}, {"type": "bar"}, {"type": "hologram"}, {"type": 5}, 7]},
            ["scatter", "bar", "hologram"],
            ("hologram",),
        ),
        ({"data": {}}, [], ()),
        ("odd", [], ()),
    ],
    ids=["traces", "no list", "no figure"],
)
def test_types_of_traces(figure: Any, types: list[str], undrawn: tuple[str, ...]) -> None:
    assert list(trace_types(figure)) == types
    assert undrawn_traces(figure) == undrawn
