"""``jupyter publish`` as a user starts it, against the sandbox: publish, update, fail, cancel, dry run, servers."""

from __future__ import annotations

import codecs
import hashlib
import io
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tarfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import Sandbox

from rsconnect_jupyter.cli.arguments import read_arguments
from rsconnect_jupyter.cli.command import Command, Configured
from rsconnect_jupyter.errors import OptionError, TargetError
from rsconnect_jupyter.models import PublishOptions, PublishRequest, Secret, Server
from rsconnect_jupyter.servers.store import ServerStore


def ask(sandbox: Sandbox, path: str) -> Any:
    """GET from the sandbox as its administrator."""
    request = urllib.request.Request(sandbox.url + path, headers={"Authorization": f"Key {sandbox.key}"})
    with urllib.request.urlopen(request) as answer:
        body = answer.read().decode()
    return json.loads(body) if path.startswith("/__api__") else body


def guid_in(text: str) -> str:
    found = re.search(r"/content/([0-9a-f-]{36})", text)
    assert found, text
    return found[1]


@pytest.fixture
def static_notebook(make_notebook: Any) -> Path:
    """A notebook for modes that run nothing: quick to publish."""
    made: Path = make_notebook("print(6 * 7)", name="quick.ipynb")
    return made


def test_a_publish_runs_the_notebook_and_the_next_one_updates_it(
    notebook: Path, known_sandbox: Sandbox, command: Any
) -> None:
    first = command(notebook, "--server", "sandbox")
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[0] == "Published 'Quarterly sales' (Source code) on sandbox"
    assert "Running on the server …" in first.stderr
    assert "Writing" in first.stderr  # the server's own log
    guid = guid_in(first.stdout)
    assert "42" in ask(known_sandbox, f"/content/{guid}/")

    second = command(notebook, "--quiet", "--title", "Yearly sales")
    assert second.returncode == 0, second.stderr
    assert second.stderr == ""
    assert second.stdout.strip() == f"{known_sandbox.url}/content/{guid}/"
    assert ask(known_sandbox, f"/__api__/v1/content/{guid}")["title"] == "Yearly sales"


def test_a_failed_run_is_exit_code_1_and_says_which_cell(
    make_notebook: Any, known_sandbox: Sandbox, command: Any
) -> None:
    answer = command(make_notebook("1 + 1", "1 / 0"), "--json")
    assert answer.returncode == 1
    assert "Error: The notebook failed on the server in cell 3: ZeroDivisionError" in answer.stderr
    lines = [json.loads(each) for each in answer.stdout.splitlines()]
    assert lines[-1]["status"] == "failure"
    assert "ZeroDivisionError" in lines[-1]["message"]
    assert [each["seq"] for each in lines[:-1]] == list(range(len(lines) - 1))


def test_json_is_events_and_the_deployment_last(static_notebook: Path, known_sandbox: Sandbox, command: Any) -> None:
    answer = command(static_notebook, "--as", "html", "--json")
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    *events, deployment = [json.loads(each) for each in answer.stdout.splitlines()]
    assert {each["step"] for each in events} >= {"inspect", "check", "bundle", "content", "upload", "deploy", "done"}
    assert deployment["mode"] == "static"
    assert deployment["created"] is True
    assert deployment["url"] == f"{known_sandbox.url}/content/{deployment['guid']}/"


def test_new_update_and_draft_choose_where_it_goes(static_notebook: Path, known_sandbox: Sandbox, command: Any) -> None:
    publish = [static_notebook, "--as", "html", "--quiet"]
    first = guid_in(command(*publish).stdout)
    second = guid_in(command(*publish, "--new").stdout)
    assert first != second
    link = f"{known_sandbox.url}/connect/#/apps/{first}/access"
    assert guid_in(command(*publish, "--update", link).stdout) == first
    active = ask(known_sandbox, f"/__api__/v1/content/{first}")["bundle_id"]
    draft = command(*publish, "--update", first, "--draft")
    assert draft.returncode == 0, draft.stderr
    assert "/draft/" in draft.stdout
    assert ask(known_sandbox, f"/__api__/v1/content/{first}")["bundle_id"] == active


