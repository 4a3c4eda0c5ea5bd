"""Every documented answer has the shape that the contract, openapi.yaml, gives it; the contract has all routes."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
from sandbox.publishing import Api, site
from serving import running_sandbox

from rsconnect_jupyter.sandbox import server
from rsconnect_jupyter.sandbox.api.routing import ROUTES, Route
from rsconnect_jupyter.sandbox.api.strictness import contract

assert server  # it fills the table of routes
EMPTY = {"oauth/", "variants", "v1/system/caches", "v1/instrumentation/shiny", "v1/packages", "/jobs", "/packages"}
"""Where a server without integrations and renderings has nothing."""

GETS = [
    "server_settings",
    "server_settings/applications",
    "server_settings/scheduler",
    "server_settings/scheduler/jupyter-voila",
    "me",
    "users/current",
    "v1/user",
    "v1/users",
    "v1/users/{user}",
    "v1/users/{user}/keys",
    "v1/groups",
    "v1/server_settings/python",
    "v1/server_settings/r",
    "v1/server_settings/quarto",
    "v1/server_settings/tensorflow",
    "v1/server_settings/nodejs",
    "v1/server_settings/public",
    "v1/timezones",
    "v1/environments",
    "v1/oauth/clients",
    "v1/oauth/integrations",
    "v1/oauth/sessions",
    "v1/oauth/templates",
    "v1/system/caches/runtime",
    "v1/system/checks",
    "v1/system/checks/{check}",
    "v1/system/checks/{check}/results",
    "v1/audit_logs",
    "v1/instrumentation/content/visits",
    "v1/instrumentation/content/hits",
    "v1/instrumentation/shiny/usage",
    "v1/packages?page_size=1000000",
    "v1/content",
    "v1/content/{guid}",
    "v1/content/{guid}?include=owner,tags,vanity_url",
    "v1/search/content?q=schema",
    "v1/content/{guid}/bundles",
    "v1/content/{guid}/bundles/{bundle}",
    "v1/content/{guid}/bundles/{bundle}/files",
    "v1/tasks/{task}",
    "v1/content/{guid}/environment",
    "v1/content/{guid}/permissions",
    "v1/content/{guid}/permissions/{permission}",
    "v1/tags",
    "v1/tags/{tag}",
    "v1/tags/{tag}/content",
    "v1/content/{guid}/tags",
    "v1/content/{guid}/vanity",
    "v1/vanities",
    "v1/content/{guid}/jobs",
    "v1/content/{guid}/packages",
    "v1/content/{guid}/bundles/{bundle}/files/index.html",
    "v1/content/{guid}/oauth/integrations/associations",
    "applications",
    "applications/{guid}",
    "applications/{number}",
    "applications/{guid}/config",
    "applications/{guid}/variants",
    "tasks/{task}?first_status=0",
]


@pytest.fixture(scope="module")
def names(sandbox: Any) -> dict[str, str]:
    """Content with everything on it that an answer can show, and the ids of it all."""
    api = Api(sandbox.url, sandbox.key)
    content = api.create(name="schema-content", title="Schema content")
    guid = content["guid"]
    bundle = api.upload(guid, site())
    task = api.deploy(guid, bundle)
    api.follow(task)
    api.json("PATCH", f"v1/content/{guid}/environment", [{"name": "A", "value": "1"}])
    group = api.json("POST", "v1/groups", {"name": "schema-group"})
    body = {"principal_guid": group["guid"], "principal_type": "group", "role": "viewer"}
    permission = api.json("POST", f"v1/content/{guid}/permissions", body)
    category = api.json("POST", "v1/tags", {"name": "schema-category"})
    tag = api.json("POST", "v1/tags", {"name": "schema-tag", "parent_id": category["id"]})
    api.json("POST", f"v1/content/{guid}/tags", {"tag_id": tag["id"]})
    api.json("PUT", f"v1/content/{guid}/vanity", {"path": "schema-page"})
    user = api.json("GET", "v1/user")["guid"]
    api.page(content["content_url"])
    check = api.json("POST", "v1/system/checks", {})["id"]
    ids = {
        "check": check,
        "guid": guid,
        "number": content["id"],
        "bundle": bundle,
        "task": task,
        "permission": permission["id"],
    }
    return {**ids, "check": check, "tag": tag["id"], "user": user}


def operation(method: str, path: str) -> dict[str, Any]:
    """Return what the contract says of a request; a template without variable parts goes first."""
    for template, operations in sorted(contract()["paths"].items(), key=lambda each: each[0].count("{")):
        pattern = re.sub(r"\{\w+\}", "[^/]+", template.replace("{path}", ".+"))
        if re.fullmatch(pattern, path.partition("?")[0]) and method.lower() in operations:
            return dict(operations[method.lower()])
    raise AssertionError(f"The contract has no {method} {path}.")


def check(method: str, path: str, answer: Any, *, status: int = 200) -> Any:
    """Hold an answer against the contract and return its JSON."""
    schema = operation(method, "/" + path)["responses"][str(status)]["content"]["application/json"]["schema"]
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    jsonschema.validate(answer.json(), {**schema, "components": contract()["components"]})
    return answer.json()


@pytest.mark.parametrize("path", GETS)
def test_an_answer_has_the_documented_shape(admin: Api, names: dict[str, str], path: str) -> None:
    found = check("GET", path.format(**names), admin.call("GET", path.format(**names)))
    if not any(each in path for each in EMPTY):
        assert found
        assert not isinstance(found, dict) or found.get("results") != []


def test_answers_to_changes_have_it_too(admin: Api) -> None:
    def call(method: str, path: str, body: Any = None, *, status: int = 200, **options: Any) -> Any:
        answer = admin.call(method, path, **({"json": body} if body is not None else {}), **options)
        return check(method, path, answer, status=status)

    content = call("POST", "v1/content", {"title": "Schema of changes"})
    guid = content["guid"]
    assert (content["bundle_id"], content["app_mode"], content["py_version"]) == (None, "unknown", None)
    assert content["last_deployed_time"] == content["created_time"]
    call("PATCH", f"v1/content/{guid}", {"description": "Changed"})
    uploaded = call("POST", f"v1/content/{guid}/bundles", data=site())
    assert not uploaded["active"]
    started = call("POST", f"v1/content/{guid}/deploy", {"bundle_id": uploaded["id"]}, status=202)
    admin.follow(started["task_id"])
    call("POST", f"applications/{guid}/deploy", {"bundle": int(uploaded["id"])})
    call("POST", f"applications/{content['id']}/upload", data=site())
    user = admin.json("GET", "v1/user")["guid"]
    key = call("POST", f"v1/users/{user}/keys", {"name": "made for a schema"})
    assert len(key["key"]) == 32
    assert admin.json("GET", f"v1/users/{user}/keys/{key['id']}")["key"] == key["key"][-4:]


def test_the_contract_has_every_route_with_its_versions_and_role() -> None:
    def facts(route: Route) -> dict[str, Any]:
        def version(parts: tuple[int, ...]) -> str:
            return f"{parts[0]}.{parts[1] if len(parts) > 1 else 1:02d}"

        return {
            "x-since": version(route.since) if route.since else None,
            "x-until": version(route.until) if route.until != (9999,) else None,
            "x-role": None if route.anonymous else route.role,
        }

    documented = {
        (method.upper(), path): {name: operation.get(name) for name in ("x-since", "x-until", "x-role")}
        for path, operations in contract()["paths"].items()
        for method, operation in operations.items()
    }
    assert documented == {(route.method, route.template): facts(route) for route in ROUTES}


def test_a_strict_server_refuses_parameters_that_it_does_not_have(tmp_path: Any, admin: Api) -> None:
    with running_sandbox(tmp_path / "data", "--strict") as running:
        api = Api(running.url, running.key)
        assert api.refused("GET", "v1/content?owner=me") == (400, 25)
        assert api.json("GET", "v1/content?name=x&include=owner") == []
        assert api.refused("POST", "v1/content", {"colour": "red"}) == (400, 121)
    assert admin.json("GET", "v1/content?name=x&owner=me") == []


@pytest.mark.parametrize("version", ["2022.08.0", "2024.02.0", "2025.05.0"])
def test_older_servers_lack_what_came_later(tmp_path: Any, version: str) -> None:
    newer = {"locked": (2024, 8), "environment_guid": (2025, 9), "node_version": (2026, 1)}
    year = tuple(int(part) for part in version.split(".")[:2])
    with running_sandbox(tmp_path / "data", "--connect-version", version) as running:
        api = Api(running.url, running.key)
        assert api.json("GET", "server_settings")["version"] == version
        content = api.create()
        assert {name for name in newer if name in content} == {name for name, since in newer.items() if year >= since}
        uploaded = api.upload(content["guid"], site())
        body = {"bundle_id": uploaded, "activate": False}
        assert api.refused("POST", f"v1/content/{content['guid']}/deploy", body) == (400, 121)
        search = api.call("GET", "v1/search/content")
        assert search.status_code == (200 if year >= (2024, 4) else 404)
        if year < (2024, 4):
            assert (search.text, search.headers["Content-Type"]) == ("404 page not found", "text/plain; charset=utf-8")
