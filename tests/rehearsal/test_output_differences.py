"""What a rehearsal shows otherwise than the notebook: named with its cell, without what differs from run to run."""

from __future__ import annotations

from typing import Any

import pytest

from rsconnect_jupyter.notebook.reading import Cell
from rsconnect_jupyter.rehearsal.output_differences import output_differences

Output = dict[str, Any]


def printed(text: str, name: str = "stdout") -> Output:
    return {"output_type": "stream", "name": name, "text": text}


def shown(**data: str) -> Output:
    names = {"plain": "text/plain", "html": "text/html", "png": "image/png"}
    return {"output_type": "display_data", "data": {names[name]: value for name, value in data.items()}, "metadata": {}}


def differences(before: list[Output], after: list[Output]) -> list[str]:
    cells = [[Cell(index=6, source="x", outputs=tuple(each))] for each in (before, after)]
    return [each.message for each in output_differences(*cells)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([printed("1,204 rows\n")], [printed("1,198 rows\n")], "Cell 7 printed 1,204 here and 1,198 in the rehearsal."),
        (
            [shown(plain="   eur\n0  12.5", html="<table><tr><td>12.5</table>")],
            [shown(plain="   eur\n0  12.7", html="<table><tr><td>12.7</table>")],
            "The table of cell 7 has 12.5 here and 12.7 in the rehearsal.",
        ),
        (
            [shown(png="aaaa", plain="<Figure size 640x480>")],
            [shown(plain="<Figure size 640x480>")],
            "Cell 7 shows a picture here and none in the rehearsal.",
        ),
        ([printed("1")], [], "Cell 7 printed nothing in the rehearsal."),
        ([printed("a " * 20_000)], [printed("b " * 20_000)], "Cell 7 printed something else in the rehearsal."),
        ([printed("a" * 100)], [printed("b" * 100)], "Cell 7 printed something else in the rehearsal."),
    ],
    ids=["text", "table", "picture", "nothing", "many words", "long"],
)
def test_a_difference_is_named_with_its_cell(before: list[Output], after: list[Output], expected: str) -> None:
    assert expected in differences(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([printed("run at 2026-11-27 10:31:07.123")], [printed("run at 2026-11-28T08:00:01Z")]),
        ([printed("<object object at 0x7f0011223344>")], [printed("<object object at 0x7f99aabbccdd>")]),
        ([printed("CPU times: user 2 ms\nWall time: 3 ms\n")], [printed("CPU times: user 9 ms\nWall time: 1 s\n")]),
        ([printed("a"), printed("b")], [printed("ab")]),
        ([printed("1"), printed("old warning", "stderr")], [printed("1")]),
        ([shown(png="aaaa", plain="<Figure>")], [shown(png="bbbb", plain="<Figure>")]),
        ([], [printed("1")]),
    ],
    ids=["time", "address", "duration", "pieces", "warning", "other bytes of a picture", "never run"],
)
def test_what_differs_from_run_to_run_is_no_difference(before: list[Output], after: list[Output]) -> None:
    assert differences(before, after) == []