def test_a_server_by_address_takes_the_key_of_the_environment(
    static_notebook: Path, sandbox: Sandbox, command: Any
) -> None:
    answer = command(static_notebook, "--server", sandbox.url, "--as", "html", env={"CONNECT_API_KEY": sandbox.key})
    assert answer.returncode == 0, answer.stderr
    assert sandbox.key not in answer.stdout + answer.stderr


def test_variables_reach_the_content_and_nothing_else(make_notebook: Any, known_sandbox: Sandbox, command: Any) -> None:
    notebook = make_notebook("import os; print(os.environ['FROM_HERE'], os.environ['GIVEN'])")
    answer = command(notebook, "--env", "FROM_HERE", "--env", "GIVEN=b=c", "--json", env={"FROM_HERE": "s3cret-value"})
    assert answer.returncode == 0, answer.stderr
    assert "s3cret-value" not in answer.stdout + answer.stderr
    assert "s3cret-value b=c" in ask(known_sandbox, f"/content/{guid_in(answer.stdout)}/")


def test_a_version_of_others_is_overwritten_only_when_asked(
    static_notebook: Path, known_sandbox: Sandbox, command: Any, tmp_path: Path
) -> None:
    publish = [static_notebook, "--as", "html", "--quiet"]
    guid = guid_in(command(*publish).stdout)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    copy = elsewhere / "copy.ipynb"
    copy.write_bytes(static_notebook.read_bytes())
    other = command(copy, "--as", "html", "--update", guid, "--quiet", env={"JUPYTER_DATA_DIR": str(tmp_path / "b")}
                    | {"CONNECT_SERVER": known_sandbox.url, "CONNECT_API_KEY": known_sandbox.key})  # fmt: skip
    assert other.returncode == 0, other.stderr

    refused = command(*publish)
    assert refused.returncode == 1
    assert "--overwrite" in refused.stderr
    replaced = command(*publish, "--overwrite")
    assert replaced.returncode == 0, replaced.stderr
    assert guid_in(replaced.stdout) == guid


def test_a_dry_run_does_not_print_the_password_of_a_package_index(notebook: Path, command: Any) -> None:
    (notebook.parent / "requirements.txt").write_text(
        "--index-url https://me:s3cret@packages.example/simple\nipykernel\n"
    )
    for options in ([], ["--json"]):
        shown = command(notebook, "--dry-run", *options)
        assert shown.returncode == 0
        assert "s3cret" not in shown.stdout + shown.stderr
        assert "<hidden>@packages.example" in shown.stdout


def test_a_dry_run_needs_no_network_and_writes_the_bundle(make_notebook: Any, command: Any, tmp_path: Path) -> None:
    notebook = make_notebook("import pandas as pd", "pd.read_csv('data.csv')")
    (notebook.parent / "data.csv").write_text("a,b\n1,2\n")
    no_network = tmp_path / "sitecustomize.py"
    no_network.write_text(
        "import socket\n"
        "def refuse(*_, **__):\n    raise AssertionError('a dry run touched the network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
    )
    target = tmp_path / "bundle.tar.gz"
    env = {"PYTHONPATH": str(tmp_path)}
    shown = command(notebook, "--dry-run", "--output", target, env=env)
    assert shown.returncode == 0, shown.stderr
    assert re.search(r"data\.csv +8 B  \S+", shown.stdout)
    assert "pandas==" in shown.stdout
    assert f"Written to {target}" in shown.stdout
    with tarfile.open(target) as bundle:
        assert sorted(bundle.getnames()) == ["data.csv", "manifest.json", "requirements.txt", "sales.ipynb"]

    told = json.loads(command(notebook, "--dry-run", "--json", env=env).stdout)
    shown_parts = ("bundle", "mode", "entrypoint", "files", "requirements", "python", "manifest", "findings")
    assert set(told) == {*shown_parts, "readers", "schedule"}
    assert (told["readers"], told["schedule"]) == ({}, None)
    assert told["bundle"] is None
    assert {each["path"] for each in told["files"]} == {"data.csv", "requirements.txt", "sales.ipynb"}
    assert all({"severity", "code", "message", "hint", "where"} <= set(each) for each in told["findings"])


