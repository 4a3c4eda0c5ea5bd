"""Which environment variables code reads, and which of them it cannot do without. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from ..models import Where
from .ipython import PlainCell
from .path_expressions import last_name

ON_EVERY_SERVER = re.compile(
    r"HOME|PATH|USER|LOGNAME|SHELL|LANG|LC_\w+|PWD|TMPDIR|TEMP|TMP|TZ|HOSTNAME|CONNECT_\w+|RSTUDIO_\w+|POSIT_\w+"
)
_IN_SHELL = re.compile(r"\$(?:\{([A-Z_][A-Z0-9_]*)|([A-Z_][A-Z0-9_]*))")
_TYPED = ("str", "int", "bool", "float", "list", "json", "url", "path", "date", "datetime", "log_level", "__call__")
"""Methods of environs' ``Env`` and django-environ's ``env``, which read a variable."""


class VariableUse(msgspec.Struct, frozen=True):
    """A variable that code reads: where first, and whether it does without."""

    where: Where
    optional: bool


def used_variables(code: Iterable[tuple[PlainCell, Where]]) -> dict[str, VariableUse]:
    """Return the names that code reads, each with its first use; those that every server sets are left out."""
    used: dict[str, VariableUse] = {}
    known: set[str] = set()
    names = _Names()
    for plain, where in code:
        names.learn(plain)
        if not _may_use_any(plain, names):
            continue
        known.update(_set_in(plain, names))
        for name, optional in _read_in(plain, names):
            if name in known or ON_EVERY_SERVER.fullmatch(name) or not _is_name(name):
                continue
            before = used.setdefault(name, VariableUse(where, optional))
            if before.optional and not optional:
                used[name] = VariableUse(where, optional=False)
    return used


class _Names:
    """What names stand for in the cells so far: texts, lists of texts, ``os.environ``, and readers of settings."""

    def __init__(self) -> None:
        self.texts: dict[str, tuple[str, ...]] = {}
        self.environs: set[str] = {"environ"}
        self.getters: set[str] = {"getenv"}
        self.readers: set[str] = set()

    def learn(self, plain: PlainCell) -> None:
        """Take in a cell's imports, and assignments of names; loops over texts too."""
        for node in ast.walk(plain.tree) if plain.tree else ():
            if isinstance(node, ast.ImportFrom):
                self._import(node)
            elif isinstance(node, ast.Assign) and len(node.targets) == 1:
                self._assign(node.targets[0], node.value)
            elif isinstance(node, (ast.For, ast.comprehension)):
                self._keep(node.target, self.values(node.iter))

    def values(self, node: ast.expr) -> tuple[str, ...]:
        """Return the texts that an expression may be."""
        if isinstance(node, ast.Constant):
            return (node.value,) if isinstance(node.value, str) else ()
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return tuple(text for each in node.elts for text in self.values(each))
        return self.texts.get(node.id, ()) if isinstance(node, ast.Name) else ()

    def is_environ(self, node: ast.expr) -> bool:
        """Tell whether an expression is ``os.environ``."""
        return last_name(node) in self.environs

    def _import(self, node: ast.ImportFrom) -> None:
        for each in node.names:
            name = each.asname or each.name
            if node.module == "os" and each.name == "environ":
                self.environs.add(name)
            elif node.module == "os" and each.name == "getenv":
                self.getters.add(name)
            elif node.module in ("decouple", "starlette.config") and each.name == "config":
                self.readers.add(name)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if not isinstance(target, ast.Name):
            return
        if isinstance(value, ast.Call) and last_name(value.func) in ("Env", "Config"):
            self.readers.add(target.id)
        elif isinstance(value, (ast.Name, ast.Attribute)) and self.is_environ(value):
            self.environs.add(target.id)
        elif isinstance(value, (ast.Name, ast.Attribute)) and last_name(value) in self.getters:
            self.getters.add(target.id)
        else:
            self._keep(target, self.values(value))

    def _keep(self, target: ast.expr, texts: Sequence[str]) -> None:
        if isinstance(target, ast.Name) and texts:
            self.texts[target.id] = tuple(texts)


