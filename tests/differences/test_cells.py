"""Cells and words of two versions: what is made to take long is given up in time, and long sources are shortened."""

from __future__ import annotations

import random
from typing import Any

import pytest
from msgspec.structs import replace

from rsconnect_jupyter.differences import cells as compared_cells
from rsconnect_jupyter.differences.alignment import Effort, aligned
from rsconnect_jupyter.differences.cells import compare_cells, compare_words
from rsconnect_jupyter.notebook.reading import Cell

CHANCE = random.Random(1)
HOSTILE = {
    "one and the same": (["x"] * 5000, ["x"] * 4999),
    "in turns": (["x", "y"] * 2500, ["y", "x"] * 2500),
    "few kinds": ([CHANCE.choice("abc") for _ in range(5000)], [CHANCE.choice("abc") for _ in range(5000)]),
    "neighbours swapped": ([f"x{n}" for n in range(5000)], [f"x{n ^ 1}" for n in range(5000)]),
    "separators": ([f"a{n}" if n % 2 else "," for n in range(5000)], [f"b{n}" if n % 2 else "," for n in range(5000)]),
}


def cells(*sources: str) -> list[Cell]:
    return [Cell(index=number, type="code", source=each) for number, each in enumerate(sources)]


@pytest.mark.parametrize("pair", HOSTILE.values(), ids=HOSTILE)
def test_an_alignment_ends_with_its_effort_and_what_it_matched_is_equal(
    pair: tuple[list[str], list[str]],
) -> None:
    old, new = pair
    effort = Effort(left=300_000, each=200_000)
    made = list(aligned(old, new, effort))

    assert effort.left > -100_000, "at most one search was begun with too little left"
    assert all(old[a:b] == new[c:d] for kind, a, b, c, d in made if kind == "equal")
    assert [each for _kind, a, b, *_ in made for each in old[a:b]] == old
    assert [each for *_, c, d in made for each in new[c:d]] == new


def test_words_of_texts_that_share_only_their_spaces_are_given_up_in_time() -> None:
    old, new = (" ".join(f"{letter}{number}" for number in range(1900)) for letter in "ab")
    effort = Effort()
    words = compare_words(old, new, effort)

    assert "".join(text for kind, text in words if kind != "+") == old
    assert "".join(text for kind, text in words if kind != "-") == new
    assert effort.left >= Effort().left - Effort().each


def test_two_notebooks_of_5000_cells_have_each_cell_in_the_comparison() -> None:
    old = cells(*(f"a{number} = 1" for number in range(5000)))
    new = cells(*(f"a{number} = {2 if number % 7 == 0 else 1}" for number in range(5000)), "more = 1")
    found = compare_cells(old, new, outputs=False)

    assert sum(each.change == "changed" for each in found) == 715
    assert [each.new_source for each in found if each.change == "added"] == ["more = 1"]


def test_of_a_source_of_a_megabyte_what_differs_is_shown_and_the_rest_left_out() -> None:
    lines = [f"line {number} = {number}\n" for number in range(60_000)]
    changed = "".join([*lines[:39_000], "another = 1\n", *lines[39_001:]])
    (found,) = compare_cells(cells("".join(lines)), cells(changed), outputs=False)

    assert found.shortened
    assert [(kind, text) for kind, text in found.words if kind != "="] == [
        ("-", "line 39000 = 39000\n"),
        ("+", "another = 1\n"),
    ]
    assert max(len(found.old_source or ""), sum(len(text) for _, text in found.words)) < 110_000


def test_of_many_long_changes_the_first_are_shown() -> None:
    """A source whose parts are all changed lines: what comes after the most that is shown is left out."""
    old, new = ("".join(f"{letter}{n} {'x' * 100}\nsame {n}\n" for n in range(2000)) for letter in "ab")
    (found,) = compare_cells(
        [Cell(index=0, id="one", source=old)], [Cell(index=0, id="one", source=new)], outputs=False
    )
    assert found.words[-1] == ("=", "\n⋯\n")
    assert 100_000 <= sum(len(text) for _, text in found.words) < 120_000


