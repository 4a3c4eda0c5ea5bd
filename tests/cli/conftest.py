"""The fixtures of the front ends' tests."""

from __future__ import annotations

from frontend_fixtures import command, known_sandbox, make_notebook, notebook, own_data
from nightly_content import failed_report
from translated import pseudo_language, pseudo_pack

__all__ = [
    "command",
    "failed_report",
    "known_sandbox",
    "make_notebook",
    "notebook",
    "own_data",
    "pseudo_language",
    "pseudo_pack",
]
