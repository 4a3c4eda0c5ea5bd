"""The fixtures of the front ends' tests."""

from __future__ import annotations

from frontend_fixtures import command, known_sandbox, make_notebook, notebook, own_data

__all__ = ["command", "known_sandbox", "make_notebook", "notebook", "own_data"]
