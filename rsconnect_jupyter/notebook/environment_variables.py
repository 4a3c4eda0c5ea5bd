"""Which environment variables code needs: those it reads without a default and does not set itself. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from ..models import Where
from .ipython import PlainCell
from .path_expressions import last_name

ON_EVERY_SERVER = re.compile(
    r"HOME|PATH|USER|LOGNAME|SHELL|LANG|LC_\w+|PWD|TMPDIR|TEMP|TMP|TZ|HOSTNAME|CONNECT_\w+|RSTUDIO_\w+|POSIT_\w+"
)


def needed_variables(code: Iterable[tuple[PlainCell, Where]]) -> dict[str, Where]:
    """Return the names that code needs, each with the first place that reads it."""
    needed: dict[str, Where] = {}
    known: set[str] = set()
    for plain, where in (each for each in code if _may_use_any(each[0])):
        for name in _set_in(plain):
            known.add(name)
        for name in _read_in(plain):
            if name not in known and not ON_EVERY_SERVER.fullmatch(name):
                needed.setdefault(name, where)
    return needed


def _may_use_any(plain: PlainCell) -> bool:
    return "env" in plain.python or any("env" in each.name for each in plain.magics)


def _set_in(plain: PlainCell) -> Iterator[str]:
    for magic in plain.magics:
        if magic.name in ("env", "set_env"):
            yield re.split(r"[\s=]", magic.argument)[0]
    for node in ast.walk(plain.tree) if plain.tree else ():
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load) and _is_environ(node.value):
            yield from _text(node.slice)
        elif isinstance(node, ast.Call) and node.args and last_name(node.func) in ("setdefault", "putenv"):
            yield from _text(node.args[0])


def _read_in(plain: PlainCell) -> Iterator[str]:
    for node in ast.walk(plain.tree) if plain.tree else ():
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is_environ(node.value):
            yield from _text(node.slice)
        elif isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords and _is_getter(node.func):
            yield from _text(node.args[0])


def _is_environ(node: ast.expr) -> bool:
    return last_name(node) == "environ"


def _is_getter(node: ast.expr) -> bool:
    name = last_name(node)
    return name == "getenv" or (name == "get" and isinstance(node, ast.Attribute) and _is_environ(node.value))


def _text(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
