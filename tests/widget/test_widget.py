"""The form in a cell, in a real kernel: it publishes, fails, cancels, stays free, and keeps no secret."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ipywidgets as W  # noqa: N812
import nbformat
import pytest
import requests
from kernel_client import Kernel
from nbclient import NotebookClient
from sandbox.signing_in import Browser
from serving import Sandbox, running_sandbox

from rsconnect_jupyter import PublishWidget, time_budget
from rsconnect_jupyter.connect.sign_in_credentials import OAuthSession
from rsconnect_jupyter.preflight import checks
from rsconnect_jupyter.servers.store import ServerStore

Start = Callable[..., Kernel]


@pytest.fixture
def kernel_of() -> Iterator[Start]:
    started: list[Kernel] = []

    def start(notebook: Path) -> Kernel:
        started.append(Kernel(notebook.parent, notebook))
        return started[-1]

    yield start
    for each in started:
        each.close()


SHOW = "from rsconnect_jupyter import PublishWidget\nwidget = PublishWidget({arguments})\nwidget"


def test_a_click_publishes_and_the_cell_stays_free(
    make_notebook: Any, known_sandbox: Sandbox, kernel_of: Start
) -> None:
    kernel = kernel_of(make_notebook())
    assert "sales.ipynb -> sandbox: ready" in kernel.run(SHOW.format(arguments=""))
    title = kernel.models[kernel.model(description="Title")]
    assert title["value"] == "Quarterly sales"

    kernel.click("Publish")
    assert kernel.run("print(widget.publishing, 6 * 7)") == "True 42"
    assert kernel.run("print(widget.wait(100).url)").startswith(known_sandbox.url)
    assert kernel.run("print(widget.publishing)") == "False"

    shown = json.dumps(list(kernel.models.values()))
    assert "Open content" in shown
    assert 'role=\\"log\\"' in shown
    assert "Published from here: Quarterly sales" in shown
    assert known_sandbox.key not in shown


def test_a_failure_is_an_alert_and_the_form_is_there_again(
    make_notebook: Any, known_sandbox: Sandbox, kernel_of: Start
) -> None:
    kernel = kernel_of(make_notebook("1 / 0"))
    kernel.run(SHOW.format(arguments="title='Broken'"))
    kernel.click("Publish")
    assert "TaskFailedError: The notebook failed on the server in cell 2" in kernel.run("widget.wait(100)")
    alerts = [each["value"] for each in kernel.models.values() if 'role="alert"' in str(each.get("value"))]
    assert len(alerts) == 1
    assert "ZeroDivisionError" in alerts[0]
    assert kernel.models[kernel.model(description="Publish")]["disabled"] is False
    assert kernel.models[kernel.model(description="Title")]["value"] == "Broken"


def test_a_click_rehearses_and_says_how_it_went(make_notebook: Any, kernel_of: Start) -> None:
    kernel = kernel_of(make_notebook())
    kernel.run(SHOW.format(arguments="mode='html'"))
    kernel.click("Rehearse")
    ended = "import time\nwhile widget.publishing: time.sleep(0.05)\nprint(widget.rehearsal.runs, widget.error)"
    assert kernel.run(ended) == "True None"
    shown = [str(each.get("value")) for each in kernel.models.values()]
    assert any("The page is ready" in each for each in shown)
    assert kernel.models[kernel.model(description="Rehearse")]["disabled"] is False


def test_cancel_stops_it(make_notebook: Any, known_sandbox: Sandbox, kernel_of: Start) -> None:
    kernel = kernel_of(make_notebook("import time; time.sleep(600)"))
    kernel.run(SHOW.format(arguments=""))
    kernel.click("Publish")
    kernel.click("Cancel")
    assert kernel.run("widget.wait(100)").startswith("Cancelled")


def test_a_typed_key_is_kept_in_the_store_and_nowhere_in_the_widget(
    make_notebook: Any, sandbox: Sandbox, kernel_of: Start, own_data: Path
) -> None:
    kernel = kernel_of(make_notebook())
    assert "no server" in kernel.run(SHOW.format(arguments=""))
    kernel.send(kernel.model(description="Address"), method="update", state={"value": sandbox.url})
    key = kernel.model(description="API key")
    kernel.send(key, method="update", state={"value": sandbox.key})
    assert kernel.models[key]["value"] == ""
    kernel.click("Add server")
    kernel.run(
        "import threading\n[each.join(60) for each in threading.enumerate() if each.name == 'publish-add-server']"
    )
    assert "sandbox" in kernel.run("print(widget)") or sandbox.url.split("//")[1] in kernel.run("print(widget)")
    assert sandbox.key not in json.dumps(kernel.models)
    assert (own_data / "rsconnect-jupyter" / "servers.json").is_file()


def test_a_wrong_key_is_told_beside_the_field(make_notebook: Any, sandbox: Sandbox, kernel_of: Start) -> None:
    kernel = kernel_of(make_notebook())
    kernel.run(SHOW.format(arguments=""))
    kernel.send(kernel.model(description="Address"), method="update", state={"value": sandbox.url})
    kernel.send(kernel.model(description="API key"), method="update", state={"value": "w" * 32})
    kernel.click("Add server")
    kernel.run("[each.join(60) for each in __import__('threading').enumerate() if each.name == 'publish-add-server']")
    shown = json.dumps(kernel.models)
    assert "not valid" in shown
    assert "w" * 32 not in shown


SIGN_IN_ENDED = "[each.join(60) for each in __import__('threading').enumerate() if 'sign-in-box' in each.name]"
PROMPT = """
import time
while 'Open the server' not in {box}._status.value:
    assert 'role="alert"' not in {box}._status.value, {box}._status.value
    time.sleep(0.01)
