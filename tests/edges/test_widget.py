"""The form in a cell, in a real kernel: it publishes, fails, cancels, stays free, and keeps no secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from serving import Sandbox


class Kernel:
    """A kernel in the notebook's folder, and a front end's part of the widget protocol."""

    def __init__(self, folder: Path, notebook: Path) -> None:
        self.manager, self.client = start_new_kernel(kernel_name="python3", cwd=str(folder))
        self.models: dict[str, dict[str, Any]] = {}
        self.run(f"__vsc_ipynb_file__ = {str(notebook)!r}")

    def run(self, code: str) -> str:
        """Run code; return what it prints, or its error."""
        printed: list[str] = []
        self._listen(self.client.execute(code), printed)
        return "".join(printed).strip()

    def _listen(self, asked: str, printed: list[str]) -> None:
        """Take what the kernel says until it has done what was asked; threads say things in between."""
        while True:
            message = self.client.get_iopub_msg(timeout=120)
            self._take(message, printed)
            idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
            if idle and message["parent_header"].get("msg_id") == asked:
                return

    def _take(self, message: dict[str, Any], printed: list[str]) -> None:
        content = message["content"]
        if message["msg_type"] == "comm_open":
            self.models[content["comm_id"]] = content["data"]["state"]
        elif message["msg_type"] == "comm_msg" and content["data"].get("method") == "update":
            self.models.setdefault(content["comm_id"], {}).update(content["data"]["state"])
        elif message["msg_type"] == "stream":
            printed.append(content["text"])
        elif message["msg_type"] == "error":
            printed.append(f"{content['ename']}: {content['evalue']}")
        elif message["msg_type"] in ("execute_result", "display_data"):
            printed.append(content["data"].get("text/plain", ""))

    def model(self, **state: Any) -> str:
        """Return the id of the widget with this state."""
        return next(key for key, each in self.models.items() if state.items() <= each.items())

    def send(self, model: str, **data: Any) -> None:
        """Send what a front end sends, and wait until the kernel has worked on it."""
        message = self.client.session.msg("comm_msg", {"comm_id": model, "data": data})
        self.client.shell_channel.send(message)
        self._listen(message["header"]["msg_id"], [])

    def click(self, button: str) -> None:
        self.send(self.model(description=button), method="custom", content={"event": "click"})

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


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


def test_a_click_publishes_and_the_cell_stays_free(make_notebook, known_sandbox: Sandbox, kernel_of: Start) -> None:
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
    make_notebook, known_sandbox: Sandbox, kernel_of: Start
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


def test_cancel_stops_it(make_notebook, known_sandbox: Sandbox, kernel_of: Start) -> None:
    kernel = kernel_of(make_notebook("import time; time.sleep(600)"))
    kernel.run(SHOW.format(arguments=""))
    kernel.click("Publish")
    kernel.click("Cancel")
    assert kernel.run("widget.wait(100)").startswith("Cancelled")


def test_a_typed_key_is_kept_in_the_store_and_nowhere_in_the_widget(
    make_notebook, sandbox: Sandbox, kernel_of: Start, own_data: Path
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


def test_a_wrong_key_is_told_beside_the_field(make_notebook, sandbox: Sandbox, kernel_of: Start) -> None:
    kernel = kernel_of(make_notebook())
    kernel.run(SHOW.format(arguments=""))
    kernel.send(kernel.model(description="Address"), method="update", state={"value": sandbox.url})
    kernel.send(kernel.model(description="API key"), method="update", state={"value": "w" * 32})
    kernel.click("Add server")
    kernel.run("[each.join(60) for each in __import__('threading').enumerate() if each.name == 'publish-add-server']")
    shown = json.dumps(kernel.models)
    assert "not valid" in shown
    assert "w" * 32 not in shown


def test_a_notebook_saved_with_its_widgets_holds_no_key(make_notebook, sandbox: Sandbox) -> None:
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


def test_without_a_notebook_it_asks_for_one(make_notebook, known_sandbox: Sandbox, kernel_of: Start) -> None:
    kernel = kernel_of(make_notebook())
    kernel.run("del __vsc_ipynb_file__")
    assert "no notebook" in kernel.run(SHOW.format(arguments=""))
    assert kernel.models[kernel.model(description="Publish")]["disabled"] is True
    kernel.send(kernel.model(description="Notebook"), method="update", state={"value": "sales.ipynb"})
    assert "sales.ipynb -> sandbox: ready" in kernel.run("print(widget)")
    assert kernel.models[kernel.model(description="Publish")]["disabled"] is False


def test_a_cell_that_is_not_in_the_file_means_unsaved(make_notebook, known_sandbox: Sandbox, kernel_of: Start) -> None:
    shown = SHOW.format(arguments="")
    saved = kernel_of(make_notebook(shown))
    saved.run(shown)
    assert "not saved" not in json.dumps(saved.models)
    unsaved = kernel_of(make_notebook("1"))
    unsaved.run(shown)
    assert "not saved" in json.dumps(unsaved.models)


def test_widget_and_function_make_the_bundle_of_the_command(
    make_notebook, known_sandbox: Sandbox, kernel_of: Start, command, tmp_path: Path
) -> None:
    notebook = make_notebook("import pandas", "pandas.read_csv('data.csv')")
    (notebook.parent / "data.csv").write_text("a\n1\n")
    kernel = kernel_of(notebook)
    keep = (
        "import hashlib, rsconnect_jupyter.connect.client as client\n"
        "made, upload = [], client.Client.upload\n"
        "def spy(self, guid, path, **more):\n"
        "    made.append((guid, hashlib.sha256(path.read_bytes()).hexdigest()))\n"
        "    return upload(self, guid, path, **more)\n"
        "client.Client.upload = spy\n"
    )
    kernel.run(keep + SHOW.format(arguments="mode='html'"))
    kernel.run("widget.publish(); widget.wait(100)")
    kernel.run("import rsconnect_jupyter; rsconnect_jupyter.publish(mode='html')")
    told = json.loads(kernel.run("import json; print(json.dumps(made))"))
    command(notebook, "--as", "html", "--dry-run", "--output", tmp_path / "b.tar.gz")
    digest = hashlib.sha256((tmp_path / "b.tar.gz").read_bytes()).hexdigest()
    assert len(told) == 2
    assert {each[1] for each in told} == {digest}
    assert len({each[0] for each in told}) == 1
