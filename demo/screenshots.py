"""Take pictures of every state of the panel, in the demo, with a real browser.

All of them go to ``test-results/screenshots/``, by window size and theme; those that the README and the documentation
show go to ``docs/images/`` too, with a film of a publish.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT / "tests"))

from browser_actions import (  # noqa: E402
    EXPOSE,
    RUN_LIMIT,
    choose_theme,
    open_notebook,
    panel,
    publish_button,
    result_link,
    run_cell,
    set_cell,
    toolbar_button,
)
from serving import Jupyter, start_jupyter  # noqa: E402 - the tests' own way to start a Jupyter

SIZES = {"1280x800": (1280, 800), "1024x600": (1024, 600)}
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
ALL = PROJECT / "test-results" / "screenshots"
SHOWN = PROJECT / "docs" / "images"
DOCUMENTED_NAME = "1280x800-light"
DOCUMENTED = {"no-server", "ready", "publishing", "published", "failed", "notebook-7", "widget"}
DOCUMENTED |= {"readers", "variables", "schedule", "versions", "compare", "rehearsal", "preview", "extension-manager"}

CARD = ".jp-extensionmanager-entry:has-text('rsconnect-jupyter')"
PARTS = {
    **dict.fromkeys(("readers", "variables", "schedule", "versions", "rehearsal"), "#rsconnect-jupyter-panel"),
    "extension-manager": CARD,
}
"""State -> the part of the page that is pictured."""


def main() -> None:
    """Take the pictures."""
    shutil.rmtree(ALL, ignore_errors=True)
    SHOWN.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        with demo(Path(folder) / "demo") as address, empty_jupyter(Path(folder) / "empty") as empty:
            for size in SIZES:
                for theme in THEMES:
                    name = f"{size}-{theme}"
                    if name != DOCUMENTED_NAME:
                        shutil.copytree(PROJECT / "examples", Path(folder) / "demo" / "notebooks" / name)
                    Camera(browser, size, theme, folder).shoot(address, empty)
            shutil.copytree(PROJECT / "examples", Path(folder) / "demo" / "notebooks" / "film")
            film_of_a_publish(browser, address, folder)
        browser.close()


@contextmanager
def demo(folder: Path) -> Iterator[str]:
    """Run the demo and give the address of its JupyterLab."""
    settings = {"DEMO_DIR": str(folder / "notebooks"), "DEMO_PORT": "28888", "SANDBOX_PORT": "23939", "BROWSER": "none"}
    process = subprocess.Popen(
        [sys.executable, str(PROJECT / "demo" / "start.py")],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = iter(process.stdout)
    try:
        address = next(line.split()[-1] for line in lines if line.startswith("JupyterLab ready at "))
        # Read on: a pipe that is full would stop the demo.
        threading.Thread(target=deque, args=(lines, 0), daemon=True).start()
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


@contextmanager
def empty_jupyter(folder: Path) -> Iterator[Jupyter]:
    """Run a Jupyter that knows no server."""
    (folder / "home").mkdir(parents=True)
    shutil.copytree(PROJECT / "examples", folder / "root")
    keep_keys_out = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    jupyter = start_jupyter(folder / "home", folder / "root", environment=keep_keys_out)
    try:
        yield jupyter
    finally:
        jupyter.stop()


class Camera:
    """Takes every picture at one window size in one theme."""

    def __init__(self, browser: Browser, size: str, theme: str, folder: str) -> None:
        box = SIZES[size]
        self.context = browser.new_context(viewport={"width": box[0], "height": box[1]}, color_scheme=theme)  # type: ignore[arg-type]
        self.context.add_init_script(EXPOSE)
        self.name = f"{size}-{theme}"
        self.theme = THEMES[theme]
        self.nameless = nameless(folder)
        self.documents = self.name == DOCUMENTED_NAME

    def shoot(self, address: str, empty: Jupyter) -> None:
        """Walk through the states."""
        base, _, token = address.partition("/lab?")

        def shot(state: str, notebook: str, act: Callable[[Page], None], app: str = "lab") -> None:
            # A workspace for each picture: the panel is closed at first, and the toolbar has room for its button.
            folder = {"lab": f"lab/workspaces/{self.name}-{state}/tree", "notebook": "notebooks"}[app]
            # Each camera's notebooks are its own, so that each begins with one never published.
            path = notebook if self.documents else f"{self.name}/{notebook}"
            self.take(state, f"{base}/{folder}/{path}?{token}", act)

        apart = empty.address("lab", "analysis.ipynb").replace("/lab/tree/", f"/lab/workspaces/{self.name}/tree/")
        self.take("no-server", apart, no_server)
        shot("ready", "analysis.ipynb", ready)
        shot("sections", "analysis.ipynb", sections)
        shot("publishing", "analysis.ipynb", publishing)
        shot("published", "analysis.ipynb", published)
        shot("readers", "analysis.ipynb", readers)
        shot("schedule", "analysis.ipynb", schedule)
        shot("versions", "analysis.ipynb", versions)
        shot("compare", "analysis.ipynb", compare)
        shot("preview", "analysis.ipynb", preview)
        shot("variables", "minimal.ipynb", variables)
        shot("rehearsal", "failing.ipynb", rehearsal)
        shot("failed", "failing.ipynb", failed)
        shot("notebook-7", "interactive.ipynb", ready, app="notebook")
        shot("widget", "minimal.ipynb", widget)
        shot("extension-manager", "minimal.ipynb", extension_manager)
        self.context.close()

    def take(self, state: str, address: str, act: Callable[[Page], None]) -> None:
        """Bring a page into a state and picture it."""
        page = self.context.new_page()
        page.set_default_timeout(60_000)
        open_notebook(page, address)
        page.evaluate("theme => window.jupyterapp?.commands.execute('apputils:change-theme', { theme })", self.theme)
        act(page)
        page.mouse.move(5, 5)
        page.wait_for_timeout(700)  # fonts, transitions and toasts come to rest
        page.evaluate(NAMELESS, self.nameless)
        file = ALL / self.name / f"{state}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        (page.locator(PARTS[state]) if state in PARTS else page).screenshot(path=file)
        if self.documents and state in DOCUMENTED:
            shutil.copy(file, SHOWN)
        page.close()


def film_of_a_publish(browser: Browser, address: str, folder: str) -> None:
    """Film a publish, from the notebook to the page that its readers see."""
    page = browser.new_page(viewport={"width": 1120, "height": 700})
    page.add_init_script(EXPOSE)
    page.set_default_timeout(60_000)
    base, _, token = address.partition("/lab?")
    open_notebook(page, f"{base}/lab/workspaces/film/tree/film/analysis.ipynb?{token}")
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    choose_theme(page, THEMES["light"])
    page.get_by_role("img", name="The four sales regions").wait_for()
    film = Film(page, folder)
    film.take(1_500)
    ready(page)
    film.take(2_000)
    publish_button(page).hover()
    publish_button(page).click()
    ended = panel(page).get_by_role("link", name="Open content").or_(panel(page).get_by_role("alert"))
    while not ended.first.is_visible():
        film.take(350)
        page.wait_for_timeout(1_500)
    film.take(2_500)
    page.goto(str(result_link(page).get_attribute("href")))
    page.get_by_role("img", name="The four sales regions").wait_for()
    film.take(3_500)
    page.close()
    film.keep(SHOWN / "publish.gif")


class Film:
    """Pictures of a page, each shown for its own time."""

    def __init__(self, page: Page, folder: str) -> None:
        self.page = page
        self.nameless = nameless(folder)
        self.frames: list[tuple[Image.Image, int]] = []

    def take(self, milliseconds: int) -> None:
        """Add what the page shows now; what stays the same lasts longer instead."""
        self.page.evaluate(NAMELESS, self.nameless)
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        picture = picture.quantize(96, dither=Image.Dither.NONE)
        if self.frames and self.frames[-1][0].tobytes() == picture.tobytes():
            milliseconds += self.frames.pop()[1]
        self.frames.append((picture, milliseconds))

    def keep(self, file: Path) -> None:
        """Write an animated picture that repeats."""
        (first, _), *others = self.frames
        times = [time for _, time in self.frames]
        first.save(
            file, save_all=True, append_images=[each for each, _ in others], duration=times, loop=0, optimize=True
        )


def nameless(folder: str) -> list[str]:
    """Return the paths of this machine that no picture shows."""
    return [str(PROJECT), folder, str(Path.home())]


NAMELESS = """
folders => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    for (const folder of folders.filter(each => node.data.includes(each))) {
      node.data = node.data.replaceAll(folder, '~');
    }
  }
}
"""
"""Replaces the paths of this machine in the pictures."""


def no_server(page: Page) -> None:
    """Show the panel when no server is known."""
    toolbar_button(page).click()
    panel(page).get_by_role("button", name="Start the sandbox").wait_for()


def ready(page: Page) -> None:
    """Show the panel when all is ready."""
    if not panel(page).is_visible():  # beside it, a narrow toolbar has no room for the button
        toolbar_button(page).click()
    expect(publish_button(page)).to_be_enabled(timeout=60_000)


def sections(page: Page) -> None:
    """Show the sections opened."""
    ready(page)
    for section in ("Hide code", "Files", "Python", "More options", "Checks"):
        panel(page).get_by_role("button", name=section).first.click()
    panel(page).locator(".jp-rsc-middle").evaluate("node => node.scrollTo(0, node.scrollHeight)")


def publishing(page: Page) -> None:
    """Show a publish on its way."""
    ready(page)
    publish_button(page).click()
    panel(page).get_by_text("Building Jupyter notebook").first.wait_for()


def published(page: Page) -> None:
    """Show a publish that went through."""
    ready(page)
    cancel = panel(page).get_by_role("button", name="Cancel")
    if not cancel.is_visible():
        publish_button(page).click()
    result_link(page)


def section(page: Page, name: str) -> None:
    """Open one of the panel's sections and show all of it."""
    ready(page)
    heading = panel(page).get_by_role("button", name=name, exact=True)
    if heading.get_attribute("aria-expanded") == "false":
        heading.click()
    panel(page).locator("[aria-busy=true]").first.wait_for(state="detached")
    heading.evaluate("node => node.scrollIntoView()")


