"""Errors and findings as Markdown tables, from the package's catalogs and from what its source makes of them."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rsconnect_jupyter import errors
from rsconnect_jupyter.connect.error_catalog import CATALOG
from rsconnect_jupyter.messages import ERRORS, FINDINGS

PACKAGE = Path(errors.__file__).parent
ELSEWHERE = ("sandbox", "labextension")
CLASSES = {
    name: each
    for name, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, errors.RSConnectException)
}


class Use(NamedTuple):
    """A call in the source that takes a text from a catalog; `values`: the names of those it gives, None if unknown."""

    maker: str
    key: str
    values: frozenset[str] | None
    place: str


def uses() -> list[Use]:
    """Return the calls ``X.of("key", …)``, ``error_text("key", …)`` and ``finding("key", …)`` with a literal key."""
    return [use for path in _modules() for use in _uses_in(path)]


def texts_in_source() -> set[str]:
    """Return all string constants of the package, the catalogs' own left out."""
    trees = [ast.parse(each.read_text(encoding="utf-8")) for each in _modules() if each.parent.name != "messages"]
    return {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def error_tables() -> str:
    """Return the errors as Markdown: the classes, the codes, and Connect's own numbers."""
    classes = [
        (f"`{each.default_code}`", f"`{name}`", (inspect.getdoc(each) or "").splitlines()[0])
        for name, each in CLASSES.items()
    ]
    makers = {use.key: use.maker for use in uses()}
    codes = [(_code(key), _class(makers.get(key, "")), each.message, each.hint) for key, each in ERRORS.items()]
    numbers = [
        (str(number), f"`{each.code}`" if each.code else "", each.message or "the server's own text", each.hint)
        for number, each in CATALOG.items()
    ]
    return "\n".join(
        [
            "### Classes\n",
            _table(("Code", "Class", "Meaning"), sorted(classes)),
            "### Codes\n",
            _table(("Code", "Class", "What happened", "What to do"), codes),
            "### Connect's error numbers\n",
            "`connect_code` has the number that Connect answered with. Where the table has no code, the error has the "
            "code of its class.\n",
            _table(("Number", "Code", "What happened", "What to do"), numbers),
        ]
    )


def finding_table() -> str:
    """Return the findings as Markdown."""
    rows = [
        (_code(key), each.severity, each.message, each.hint, f"`{each.action}`" if each.action else "")
        for key, each in FINDINGS.items()
    ]
    return _table(("Code", "Severity", "What was found", "What to do", "Fix"), rows)


def _modules() -> list[Path]:
    paths = sorted(PACKAGE.rglob("*.py"))
    return [each for each in paths if not set(ELSEWHERE) & set(each.relative_to(PACKAGE).parts)]


def _uses_in(path: Path) -> Iterator[Use]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        maker = _maker(node.func)
        for key in _literals(node.args[0]) if maker else ():
            names = [each.arg for each in node.keywords]
            values = frozenset(each for each in names if each) - ({"lines"} if maker == "Diagnosis" else set())
            prefix = "task-failed/" if maker == "Diagnosis" else ""
            place = f"{path.relative_to(PACKAGE)}:{node.lineno}"
            yield Use(maker, prefix + key, None if None in names else values, place)


def _maker(function: ast.expr) -> str:
    """Return the class of ``X.of``, or the name of a function that fills a text; empty for any other call."""
    if isinstance(function, ast.Attribute) and function.attr == "of" and isinstance(function.value, ast.Name):
        return function.value.id
    name = function.id if isinstance(function, ast.Name) else ""
    return name if name in ("error_text", "finding") else ""


def _literals(node: ast.expr) -> list[str]:
    """Return the texts that an argument may be, as far as it is written out."""
    if isinstance(node, ast.IfExp):
        return _literals(node.body) + _literals(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _code(key: str) -> str:
    return f"`{key.partition('/')[0]}`"


def _class(maker: str) -> str:
    name = "TaskFailedError" if maker in ("Diagnosis", "error_text") else maker
    return f"`{name}`" if name in CLASSES else ""


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *(tuple(_cell(each) for each in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    """Return a text as a table's cell; what is filled in is set in italics."""
    plain = " ".join(text.split()).replace("|", "\\|")
    if plain.startswith("`"):
        return plain
    plain = plain.replace("*", "\\*").replace("<", "&lt;")
    parts = re.split(r"\{(\w+)[^}]*\}", plain)
    return "".join(f"*{each.replace('_', ' ')}*" if odd % 2 else each for odd, each in enumerate(parts))
