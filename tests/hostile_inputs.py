"""Notebooks and projects made to keep the machine busy."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any


def code(*sources: str) -> list[dict[str, Any]]:
    return [
        {"cell_type": "code", "source": each, "metadata": {}, "outputs": [], "execution_count": 1} for each in sources
    ]


def text(*sources: str, kind: str = "markdown") -> list[dict[str, Any]]:
    return [{"cell_type": kind, "source": each, "metadata": {}} for each in sources]


def output(data: dict[str, Any]) -> list[dict[str, Any]]:
    shown = {"output_type": "display_data", "data": data, "metadata": {}}
    return [{"cell_type": "code", "source": "1", "metadata": {}, "execution_count": 1, "outputs": [shown]}]


def write(folder: Path, cells: list[dict[str, Any]], files: dict[str, str] | None = None) -> Path:
    for name, content in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    path = folder / "a.ipynb"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": cells}
    nested = re.sub(
        r'"NESTED (\d+)"', lambda found: '{"a":' * int(found[1]) + "1" + "}" * int(found[1]), json.dumps(document)
    )
    path.write_text(nested, encoding="utf-8")
    return path


CELLS = {
    "spaces in a heading": text("# a" + " " * 2_500 + "b"),
    "spaces in a long heading": text("# a" + " " * 200_000 + "b"),
    "spaces after import": code("import" + " " * 1_500 + "=\n(("),
    "many spaces after import": code("import" + " " * 200_000 + "=\n(("),
    "stars in a pattern": code("import glob\nglob.glob('*a*a*a*a*a*a*b')"),
    "unclosed headings of HTML": text("<h1>" * 25_000),
    "brackets in a heading": text("# " + "<" * 200_000),
    "square brackets in a heading": text("# " + "[" * 200_000),
    "headings without words": text("# <!-- -->\n" * 18_000),
    "headings with markup": text(("# <!--" + "*_[" * 500 + "\n") * 130),
    "open brackets in lines": text("[a\n" * 50_000),
    "beginnings of tokens": code("x = '" + "-eyJ" * 100_000 + "'"),
    "values like secrets": code("".join(f'a{n}_token="abc123x{n}"\n' for n in range(9_000))),
    "empty lines of text": text("\n" * 100_000),
    "a fence after empty lines": text("\n" * 100_000 + "``"),
    "empty lines of HTML": output({"text/html": "\n" * 100_000}),
    "open tags in an output": output({"text/html": "<img " * 40_000}),
    "open comments in an output": output({"text/html": "href<!--" * 25_000}),
    "open declarations in an output": output({"text/html": "href<!" * 30_000}),
    "open scripts in an output": output({"text/html": "<script>" * 25_000 + " href"}),
    "a chart of nested data": output({"application/vnd.vega.v5+json": json.loads('{"a":' * 900 + "1" + "}" * 900)}),
    **{
        f"a chart nested {depth} deep": output({"application/vnd.vega.v5+json": f"NESTED {depth}"})
        for depth in range(900, 1000, 10)
    },
    "megabytes of code": code("x = [1, 2]\n" * 400_000),
    "megabytes of broken code": code("x = [1, 2\n" * 400_000),
    "megabytes of text": text("[a](" * 1_000_000),
    "megabytes of headings": text("# <!--\n" * 600_000),
    "continued magics": code("%a \\\n" * 40_000),
    "magics": code("%matplotlib inline\n" * 10_000),
    "questions": code("a?\n" + "a " * 100_000 + "\n(("),
    "assignments": code("a " * 100_000 + "\n((\n%x"),
    "nested formats": code("open(" + "'{0}{0}'.format(" * 30 + "'a.csv'" + ")" * 30 + ")"),
    "nested f-strings": code("open(f'{" + "x" * 150_000 + "}')"),
    "a name that doubles": code("a = 'aa'\n" + "a = f'{a}{a}'\n" * 40 + "open(a + '.csv')"),
    "long sums": code("open(" + "'a' + " * 30_000 + "'b')"),
    "many small cells": code(*["import a"] * 2_000),
    "nested brackets": code("(" * 100_000),
    "nested lists": code("x = " + "[" * 90 + "]" * 90),
    "many try blocks": code("try:\n  import a\nexcept ImportError: pass\n" * 4_000),
    "a script block": code("# /// script\n" + "# a\n" * 50_000),
    "front matter that expands": text(
        "---\na: &a [x]\n" + "".join(f"b{n}: &b{n} {{<<: [*b{n - 1}, *b{n - 1}]}}\n" for n in range(1, 40)) + "---",
        kind="raw",
    ),
    "front matter of brackets": text("---\n" + "[" * 19_000 + "\n---", kind="raw"),
    "a number of many digits as title": text("---\ntitle: " + "9" * 10_000 + "\n---", kind="raw"),
    "values in front matter": text("---\n" + "a-" * 100_000 + "\n---", kind="raw"),
    "links": text("[a](" * 50_000),
    "images": text("![" * 100_000),
    "tags": text("<img " * 40_000),
}  # fmt: skip


def _lock(levels: int) -> str:
    """A uv.lock with two conditional ways from each package to the next: 2 ** levels ways to the last."""
    lines = ['version = 1\n[[package]]\nname = "p"\nsource = { virtual = "." }\ndependencies = [{ name = "a0" }]\n']
    for level in range(levels):
        ways = ", ".join(
            f'{{ name = "a{level + 1}", marker = "python_version {sign} \'3.{level}\'" }}' for sign in ("<", ">")
        )
        lines.append(f'[[package]]\nname = "a{level}"\nversion = "1"\ndependencies = [{ways}]\n')
    lines.append(f'[[package]]\nname = "a{levels}"\nversion = "1"\n')
    return "".join(lines)


RECURSIVE = (
    'version = 1\n[[package]]\nname = "p"\nsource = { virtual = "." }\ndependencies = [{ name = "a", extra = ["x"] }]\n'
    '[[package]]\nname = "a"\nversion = "1"\n[package.optional-dependencies]\nx = [{ name = "a", extra = ["x"] }]\n'
)
FILES = {
    "a long requirement": {"requirements.txt": "a" * 200_000},
    "a requirement of spaces": {"requirements.txt": "a" + " " * 200_000 + "b"},
    "a requirement of extras": {"requirements.txt": "a[" + "b," * 100_000},
    "a requirement of brackets": {"requirements.txt": "a; " + "(" * 200_000},
    "a requirement of versions": {"requirements.txt": "a" + "==1," * 50_000},
    "a requirement of hashes": {"requirements.txt": "a==1" + " --hash=" * 20_000},
    "a requirement of addresses": {"requirements.txt": "a @ " + "://a:" * 40_000},
    "many requirements": {"requirements.txt": "".join(f"a{n}==1\n" for n in range(15_000))},
    "an exponential lock": {"uv.lock": _lock(60)},
    "a lock with an extra of itself": {"uv.lock": RECURSIVE},
    "dotted keys": {"pyproject.toml": "a" + ".a" * 20_000 + " = 1"},
    "dotted keys in quotes": {"pyproject.toml": '"a"' + '."a"' * 20_000 + " = 1"},
    "a dotted table": {"pyproject.toml": "[" + "a." * 20_000 + "a]"},
    "nested tables": {"pyproject.toml": "a = " + "{a = " * 20_000},
    "nested lists": {"pyproject.toml": "a = " + "[" * 100_000},
    "a lock of nested lists": {"pylock.toml": "a = " + "[" * 100_000},
    "a version of digits": {".python-version": "1" * 200_000},
    "versions of Python": {".python-version": "3.8," * 50_000},
    "a Python of digits": {"pyproject.toml": f'[project]\nrequires-python = ">=3.{"1" * 100_000}"'},
    "an ignore file of stars": {".gitignore": "*a*a*a*a*a*a*a*a*b\n" * 100},
    "many ignored names": {".gitignore": "a*b\n" * 50_000},
    "settings with aliases": {
        "b.yml": "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    },
    "settings that merge": {
        "b.yml": "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40))
    },
    "nested settings": {"b.yml": "[" * 19_000},
    "nested JSON": {"b.json": "[" * 90_000},
}  # fmt: skip