def save(page: Page) -> None:
    """Save the notebook."""
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")


def readers(page: Page) -> None:
    """Show who may read, with one more person chosen."""
    section(page, "Readers")
    panel(page).get_by_role("radio", name="Only chosen people and groups").check()
    panel(page).get_by_role("combobox", name="Add people or groups").fill("publ")
    panel(page).get_by_role("option", name="publisher").click()


def schedule(page: Page) -> None:
    """Show a schedule with its next run."""
    section(page, "Schedule")
    panel(page).get_by_label("Run", exact=True).select_option("weekday")
    panel(page).get_by_role("button", name="Set schedule").click()
    panel(page).get_by_text("every weekday").first.wait_for()


def versions(page: Page) -> None:
    """Show two versions of the content."""
    set_cell(page, 7, 'total = sales.groupby("region")["revenue"].sum()\nprint(f"Best region: {total.idxmax()}")')
    save(page)
    published(page)
    section(page, "Versions")
    panel(page).locator(".jp-rsc-version").nth(1).wait_for()


def compare(page: Page) -> None:
    """Show what is different in the published version."""
    section(page, "Versions")
    earlier = panel(page).locator(".jp-rsc-version").nth(1)
    earlier.get_by_role("button", name=re.compile("^Compare")).click()
    earlier.get_by_role("button", name="With the notebook").click()
    page.locator(".jp-rsc-compare ins").first.wait_for()


