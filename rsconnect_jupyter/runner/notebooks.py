"""The commands that run a notebook as Connect does: nbconvert and Quarto write a page, Voilà serves one."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NBCONVERT = Path(__file__).with_name("nbconvert_program.py")
_VOILA = Path(__file__).with_name("voila_program.py")

# Ports of kernels are chosen before they are opened, and another process may take one. Paths of sockets are short.
_KERNELS = () if os.name == "nt" else ("--KernelManager.transport=ipc", "--Voila.connection_dir_root=/tmp")

VOILA = (
    *(str(_VOILA), "{entrypoint}", "--no-browser", "--port={port}", "--Voila.ip=127.0.0.1"),
    *("--Voila.port_retries=0", "--Voila.base_url={base}", *_KERNELS),
)
"""Arguments of Python; ``{base}`` has slashes at both ends."""


QUARTO_OPTIONS = ("--to", "html", "-M", "embed-resources:true")


def nbconvert_command(
    notebook: str, output: Path, *, hide: Mapping[str, Any], executed: Path | None = None
) -> list[str]:
    """Return the command that runs a notebook in the kernel ``python3`` and writes ``index.html``. Pure.

    Args:
        notebook: Its name in the folder that the command runs in.
        output: Where the page is written.
        hide: The manifest's ``jupyter``: whose code readers do not see.
        executed: Where the notebook is written as it was run; None writes none.
    """
    options = ["--no-input"] if hide.get("hide_all_input") else []
    if hide.get("hide_tagged_input"):
        options += ["--TagRemovePreprocessor.enabled=True", "--TagRemovePreprocessor.remove_input_tags=hide_input"]
    if executed is not None:
        options.append(f"--executed={executed}")
    return [
        *(sys.executable, str(NBCONVERT), "--execute", "--to", "html", *options),
        "--ExecutePreprocessor.timeout=-1",
        "--ExecutePreprocessor.kernel_name=python3",
        "--output=index.html",
        f"--output-dir={output}",
        notebook,
    ]