print({box}._task.prompt.page)
"""


def test_signing_in_publishes_and_a_session_that_has_ended_is_begun_again(
    make_notebook: Any, own_data: Path, kernel_of: Start, tmp_path: Path
) -> None:
    with running_sandbox(tmp_path / "server", "--device-interval=1", "--prefix=/rsc") as server:
        user = Browser(server.url, server.key)
        kernel = kernel_of(make_notebook())
        kernel.run(SHOW.format(arguments="mode='html'"))
        kernel.send(kernel.model(description="Address"), method="update", state={"value": server.url})
        kernel.click("Sign in")
        user.answer(kernel.run(PROMPT.format(box="widget._server._sign_in")))
        kernel.run(SIGN_IN_ENDED)
        kernel.click("Publish")
        guid = kernel.run("print(widget.wait(100).guid)")
        first = tokens_kept()

        requests.post(f"{server.url}/oauth/v1/revoke", data={"token": first[1], "client_id": first[2]}, timeout=30)
        kernel.send(kernel.model(description="Title"), method="update", state={"value": "Kept through a sign-in"})
        kernel.click("Publish")
        assert "has ended" in kernel.run("widget.wait(100)")
        kernel.click("Sign in again")
        user.answer(kernel.run(PROMPT.format(box="widget._again")))
        kernel.run(SIGN_IN_ENDED)
        again = kernel.run("done = widget.wait(100)\nprint(done.guid, done.title)")
        assert again == f"{guid} Kept through a sign-in"
        shown = json.dumps(list(kernel.models.values()))
        assert [each for each in (*first[:2], *tokens_kept()[:2]) if each in shown] == []


def tokens_kept() -> tuple[str, str, str]:
    """Return the access token, the refresh token and the client's id of the only session."""
    store = ServerStore()
    credential = store.get(store.servers()[0].name).credential
    assert isinstance(credential, OAuthSession)
    tokens = credential.tokens
    assert tokens.refresh
    return tokens.access.reveal(), tokens.refresh.reveal(), tokens.client_id


def test_a_notebook_saved_with_its_widgets_holds_no_key(make_notebook: Any, sandbox: Sandbox) -> None:
    path = make_notebook("print(6 * 7)", name="target.ipynb")
    code = [
        f"from rsconnect_jupyter import PublishWidget\nwidget = PublishWidget({str(path)!r}, mode='html')\nwidget",
        # what a front end does while someone types: the key is in the field, then the button is pressed
        f"field = widget._server._key\nfield.set_state({{'value': {sandbox.key[:16]!r} + {sandbox.key[16:]!r}}})\n"
        f"widget._server._address.value = {sandbox.url!r}",
        "widget._server._add.click()\nimport threading\n"
        "[each.join(60) for each in threading.enumerate() if each.name == 'publish-add-server']\nNone",
        "widget.publish()\nprint(widget.wait(100).url)",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in code])
    NotebookClient(book, kernel_name="python3", timeout=120, store_widget_state=True).execute()
    saved = nbformat.writes(book)
    assert "application/vnd.jupyter.widget-state+json" in saved
    assert "Open content" in saved
    assert sandbox.key not in saved
    assert sandbox.key[:16] in saved  # the test's own source has it in two halves: the search itself works


