"""What the handlers need of the extension that they belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from .services import Services

T = TypeVar("T")


class Runtime(Protocol):
    """Services and threads of one Jupyter server."""

    async def services(self) -> Services:
        """Return the publishing core; the first call imports it, on a thread."""

    async def off_loop(self, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Run blocking `work` on a thread and return its result."""

    async def at_once(self, work: Callable[..., T], *arguments: Any) -> T:
        """Run short `work` on threads of its own, where no slow Connect server keeps it waiting."""

    async def ask_server(self, server: str, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Run `work` that waits for a Connect server on threads of its own; no server keeps more than a few of them."""
