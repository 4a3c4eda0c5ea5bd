"""A kernel finds its notebook: in a real Jupyter server, after a rename, in VS Code, and where nobody says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from connect.wire import reply, scripted
from jupyter_client.blocking.client import BlockingKernelClient
from notebook_documents import notebook_document

from rsconnect_jupyter.errors import NotebookError
from rsconnect_jupyter.foreground.location import find_notebook

TOKEN = "t" * 24

SERVER = """
from jupyter_server.serverapp import ServerApp
server = ServerApp()
server.initialize(find_extensions=False)
server.io_loop.add_callback(print, "ready", flush=True)
server.start()
"""
"""A plain Jupyter server that says when its loop runs."""


class Jupyter:
    """A running Jupyter server and what the tests ask of it."""

    def __init__(self, root: Path, process: subprocess.Popen[str]) -> None:
        self.root = root
        self.process = process
        self.info = self._info()

    def _info(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        runtime = Path(os.environ["JUPYTER_RUNTIME_DIR"])
        return dict(json.loads((runtime / f"jpserver-{self.process.pid}.json").read_text()))

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            self.info["url"] + path,
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def run(self, kernel: str, code: str) -> str:
        """Run code in a kernel and return what it prints."""
        client = BlockingKernelClient()
        client.load_connection_file(str(Path(os.environ["JUPYTER_RUNTIME_DIR"]) / f"kernel-{kernel}.json"))
        client.start_channels(hb=False)  # a busy machine misses beats, which is no death
        try:
            client.wait_for_ready(timeout=60)
            printed: list[str] = []
            client.execute_interactive(
                code,
                timeout=60,
                output_hook=lambda message: printed.append(
                    message["content"].get("text") or "\n".join(message["content"].get("traceback", []))
                ),
            )
            return "".join(printed).strip()
        finally:
            client.stop_channels()


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    root = tmp_path_factory.mktemp("jupyter root")
    (root / "sub").mkdir()
    (root / "sub" / "démo.ipynb").write_text(json.dumps(notebook_document("1")))
    options = [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}", "--ServerApp.base_url=/base/"]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, "--allow-root", "--no-browser", "--ServerApp.port=0", *options],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    )
    try:
        yield Jupyter(root, process)
    finally:
        process.terminate()
        process.wait(timeout=30)


FIND = "from rsconnect_jupyter.foreground.location import find_notebook\nprint(find_notebook())"


def test_a_kernel_of_a_jupyter_server_knows_its_notebook_also_after_a_rename(jupyter: Jupyter) -> None:
    session = jupyter.ask(
        "POST",
        "api/sessions",
        {"path": "sub/démo.ipynb", "name": "démo.ipynb", "type": "notebook", "kernel": {"name": "python3"}},
    )
    kernel = session["kernel"]["id"]
    assert jupyter.run(kernel, FIND).splitlines() == [str(jupyter.root / "sub" / "démo.ipynb")]

    jupyter.ask("PATCH", "api/contents/sub/d%C3%A9mo.ipynb", {"path": "sub/renamed.ipynb"})
    jupyter.ask("PATCH", f"api/sessions/{session['id']}", {"path": "sub/renamed.ipynb"})
    assert jupyter.run(kernel, FIND).splitlines()[0] == str(jupyter.root / "sub" / "renamed.ipynb")
    jupyter.ask("PATCH", "api/contents/sub/renamed.ipynb", {"path": "sub/d%C3%A9mo.ipynb"})


def test_a_proxy_is_not_asked_for_the_own_server(jupyter: Jupyter) -> None:
    body = {"path": "sub/a.ipynb", "name": "a.ipynb", "type": "notebook", "kernel": {"name": "python3"}}
    (jupyter.root / "sub" / "a.ipynb").write_text(json.dumps(notebook_document("1")))
    kernel = jupyter.ask("POST", "api/sessions", body)["kernel"]["id"]
    proxied = "import os\nos.environ['http_proxy'] = 'http://127.0.0.1:9'\ndel os.environ['JPY_SESSION_NAME']\n"
    assert jupyter.run(kernel, proxied + FIND).splitlines()[0] == str(jupyter.root / "sub" / "a.ipynb")


def test_without_a_server_to_ask_the_path_at_the_start_is_the_guess(
    notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    assert find_notebook() == notebook


def test_vs_code_says_it_in_the_namespace(notebook: Path) -> None:
    code = f"__vsc_ipynb_file__ = {str(notebook)!r}\nget_ipython().run_cell({FIND!r})"
    script = (
        f"from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.instance().run_cell({code!r})"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.splitlines()[0] == str(notebook)


@pytest.mark.parametrize("stale", ["", "/nowhere/gone.ipynb", "/"])
def test_where_nobody_says_it_the_hint_is_to_name_it(stale: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", stale)
    with pytest.raises(NotebookError) as caught:
        find_notebook()
    assert caught.value.code == "notebook-unknown"
    assert "PublishWidget(" in caught.value.hint


def test_servers_that_know_nothing_are_passed_over(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("JPY_PARENT_PID", "7")
    monkeypatch.setenv("JUPYTER_TOKEN", "second")
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr("ipykernel.connect.get_connection_file", lambda: "/run/kernel-mine.json")
    with scripted() as script:
        sessions = [None, {"kernel": None}, {"kernel": {"id": "mine"}, "path": f"RTC:{notebook.name}"}]
        script.on(
            "GET",
            "api/sessions",
            lambda seen: reply(sessions) if seen.headers["authorization"] == "token second" else reply({}, 403),
        )
        script.on("GET", "odd/api/sessions", reply({"message": "no list"}))
        answering = {"url": f"{script.url}/", "root_dir": str(notebook.parent), "token": "first"}
        servers = {
            "1": "{",
            "2": json.dumps({**answering, "url": "file:///etc/"}),
            "3": json.dumps({**answering, "url": f"{script.url}/odd/"}),
            "7": json.dumps({**answering, "url": "http://127.0.0.1:9/"}),
            "8": json.dumps(answering),
        }
        for name, content in servers.items():
            (runtime / f"jpserver-{name}.json").write_text(content)
        assert find_notebook() == notebook
        (runtime / "jpserver-8.json").unlink()
        with pytest.raises(NotebookError):
            find_notebook()


def test_a_process_that_is_no_kernel_asks_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    with pytest.raises(NotebookError):
        find_notebook()
    monkeypatch.setitem(sys.modules, "ipykernel", __import__("ipykernel"))
    with pytest.raises(NotebookError):
        find_notebook()
