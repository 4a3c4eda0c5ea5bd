"""What the notebook's own kernel has installed, asked of its interpreter in one short subprocess."""

from __future__ import annotations

from ..records import KernelEnvironment
from .notebook import Notebook


def inspect_kernel(notebook: Notebook) -> KernelEnvironment:
    """Return what the notebook's kernel runs in; a kernel that is not Python has no interpreter.

    Raises:
        KernelError: code ``kernel-not-installed``, ``kernel-interpreter-missing``, ``kernel-broken``
            or ``kernel-timeout``.
    """
    raise NotImplementedError
