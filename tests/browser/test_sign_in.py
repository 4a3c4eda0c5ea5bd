"""Signing in from the panel and from a cell: no secret is typed, and none is to be found afterwards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from browser_actions import (
    RUN_LIMIT,
    Wiretap,
    held,
    open_notebook,
    panel,
    publish_button,
    result_link,
    run_cell,
    toolbar_button,
)
from notebook_documents import notebook_document
from playwright.sync_api import Page, Route, expect
from serving import Jupyter, Sandbox, running_sandbox, start_jupyter

from rsconnect_jupyter.connect.sign_in_credentials import OAuthSession
from rsconnect_jupyter.servers.store import ServerStore

PROJECT = Path(__file__).parents[2]
VERSIONS = {"claim-2022": "2022.10.0", "claim-2024": "2024.08.0", "browser-2026.02": "2026.02.0", "device": "2026.06.0"}
COMMON = ("--choose-user", "--prefix=/rsc", "--device-interval=1", "--movable-clock")


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    home, root = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("work") / "notebooks"
    shutil.copytree(PROJECT / "examples", root)
    running = start_jupyter(home, root)
    yield running
    running.stop()


@pytest.fixture
def work(jupyter: Jupyter) -> Jupyter:
    """A Jupyter without servers and sign-ins, with an unpublished notebook: ``signed-in.ipynb``."""
    url, headers = f"{jupyter.url}/rsconnect-jupyter", {"Authorization": f"token {jupyter.token}"}
    waiting = requests.get(f"{url}/sign-in", headers=headers, timeout=60).json()["sign_ins"]
    servers = requests.get(f"{url}/servers", headers=headers, timeout=60).json()["servers"]
    paths = [f"sign-in/{each['id']}" for each in waiting] + [f"servers/{quote(each['name'])}" for each in servers]
    for path in paths:
        assert requests.delete(f"{url}/{path}", headers=headers, timeout=60).ok
    (jupyter.root / "signed-in.ipynb").unlink(missing_ok=True)
    shutil.copy(jupyter.root / "minimal.ipynb", jupyter.root / "signed-in.ipynb")
    return jupyter


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sandbox]:
    version = VERSIONS[getattr(request, "param", "device")]
    with running_sandbox(tmp_path / "sandbox", f"--connect-version={version}", *COMMON) as running:
        yield running


def allow(tab: Page) -> None:
    """Do what a user does on the server's pages."""
    tab.get_by_role("button", name="Paul Publisher").click()
    tab.get_by_role("button", name="Allow").click()


def start(page: Page, jupyter: Jupyter, server: Sandbox) -> Page:
    """Open the panel, type the address, press Enter, and return the server's page."""
    page.goto(jupyter.address("notebook", "signed-in.ipynb"))
    toolbar_button(page).click()
    expect(panel(page).get_by_role("textbox", name="Address")).to_be_focused()
    page.keyboard.insert_text(f"{server.url}/connect/#/content/listing")
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    return opened.value


def tokens_of(jupyter: Jupyter) -> list[str]:
    """Return every secret that Jupyter keeps of its sign-ins."""
    found = []
    for text in json.loads((jupyter.log.parent / "data" / "rsconnect-jupyter" / "keys.json").read_text()).values():
        value = json.loads(text)
        found += [value[name] for name in ("access_token", "refresh_token", "private_key") if value.get(name)]
    assert found
    return found


def has_leaked(jupyter: Jupyter, wiretap: Wiretap, tokens: list[str]) -> list[str]:
    """Return where a token is to be found that only Jupyter's private file may hold."""
    places = [jupyter.log, *(each for each in jupyter.root.rglob("*") if each.is_file())]
    places += [each for each in (jupyter.log.parent / "data").rglob("*") if each.is_file() and each.name != "keys.json"]
    leaked = [str(each) for each in places if any(token.encode() in each.read_bytes() for token in tokens)]
    for arguments in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            said = arguments.read_bytes() + arguments.with_name("environ").read_bytes()
        except OSError:  # it has ended, or is another user's
            continue
        leaked += [str(arguments)] if any(token.encode() in said for token in tokens) else []
    return leaked + [url for token in tokens for url in wiretap.heard_anywhere(token)]


COUNT_CLICKS = """
window.clicks = 0;
window.addEventListener('mousedown', event => (window.clicks += event.isTrusted ? 1 : 0), true);
"""


def refuse(route: Route) -> None:
    """Let a browser reach no port of the machine that Jupyter runs on."""
    route.abort("connectionrefused")


