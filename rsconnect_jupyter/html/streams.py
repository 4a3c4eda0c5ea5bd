"""What programs print to a terminal, as HTML: the state the terminal ends in, with its colours. Pure.

Progress bars write over what they wrote: by carriage return, backspace, or by moving the cursor (ECMA-48, which tqdm
and rich use). As in JupyterLab, readers get the text that is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

import msgspec
from msgspec.structs import replace

NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")

_SEQUENCE = re.compile(
    r"\x1b\[(?P<numbers>[0-9;:?]*)[ -/]*(?P<order>[@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]?"
    r"|\r\n|[\r\b\n]"
)
_MOVES = re.compile(r"\x1b\[[0-9;]*[A-HJKfsu]|\r(?!\n)|\x08")
_ADDRESS = re.compile(r"\bhttps?://[^\s<>\"'`|)\]}]*[^\s<>\"'`|)\]}.,;:!?]", re.IGNORECASE)
_MOST_COLUMNS = 100_000
"""A cursor that is sent further right stays here."""


class Style(msgspec.Struct, frozen=True):
    """How text looks; colours are names of `NAMES`, ``bright-`` names, or CSS colours."""

    ink: str = ""
    ground: str = ""
    traits: frozenset[str] = frozenset()


PLAIN = Style()
Run = tuple[str, Style]
_TRAITS = {1: "bold", 2: "faint", 3: "italic", 4: "underline", 7: "inverse", 9: "strike"}
_ENDS = {22: ("bold", "faint"), 23: ("italic",), 24: ("underline",), 27: ("inverse",), 29: ("strike",)}


def terminal_html(text: str) -> str:
    """Return a terminal's text as HTML for the inside of a ``pre``."""
    if "\x1b" not in text and not _MOVES.search(text):
        return _linked(text.replace("\r\n", "\n"))
    runs = _final_runs(text) if _MOVES.search(text) else _plain_runs(text)
    return "".join(_run_html(each, style) for each, style in runs)


def _plain_runs(text: str) -> Iterator[Run]:
    """Yield runs of a text that never moves the cursor back."""
    style, at = PLAIN, 0
    for found in _SEQUENCE.finditer(text):
        if found.start() > at:
            yield text[at : found.start()], style
        at = found.end()
        if found[0].endswith("\n"):
            yield "\n", style
        elif found["order"] == "m":
            style = _styled(style, found["numbers"])
    if at < len(text):
        yield text[at:], style


def _final_runs(text: str) -> Iterator[Run]:
    """Yield runs of what is left on a terminal of endless size."""
    screen = _Screen()
    at = 0
    for found in _SEQUENCE.finditer(text):
        screen.write(text[at : found.start()])
        at = found.end()
        screen.obey(found[0], found["order"] or "", found["numbers"] or "")
    screen.write(text[at:])
    for number, line in enumerate(screen.lines):
        if number:
            yield "\n", PLAIN
        yield from _grouped(line)


class _Screen:
    """Lines of ``(character, style)``, and a cursor."""

    def __init__(self) -> None:
        self.lines: list[list[tuple[str, Style]]] = [[]]
        self.row = self.column = 0
        self.style = PLAIN

    def write(self, text: str) -> None:
        if not text:
            return
        line = self.lines[self.row]
        if len(line) < self.column:
            line.extend([(" ", PLAIN)] * (self.column - len(line)))
        line[self.column : self.column + len(text)] = [(each, self.style) for each in text]
        self.column += len(text)

    def obey(self, sequence: str, order: str, numbers: str) -> None:
        if sequence.endswith("\n"):
            self._to(self.row + 1, 0)
        elif sequence == "\r":
            self.column = 0
        elif sequence == "\b":
            self.column = max(self.column - 1, 0)
            del self.lines[self.row][self.column : self.column + 1]  # JupyterLab deletes, where terminals only move
        elif order == "m":
            self.style = _styled(self.style, numbers)
        elif order and "?" not in numbers:
            self._move(order, [int(each[:6]) if each else None for each in re.split("[;:]", numbers)])

    def _move(self, order: str, numbers: Sequence[int | None]) -> None:
        count = min(numbers[0] or 1, _MOST_COLUMNS)
        rows = {"A": -count, "B": count, "E": count, "F": -count}
        if order in rows:
            self._to(self.row + rows[order], 0 if order in "EF" else self.column)
        elif order in "CD":
            self.column = min(max(self.column + (count if order == "C" else -count), 0), _MOST_COLUMNS)
        elif order == "G":
            self.column = count - 1
        elif order == "K":
            self._erase_line(numbers[0] or 0)
        elif order == "J":
            self._erase_screen(numbers[0] or 0)

    def _to(self, row: int, column: int) -> None:
        """Go to a row; one below the last is made, as at the end of a terminal."""
        self.row = max(row, 0)
        if self.row >= len(self.lines):
            self.lines.append([])
            self.row = len(self.lines) - 1
        self.column = column

    def _erase_line(self, part: int) -> None:
        line = self.lines[self.row]
        if part == 0:
            del line[self.column :]
        elif part == 1:
            line[: self.column + 1] = [(" ", PLAIN)] * min(self.column + 1, len(line))
        else:
            line.clear()

    def _erase_screen(self, part: int) -> None:
        if part == 0:
            self._erase_line(0)
            del self.lines[self.row + 1 :]
        elif part == 2:
            self.lines = [[] for _ in range(self.row + 1)]


