"""What a page that the server renders (from source, or as an app) will not show as Jupyter does. Pure.

A finished document is our page; these are nbconvert's and Voilà's. Both load require.js, where Bokeh's own scripts
register without being found, and neither serves the pages that frames show. nbconvert's page is one file: pictures and
links of Markdown cells that name another file find nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..bundle.plan import BundlePlan
from ..connect.app_modes import INTERACTIVE, SOURCE, mode_title
from ..messages import finding
from ..models import Finding
from ..notebook.local_paths import is_file
from ..notebook.path_references import notebook_mentions
from ..notebook.reading import Cell, joined

_INLINE = re.compile(r"\bINLINE\b|\bmode\s*=\s*[\"']inline[\"']")
_FRAME_IN_CODE = re.compile(r"\bIFrame\(\s*(?:src\s*=\s*)?[rf]?[\"'](?P<address>[^\"']{1,500})[\"']")
_FRAME = re.compile(r"<iframe\b[^<>]{0,500}?\ssrc\s*=\s*[\"']?(?P<address>[^\"'<>\s]{1,500})", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|/|#", re.IGNORECASE)


def server_page_findings(plan: BundlePlan) -> Iterator[Finding]:
    """Yield findings about outputs that the server's page would leave empty, for reasons that the author can change."""
    if plan.mode not in (SOURCE, INTERACTIVE):
        return
    title = mode_title(plan.mode)
    bokeh = any(each.module.partition(".")[0] == "bokeh" for each in plan.analysis.scan.imports)
    for cell in plan.notebook.code:
        if bokeh and _INLINE.search(cell.source):
            yield finding("bokeh-inline", where=cell.where, cell=cell.index + 1, mode=title)
            break
    if plan.mode == SOURCE:
        yield from _files_not_served(plan)
    seen: set[str] = set()
    for cell in plan.notebook.code:
        for address in _frames(cell):
            if address not in seen and (is_file(plan.notebook.folder / address) or address.endswith((".html", ".htm"))):
                seen.add(address)
                yield finding("frame-not-served", where=cell.where, cell=cell.index + 1, path=address, mode=title)


def _files_not_served(plan: BundlePlan) -> Iterator[Finding]:
    seen: set[str] = set()
    for mention in notebook_mentions(plan.notebook):
        key = {"image": "file-not-served", "link": "file-not-served/link"}.get(mention.kind)
        cell = mention.where.cell
        if key and cell is not None and mention.text not in seen and is_file(plan.notebook.folder / mention.text):
            seen.add(mention.text)
            title = mode_title(plan.mode)
            yield finding(key, where=mention.where, cell=cell + 1, path=mention.text, mode=title)


def _frames(cell: Cell) -> Iterator[str]:
    """Yield the relative addresses of the pages that a cell shows in frames."""
    html = [
        joined(output["data"].get("text/html", "")) for output in cell.outputs if isinstance(output.get("data"), dict)
    ]
    found = [each["address"] for each in _FRAME_IN_CODE.finditer(cell.source)]
    found += [each["address"] for text in html for each in _FRAME.finditer(text[:1_000_000])]
    yield from (each for each in dict.fromkeys(found) if not _ELSEWHERE.match(each))
