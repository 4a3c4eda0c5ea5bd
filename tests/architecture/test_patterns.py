"""Every regular expression of the package takes time in proportion to its input, whatever that is.

The worst inputs are made from the pattern itself: what comes before a repetition, then the repeated characters, then
something that fits nothing; and the same beginnings over and over.
"""

from __future__ import annotations

import ast
import functools
import importlib
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    from re import _constants, _parser
else:
    import sre_constants as _constants
    import sre_parse as _parser

pytestmark = pytest.mark.slow

PACKAGE = Path(__file__).parents[2] / "rsconnect_jupyter"
SIZES = {200: None, 2_000: 12, 20_000: 4, 200_000: 4}
"""Length of the input -> how many of the slowest inputs go on to the next length (None: all)."""
LIMIT = 0.2
"""Seconds of processor time that a pattern may take for its worst input of the largest size."""

METHODS = ("match", "fullmatch", "search", "findall", "finditer", "split", "sub", "subn")
MOST_REPEATS = 8
"""A repetition of at most so many is not pumped."""

FILLERS = "a0 \t\n.-_=<>[](){}\"'/\\:,;#%!?*$@&~^|é"


@dataclass(frozen=True)
class Use:
    """A pattern and how it is applied."""

    place: str
    text: str
    flags: int
    method: str


@pytest.mark.parametrize("place", sorted({each.relative_to(PACKAGE).as_posix() for each in PACKAGE.rglob("*.py")}))
def test_patterns_are_linear(place: str) -> None:
    for use in uses_in(place):
        pattern, slow = re.compile(use.text, use.flags), use.method if use.method != "fullmatch" else "match"
        apply = getattr(pattern, "finditer" if slow in ("search", "sub", "subn", "split", "findall") else slow)
        candidates = list(worst_inputs(pattern))
        for size, kept in SIZES.items():
            taken = [(seconds(apply, make(size, each)), each) for each in candidates]
            slowest = sorted(taken, key=lambda each: each[0], reverse=True)
            _, worst = slowest[0]
            took = min(seconds(apply, make(size, worst)) for _ in range(3)) if slowest[0][0] > LIMIT else 0.0
            assert took <= LIMIT, f"{place}: {pattern.pattern!r} took {took:.2f} s for {worst} of {size}"
            candidates = [each for _, each in slowest[:kept]]


def seconds(apply: Any, text: str | bytes) -> float:
    start = time.process_time()
    found = apply(text)
    for _ in found if hasattr(found, "__next__") else ():
        pass
    return time.process_time() - start


