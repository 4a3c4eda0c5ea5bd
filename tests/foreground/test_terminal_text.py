"""Tables stand in columns in every language."""

from __future__ import annotations

import pytest

from rsconnect_jupyter.terminal_text import columns, table_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Logs", 4), ("バージョン", 10), ("版本 3", 6), ("e\u0301te\u0301", 3), ("ｶﾅ", 2), ("", 0)],
    ids=["ASCII", "Japanese", "Chinese and a digit", "combining accents", "half-width", "empty"],
)
def test_a_wide_character_takes_two_columns(text: str, expected: int) -> None:
    assert columns(text) == expected


def test_a_table_is_padded_by_columns_of_the_terminal() -> None:
    assert table_text([["版本", "1"], ["日志 of", "2"]]) == "版本     1\n日志 of  2"
