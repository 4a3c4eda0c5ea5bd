"""Requests checked against ``openapi.yaml`` by jsonschema: the contract is written once."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from ..errors import RequestError
from ..models import Where
from ..publishing.option_values import is_usable

MOST_ERRORS = 20
"""Errors that are looked for: a long list may have one in each item."""

_DOCUMENT = Path(__file__).with_name("openapi.yaml")
_LIMITS = {"items": "maxItems", "propertyNames": "maxProperties", "additionalProperties": "maxProperties"}
"""What looks at each item of a value -> the limit of their number."""


def checked(schema: str, body: Any) -> dict[str, Any]:
    """Return a request's body when it is what the schema of that name describes.

    Raises:
        RequestError: it is not; ``where.field`` names the field.
    """
    return _valid(_validator(schema), body)


def checked_query(operation: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Return the query parameters of an operation, with their defaults; others are ignored.

    Args:
        operation: Its ``operationId``.
        given: What the address has, as text.

    Raises:
        RequestError: as for `checked`.
    """
    known = _query_schema(operation)
    types = {name: each["type"] for name, each in known["properties"].items()}
    values = {name: _parsed(given[name], kind) for name, kind in types.items() if name in given}
    defaults = {name: each["default"] for name, each in known["properties"].items() if "default" in each}
    return {**defaults, **_valid(_Validator(known), values)}


def _parsed(text: str, kind: str) -> Any:
    """Return a number where one is wanted and there; everything else stays text, for the schema to refuse."""
    with suppress(ValueError):
        if kind == "integer":
            return int(text)
        if kind == "number" and math.isfinite(float(text)):
            return float(text)
    return text


def _within_limits(keyword: str) -> Any:
    """Return the check of a keyword that does not look into a value with more items than are allowed."""
    check, limit = Draft202012Validator.VALIDATORS[keyword], _LIMITS[keyword]

    def check_within_limits(
        validator: Validator, rule: Any, value: Any, schema: Mapping[str, Any]
    ) -> Iterator[ValidationError]:
        if not isinstance(value, (list, dict)) or len(value) <= schema.get(limit, len(value)):
            yield from check(validator, rule, value, schema)

    return check_within_limits


_Validator: Any = extend(  # type: ignore[no-untyped-call]  # jsonschema gives it no types
    Draft202012Validator, {each: _within_limits(each) for each in _LIMITS}
)


def _valid(validator: Validator, value: Any) -> dict[str, Any]:
    errors = sorted(islice(validator.iter_errors(value), MOST_ERRORS), key=lambda each: not each.absolute_path)
    error = errors[0] if errors else None
    if error is None:
        fields: dict[str, Any] = value
        for name, each in fields.items():
            if not all(map(is_usable, _texts(each))):
                raise RequestError.of("bad-request/field", where=Where(field=name), field=name, rule="characters")
        return fields
    field = str(error.absolute_path[0]) if error.absolute_path else _named(error.message)
    key = "value-too-long" if str(error.validator).startswith("max") else "bad-request/field"
    raise RequestError.of(key, where=Where(field=field), field=field, rule=error.validator)


def _texts(value: Any) -> list[str]:
    """Return all texts of a JSON value."""
    if isinstance(value, dict):
        return [*value, *(text for each in value.values() for text in _texts(each))]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []


def _named(message: str) -> str:
    """Return the field that a message about the whole object names first: "'path' is a required property"."""
    return message.partition("'")[2].partition("'")[0] or "body"


@functools.cache
def _validator(schema: str) -> Validator:
    validator: Validator = _Validator({**_document(), "$ref": f"#/components/schemas/{schema}"})
    return validator


@functools.cache
def _query_schema(operation: str) -> dict[str, Any]:
    """Return the query of an operation as the schema of an object."""
    operations = (each for path in _document()["paths"].values() for each in path.values() if "operationId" in each)
    found = next(each for each in operations if each["operationId"] == operation)
    parameters = [each for each in found.get("parameters", ()) if each.get("in") == "query"]
    return {
        "type": "object",
        "properties": {each["name"]: each["schema"] for each in parameters},
        "required": [each["name"] for each in parameters if each.get("required")],
    }


@functools.cache
def _document() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with _DOCUMENT.open(encoding="utf-8") as file:
        document: dict[str, Any] = yaml.load(file, loader)  # noqa: S506 - both are safe loaders
    return document
