"""Options that contradict each other; how the command says so is in test_bad_input.py."""

from __future__ import annotations

import pytest

from rsconnect_jupyter.cli.arguments import read_arguments
from rsconnect_jupyter.errors import OptionError


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("a.ipynb --fix", "--fix goes with --rehearse."),
        ("--finish", "--finish goes with --name."),
        ("a.ipynb --timezone UTC", "--timezone goes with --schedule or --set-schedule."),
        ("a.ipynb --email", "--email and --keep-output go with --set-schedule."),
        ("a.ipynb --runs --schedule daily", "--schedule goes with a publish."),
    ],
)
def test_what_goes_with_something_else_is_refused_alone(typed: str, said: str) -> None:
    with pytest.raises(OptionError) as caught:
        read_arguments(typed.split())
    assert caught.value.message == said


@pytest.mark.parametrize("command", ["compare", "run_log"])
def test_a_notebook_behind_a_command_with_an_optional_value_is_the_notebook(command: str) -> None:
    arguments = read_arguments([f"--{command.replace('_', '-')}", "a.ipynb"])
    assert (arguments.notebooks, getattr(arguments, command)) == (["a.ipynb"], "")
