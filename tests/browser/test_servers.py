"""The first minutes: no server yet, the sandbox from the panel, addresses and keys that are wrong."""

from __future__ import annotations

import shutil
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from browser_actions import Wiretap, enter_server, panel, publish_button, result_link, toolbar_button
from playwright.sync_api import Page, Request, Route, expect
from serving import Jupyter, Sandbox, start_jupyter

from rsconnect_jupyter.runner.ports import free_port

PROJECT = Path(__file__).parents[2]


class SignInPage(BaseHTTPRequestHandler):
    """A gateway that answers everything with its sign-in page."""

    def do_GET(self) -> None:
        body = b"<!doctype html><title>Sign in</title><form>Your company's sign-in</form>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def gateway() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SignInPage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture
def self_signed() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SignInPage)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """A Jupyter that knows no server, below a hub's kind of address."""
    home, root = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("work") / "notebooks"
    shutil.copytree(PROJECT / "examples", root)
    running = start_jupyter(home, root, base_url="/people/ana/")
    yield running
    running.stop()


def show_form(page: Page, address: str) -> None:
    page.goto(address)
    toolbar_button(page).click()
    add = panel(page).get_by_role("button", name="Add server")
    expect(add.or_(panel(page).get_by_role("textbox", name="Address")).first).to_be_visible()
    if not panel(page).get_by_role("textbox", name="Address").is_visible():
        add.click()


def asks_for_versions(request: Request) -> bool:
    """Tell whether the server is asked which versions of Python and Quarto it has."""
    body = request.post_data_json if "/rsconnect-jupyter/inspect" in request.url else None
    return bool(body and body["server_versions"])


def test_without_a_server_the_sandbox_is_one_click_away(jupyter: Jupyter, page: Page) -> None:
    show_form(page, jupyter.address("notebook", "minimal.ipynb"))
    held: list[Route] = []
    page.route(
        "**/rsconnect-jupyter/inspect*",
        lambda route: held.append(route) if asks_for_versions(route.request) else route.continue_(),
    )
    with page.expect_request(asks_for_versions, timeout=60_000):
        panel(page).get_by_role("button", name="Start the sandbox").click()
    expect(publish_button(page)).to_be_enabled(timeout=60_000)
    for each in held:  # Publish did not wait for them
        each.continue_()
    page.unroute("**/rsconnect-jupyter/inspect*")
    publish_button(page).click()
    with page.context.expect_page() as opened:
        result_link(page).click()
    expect(opened.value.get_by_text("6 × 7 = 42")).to_be_visible()


def test_a_server_is_added_after_every_mistake_that_can_be_made(
    jupyter: Jupyter,
    page: Page,
    wiretap: Wiretap,
    open_sandbox: Sandbox,
    gateway: str,
    self_signed: str,
) -> None:
    show_form(page, jupyter.address("lab", "analysis.ipynb"))
    said = panel(page).locator("form")

    enter_server(page, f"http://127.0.0.1:{free_port()}", "x" * 32)
    expect(said).to_contain_text("does not accept connections")
    enter_server(page, gateway, "x" * 32)
    expect(said).to_contain_text("A sign-in page or a proxy answered instead")
    enter_server(page, self_signed, "x" * 32)
    expect(said).to_contain_text("certificate")
    enter_server(page, open_sandbox.url, "x" * 32)
    expect(panel(page).get_by_text("API key is not valid")).to_be_visible()

    enter_server(page, f"{open_sandbox.url}/connect/#/apps", open_sandbox.key)
    panel(page).get_by_role("radio", name="Finished document").check()
    publish_button(page).click()
    result_link(page)
    expect(panel(page).get_by_label("API key", exact=True)).to_have_count(0)
    assert wiretap.heard_anywhere(open_sandbox.key) == []
    assert open_sandbox.key not in jupyter.log.read_text()
