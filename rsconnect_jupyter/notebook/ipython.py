"""A code cell's source as plain Python: magics, shell lines and help marks taken out, the line numbers kept.

Pure. Syntax: https://ipython.readthedocs.io/en/stable/interactive/reference.html. IPython's own transformer is not
used: it need not be installed where Jupyter's server runs, and it gives up a whole cell where this one gives up a line.
"""

from __future__ import annotations

import ast
import re
import textwrap
import threading
import warnings
from collections.abc import Iterator
from functools import lru_cache

import msgspec

PYTHON_BODIES = {"time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "snakeviz", "scalene", "px", "debug"}
"""Cell magics whose body is Python run by this kernel."""

STATEMENT_MAGICS = {"time", "timeit", "prun", "memit", "lprun", "mprun", "snakeviz", "debug"}
"""Magics whose argument is a Python statement."""

LONGEST_SOURCE = 1_000_000
"""Characters; Python's parser takes about a second for them, in which nothing else runs."""

SHELL_BODIES = {"bash", "sh", "script", "system", "!", "sx", "cmd", "powershell"}

_MAGIC = re.compile(r"(?P<indent>\s*)%{1,2}(?P<name>[\w.]+|!)[ \t]*(?P<argument>.*)")
_SHELL = re.compile(r"(?P<indent>\s*)!{1,2}(?P<command>.*)")
_HELP = re.compile(r"\s*(\?{1,2}\s*[%\w.*]+|[%\w.*\[\]()'\"][%\w.*\[\]()'\" ]*\?{1,2})(\s*;)?(\s*#.*)?\s*")
_ASSIGNED = re.compile(r"(?P<target>[\w.,\s\[\]'\"*()]+)=\s*(?P<mark>[%!])(?P<rest>.*)")
_AUTOCALL = re.compile(r"(?P<indent>\s*)[,;/][A-Za-z_].*")
_AUTOMAGIC = re.compile(
    r"(?P<indent>\s*)(?P<command>(pip3?|conda|mamba|micromamba|uv|ls|cd|cat|mkdir|cp|mv|rm)\s+[\w./~$-].*)"
)
_OPTIONS = re.compile(r"(-[A-Za-z]+(\s+\d+|\s+[\w.]+(?=\s+\w+\())?\s+)*")
_PROMPT = re.compile(r"^(>>> ?|\.\.\. ?|In \[\d+\]: ?)", re.MULTILINE)


_quiet = threading.Lock()
"""``catch_warnings`` changes the whole process, so two of our threads must not be in it at once."""


class Magic(msgspec.Struct, frozen=True):
    """A magic: ``%name argument``, or ``%%name argument`` with a body. `line` is 1-based."""

    name: str
    argument: str
    line: int
    body: str | None = None


class PlainCell(msgspec.Struct, frozen=True):
    """A cell as plain Python.

    Attributes:
        python: The source, special lines replaced, line for line.
        tree: Its syntax tree, or None when it is no valid Python; shared, not to be changed.
        error_line: 1-based line of the syntax error.
        shell: ``(line, command)`` of each shell line.
    """

    python: str
    tree: ast.Module | None
    magics: tuple[Magic, ...] = ()
    shell: tuple[tuple[int, str], ...] = ()
    error_line: int | None = None


@lru_cache(maxsize=2048)
def parse_cell(source: str) -> PlainCell:
    """Return a cell's source as plain Python; never raises. A very long one is not parsed."""
    if len(source) > LONGEST_SOURCE:
        return PlainCell("", None)
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    lines = source.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is not None and lines[first].lstrip().startswith("%%"):
        return _cell_magic(lines, first)
    tree, _ = syntax_tree(source)
    if tree is not None:
        return PlainCell(source, tree)
    return _with_special_lines(_as_typed(source))


def syntax_tree(code: str) -> tuple[ast.Module | None, int | None]:
    """Return the syntax tree, or None and the line that is wrong."""
    with _quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape in someone's cell is not our log's business
        try:
            return _parse(code), None
        except SyntaxError as exc:
            return None, exc.lineno
        except (ValueError, RecursionError, MemoryError, UnicodeError):
            return None, None


def _parse(code: str) -> ast.Module:
    try:
        return ast.parse(code)
    except SystemError:  # CPython before 3.11.8 and 3.12.2, when garbage collected meanwhile parses too (gh-106905)
        return ast.parse(code)


def _cell_magic(lines: list[str], first: int) -> PlainCell:
    found = _MAGIC.match(lines[first])
    if found is None:
        return PlainCell("", ast.Module(body=[], type_ignores=[]))
    name, argument, body = found["name"], found["argument"].strip(), "\n".join(lines[first + 1 :])
    magic = Magic(name, argument, first + 1, body)
    if name in PYTHON_BODIES:
        statement = _statement(argument) if name in STATEMENT_MAGICS else ""
        inner = parse_cell("\n" * first + statement + "\n" + body)
        return PlainCell(inner.python, inner.tree, (magic, *inner.magics), inner.shell, inner.error_line)
    shell: tuple[tuple[int, str], ...] = ()
    if name in SHELL_BODIES:
        shell = tuple((first + 2 + offset, line) for offset, line in enumerate(lines[first + 1 :]) if line.strip())
    return PlainCell("\n" * (len(lines) - 1), ast.Module(body=[], type_ignores=[]), (magic,), shell)


def _statement(argument: str) -> str:
    """Return the Python of ``%timeit -n 10 statement``, empty when there is none that parses."""
    code = argument[_end_of_options(argument) :].strip()
    return code if code and syntax_tree(code)[0] is not None else ""


def _end_of_options(argument: str) -> int:
    found = _OPTIONS.match(argument)
    return found.end() if found else 0


def _as_typed(source: str) -> str:
    """Return the source without what IPython strips: a common indent, prompts pasted along."""
    if source[:1] in (" ", "\t"):
        source = textwrap.dedent(source)
    if re.match(r"\s*(>>> |In \[\d+\]: )", source):
        source = _PROMPT.sub("", source)
    return source


def _with_special_lines(source: str) -> PlainCell:
    lines = source.split("\n")
    magics: list[Magic] = []
    shell: list[tuple[int, str]] = []
    for index, whole in _special_lines(lines):
        lines[index] = _replacement(whole, index + 1, magics, shell)
    python = "\n".join(lines)
    tree, wrong = syntax_tree(python)
    return PlainCell(python, tree, tuple(magics), tuple(shell), wrong if tree is None else None)


def _replacement(line: str, number: int, magics: list[Magic], shell: list[tuple[int, str]]) -> str:
    """Return the Python that stands for a special line, and note what it was."""
    if _AUTOMAGIC.fullmatch(line):
        shell.append((number, line.strip()))
    elif found := _ASSIGNED.fullmatch(line):
        _note(found["mark"] + found["rest"], number, magics, shell)
        return f"{found['target']}= None"
    else:
        _note(line, number, magics, shell)
        if (found := _MAGIC.fullmatch(line)) and found["name"] in STATEMENT_MAGICS:
            return found["indent"] + (_statement(found["argument"]) or "pass")
    return line[: len(line) - len(line.lstrip())] + "pass"


def _note(text: str, number: int, magics: list[Magic], shell: list[tuple[int, str]]) -> None:
    if found := _SHELL.fullmatch(text):
        shell.append((number, found["command"].strip()))
    elif not _HELP.fullmatch(text) and (found := _MAGIC.fullmatch(text)):
        magics.append(Magic(found["name"], found["argument"].strip(), number))


def _special_lines(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the index and full text of lines that are no Python; their continuation lines are emptied."""
    position = _Position()
    index = 0
    while index < len(lines):
        line = lines[index]
        if position.between_statements and _is_special(line):
            start, whole = index, line
            while whole.endswith("\\") and index + 1 < len(lines):
                index += 1
                whole = whole[:-1] + " " + lines[index].strip()
                lines[index] = ""
            yield start, whole
        else:
            position.pass_over(line)
        index += 1


def _is_special(line: str) -> bool:
    text = line.lstrip()
    if text[:1] in ("%", "!", "?"):
        return True
    if "?" in text and _HELP.fullmatch(line):
        return True
    if "=" in text and _ASSIGNED.fullmatch(line.rstrip("\\")):
        return True
    return bool(_AUTOCALL.fullmatch(line) or _AUTOMAGIC.fullmatch(line))


class _Position:
    """Where in Python's syntax a line begins: inside a string, a bracket, a continued line, or between statements."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self._continued = False

    @property
    def between_statements(self) -> bool:
        return self._depth == 0 and not self._quote and not self._continued

    def pass_over(self, line: str) -> None:
        """Take in one line of Python."""
        at = 0
        while at < len(line):
            at = self._in_string(line, at) if self._quote else self._in_code(line, at)
        self._continued = not self._quote and line.endswith("\\")
        if len(self._quote) == 1 and not line.endswith("\\"):
            self._quote = ""  # a one-line string ends with its line, closed or not

    def _in_string(self, line: str, at: int) -> int:
        if line[at] == "\\":
            return at + 2
        if line.startswith(self._quote, at):
            at += len(self._quote)
            self._quote = ""
            return at
        return at + 1

    def _in_code(self, line: str, at: int) -> int:
        sign = line[at]
        if sign == "#":
            return len(line)
        if sign in "\"'":
            self._quote = sign * 3 if line.startswith(sign * 3, at) else sign
            return at + len(self._quote)
        if sign in "([{":
            self._depth += 1
        elif sign in ")]}":
            self._depth = max(0, self._depth - 1)
        return at + 1
