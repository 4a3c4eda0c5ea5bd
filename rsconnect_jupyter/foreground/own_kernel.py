"""A notebook published from its own kernel: which packages there are is asked of this process itself."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

from ..errors import NotebookError
from ..kernel.kernelspecs import NATIVE
from ..kernel.probe import kernel_report
from ..kernel.running import environment_of, keep_answer
from ..notebook.reading import read_notebook


def ask_this_kernel(notebook: Path) -> None:
    """Keep what this process has installed and loaded as what the kernel of a notebook says; only a kernel does.

    Args:
        notebook: The notebook that this kernel belongs to.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return
    with contextlib.suppress(NotebookError):  # said by whoever reads it next
        name = read_notebook(notebook).kernel or NATIVE
        keep_answer(notebook, environment_of(json.loads(kernel_report()), kernel=name, display_name=name))
