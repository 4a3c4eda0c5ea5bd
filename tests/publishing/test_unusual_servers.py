"""Publishing where a server hides its version, or an answer is lost on the way."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from serving import Sandbox, running_sandbox

from rsconnect_jupyter.models import Server


@pytest.fixture
def faulty(tmp_path: Path, project: Any) -> Iterator[Sandbox]:
    """A sandbox whose requests go wrong when a test says so; the project is published there."""
    with running_sandbox(tmp_path / "faulty", "--allow-faults", "--hide-version", key="f" * 32) as running:
        key = type(project.server.api_key)(running.key)
        project.server = msgspec.structs.replace(project.server, url=running.url, api_key=key)
        yield running


def break_once(sandbox: Sandbox, **rule: Any) -> None:
    rules = [{"times": 1, "action": "reset", "when": "after", **rule}]
    order = urllib.request.Request(f"{sandbox.url}/__sandbox__/faults", json.dumps(rules).encode(), method="PUT")
    urllib.request.urlopen(order).close()


@pytest.mark.slow
def test_a_lost_deploy_answer_leaves_no_stand_in_for_the_tasks_id(project: Any, faulty: Sandbox) -> None:
    break_once(faulty, method="POST", path="*/deploy")
    outcome = project.publish(mode="jupyter-static")
    made = outcome.good
    assert made.task_id == ""
    assert "jobs/" not in json.dumps(made.as_dict())
    assert [each.data["task_id"] for each in outcome.of("deploy", "progress") if each.data] == [""]


def test_a_draft_is_tried_where_the_server_hides_its_version(project: Any, faulty: Sandbox) -> None:
    project.publish()
    draft = project.publish(draft=True).good
    assert draft.draft_url is not None
    content = project.content(draft.guid)
    assert content.bundle_id is not None
    assert content.bundle_id != draft.bundle_id, "readers keep the version that they had"


def test_a_server_known_to_have_no_drafts_is_named(tmp_path: Path, project: Any) -> None:
    with running_sandbox(tmp_path / "old", "--connect-version", "2023.09.0", key="o" * 32) as old:
        key = type(project.server.api_key)(old.key)
        project.server = Server(name="old", url=old.url, api_key=key)
        error = project.publish(draft=True).bad
        assert error.code == "drafts-unsupported"
        assert error.message == "old is too old for drafts."
        assert project.contents() == set()
