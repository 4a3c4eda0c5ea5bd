"""The fixtures of a publish."""

from __future__ import annotations

from connect.conftest import script
from publishing_project import colleague, project

__all__ = ["colleague", "project", "script"]
