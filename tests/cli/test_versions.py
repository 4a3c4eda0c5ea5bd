"""``--versions``, ``--compare``, ``--restore`` and ``--download`` as a user starts them, and the same as functions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from serving import Sandbox

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def published(make_notebook: Callable[..., Path], known_sandbox: Sandbox, command: Command) -> Path:
    """A notebook with two versions."""
    notebook = make_notebook("print('one')", name="versions.ipynb")
    first = command(notebook, "--as", "html", "--server", "sandbox", "--note", "First", "--quiet")
    assert first.returncode == 0, first.stderr
    make_notebook("print('two')", name="versions.ipynb")
    second = command(notebook, "--note", "Second", "--quiet")
    assert second.returncode == 0, second.stderr
    return notebook


def ids(command: Command, notebook: Path) -> list[str]:
    listed = command(notebook, "--versions", "--json")
    assert listed.returncode == 0, listed.stderr
    return [json.loads(each)["id"] for each in listed.stdout.splitlines()]


def test_versions_are_listed_compared_and_restored(
    published: Path, make_notebook: Callable[..., Path], command: Command
) -> None:
    table = command(published, "--versions").stdout.splitlines()
    assert [line.split()[-1] for line in table] == ["NOTE", "Second", "First"]
    assert table[1].startswith("*")

    same = command(published, "--compare")
    assert (same.returncode, same.stdout.startswith("No difference")) == (0, True), same.stderr
    make_notebook("print('three')", name="versions.ipynb")
    differs = command("--compare", published)
    assert differs.returncode == 1
    assert "    - print('two')\n    + print('three')" in differs.stdout

    second, first = ids(command, published)
    versions = command(published, "--compare", f"{first}..{second}")
    assert versions.returncode == 1
    assert "    - print('one')\n    + print('two')" in versions.stdout
    restored = command(published, "--restore", first)
    assert restored.returncode == 0, restored.stderr
    assert [json.loads(each)["state"] for each in command(published, "--versions", "--json").stdout.splitlines()] == [
        "earlier",
        "active",
    ]


def test_published_content_is_fetched_into_a_new_folder(
    make_notebook: Callable[..., Path], known_sandbox: Sandbox, command: Command, tmp_path: Path
) -> None:
    notebook = make_notebook("print('one')", name="versions.ipynb")
    url = command(notebook, "--as", "html", "--file", "versions.ipynb", "--server", "sandbox", "--quiet").stdout.strip()

    fetched = command("--download", url, "--quiet")
    assert fetched.returncode == 0, fetched.stderr
    copy = Path(fetched.stdout.strip())
    assert copy.read_bytes() == notebook.read_bytes()
    assert command(copy, "--quiet").stdout.strip() == url


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["report.ipynb", "--versions", "--compare"], "different commands", id="two commands"),
        pytest.param(["--versions"], "No notebook was named", id="no notebook"),
        pytest.param(["report.ipynb", "--download", "x"], "takes a content", id="notebook and download"),
        pytest.param(["--download", "nothing"], "names no content", id="no GUID"),
    ],
)
def test_what_contradicts_itself_is_refused(arguments: list[str], said: str, command: Command, own_data: Path) -> None:
    refused = command(*arguments)
    assert refused.returncode == 2
    assert said in refused.stderr


def test_a_notebook_that_was_never_published_has_no_versions(
    make_notebook: Callable[..., Path], known_sandbox: Sandbox, command: Command
) -> None:
    refused = command(make_notebook("1", name="new.ipynb"), "--versions", "--server", "sandbox")
    assert refused.returncode != 0
    assert "was not published to sandbox" in refused.stderr


def test_the_functions_do_the_same(published: Path, make_notebook: Callable[..., Path], known_sandbox: Sandbox) -> None:
    import rsconnect_jupyter

    found = rsconnect_jupyter.versions(published)
    assert [each.note for each in found] == ["Second", "First"]
    assert not rsconnect_jupyter.compare(published).differs
    assert rsconnect_jupyter.compare(published, found[1].id, found[0].id).differs
    assert rsconnect_jupyter.restore(found[1].id, published).bundle_id == found[1].id
