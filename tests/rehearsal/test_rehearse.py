"""Rehearsals: the bundle runs in a clean environment, failures name cell and cause, and fixes are applied."""

from __future__ import annotations

import html
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from authoring import write_notebook
from sandbox.publishing import Api
from serving import Sandbox, running_sandbox

import rsconnect_jupyter
from rsconnect_jupyter.errors import Cancelled, PreflightError, RSConnectException
from rsconnect_jupyter.models import Event, Fix, PublishOptions, PublishRequest, Secret, Server
from rsconnect_jupyter.publishing.publish import publish
from rsconnect_jupyter.rehearsal import attempt
from rsconnect_jupyter.rehearsal.environments import MADE, find_python, remove_oldest
from rsconnect_jupyter.rehearsal.rehearse import rehearse
from rsconnect_jupyter.rehearsal.request import RehearsalRequest
from rsconnect_jupyter.rehearsal.result import Rehearsal, with_fix
from rsconnect_jupyter.runner.ports import free_port
from rsconnect_jupyter.servers.store import ServerStore


def needs_index(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test that installs from a package index, as a server does."""
    marked: Callable[..., None] = pytest.mark.slow(pytest.mark.peer(test))
    return marked


@pytest.fixture(scope="module", autouse=True)
def shared_environments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One data folder for all tests here: an environment is made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")  # uv, where it is installed
        yield


def run(notebook: Path, *, fix: bool = False, page: Path | None = None, **options: Any) -> Rehearsal:
    return finished(notebook, [], fix=fix, page=page, **options)


def finished(
    notebook: Path,
    events: list[Event],
    *,
    fix: bool = False,
    page: Path | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    **options: Any,
) -> Rehearsal:
    request = RehearsalRequest(
        notebook=notebook,
        root=notebook.parent,
        options=PublishOptions(**{"mode": "jupyter-static", **options}),
        fix=fix,
        page=page,
    )
    ended: list[Rehearsal] = []

    def steps() -> Iterator[Event]:
        ended.append((yield from rehearse(request, store=ServerStore(), should_stop=should_stop)))

    events.extend(steps())
    return ended[0]


HIDDEN_IMPORT = "import importlib\nimportlib.import_module('ya' + 'ml')"


@needs_index
def test_what_runs_gives_its_page_and_the_environment_is_kept(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "good.ipynb", "# Good", "print('six times seven is', 6 * 7)")
    first = run(notebook, page=tmp_path / "page.html")
    assert (first.runs, first.fix, first.where) == (True, None, None)
    assert "six times seven is 42" in (tmp_path / "page.html").read_text()
    assert first.python == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert first.environment_bytes > 1_000_000
    assert run(notebook).cached


@needs_index
def test_what_the_notebook_shows_otherwise_is_named(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "# Some title", "import os\nprint(len(os.listdir('.')), 'files')")
    document = nbformat.read(notebook, as_version=4)
    document.cells[1].outputs = [nbformat.v4.new_output("stream", name="stdout", text="1204 files\n")]
    nbformat.write(document, notebook)
    [difference] = run(notebook).differences
    assert "Cell 2 printed 1204 here and " in difference.message
    assert difference.where is not None
    assert difference.where.cell == 1


@needs_index
def test_a_missing_package_is_named_with_its_cell_and_added_by_the_fix(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "bad.ipynb", "# Bad", "1", HIDDEN_IMPORT)
    found = run(notebook)
    assert not found.runs
    assert found.where is not None
    assert found.where.cell == 2
    assert "yaml" in found.message
    assert "rehearsal" in found.message
    assert found.fix is not None
    assert (found.fix.action, found.fix.value) == ("add-requirement", ["PyYAML"])

    fixed = run(notebook, fix=True)
    assert fixed.runs
    assert fixed.options.add_requirements == ("PyYAML",)


@needs_index
@pytest.mark.thorough
def test_several_faults_are_fixed_one_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "numbers.txt").write_text("1 2 3")
    source = "name = ''.join(reversed('txt.srebmun'))\nprint(open(name).read())"
    notebook = write_notebook(tmp_path / "two.ipynb", "# Two faults", HIDDEN_IMPORT, source)
    fixed = run(notebook, fix=True)
    assert fixed.runs
    assert fixed.options.add_requirements == ("PyYAML",)
    assert fixed.options.files == ("numbers.txt",)


@needs_index
def test_what_no_option_mends_ends_the_rounds(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "wrong.ipynb", "# Wrong", "print(undefined_name)")
    events: list[Event] = []
    found = finished(notebook, events, fix=True)
    assert not found.runs
    assert "undefined_name" in found.message
    assert [each.step for each in events].count("inspect") == 2  # one round: its start and its end


@needs_index
def test_requirements_that_cannot_be_installed_are_the_cause(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("no-such-package-of-ours==9.9.9\nipykernel\n")
    found = run(write_notebook(tmp_path / "n.ipynb", "# Some title", "1"))
    assert not found.runs
    assert "no-such-package-of-ours" in found.message


@needs_index
def test_it_runs_with_nothing_of_the_authors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECT_API_KEY", "k" * 32)
    monkeypatch.setenv("MY_SETTING", "from-the-author")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "mine"))
    (tmp_path / "left-out.txt").write_text("1")
    source = "import json, os, sys\nprint('#' + json.dumps([dict(os.environ), sys.path, os.listdir('.')]) + '#')"
    page = tmp_path / "page.html"
    assert run(
        write_notebook(tmp_path / "n.ipynb", "# Some title", source), page=page, env={"REGION": Secret("north")}
    ).runs
    variables, places, files = json.loads(html.unescape(page.read_text()).split("#[")[-1].partition("]#")[0].join("[]"))
    assert variables["REGION"] == "north"
    assert not {"CONNECT_API_KEY", "MY_SETTING", "PYTHONPATH"} & variables.keys()
    assert variables["HOME"] != os.environ["HOME"]
    assert not any(
        str(tmp_path / "mine") in each or str(Path(rsconnect_jupyter.__file__).parents[1]) in each for each in places
    )
    assert "left-out.txt" not in files


@needs_index
def test_the_page_is_the_one_that_a_publish_gives(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "work" / "n.ipynb", "# Some title", "print(6 * 7)", "import json\njson")
    page = tmp_path / "page.html"
    assert run(notebook, page=page).runs
    with running_sandbox(tmp_path / "sandbox", "--python", "venv") as sandbox:
        published = publish_to(sandbox, notebook, tmp_path / "history")
        assert Api(sandbox.url, sandbox.key).page(published).content == page.read_bytes()


def publish_to(sandbox: Sandbox, notebook: Path, folder: Path) -> str:
    server = Server(name="sandbox", url=sandbox.url, api_key=Secret(sandbox.key))
    options = PublishOptions(mode="jupyter-static")
    request = PublishRequest(notebook=notebook, root=notebook.parent, server=server, options=options)
    events = list(publish(request, folder=folder))
    return str((events[-1].data or {})["url"])


def is_running(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@needs_index
def test_a_stop_ends_the_run_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    started = tmp_path / "started"
    source = f"import os\nopen({str(started)!r}, 'w').write(str(os.getpid()))\nwhile True: pass"
    notebook = write_notebook(tmp_path / "n.ipynb", "# Some title", source)
    with pytest.raises(Cancelled):
        finished(notebook, [], should_stop=lambda: started.exists() and bool(started.read_text()))
    assert not is_running(int(started.read_text()))
    assert list(scratch.iterdir()) == []


def test_a_finished_document_is_its_own_rehearsal(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "n.ipynb", "# Some title", "1")
    found = run(notebook, mode="static", page=tmp_path / "page.html")
    assert (found.runs, found.environment_bytes) == (True, 0)
    assert "Some title" in (tmp_path / "page.html").read_text()


def test_what_stops_a_publish_stops_a_rehearsal(tmp_path: Path) -> None:
    with pytest.raises(PreflightError):
        run(write_notebook(tmp_path / "n.ipynb", "# Some title", "1"), requirements="gone.txt")


@needs_index
def test_quarto_renders_where_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for Quarto: it is called in the clean environment, and its page is taken."""
    program = tmp_path / "bin" / "quarto"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n[ $1 = --version ] && echo 1.9.1 && exit\n"
        'echo "<h1>made of $2 by $1 with $QUARTO_PYTHON</h1>" > "${2%.*}.html"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    page = tmp_path / "page.html"
    notebook = write_notebook(tmp_path / "project" / "n.ipynb", "# Some title", "1")
    assert run(notebook, mode="quarto-static", page=page).runs
    assert "made of n.ipynb by render with " in page.read_text()
    assert "environments" in page.read_text()


def test_without_quarto_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with pytest.raises(RSConnectException) as caught:
        run(write_notebook(tmp_path / "n.ipynb", "# Some title", "1"), mode="quarto-static")
    assert caught.value.code == "rehearsal-not-possible"


@needs_index
def test_the_command_says_how_it_went_by_its_exit_code(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "bad.ipynb", "# Bad", HIDDEN_IMPORT)
    command = [sys.executable, "-m", "rsconnect_jupyter", str(notebook), "--as", "source", "--rehearse", "--quiet"]
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert failed.returncode == 1, failed.stderr
    assert "cell 2" in failed.stdout
    fixed = subprocess.run([*command, "--fix", "--json"], capture_output=True, text=True, check=False)
    assert fixed.returncode == 0, fixed.stderr
    assert json.loads(fixed.stdout.splitlines()[-1])["runs"] is True


@pytest.mark.parametrize(
    ("fix", "changed"),
    [
        (Fix(action="add-requirement", label="", value=["a"]), {"add_requirements": ("b", "a")}),
        (Fix(action="add-requirement", label="", value=["b"]), None),
        (Fix(action="add-file", label="", value="x.csv"), {"files": ("x.csv",)}),
        (Fix(action="set-requirements", label="", value="freeze"), {"requirements": "freeze"}),
        (Fix(action="run-all", label="", value=None), None),
        (Fix(action="remove-requirement", label="", value=["b"]), {"add_requirements": None}),
        (Fix(action="pin-requirements", label="", value=["B==1", "c==2"]), {"add_requirements": ("B==1", "c==2")}),
    ],
    ids=["package", "known package", "file", "requirements", "not an option", "not needed", "pins"],
)
def test_a_fix_changes_the_options_or_nothing(fix: Fix, changed: dict[str, object] | None) -> None:
    options = with_fix(PublishOptions(add_requirements=("b",)), fix)
    expected = PublishOptions(**{"add_requirements": ("b",), **changed}) if changed else None  # type: ignore[arg-type]
    assert options == expected


def test_environments_used_longest_ago_go_first(tmp_path: Path) -> None:
    for age, name in enumerate(("newest", "older", "oldest")):
        (tmp_path / name).mkdir()
        (tmp_path / name / MADE).write_text('{"bytes": 100}')
        os.utime(tmp_path / name / MADE, (1_000_000 - age, 1_000_000 - age))
    remove_oldest(tmp_path, keep=tmp_path / "oldest", most=150)
    assert {each.name for each in tmp_path.iterdir() if each.is_dir()} == {"newest", "oldest"}


def test_a_python_that_is_not_there_is_not_downloaded() -> None:
    assert find_python("3.99") is None


HIDDEN_IN_APP = "import importlib\nimportlib.import_module('sorted' + 'containers')"


@needs_index
@pytest.mark.thorough
def test_an_interactive_app_is_started_and_its_first_page_loaded(tmp_path: Path) -> None:
    bad = write_notebook(tmp_path / "bad.ipynb", "# Bad", "rows = 1", HIDDEN_IN_APP)
    events: list[Event] = []
    found = finished(bad, events, mode="jupyter-voila", fix=True)
    assert found.runs, found.message
    assert found.options.add_requirements == ("sortedcontainers",)
    [failed] = [each.message for each in events if each.status == "warning"]
    assert "in cell 3" in failed


@needs_index
@pytest.mark.thorough
def test_an_interactive_app_whose_port_was_taken_is_started_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        ports = iter([taken.getsockname()[1], free_port()])
        monkeypatch.setattr(attempt, "free_port", lambda: next(ports))
        found = run(write_notebook(tmp_path / "n.ipynb", "# Some title", "1"), mode="jupyter-voila")
    assert found.runs, found.message
    assert list(ports) == []
