"""Execute a notebook and write its page; runs as a process of its own: ``python -m …sandbox.rendering ORDER.json``.

The order is ``{notebook, folder, root, output, kernel, hide_all_input, hide_tagged_input, title}``. Exit code 1 and a
traceback on standard error tell that a cell failed.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

# Where it is installed, jsonschema compiles this grammar when it is imported: seconds of every run, for address formats
# that the notebook schema does not use.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import nbformat  # noqa: E402
from nbclient import NotebookClient  # noqa: E402
from nbclient.exceptions import CellExecutionError  # noqa: E402

from ..html.render import render_html  # noqa: E402
from ..models import HideInput  # noqa: E402

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
    hide: HideInput = "all" if order["hide_all_input"] else "tagged" if order["hide_tagged_input"] else "none"
    folder, root = Path(order["folder"]), Path(order["root"])
    return render_html(notebook, title=order["title"], hide_input=hide, folder=folder, root=root)


def _explain(error: CellExecutionError) -> str:
    text = "nbclient.exceptions.CellExecutionError: " + _COLOURS.sub("", str(error)).rstrip()
    return f"Traceback (most recent call last):\n{text}"


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
