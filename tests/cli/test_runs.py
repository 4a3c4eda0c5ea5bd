"""Commands about content that is there, as a user starts them, and the same as functions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from authoring import write_notebook
from nightly_content import FAILING, nightly_notebook
from sandbox.publishing import Api
from serving import Sandbox

import rsconnect_jupyter
from rsconnect_jupyter.errors import TaskFailedError
from rsconnect_jupyter.models import Secret, Server

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.usefixtures("known_sandbox")
def test_runs_are_listed_and_a_failed_one_is_explained(command: Command, failed_report: str, tmp_path: Path) -> None:
    notebook = nightly_notebook(tmp_path / "nightly.ipynb")
    about = (notebook, "--update", failed_report, "--server", "sandbox")
    listed = command(*about, "--runs")
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.splitlines()[0].split() == [
        "KEY",
        "TIME",
        "(UTC)",
        "WHAT",
        "WHY",
        "SECONDS",
        "VERSION",
        "RESULT",
    ]
    assert "failed" in listed.stdout.splitlines()[1]

    log = command(*about, "--run-log")
    assert log.returncode == 1
    assert "the night is dark" in log.stdout
    assert f"failed on the server in cell {FAILING + 1}" in log.stderr

    described = command(*about, "--run-log", "--json")
    assert json.loads(described.stdout)["failure"]["data"]["failing_lines"]
    stopped = command(*about, "--stop-run", json.loads(described.stdout)["key"])
    assert stopped.returncode == 0, "it has ended"


@pytest.mark.usefixtures("known_sandbox")
def test_variables_are_listed_and_set_from_a_file_that_stays_here(
    command: Command, failed_report: str, tmp_path: Path
) -> None:
    notebook = write_notebook(tmp_path / "reads.ipynb", "import os", "os.environ['NIGHT'], os.environ['KEY_ONE']")
    (tmp_path / "mine.env").write_text("# mine\nexport KEY_TWO='a secret value'\n")
    about = (notebook, "--update", failed_report, "--server", "sandbox")
    done = command(*about, "--set-variables", "--env-file", tmp_path / "mine.env")
    assert done.stdout.split() == ["KEY_TWO", "NIGHT"], done.stderr
    listed = command(*about, "--variables")
    assert [line.split() for line in listed.stdout.splitlines()] == [
        ["set", "NIGHT"],
        ["missing", "KEY_ONE"],
        ["unused", "KEY_TWO"],
    ]
    assert "a secret value" not in done.stdout + done.stderr


@pytest.mark.usefixtures("known_sandbox")
def test_a_schedule_is_set_shown_and_switched_off(command: Command, failed_report: str, tmp_path: Path) -> None:
    about = (nightly_notebook(tmp_path / "nightly.ipynb"), "--update", failed_report, "--server", "sandbox")
    made = command(*about, "--set-schedule", "every weekday 6:30", "--timezone", "Asia/Kolkata", "--email", "--json")
    assert made.returncode == 0, made.stderr
    described = json.loads(made.stdout)
    assert described["text"] == "every weekday 06:30 (Asia/Kolkata)"
    assert (described["schedule"]["email"], described["schedule"]["publish_output"]) == (True, True)
    shown = command(*about, "--show-schedule")
    assert shown.stdout.splitlines()[0] == "every weekday 06:30 (Asia/Kolkata)"
    wrong = command(*about, "--set-schedule", "now and then")
    assert (wrong.returncode, "is no schedule" in wrong.stderr) == (2, True)
    assert command(*about, "--set-schedule", "off").stdout.strip() == "The content has no schedule."


def test_commands_about_runs_are_given_one_at_a_time(command: Command, tmp_path: Path) -> None:
    refused = command(nightly_notebook(tmp_path / "nightly.ipynb"), "--runs", "--run-now")
    assert refused.returncode == 2
    assert "different commands" in refused.stderr


def test_functions_do_the_same(sandbox: Sandbox, failed_report: str, tmp_path: Path) -> None:
    notebook = nightly_notebook(tmp_path / "nightly.ipynb")
    server = Server(name="here", url=sandbox.url, api_key=Secret(sandbox.key))
    newest = next(
        each for each in rsconnect_jupyter.runs(notebook, server=server, content=failed_report) if each.kind == "render"
    )
    assert newest.outcome == "failed"
    for key in (None, newest.key):
        log = rsconnect_jupyter.run_log(key, notebook, server=server, content=failed_report)
        assert any("the night is dark" in line for line in log)
    lines: list[str] = []
    with pytest.raises(TaskFailedError, match="the night is dark"):
        rsconnect_jupyter.run_now(notebook, server=server, content=failed_report, on_line=lines.append)
    assert lines
    rsconnect_jupyter.stop_run(newest.key, notebook, server=server, content=failed_report)
    about: dict[str, Any] = {"notebook": notebook, "server": server, "content": failed_report}
    before = rsconnect_jupyter.set_variables({}, **about)
    assert {each.name for each in rsconnect_jupyter.variables(**about)} == set(before)
    assert rsconnect_jupyter.set_variables({"EXTRA": "1"}, **about) == sorted([*before, "EXTRA"])
    assert rsconnect_jupyter.set_variables({"EXTRA": None}, **about) == before
    made = rsconnect_jupyter.set_schedule("every day 07:00", timezone="Europe/Paris", **about)
    assert made == rsconnect_jupyter.schedule(**about)
    assert rsconnect_jupyter.set_schedule("off", **about).text == ""


@pytest.mark.usefixtures("known_sandbox")
def test_integrations_are_listed_and_chosen(
    command: Command, sandbox: Sandbox, failed_report: str, tmp_path: Path
) -> None:
    notebook = nightly_notebook(tmp_path / "nightly.ipynb")
    about = (notebook, "--update", failed_report, "--server", "sandbox")
    admin = Api(sandbox.url, sandbox.key)
    assert command(*about, "--list-integrations").stdout.strip() == "The server has no integrations."
    body = {"name": "Lake house", "template": "custom", "config": {"auth_type": "Viewer"}}
    guid = admin.json("POST", "v1/oauth/integrations", body)["guid"]
    try:
        listed = command(*about, "--list-integrations")
        assert listed.stdout.splitlines() == [f"   Lake house  Viewer  {guid}"], listed.stderr
        chosen = command(*about, "--set-integrations", "--integration", "lake house")
        assert chosen.stdout.splitlines() == [f"*  Lake house  Viewer  {guid}"], chosen.stderr
        server = Server(name="here", url=sandbox.url, api_key=Secret(sandbox.key))
        now = rsconnect_jupyter.integrations(notebook, server=server, content=failed_report)
        assert now.integrations[0].used
        now = rsconnect_jupyter.set_integrations("!Lake house", notebook, server=server, content=failed_report)
        assert not now.integrations[0].used
        wrong = command(*about, "--set-integrations", "--integration", "river", "--json")
        assert (wrong.returncode, json.loads(wrong.stdout)["code"]) == (2, "unknown-integration")
    finally:
        admin.json("DELETE", f"v1/oauth/integrations/{guid}", status=204)