def test_a_dry_run_lists_what_changes_about_readers_and_the_schedule(make_notebook: Any, command: Any) -> None:
    notebook = make_notebook("1")
    (notebook.parent / "cover.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    people = ["--share-with", "ada", "--share-with", "!group:Old"]
    others = ["--vanity", "team/sales", "--description", "", "--thumbnail", "cover.png"]
    more = ["--schedule", "every day", "--integration", "!Lake"]
    shown = command(notebook, "--dry-run", *people, *others, *more).stdout
    assert "Schedule\n  every day\n" in shown
    readers = shown.partition("Readers (what changes)\n")[2].partition("\n\n")[0].splitlines()
    assert [re.split("  +", each.strip()) for each in readers] == [
        ["Readers", "Only chosen people and groups"],
        ["Share with", "ada, remove group:Old"],
        ["Vanity URL", "/team/sales/"],
        ["Description", "none"],
        ["Thumbnail", "cover.png"],
    ]
    assert "\nIntegrations: remove Lake\n" in shown
    told = json.loads(command(notebook, "--dry-run", "--json", "--access", "all", "--thumbnail", "none").stdout)
    assert told["readers"] == {"access": "Everyone, no sign-in", "thumbnail": "none"}
    missing = command(notebook, "--dry-run", "--thumbnail", "gone.png")
    assert (missing.returncode, "gone.png" in missing.stderr) == (2, True)


def test_a_dry_run_for_a_known_server_asks_it_nothing(make_notebook: Any, known_sandbox: Sandbox, command: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        ServerStore().add(name="silent", url=url, api_key=Secret("a-key-0123456789"))
        shown = command(make_notebook(), "--dry-run", "--server", "silent")
        assert shown.returncode == 0, shown.stderr
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_dry_run_wraps_the_long_lines_of_a_lock(make_notebook: Any, command: Any) -> None:
    notebook = make_notebook("import colorama")
    marker = " or ".join(f"(python_full_version >= '3.{minor}' and sys_platform == 'win32')" for minor in range(8, 14))
    (notebook.parent / "uv.lock").write_text(
        '[[package]]\nname = "project"\nversion = "0"\nsource = { virtual = "." }\n'
        f'dependencies = [{{ name = "colorama", marker = "{marker}" }}]\n'
        '[[package]]\nname = "colorama"\nversion = "0.4.6"\n'
    )
    shown = command(notebook, "--dry-run", env={"COLUMNS": "80", "PATH": os.defpath}).stdout
    requirements = shown.partition("Requirements")[2].partition("Checks")[0]
    assert "colorama==0.4.6" in requirements
    assert " ".join(marker.split()) in " ".join(requirements.split())
    assert max(map(len, requirements.splitlines())) <= 80


def test_options_of_the_bundle_reach_it(make_notebook: Any, command: Any, tmp_path: Path) -> None:
    notebook = make_notebook("1")
    (notebook.parent / "more").mkdir()
    (notebook.parent / "more" / "a.txt").write_text("a")
    (notebook.parent / "own.txt").write_text("attrs\n")
    options = ["--file", "more/*.txt", "--requirements", "own.txt", "--hide-input", "all", "--as", "voila"]
    told = json.loads(command(notebook, *options, "--dry-run", "--json").stdout)
    assert "more/a.txt" in {each["path"] for each in told["files"]}
    assert told["requirements"] == ["attrs"]
    assert told["mode"] == "jupyter-voila"


def test_configuration_files_of_jupyter_give_defaults(notebook: Path, command: Any, tmp_path: Path) -> None:
    (tmp_path / "jupyter_publish_config.py").write_text("c.PublishApp.mode = 'html'\n")
    env = {"JUPYTER_CONFIG_DIR": str(tmp_path)}
    assert json.loads(command(notebook, "--dry-run", "--json", env=env).stdout)["mode"] == "static"
    over = command(notebook, "--dry-run", "--json", "--as", "source", env=env)
    assert json.loads(over.stdout)["mode"] == "jupyter-static"


def test_servers_are_added_listed_and_removed(sandbox: Sandbox, command: Any) -> None:
    assert "No servers are known" in command("--list-servers").stdout
    key = {"CONNECT_API_KEY": sandbox.key}
    added = command("--add-server", f"{sandbox.url}/connect/#/content", "--name", "ours", env=key)
    assert (added.returncode, added.stderr) == (0, "")
    assert added.stdout.startswith(f"Added ours ({sandbox.url}, user admin)")
    listed = command("--list-servers")
    assert re.search(rf"\* +ours +{sandbox.url} +admin +saved", listed.stdout)
    record = json.loads(command("--list-servers", "--json").stdout)
    assert (record["name"], record["url"], record["default"]) == ("ours", sandbox.url, True)
    assert command("--remove-server", "ours").returncode == 0
    assert "No servers are known" in command("--list-servers").stdout
    assert sandbox.key not in added.stdout + listed.stdout


def test_without_a_key_and_a_terminal_adding_fails_and_a_wrong_key_is_not_kept(sandbox: Sandbox, command: Any) -> None:
    assert command("--add-server", sandbox.url).returncode == 2
    assert command("--add-server", sandbox.url, env={"CONNECT_API_KEY": "x" * 32}).returncode == 1
    assert "No servers are known" in command("--list-servers").stdout


def test_a_server_added_again_is_updated_and_a_viewer_is_not_added(sandbox: Sandbox, command: Any) -> None:
    key = {"CONNECT_API_KEY": sandbox.key}
    command("--add-server", sandbox.url, "--name", "ours", env=key)
    again = command("--add-server", sandbox.url, env=key)
    assert again.stdout.startswith(f"Updated ours ({sandbox.url}, user admin)")
    keys = json.loads((sandbox.data / "keys.json").read_text())
    viewer = command("--add-server", sandbox.url, env={"CONNECT_API_KEY": keys["viewer"]})
    assert (viewer.returncode, viewer.stdout) == (1, "")
    assert "viewer" in viewer.stderr
    assert len(command("--list-servers", "--json").stdout.splitlines()) == 1


def test_the_key_of_another_server_is_not_sent_when_adding(sandbox: Sandbox, command: Any) -> None:
    env = {"CONNECT_API_KEY": sandbox.key, "CONNECT_SERVER": "https://connect.example.com"}
    refused = command("--add-server", sandbox.url, env=env)
    assert refused.returncode == 2
    assert "There is no API key" in refused.stderr


def test_a_server_that_cannot_be_used_is_listed_with_the_reason(command: Any, tmp_path: Path) -> None:
    (tmp_path / "rsconnect-python").mkdir()
    entry = {"name": "login", "url": "https://oauth.example.com", "oauth_client_id": "c"}
    (tmp_path / "rsconnect-python" / "servers.json").write_text(json.dumps({"login": entry}))
    listed = command("--list-servers", env={"XDG_CONFIG_HOME": str(tmp_path)}).stdout
    assert re.search(r"^ +login +https://oauth.example.com", listed, re.MULTILINE)
    assert re.search(r"^login: The sign-in with the browser that rsconnect-python made", listed, re.MULTILINE)


class Terminal:
    """The command on a terminal of its own."""

    def __init__(self, *arguments: str | Path, cwd: Path) -> None:
        self.end, inner = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rsconnect_jupyter", *map(str, arguments)],
            stdin=inner, stdout=inner, stderr=inner, cwd=cwd, start_new_session=True,
            preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),  # noqa: PLW1509
        )  # fmt: skip
        os.close(inner)
        self.decoder = codecs.getincrementaldecoder("utf-8")()  # a read may end in the middle of a character
        self.seen = ""

    def read_until(self, text: str, *, limit: float = 60) -> str:
        """Read what is shown until a text came; to the end when it is empty."""
        while not text or text not in self.seen:
            ready, _, _ = select.select([self.end], [], [], limit)
            assert ready, f"{text!r} did not come: {self.seen!r}"
            try:
                more = os.read(self.end, 4096)
            except OSError:  # the other side is closed
                more = b""
            if not more:
                assert not text, f"{text!r} did not come: {self.seen!r}"
                break
            self.seen += self.decoder.decode(more)
        return self.seen

    def type(self, text: str) -> None:
        os.write(self.end, text.encode())

    def finish(self) -> int:
        self.read_until("")
        return self.process.wait(timeout=60)


