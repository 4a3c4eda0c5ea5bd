"""Makes pages; runs as a process of its own, ``python -m rsconnect_jupyter.html.page_worker``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import BundleError, RSConnectException
from ..worker_process import error_answer, serve


def main() -> None:
    """Carry out orders until standard input ends."""
    serve(lambda order, _ask: answered(order), prepare=_prepare)


def answered(order: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out an order and return the answer: empty, `error_answer`, or ``unexpected``."""
    try:
        make_page(order)
    except RSConnectException as exc:
        return error_answer(exc)
    except Exception as exc:  # noqa: BLE001 - the edge of this process: whatever happened must be told
        return {"unexpected": f"{type(exc).__name__}: {exc}"}
    return {}


def make_page(order: Mapping[str, Any]) -> None:
    """Write the page of the notebook ``notebook`` to the file ``page``.

    Args:
        order: ``notebook``, ``page``, ``title``, ``hide_input``, ``folder`` and ``root``, as for `render.render_html`.

    Raises:
        NotebookError, RenderError: the notebook cannot be read or shown.
        BundleError: the page cannot be written.
    """
    from . import render  # noqa: PLC0415 - this module is imported by who wants a page made elsewhere

    parts = render.page_of(
        render.read_document(Path(order["notebook"])),
        title=order["title"],
        hide_input=order["hide_input"],
        folder=Path(order["folder"]),
        root=Path(order["root"]),
    )
    try:
        with Path(order["page"]).open("wb") as stream:
            stream.writelines(part.encode("utf-8", errors="replace") for part in parts)
    except OSError as exc:
        folder = Path(order["page"]).parent
        raise BundleError.of("bundle-not-written/page", folder=folder, reason=exc.strerror or exc) from exc


def _prepare() -> None:
    """Import what pages are made with."""
    # Where it is installed, jsonschema compiles this grammar when it is imported, for address formats that the notebook
    # schema does not use: half of the time it takes to start.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from . import cells, page  # noqa: F401, PLC0415 - after the reading thread runs


if __name__ == "__main__":
    main()