def _may_use_any(plain: PlainCell, names: _Names) -> bool:
    aliases = (*names.environs, *names.getters, *names.readers)
    return (
        any(each in plain.python for each in aliases)
        or any("env" in each.name or each.body for each in plain.magics)
        or bool(plain.shell)
    )


def _set_in(plain: PlainCell, names: _Names) -> Iterator[str]:
    for magic in plain.magics:
        if magic.name in ("env", "set_env") and re.search(r"[\s=]", magic.argument.strip()):
            yield re.split(r"[\s=]", magic.argument)[0]
    for node in ast.walk(plain.tree) if plain.tree else ():
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load) and names.is_environ(node.value):
            yield from names.values(node.slice)
        elif isinstance(node, ast.Call) and node.args and last_name(node.func) in ("setdefault", "putenv"):
            yield from names.values(node.args[0])
        elif isinstance(node, ast.Call) and last_name(node.func) == "update" and _of_environ(node.func, names):
            yield from _updated(node)


def _updated(node: ast.Call) -> Iterator[str]:
    yield from (each.arg for each in node.keywords if each.arg)
    for argument in node.args:
        if isinstance(argument, ast.Dict):
            keys = (each.value for each in argument.keys if isinstance(each, ast.Constant))
            yield from (each for each in keys if isinstance(each, str))


def _read_in(plain: PlainCell, names: _Names) -> Iterator[tuple[str, bool]]:
    """Yield each name that a cell reads, and whether it does without."""
    for magic in plain.magics:
        if magic.name == "env" and re.fullmatch(r"\w+", magic.argument.strip()):
            yield magic.argument.strip(), False
        elif magic.name in ("bash", "sh", "script"):
            yield from _in_shell(magic.body or "")
    for _line, command in plain.shell:
        yield from _in_shell(command)
    guarded = _asked_for(plain, names)
    yield from ((name, True) for name in guarded)
    for node in ast.walk(plain.tree) if plain.tree else ():
        for name, optional in _reads(node, names):
            yield name, optional or name in guarded


def _in_shell(command: str) -> Iterator[tuple[str, bool]]:
    assigned = set(re.findall(r"(?:^|[\s;])(?:export\s+)?([A-Z_][A-Z0-9_]*)=", command))
    for found in _IN_SHELL.finditer(command):
        name = found[1] or found[2]
        if name not in assigned:
            yield name, ":-" in command[found.end() : found.end() + 2]


def _asked_for(plain: PlainCell, names: _Names) -> set[str]:
    """Return the names of which a cell looks whether they are there."""
    return {
        text
        for node in (ast.walk(plain.tree) if plain.tree else ())
        if isinstance(node, ast.Compare)
        and len(node.ops) == 1
        and isinstance(node.ops[0], (ast.In, ast.NotIn))
        and names.is_environ(node.comparators[0])
        for text in names.values(node.left)
    }


def _reads(node: ast.AST, names: _Names) -> Iterator[tuple[str, bool]]:
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and names.is_environ(node.value):
        yield from ((name, False) for name in names.values(node.slice))
    elif isinstance(node, ast.Call) and node.args and _is_getter(node.func, names):
        optional = len(node.args) > 1 or any(each.arg in ("default", "key_default") for each in node.keywords)
        yield from ((name, optional) for name in names.values(node.args[0]))


def _is_getter(node: ast.expr, names: _Names) -> bool:
    name = last_name(node)
    if isinstance(node, ast.Name):
        return name in names.getters or name in names.readers
    if name in ("get", "pop", "__getitem__"):
        return _of_environ(node, names)
    if isinstance(node, ast.Attribute) and name in _TYPED and isinstance(node.value, ast.Name):
        return node.value.id in names.readers
    return name == "getenv"


def _of_environ(node: ast.expr, names: _Names) -> bool:
    return isinstance(node, ast.Attribute) and names.is_environ(node.value)


def _is_name(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text) is not None
