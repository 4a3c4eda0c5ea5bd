"""Values that packages hand to each other: what they show, and what they are over the wire."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from rsconnect_jupyter.models import ContentVariable, ListedChange, Secret, VersionComparison, Where

SECRET = Secret("hush-hush")


def test_no_way_of_printing_a_secret_shows_it() -> None:
    shown = [str(SECRET), repr(SECRET), f"{SECRET}", f"{SECRET:>10}", f"{[SECRET]}"]
    assert shown == ["<hidden>", "<hidden>", "<hidden>", "  <hidden>", "[<hidden>]"]


@pytest.mark.parametrize("work", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_is_not_pickled_or_copied(work: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError, match="secret"):
        work(SECRET)


def test_secrets_are_compared_by_their_text() -> None:
    assert Secret("hush-hush") == SECRET != Secret("")
    assert {SECRET, Secret("hush-hush")} == {SECRET}
    assert not Secret("")
    assert SECRET != "hush-hush"


def test_unset_parts_stay_out_of_the_wire() -> None:
    assert ContentVariable(name="A", state="missing").as_dict() == {"name": "A", "state": "missing"}
    placed = ContentVariable(name="A", state="missing", where=Where(cell=2))
    assert placed.as_dict() == {"name": "A", "state": "missing", "where": {"cell": 2}}


@pytest.mark.parametrize("files", [(), (ListedChange(name="a.csv", change="added"),)], ids=["same", "another file"])
def test_a_comparison_says_whether_anything_differs(files: tuple[ListedChange, ...]) -> None:
    wire = VersionComparison(old="version 1", new="version 2", basis="none", files=files).as_dict()
    assert wire["differs"] is bool(files)
    assert wire["files"] == [{"name": "a.csv", "change": "added"} for _ in files]
