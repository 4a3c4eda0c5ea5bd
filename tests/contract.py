"""Hold answers of the REST API against its own description, openapi.yaml."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

DOCUMENT = Path(__file__).parents[1] / "rsconnect_jupyter" / "extension" / "openapi.yaml"
VERBS = ("get", "post", "patch", "delete")


@cache
def contract() -> dict[str, Any]:
    """Return the document."""
    document: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return document


def operations() -> list[tuple[str, str]]:
    """Return every verb and route, ``("GET", "servers/{name}")``."""
    return [
        (verb.upper(), path.lstrip("/"))
        for path, verbs in contract()["paths"].items()
        for verb in VERBS
        if verb in verbs
    ]


def check_answer(verb: str, route: str, status: int, value: Any) -> None:
    """Fail unless the answer's status and body are as the document says."""
    responses = _responses(verb, route)
    if responses is None:
        assert status in (404, 405), f"{verb} {route} is not in the document but answered {status}"
        response = contract()["components"]["responses"]["Problem"]
    else:
        assert str(status) in responses or status >= 400, f"{verb} {route} answered {status}"
        response = responses.get(str(status)) or responses["default"]
    if "content" not in response:
        assert value is None, f"{verb} {route} answered {status} with a body"
        return
    schema = response["content"]["application/json"]["schema"]
    errors = sorted(_validator(_frozen(schema)).iter_errors(value), key=lambda each: list(each.path))
    assert not errors, f"{verb} {route} ({status}): {[(list(each.path), each.message) for each in errors]}"


def _responses(verb: str, route: str) -> dict[str, Any] | None:
    for path, verbs in contract()["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", path.lstrip("/"))
        if re.fullmatch(pattern, route) and verb.lower() in verbs:
            found = verbs[verb.lower()]["responses"]
            return {status: _resolved(each) for status, each in found.items()}
    return None


def _resolved(response: dict[str, Any]) -> dict[str, Any]:
    reference = response.get("$ref", "")
    return contract()["components"]["responses"][reference.rpartition("/")[2]] if reference else response


def _frozen(schema: dict[str, Any]) -> str:
    assert set(schema) == {"$ref"}, "answers have named schemas"
    return str(schema["$ref"])


@cache
def _validator(reference: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": reference, "components": contract()["components"]})
