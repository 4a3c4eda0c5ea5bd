"""The pages on which users sign in and agree, in a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect
from sandbox.publishing import Api
from sandbox.signing_in import Client, Signer
from sandbox.test_dashboard import drive
from serving import Sandbox, running_sandbox
from strangers import listening_stranger

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = Path(__file__).parents[2] / "test-results"


@pytest.fixture(scope="module")
def choosing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox below a prefix whose users choose who they are."""
    with running_sandbox(tmp_path_factory.mktemp("choosing"), "--choose-user", "--prefix", "/rsc") as running:
        yield running


def looks_right(page: Page, name: str) -> None:
    """Hold a page against axe, in the light and in the dark, and on a narrow screen; keep a picture with SHOTS=1."""
    for scheme, width in (("light", 1000), ("dark", 320)):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 640})
        axe = AXE.read_text()
        found = page.evaluate("code => { new Function(code)(); return axe.run({resultTypes: ['violations']}) }", axe)
        assert [(each["id"], each["nodes"]) for each in found["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"
        if os.environ.get("SHOTS"):
            SHOTS.mkdir(exist_ok=True)
            page.screenshot(path=SHOTS / f"sandbox-{name}-{scheme}.png")


def test_a_user_chooses_who_they_are_and_allows_a_client(choosing: Sandbox) -> None:
    client = Client(choosing.url)
    client.register()
    with listening_stranger(answer=lambda path: (200, b"<title>Back</title>")) as listening:
        client.redirect = f"{listening.url}/callback"

        def visit(page: Page) -> None:
            page.goto(client.address())
            looks_right(page, "choose-user")
            page.get_by_role("button", name="Paul Publisher").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Allow access?")
            expect(page.get_by_text("Test client")).to_be_visible()
            looks_right(page, "allow-access")
            page.get_by_role("link", name="Use another account").click()
            page.get_by_role("button", name="Vera Viewer").click()
            expect(page.get_by_text("(viewer)")).to_be_visible()
            page.get_by_role("button", name="Allow").click()
            page.wait_for_url(f"{listening.url}/callback?**")

        drive(visit)
        code = next(each for each in listening.asked if "code=" in each).partition("code=")[2].partition("&")[0]
    token = client.by_code(code).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{choosing.url}/__api__/v1/user", headers=headers, timeout=30).json()["username"] == "viewer"


def test_a_user_enters_the_code_of_a_device_and_claims_a_token(choosing: Sandbox) -> None:
    client, signer = Client(choosing.url), Signer()
    client.register()
    device = client.start_device()
    body = {"token": signer.token, "public_key": signer.public_key, "user_id": 0}
    claim = requests.post(f"{choosing.url}/__api__/tokens", json=body, timeout=30).json()["token_claim_url"]

    def visit(page: Page) -> None:
        page.goto(device["verification_uri"])
        page.get_by_role("button", name="Ada Administrator").click()
        looks_right(page, "enter-code")
        page.get_by_label("Code").fill("XXXX-XXXX")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("alert")).to_contain_text("no such code")
        page.get_by_label("Code").fill(device["user_code"].lower())
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text(device["user_code"])).to_be_visible()
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_text("The client is signed in.")).to_be_visible()
        looks_right(page, "signed-in")
        page.goto(claim)
        looks_right(page, "claim")
        page.get_by_role("button", name="Allow").click()
        expect(page.get_by_text("The client is signed in.")).to_be_visible()

    drive(visit)
    assert requests.get(f"{choosing.url}/__api__/v1/user", auth=signer, timeout=30).json()["username"] == "admin"


def test_the_outbox_shows_what_was_mailed(choosing: Sandbox) -> None:
    api = Api(choosing.url, choosing.key)
    guid = api.create(title="A <b>report</b>")["guid"]
    viewer = next(each for each in api.json("GET", "v1/users")["results"] if each["username"] == "viewer")
    body = {"principal_guid": viewer["guid"], "principal_type": "user", "role": "viewer"}
    api.json("POST", f"v1/content/{guid}/permissions", body)

    def visit(page: Page) -> None:
        page.goto(f"{choosing.url}/connect/")
        page.get_by_role("button", name="Ada Administrator").click()
        page.get_by_role("link", name="Outbox").click()
        expect(page.get_by_role("cell", name="You can now see: A <b>report</b>")).to_be_visible()
        expect(page.get_by_role("cell", name="viewer@sandbox.example")).to_be_visible()
        looks_right(page, "outbox")

    drive(visit)


def test_nobody_is_chosen_where_a_key_is_asked_for(choosing: Sandbox, sandbox: Sandbox) -> None:
    headers = {"Authorization": f"Key {sandbox.key}"}
    users = requests.get(f"{sandbox.url}/__api__/v1/users", headers=headers, timeout=30).json()["results"]
    data = {"user": users[0]["guid"]}
    assert requests.post(f"{sandbox.url}/__login__", data=data, allow_redirects=False, timeout=30).status_code == 401
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    answer = requests.post(f"{choosing.url}/__login__", data=data, headers=elsewhere, allow_redirects=False, timeout=30)
    assert (answer.status_code, answer.cookies.get_dict()) == (403, {})


def test_other_machines_choose_nobody(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="only this machine reaches"):
        with running_sandbox(tmp_path, "--choose-user", "--host", "0.0.0.0"):
            pass
