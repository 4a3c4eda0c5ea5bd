"""Execute a notebook and write its page; runs as a process of its own: ``python -m …sandbox.rendering ORDER.json``.

The order is ``{notebook, folder, output, kernel, hide_all_input, hide_tagged_input, title}``. Exit code 1 and a
traceback on standard error tell that a cell failed.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def main(order_file: str) -> int:
    """Carry out one order and return the exit code."""
    order = json.loads(Path(order_file).read_text(encoding="utf-8"))
    source = Path(order["notebook"])
    _say(f"[NbConvertApp] Converting notebook {source.name} to html")
    notebook: Any = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
    notebook.metadata.pop("widgets", None)
    client = NotebookClient(
        notebook, timeout=None, kernel_name=order["kernel"], resources={"metadata": {"path": order["folder"]}}
    )
    try:
        client.execute()
    except CellExecutionError as error:
        _say(_explain(error))
        return 1
    page = _page(notebook, order)
    Path(order["output"]).write_text(page, encoding="utf-8")
    _say(f"[NbConvertApp] Writing {len(page.encode())} bytes to {Path(order['output']).name}")
    return 0


def _page(notebook: Any, order: dict[str, Any]) -> str:
    exporter = HTMLExporter(embed_images=True)  # type: ignore[no-untyped-call]
    exporter.exclude_input = bool(order["hide_all_input"])
    exporter.exclude_input_prompt = exporter.exclude_output_prompt = bool(order["hide_all_input"])
    if order["hide_tagged_input"]:
        for cell in notebook.cells:
            if "hide_input" in cell.metadata.get("tags", []):
                cell.metadata["transient"] = {"remove_source": True}
    resources = {"metadata": {"name": order["title"], "path": order["folder"]}}
    page, _ = exporter.from_notebook_node(notebook, resources)
    return str(page)


def _explain(error: CellExecutionError) -> str:
    text = "nbclient.exceptions.CellExecutionError: " + _COLOURS.sub("", str(error)).rstrip()
    return f"Traceback (most recent call last):\n{text}"


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
