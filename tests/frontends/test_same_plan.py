"""Panel, widget, function and command: the same options give the same plan, the same bundle bytes, the same content."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kernel_client import Kernel
from serving import Jupyter, Sandbox
from starting import start_server

from rsconnect_jupyter import PublishWidget
from rsconnect_jupyter.cli.arguments import read_arguments
from rsconnect_jupyter.cli.command import Command
from rsconnect_jupyter.extension.request_schema import checked
from rsconnect_jupyter.foreground.inputs import options_from_here
from rsconnect_jupyter.history.publications import NotebookHistory, record
from rsconnect_jupyter.models import OPTIONS, Publication, PublishOptions
from rsconnect_jupyter.notebook.reading import read_notebook
from rsconnect_jupyter.publishing.option_values import read_options
from rsconnect_jupyter.publishing.resolve import PublishPlan, resolve
from rsconnect_jupyter.publishing.targets import ServerView
from rsconnect_jupyter.servers.store import ServerStore


@pytest.fixture
def project(make_notebook: Any) -> Path:
    """A notebook that needs a file and a package."""
    notebook: Path = make_notebook("import packaging", "print(open('data.csv').read())")
    (notebook.parent / "data.csv").write_text("a\n1\n")
    return notebook


@pytest.fixture
def jupyter(tmp_path: Path, own_data: Path, project: Path) -> Iterator[Jupyter]:
    """A Jupyter server in the project's folder that shares the user's servers and history with the other front ends."""
    running = start_server(tmp_path / "home", project.parent, environment={"JUPYTER_DATA_DIR": str(own_data)})
    yield running
    running.stop()


@pytest.fixture
def kernel(project: Path) -> Iterator[Kernel]:
    running = Kernel(project.parent, project)
    yield running
    running.close()


CASES: dict[str, dict[str, Any]] = {
    "nothing chosen": {},
    "a mode and a title": {"mode": "html", "title": "As chosen"},
    "files": {"files": ["notes.txt"], "detect_files": False},
    "requirements": {"requirements": "freeze", "package_manager": "uv", "manage_python": "yes"},
    "additional packages": {"add_requirements": ["openpyxl", "polars==1.2"]},
    "hidden code": {"hide_input": "all", "manage_r": "no"},
    "an image": {"image": "example/image:1", "requirements": "imports"},
    "run first": {"mode": "static", "run_first": True, "run_timeout": 60.0},
    "new content": {"new": True, "draft": True, "overwrite": True},
    "an update": {"update": "3f2504e0-4f89-41d3-9a0c-0305e82c3301"},
    "variables": {"env": {"REGION": "north", "OLD": None}},
}


@pytest.mark.parametrize("remembered", [False, True], ids=["never published", "published before"])
@pytest.mark.parametrize("case", CASES)
def test_the_same_options_give_the_same_plan(
    case: str, remembered: bool, project: Path, known_sandbox: Sandbox, own_data: Path
) -> None:
    """Each front end's own reading of its input, then one resolver: field by field the same plan."""
    if remembered:
        record(project, earlier(known_sandbox))
    options = CASES[case]
    plans = [resolved(each(options, project), project) for each in (by_rest, by_function, by_command, by_widget)]
    assert [each.sources for each in plans[1:]] == [plans[0].sources] * 3
    assert plans[1:] == plans[:1] * 3


LANGUAGES: dict[str, dict[str, Any]] = {
    "R": {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}},
    "Julia": {"kernelspec": {"name": "julia-1.10", "display_name": "Julia"}, "language_info": {"name": "julia"}},
    "bash, said by the kernel's name alone": {"kernelspec": {"name": "bash", "display_name": "Bash"}},
    "Julia, said by the kernel's name alone": {"kernelspec": {"name": "julia-1.11", "display_name": "Julia 1.11"}},
}


def written_in(language: str, notebook: Path) -> None:
    document = json.loads(notebook.read_text())
    notebook.write_text(json.dumps({**document, "metadata": LANGUAGES[language]}))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.usefixtures("known_sandbox", "own_data")
def test_what_the_server_cannot_run_is_a_finished_document_unless_chosen_otherwise(
    language: str, project: Path
) -> None:
    written_in(language, project)
    readers = (by_rest, by_function, by_command, by_widget)
    assert [resolved(each({}, project), project).mode for each in readers] == ["static"] * 4
    source = {"mode": "jupyter-static"}
    assert [resolved(each(source, project), project).mode for each in readers] == ["jupyter-static"] * 4


@pytest.mark.parametrize("language", ["R", "bash, said by the kernel's name alone"])
def test_source_that_the_server_cannot_run_says_why_it_will_fail(
    language: str, project: Path, known_sandbox: Sandbox, jupyter: Jupyter, kernel: Kernel, command: Any
) -> None:
    written_in(language, project)
    wanted = "the server needs a kernel for it"
    shown = ask(jupyter, "inspect", {"path": project.name, "mode": "jupyter-static"})
    assert any(wanted in each["message"] for each in shown["findings"])
    assert wanted in command(project, "--as", "jupyter-static", "--dry-run").stdout
    assert wanted in kernel.run(
        "from rsconnect_jupyter import PublishWidget\n"
        "widget = PublishWidget(mode='jupyter-static')\nprint(widget._details._checks.value)"
    )


def earlier(sandbox: Sandbox) -> Publication:
    return Publication(
        server_url=sandbox.url,
        guid="11111111-2222-4333-8444-555555555555",
        title="As last time",
        mode="static",
        time="2026-01-01T00:00:00Z",
        options=PublishOptions(files=("notes.txt",), hide_input="tagged", requirements="imports", run_first=True),
    )