@pytest.mark.parametrize(
    "server",
    [pytest.param(each, marks=pytest.mark.thorough) if each.startswith("claim") else each for each in VERSIONS],
    indirect=True,
)
def test_from_an_address_to_a_published_page(
    work: Jupyter, server: Sandbox, page: Page, wiretap: Wiretap, request: pytest.FixtureRequest
) -> None:
    page.add_init_script(COUNT_CLICKS)
    by_code = request.node.callspec.params["server"] == "device"
    if by_code:
        page.route("**/reachable", refuse)
    allow(start(page, work, server))
    expect(publish_button(page)).to_be_enabled()
    publish_button(page).click()
    result_link(page)
    assert page.evaluate("window.clicks") == 2  # to open the panel, and to publish
    assert has_leaked(work, wiretap, tokens_of(work)) == []


def test_a_sign_in_survives_a_reload_and_can_be_cancelled(work: Jupyter, server: Sandbox, page: Page) -> None:
    page.route("**/reachable", refuse)
    tab = start(page, work, server)
    code = panel(page).locator(".jp-rsc-user-code").inner_text()
    panel(page).get_by_role("button", name="Copy the code").click()
    assert page.evaluate("navigator.clipboard.readText()") == code
    page.reload()
    if not panel(page).is_visible():
        toolbar_button(page).click()
    expect(panel(page).get_by_text("Waiting for the server…")).to_be_visible()
    panel(page).get_by_role("button", name="Cancel").click()
    expect(panel(page).get_by_role("button", name="Sign in", exact=True)).to_be_enabled()
    tab.close()


def test_a_session_that_has_ended_is_begun_again_in_place(work: Jupyter, server: Sandbox, page: Page) -> None:
    allow(start(page, work, server))
    expect(publish_button(page)).to_be_enabled()
    panel(page).get_by_role("textbox", name="Title").fill("Kept through a sign-in")
    panel(page).get_by_role("radio", name="Finished document").check()
    expect(publish_button(page)).to_be_enabled()

    again = panel(page).get_by_role("button", name="Sign in again")
    with held(page, "inspect"):  # it is the publish that meets the end of the session
        end_sessions(work, server)
        publish_button(page).click()
        expect(again).to_be_visible()
    with page.context.expect_page() as opened:
        again.first.click()
    opened.value.get_by_role("button", name="Allow").click()
    result_link(page)
    expect(panel(page).get_by_role("textbox", name="Title")).to_have_value("Kept through a sign-in")


def end_sessions(jupyter: Jupyter, server: Sandbox) -> None:
    """Revoke what the user's sessions are renewed with, and let their tokens expire."""
    folder = jupyter.log.parent / "data" / "rsconnect-jupyter"
    store = ServerStore(folder=folder)
    for each in store.servers():
        credential = store.get(each.name).credential
        assert isinstance(credential, OAuthSession)
        form = {"token": credential.secrets[1].reveal(), "client_id": credential.tokens.client_id}
        assert requests.post(f"{server.url}/oauth/v1/revoke", data=form, timeout=30).ok


@pytest.mark.slow
def test_the_form_in_a_cell_signs_in_and_publishes(
    work: Jupyter, server: Sandbox, page: Page, wiretap: Wiretap
) -> None:
    code = "from rsconnect_jupyter import PublishWidget\nPublishWidget(mode='html')"
    (work.root / "form.ipynb").write_text(json.dumps(notebook_document("print(6 * 7)", code)), encoding="utf-8")
    open_notebook(page, work.address("lab", "form.ipynb"))
    form = page.locator(".jp-OutputArea-output").filter(has_text="Publish to Posit Connect").first
    run_cell(page, 2, form.get_by_label("Address"))
    form.get_by_label("Address").fill(server.url)
    form.get_by_role("button", name="Sign in", exact=True).click()

    form.get_by_role("button", name="Copy the code").click()
    assert page.evaluate("navigator.clipboard.readText()") == form.locator("code").inner_text()
    with page.context.expect_page() as opened:
        form.get_by_role("link", name="Open the server’s page").click()
    allow(opened.value)
    expect(form.get_by_role("status").get_by_text("Signed in.")).to_be_visible()
    form.get_by_role("button", name="Publish", exact=True).click()
    form.get_by_role("link", name="Open content").wait_for(timeout=RUN_LIMIT)
    with page.expect_response(lambda answer: "form.ipynb" in answer.url and answer.request.method == "PUT"):
        page.keyboard.press("ControlOrMeta+S")
    page.reload()
    form.get_by_role("link", name="Open content").wait_for()
    assert has_leaked(work, wiretap, tokens_of(work)) == []
