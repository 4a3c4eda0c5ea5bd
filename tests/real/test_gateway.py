"""A Jupyter whose kernels run behind a real kernel gateway: nothing of this machine is taken for theirs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from authoring import write_notebook
from kernel_gateway import running_gateway
from serving import Jupyter, Sandbox
from starting import start_server

pytestmark = [pytest.mark.peer, pytest.mark.thorough, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Iterator[Jupyter]:
    home, root = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("root")
    server = {"CONNECT_SERVER": sandbox.url, "CONNECT_API_KEY": sandbox.key}
    with running_gateway(tmp_path_factory.mktemp("gateway")) as gateway:
        running = start_server(home, root, *gateway.options, environment=server)
        yield running
        running.stop()


def ask(jupyter: Jupyter, verb: str, route: str, body: Any = None, **query: Any) -> Any:
    headers = {"Authorization": f"token {jupyter.token}"}
    address = f"{jupyter.url}/rsconnect-jupyter/{route}"
    return requests.request(verb, address, json=body, params=query, headers=headers, timeout=120).json()


def published(jupyter: Jupyter, body: dict[str, Any]) -> dict[str, Any]:
    job = ask(jupyter, "POST", "publish", body)
    first = 0
    while True:
        read: dict[str, Any] = ask(jupyter, "GET", f"publish/{job['id']}", first=first, wait=20)
        first = read["last"]
        if read["finished"]:
            return read


def test_the_python_is_the_notebooks_and_not_this_machines(jupyter: Jupyter) -> None:
    versions = {"name": "python", "version": "3.9.18"}
    write_notebook(jupyter.root / "far.ipynb", "# From afar", "import packaging", language_info=versions)
    seen = ask(jupyter, "POST", "inspect", {"path": "far.ipynb", "mode": "source"})
    assert (seen["kernel"]["kernel"], seen["kernel"]["interpreter"]) == ("python3", "")
    assert seen["kernel"]["version"] == "3.9.18"
    assert "kernel-elsewhere" in [each["code"] for each in seen["findings"]]


def test_a_source_with_a_requirements_file_is_published(jupyter: Jupyter) -> None:
    write_notebook(jupyter.root / "listed" / "a.ipynb", "# Listed", "1")
    (jupyter.root / "listed" / "requirements.txt").write_text("ipykernel\n")
    done = published(jupyter, {"path": "listed/a.ipynb", "mode": "source"})
    assert done["state"] == "done", done["error"]


def test_a_finished_document_is_published(jupyter: Jupyter) -> None:
    write_notebook(jupyter.root / "page.ipynb", "# A page", "1")
    done = published(jupyter, {"path": "page.ipynb", "mode": "html"})
    assert done["state"] == "done", done["error"]
