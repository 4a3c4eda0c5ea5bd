"""Jupyter as people start it: base URL, token, password, all interfaces; killed in the middle; busy and responsive."""

from __future__ import annotations

import logging
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from authoring import write_notebook
from contract import check_answer
from processes import children_with
from serving import Jupyter, Sandbox
from starting import start_server
from traitlets.config import Config

from rsconnect_jupyter.extension.app import PublishExtension


class Panel:
    """What a browser tab does: asks routes with its token or its cookies."""

    def __init__(self, jupyter: Jupyter, *, token: bool = True) -> None:
        self.base = f"{jupyter.url}/rsconnect-jupyter"
        self.session = requests.Session()
        if token:
            self.session.headers["Authorization"] = f"token {jupyter.token}"

    def ask(self, verb: str, route: str, body: Any = None, **query: Any) -> requests.Response:
        answer = self.session.request(verb, f"{self.base}/{route}", json=body, params=query, timeout=120)
        check_answer(verb, route, answer.status_code, answer.json() if answer.content else None)
        return answer

    def add(self, sandbox: Sandbox) -> None:
        added = self.ask("POST", "servers", {"address": sandbox.url, "api_key": sandbox.key, "name": "here"})
        assert added.status_code == 201, added.text

    def events(self, job: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield a job's events as they come, until it has ended."""
        first = 0
        while True:
            read = self.ask("GET", f"publish/{job['id']}", first=first, wait=30).json()
            yield from read["events"]
            first = read["last"]
            if read["finished"]:
                return

    def finish(self, job: dict[str, Any]) -> dict[str, Any]:
        for _ in self.events(job):
            pass
        found: dict[str, Any] = self.ask("GET", f"publish/{job['id']}").json()
        return found


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    home, root = tmp_path / "home", tmp_path / "root"
    home.mkdir()
    root.mkdir()
    return home, root


@pytest.fixture
def run(folders: tuple[Path, Path]) -> Iterator[Any]:
    """Start Jupyter servers in one home; they end with the test."""
    started: list[Jupyter] = []

    def start(*options: str, **named: Any) -> Jupyter:
        started.append(start_server(*folders, *options, **named))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.mark.slow
def test_behind_a_hub_prefix_on_all_interfaces_with_a_password(
    run: Any, folders: tuple[Path, Path], sandbox: Sandbox
) -> None:
    from jupyter_server.auth.security import passwd

    password = f"--PasswordIdentityProvider.hashed_password={passwd('open sesame')}"
    jupyter = run("--ServerApp.ip=0.0.0.0", password, base_url="/user/an%40a%20b/", token="")
    write_notebook(folders[1] / "deep" / "a b.ipynb", "# Some title", "1")
    panel = Panel(jupyter, token=False)
    assert panel.ask("GET", "version").status_code == 403
    panel.session.get(f"{jupyter.url}/login", timeout=30)
    xsrf = panel.session.cookies["_xsrf"]
    login = {"password": "open sesame", "_xsrf": xsrf}
    panel.session.post(f"{jupyter.url}/login", data=login, timeout=30, allow_redirects=False)
    assert panel.ask("GET", "version").status_code == 200
    assert panel.ask("POST", "servers", {"address": sandbox.url, "api_key": sandbox.key}).status_code == 403
    panel.session.headers["X-XSRFToken"] = panel.session.cookies["_xsrf"]
    panel.add(sandbox)
    job = panel.ask("POST", "publish", {"path": "deep/a b.ipynb", "mode": "html"}).json()
    assert panel.finish(job)["state"] == "done"


def test_a_killed_jupyter_finds_its_job_again_and_brings_it_to_its_end(
    run: Any, folders: tuple[Path, Path], sandbox: Sandbox, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    code = (
        "import os, time\nprint('line before the kill', flush=True)\n"
        f"while not os.path.exists({str(gate)!r}):\n    time.sleep(0.05)\n"
        "print('line after the kill', flush=True)"
    )
    write_notebook(folders[1] / "long.ipynb", "# Long one", code)
    first = run()
    panel = Panel(first)
    panel.add(sandbox)
    job = panel.ask("POST", "publish", {"path": "long.ipynb", "mode": "source"}).json()
    for event in panel.events(job):
        if event["step"] == "deploy" and event["status"] == "log":
            break
    first.process.kill()
    first.process.wait()
    panel = Panel(run())
    found = panel.ask("GET", "publish", path="long.ipynb").json()["jobs"]
    assert [each["id"] for each in found] == [job["id"]]
    gate.touch()
    ended = panel.finish(job)
    assert ended["state"] == "done", ended["error"]
    assert [each["seq"] for each in ended["events"]] == list(range(len(ended["events"])))
    lines = [each["message"] for each in ended["events"] if each["status"] == "log"]
    assert len(lines) == len(set(lines)) or sorted(lines) == sorted(_server_log(ended, sandbox))
    assert ended["result"]["title"] == "Long one"
    page = requests.get(ended["result"]["url"], headers={"Authorization": f"Key {sandbox.key}"}, timeout=30)
    assert "line after the kill" in page.text


@pytest.mark.slow
def test_a_job_of_a_killed_jupyter_goes_on_in_another_that_was_running_already(
    run: Any, folders: tuple[Path, Path], sandbox: Sandbox, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    code = f"import os, time\nprint('waiting')\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.05)"
    write_notebook(folders[1] / "shared.ipynb", "# Shared one", code)
    first, second = run(), run()
    owner, other = Panel(first), Panel(second)
    owner.add(sandbox)
    job = owner.ask("POST", "publish", {"path": "shared.ipynb", "mode": "source"}).json()
    for event in owner.events(job):
        if event["step"] == "deploy" and event["status"] == "log":
            break
    (listed,) = other.ask("GET", "publish", path="shared.ipynb").json()["jobs"]
    assert (listed["id"], listed["state"]) == (job["id"], "running")
    with ThreadPoolExecutor(1) as tab:
        following = tab.submit(other.finish, job)
        first.process.kill()
        first.process.wait()
        gate.touch()
        ended = following.result()
    assert ended["state"] == "done", ended["error"]
    assert [each["seq"] for each in ended["events"]] == list(range(len(ended["events"])))


def _server_log(job: dict[str, Any], sandbox: Sandbox) -> list[str]:
    url = f"{sandbox.url}/__api__/v1/tasks/{job['result']['task_id']}"
    lines: list[str] = requests.get(url, headers={"Authorization": f"Key {sandbox.key}"}, timeout=30).json()["output"]
    return lines


def test_jupyter_answers_while_a_page_is_made_and_a_cancel_ends_that(
    run: Any, folders: tuple[Path, Path], sandbox: Sandbox, tmp_path: Path
) -> None:
    """The process that makes the page stands still here: whoever waited for it would never answer."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, threading\nif 'rsconnect_jupyter.html.page_worker' in sys.orig_argv: threading.Event().wait()"
    )
    write_notebook(folders[1] / "page.ipynb", "# Some page", "1")
    jupyter = run(environment={"PYTHONPATH": str(tmp_path)})
    panel = Panel(jupyter)
    panel.add(sandbox)
    job = panel.ask("POST", "publish", {"path": "page.ipynb", "mode": "html"}).json()
    assert "bundle" in (event["step"] for event in panel.events(job))
    workers = page_workers(jupyter)
    assert len(workers) == 1
    assert panel.ask("POST", "inspect", {"path": "page.ipynb"}).json()["running"] == job["id"]
    status_times(jupyter, lambda times: len(times) < 20)
    panel.ask("DELETE", f"publish/{job['id']}")
    ended = panel.finish(job)
    assert ended["state"] == "cancelled"
    assert ended["error"]["data"]["remains"] == "Nothing was created on the server."
    assert psutil.wait_procs(workers, timeout=60)[1] == []


def page_workers(jupyter: Jupyter) -> list[psutil.Process]:
    """Return the processes of a Jupyter server that make pages."""
    return children_with("rsconnect_jupyter.html.page_worker", jupyter.process.pid)


@pytest.mark.slow
@pytest.mark.thorough
def test_jupyter_stays_responsive_while_a_large_project_is_published(
    run: Any, folders: tuple[Path, Path], sandbox: Sandbox
) -> None:
    """A loop that stands still for seconds fails here, on any machine; `make bench` measures the milliseconds."""
    root = folders[1]
    write_notebook(root / "large.ipynb", "# Large one", "open('data.bin')", "print('done')")
    with (root / "data.bin").open("wb") as data:
        for _ in range(200):
            data.write(os.urandom(1_000_000))
    jupyter = run()
    panel = Panel(jupyter)
    panel.add(sandbox)
    panel.ask("POST", "inspect", {"path": "large.ipynb"})
    idle = status_times(jupyter, lambda times: len(times) < 150)
    job = panel.ask("POST", "publish", {"path": "large.ipynb", "mode": "source"}).json()
    following = threading.Thread(target=panel.finish, args=(job,))
    following.start()
    busy = status_times(jupyter, lambda _: following.is_alive())
    ended = panel.ask("GET", f"publish/{job['id']}").json()
    assert ended["state"] == "done", ended["error"]
    quiet, loaded = percentile(idle, 99), percentile(busy, 99)
    print(f"api/status: idle p99 {quiet * 1000:.1f} ms, publishing p99 {loaded * 1000:.1f} ms of {len(busy)}")
    assert loaded < 2 + 10 * quiet, f"p99 {loaded:.3f} s while publishing, {quiet:.3f} s idle"


def status_times(jupyter: Jupyter, go_on: Any) -> list[float]:
    """Return how long each of many ``api/status`` took, in seconds."""
    session = requests.Session()
    session.headers["Authorization"] = f"token {jupyter.token}"
    times: list[float] = []
    while go_on(times):
        start = time.perf_counter()
        assert session.get(f"{jupyter.url}/api/status", timeout=60).status_code == 200
        times.append(time.perf_counter() - start)
        time.sleep(0.01)
    return times


def percentile(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[percent - 1]


def test_the_server_starts_without_the_publishing_core() -> None:
    """Imports of the core cost a start that may never publish; they come with the first request."""
    code = (
        "import sys, jupyter_server.serverapp; before = set(sys.modules)\n"
        "import rsconnect_jupyter; rsconnect_jupyter._jupyter_server_extension_points()\n"
        "import rsconnect_jupyter.extension.handlers\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"requests", "nbconvert", "nbclient", "nbformat", "ipywidgets", "keyring", "isal"}
    assert not (heavy | {"rsconnect_jupyter.publishing.publish", "rsconnect_jupyter.models"}) & set(run.stdout.split())


def test_jupyter_lab_without_a_browser_starts_without_a_warning_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    no_browser = Config({"ServerApp": {"open_browser": False}, "ExtensionApp": {"open_browser": False}})
    PublishExtension(config=no_browser, log=logging.getLogger("starting"))
    assert caplog.text == ""
