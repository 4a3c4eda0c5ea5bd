"""Whatever is wrong: one sentence, one hint, the right exit code, no traceback."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import Sandbox

CASES = {
    "no notebook named": ([], 2, "No notebook was named."),
    "two notebooks": (["{notebook}", "{other}"], 2, "2 notebooks were named."),
    "two notebooks apart": (["{notebook}", "--new", "{other}"], 2, "2 notebooks were named."),
    "no such option": (["{notebook}", "--publish-harder"], 2, "There is no option --publish-harder."),
    "an option without its value": (["{notebook}", "--server"], 2, "--server needs a value."),
    "a value for a switch": (["{notebook}", "--json=yes"], 2, "--json takes no value."),
    "no number": (["{notebook}", "--run-timeout", "soon"], 2, "--run-timeout takes a number, not 'soon'."),
    "missing notebook": (["missing.ipynb"], 2, "There is no notebook missing.ipynb."),
    "a folder": (["{folder}"], 2, "is a folder, not a notebook."),
    "not a notebook by its name": (["{text}"], 2, "is not a notebook."),
    "not JSON": (["{broken}", "--server", "{url}"], 2, ""),
    "JSON but no notebook": (["{alien}", "--server", "{url}"], 2, ""),
    "unreadable": (["{locked}", "--server", "{url}"], 2, ""),
    "no kernel spec": (["{rare}", "--server", "{url}"], 2, "nosuchkernel"),
    "unknown mode": (["{notebook}", "--as", "poster"], 2, "A notebook cannot be published as 'poster'."),
    "unknown hiding": (["{notebook}", "--hide-input", "some"], 2, "--hide-input does not take 'some'."),
    "new and update": (["{notebook}", "--new", "--update", "x"], 2, "--new and --update contradict each other."),
    "update of nothing": (["{notebook}", "--update", "my sales"], 2, "'my sales' names no content to update."),
    "output without dry run": (["{notebook}", "--output", "b.tar.gz"], 2, "--output goes with --dry-run."),
    "missing requirements": (["{notebook}", "--requirements", "no.txt"], 2, "There is no requirements file no.txt."),
    "variable not set": (["{notebook}", "--env", "NOT_SET"], 2, "The environment variable NOT_SET is not set here."),
    "a notebook and a server": (["{notebook}", "--list-servers"], 2, "two different commands."),
    "unknown server name": (["{notebook}", "--server", "nosuch"], 2, "No server is known as 'nosuch'."),
    "no server at all": (["{notebook}"], 2, "No Posit Connect server is known yet."),
    "no such server to remove": (["--remove-server", "nosuch"], 2, "No server is known as 'nosuch'."),
    "dead server": (["{notebook}", "--server", "{dead}"], 1, "does not accept connections."),
    "dead server to add": (["--add-server", "{dead}"], 1, "does not accept connections."),
    "missing certificate": (["{notebook}", "--server", "{url}", "--cacert", "no.pem"], 2, "no.pem cannot be read."),
    "missing file": (["{notebook}", "--dry-run", "--file", "gone.csv"], 2, "There is no file or folder gone.csv"),
    "nowhere to write": (["{notebook}", "--dry-run", "--output", "no/b.tar.gz"], 2, "Could not write the bundle"),
}


@pytest.fixture
def dead_port() -> Iterator[int]:
    """A port that nothing listens on: bound, never listened to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


@pytest.fixture
def places(make_notebook: Any, tmp_path: Path, sandbox: Sandbox, dead_port: int) -> dict[str, str]:
    """What the placeholders of the cases stand for."""
    notebook, other = make_notebook(), make_notebook(name="other.ipynb")
    rare = make_notebook(name="rare.ipynb", kernel="nosuchkernel")
    files = {
        "text": ("a.txt", "text"),
        "broken": ("broken.ipynb", "{"),
        "alien": ("alien.ipynb", '{"a": 1}'),
    }
    paths = {}
    for name, (file, content) in files.items():
        paths[name] = notebook.parent / file
        paths[name].write_text(content)
    locked = make_notebook(name="locked.ipynb")
    locked.chmod(0)
    if os.access(locked, os.R_OK):  # root reads everything: a link that leads nowhere near is as unreadable
        locked.unlink()
        locked.symlink_to("locked.ipynb")
    paths |= {"notebook": notebook, "other": other, "rare": rare, "locked": locked, "folder": notebook.parent}
    return {**{k: str(v) for k, v in paths.items()}, "url": sandbox.url, "dead": f"http://127.0.0.1:{dead_port}"}


@pytest.mark.parametrize("case", CASES)
def test_bad_input_gets_one_sentence_one_hint_and_its_exit_code(
    case: str, places: dict[str, str], command: Any
) -> None:
    arguments, code, sentence = CASES[case]
    answer = command(*(each.format(**places) for each in arguments), env={"CONNECT_API_KEY": "k" * 32})
    told = [each for each in answer.stderr.splitlines() if not each.endswith(("…", "..."))]
    assert answer.returncode == code, answer.stderr
    assert "Traceback" not in answer.stderr
    assert len(told) == 2, answer.stderr
    assert told[0].startswith("Error: ")
    assert sentence in told[0]
    assert told[1].strip()
    assert answer.stdout == ""


@pytest.mark.parametrize("key", ["w" * 32, None], ids=["wrong", "none"])
def test_a_wrong_key_was_tried_and_a_missing_one_cannot_be(
    key: Any, notebook: Path, sandbox: Sandbox, command: Any
) -> None:
    answer = command(notebook, "--server", sandbox.url, env={"CONNECT_API_KEY": key})
    assert answer.returncode == (1 if key else 2)
    assert len([each for each in answer.stderr.splitlines() if not each.endswith("…")]) == 2, answer.stderr
    assert "w" * 32 not in answer.stderr


def test_hints_lead_on_not_in_circles(notebook: Path, sandbox: Sandbox, command: Any) -> None:
    assert "Did you mean --server?" in command(notebook, "--serve", "x").stderr
    keyless = command("--add-server", sandbox.url).stderr
    assert "CONNECT_API_KEY" in keyless
    assert "--add-server" not in keyless


def test_a_failure_is_the_last_json_line(notebook: Path, command: Any) -> None:
    answer = command(notebook, "--server", "nosuch", "--json")
    last = json.loads(answer.stdout.splitlines()[-1])
    assert answer.returncode == 2
    assert (last["status"], last["code"]) == ("failure", "unknown-server")
    assert last["message"]
    assert last["hint"]


def test_a_mistake_of_ours_is_told_as_one(notebook: Path, tmp_path: Path, command: Any) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from rsconnect_jupyter.foreground import inputs\n"
        "def broken(*_, **__):\n    raise ZeroDivisionError('oops')\n"
        "inputs.chosen_server = broken\n"
    )
    answer = command(notebook, "--server", "any", env={"PYTHONPATH": str(tmp_path)})
    assert answer.returncode == 1
    assert "ZeroDivisionError: oops" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "--debug" in answer.stderr
    assert "Traceback" in command(notebook, "--server", "any", "--debug", env={"PYTHONPATH": str(tmp_path)}).stderr
