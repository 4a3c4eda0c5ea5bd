"""Charts that a browser draws from data: Plotly's and Vega's (Altair). Pure.

Jupyter draws them with extensions of its own and saves their data only (``application/vnd.plotly.v1+json``). Here the
data becomes HTML that the page's own copy of the library draws.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .plotly_figures import MAPS, current_figure, trace_types

PLOTLY = "application/vnd.plotly.v1+json"
VEGA = re.compile(r"application/vnd\.vega(?P<lite>lite)?\.v\d+[+.]json")
VEGA_LIBRARIES = ("vega.min.js", "vega-lite.min.js", "vega-embed.min.js")

VEGA_VERSION = re.compile(r"maybeLoadScript\(\"(?P<library>vega(?:-lite|-embed)?)\", \"(?P<version>[\w.^~-]{1,20})\"\)")
"""How Altair's HTML asks for the libraries."""


def plotly_html(figure: Any) -> str | None:
    """Return HTML that draws a figure of Plotly, whichever version made it; None when it is none."""
    if not isinstance(figure, Mapping):
        return None
    return _PLOTLY_HTML.replace("FIGURE", script_json(current_figure(figure)), 1)


def vega_html(kind: str, chart: Any, options: Any) -> str | None:
    """Return HTML that draws a chart of Vega or Vega-Lite; None when it is none.

    Args:
        kind: Its type.
        chart: Its specification.
        options: For vega-embed, as Altair saves them.
    """
    found = VEGA.fullmatch(kind)
    if not isinstance(chart, Mapping) or found is None:
        return None
    chosen = options if isinstance(options, Mapping) else {}
    options = {"mode": "vega-lite" if found["lite"] else "vega", **chosen}
    return _VEGA_HTML.replace("OPTIONS", script_json(options), 1).replace("CHART", script_json(chart), 1)


def vega_settings(texts: Iterator[str]) -> str:
    """Return the script that lets Altair's HTML find the libraries of the page instead of fetching them."""
    versions = {}
    for text in texts:
        for found in VEGA_VERSION.finditer(text):
            versions[found["library"].replace("-", "") + "_version"] = found["version"]
    return f"var VEGA_DEBUG = {script_json(versions)};"


def fetches_data(data: Mapping[str, Any]) -> bool:
    """Return True when a chart gets maps or data from other servers while it is drawn."""
    if any(VEGA.fullmatch(kind) and _names_address(chart) for kind, chart in data.items()):
        return True
    return any(each in MAPS for each in trace_types(data.get(PLOTLY)))


def script_json(value: Any) -> str:
    """Return a value as JavaScript that no HTML parser can take for the end of its script."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _names_address(chart: Any) -> bool:
    try:
        return bool(re.search(r'"url": "(https?:)?//', json.dumps(chart)))
    except RecursionError:  # nested as deeply as the parser of the notebook just allows
        return False


_PLOTLY_HTML = """<div class="page-chart"></div><script>
(({data = [], layout = {}, config = {}, frames = []}, place) => {
  Plotly.newPlot(place, data, layout, {responsive: true, ...config}).then(() => Plotly.addFrames(place, frames));
})(FIGURE, document.currentScript.previousElementSibling);
</script>"""

_VEGA_HTML = """<div class="page-chart"></div><script>
((place, options, chart) => {
  vegaEmbed(place, chart, options).catch((error) => { place.textContent = `The chart cannot be drawn: ${error}`; });
})(document.currentScript.previousElementSibling, OPTIONS, CHART);
</script>"""
