"""The commands and the sample output of README and docs are what really happens; the reference leaves nothing out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from serving import Sandbox

from rsconnect_jupyter.models import Secret
from rsconnect_jupyter.servers.store import ServerStore

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
PAGES = sorted(each for each in DOCS.rglob("*.md") if not {"_build", "_generated"} & set(each.parts))
COMMANDED = [PROJECT / "README.md", *PAGES]
SESSIONS = DOCS / "reference" / "command-line.md"
SCRIPT = DOCS / "reference" / "publish.md"
ADDRESS = "https://connect.example.com"

Shell = Callable[[str], str]


def blocks(page: Path, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)


def masked(text: str, sandbox: Sandbox) -> list[str]:
    """Return lines without what differs from run to run: identifiers, times, sizes, versions, widths."""
    text = text.replace(sandbox.url, ADDRESS)
    for pattern, stand_in in (
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "GUID"),
        (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
        (r'("task_id": ")\w+|("bundle_id": ")\d+|(as bundle )\d+', r"\1\2\3ID"),
        (r"[\d.]+ ([kM]?B)\b", r"SIZE \1"),
        (r"(version )\d+", r"\1ID"),
        (r"(Python |==)\d+(\.\d+)+", r"\1VERSION"),
        (r" {2,}", "  "),
    ):
        text = re.sub(pattern, stand_in, text)
    return [each.rstrip() for each in text.strip().splitlines()]


def agrees(shown: list[str], real: list[str]) -> bool:
    """Tell whether the lines are those shown, where a line of dots stands for any number of lines."""
    pattern = "".join(r"(?:.*\n)*?" if each.strip() == "..." else re.escape(each) + "\n" for each in shown)
    return re.fullmatch(pattern, "".join(f"{each}\n" for each in real)) is not None


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the notebooks that the pages speak of, and a store of servers that knows none."""
    folder = tmp_path / "project"
    shutil.copytree(PROJECT / "examples", folder)
    shutil.copy(folder / "minimal.ipynb", folder / "report.ipynb")
    trustme.CA().cert_pem.write_to_path(str(folder / "company-ca.pem"))
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "jupyter").write_text(f'#!/bin/sh\nshift\nexec "{sys.executable}" -m rsconnect_jupyter "$@"\n')
    (programs / "jupyter").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CONNECT_API_KEY", sandbox.key)
    return folder


@pytest.fixture
def shell(project: Path, sandbox: Sandbox) -> Shell:
    """Type a line into a shell, with the sandbox in the place of the example's server; returns what is shown."""

    def run(line: str) -> str:
        done = subprocess.run(
            ["bash", "-c", line.replace(ADDRESS, sandbox.url)],
            cwd=project,
            env={**os.environ, "COLUMNS": "100"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0 or line.endswith('echo "Exit code $?"'), f"{line}\n{done.stdout}"
        return done.stdout

    return run


def exchanges(session: str) -> Iterator[tuple[str, str]]:
    """Yield each typed line of a session with the answer shown below it."""
    for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        typed, _, answer = part.partition("\n")
        yield typed, answer


@pytest.mark.slow
def test_the_sessions_shown_are_what_the_command_answers(shell: Shell, sandbox: Sandbox) -> None:
    for session in blocks(SESSIONS, "console"):
        for typed, answer in exchanges(session):
            real = shell(typed)
            assert agrees(masked(answer, sandbox), masked(real, sandbox)), f"$ {typed}\n{real}"


@pytest.mark.slow
def test_the_script_shown_prints_what_is_shown(project: Path, sandbox: Sandbox) -> None:
    ServerStore().add(name="company", url=sandbox.url, api_key=Secret(sandbox.key))
    (script,), (shown,) = blocks(SCRIPT, "python"), blocks(SCRIPT, "text")
    done = subprocess.run([sys.executable, "-c", script], cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert agrees(masked(shown, sandbox), masked(done.stdout, sandbox)), done.stdout


def told_to_type(page: Path) -> list[str]:
    """Return the publishes among a page's commands; a sign-in waits for a person and has its own tests."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("jupyter publish") and not re.search(r"--(sign-|finish)", line)]


@pytest.mark.slow
@pytest.mark.parametrize("page", [each for each in COMMANDED if told_to_type(each)], ids=lambda page: page.stem)
def test_every_publish_that_a_page_tells_to_type_works(
    page: Path, shell: Shell, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = told_to_type(page)
    lines = "\n".join(typed)
    if "$CONNECT_SERVER" in lines:
        monkeypatch.setenv("CONNECT_SERVER", sandbox.url)
    for name in re.findall(r"--server (\w+)(?![\w:])", lines):
        ServerStore().add(name=name, url=sandbox.url, api_key=Secret(sandbox.key))
    for name in re.findall(r"--env (\w+)", lines):
        monkeypatch.setenv(name, "something")
    for line in typed:
        shell(line)


@pytest.mark.slow
def test_the_lines_of_python_in_the_readme_work(project: Path, sandbox: Sandbox) -> None:
    ServerStore().add(name="sandbox", url=sandbox.url, api_key=Secret(sandbox.key))
    (script,) = blocks(PROJECT / "README.md", "python")
    in_a_kernel = {**os.environ, "JPY_SESSION_NAME": str(project / "report.ipynb")}
    command = [sys.executable, "-W", "error:::rsconnect_jupyter", "-c", script]
    done = subprocess.run(command, cwd=project, env=in_a_kernel, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^(\w+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    for page in (PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *PAGES):
        named = set(re.findall(r"(?:^|`)make (\w+)", page.read_text(), re.MULTILINE))
        assert named <= targets, page


def test_every_file_that_contributors_are_sent_to_exists() -> None:
    text = (PROJECT / "CONTRIBUTING.md").read_text()
    paths = [
        each for each in re.findall(r"`([\w./-]+\.(?:py|tsx?|yaml|toml|json|md))(?:::[\w.]+)?`", text) if "/" in each
    ]
    assert paths
    assert [each for each in paths if not (PROJECT / each).exists()] == []


def test_the_security_page_names_tests_that_exist() -> None:
    page = (DOCS / "explanation" / "security.md").read_text()
    named = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", page)
    assert len(named) > 20
    for file, test in named:
        source = (PROJECT / "tests" / file).read_text()
        assert not test or re.search(rf"def {test}\(", source), f"{file}::{test}"
