"""A publish in a cell: what its display says while it runs, stops and ends."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from foreground.test_progress import STORY, event

from rsconnect_jupyter.foreground import cell


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What the display showed, in order."""
    bundles: list[dict[str, str]] = []

    def display(bundle: dict[str, str], **_options: Any) -> Any:
        bundles.append(bundle)
        return SimpleNamespace(update=display)

    monkeypatch.setattr(cell, "display", display)
    monkeypatch.setattr(cell, "_PAUSE", 0)
    return bundles


def test_the_display_follows_and_says_when_it_stops(shown: list[dict[str, str]]) -> None:
    with cell.CellProgress() as progress:
        for each in STORY[:10]:
            progress.show(each)
        assert "Running on the server" in shown[-1]["text/html"]
        assert "Installing pandas</pre>" in shown[-1]["text/html"]
        progress.stopping()
        progress.show(event("deploy", "log", "Still installing"))
    assert shown[-1]["text/plain"].startswith("Stopping … ")
    assert "Stopping" in shown[-1]["text/html"]


def test_the_display_ends_with_the_failure(shown: list[dict[str, str]]) -> None:
    with cell.CellProgress() as progress:
        progress.stopping()
        progress.show(event("deploy", "failure", "It failed.", hint="Look at cell 2."))
    assert shown[-1]["text/plain"] == "It failed.\nLook at cell 2."
    assert "<strong>✗ It failed.</strong><div>Look at cell 2.</div>" in shown[-1]["text/html"]
