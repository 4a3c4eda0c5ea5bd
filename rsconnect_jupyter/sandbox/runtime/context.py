"""What everything that runs content shares."""

from __future__ import annotations

from dataclasses import dataclass

from ..settings import Settings
from ..store.database import Store
from ..store.variables import Variables
from .processes import Processes
from .tasks import Tasks


@dataclass
class Runtime:
    """The parts of a sandbox that running content needs.

    Attributes:
        root: The server's address as content is told it; known when the server listens.
    """

    settings: Settings
    store: Store
    variables: Variables
    tasks: Tasks
    processes: Processes
    root: str = ""

    def content_variables(self, content_guid: str) -> dict[str, str]:
        """Return the environment variables that content gets: Connect's, then its own."""
        own = {"CONNECT_SERVER": self.root, "CONNECT_CONTENT_GUID": content_guid}
        return {**own, **self.variables.values(content_guid)}
