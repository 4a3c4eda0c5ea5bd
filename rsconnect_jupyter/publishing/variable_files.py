"""Files of environment variables, ``.env`` among them: a source of values, never part of a bundle."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import OptionError
from ..models import Where
from ..project_files import read_regular
from ..translation import _

LARGEST = 1_000_000
_LINE = re.compile(r"(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*(?P<value>.*)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def read_variable_file(path: Path, *, name: str) -> dict[str, str]:
    """Return the variables of a file, given by its real path; errors call it `name`.

    Raises:
        OptionError: code ``bad-variable``: it cannot be read, or a line of it.
    """
    try:
        text = read_regular(path, most=LARGEST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        reason = (exc.strerror if isinstance(exc, OSError) else None) or _("it is not UTF-8 text")
        raise OptionError.of("bad-variable/file", where=Where(field="env_file"), path=name, reason=reason) from None
    return parse_variables(text, name=name)


def parse_variables(text: str, *, name: str) -> dict[str, str]:
    """Return the variables of lines ``KEY=value``, as python-dotenv reads them. Pure.

    Comments, empty lines and the word ``export`` are left out, quotes around a value too.

    Raises:
        OptionError: code ``bad-variable``: a line is none of these; it is named by its number, not shown.
    """
    found = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        match = _LINE.fullmatch(stripped)
        if match is None:
            where = Where(field="env_file")
            raise OptionError.of("bad-variable/line", where=where, path=name, line=number)
        found[match["name"]] = _value(match["value"])
    return found


def _value(text: str) -> str:
    quote = text[:1]
    end = text.rfind(quote) if quote in ("'", '"') and quote else 0
    if end > 0 and re.fullmatch(r"[ \t]*(?:#.*)?", text[end + 1 :]):
        inner = text[1:end]
        return inner if quote == "'" else re.sub(r"\\(.)", lambda each: _ESCAPES.get(each[1], each[1]), inner)
    return re.split(r"[ \t]#", text, maxsplit=1)[0].rstrip()
