"""TOML, read only where reading takes time in proportion to the text."""

from __future__ import annotations

import re
import sys
from typing import Any

from ..translation import _

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - Python 3.10
    import tomli as tomllib

MOST_TEXT = 10_000_000
MOST_PARTS = 50
"""Parts of a dotted key; tomllib's time grows with their square, and with their cube where each is a table."""

_PART = r"(?:[\w-]+|\"[^\"\n]{0,99}\"|'[^'\n]{0,99}')"
_LONG_KEY = re.compile(rf"(?<![\w.\"'-]){_PART}(?:[ \t]*\.[ \t]*{_PART}){{{MOST_PARTS}}}", re.ASCII)


def load_toml(text: str) -> dict[str, Any]:
    """Return the tables of a TOML text.

    Raises:
        ValueError: it is no TOML, or none that anybody would write.
    """
    if len(text) > MOST_TEXT:
        raise ValueError(_("it has more than {most:,} characters").format(most=MOST_TEXT))
    if _LONG_KEY.search(text):
        raise ValueError(_("a key has more than {most} parts").format(most=MOST_PARTS))
    try:
        tables: dict[str, Any] = tomllib.loads(text)
    except RecursionError as exc:
        raise ValueError(_("its values are nested too deeply")) from exc
    return tables
