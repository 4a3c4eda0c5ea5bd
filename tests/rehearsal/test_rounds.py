"""Rehearsals round by round, in environments that need no package index: what runs, what is fixed, what is given up.

One test runs nbconvert; in the others a script stands for it, and for Voilà and Quarto, with what they print.
"""

from __future__ import annotations

import json
import os
import shutil
import site
import socket
import sys
import venv
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from authoring import write_notebook

import rsconnect_jupyter
from rsconnect_jupyter import cli
from rsconnect_jupyter.errors import Cancelled, RSConnectException
from rsconnect_jupyter.foreground import run_rehearsal
from rsconnect_jupyter.generators import exhaust
from rsconnect_jupyter.models import Event, PublishOptions
from rsconnect_jupyter.rehearsal import attempt, environments, rehearse
from rsconnect_jupyter.rehearsal.environments import MADE, clean_environment_of, find_python, remove_unfinished
from rsconnect_jupyter.rehearsal.request import RehearsalRequest
from rsconnect_jupyter.rehearsal.result import Rehearsal
from rsconnect_jupyter.runner.environments import EnvironmentFailedError
from rsconnect_jupyter.runner.ports import free_port
from rsconnect_jupyter.servers.store import ServerStore

pytestmark = pytest.mark.skipif(os.name == "nt", reason="stand-ins are shell scripts")


def make_environment(
    folder: Path, _requirements: Path | None, *, call: Any, say: Callable[[str], None], python: str, needed: str
) -> None:
    """Stand for an installation: the environment finds the packages of this one."""
    if call(["echo", f"{needed} is here"], dict(os.environ)):
        raise EnvironmentFailedError
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=False, symlinks=True)
    packages = next((folder / "lib").glob("python*/site-packages"))
    (packages / "all.pth").write_text("\n".join(site.getsitepackages()))
    info = packages / "PyYAML-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: PyYAML\nVersion: 1.0\n")


@pytest.fixture(autouse=True)
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make environments without an installer; return where they are."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(environments, "make_environment", make_environment)
    return tmp_path / "data" / "rsconnect-jupyter" / "environments"


def failed_cell(number: int, kind: str, text: str) -> str:
    """Return what nbconvert prints when a cell fails."""
    return (
        "nbclient.exceptions.CellExecutionError: An error occurred while executing the following cell:\n"
        f"------------------\nx\n------------------\n\n{kind}                 Traceback (most recent call last)\n"
        f"Cell In[{number}], line 1\n----> 1 x\n\n{kind}: {text}\n"
    )