def make(size: int, candidate: tuple[str, str, str]) -> str:
    start, unit, end = candidate
    return start + unit * (max(1, size - len(start)) // len(unit)) + end


# What the pattern's worst inputs may be


def worst_inputs(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """Yield start, repeated part and end of texts that a backtracking matcher may take long for."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    seen: dict[tuple[str, str, str], None] = {}
    for before, body in repetitions(_parser.parse(text, pattern.flags & ~re.DEBUG), ""):
        for unit in dict.fromkeys([*body, *(one + two for one in body[:3] for two in body[:3])]):
            for end in ("", "\0", "\n\0"):
                seen[before, unit, end] = None
                seen["", unit, end] = None
        for unit in body[:4]:
            seen["", before + unit, "\0"] = None
            seen["", before + unit * 5, "\0"] = None
            seen["", before + unit + "\n", "\0"] = None
        if before:
            seen["", before, "\0"] = None
    yield from seen or {("", "a", "\0"): None}


def repetitions(tree: Any, before: str) -> Iterator[tuple[str, list[str]]]:
    """Yield, for each repetition, a text that fits what comes before it and texts that fit its inside."""
    for operation, value in tree:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, inner = value
            if most == _constants.MAXREPEAT or most > MOST_REPEATS:
                yield before, samples(inner)
            yield from repetitions(inner, before)
            before += example(inner) * max(least, 1 if most else 0)
            continue
        for inner in inners(name, value):
            yield from repetitions(inner, before)
        before += example([(operation, value)])


def inners(name: str, value: Any) -> list[Any]:
    if name == "SUBPATTERN":
        return [value[-1]]
    if name == "BRANCH":
        return list(value[1])
    if name in ("ASSERT", "ASSERT_NOT"):
        return [value[1]]
    return [value] if name == "ATOMIC_GROUP" else []


def example(tree: Any) -> str:
    """Return a text that fits, with as few repetitions as there may be."""
    parts = []
    for operation, value in tree:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            parts.append(example(value[2]) * value[0])
        elif name == "BRANCH":
            parts.append(example(value[1][0]))
        elif name in ("SUBPATTERN", "ATOMIC_GROUP"):
            parts.append(example(value[-1] if name == "SUBPATTERN" else value))
        else:
            parts.append(next(iter(characters(name, value)), ""))
    return "".join(parts)


def samples(tree: Any) -> list[str]:
    """Return texts that fit the inside of a repetition."""
    if len(tree) == 1:
        name, value = str(tree[0][0]), tree[0][1]
        if name == "BRANCH":
            return [text for each in value[1] for text in samples(each)]
        if name == "SUBPATTERN":
            return samples(value[-1])
        found = characters(name, value)
        if found:
            return found
    least = example(tree)
    more = "".join(
        example([each]) or (samples(each[1][2]) or [""])[0] if "REPEAT" in str(each[0]) else example([each])
        for each in tree
    )
    return [each for each in dict.fromkeys([least, more]) if each] or ["a"]


def characters(name: str, value: Any) -> list[str]:
    """Return characters that a one-character part fits."""
    if name == "LITERAL":
        return [chr(value)]
    if name == "NOT_LITERAL":
        return [each for each in FILLERS if ord(each) != value]
    if name == "ANY":
        return list(FILLERS)
    if name != "IN":
        return []
    own = [chr(number) for kind, number in value if str(kind) == "LITERAL"]
    own += [chr(number[0]) for kind, number in value if str(kind) == "RANGE"]
    return [each for each in dict.fromkeys([*FILLERS, *own]) if _in_set(value, each)]


def _in_set(value: Any, sign: str) -> bool:
    negated, inside = False, False
    for kind, item in value:
        name = str(kind)
        negated = negated or name == "NEGATE"
        inside = inside or (name == "LITERAL" and item == ord(sign))
        inside = inside or (name == "RANGE" and item[0] <= ord(sign) <= item[1])
        inside = inside or (name == "CATEGORY" and _in_category(str(item), sign))
    return inside != negated


def _in_category(category: str, sign: str) -> bool:
    tests = {"DIGIT": sign.isdigit(), "SPACE": sign.isspace(), "WORD": sign.isalnum() or sign == "_"}
    return next(fits != ("NOT" in category) for name, fits in tests.items() if category.endswith(name))


# Where the package has patterns


@functools.cache
def uses_in(place: str) -> tuple[Use, ...]:
    """Return the patterns of a module: those it keeps under a name, and those it writes where it uses them."""
    source = (PACKAGE / place).read_text(encoding="utf-8")
    tree = ast.parse(source)
    if place.endswith("__main__.py") or not re.search(r"\bre\.", source):
        return ()
    module = importlib.import_module(".".join(["rsconnect_jupyter", *Path(place).with_suffix("").parts]))
    found: dict[Use, None] = {}
    for name, value in vars(module).items():
        for pattern in _patterns_in(value):
            for method in _methods(tree, name) or {"search"}:
                found[Use(place, _text(pattern.pattern), pattern.flags, method)] = None
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and _is_of_re(call.func):
            known = {each.text for each in found}
            for text in _texts_of(call.args[0], module):
                if call.func.attr == "compile" and text in known:  # type: ignore[attr-defined]
                    continue
                try:
                    pattern = re.compile(text, _flags(call))
                except re.error:
                    continue
                method = call.func.attr if call.func.attr in METHODS else "search"  # type: ignore[attr-defined]
                found[Use(place, _text(text), pattern.flags, method)] = None
    if place == "preflight/secret_detection.py":
        found |= {Use(place, text, re.compile(text).flags, "finditer"): None for _, _, text in module.SHAPES}
    return tuple(found)


def _text(pattern: str | bytes) -> str:
    return pattern if isinstance(pattern, str) else pattern.decode("latin-1")


def _patterns_in(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from _patterns_in(each)


def _methods(tree: ast.Module, name: str) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        is_use = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
        if is_use and node.attr in METHODS:  # type: ignore[attr-defined]
            found.add(node.attr)  # type: ignore[attr-defined]
    return found


def _is_of_re(function: ast.expr) -> bool:
    is_method = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
    return is_method and function.value.id == "re" and function.attr in (*METHODS, "compile")  # type: ignore[attr-defined]


def _texts_of(argument: ast.expr, module: Any) -> list[str]:
    if isinstance(argument, ast.Constant):
        return [_text(argument.value)] if isinstance(argument.value, str | bytes) else []
    value = getattr(module, argument.id, None) if isinstance(argument, ast.Name) else None
    return [value] if isinstance(value, str) else []


def _flags(call: ast.Call) -> int:
    given = [*call.args[1:], *(each.value for each in call.keywords)]
    attributes = [node.attr for each in given for node in ast.walk(each) if isinstance(node, ast.Attribute)]
    names = [each for each in attributes if isinstance(getattr(re, each, None), re.RegexFlag)]
    return functools.reduce(lambda one, two: one | two, (int(getattr(re, name)) for name in names), 0)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (r"\s+x", 6_000),
        (r"(a|aa)+$", 34),
        (r"<h1>(.*?)</h1>", 10_000),
        (r"\[[^\]]+\]:", 10_000),
        (r"import\s+[\w ]+?\s*$", 400),
    ],
)
def test_the_search_for_worst_inputs_finds_known_ones(text: str, size: int) -> None:
    pattern = re.compile(text)
    assert any(seconds(pattern.finditer, make(size, each)) > LIMIT / 10 for each in worst_inputs(pattern))
