"""A text that must not be seen."""

from __future__ import annotations

from typing import NoReturn

HIDDEN = "<hidden>"


class Secret:
    """A text that must not be seen: an API key, a password, a variable's value.

    Every way of printing it gives ``<hidden>``; `reveal` is the one way out and is called where the wire begins.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")
