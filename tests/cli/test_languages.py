"""The command in the pseudo-language: what it prints without marks is not translated."""

from __future__ import annotations

import re

import pytest
from translated import unmarked

from rsconnect_jupyter.cli.arguments import read_arguments
from rsconnect_jupyter.errors import OptionError

pytestmark = pytest.mark.usefixtures("pseudo_language")

DATA = re.compile(
    r"--?[a-z][\w-]*|\{[a-z_,]+\}|\[?[A-Z][A-Z|:.\[\]=]*"
    r"|auto\|imports\|freeze\|FILE|none\|first-figure\|figure-N\|FILE|FILE\|env:NAME"
)
"""What is no text of ours: options, and what stands for their values."""

WRONG = {
    "no such option": ["a.ipynb", "--publish-harder"],
    "nearly an option": ["a.ipynb", "--titel", "x"],
    "no value": ["a.ipynb", "--server"],
    "a value for a switch": ["a.ipynb", "--json=yes"],
    "not one of the values": ["a.ipynb", "--hide-input", "some"],
    "no number": ["a.ipynb", "--run-timeout", "soon"],
    "two commands": ["a.ipynb", "--versions", "--dry-run"],
    "no notebook": [],
}


def test_help_is_translated(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_arguments(["--help"])
    lines = [line for line in unmarked(capsys.readouterr().out).splitlines() if "jupyter publish " not in line]
    words = [word.strip(",)(") for line in lines for word in line.split()]
    assert [word for word in words if re.search(r"\w", word) and not DATA.fullmatch(word)] == []


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_in_the_language(case: str) -> None:
    with pytest.raises(OptionError) as caught:
        read_arguments(WRONG[case])
    assert [each for each in (unmarked(caught.value.message), unmarked(caught.value.hint)) if each.strip()] == []
