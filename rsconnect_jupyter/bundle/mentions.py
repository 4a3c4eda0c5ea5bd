"""Which files a notebook speaks of: paths in its code, its text, its magics and shell lines.

Paths are followed through what people really write: ``DATA / "sales.csv"``, ``os.path.join``, f-strings, a constant set
two cells earlier. What only the running program knows becomes a ``*``. Pure: whether such files exist is not looked up.
"""

from __future__ import annotations

import ast
import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Literal
from urllib.parse import unquote

from ..records import Where
from .ipython import PlainCell, parse_cell
from .notebook import Cell, Notebook

Kind = Literal["read", "write", "folder", "script", "image", "link", "text"]

LONGEST_PATH = 1000
DEEPEST = 40

WRITERS = {
    "to_csv", "to_excel", "to_parquet", "to_json", "to_pickle", "to_html", "to_feather", "to_hdf", "to_file",
    "to_stata", "to_netcdf", "to_zarr", "to_markdown", "to_latex", "to_xml", "savefig", "imsave", "imwrite",
    "write_html", "write_image", "write_text", "write_bytes", "write_csv", "write_parquet", "write_json", "save",
    "savez", "savetxt", "savez_compressed", "save_model", "dump", "ExcelWriter", "FileHandler", "basicConfig",
    "makedirs", "mkdir", "touch", "remove", "unlink", "rmtree", "writefile", "export_graphviz",
}  # fmt: skip
FOLDER_READERS = {"listdir", "scandir", "walk", "iterdir", "ImageFolder", "load_files", "rglob", "glob"}
PATH_METHODS = {
    "read_text", "read_bytes", "open", "write_text", "write_bytes", "iterdir", "glob", "rglob", "exists", "is_file",
    "mkdir", "touch", "unlink",
}  # fmt: skip
NO_READERS = {"ls", "rm", "mkdir", "cd", "echo", "pip", "conda", "git", "touch", "export", "apt", "apt-get"}
NO_PATHS = {"print", "display", "Markdown", "getLogger", "strftime", "replace", "split", "format", "join", "Path"}


@dataclass(frozen=True)
class Mention:
    """A path as written, relative to the notebook's folder.

    Attributes:
        text: ``/``-separated; ``*`` for parts that are not known.
        kind: What is done with it; ``text`` when that is not known.
        by: The function or magic that takes it; empty when none does.
    """

    text: str
    kind: Kind
    by: str
    where: Where

    @property
    def is_pattern(self) -> bool:
        """True when parts of the path are not known."""
        return "*" in self.text or "?" in self.text


def notebook_mentions(notebook: Notebook) -> tuple[Mention, ...]:
    """Return every path that a notebook's cells speak of, in order. Code of other languages gives its texts only."""
    names: dict[str, str] = {}
    found: list[Mention] = []
    for cell in notebook.cells:
        if cell.type != "code":
            found += _of_text(cell)
        elif notebook.language == "python":
            found += _of_code(parse_cell(cell.source), cell.where, names)
        else:
            found += _of_other_code(cell)
    return tuple(found)


def module_mentions(source: str, *, name: str) -> tuple[Mention, ...]:
    """Return every path that a Python file speaks of; its ``__file__`` is `name`."""
    return tuple(_of_code(parse_cell(source), Where(file=name), {"__file__": name}))


_LINK = re.compile(r"(?P<image>!?)\[(?:[^\]\[]|\[[^\]\[]{0,300}\]){0,500}\]\(\s{0,9}<?(?P<path>[^)\s>]{1,1000})")
_TAG = re.compile(r"<(?P<tag>\w{1,20})\b[^<>]{0,500}?\s(?:src|href)\s*=\s*[\"']?(?P<path>[^\"'\s>]+)", re.IGNORECASE)
_REFERENCE = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*<?(?P<path>[^\s>]+)", re.MULTILINE)
_FRONT_VALUE = re.compile(
    r"^[ \t]{0,20}(?:-[ \t]{0,9})?(?:[\w-]{1,60}:[ \t]{0,9})?[\"']?"
    r"(?P<path>[\w./-][\w./ -]{0,300}\.\w{1,8})[\"']?[ \t]*$",
    re.MULTILINE,
)