def preview(page: Page) -> None:
    """Show the page beside the notebook before it is published."""
    ready(page)
    panel(page).get_by_role("radio", name="Finished document").check()
    panel(page).get_by_role("button", name="Preview", exact=True).click()
    page.frame_locator(".jp-rsc-preview iframe").locator("body").wait_for()


def variables(page: Page) -> None:
    """Show a variable that the code reads and the server lacks."""
    set_cell(page, 1, 'import os\n\ntoken = os.environ["SALES_API_TOKEN"]')
    save(page)
    section(page, "Environment variables")
    panel(page).locator(".jp-rsc-known-variable").first.wait_for()


def rehearsal(page: Page) -> None:
    """Show a rehearsal that failed, with its cell."""
    ready(page)
    panel(page).get_by_role("button", name="Rehearse", exact=True).click()
    panel(page).get_by_role("alert").first.wait_for(timeout=RUN_LIMIT)


def extension_manager(page: Page) -> None:
    """Show the extension as JupyterLab's extension manager lists it."""
    page.evaluate("window.jupyterapp.commands.execute('extensionmanager:show-panel')")
    allow = page.get_by_role("button", name="Yes")  # asked once
    allow.or_(page.locator(CARD)).first.wait_for()
    if allow.is_visible():
        allow.click()
    page.add_style_tag(content=f"{CARD.partition(':')[0]} img {{ visibility: hidden }}")  # from the network
    page.locator(CARD).scroll_into_view_if_needed()


def failed(page: Page) -> None:
    """Show a publish that failed on the server."""
    source = json.loads((PROJECT / "examples" / "failing.ipynb").read_text())["cells"][2]["source"]
    set_cell(page, 2, "".join(source))
    ready(page)
    publish_button(page).click()
    panel(page).get_by_role("alert").wait_for(timeout=RUN_LIMIT)


def widget(page: Page) -> None:
    """Show the widget in a cell."""
    set_cell(page, 1, "from rsconnect_jupyter import PublishWidget\n\nPublishWidget()")
    run_cell(page, 1, page.locator(".jp-OutputArea").get_by_role("button", name="Publish", exact=True))


if __name__ == "__main__":
    main()
