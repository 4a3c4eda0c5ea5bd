"""Whatever is sent to any route, it answers, and not with a failure of its own: schemathesis over openapi.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from authoring import write_notebook
from contract import contract
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from serving import Jupyter
from starting import start_server

from rsconnect_jupyter.runner.ports import free_port

DOCUMENT = {**contract(), "servers": [{"url": "http://127.0.0.1/rsconnect-jupyter"}]}
schema = schemathesis.openapi.from_dict(DOCUMENT)
few = schemathesis.openapi.from_dict(DOCUMENT)
few.config.phases.coverage.enabled = False  # a case for every property of every field: too many for seconds each


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    home, root = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("root")
    write_notebook(root / "a.ipynb", "# Some title", "1")
    # No made-up host name leaves this machine: all of them go to a proxy that is not there.
    nowhere = f"http://127.0.0.1:{free_port()}"
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), nowhere)
    options = ("--PublishExtension.allow_sandbox=False", "--PublishExtension.request_timeout=2")
    running = start_server(home, root, *options, environment=proxies)
    yield running
    running.stop()


ASKS_SERVERS = ["checkAddress", "addServer", "startSignIn"]
"""These look for a server at every made-up address, for seconds each."""


def bounded(examples: int) -> settings:
    """Return settings that make the same few requests each time."""
    return settings(
        max_examples=examples,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )


@pytest.mark.slow
@schema.exclude(operation_id=ASKS_SERVERS).parametrize()
@bounded(10)
def test_every_route_answers_everything(case: Any, jupyter: Jupyter) -> None:
    check(case, jupyter)


@pytest.mark.slow
@few.include(operation_id=ASKS_SERVERS).parametrize()
@bounded(3)
def test_every_address_gets_an_answer(case: Any, jupyter: Jupyter) -> None:
    check(case, jupyter)


def check(case: Any, jupyter: Jupyter) -> None:
    answer = case.call(
        base_url=f"{jupyter.url}/rsconnect-jupyter", headers={"Authorization": f"token {jupyter.token}"}, timeout=60
    )
    case.validate_response(answer, checks=[not_a_server_error, response_schema_conformance, status_code_conformance])
    assert "Traceback" not in answer.text