def _of_text(cell: Cell) -> Iterator[Mention]:
    if cell.type == "raw":
        for found in _FRONT_VALUE.finditer(cell.source[:20_000]):
            yield Mention(found["path"], "text", "", cell.where)
        return
    for found in _LINK.finditer(cell.source):
        yield from _linked(found["path"], "image" if found["image"] else "link", cell.where)
    for found in _TAG.finditer(cell.source):
        yield from _linked(found["path"], "image" if found["tag"].lower() == "img" else "link", cell.where)
    for found in _REFERENCE.finditer(cell.source):
        yield from _linked(found["path"], "link", cell.where)


def _linked(target: str, kind: Kind, where: Where) -> Iterator[Mention]:
    path = unquote(unescape(target)).partition("#")[0].partition("?")[0]
    if path and not re.match(r"[a-z][a-z0-9+.-]*:", path, re.IGNORECASE) and not path.startswith("//"):
        yield Mention(path, kind, "", where)


def _of_other_code(cell: Cell) -> Iterator[Mention]:
    for _, text in re.findall(r"(['\"])([^'\"\n]{1,200})\1", cell.source):
        if _may_be_path(text):
            yield Mention(text, "text", "", cell.where)


def _of_code(plain: PlainCell, where: Where, names: dict[str, str]) -> Iterator[Mention]:
    for magic in plain.magics:
        kind: Kind | None = {"run": "script", "load": "read", "writefile": "write"}.get(magic.name)  # type: ignore[assignment]
        words = [each for each in _words(magic.argument) if not each.startswith("-")]
        if kind and words:
            yield Mention(words[0], kind, f"%{magic.name}", where)
    for _, command in plain.shell:
        words = _words(command)
        for word in words if words and words[0] not in NO_READERS else ():
            if _may_be_path(word) and not word.startswith("-"):
                yield Mention(word, "text", "a shell command", where)
    if plain.tree is not None:
        yield from _of_tree(plain.tree, where, names)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _may_be_path(text: str) -> bool:
    return 0 < len(text) < LONGEST_PATH and "\n" not in text and "\0" not in text and "://" not in text


def _of_tree(tree: ast.Module, where: Where, names: dict[str, str]) -> Iterator[Mention]:
    """Walk the tree in the order of the source; the largest expression that is a path is taken whole."""
    waiting: list[tuple[ast.AST, str, Kind]] = [(tree, "", "text")]
    while waiting:
        node, by, kind = waiting.pop()
        if isinstance(node, ast.Assign):
            _remember(node, names)
        if isinstance(node, (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call)) or (by and isinstance(node, ast.Name)):
            path = _path_of(node, names)
            if path is not None:
                if _may_be_path(path) and path.strip("*./ "):
                    yield Mention(path, kind, by, where)
                continue
        if isinstance(node, ast.Call):
            waiting += reversed([*_parts_of_call(node, names)])
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):  # a docstring names no file
            keep: tuple[str, Kind] = (
                (by, kind) if isinstance(node, (ast.List, ast.Tuple, ast.Dict, ast.keyword)) else ("", "text")
            )
            waiting += [(child, *keep) for child in reversed([*ast.iter_child_nodes(node)])]


def _remember(node: ast.Assign, names: dict[str, str]) -> None:
    if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        path = _path_of(node.value, names)
        if path is not None and len(path) < LONGEST_PATH:
            names[node.targets[0].id] = path
        else:
            names.pop(node.targets[0].id, None)


def _parts_of_call(node: ast.Call, names: dict[str, str]) -> Iterator[tuple[ast.AST, str, Kind]]:
    name = _last_name(node.func)
    kind = _kind_of(node, name)
    if isinstance(node.func, ast.Attribute):
        base = _path_of(node.func.value, names)
        if base is not None and name in PATH_METHODS:
            yield _joined_pattern(node, base, names), name, kind
            return
        yield node.func.value, "", "text"
    else:
        yield node.func, "", "text"
    for each in (*node.args, *node.keywords):
        yield each, "" if name in NO_PATHS else name, "text" if name in NO_PATHS else kind


