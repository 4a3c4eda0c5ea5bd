"""The fixtures of the front ends' tests."""

from __future__ import annotations

from frontend_fixtures import command, known_sandbox, make_notebook, notebook, own_data
from translated import pseudo_language, pseudo_pack

__all__ = ["command", "known_sandbox", "make_notebook", "notebook", "own_data", "pseudo_language", "pseudo_pack"]