def test_cells_that_are_too_many_to_be_looked_at_are_paired_by_their_ids() -> None:
    """The last one has become text, and two changed places: neither can be beside what it was."""
    old = [Cell(index=n, id=f"c{n}", source=f"old{n}()") for n in range(70)]
    new = [replace(each, source=f"new{each.index}()") for each in old]
    new[3], new[4], new[69] = new[4], new[3], replace(new[69], type="markdown")
    found = compare_cells(old, new, outputs=False)
    assert [each.change for each in found].count("changed") == 68
    assert {each.old_source for each in found if each.change == "removed"} == {"old4()", "old69()"}
    assert {each.new_source for each in found if each.change == "added"} == {"new4()", "new69()"}


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        (Cell(index=0, source="a b c"), Cell(index=0, source="x y z"), ["removed", "added"]),
        (Cell(index=0, source="a b c"), Cell(index=0, type="markdown", source="a b c"), ["removed", "added"]),
        (Cell(index=0, source="a b c"), Cell(index=0, source="a b d"), ["changed"]),
        (Cell(index=0, id="i", source="a b c d"), Cell(index=0, id="i", source="a x y z"), ["changed"]),
    ],
    ids=["other words", "other kind", "most words", "same id and some words"],
)
def test_two_cells_are_one_that_was_changed_when_they_are_alike(old: Cell, new: Cell, changes: list[str]) -> None:
    assert [each.change for each in compare_cells([old], [new], outputs=False)] == changes


def error(**parts: Any) -> dict[str, Any]:
    return {"output_type": "error", **parts}


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        (error(traceback=["Cell \x1b[32mIn[3]\x1b[39m"]), error(traceback=["Cell \x1b[32mIn[9]\x1b[39m"]), False),
        (error(traceback=["<f at 0x7f01>"]), error(traceback=["<f at 0x8f01>"]), False),
        (error(ename="KeyError", evalue="a"), error(ename="KeyError", evalue="b"), True),
        ({"output_type": "display_data"}, {"output_type": "display_data", "data": {}}, True),
        ({"output_type": "display_data"}, {"output_type": "display_data", "data": None}, False),
    ],
    ids=["run at another time", "at another place", "another error", "no data", "no data, twice"],
)
def test_outputs_differ_in_what_they_show(old: Any, new: Any, changed: bool) -> None:
    (found,) = compare_cells(
        [Cell(index=0, source="f()", outputs=(old,))], [Cell(index=0, source="f()", outputs=(new,))], outputs=True
    )
    assert found.outputs_changed is changed


def test_a_short_source_is_not_shortened() -> None:
    (found,) = compare_cells(cells("a = 1"), cells("a = 2"), outputs=False)
    assert not found.shortened
    assert found.words == (("=", "a = "), ("-", "1"), ("+", "2"))


def test_of_many_changed_cells_only_the_ids_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compared_cells, "_MOST_PAIRS", 0)
    old, new = ([replace(each, id=f"c{each.index}") for each in cells(*names)] for names in ("ab", ["a 1", "c 2", "d"]))
    found = compare_cells(old, [*new[1:], replace(new[0], type="markdown")], outputs=False)
    assert [(each.change, each.old_source, each.new_source) for each in found if each.change != "added"] == [
        ("removed", "a", None),
        ("changed", "b", "c 2"),
    ]


def test_cells_of_other_types_are_not_alike() -> None:
    old, new = cells("the same words"), [replace(cells("the same words")[0], type="markdown")]
    assert {each.change for each in compare_cells(old, new, outputs=False)} == {"added", "removed"}


def test_long_sources_are_shortened() -> None:
    old = "".join(f"line {number}\n" for number in range(20_000))
    new = old.replace("line 700\n", "another\n").replace("line 9000\n", "x" * 150_000)
    [found] = compare_cells(cells(old), cells(new), outputs=False)
    assert found.shortened
    assert len(found.new_source or "") < len(new)
    assert "another" in "".join(text for _kind, text in found.words)


def test_outputs_are_the_same_however_they_were_saved() -> None:
    error = {"output_type": "error", "ename": "ValueError", "evalue": "wrong", "traceback": []}
    odd = {"output_type": "display_data", "data": "odd"}
    split = [{"output_type": "stream", "name": "stdout", "text": each} for each in ("a", "b")]
    whole = [{"output_type": "stream", "name": "stdout", "text": ["a", "b"]}]
    old, new = ([replace(cells("x")[0], outputs=(*each, error, odd))] for each in (split, whole))
    assert [each.change for each in compare_cells(old, new, outputs=True)] == ["same"]