def test_without_a_notebook_it_asks_for_one(make_notebook: Any, known_sandbox: Sandbox, kernel_of: Start) -> None:
    kernel = kernel_of(make_notebook())
    kernel.run("del __vsc_ipynb_file__")
    assert "no notebook" in kernel.run(SHOW.format(arguments=""))
    assert kernel.models[kernel.model(description="Publish")]["disabled"] is True
    kernel.send(kernel.model(description="Notebook"), method="update", state={"value": "sales.ipynb"})
    assert "sales.ipynb -> sandbox: ready" in kernel.run("print(widget)")
    assert kernel.models[kernel.model(description="Publish")]["disabled"] is False


def test_a_cell_that_is_not_in_the_file_means_unsaved(
    make_notebook: Any, known_sandbox: Sandbox, kernel_of: Start
) -> None:
    shown = SHOW.format(arguments="")
    saved = kernel_of(make_notebook(shown))
    saved.run(shown)
    assert "unsaved changes" not in json.dumps(saved.models)
    unsaved = kernel_of(make_notebook("1"))
    unsaved.run(shown)
    assert "unsaved changes" in json.dumps(unsaved.models)


def test_a_version_of_others_is_overwritten_by_a_button(
    make_notebook: Any, known_sandbox: Sandbox, kernel_of: Start, command: Any, tmp_path: Path
) -> None:
    notebook = make_notebook("6 * 7")
    kernel = kernel_of(notebook)
    kernel.run(SHOW.format(arguments="mode='html'"))
    kernel.click("Publish")
    guid, mine = kernel.run("print(widget.wait(100).guid, widget.deployment.bundle_id)").split()
    copy = tmp_path / "elsewhere" / "copy.ipynb"
    copy.parent.mkdir()
    copy.write_bytes(notebook.read_bytes())
    elsewhere = {"JUPYTER_DATA_DIR": str(tmp_path / "b"), "CONNECT_SERVER": known_sandbox.url}

    def publish_theirs() -> None:
        theirs = command(copy, "--update", guid, "--overwrite", env={**elsewhere, "CONNECT_API_KEY": known_sandbox.key})
        assert theirs.returncode == 0, theirs.stderr

    publish_theirs()
    overwrite = kernel.model(description="Overwrite", _model_name="ButtonModel")
    assert kernel.hidden(overwrite)
    kernel.click("Publish")
    assert "published by someone else" in kernel.run("widget.wait(100)")
    assert not kernel.hidden(overwrite)
    kernel.send(overwrite, method="custom", content={"event": "click"})
    assert kernel.run("print(widget.wait(100).guid)") == guid
    assert kernel.hidden(overwrite)

    kernel.click("Versions")
    kernel.run("[each.join(60) for each in __import__('threading').enumerate() if each.name == 'publish-versions']")
    publish_theirs()
    restore = kernel.model(description=f"Restore version {mine}")
    for _click in range(2):
        kernel.send(restore, method="custom", content={"event": "click"})
    assert "published by someone else" in kernel.run("widget.wait(100)")
    kernel.send(overwrite, method="custom", content={"event": "click"})
    assert kernel.run("print(widget.wait(100).bundle_id)") == mine, (
        "the version is restored, not the notebook published"
    )


def test_versions_are_listed_and_restored_with_two_clicks(
    make_notebook: Any, known_sandbox: Sandbox, kernel_of: Start
) -> None:
    notebook = make_notebook("6 * 7")
    kernel = kernel_of(notebook)
    kernel.run(SHOW.format(arguments="mode='html'"))
    asked = "[each.join(60) for each in __import__('threading').enumerate() if each.name.startswith('publish-')]"
    kernel.run(asked)
    assert "up to date" not in shown_texts(kernel), "nothing was published"
    kernel.click("Publish")
    first = kernel.run("print(widget.wait(100).bundle_id)")
    kernel.run(asked)
    assert "Published · up to date" in shown_texts(kernel)

    notebook.write_text(notebook.read_text().replace("6 * 7", "7 * 7"))
    kernel.click("Publish")
    second = kernel.run("print(widget.wait(100).bundle_id)")
    kernel.click("Versions")
    kernel.run(asked)
    shown = shown_texts(kernel)
    assert f"Version {second}</strong>" in shown
    assert "Active" in shown
    assert f'href="{known_sandbox.url}/content/' in shown

    restore = kernel.model(description=f"Restore version {first}")
    kernel.send(restore, method="custom", content={"event": "click"})
    assert kernel.models[restore]["description"] == f"Show readers version {first}?"
    kernel.send(restore, method="custom", content={"event": "click"})
    assert kernel.run("print(widget.wait(100).bundle_id)") == first
    kernel.run(asked)
    shown = shown_texts(kernel)
    assert f"Restored version {first} of Quarterly sales" in shown
    assert "Unpublished changes" in shown
    assert kernel.model(description=f"Restore version {second}")
    assert known_sandbox.key not in json.dumps(kernel.models)


