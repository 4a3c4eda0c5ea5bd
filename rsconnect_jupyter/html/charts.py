"""Outputs that a browser draws from data: Plotly's and Vega's charts (Altair), and JSON. Pure.

Jupyter draws them with extensions of its own and saves their data only (``application/vnd.plotly.v1+json``), for which
nbconvert leaves an empty place. Here the data becomes HTML that the page's own copy of the library draws.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

PLOTLY = "application/vnd.plotly.v1+json"
VEGA = re.compile(r"application/vnd\.vega(?P<lite>lite)?\.v\d+[+.]json")
JSON = "application/json"

SHOWN = {
    "application/vnd.jupyter.widget-view+json", "application/javascript", "text/html", "text/markdown",
    "image/svg+xml", "text/vnd.mermaid", "text/latex", "image/png", "image/jpeg", "text/plain", PLOTLY, JSON,
}  # fmt: skip
"""What a page can show: nbconvert's types and ours."""

_VEGA_VERSION = re.compile(
    r"maybeLoadScript\(\"(?P<library>vega(?:-lite|-embed)?)\", \"(?P<version>[\w.^~-]{1,20})\"\)"
)
_MAPS = {
    "scattergeo", "choropleth", "scattermap", "densitymap", "choroplethmap", "scattermapbox", "densitymapbox",
    "choroplethmapbox",
}  # fmt: skip


def draw_charts(document: Any) -> None:
    """Give each output that is a chart's data, or JSON alone, the HTML that draws it; in place."""
    for data, metadata in _outputs(document):
        for mime in list(data):
            drawn = _drawn(mime, data[mime], metadata.get(mime))
            if drawn and (mime != JSON or "text/html" not in data):
                data["text/html"] = drawn


def chart_libraries(document: Any) -> tuple[str, ...]:
    """Return the names of the libraries that the drawn charts of a document need, in the order to load them."""
    plotly = any(isinstance(data.get(PLOTLY), Mapping) for data, _ in _outputs(document))
    vega = any(_is_vega(data) for data, _ in _outputs(document))
    return (*(["plotly.min.js"] if plotly else []), *(VEGA_LIBRARIES if vega else ()))


VEGA_LIBRARIES = ("vega.min.js", "vega-lite.min.js", "vega-embed.min.js")


def chart_settings(document: Any) -> str:
    """Return the script that lets outputs find the libraries of the page instead of fetching them.

    Altair's HTML asks for versions by name, in ``VEGA_DEBUG`` or, where there is require.js, as modules.
    """
    versions = {}
    for data, _ in _outputs(document):
        for found in _VEGA_VERSION.finditer(_text(data.get("text/html"))):
            versions[found["library"].replace("-", "") + "_version"] = found["version"]
    modules = {"plotly": "Plotly", "vega": "vega", "vega-lite": "vegaLite", "vega-embed": "vegaEmbed"}
    defined = "".join(
        f"  if (window.{each}) define('{name}', [], () => window.{each});\n" for name, each in modules.items()
    )
    return f"var VEGA_DEBUG = {_script_json(versions)};\nif (window.define && window.define.amd) {{\n{defined}}}"


def fetched_data(document: Any) -> bool:
    """Return True when charts get maps or data from other servers while they are drawn."""
    for data, _ in _outputs(document):
        if any(VEGA.fullmatch(mime) and _names_address(data[mime]) for mime in data):
            return True
        traces = data[PLOTLY].get("data") if isinstance(data.get(PLOTLY), Mapping) else None
        kinds = [each.get("type") for each in traces if isinstance(each, Mapping)] if isinstance(traces, list) else []
        if any(isinstance(each, str) and each in _MAPS for each in kinds):
            return True
    return False


def _names_address(chart: Any) -> bool:
    try:
        return bool(re.search(r'"url": "(https?:)?//', json.dumps(chart)))
    except RecursionError:  # nested as deeply as the parser of the notebook just allows
        return False


def unshown_types(output: Mapping[str, Any]) -> tuple[str, ...]:
    """Return an output's types when a page can show none of them; empty when it can, or there is nothing to show."""
    data = output.get("data")
    types = tuple(each for each in data if isinstance(each, str)) if isinstance(data, Mapping) else ()
    return () if any(each in SHOWN or VEGA.fullmatch(each) for each in types) else types


def _outputs(document: Any) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Yield data and metadata of the outputs that have data."""
    for cell in document["cells"]:
        for output in cell.get("outputs") or ():
            if isinstance(output.get("data"), Mapping):
                metadata = output.get("metadata")
                yield output["data"], metadata if isinstance(metadata, Mapping) else {}


def _is_vega(data: Mapping[str, Any]) -> bool:
    return any(VEGA.fullmatch(each) for each in data) or bool(_VEGA_VERSION.search(_text(data.get("text/html"))))


def _drawn(mime: str, value: Any, metadata: Any) -> str:
    if mime == JSON:
        from html import escape  # noqa: PLC0415 - a table of two thousand names, for few notebooks

        return f'<pre class="page-json">{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>'
    if not isinstance(value, Mapping):
        return ""
    if mime == PLOTLY:
        return _PLOTLY_HTML.replace("FIGURE", _script_json(value), 1)
    found = VEGA.fullmatch(mime)
    if not found:
        return ""
    options = metadata.get("embed_options") if isinstance(metadata, Mapping) else None
    options = {"mode": "vega-lite" if found["lite"] else "vega", **(options if isinstance(options, Mapping) else {})}
    return _VEGA_HTML.replace("OPTIONS", _script_json(options), 1).replace("CHART", _script_json(value), 1)


def _script_json(value: Any) -> str:
    """Return a value as JavaScript that no HTML parser can take for the end of its script."""
    return json.dumps(value).replace("<", "\\u003c")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(each for each in value if isinstance(each, str))
    return value if isinstance(value, str) else ""


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
