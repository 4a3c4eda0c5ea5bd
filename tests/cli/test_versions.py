"""``--versions``, ``--compare``, ``--restore`` and ``--download`` as a user starts them, and the same as functions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest
from serving import Sandbox

from rsconnect_jupyter.cli.arguments import read_arguments
from rsconnect_jupyter.cli.command import Command as CommandHere
from rsconnect_jupyter.cli.version_commands import comparison_text, versions_text
from rsconnect_jupyter.errors import TargetError
from rsconnect_jupyter.foreground.content_versions import PublishedNotebook
from rsconnect_jupyter.history.publications import NotebookHistory
from rsconnect_jupyter.models import ComparedCell, VersionComparison

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
    folder = published.parent / "again"
    folder.mkdir()
    link = f"{known_sandbox.url}/content/{guid(published)}/"
    again = rsconnect_jupyter.download(link, server="sandbox", folder=folder)
    assert again.parent == folder, "a page has no notebook in it"


def guid(notebook: Path) -> str:
    return NotebookHistory(notebook).publications()[0].guid


def in_process(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """Run the command in this process and return what it prints."""
    CommandHere(read_arguments([str(each) for each in arguments])).run()
    return capsys.readouterr().out


def test_json_and_quiet_say_the_same_as_text(
    published: Path, known_sandbox: Sandbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(published.parent.parent)
    content = guid(published)
    assert json.loads(in_process(capsys, published, "--compare", "--json"))["differs"] is False
    assert in_process(capsys, published, "--compare", "--quiet") == ""
    fetched = json.loads(in_process(capsys, "--download", content, "--server", "sandbox", "--json"))
    assert (fetched["guid"], Path(fetched["folder"]).is_dir()) == (content, True)
    assert in_process(capsys, "--download", content, "--server", "sandbox").startswith("'Quarterly sales' is in ")

    newest = NotebookHistory(published).publications()[0].bundle_id
    restored = in_process(capsys, published, "--restore", newest, "--json").splitlines()
    assert json.loads(restored[-1])["guid"] == content
    for code, hint in (("published-by-others", "--overwrite"), ("never-published", "")):
        refusal = TargetError.of(code, title="T", name="a", server="s")
        monkeypatch.setattr(PublishedNotebook, "restore", Mock(side_effect=refusal))
        with pytest.raises(TargetError) as caught:
            in_process(capsys, published, "--restore", newest)
        assert hint in caught.value.hint


def test_texts_of_versions_that_are_seldom_seen() -> None:
    assert versions_text([]) == "There are no versions yet."
    cells = (
        ComparedCell(kind="code", change="changed", old_number=2, new_number=2, outputs_changed=True),
        ComparedCell(kind="code", change="removed", old_source="gone", old_number=3),
        ComparedCell(kind="code", change="same"),
    )
    pages = VersionComparison(old="version 1", new="the notebook", basis="page", cells=cells)
    sources = VersionComparison(old="version 1", new="the notebook", cells=cells)
    shown = comparison_text(pages).splitlines()
    assert [shown[0], *shown[2:]] == comparison_text(sources).splitlines()
    assert shown == [
        "The notebook differs from version 1:",
        "(The source is not in the version: the text of the pages is compared.)",
        "~ Cell 2, code (outputs)",
        "- Cell 3, code",
        "    - gone",
    ]
