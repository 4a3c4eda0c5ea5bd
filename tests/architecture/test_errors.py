"""Errors are complete when they are raised: what knows more raises another one in their place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import rsconnect_jupyter
from rsconnect_jupyter.errors import ForbiddenError
from rsconnect_jupyter.models import Where

PACKAGE = Path(rsconnect_jupyter.__file__).parent
MARK = "is_last_event"
"""Says that an event has told of an error, which is nothing that it says itself."""


def changed_parts(tree: ast.Module) -> Iterator[str]:
    """Yield the attributes of caught exceptions that are assigned to."""
    for handler in ast.walk(tree):
        if isinstance(handler, ast.ExceptHandler) and handler.name:
            stored = (each for each in ast.walk(handler) if isinstance(each, ast.Attribute))
            yield from (each.attr for each in stored if _is_stored(each, handler.name))


def _is_stored(node: ast.Attribute, name: str) -> bool:
    return isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == name


def test_no_caught_error_is_changed() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}: {part}"
        for path in PACKAGE.rglob("*.py")
        for part in changed_parts(ast.parse(path.read_text(encoding="utf-8")))
        if part != MARK
    }
    assert found == set()


def test_the_error_in_its_place_keeps_the_rest_and_leaves_it_as_it_was() -> None:
    cause = OSError("why")
    with pytest.raises(ForbiddenError) as caught:
        raise ForbiddenError("No.", status=403, connect_code=22, data={"a": 1}) from cause
    first = caught.value
    with pytest.raises(ForbiddenError) as again:
        raise first.with_parts(hint="Ask.", where=Where(cell=2), data={**first.data, "b": 2}) from first.__cause__
    second = again.value
    assert (first.hint, first.where, first.data) == ("", None, {"a": 1})
    assert (second.hint, second.where, second.data) == ("Ask.", Where(cell=2), {"a": 1, "b": 2})
    assert (str(second), second.status, second.connect_code, second.__cause__) == ("No.", 403, 22, cause)
    assert [each.name for each in again.traceback][-1] == [each.name for each in caught.traceback][-1]
