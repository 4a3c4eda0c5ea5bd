"""Whatever is sent to any route, it answers, and not with a failure of its own: schemathesis over openapi.yaml."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from authoring import write_notebook
from contract import contract
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.openapi.checks import response_schema_conformance, status_code_conformance
from serving import Jupyter
from starting import start_server

schema = schemathesis.openapi.from_dict({**contract(), "servers": [{"url": "http://127.0.0.1/rsconnect-jupyter"}]})


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    home, root = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("root")
    write_notebook(root / "a.ipynb", "# Some title", "1")
    running = start_server(home, root, "--PublishExtension.allow_sandbox=False")
    yield running
    running.stop()


@schema.parametrize()
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)
def test_every_route_answers_everything(case, jupyter: Jupyter):
    answer = case.call(
        base_url=f"{jupyter.url}/rsconnect-jupyter", headers={"Authorization": f"token {jupyter.token}"}, timeout=60
    )
    case.validate_response(answer, checks=[not_a_server_error, response_schema_conformance, status_code_conformance])
    assert "Traceback" not in answer.text
