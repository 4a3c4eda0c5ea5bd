"""The command that runs a notebook and writes its page, as Connect does it: nbconvert."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NBCONVERT = Path(__file__).with_name("nbconvert_program.py")


def nbconvert_command(notebook: str, output: Path, *, hide: Mapping[str, Any]) -> list[str]:
    """Return the command that runs a notebook in the kernel ``python3`` and writes ``index.html``. Pure.

    Args:
        notebook: Its name in the folder that the command runs in.
        output: Where the page is written.
        hide: The manifest's ``jupyter``: whose code readers do not see.
    """
    options = ["--no-input"] if hide.get("hide_all_input") else []
    if hide.get("hide_tagged_input"):
        options += ["--TagRemovePreprocessor.enabled=True", "--TagRemovePreprocessor.remove_input_tags=hide_input"]
    return [
        *(sys.executable, str(NBCONVERT), "--execute", "--to", "html", *options),
        "--ExecutePreprocessor.timeout=-1",
        "--ExecutePreprocessor.kernel_name=python3",
        "--output=index.html",
        f"--output-dir={output}",
        notebook,
    ]