@pytest.fixture
def on_terminal(tmp_path: Path) -> Iterator[Any]:
    started: list[Terminal] = []

    def start(*arguments: str | Path) -> Terminal:
        started.append(Terminal(*arguments, cwd=tmp_path))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()
        os.close(each.end)


def test_a_terminal_asks_for_the_key_hidden_and_shows_a_moving_line(
    static_notebook: Path, sandbox: Sandbox, on_terminal: Any
) -> None:
    terminal = on_terminal(static_notebook, "--server", sandbox.url, "--as", "html")
    terminal.read_until("API key for")
    terminal.type(sandbox.key + "\n")
    assert terminal.finish() == 0
    assert sandbox.key not in terminal.seen
    assert "█" in terminal.seen
    assert "Content    http" in terminal.seen


def test_ctrl_c_cancels_and_leaves_the_server_as_it_was(
    make_notebook: Any, known_sandbox: Sandbox, on_terminal: Any
) -> None:
    before = len(ask(known_sandbox, "/__api__/v1/content"))
    terminal = on_terminal(make_notebook("import time; time.sleep(600)"))
    terminal.read_until("Launching")
    terminal.type("\x03")
    assert terminal.finish() == 130
    assert "cancelled" in terminal.seen
    assert "Traceback" not in terminal.seen
    assert len(ask(known_sandbox, "/__api__/v1/content")) <= before + 1