def _joined_pattern(node: ast.Call, base: str, names: dict[str, str]) -> ast.Constant:
    """Return the path that a ``Path`` method works on; ``glob``'s pattern is put to it."""
    name = _last_name(node.func)
    pattern = _path_of(node.args[0], names) if node.args and name in ("glob", "rglob") else None
    if pattern is not None:
        base = posixpath.join(base, "**" if name == "rglob" else "", pattern)
    return ast.Constant(base)


def _kind_of(node: ast.Call, name: str) -> Kind:
    if name in WRITERS:
        return "write"
    if name == "open":
        modes = [each.value for each in (*node.args[:2], *(each.value for each in node.keywords if each.arg == "mode"))
                 if isinstance(each, ast.Constant) and isinstance(each.value, str)]  # fmt: skip
        return "write" if any(re.fullmatch(r"[rbtU]*[wax][bt+]*", each) for each in modes) else "read"
    if name in FOLDER_READERS:
        return "folder"
    return "read" if name and name not in NO_PATHS else "text"


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _path_of(node: ast.AST, names: dict[str, str], depth: int = 0) -> str | None:
    """Return the path an expression stands for, with ``*`` for unknown parts of a text; None when it is no path."""
    if depth > DEEPEST:
        return None
    if isinstance(node, (ast.Constant, ast.Name)):
        value = names.get(node.id) if isinstance(node, ast.Name) else node.value
        return value if isinstance(value, str) else None
    if isinstance(node, ast.Attribute):
        base = _path_of(node.value, names, depth + 1)
        return posixpath.dirname(base) or "." if base is not None and node.attr == "parent" else None
    if isinstance(node, ast.JoinedStr):
        return _path_of_text(node, names, depth)
    if isinstance(node, ast.BinOp):
        return _path_of_operation(node, names, depth)
    return _path_of_call(node, names, depth) if isinstance(node, ast.Call) else None


def _path_of_text(node: ast.JoinedStr, names: dict[str, str], depth: int) -> str:
    parts = [each.value if isinstance(each, ast.FormattedValue) else each for each in node.values]
    known = [_path_of(each, names, depth + 1) for each in parts]
    return "".join("*" if each is None else each for each in known)


def _path_of_operation(node: ast.BinOp, names: dict[str, str], depth: int) -> str | None:
    left = _path_of(node.left, names, depth + 1)
    right = _path_of(node.right, names, depth + 1)
    if isinstance(node.op, ast.Div):
        return posixpath.join(left, "*" if right is None else right) if left is not None else None
    if isinstance(node.op, ast.Add) and (left is not None or right is not None):
        text = ("*" if left is None else left) + ("*" if right is None else right)
        return text if len(text) < LONGEST_PATH else None
    return None


SAME_PATH = {"str", "fspath", "abspath", "realpath", "normpath", "expanduser", "resolve", "absolute"}


def _path_of_call(node: ast.Call, names: dict[str, str], depth: int) -> str | None:
    name = _last_name(node.func)
    base = node.func.value if isinstance(node.func, ast.Attribute) else None
    if name in ("getcwd", "cwd"):
        return "."
    given = [_path_of(each, names, depth + 1) for each in node.args]
    if base is not None and (name == "joinpath" or (name in SAME_PATH and not given)):
        given = [_path_of(base, names, depth + 1), *given]
    if not given or given[0] is None:
        return None
    parts = [given[0], *("*" if each is None else each for each in given[1:])]
    if name == "dirname":
        return posixpath.dirname(parts[0]) or "."
    is_join = name == "join" and base is not None and _last_name(base) == "path"
    joins = name in ("Path", "PurePath", "PosixPath", "joinpath") or is_join
    return posixpath.join(*parts) if joins or (name in SAME_PATH and len(parts) == 1) else None
