"""Requests checked against ``openapi.yaml`` by jsonschema: the contract is written once."""

from __future__ import annotations

import functools
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from ..errors import RequestError
from ..models import Where
from ..publishing.option_values import is_usable

MOST_ERRORS = 20
"""Errors that are looked for: a long list may have one in each item."""

_DOCUMENT = Path(__file__).with_name("openapi.yaml")


def checked(schema: str, body: Any) -> dict[str, Any]:
    """Return a request's body when it is what the schema of that name describes.

    Raises:
        RequestError: it is not; ``where.field`` names the field.
    """
    found = islice(_validator(schema).iter_errors(body), MOST_ERRORS)
    errors = sorted(found, key=lambda each: not each.absolute_path)
    error = errors[0] if errors else None
    if error is None:
        fields: dict[str, Any] = body
        for name, value in fields.items():
            if not all(map(is_usable, _texts(value))):
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
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**_document(), "$ref": f"#/components/schemas/{schema}"})


@functools.cache
def _document() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with _DOCUMENT.open(encoding="utf-8") as file:
        document: dict[str, Any] = yaml.load(file, loader)  # noqa: S506 - both are safe loaders
    return document
