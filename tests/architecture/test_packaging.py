"""The wheel as a stranger gets it: what is in it, and what it does in an environment of its own, without Node."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_string
from pathlib import Path

import pytest
from browser_actions import (
    APPS,
    open_notebook,
    own_complaints,
    panel,
    publish_button,
    result_link,
    set_cell,
    toolbar_button,
)
from peers import peer
from playwright.sync_api import Browser, Page, sync_playwright
from serving import Jupyter, Sandbox, running_sandbox, start_jupyter

PROJECT = Path(__file__).parents[2]
LABEXTENSION = PROJECT / "rsconnect_jupyter" / "labextension"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LOWEST = ("jupyterlab==4.2.*", "notebook==7.2.*")
"""The oldest front ends that the README names; all other tests run with the newest release."""
PRE_RELEASE = ("jupyterlab>=4.6.0a0,<6", "notebook>=7.6.0a0,<9")
CHOSEN = tuple(os.environ.get("FRONT_ENDS", "").split())
"""Front ends to test instead of those two, for ``make test-front-ends``."""
PRE_RELEASE_WARNING = re.compile(r"Unsatisfied version \d+\.\d+\.\d+-(alpha|beta|rc)")
"""No range of versions that npm knows holds a pre-release of another number: JupyterLab says so of every extension."""
FRONT_ENDS = {"chosen": CHOSEN} if CHOSEN else {"lowest": LOWEST, "pre-release": PRE_RELEASE}
SHARED = "jupyter-collaboration==2.1.*"
"""Several people edit one notebook; this version calls it ``RTC:…`` and read-only, as it saves by itself."""

EXPECTED = (
    r"rsconnect_jupyter/py\.typed",
    r"rsconnect_jupyter/_version\.py",
    r"rsconnect_jupyter/kernel/probe\.py",
    r"rsconnect_jupyter/html/templates/page/(page\.(css|js)|dark\.css)",
    r"rsconnect_jupyter/html/templates/page/libraries/tex-svg-full\.js\.gz",
    r"rsconnect_jupyter/html/templates/page/libraries/embed-amd\.js\.gz",
    r"rsconnect_jupyter/html/templates/page/libraries/require\.js\.gz",
    r"rsconnect_jupyter/html/templates/page/libraries/font-awesome\.css\.gz",
    r"rsconnect_jupyter/html/templates/page/libraries/(plotly|vega|vega-lite|vega-embed|mermaid)\.min\.js\.gz",
    r"rsconnect_jupyter/extension/openapi\.yaml",
    r"rsconnect_jupyter/sandbox/dashboard/dashboard\.(html|css|js)",
    r"rsconnect_jupyter/sandbox/api/openapi\.yaml",
    r"rsconnect_jupyter/sandbox/api/server_settings\.json",
    r".*/data/etc/jupyter/jupyter_server_config\.d/rsconnect_jupyter\.json",
    r".*/data/share/jupyter/labextensions/rsconnect-jupyter/package\.json",
    r".*/data/share/jupyter/labextensions/rsconnect-jupyter/install\.json",
    r".*/data/share/jupyter/labextensions/rsconnect-jupyter/schemas/rsconnect-jupyter/plugin\.json",
    r".*/data/share/jupyter/labextensions/rsconnect-jupyter/static/remoteEntry\.\w+\.js",
    r".*/data/share/jupyter/labextensions/rsconnect-jupyter/static/style\.js",
    r".*\.dist-info/licenses/LICENSE",
    r".*\.dist-info/licenses/licenses/THIRD_PARTY\.txt",
    r".*\.dist-info/licenses/licenses/plotly\.txt",
    r".*\.dist-info/entry_points\.txt",
)

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout; the front end is taken as it was built last."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(PROJECT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path) -> Path:
    """Folder of programs of an environment that holds the wheel, what it asks for, and the oldest front ends."""
    return _with_wheel(wheel, *LOWEST)


def _with_wheel(wheel: Path, *more: str) -> Path:
    folder = peer(*more, *_requirements(wheel))
    command = [str(folder / "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def run(programs: Path, tmp_path: Path) -> Run:
    """Run a program of that environment in an empty folder; its stdout and stderr are one text."""

    def start(*command: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(programs / command[0]), *command[1:]],
            env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", **(env or {})},
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    return start


@pytest.fixture(scope="module")
def installed_sandbox(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox started from that environment."""
    with pytest.MonkeyPatch.context() as patch:
        folder = _as_started_from(programs, patch, tmp_path_factory)
        with running_sandbox(folder / "data", "--default-access", "all") as sandbox:
            yield sandbox


