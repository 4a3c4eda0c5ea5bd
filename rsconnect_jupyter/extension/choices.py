"""A request's fields as the core's `Choices`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from ..addresses import guid_in
from ..connect.app_modes import TITLES, WORDS, parse_mode
from ..models import Choices, HideInput, Mode, Secret
from .fields import Fields, bad_field


def choices_of(fields: Fields) -> Choices:
    """Return the choices a request carries.

    Raises:
        BadRequest: a field holds something else than it may.
    """
    hide_input = fields.choice("hide_input", get_args(HideInput))
    return Choices(
        title=fields.text("title") or None,
        mode=mode_of(fields),
        target=_target(fields),
        files=fields.texts("files"),
        propose=fields.flag("propose", default=True),
        requirements=fields.text("requirements") or "auto",
        hide_input=cast("HideInput | None", hide_input),
        env=_variables(fields.mapping("env")),
        run_first=fields.flag("run_first"),
        replace=fields.flag("replace"),
        draft=fields.flag("draft"),
    )


def mode_of(fields: Fields) -> Mode | None:
    """Return the mode that was asked for by Connect's name or our word, None when none was."""
    text = fields.choice("mode", (*TITLES, *WORDS))
    return parse_mode(text) if text is not None else None


def _target(fields: Fields) -> str | None:
    """Return ``"new"``, a GUID or None; a GUID may come inside a link, and a query has the bare text."""
    if "target" not in fields:
        return None
    text = fields.text("target") if fields.is_text("target") else _target_of_body(fields.mapping("target"))
    if text in (None, "", "new"):
        return text or None
    guid = guid_in(text or "")
    if guid is None:
        raise bad_field("target", "names no content")
    return guid


def _target_of_body(target: Mapping[str, Any]) -> str:
    if set(target) == {"new"} and target["new"] is True:
        return "new"
    if set(target) == {"guid"} and isinstance(target["guid"], str) and target["guid"]:
        return str(target["guid"])
    raise bad_field("target", 'is neither {"new": true} nor {"guid": "…"}')


def _variables(given: Mapping[str, Any]) -> dict[str, Secret | None]:
    for name, value in given.items():
        if not name or "=" in name or not (value is None or isinstance(value, str)):
            raise bad_field("env", "is not an object of texts and nulls")
    return {name: None if value is None else Secret(value) for name, value in given.items()}
