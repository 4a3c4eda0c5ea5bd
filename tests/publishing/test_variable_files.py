"""Files of environment variables: read as python-dotenv does; what they hold is in no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from rsconnect_jupyter.errors import OptionError
from rsconnect_jupyter.publishing.variable_files import parse_variables, read_variable_file


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("KEY=value", {"KEY": "value"}),
        ("export KEY = value # a comment", {"KEY": "value"}),
        ("KEY=a#b", {"KEY": "a#b"}),
        ("KEY='a # b' # a comment", {"KEY": "a # b"}),
        ('KEY="two\\nlines \\"quoted\\""', {"KEY": 'two\nlines "quoted"'}),
        ("KEY='it\\n'", {"KEY": "it\\n"}),
        ("KEY=", {"KEY": ""}),
        ("KEY=https://me:word@host/?a=b", {"KEY": "https://me:word@host/?a=b"}),
        ('KEY="', {"KEY": '"'}),
        ("# KEY=value", {}),
        ("", {}),
    ],
)
def test_lines(line: str, expected: dict[str, str]) -> None:
    assert parse_variables(line, name=".env") == expected


@pytest.mark.parametrize("line", ["a secret without a name", "=value", "1KEY=value"])
def test_a_line_that_is_none_is_named_but_not_shown(line: str) -> None:
    with pytest.raises(OptionError, match=r"^Line 2 of \.env is not an environment variable\.$") as raised:
        parse_variables(f"KEY=value\n{line}", name=".env")
    assert line not in raised.value.hint


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.env").write_bytes(b"KEY=\xff\xfe")
    for name in ("binary.env", "nowhere.env"):
        with pytest.raises(OptionError, match=f"{name} cannot be read"):
            read_variable_file(tmp_path / name, name=name)
