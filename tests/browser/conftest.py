"""A real Chromium, a real Jupyter and the demo, for tests that do what a person does."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser_actions import EXPOSE, Wiretap, panel
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ViewportSize, sync_playwright
from serving import Jupyter, Sandbox, running_sandbox, start_jupyter
from translated import pseudo_pack

__all__ = ["pseudo_pack"]

PROJECT = Path(__file__).parents[2]
VIEWPORT: ViewportSize = {"width": 1280, "height": 800}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    program = next((path for path in map(shutil.which, BROWSERS) if path), None)
    assert program, "the browser tests need Chromium: run `make chromium`"
    browser = playwright.chromium.launch(executable_path=program)
    yield browser
    browser.close()


@dataclass
class Demo:
    """A running ``make demo``: the two addresses it printed, its sandbox's key, and Jupyter's root folder."""

    lab: str
    sandbox: str
    key: str
    root: Path
    process: subprocess.Popen[str]

    def address(self, app: str, notebook: str) -> str:
        """Return a notebook's address; in JupyterLab in a workspace of its own, so that only this notebook is open."""
        base, _, token = self.lab.partition("/lab?")
        page = {"lab": f"lab/workspaces/{Path(notebook).stem}/tree", "notebook": "notebooks"}[app]
        return f"{base}/{page}/{notebook}?{token}"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Start the demo as its make target does and end it with Ctrl-C; nothing of it may stay behind."""
    root = tmp_path_factory.mktemp("demo") / "notebooks"
    settings = {"DEMO_DIR": str(root), "DEMO_PORT": "0", "SANDBOX_PORT": "0", "BROWSER": "none"}
    with ThreadPoolExecutor(1) as pool:
        command = [sys.executable, str(PROJECT / "demo" / "start.py")]
        process = pool.submit(_start_bound_to_modes, command, settings).result()
    said = _words(process)
    lab = said["JupyterLab ready at "]
    sandbox, _, key = said["Sandbox ready at "].rstrip(")").partition(" (API key: ")
    yield Demo(lab, sandbox.rstrip("/"), key, root, process)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=40) == 0, "Ctrl-C did not end the demo well"


def _start_bound_to_modes(command: list[str], settings: dict[str, str]) -> subprocess.Popen[str]:
    """Start a program that cannot write where modes forbid it, also when root runs the tests."""
    drop_from_bounds, override_modes = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE; this thread's and its children's
    ctypes.CDLL(None).prctl(drop_from_bounds, override_modes, 0, 0, 0)
    return subprocess.Popen(
        command, env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def _words(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    said: dict[str, str] = {}
    heard: list[str] = []
    for line in process.stdout:
        heard.append(line)
        for start in ("JupyterLab ready at ", "Sandbox ready at "):
            if line.startswith(start):
                said[start] = line.removeprefix(start).strip()
        if len(said) == 2:
            threading.Thread(target=heard.extend, args=(process.stdout,), daemon=True).start()
            return said
    raise AssertionError("the demo did not start:\n" + "".join(heard))


@pytest.fixture(scope="session")
def profile(chromium: Browser) -> Iterator[BrowserContext]:
    """One profile for all tests, so that Jupyter's own scripts are fetched and compiled once."""
    context = chromium.new_context(viewport=VIEWPORT)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(60_000)
    context.add_init_script(EXPOSE)
    yield context
    context.close()


@pytest.fixture
def page(profile: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab; prints the panel's text at its end, and leaves a screenshot in ``test-results/`` for ``SHOTS``."""
    tab = profile.new_page()
    yield tab
    if not tab.is_closed():
        print(*panel(tab).all_inner_texts(), sep="\n")
    if os.environ.get("SHOTS"):
        shots = PROJECT / "test-results"
        shots.mkdir(exist_ok=True)
        tab.screenshot(path=shots / f"{request.node.name}.png")
    profile.set_offline(False)
    for each in profile.pages:
        each.close()


@pytest.fixture
def wiretap(page: Page) -> Iterator[Wiretap]:
    """Everything the tab receives from now on."""
    tap = Wiretap(page)
    yield tap
    tap.remove()


@pytest.fixture(scope="session")
def open_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox whose pages anybody on this machine may read, as the demo's."""
    with running_sandbox(tmp_path_factory.mktemp("pages"), "--default-access", "all", "--allow-faults") as running:
        yield running


@pytest.fixture
def jupyter_with(tmp_path: Path) -> Iterator[Callable[..., Jupyter]]:
    """Start Jupyter servers of a test's own, from an empty profile, with the examples in their root."""
    started: list[Jupyter] = []

    def start(*options: str, base_url: str = "/", environment: dict[str, str] | None = None) -> Jupyter:
        home = tmp_path / f"home-{len(started)}"
        root = tmp_path / f"root-{len(started)}"
        home.mkdir()
        shutil.copytree(PROJECT / "examples", root)
        started.append(start_jupyter(home, root, *options, base_url=base_url, environment=environment))
        return started[-1]

    yield start
    for jupyter in started:
        jupyter.stop()
