"""Commands about content in this process: JSON, ``--quiet``, and texts that are seldom seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nightly_content import nightly_notebook
from serving import Sandbox

from rsconnect_jupyter.cli import content_commands
from rsconnect_jupyter.cli.arguments import read_arguments
from rsconnect_jupyter.foreground.content_runs import RunLog
from rsconnect_jupyter.foreground.content_versions import PublishedNotebook
from rsconnect_jupyter.models import ContentRun, PublishOptions, ScheduleState, Secret, Server, TaskResult

Run = Callable[..., tuple[str, str]]
RUN = ContentRun(key="k", kind="render", reason="request", outcome="ok")


@pytest.fixture
def run(sandbox: Sandbox, failed_report: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Do what arguments say with content whose last run failed; returns what is printed."""
    notebook = nightly_notebook(tmp_path / "nightly.ipynb")
    server = Server(name="here", url=sandbox.url, api_key=Secret(sandbox.key))
    published = PublishedNotebook(notebook=notebook, server=server, guid=failed_report)

    def run(*arguments: str) -> tuple[str, str]:
        parsed = read_arguments([str(notebook), *arguments])
        content_commands.look_after(parsed, published, lambda _notebook: PublishOptions())
        shown = capsys.readouterr()
        return shown.out, shown.err

    return run


def test_json_is_a_line_for_each(run: Run) -> None:
    assert {json.loads(line)["kind"] for line in run("--runs", "--json")[0].splitlines()} >= {"render"}
    assert "NIGHT" in {json.loads(line)["name"] for line in run("--variables", "--json")[0].splitlines()}
    assert json.loads(run("--list-integrations", "--json")[0])["integrations"] == []


@pytest.mark.parametrize("command", [["--list-integrations"], ["--show-schedule"], ["--set-variables"]])
def test_quiet_prints_nothing(command: list[str], run: Run) -> None:
    assert run(*command, "--quiet") == ("", "")


def test_what_went_well_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_content(_published: PublishedNotebook, show: Callable[[str], None]) -> TaskResult:
        show("a line")
        return TaskResult(task_id="T", code=0, error="")

    monkeypatch.setattr(content_commands, "run_content", run_content)
    assert run("--run-now") == ("The server has run it.\n", "a line\n")
    assert run("--run-now", "--quiet") == ("", "")
    assert json.loads(run("--run-now", "--json")[0]) == {"task_id": "T", "code": 0}

    log = RunLog(run=RUN, lines=("printed",))
    monkeypatch.setattr(content_commands, "content_run_log", lambda _published, _key: log)
    assert run("--run-log", "k") == ("printed\n", "")
    assert run("--run-log", "k", "--quiet") == ("", "")


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        pytest.param({}, ["The content has no schedule."], id="none"),
        pytest.param(
            {"text": "every day 07:00", "next_run": "2026-11-28T06:00:00Z"},
            ["every day 07:00", "  Next run   2026-11-28 06:00 UTC"],
            id="next run",
        ),
        pytest.param(
            {"text": "every day", "reason": "the server has no such route", "dashboard_url": "http://s/x"},
            ["every day", "  It cannot be set from here: the server has no such route.", "  Dashboard  http://s/x"],
            id="not from here",
        ),
    ],
)
def test_a_schedule_is_lines(parts: dict[str, Any], lines: list[str]) -> None:
    assert content_commands.schedule_lines(ScheduleState(writable=True, **parts)).splitlines() == lines


def test_without_runs_a_sentence_says_so() -> None:
    assert content_commands.runs_text(()) == "The server lists no runs."