NO_YAML = failed_cell(1, "ModuleNotFoundError", "No module named 'yaml'")
WRONG = failed_cell(1, "ValueError", "it is wrong")
PAGE = "mkdir -p '{site}' && echo made > '{site}/index.html'"


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have shell scripts stand for nbconvert, one for each round."""

    def stand(*scripts: str) -> None:
        waiting = iter(scripts)
        monkeypatch.setattr(
            attempt,
            "nbconvert_command",
            lambda _name, output, **_how: ["/bin/sh", "-c", next(waiting).replace("{site}", str(output))],
        )

    return stand


def says(text: str) -> str:
    return f"cat <<'END'\n{text}\nEND\nexit 1"


def ended(
    notebook: Path, *, events: list[Event] | None = None, should_stop: Callable[[], bool] = lambda: False, **how: Any
) -> Rehearsal:
    request = {"options": PublishOptions(mode="jupyter-static"), **how}
    steps = rehearse.rehearse(
        RehearsalRequest(notebook=notebook, root=notebook.parent, **request),
        store=ServerStore(),
        should_stop=should_stop,
    )
    return exhaust(steps, ([] if events is None else events).append)


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    return write_notebook(tmp_path / "project" / "n.ipynb", "# Some title", "import yaml")


def test_a_run_gives_a_page_and_what_it_shows_otherwise(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "project" / "n.ipynb", "# Some title", "print(6 * 7, 'files')")
    document = nbformat.read(notebook, as_version=4)
    document.cells[1].outputs = [nbformat.v4.new_output("stream", name="stdout", text="41 files\n")]
    nbformat.write(document, notebook)
    events: list[Event] = []
    found = ended(notebook, page=tmp_path / "pages" / "page.html", events=events)
    assert found.runs, found
    assert [each.message for each in found.differences] == ["Cell 2 printed 41 here and 42 in the rehearsal."]
    assert "42 files" in (tmp_path / "pages" / "page.html").read_text()
    assert (found.cached, found.environment_bytes > 0, found.seconds > 0) == (False, True, True)
    assert [each.seq for each in events] == list(range(len(events)))
    assert found.as_dict()["page"] == str(tmp_path / "pages" / "page.html")


def test_an_environment_is_kept_for_the_next_rehearsal(
    notebook: Path, prepared: Path, programs: Callable[..., None]
) -> None:
    programs(PAGE, "exit 0")
    first, second = ended(notebook, page=notebook.with_suffix(".html")), ended(notebook)
    assert [(each.runs, each.cached) for each in (first, second)] == [(True, False), (True, True)]
    assert notebook.with_suffix(".html").read_text() == "made\n"
    assert [each.name for each in prepared.glob(f"*/{MADE}")] == [MADE]


def test_fixes_are_applied_until_it_runs(notebook: Path, programs: Callable[..., None]) -> None:
    notebook.write_text(notebook.read_text().replace("import yaml", "1"))
    programs(says(NO_YAML), PAGE)
    events: list[Event] = []
    found = ended(notebook, fix=True, events=events)
    assert (found.runs, found.options.add_requirements) == (True, ("PyYAML",)), found
    assert [each.action for each in found.applied] == ["add-requirement"]
    [warning] = [each.message for each in events if each.status == "warning"]
    assert "Applied: " in warning
    assert "yaml" in warning


def test_without_fixes_it_ends_after_one_round(notebook: Path, programs: Callable[..., None]) -> None:
    programs(says(WRONG))
    found = ended(notebook)
    assert not found.runs
    assert "it is wrong" in found.message
    assert found.where is not None
    assert (found.where.cell, found.fix is not None and found.fix.action) == (1, "pin-requirements")


def test_pins_that_do_not_help_are_given_up(notebook: Path, programs: Callable[..., None]) -> None:
    programs(says(WRONG), says(WRONG))
    events: list[Event] = []
    found = ended(notebook, fix=True, events=events)
    assert (found.runs, found.fix, found.options.add_requirements) == (False, None, None)
    assert events[-2].message == "Installing the same versions as here does not help; they are not pinned."


@pytest.mark.parametrize("where", ["installing", "running"])
def test_what_takes_too_long_is_ended(
    where: str, notebook: Path, programs: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "installing":

        def endless(*_arguments: Any, call: Any, **_named: Any) -> None:
            call(["sleep", "1000"], dict(os.environ))
            raise EnvironmentFailedError

        monkeypatch.setattr(environments, "make_environment", endless)
    programs("sleep 1000")
    found = ended(notebook, time_limit=0.5)
    assert not found.runs
    assert "0.5 seconds" in found.message


def test_what_cannot_be_installed_is_the_cause(notebook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_arguments: Any, call: Any, **_named: Any) -> None:
        call(["echo", "ERROR: No matching distribution found for nonesuch==9"], dict(os.environ))
        raise EnvironmentFailedError

    monkeypatch.setattr(environments, "make_environment", failing)
    found = ended(notebook)
    assert (found.runs, found.environment_bytes) == (False, 0)
    assert "nonesuch" in found.message


def test_a_stop_ends_what_runs(notebook: Path, tmp_path: Path, programs: Callable[..., None]) -> None:
    started = tmp_path / "started"
    programs(f"touch '{started}'; sleep 1000")
    with pytest.raises(Cancelled):
        ended(notebook, should_stop=started.exists)


def test_a_stop_starts_nothing_more(notebook: Path, prepared: Path) -> None:
    with pytest.raises(Cancelled):
        ended(notebook, should_stop=lambda: True)
    assert list(prepared.glob(f"*/{MADE}")) == []


VOILA = """
import http.server, json, os, pathlib, sys

def answer(self):
    known = json.loads((pathlib.Path(os.environ["JUPYTER_CONFIG_DIR"]) / "voila.json").read_text())["Voila"]["token"]
    self.send_response(200 if self.headers["Authorization"] == "token " + known else 403)
    self.end_headers()
    self.wfile.write(b"%s")

Handler = type("Handler", (http.server.BaseHTTPRequestHandler,), {"do_GET": answer})
try:
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
except OSError:
    sys.exit("ERROR: the Voila server could not be started because no available port could be found.")