def test_an_interrupt_before_anything_was_sent_creates_nothing(make_notebook: Any, known_sandbox: Sandbox) -> None:
    notebook = make_notebook("1")
    before = len(ask(known_sandbox, "/__api__/v1/content"))
    process = subprocess.Popen(
        [sys.executable, "-m", "rsconnect_jupyter", str(notebook), "--json"], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert json.loads(out.splitlines()[-1])["code"] == "cancelled"
    assert len(ask(known_sandbox, "/__api__/v1/content")) == before


ENDLESS = """
import sys
import rsconnect_jupyter.publishing.preparation as preparation

def never(*_arguments, **_named):
    print("checking", file=sys.stderr, flush=True)
    while True:
        pass

preparation.preflight.check = never
sys.argv[0] = "jupyter-publish"
from rsconnect_jupyter.cli import main
sys.exit(main())
"""


def test_one_interrupt_ends_a_check_that_takes_too_long(make_notebook: Any, known_sandbox: Sandbox) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(make_notebook("1")), "--json"], stdout=subprocess.PIPE, text=True,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    assert process.stderr.readline() == "checking\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    told = json.loads(out.splitlines()[-1])
    assert (told["code"], told["hint"]) == ("cancelled", "Nothing was created on the server.")


def test_the_bundle_of_a_publish_is_that_of_the_dry_run(
    notebook: Path, known_sandbox: Sandbox, command: Any, tmp_path: Path
) -> None:
    target = tmp_path / "b.tar.gz"
    assert command(notebook, "--dry-run", "--output", target).returncode == 0
    deployed = json.loads(command(notebook, "--json").stdout.splitlines()[-1])
    stored = ask_bytes(
        known_sandbox, f"/__api__/v1/content/{deployed['guid']}/bundles/{deployed['bundle_id']}/download"
    )
    assert hashlib.sha256(stored).hexdigest() == hashlib.sha256(target.read_bytes()).hexdigest()


def ask_bytes(sandbox: Sandbox, path: str) -> bytes:
    request = urllib.request.Request(sandbox.url + path, headers={"Authorization": f"Key {sandbox.key}"})
    with urllib.request.urlopen(request) as answer:
        return bytes(answer.read())


def test_debug_shows_each_request_and_no_key(static_notebook: Path, known_sandbox: Sandbox, command: Any) -> None:
    quiet = command(static_notebook, "--as", "html")
    shown = command(static_notebook, "--as", "html", "--debug").stderr
    assert "__api__" not in quiet.stderr
    assert re.search(r"rsconnect_jupyter\.connect\S*: POST \S*/bundles 200", shown), shown
    assert known_sandbox.key not in shown
    assert "?" not in "".join(re.findall(r"^rsconnect_jupyter.*$", shown, re.MULTILINE))