@pytest.fixture(scope="module", params=list(FRONT_ENDS))
def installed_jupyter(
    request: pytest.FixtureRequest, wheel: Path, installed_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Jupyter]:
    """JupyterLab and Notebook of one age, with the wheel and with the sandbox as server."""
    yield from _jupyter(_with_wheel(wheel, *FRONT_ENDS[request.param]), installed_sandbox, tmp_path_factory)


@pytest.fixture(scope="module")
def shared_jupyter(
    wheel: Path, installed_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Jupyter]:
    """The oldest JupyterLab, in which several people edit one notebook."""
    yield from _jupyter(_with_wheel(wheel, *LOWEST, SHARED), installed_sandbox, tmp_path_factory)


def _jupyter(programs: Path, sandbox: Sandbox, folders: pytest.TempPathFactory) -> Iterator[Jupyter]:
    with pytest.MonkeyPatch.context() as patch:
        home = _as_started_from(programs, patch, folders)
        root = home / "root"
        root.mkdir()
        for app in APPS:
            shutil.copy(PROJECT / "examples" / "minimal.ipynb", root / f"{app}.ipynb")
        server = {"CONNECT_SERVER": sandbox.url, "CONNECT_API_KEY": sandbox.key}
        jupyter = start_jupyter(home, root, environment=server)
    yield jupyter
    jupyter.stop()


def _as_started_from(programs: Path, patch: pytest.MonkeyPatch, folders: pytest.TempPathFactory) -> Path:
    """Let what is started be that environment's Python, in a new folder, where it cannot see the checkout."""
    folder = folders.mktemp("started")
    patch.setattr(sys, "executable", str(programs / "python"))
    patch.chdir(folder)
    return folder


def _requirements(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        metadata = message_from_string(archive.read(name).decode())
    return [each for each in metadata.get_all("Requires-Dist", []) if "extra ==" not in each]


def test_the_wheel_holds_all_that_is_needed_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    missing = [each for each in EXPECTED if not any(re.fullmatch(each, name) for name in names)]
    assert missing == []
    parts = {part for name in names for part in Path(name).parts}
    assert parts & {"tests", "docs", "demo", "benchmarks", "node_modules", "js", "labextension", "__pycache__"} == set()
    if not any(LABEXTENSION.rglob("*.map")):  # else it was built for development last
        assert {name for name in names if name.endswith(".map")} == set()
    assert len([name for name in names if re.search(r"/static/remoteEntry\.\w+\.js$", name)]) == 1


EMBEDDED = (
    "mathjax", "@jupyter-widgets/html-manager", "@jupyter-widgets/controls", "@fortawesome/fontawesome-free",
    "backbone", "jquery", "@lumino/widgets", "requirejs", "plotly.js", "maplibre-gl", "d3-format", "d3-geo", "vega",
    "vega-lite", "vega-embed", "d3-scale", "css-loader", "style-loader",
)  # fmt: skip
"""What is in the wheel of others: libraries, and what their builds embed."""


def test_the_wheel_has_the_licence_of_everything_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist() if ".dist-info/licenses/" in name]
        (built,) = [name for name in archive.namelist() if name.endswith("/third-party-licenses.json")]
        in_front_end = [each["name"] for each in json.loads(archive.read(built))["packages"]]
    listed = {found[1] for text in texts for found in re.finditer(r"^(\S+) \d[\w.-]*: \S", text, re.MULTILINE)}
    assert {*EMBEDDED, *in_front_end} - listed == set()
    for words in ("SIL OFL 1.1", "Apache License", "Redistribution and use in source and binary forms"):
        assert any(words.lower() in text.lower() for text in texts), words


