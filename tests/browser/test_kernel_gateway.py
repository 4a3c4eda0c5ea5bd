"""Kernels of a real kernel gateway: not taken for the local ones of the same name, and asked where they run."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator

import pytest
from authoring import write_notebook
from browser_actions import (
    content_guid,
    enter_server,
    open_notebook,
    panel,
    publish_button,
    result_link,
    toolbar_button,
)
from kernel_gateway import PACKAGING, running_gateway
from playwright.sync_api import Page, expect
from serving import Jupyter, Sandbox, start_jupyter

pytestmark = [pytest.mark.peer, pytest.mark.thorough, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    home, root = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("root")
    with running_gateway(tmp_path_factory.mktemp("gateway")) as gateway:
        running = start_jupyter(home, root, *gateway.options)
        yield running
        running.stop()


def inspected(jupyter: Jupyter, path: str) -> dict[str, object]:
    request = urllib.request.Request(
        f"{jupyter.url}/rsconnect-jupyter/inspect",
        json.dumps({"path": path}).encode(),
        {"Authorization": f"token {jupyter.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        told: dict[str, object] = json.load(answer)
        return told


def test_its_kernel_is_asked_at_the_authors_wish_and_its_packages_are_published(
    jupyter: Jupyter, sandbox: Sandbox, page: Page
) -> None:
    write_notebook(jupyter.root / "far.ipynb", "# From afar", "import packaging\nprint('far away')")
    before = inspected(jupyter, "far.ipynb")
    assert isinstance(before["kernel"], dict)
    assert (before["kernel"]["kernel"], before["kernel"]["interpreter"]) == ("python3", "")

    open_notebook(page, jupyter.address("lab", "far.ipynb"))
    toolbar_button(page).click()
    view = panel(page)
    enter_server(page, sandbox.url, sandbox.key)
    expect(publish_button(page)).to_be_enabled()
    expect(view.get_by_text("runs on another machine").first).to_be_attached()

    view.get_by_role("button", name="Python").click()
    view.get_by_role("button", name="Ask the running kernel").click()
    expect(view.get_by_text(f"packaging=={PACKAGING}")).to_be_visible()
    expect(view.get_by_text("runs on another machine")).to_have_count(0)

    publish_button(page).click()
    assert content_guid(result_link(page))
    _the_wish_is_remembered(jupyter, page)


def _the_wish_is_remembered(jupyter: Jupyter, page: Page) -> None:
    write_notebook(jupyter.root / "next.ipynb", "# The next one", "import packaging")
    address = jupyter.address("lab", "next.ipynb").replace("/lab/tree/", "/lab/workspaces/next/tree/")
    open_notebook(page, address)
    toolbar_button(page).click()
    expect(panel(page).get_by_role("heading", name="next.ipynb")).to_be_visible()
    panel(page).get_by_role("button", name="Python").click()
    expect(panel(page).get_by_text(f"packaging=={PACKAGING}")).to_be_visible()


def test_with_a_requirements_file_nothing_needs_to_be_known(jupyter: Jupyter) -> None:
    folder = jupyter.root / "listed"
    folder.mkdir()
    write_notebook(folder / "listed.ipynb", "# With a list", "import packaging")
    (folder / "requirements.txt").write_text("packaging==23.2\n")
    findings = inspected(jupyter, "listed/listed.ipynb")["findings"]
    assert isinstance(findings, list)
    assert [each["code"] for each in findings if each["severity"] == "error"] == []
    assert "kernel-elsewhere" in [each["code"] for each in findings if each["severity"] == "warning"]
