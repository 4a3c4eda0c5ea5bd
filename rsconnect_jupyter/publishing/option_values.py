"""Loosely typed values - of a JSON body, a query, keyword arguments, a command line - as `PublishOptions`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ..connect.app_modes import parse_mode
from ..errors import OptionError
from ..models import OPTIONS, PublishOptions, Secret, Where
from ..translation import _
from .readers import check_reader_options
from .schedule_option import check_schedule
from .targets import chosen_guid


def read_options(values: Mapping[str, Any], *, texts: bool = False) -> PublishOptions:
    """Return the options that `values` hold; None means "not chosen".

    Args:
        values: Name -> value. ``mode`` may be a word (``html``) or Connect's name; names that are no options are
            ignored.
        texts: True where numbers and flags come as texts, as in a query.

    Raises:
        OptionError: code ``bad-option``, ``unknown-mode`` or ``bad-target``; ``where.field`` names the option.
    """
    chosen = {name: values[name] for name in OPTIONS if values.get(name) is not None}
    for name, value in chosen.items():
        _check(name, value)
    for name in ("manage_python", "manage_r"):
        if isinstance(chosen.get(name), bool):
            chosen[name] = "yes" if chosen[name] else "no"
    if "mode" in chosen:
        chosen["mode"] = parse_mode(str(chosen["mode"]))
    if "add_requirements" in chosen:
        chosen["add_requirements"] = _without_logins(chosen["add_requirements"])
    try:
        options = msgspec.convert(chosen, PublishOptions, strict=not texts, dec_hook=_secret)
    except msgspec.ValidationError as exc:
        raise _bad(_field_of(exc, chosen)) from exc
    chosen_guid(options)
    check_reader_options(options)
    check_schedule(options)
    return options


def is_usable(text: str) -> bool:
    """Return False for a text with a NUL or half a surrogate pair, which no file name and no header can hold."""
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def _check(name: str, value: Any) -> None:
    """Refuse what no file name, header or server can take."""
    unusable = not all(map(is_usable, _texts(value)))
    unnamed = name == "env" and isinstance(value, Mapping) and any(not key or "=" in key for key in value)
    if unusable or unnamed:
        raise _bad(name)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [each for each in (*value, *value.values()) if isinstance(each, str)]
    return [each for each in value if isinstance(each, str)] if isinstance(value, (list, tuple)) else []


_LOGIN = re.compile(r"(?<!ssh)://[^/\s]*@")


def _without_logins(lines: Any) -> Any:
    """Return requirement lines without the user info of URLs: they are remembered, shown and sent."""
    if not isinstance(lines, (list, tuple)):
        return lines
    return [_LOGIN.sub("://", each) if isinstance(each, str) else each for each in lines]


def _secret(kind: type, value: Any) -> Any:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError(_("not a text"))


def _field_of(error: msgspec.ValidationError, chosen: Mapping[str, Any]) -> str:
    """Return the option that an error names by its path (``$.files[0]``)."""
    path = str(error).rpartition("`$.")[2]
    return next((name for name in sorted(chosen, key=len, reverse=True) if path.startswith(name)), "options")


def _bad(name: str) -> OptionError:
    info = OPTIONS.get(name)
    return OptionError.of("bad-option", where=Where(field=name), name=name, help=info.help if info else _("an option"))
