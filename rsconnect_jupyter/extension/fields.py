"""What a request carries - a JSON body or a query - read by name and checked as it is read. No I/O.

Every reader names the offending field in its error, so that the form can show the sentence beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import RSConnectException

if TYPE_CHECKING:
    from ..models import Where


class BadRequest(RSConnectException):
    """The request cannot be read: a field is missing, unknown or of the wrong kind."""

    default_code = "bad-request"


class Fields:
    """The fields of one request.

    Args:
        values: For a body the JSON object; for a query each name's texts, as in ``?files=a&files=b``.
        known: Names that may occur; None lets unknown ones pass (caches add query parameters of their own).

    Raises:
        BadRequest: a name is not known.
    """

    def __init__(self, values: Mapping[str, Any], *, known: Iterable[str] | None = None) -> None:
        self._values = values
        unknown = sorted(set(values) - set(known)) if known is not None else []
        if unknown:
            raise bad_field(unknown[0], "is not known here")

    @classmethod
    def of_body(cls, body: Any, known: Iterable[str]) -> Fields:
        """Return the fields of a JSON body; an empty body has none.

        Raises:
            BadRequest: it is no JSON object, or a name is not known.
        """
        if body is None:
            body = {}
        if not isinstance(body, dict):
            raise BadRequest("The request's body is not a JSON object.", hint="Send an object with named fields.")
        return cls(body, known=known)

    @classmethod
    def of_query(cls, texts: Mapping[str, list[str]], *, lists: Iterable[str] = ()) -> Fields:
        """Return the fields of a query; of a name not in `lists` the last text counts, and an empty one does not."""
        several = set(lists)
        values: dict[str, Any] = {name: given for name, given in texts.items() if name in several}
        values.update({name: given[-1] for name, given in texts.items() if name not in several and given[-1]})
        return cls(values)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def is_null(self, name: str) -> bool:
        """Return True when the field is there and null."""
        return name in self._values and self._values[name] is None

    def is_text(self, name: str) -> bool:
        """Return True when the field is there and a text."""
        return isinstance(self._values.get(name), str)

    def required(self, name: str) -> str:
        """Return a text that must be there and not be empty."""
        value = self.text(name)
        if not value:
            raise bad_field(name, "is missing")
        return value

    def text(self, name: str) -> str | None:
        """Return a text, or None when the field is absent."""
        return None if name not in self._values else checked_text(name, self._values[name])

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean; ``true`` and ``false`` as texts are what a query has."""
        value = self._values.get(name, default)
        if isinstance(value, str):
            value = {"true": True, "1": True, "false": False, "0": False}.get(value.lower(), value)
        if not isinstance(value, bool):
            raise bad_field(name, "is not true or false")
        return value

    def number(self, name: str, *, default: float = 0) -> float:
        """Return a finite number that is not negative."""
        try:
            value = float(self._values.get(name, default))
        except (TypeError, ValueError) as exc:
            raise bad_field(name, "is not a number") from exc
        if not 0 <= value < float("inf"):
            raise bad_field(name, "is not a number from 0 up")
        return value

    def count(self, name: str) -> int:
        """Return a whole number that is not negative; 0 when the field is absent."""
        value = self._values.get(name, 0)
        try:
            number = int(value)
        except (TypeError, ValueError) as exc:
            raise bad_field(name, "is not a whole number") from exc
        if number < 0:
            raise bad_field(name, "is less than 0")
        return number

    def choice(self, name: str, known: Iterable[str]) -> str | None:
        """Return one of the `known` words, or None when the field is absent."""
        value = self.text(name)
        if value is not None and value not in known:
            raise bad_field(name, f"is none of: {', '.join(known)}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; empty when the field is absent."""
        value = self._values.get(name, [])
        if not isinstance(value, list):
            raise bad_field(name, "is not a list")
        return tuple(checked_text(name, each) for each in value)

    def mapping(self, name: str) -> Mapping[str, Any]:
        """Return an object; empty when the field is absent."""
        value = self._values.get(name, {})
        if not isinstance(value, dict):
            raise bad_field(name, "is not an object")
        for key in value:
            checked_text(name, key)
        return value


def checked_text(name: str, value: Any) -> str:
    """Return `value` when it is a text that files and servers can take.

    Raises:
        BadRequest: it is no text, or holds a NUL or half a surrogate pair, which no file name or header can.
    """
    if not isinstance(value, str):
        raise bad_field(name, "is not a text")
    if "\0" in value or any("\ud800" <= each <= "\udfff" for each in value):
        raise bad_field(name, "holds characters that cannot be used")
    return value


def bad_field(name: str, what: str) -> BadRequest:
    """Return the error about one field; `what` completes "The field … "."""
    return BadRequest(f"The field {name!r} {what}.", hint="See openapi.yaml of this extension.", where=field_at(name))


def field_at(name: str) -> Where:
    """Return the place of a form field."""
    from ..models import Where  # noqa: PLC0415 - Jupyter's start does without the records

    return Where(field=name)
