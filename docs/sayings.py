"""What the package says to people, read from its source: each error and each finding, with its code and its hint."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rsconnect_jupyter import errors
from rsconnect_jupyter.connect.error_catalog import SAYINGS

PACKAGE = Path(errors.__file__).parent
ELSEWHERE = ("sandbox", "labextension")
CLASSES = {
    name: each
    for name, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, errors.RSConnectException)
}


@dataclass(frozen=True)
class Saying:
    """One sentence in the source; ``…`` stands for what is known only when it is said."""

    code: str
    message: str
    hint: str
    kind: str = ""
    fix: str = ""


MAKERS = {
    "_refusal": ("TargetError", ("", "message", "hint", "code"), ""),
    "_bad_option": ("RSConnectException", ("message",), "bad-option"),
    "Diagnosis": ("TaskFailedError", (), ""),
}
"""Functions and records that errors are made of elsewhere: class, names of the arguments in order, code."""


def said_errors() -> list[Saying]:
    """Return every error the package makes whose message stands in its source."""
    found = set()
    for call, scope in _calls({*CLASSES, *MAKERS}):
        kind, names, default = MAKERS.get(_name(call), (_name(call), ("message",), ""))
        given = {**dict(zip(names, call.args, strict=False)), **{each.arg: each.value for each in call.keywords}}
        code = _text(given["code"], scope) if "code" in given else default or CLASSES[kind].default_code
        message = _text(given.get("message"), scope)
        if _tells(code) and _tells(message):
            found.add(Saying(code, message, _text(given.get("hint"), scope), kind))
    return sorted(found, key=lambda each: (each.code, each.message))


def said_findings() -> list[Saying]:
    """Return every finding the package makes; `kind` is its severity."""
    found = set()
    for call, scope in _calls({"Finding", "_finding"}):
        names = ("severity", "code", "message", "hint")
        given = {**dict(zip(names, call.args, strict=False)), **{each.arg: each.value for each in call.keywords}}
        severity, code, message, hint = (_text(given.get(each), scope) for each in names)
        if _tells(code) and _tells(message):
            found.add(Saying(code, message, hint, severity, _action(given.get("fix"), scope)))
    return sorted(found, key=lambda each: (each.code, each.message))


def error_tables() -> str:
    """Return the errors as Markdown: the classes, what each says, and Connect's own numbers."""
    classes = [
        (f"`{each.default_code}`", f"`{name}`", (inspect.getdoc(each) or "").splitlines()[0])
        for name, each in CLASSES.items()
    ]
    said = [(f"`{each.code}`", f"`{each.kind}`", each.message, each.hint) for each in said_errors()]
    numbers = [
        (str(number), f"`{each.code}`" if each.code else "", each.message or "*the server's own text*", each.hint)
        for number, each in SAYINGS.items()
    ]
    return "\n".join(
        [
            "### Kinds\n",
            _table(("Code", "Class", "Meaning"), sorted(classes)),
            "### What they say\n",
            _table(("Code", "Class", "What happened", "What to do"), said),
            "### Connect's own numbers\n",
            "An error that Connect answered with a number of its own keeps it in `connect_code`; without a code of its "
            "own it has that of its class.\n",
            _table(("Number", "Code", "What happened", "What to do"), numbers),
        ]
    )


def finding_table() -> str:
    """Return the findings as Markdown."""
    rows = [
        (f"`{each.code}`", each.kind, each.message, each.hint, f"`{each.fix}`" if each.fix else "")
        for each in said_findings()
    ]
    return _table(("Code", "Severity", "What was found", "What to do", "Fix"), rows)


Scope = dict[str, list[ast.expr]]


def _calls(names: set[str]) -> Iterator[tuple[ast.Call, Scope]]:
    """Yield the calls of these names with what is assigned around them: in the function, then in the module."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if any(each in path.relative_to(PACKAGE).parts for each in ELSEWHERE):
            continue
        module = ast.parse(path.read_text(encoding="utf-8"))
        outer = _assigned(each for each in module.body)
        functions = [each for each in ast.walk(module) if isinstance(each, ast.FunctionDef)]
        seen = set()
        for function in functions:
            scope = {**outer, **_assigned(ast.walk(function))}
            for each in ast.walk(function):
                if isinstance(each, ast.Call) and _name(each) in names:
                    seen.add(each)
                    yield each, scope
        for each in ast.walk(module):
            if isinstance(each, ast.Call) and _name(each) in names and each not in seen:
                yield each, outer


def _assigned(nodes: Iterator[ast.AST]) -> Scope:
    scope: Scope = {}
    for each in nodes:
        if isinstance(each, ast.Assign):
            for target in each.targets:
                if isinstance(target, ast.Name):
                    scope.setdefault(target.id, []).append(each.value)
                elif isinstance(target, ast.Tuple) and isinstance(each.value, ast.Tuple):
                    for name, value in zip(target.elts, each.value.elts, strict=True):
                        if isinstance(name, ast.Name):
                            scope.setdefault(name.id, []).append(value)
        elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.value is not None:
            scope.setdefault(each.target.id, []).append(each.value)
    return scope


def _text(node: ast.expr | None, scope: Scope) -> str:  # noqa: PLR0911 - one for each kind of expression
    """Return the text of an expression; alternatives are separated by a slash."""
    match node:
        case None:
            return ""
        case ast.Constant():
            return node.value if isinstance(node.value, str) else ""
        case ast.JoinedStr():
            return "".join(_text(each, scope) or "…" for each in node.values)
        case ast.FormattedValue(value=ast.Name(id=name)) if name.isupper():
            return _text(node.value, scope)
        case ast.IfExp():
            return _either([node.body, node.orelse], scope)
        case ast.BinOp():
            return _text(node.left, scope) + _text(node.right, scope)
        case ast.Name():
            others = {name: each for name, each in scope.items() if name != node.id}
            return _either(_holding(scope.get(node.id, []), node.lineno), others)
    return "…"


def _holding(values: list[ast.expr], line: int) -> list[ast.expr]:
    """Return the values that a name may have on a line: the last one outside of branches, and those after it."""
    before = [each for each in values if each.lineno <= line] or values
    outside = min((each.col_offset for each in before), default=0)
    last = max((place for place, each in enumerate(before) if each.col_offset == outside), default=0)
    return before[last:]


def _either(nodes: list[ast.expr], scope: Scope) -> str:
    texts = dict.fromkeys(_text(each, scope) for each in nodes)
    return " / ".join(each for each in texts if each)


def _action(node: ast.expr | None, scope: Scope) -> str:
    if isinstance(node, ast.Name):
        actions = dict.fromkeys(_action(each, {}) for each in scope.get(node.id, []))
        return " / ".join(each for each in actions if each)
    given = {each.arg: each.value for each in node.keywords} if isinstance(node, ast.Call) else {}
    return _text(given.get("action"), scope)


def _name(call: ast.Call) -> str:
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _tells(text: str) -> bool:
    return any(each.isalpha() for each in text)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *(tuple(_cell(each) for each in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    plain = " ".join(text.split()).replace("|", "\\|")
    return (
        plain if plain.startswith(("`", "*the")) else plain.replace("*", "\\*").replace("_", "\\_").replace("<", "&lt;")
    )