def test_no_wait_ends_when_the_server_has_started_the_new_version(
    static_notebook: Path, known_sandbox: Sandbox, command: Any
) -> None:
    guid = guid_in(command(static_notebook, "--as", "html", "--quiet").stdout)
    answer = command(static_notebook, "--no-wait", "--json")
    assert answer.returncode == 0, answer.stderr
    *events, deployment = map(json.loads, answer.stdout.splitlines())
    assert deployment["guid"] == guid
    assert [(each["step"], each["status"]) for each in events[-2:]] == [("deploy", "progress"), ("done", "progress")]
    assert ask(known_sandbox, f"/__api__/v1/tasks/{deployment['task_id']}?wait=20")["finished"]
    bundles = ask(known_sandbox, f"/__api__/v1/content/{guid}/bundles")
    assert [each["active"] for each in bundles] == [True, False], "readers see the new version"
    assert guid_in(command(static_notebook, "--quiet").stdout) == guid, "the next publish knows this one"


def test_no_wait_says_that_the_server_has_started(static_notebook: Path, known_sandbox: Sandbox, command: Any) -> None:
    answer = command(static_notebook, "--as", "html", "--no-wait")
    assert answer.stderr.splitlines()[-1].startswith("Running on the server")
    assert answer.stdout.startswith("Started publishing 'Quarterly sales'")


FORCED = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' file names are text")
def test_a_locale_that_cannot_name_the_notebook_is_named_as_such(make_notebook: Any, command: Any) -> None:
    answer = command(make_notebook(name="Größe.ipynb"), "--dry-run", env=FORCED)
    assert answer.returncode == 2
    assert "locale is forced to ascii" in answer.stderr
    assert "LC_ALL=C.UTF-8" in answer.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' file names are text")
def test_a_locale_that_cannot_name_other_files_is_a_finding(make_notebook: Any, command: Any) -> None:
    notebook = make_notebook("open('café.csv')")
    (notebook.parent / "café.csv").write_text("a")
    answer = command(notebook, "--dry-run", "--json", env=FORCED)
    assert answer.returncode == 0, answer.stderr
    assert "locale-not-utf-8" in {each["code"] for each in json.loads(answer.stdout)["findings"]}
    assert command(notebook, "--dry-run", env=FORCED).returncode == 0
    told = command(notebook, "--dry-run", "--json").stdout
    assert "locale-not-utf-8" not in told


class Typed(io.StringIO):
    """A terminal at which somebody typed something."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("key", "typed", "outcome"),
    [
        ("published-by-others", "yes\n", "overwritten"),
        ("published-by-others", "\n", "published-by-others"),
        ("published-by-others", None, "published-by-others"),
        ("never-published", "yes\n", "never-published"),
    ],
)
def test_a_person_at_a_terminal_is_asked_before_overwriting(
    key: str, typed: str | None, outcome: str, notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def carry_out(request: PublishRequest, **_options: Any) -> str:
        if request.options.overwrite:
            return "overwritten"
        raise TargetError.of(key, title="T", name="a.ipynb", server="s")

    monkeypatch.setattr("rsconnect_jupyter.foreground.run_publish.carry_out", carry_out)
    monkeypatch.setattr(sys, "stdin", None if typed is None else Typed(typed))
    shown = Typed()
    monkeypatch.setattr(sys, "stderr", shown)
    server = Server(name="s", url="https://connect.example.com")
    request = PublishRequest(notebook=notebook, root=notebook.parent, server=server, options=PublishOptions())
    try:
        came: Any = Command(read_arguments([str(notebook), "--quiet"]))._carry_out(request)
    except TargetError as exc:
        came = exc.code
    assert came == outcome
    assert ("Overwrite it? [y/N]" in shown.getvalue()) is (key == "published-by-others" and typed is not None)


def test_options_and_those_of_the_configuration_are_one(notebook: Path) -> None:
    typed = ["--schedule", "every day 07:00", "--timezone", "Europe/Paris", "--file", "b.csv"]
    command = Command(
        read_arguments([str(notebook), *typed, "--insecure"]), configured=Configured(options={"files": ["a.csv"]})
    )
    options = command.options(notebook)
    assert (options.schedule, options.files) == ("every day 07:00 (Europe/Paris)", ("a.csv", "b.csv"))
    with pytest.raises(OptionError, match="kept"):
        command._with_connection(Server(name="kept", url="https://connect.example.com", key_place="file"))