def resolved(options: PublishOptions, notebook: Path) -> PublishPlan:
    server = ServerStore().default()
    assert server is not None
    plan = resolve(read_notebook(notebook), ServerView(server=server), options, history=NotebookHistory(notebook))
    return msgspec.structs.replace(plan, options=dataclasses.replace(plan.options, wait=True))  # not every one has it


def by_rest(options: dict[str, Any], notebook: Path) -> PublishOptions:
    return read_options(checked("NotebookRequest", {"path": notebook.name, **options}))


def by_function(options: dict[str, Any], notebook: Path) -> PublishOptions:
    return options_from_here(options, notebook)


def by_command(options: dict[str, Any], notebook: Path) -> PublishOptions:
    words = [str(notebook)]
    for name, value in options.items():
        flag = OPTIONS[name].flags[0]
        if isinstance(value, bool):
            words.append(flag if value else flag.replace("--", "--no-", 1))
        elif isinstance(value, dict):
            words += [word for key, text in value.items() if text is not None for word in (flag, f"{key}={text}")]
        else:
            each_value = value if isinstance(value, list) else [value]
            words += [word for each in each_value for word in (flag, str(each))]
    read = Command(read_arguments(words)).options(notebook)
    removed = {key: None for key, text in options.get("env", {}).items() if text is None}  # not on a command line
    return dataclasses.replace(read, env={**(read.env or {}), **removed}) if removed else read


def by_widget(options: dict[str, Any], notebook: Path) -> PublishOptions:
    return PublishWidget(notebook, **options).options()


@pytest.mark.parametrize("mode", [pytest.param("jupyter-static", marks=pytest.mark.slow), "static"])
def test_all_front_ends_send_the_same_bundle_to_the_same_content(
    mode: str, project: Path, known_sandbox: Sandbox, jupyter: Jupyter, kernel: Kernel, command: Any
) -> None:
    kernel.run("from rsconnect_jupyter import PublishWidget, publish")
    by_panel = publish_from_panel(jupyter, project.name, mode)
    by_function = kernel.run(f"guid = publish(mode={mode!r}).guid\nprint()\nprint(guid)")
    by_widget = kernel.run(f"widget = PublishWidget(mode={mode!r}); widget.publish(); print(widget.wait(100).guid)")
    answer = command(project, "--as", mode, "--json")
    assert answer.returncode == 0, answer.stderr
    by_command = json.loads(answer.stdout.splitlines()[-1])["guid"]
    assert by_function.splitlines()[-1] == by_widget == by_command == by_panel
    assert bundles_of(known_sandbox, by_panel) == (4, 1)


def test_without_a_mode_the_content_of_the_command_is_updated_in_its_mode(
    project: Path, known_sandbox: Sandbox, jupyter: Jupyter, kernel: Kernel, command: Any
) -> None:
    answer = command(project, "--as", "html", "--hide-input", "all", "--json")
    made = json.loads(answer.stdout.splitlines()[-1])
    shown = ask(jupyter, "inspect", {"path": project.name})
    assert (shown["target"], shown["mode"]) == (made["guid"], "static")
    updates = [finished(jupyter, ask(jupyter, "publish", {"path": project.name}))]
    kernel.run("import json\nfrom rsconnect_jupyter import PublishWidget, publish")
    for again in ("publish()", "(w := PublishWidget(), w.publish(), w.wait(100))[-1]"):
        printed = kernel.run(f"made = {again}\nprint()\nprint(json.dumps(made.as_dict()))")
        updates.append(json.loads(printed.splitlines()[-1]))
    assert [(each["guid"], each["mode"], each["created"]) for each in updates] == [(made["guid"], "static", False)] * 3


def bundles_of(sandbox: Sandbox, guid: str) -> tuple[int, int]:
    """Return how many bundles a content has, and how many different ones."""
    bundles, key = f"{sandbox.url}/__api__/v1/content/{guid}/bundles", {"Authorization": f"Key {sandbox.key}"}
    ids = [each["id"] for each in json.loads(fetch(bundles, key))]
    return len(ids), len({hashlib.sha256(fetch(f"{bundles}/{each}/download", key)).digest() for each in ids})


def publish_from_panel(jupyter: Jupyter, path: str, mode: str) -> str:
    """Ask Jupyter's routes for what the panel asks for, in its order, and return the content's GUID."""
    shown = ask(jupyter, "inspect", {"path": path, "mode": mode})
    assert shown["server"] == "sandbox"
    wanted = {"server": shown["server"], "title": shown["title"]}
    return str(finished(jupyter, ask(jupyter, "publish", {"path": path, "mode": mode, "new": True, **wanted}))["guid"])


def finished(jupyter: Jupyter, job: Any) -> Any:
    """Follow a job to its end and return its deployment."""
    while not job["finished"]:
        job = ask(jupyter, f"publish/{job['id']}?first={job['last']}&wait=20")
    assert job["state"] == "done", job["error"]
    return job["result"]


def ask(jupyter: Jupyter, route: str, body: Any = None) -> Any:
    headers = {"Authorization": f"token {jupyter.token}", "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    return json.loads(fetch(f"{jupyter.url}/rsconnect-jupyter/{route}", headers, content))


def fetch(url: str, headers: dict[str, str], body: bytes | None = None) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        return bytes(answer.read())
