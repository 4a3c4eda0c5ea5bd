"""The command in the pseudo-language: what it prints without marks is not translated."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, get_args

import pytest
from translated import unmarked

from rsconnect_jupyter.cli import main
from rsconnect_jupyter.cli.arguments import read_arguments
from rsconnect_jupyter.cli.content_commands import runs_text
from rsconnect_jupyter.errors import OptionError
from rsconnect_jupyter.models.run import ContentRun, RunKind, RunOutcome, RunReason

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


COMMANDS = (
    "{notebook} --dry-run",
    "{notebook} --as html --quiet",
    "{notebook} --as html --new",
    "{notebook} --versions",
    "{notebook} --compare",
    "{notebook} --restore 999",
    "{notebook} --as html --rehearse",
    "{notebook} --variables",
    "{notebook} --show-schedule",
    "{notebook} --set-schedule sometimes",
    "{notebook} --list-integrations",
    "{notebook} --as html --update 00000000-0000-4000-8000-000000000000",
    "{notebook} --as poster",
    "--list-servers",
    "--add-server http://127.0.0.1:9",
    "--remove-server other",
    "--sign-out sandbox",
)
PRINTED = re.compile(
    r"[\w.-]+\.(html|ipynb|txt)|ipykernel==.*|https?://\S+|admin|sandbox|ROWS|ID|[-+] rows = .*|[\d.,]+ k?B"
    r"|(Building|Launching) static content\.\.\."
)
"""What is no text of ours: names, code, and what the server wrote into its log."""


@pytest.mark.usefixtures("known_sandbox")
def test_what_the_command_prints_is_translated(make_notebook: Any, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = make_notebook("import os", "rows = os.environ['ROWS']")
    found = {}
    for each in COMMANDS:
        if "--compare" in each:
            make_notebook("import os", "rows = os.environ['ROWS'] * 2")
        with suppress(SystemExit):
            main([word.format(notebook=notebook) for word in each.split()])
        words = map(str.strip, re.split(r" {2,}|\n", unmarked("".join(capsys.readouterr()))))
        found[each] = [word for word in words if re.search(r"[A-Za-z]{2}", word) and not PRINTED.fullmatch(word)]
    assert {each: words for each, words in found.items() if words} == {}


def test_runs_are_described_in_the_language() -> None:
    runs = [
        ContentRun(key="k", kind=kind, reason=reason, outcome=outcome)
        for kind in get_args(RunKind)
        for reason in get_args(RunReason)
        for outcome in get_args(RunOutcome)
    ]
    assert not re.search(r"[A-Za-z]{2}", unmarked(runs_text(tuple(runs))))
