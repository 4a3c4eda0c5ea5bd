"""What a user does in the browser: open a notebook, publish it, read the panel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Response, Route, TimeoutError, WebSocket, expect  # noqa: A004

NAME = "Publish to Posit Connect"
APPS = ("lab", "notebook")
MOSTLY_LAB = ("lab", pytest.param("notebook", marks=pytest.mark.thorough))
"""For what Notebook 7 has from JupyterLab's own code: there, `make thorough` looks at it."""
RUN_LIMIT = 120_000
"""Milliseconds that a publish with a real run on the server may take."""

expect.set_options(timeout=60_000)  # the machine may be busy; what is there at once is seen at once

EXPOSE = """
document.addEventListener('DOMContentLoaded', () => {
  const config = document.getElementById('jupyter-config-data');
  if (config) {
    config.textContent = JSON.stringify({ ...JSON.parse(config.textContent), exposeAppInBrowser: true });
  }
});
"""
"""Makes the application reachable as ``jupyterapp``, so that a script can change its theme."""

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"


@dataclass
class Wiretap:
    """Collects every body and websocket frame that a tab receives."""

    page: Page
    heard: list[tuple[str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.context.on("response", self._response)
        self.page.on("websocket", self._websocket)

    def remove(self) -> None:
        """Stop listening."""
        self.page.context.remove_listener("response", self._response)

    def _response(self, response: Response) -> None:
        try:
            self.heard.append((response.url, response.body()))
        except Error:  # redirects and closed pages have no body
            return

    def _websocket(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.heard.append((socket.url, _bytes(frame))))

    def heard_anywhere(self, secret: str) -> list[str]:
        """Return the addresses that sent the secret."""
        return sorted({url for url, body in self.heard if secret.encode() in body})


def _bytes(frame: str | bytes) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()


def open_notebook(page: Page, address: str) -> None:
    """Open a notebook and wait until its toolbar and kernel are there."""
    page.goto(address)
    toolbar_button(page).wait_for()
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first).to_be_attached(timeout=60_000)


def open_panel(page: Page, address: str) -> None:
    """Open a notebook, click its toolbar button and wait until it could be published; its kernel may still start."""
    page.goto(address)
    toolbar_button(page).click()
    expect(publish_button(page)).to_be_enabled()


def choose_theme(page: Page, theme: str) -> None:
    """Change JupyterLab's theme; the page must have been opened under `EXPOSE`."""
    page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-name", theme)


def own_complaints(page: Page) -> list[str]:
    """Return a list that fills with the errors and warnings of our code in the browser's console."""
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        ours = "rsconnect" in message.text + str(message.location.get("url", ""))
        if message.type in ("error", "warning") and ours:
            said.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: said.append(str(error)) if "rsconnect" in str(error.stack) else None)
    return said


def toolbar_button(page: Page) -> Locator:
    """Return the button in the notebook's toolbar."""
    return page.locator(".jp-NotebookPanel-toolbar").get_by_role("button", name=re.compile(f"^{NAME}")).first


def panel(page: Page) -> Locator:
    """Return the panel."""
    return page.get_by_role("region", name=NAME, exact=True)


def publish_button(page: Page) -> Locator:
    """Return the panel's one primary button in its first and last state."""
    return panel(page).get_by_role("button", name="Publish", exact=True)


@contextmanager
def publish_begun(page: Page) -> Iterator[None]:
    """Wait until what is done within has made Jupyter begin a publish; the panel no longer shows the last one's end."""
    with page.expect_response(lambda answer: asks(answer, "POST", "publish")):
        yield


@contextmanager
def held(page: Page, route: str) -> Iterator[None]:
    """Keep requests of a page to one of our routes waiting while what is within looks at the page.

    Args:
        page: The page that asks.
        route: Regular expression of what follows our address, without the query.
    """
    address, asked = re.compile(rf"/rsconnect-jupyter/{route}(\?|$)"), list[Route]()

    def keep(request: Route) -> None:
        asked.append(request)

    page.route(address, keep)
    yield
    for each in asked:  # grows while it is gone through, when the page goes on asking
        each.continue_()
    page.unroute(address)


def asks(answer: Response, method: str, route: str) -> bool:
    """Tell whether this answers a request to one of our routes; JupyterLab adds the time to an address."""
    return answer.request.method == method and urlsplit(answer.url).path.endswith(f"/rsconnect-jupyter/{route}")


def result_link(page: Page, *, timeout: float = RUN_LIMIT) -> Locator:
    """Wait for the publish to end well and return the readers' link."""
    link = panel(page).get_by_role("link", name="Open content")
    link.wait_for(timeout=timeout)
    return link


def content_guid(link: Locator) -> str:
    """Return the content's GUID out of a readers' link."""
    found = re.search(r"/content/([0-9a-f-]{36})", unquote(link.get_attribute("href") or ""))
    assert found, "the link does not name a content"
    return found[1]


def set_cell(page: Page, index: int, source: str) -> None:
    """Replace a code cell's text as an author would: click into it, select all, type.

    JupyterLab takes the focus away once more after loading, so look and type again.
    """
    editor = page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".cm-content")
    first = source.splitlines()[0]
    for _ in range(3):
        editor.click()
        page.keyboard.press("ControlOrMeta+A")
        page.keyboard.insert_text(source)
        with suppress(AssertionError):
            expect(editor).to_contain_text(first, timeout=2_000)
            return
    expect(editor).to_contain_text(first)


def run_cell(page: Page, index: int, shown: Locator) -> None:
    """Run a cell until it shows something; a front end loses, or asks about, what is run while its kernel connects."""
    kernel_is_right = page.locator(".jp-Dialog button.jp-mod-accept")
    for _ in range(6):
        if kernel_is_right.is_visible():
            kernel_is_right.click()
        page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".cm-content").click()
        page.keyboard.press("Shift+Enter")
        with suppress(TimeoutError):
            shown.wait_for(timeout=10_000)
            return
    shown.wait_for()


def enter_server(page: Page, address: str, key: str) -> None:
    """Add a server by its address and an API key in the form that is open."""
    panel(page).get_by_role("textbox", name="Address").fill(address)
    use_key = panel(page).get_by_role("button", name="Use an API key instead")
    if use_key.is_visible():
        use_key.click()
    panel(page).get_by_label("API key", exact=True).fill(key)
    panel(page).get_by_role("button", name="Add server").click()


def axe(page: Page, selector: str) -> list[str]:
    """Return what axe-core objects to in a part of the page."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("where => axe.run(where, {resultTypes: ['violations']})", selector)
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]