"""


@pytest.mark.parametrize(
    ("page", "runs"), [("a page", True), ("There was an error when executing cell 1", False)], ids=["whole", "broken"]
)
def test_an_interactive_app_is_started_and_its_first_page_read(
    page: str, runs: bool, notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        attempt, "VOILA", ("-c", VOILA.replace("%s", page).replace("{", "{{").replace("}", "}}"), "{port}")
    )
    with ExitStack() as stack:
        if runs:  # another process has the first port
            taken = stack.enter_context(socket.socket())
            taken.bind(("127.0.0.1", 0))
            ports = iter([taken.getsockname()[1], free_port()])
            monkeypatch.setattr(attempt, "free_port", lambda: next(ports))
        assert ended(notebook, options=PublishOptions(mode="jupyter-voila")).runs is runs


def test_an_interactive_app_that_ends_before_it_answers_has_failed(
    notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "VOILA", ("-c", "raise SystemExit('voila: it is broken')"))
    found = ended(notebook, options=PublishOptions(mode="jupyter-voila"))
    assert not found.runs
    assert "voila: it is broken" in found.lines


def test_quarto_renders_and_its_page_is_taken(notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "quarto"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\n[ $1 = --version ] && echo 1.9.1 && exit\necho "made of $2 by $1" > "${2%.*}.html"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    page = tmp_path / "page.html"
    assert ended(notebook, options=PublishOptions(mode="quarto-static"), page=page).runs
    assert page.read_text() == "made of n.ipynb by render\n"


def kernel(version: str, interpreter: str = "/here/python") -> Any:
    return SimpleNamespace(version=version, interpreter=interpreter)


@pytest.mark.parametrize(
    ("kernel", "offered", "elsewhere", "chosen"),
    [
        (kernel("3.11.7"), None, None, ("/here/python", "3.11")),
        (kernel("3.11.7"), ["3.10.2", "3.11.1"], None, ("/here/python", "3.11")),
        (kernel("3.11.7"), ["3.9.2", "3.10.2"], "/other/python", ("/other/python", "3.10")),
        (kernel("3.11.7"), ["3.9.2", "3.10.2"], None, ("/here/python", "3.11")),
        (None, ["3.10.2"], "/other/python", ("/other/python", "3.10")),
        (None, ["3.10.2"], None, None),
    ],
    ids=["no server", "the server has it", "another one is here", "it is not here", "no kernel", "nothing"],
)
def test_the_servers_python_is_taken_where_this_machine_has_it(
    kernel: Any, offered: Sequence[str] | None, elsewhere: str | None, chosen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearse, "find_python", lambda _version: elsewhere)
    facts = SimpleNamespace(python=offered) if offered else None
    inspection: Any = SimpleNamespace(kernel=kernel, answers=SimpleNamespace(facts=facts))
    if chosen is None:
        with pytest.raises(RSConnectException) as caught:
            rehearse._python(inspection)
        assert caught.value.code == "rehearsal-not-possible"
    else:
        assert rehearse._python(inspection)[0] == chosen


@pytest.mark.parametrize(
    ("script", "found"),
    [("echo " + sys.executable, sys.executable), ("echo /gone/python", None), ("exit 1", None), (None, None)],
    ids=["one", "gone", "none", "no uv"],
)
def test_uv_finds_a_python(
    script: str | None, found: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if script is not None:
        (tmp_path / "uv").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_python("3.11") == found


def test_an_environment_that_was_being_made_is_removed(prepared: Path) -> None:
    remove_unfinished()  # where none was made
    with clean_environment_of(None, python=sys.executable, call=lambda *_: 0, say=print) as whole:
        (prepared / "unfinished").mkdir()
        remove_unfinished()
        assert {each.name for each in prepared.iterdir() if each.is_dir()} == {whole.folder.name}
        (whole.folder / MADE).write_text("no JSON")
    with clean_environment_of(None, python=sys.executable, call=lambda *_: 0, say=print, most=0) as again:
        assert not again.cached


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Run ``jupyter publish`` in this process; return its exit code and output."""

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["jupyter-publish", *arguments])
        try:
            cli.main()
        except SystemExit as exc:
            return int(exc.code or 0), capsys.readouterr().out
        return 0, capsys.readouterr().out

    return run


def test_the_command_says_how_it_went(
    notebook: Path, programs: Callable[..., None], command: Callable[..., Any], tmp_path: Path
) -> None:
    arguments = [str(notebook), "--as", "source", "--rehearse"]
    programs(says(WRONG))
    code, out = command(*arguments, "--quiet")
    assert code == 1
    assert "it is wrong" in out
    assert "To pin" in out
    assert "--add-requirement PyYAML" in out

    notebook.write_text(notebook.read_text().replace("import yaml", "1"))
    programs(says(NO_YAML), PAGE)
    code, out = command(*arguments, "--fix", "--output", str(tmp_path / "page.html"))
    assert code == 0
    assert "--add-requirement PyYAML" in out.split("Added")[1]
    assert str(tmp_path / "page.html") in out

    programs(PAGE)
    code, out = command(*arguments, "--json")
    assert (code, json.loads(out.splitlines()[-1])["runs"]) == (0, True)


def test_the_function_rehearses_too(notebook: Path, programs: Callable[..., None]) -> None:
    programs(PAGE)
    events: list[Event] = []
    found = rsconnect_jupyter.rehearse(notebook, mode="jupyter-static", on_event=events.append)
    assert (found.runs, events[-1].step) == (True, "done")
    with pytest.raises(RSConnectException):
        rsconnect_jupyter.rehearse(notebook, server="nobody-knows-it")


def test_in_a_cell_the_kernel_s_own_notebook_is_rehearsed(notebook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(run_rehearsal, "find_notebook", lambda: notebook)
    monkeypatch.setattr(run_rehearsal, "ask_this_kernel", asked.append)
    assert rsconnect_jupyter.rehearse(mode="static").runs
    assert asked == [notebook]
