"""Cells and words of two versions: what is made to take long is given up in time, and long sources are shortened."""

from __future__ import annotations

import random

import pytest

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


def test_a_short_source_is_not_shortened() -> None:
    (found,) = compare_cells(cells("a = 1"), cells("a = 2"), outputs=False)
    assert not found.shortened
    assert found.words == (("=", "a = "), ("-", "1"), ("+", "2"))
