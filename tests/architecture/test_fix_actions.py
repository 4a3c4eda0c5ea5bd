"""The two halves speak of the same fixes: what the server part offers, the panel's buttons can do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from rsconnect_jupyter.messages import FINDINGS
from rsconnect_jupyter.notebook.ipython import syntax_tree

ROOT = Path(__file__).parents[2]


def offered() -> Iterator[tuple[str, str]]:
    """Yield every action of the catalog and the source: ``Fix(action=…)``, ``{"action": …}``; and where it is."""
    yield from ((each.action, key) for key, each in FINDINGS.items() if each.action)
    for path in sorted((ROOT / "rsconnect_jupyter").rglob("*.py")):
        tree, _wrong = syntax_tree(path.read_text(encoding="utf-8"))
        assert tree is not None
        for node in ast.walk(tree):
            for value in _actions(node):
                passed_on = isinstance(value, ast.Attribute) and value.attr == "action"
                assert passed_on or isinstance(value, ast.Constant), f"{path.name}:{value.lineno} computes a fix"
                if isinstance(value, ast.Constant):
                    yield str(value.value), path.name


def _actions(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Fix":
        return [each.value for each in node.keywords if each.arg == "action"]
    if isinstance(node, ast.Dict):
        keys = [each.value if isinstance(each, ast.Constant) else None for each in node.keys]
        pairs = dict(zip(keys, node.values, strict=True))
        return [pairs["action"]] if {"action", "label"} <= pairs.keys() else []
    return []


def known() -> set[str]:
    """Return the actions that the panel knows."""
    source = (ROOT / "js" / "model" / "fixes.ts").read_text(encoding="utf-8")
    table = re.search(r"const ACTIONS[^=]*= \{(?P<body>.*?)\n\};", source, re.DOTALL)
    assert table is not None
    names = re.findall(r"^  (?:'([\w-]+)'|(\w+)):", table["body"], re.MULTILINE)
    return {quoted or plain for quoted, plain in names} | set(re.findall(r"action === '([\w-]+)'", source))


def test_every_fix_that_is_offered_is_one_the_panel_can_do() -> None:
    found = list(offered())
    assert len({action for action, _ in found}) >= 7
    assert [each for each in found if each[0] not in known()] == []
