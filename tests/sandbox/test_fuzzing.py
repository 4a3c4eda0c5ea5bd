"""Whatever is sent to any route of the contract, it answers as the contract says: schemathesis over openapi.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from sandbox.publishing import Api, bundle, notebook
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from serving import Sandbox, running_sandbox

from rsconnect_jupyter.sandbox.api.strictness import contract

schema = schemathesis.openapi.from_dict({**contract(), "servers": [{"url": "http://127.0.0.1/__api__"}]})
CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, dict[str, str]]]:
    """A sandbox of its own, and the ids of what is in it."""
    with running_sandbox(tmp_path_factory.mktemp("fuzzed")) as running:
        api = Api(running.url, running.key)
        content, task = api.publish(bundle("jupyter-static", {"a.ipynb": notebook("1")}))
        user = api.json("POST", "v1/users", {"username": "somebody"})["guid"]
        job = api.json("GET", f"v1/content/{content['guid']}/jobs")[0]["key"]
        ids = {"guid": content["guid"], "key": job, "user_guid": user, "id": content["bundle_id"], "task": task["id"]}
        yield running, ids


@pytest.mark.slow
@schema.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)
def test_every_route_answers_everything(case: Any, fuzzed: tuple[Sandbox, dict[str, str]]) -> None:
    sandbox, ids = fuzzed
    if case.method != "DELETE" and len(json.dumps(case.path_parameters)) % 2:  # half of the time something real
        known = {**ids, "id": ids["task"]} if "/tasks/" in case.path else ids
        known = {**known, "guid": ids["user_guid"]} if "/users/" in case.path else known
        case.path_parameters = {name: known.get(name, value) for name, value in case.path_parameters.items()}
    if "/lock" in case.path or "/tail" in case.path:  # a log is followed for as long as its job runs
        case.path_parameters = dict.fromkeys(case.path_parameters, "x")
    base = sandbox.url if "servers" in case.operation.definition.raw else f"{sandbox.url}/__api__"
    answer = case.call(base_url=base, headers={"Authorization": f"Key {sandbox.key}"}, timeout=60)
    case.validate_response(answer, checks=CHECKS)
    assert "Traceback" not in "".join(sandbox.output)
