"""What is proposed for a notebook that was never published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rsconnect_jupyter.notebook.execution_state import WIDGET_VIEW
from rsconnect_jupyter.notebook.reading import Cell, Notebook
from rsconnect_jupyter.publishing.defaults import default_mode


def shown(text: str) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {WIDGET_VIEW: {"model_id": "m"}, "text/plain": text}}


MODES: dict[str, tuple[Notebook, str]] = {
    "nothing shown": (Notebook(path=Path("/n.ipynb"), cells=(Cell(index=0),)), "jupyter-static"),
    "a slider": (
        Notebook(path=Path("/n.ipynb"), cells=(Cell(index=0, outputs=(shown("IntSlider(value=1)"),)),)),
        "jupyter-voila",
    ),
    "a progress bar": (
        Notebook(path=Path("/n.ipynb"), cells=(Cell(index=0, outputs=(shown("  0%|          | 0/10"),)),)),
        "jupyter-static",
    ),
    "a language that Connect does not run": (Notebook(path=Path("/n.ipynb"), language="julia"), "static"),
}


@pytest.mark.parametrize("case", MODES)
def test_the_mode_that_is_proposed(case: str) -> None:
    notebook, mode = MODES[case]
    assert default_mode(notebook) == mode