def _grouped(line: Sequence[tuple[str, Style]]) -> Iterator[Run]:
    start = 0
    for at in range(1, len(line) + 1):
        if at == len(line) or line[at][1] != line[start][1]:
            yield "".join(each for each, _ in line[start:at]), line[start][1]
            start = at


def _styled(style: Style, numbers: str) -> Style:
    """Return the style after a sequence of "select graphic rendition"."""
    codes = [int(each[:6]) if each.isdigit() else 0 for each in re.split("[;:]", numbers)]
    while codes:
        code = codes.pop(0)
        if code in (38, 48) and codes:
            colour = _chosen_colour(codes)
            style = replace(style, ink=colour) if code == 38 else replace(style, ground=colour)
        else:
            style = _with_code(style, code)
    return style


def _with_code(style: Style, code: int) -> Style:
    if code == 0:
        return PLAIN
    if code in _TRAITS:
        return replace(style, traits=style.traits | {_TRAITS[code]})
    if code in _ENDS:
        return replace(style, traits=style.traits.difference(_ENDS[code]))
    colour = ("bright-" if code >= 90 else "") + (NAMES[code % 10] if code % 10 < len(NAMES) else "")
    if code // 10 in (3, 9):
        return replace(style, ink=colour if code != 39 else "")
    if code // 10 in (4, 10):
        return replace(style, ground=colour if code != 49 else "")
    return style


def _chosen_colour(codes: list[int]) -> str:
    """Take the rest of ``38;5;n`` or ``38;2;r;g;b`` off the codes; return its colour."""
    kind = codes.pop(0)
    if kind == 2:
        red, green, blue = ([min(each, 255) for each in codes[:3]] + [0, 0, 0])[:3]
        del codes[:3]
        return f"rgb({red},{green},{blue})"
    number = min(codes.pop(0), 255) if codes else 0
    if number < 16:
        return ("bright-" if number > 7 else "") + NAMES[number % 8]
    if number > 231:
        grey = 8 + 10 * (number - 232)
        return f"rgb({grey},{grey},{grey})"
    steps = ((number - 16) // 36, (number - 16) // 6 % 6, (number - 16) % 6)
    return "rgb({},{},{})".format(*(40 * each + 55 if each else 0 for each in steps))


def _run_html(text: str, style: Style) -> str:
    if style == PLAIN or not text.strip("\n"):
        return _linked(text)
    ink, ground = style.ink, style.ground
    traits = style.traits - {"inverse"}
    if "inverse" in style.traits:
        ink, ground = ground, ink
        traits |= {"inverse-ink"} if not ink else set()
        traits |= {"inverse-ground"} if not ground else set()
    classes = [f"ansi-{each}" for each in sorted(traits)]
    colours = []
    for colour, ending, name in ((ink, "fg", "color"), (ground, "bg", "background-color")):
        if colour.startswith("rgb"):
            colours.append(f"{name}:{colour}")
        elif colour:
            classes.append(f"ansi-{colour}-{ending}")
    look = f' class="{" ".join(classes)}"' if classes else ""
    look += f' style="{";".join(colours)}"' if colours else ""
    return f"<span{look}>{_linked(text)}</span>"


def _linked(text: str) -> str:
    """Return text as HTML, addresses as links."""
    if "://" not in text:
        return escape(text, quote=False)
    parts, at = [], 0
    for found in _ADDRESS.finditer(text):
        address = escape(found[0])
        parts += [escape(text[at : found.start()], quote=False), f'<a href="{address}" rel="noopener">{address}</a>']
        at = found.end()
    return "".join([*parts, escape(text[at:], quote=False)])