def test_the_licences_are_those_of_the_installed_packages() -> None:
    command = ["node", "js/third-party-licenses.mjs", "--check"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_licences_in_plotly_are_those_of_the_version_in_the_wheel() -> None:
    vendored = json.loads((PROJECT / "node_modules" / "plotly.js-dist-min" / "package.json").read_text())["version"]
    listed = re.findall(r"^plotly\.js (\S+): MIT$", (PROJECT / "licenses" / "plotly.txt").read_text(), re.MULTILINE)
    assert listed == [vendored]


def test_the_wheel_fits_every_python_and_platform(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")


@pytest.mark.slow
def test_the_source_archive_builds_where_there_is_no_node(tmp_path: Path, wheel: Path) -> None:
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir"]
    done = subprocess.run(
        [*command, str(tmp_path), "--sdist", str(PROJECT)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as members:
        members.extractall(tmp_path, filter="data")
    source = tmp_path / archive.name.removesuffix(".tar.gz")
    without_node = {**os.environ, "PATH": str(tmp_path / "nothing")}
    again = [*command, str(tmp_path / "again"), "--wheel", str(source)]
    done = subprocess.run(again, capture_output=True, text=True, env=without_node, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(tmp_path / "again" / wheel.name) as second:
        assert sorted(first.namelist()) == sorted(second.namelist())


@pytest.mark.peer
@pytest.mark.slow
def test_an_environment_with_the_wheel_is_sound_and_both_extensions_are_enabled(run: Run) -> None:
    sound = run("python", "-m", "pip", "check")
    assert (sound.returncode, sound.stdout.strip().splitlines()[-1]) == (0, "No broken requirements found.")
    server = run("jupyter", "server", "extension", "list").stdout
    assert re.search(r"rsconnect_jupyter \S*enabled", server), server
    assert re.search(r"rsconnect_jupyter .*OK", server), server
    lab = run("jupyter", "labextension", "list").stdout
    assert re.search(r"rsconnect-jupyter v\S+ \S*enabled\S* \S*OK", lab), lab


@pytest.mark.peer
@pytest.mark.slow
def test_the_installed_command_publishes_an_example_to_the_installed_sandbox(
    run: Run, wheel: Path, installed_sandbox: Sandbox, tmp_path: Path
) -> None:
    assert run("jupyter", "publish", "--version").stdout.strip() == wheel.name.split("-")[1]
    notebook = shutil.copy(PROJECT / "examples" / "minimal.ipynb", tmp_path)
    where = ("--server", installed_sandbox.url, "--as", "html", "--quiet")
    done = run("jupyter", "publish", str(notebook), *where, env={"CONNECT_API_KEY": installed_sandbox.key})
    assert done.returncode == 0, done.stdout
    with urllib.request.urlopen(done.stdout.strip()) as page:
        assert "6 × 7 = 42" in page.read().decode()


@pytest.mark.peer
@pytest.mark.thorough
@pytest.mark.browser
def test_front_ends_of_other_ages_publish(installed_jupyter: Jupyter) -> None:
    with _browser() as browser:
        for app in APPS:
            page = _page(browser)
            complaints = own_complaints(page)
            open_notebook(page, installed_jupyter.address(app, f"{app}.ipynb"))
            assert "6 × 7 = 42" in _published(page)
            assert [each for each in complaints if not PRE_RELEASE_WARNING.match(each)] == []


@pytest.mark.peer
@pytest.mark.thorough
@pytest.mark.browser
def test_a_notebook_that_several_people_edit_is_published_as_they_see_it(shared_jupyter: Jupyter) -> None:
    with _browser() as browser:
        page = _page(browser)
        open_notebook(page, shared_jupyter.address("lab", "RTC:lab.ipynb"))
        set_cell(page, 1, "print('typed a moment ago')")
        assert "typed a moment ago" in _published(page)


@contextmanager
def _browser() -> Iterator[Browser]:
    program = next((path for path in map(shutil.which, BROWSERS) if path), None)
    assert program, "the browser tests need Chromium: run `make chromium`"
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=program) as browser:
        yield browser


def _page(browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(30_000)
    return page


def _published(page: Page) -> str:
    """Publish the notebook as a finished document; return the page that readers get."""
    toolbar_button(page).click()
    panel(page).get_by_role("radio", name="Finished document").check()
    publish_button(page).click()
    address = result_link(page).get_attribute("href")
    return page.request.get(str(address)).text()
