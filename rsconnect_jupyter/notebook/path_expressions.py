"""Which path an expression of Python stands for: ``DATA / "sales.csv"``, ``os.path.join``, f-strings, constants. Pure.

What only the running program knows becomes a ``*``. Nothing is run, so a path may be off where code takes turns;
whether a file of that name exists is asked elsewhere.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Sequence

import msgspec

LONGEST_PATH = 1000
DEEPEST = 40

SAME_PATH = {"str", "fspath", "abspath", "realpath", "normpath", "expanduser", "resolve", "absolute"}

_FIELD = re.compile(r"\{(?P<name>\w*)(?:[^\w{}][^{}]*)?\}")
_PERCENT = re.compile(r"%(?:\(\w+\))?[-+ 0#]*(?:[1-9]\d*)?(?:\.\d+)?[sdifrxegu]")


class Known(msgspec.Struct):
    """What the lines so far have settled.

    Attributes:
        names: Variable -> the path or text it holds.
        folder: The working folder, relative to the notebook's; empty until ``os.chdir`` or ``%cd``.
        imports_notebooks: True after ``import import_ipynb``, which lets ``import`` find notebooks.
    """

    names: dict[str, str] = msgspec.field(default_factory=dict)
    folder: str = ""
    imports_notebooks: bool = False

    def remember(self, node: ast.Assign | ast.AnnAssign) -> None:
        """Take in an assignment; a name whose new value is not known is forgotten."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if len(targets) != 1 or not isinstance(targets[0], ast.Name) or node.value is None:
            return
        path = path_of(node.value, self)
        if path is not None:
            self.names[targets[0].id] = path
        else:
            self.names.pop(targets[0].id, None)

    def enter(self, path: str) -> None:
        """Take in a change of the working folder; an absolute one is taken for the notebook's own."""
        self.folder = "" if _is_absolute(path) else posixpath.normpath(posixpath.join(self.folder, path))

    def seen_from_notebook(self, path: str) -> str:
        """Return a path of the working folder relative to the notebook's folder."""
        return path if not self.folder or _is_absolute(path) else posixpath.join(self.folder, path)


def path_of(node: ast.AST, known: Known, depth: int = 0) -> str | None:
    """Return the path an expression stands for, with ``*`` for unknown parts of a text; None when it is no path."""
    text = _text_of(node, known, depth) if depth <= DEEPEST else None
    return text if text is not None and len(text) < LONGEST_PATH else None


def _text_of(node: ast.AST, known: Known, depth: int) -> str | None:
    if isinstance(node, (ast.Constant, ast.Name)):
        value = known.names.get(node.id) if isinstance(node, ast.Name) else node.value
        return value if isinstance(value, str) else None
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return _ancestor(node, known, depth)
    if isinstance(node, ast.JoinedStr):
        parts = [each.value if isinstance(each, ast.FormattedValue) else each for each in node.values]
        return "".join(_or_star(path_of(each, known, depth + 1)) for each in parts)
    if isinstance(node, ast.BinOp):
        return _path_of_operation(node, known, depth)
    return _path_of_call(node, known, depth) if isinstance(node, ast.Call) else None


def parent_of(path: str) -> str:
    """Return the folder above a path, that of ``.`` being ``..``."""
    if posixpath.basename(path.rstrip("/")) in ("", ".", ".."):
        return posixpath.normpath(posixpath.join(path or ".", ".."))
    return posixpath.dirname(path.rstrip("/")) or "."


def last_name(node: ast.AST | None) -> str:
    """Return ``c`` for ``a.b.c`` and for ``c``; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_absolute(path: str) -> bool:
    return bool(re.match(r"/|~|[A-Za-z]:[\\/]", path))


def _or_star(path: str | None) -> str:
    return "*" if path is None else path


def _ancestor(node: ast.Attribute | ast.Subscript, known: Known, depth: int) -> str | None:
    """``path.parent`` and ``path.parents[1]``."""
    steps: object = 0
    if isinstance(node, ast.Subscript):
        steps = node.slice.value if isinstance(node.slice, ast.Constant) else None
    attribute = node.value if isinstance(node, ast.Subscript) else node
    wanted = "parents" if isinstance(node, ast.Subscript) else "parent"
    if not isinstance(attribute, ast.Attribute) or attribute.attr != wanted:
        return None
    base = path_of(attribute.value, known, depth + 1)
    if base is None or not isinstance(steps, int) or not 0 <= steps < DEEPEST:
        return None
    for _ in range(steps + 1):
        base = parent_of(base)
    return base


def _path_of_operation(node: ast.BinOp, known: Known, depth: int) -> str | None:
    left = path_of(node.left, known, depth + 1)
    if isinstance(node.op, ast.Mod):
        return _formatted_by_percent(left, node.right, known, depth) if left is not None else None
    right = path_of(node.right, known, depth + 1)
    if isinstance(node.op, ast.Div):
        return posixpath.join(left, _or_star(right)) if left is not None else None
    if isinstance(node.op, ast.Add) and (left is not None or right is not None):
        return _or_star(left) + _or_star(right)
    return None


def _formatted_by_percent(text: str, values: ast.expr, known: Known, depth: int) -> str:
    given = values.elts if isinstance(values, ast.Tuple) else [values]
    parts = iter([path_of(each, known, depth + 1) for each in given])
    return _PERCENT.sub(lambda _found: _or_star(next(parts, None)), text)


def _path_of_call(node: ast.Call, known: Known, depth: int) -> str | None:
    name = last_name(node.func)
    base = node.func.value if isinstance(node.func, ast.Attribute) else None
    if name in ("getcwd", "cwd") or (name == "Path" and not node.args):
        return "."
    if base is not None and name == "format":
        return _formatted(path_of(base, known, depth + 1), node, known, depth)
    given = [path_of(each, known, depth + 1) for each in node.args]
    if base is not None and (name == "joinpath" or (name in SAME_PATH and not given)):
        given = [path_of(base, known, depth + 1), *given]
    return _path_of_parts(given, name, is_join=name == "join" and last_name(base) == "path")


def _path_of_parts(given: Sequence[str | None], name: str, *, is_join: bool) -> str | None:
    if not given or given[0] is None:
        return None
    if name == "dirname":
        return parent_of(given[0])
    joins = name in ("Path", "PurePath", "PosixPath", "joinpath") or is_join
    return (
        posixpath.join(given[0], *map(_or_star, given[1:]))
        if joins or (name in SAME_PATH and len(given) == 1)
        else None
    )


def _formatted(text: str | None, node: ast.Call, known: Known, depth: int) -> str | None:
    """``"data/{}.csv".format(name)``."""
    if text is None:
        return None
    # each value is worked out once, however often the text names it: nested calls would double the work each time
    in_order = [_or_star(path_of(each, known, depth + 1)) for each in node.args]
    by_name = {each.arg: _or_star(path_of(each.value, known, depth + 1)) for each in node.keywords if each.arg}
    by_name |= {str(index): each for index, each in enumerate(in_order)}
    one_at_a_time = iter(in_order)

    def value(found: re.Match[str]) -> str:
        return by_name.get(found["name"], "*") if found["name"] else next(one_at_a_time, "*")

    return _FIELD.sub(value, text)