def shown_texts(kernel: Kernel) -> str:
    """Return the texts of the widgets that are not hidden themselves."""
    models = [key for key, each in kernel.models.items() if "layout" in each and not kernel.hidden(key)]
    return "\n".join(str(kernel.models[key].get("value", "")) for key in models)


def test_content_that_only_a_file_of_the_project_names_is_updated_after_a_click(
    make_notebook: Any, known_sandbox: Sandbox, kernel_of: Start, own_data: Path
) -> None:
    notebook = make_notebook("6 * 7")
    first = kernel_of(notebook)
    first.run(SHOW.format(arguments="mode='html'"))
    first.click("Publish")
    guid = first.run("print(widget.wait(100).guid)")
    (own_data / "rsconnect-jupyter" / "history.json").unlink()

    kernel = kernel_of(notebook)
    kernel.run(SHOW.format(arguments="mode='html'"))
    asked = "[each.join(60) for each in __import__('threading').enumerate() if each.name == 'publish-ask']"
    kernel.run(asked)
    confirm = kernel.model(description="Update “Quarterly sales”", _model_name="ButtonModel")
    assert not kernel.hidden(confirm)
    assert "it was published to “Quarterly sales” by admin" in json.dumps(kernel.models, ensure_ascii=False)
    assert kernel.run("print(widget.options().update)") == "None"

    kernel.send(confirm, method="custom", content={"event": "click"})
    kernel.run(asked)
    assert kernel.run("print(widget.options().update)") == guid
    assert kernel.hidden(confirm)
    kernel.click("Publish")
    assert kernel.run("print(widget.wait(100).guid)") == guid


def test_where_the_kernel_does_not_see_the_notebook_it_can_be_uploaded(
    make_notebook: Any, known_sandbox: Sandbox, kernel_of: Start, tmp_path: Path
) -> None:
    notebook = make_notebook("import packaging")
    kernel = kernel_of(tmp_path / "elsewhere.ipynb")
    assert "no notebook" in kernel.run(SHOW.format(arguments=""))
    shown = json.dumps(list(kernel.models.values()))
    assert "does not know which notebook" in shown
    assert "upload" in shown
    upload = next(key for key, each in kernel.models.items() if each.get("description") == "Upload notebook")
    assert not kernel.hidden(upload)

    content = notebook.read_bytes()
    file = {"name": "sales.ipynb", "type": "", "size": len(content), "last_modified": 0}
    kernel.send(upload, method="update", state={"value": [{**file, "content": None}]}, buffers=[content])
    assert kernel.hidden(upload)
    assert kernel.run("print(widget.notebook.name)") == "sales.ipynb"
    kernel.click("Publish")
    assert kernel.run("print(widget.wait(100).url)").startswith(known_sandbox.url)


def test_a_kernel_asks_itself_for_its_packages(make_notebook: Any, known_sandbox: Sandbox, kernel_of: Start) -> None:
    notebook = make_notebook("import importlib\nimportlib.import_module('skl' + 'earn')")
    document = json.loads(notebook.read_text())
    document["metadata"]["kernelspec"]["name"] = "not-installed-here"
    notebook.write_text(json.dumps(document))
    kernel = kernel_of(notebook)
    kernel.run("import sklearn")
    kernel.run(SHOW.format(arguments=""))
    checks = kernel.run("print(widget._details._checks.value)")
    assert "not installed" not in checks
    assert "scikit-learn" in checks


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers")
def test_a_check_that_does_not_end_is_given_up_so_that_the_kernel_is_free(
    make_notebook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_arguments: object) -> None:
        while True:
            pass

    monkeypatch.setattr(checks, "secret_findings", never)
    monkeypatch.setattr(time_budget, "LONGEST_PART", 0.1)
    widget = PublishWidget(make_notebook())
    assert "keys and passwords" in str([each.value for each in widget_parts(widget) if isinstance(each, W.HTML)])
    assert "publish-ask" not in [each.name for each in threading.enumerate()]


def widget_parts(box: Any) -> Iterator[Any]:
    """Yield what is in a box, at any depth."""
    for each in getattr(box, "children", ()):
        yield each
        yield from widget_parts(each)
