"""What a kernel knows of unsaved changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from rsconnect_jupyter.widget import unsaved


@pytest.mark.parametrize(
    ("last", "expected"), [("", False), ("print(6 * 7)", False), ("print(1)", True)], ids=["none", "saved", "new"]
)
def test_the_cell_that_ran_last_is_looked_for(
    last: str, expected: bool, notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsaved, "_last_input", lambda: last)
    assert unsaved.looks_unsaved(notebook) is expected
    assert not unsaved.looks_unsaved(notebook.with_name("gone.ipynb"))
