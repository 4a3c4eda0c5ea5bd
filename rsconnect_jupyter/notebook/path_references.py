"""Which files a notebook speaks of: paths in its code, its text, its magics and shell lines.

Paths are followed through what people really write, see `path_expressions`. Pure: whether such files exist is not
looked up.
"""

from __future__ import annotations

import ast
import posixpath
import re
import shlex
from collections.abc import Iterator
from typing import Literal
from urllib.parse import unquote

import msgspec

from ..models import Where
from ..translation import N_
from .ipython import PlainCell
from .path_expressions import LONGEST_PATH, Known, last_name, path_of
from .reading import Cell, Notebook, once_per_notebook

Kind = Literal["read", "write", "folder", "script", "image", "link", "text", "search"]
Use = tuple[str, Kind, str]

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
LONGEST_TEXT = 1_000_000
"""Characters of a cell's text that are searched."""

NO_PATHS = {"print", "display", "Markdown", "getLogger", "strftime", "replace", "split", "format", "join", "Path"}


class Mention(msgspec.Struct, frozen=True):
    """A path as written, relative to the notebook's folder.

    Attributes:
        text: ``/``-separated; ``*`` for parts that are not known.
        kind: What is done with it; ``text`` when that is not known, ``search`` for a folder put on ``sys.path``.
        by: The function or magic that takes it; empty when none does.
    """

    text: str
    kind: Kind
    by: str
    where: Where

    @property
    def use(self) -> Use:
        """The path and what is done with it, without the place."""
        return self.text, self.kind, self.by

    @property
    def runs(self) -> bool:
        """True when the path is a script or a notebook that the code runs, or reads to run it."""
        by_code = self.kind in ("script", "read") or bool(self.by and self.kind == "text")
        return by_code and self.text.endswith((".py", ".ipynb")) and not self.is_pattern

    @property
    def imports_beside(self) -> bool:
        """True when what runs imports from its own folder first: by ``%run``, or as a program of its own."""
        return self.by in ("%run", SHELL, *SHELL_CALLS, *PROCESS_CALLS)

    @property
    def is_pattern(self) -> bool:
        """True when parts of the path are not known."""
        return "*" in self.text or "?" in self.text


@once_per_notebook
def notebook_mentions(notebook: Notebook) -> tuple[Mention, ...]:
    """Return every path that a notebook's cells speak of, in order. Code of other languages gives its texts only."""
    known = Known()
    found: list[Mention] = []
    for cell in notebook.cells:
        if cell.type != "code":
            found += _of_text(cell)
        elif notebook.language == "python":
            found += _of_code(cell.plain, cell.where, known)
        else:
            found += _of_other_code(cell)
    return tuple(found)


def python_mentions(plain: PlainCell, *, name: str) -> tuple[Mention, ...]:
    """Return every path that a Python file speaks of; its ``__file__`` is `name`."""
    return tuple(_of_code(plain, Where(file=name), Known({"__file__": name})))


_LINK = re.compile(
    r"(?P<image>!?)\[(?:[^\]\[]|\[[^\]\[]{0,300}\]){0,500}\]"
    r"\(\s{0,9}(?:<(?P<bracketed>[^<>\n]{1,1000})>|(?P<path>[^()\s<>]{1,1000}(?:\([^()\s<>]{1,100}\)[^()\s<>]{0,300})?))(?=\s{0,9}\)|\s{1,9}[\"'(])"
)
_TAG = re.compile(r"<(?P<tag>\w{1,20})\b[^<>]{0,500}?\s(?:src|href)\s*=\s*[\"']?(?P<path>[^\"'\s>]+)", re.IGNORECASE)
_REFERENCE = re.compile(r"^ {0,3}\[[^\]\n]{1,999}\]:\s*<?(?P<path>[^\s>]+)", re.MULTILINE)
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
    source = cell.source[:LONGEST_TEXT]
    for found in _LINK.finditer(source):
        path = found["bracketed"] or found["path"]
        yield from linked(path, "image" if found["image"] else "link", cell.where)
    for found in _TAG.finditer(source):
        yield from linked(found["path"], "image" if found["tag"].lower() == "img" else "link", cell.where)
    for found in _REFERENCE.finditer(source):
        yield from linked(found["path"], "link", cell.where)


def linked(target: str, kind: Kind, where: Where) -> Iterator[Mention]:
    """Yield the local path of an address in text or HTML; nothing for another server's. Pure."""
    if "&" in target:
        from html import unescape  # noqa: PLC0415 - a table of two thousand names, for a few links

        target = unescape(target)
    path = unquote(target).partition("#")[0].partition("?")[0]
    if path and not re.match(r"[a-z][a-z0-9+.-]*:", path, re.IGNORECASE) and not path.startswith("//"):
        yield Mention(path, kind, "", where)


def _of_other_code(cell: Cell) -> Iterator[Mention]:
    for _, text in re.findall(r"(['\"])([^'\"\n]{1,200})\1", cell.source[:LONGEST_TEXT]):
        if _may_be_path(text):
            yield Mention(text, "text", "", cell.where)


SHELL = N_("a shell command")
SHELL_CALLS = {"system", "popen", "getoutput"}
PROCESS_CALLS = {"run", "Popen", "call", "check_call", "check_output"}
MAGIC_KINDS: dict[str, Kind] = {"run": "script", "load": "read", "loadpy": "read", "writefile": "write"}


def _of_code(plain: PlainCell, where: Where, known: Known) -> Iterator[Mention]:
    for magic in plain.magics:
        words = [each for each in _words(magic.argument) if not each.startswith("-")]
        if magic.name == "cd" and words:
            known.enter(words[0])
        elif magic.name in MAGIC_KINDS and words:
            is_script = magic.name in ("run", "load", "loadpy") and not posixpath.splitext(words[0])[1]
            text = known.seen_from_notebook(words[0] + (".py" if is_script else ""))  # as IPython does
            yield Mention(text, MAGIC_KINDS[magic.name], f"%{magic.name}", where)
    for _, command in plain.shell:
        for word in _shell_paths(command):
            yield Mention(known.seen_from_notebook(word), "text", SHELL, where)
    if plain.tree is not None:
        yield from _of_tree(plain.tree, where, known)


def _shell_paths(command: str) -> Iterator[str]:
    words = _words(command)
    for word in words if words and words[0] not in NO_READERS else ():
        if _may_be_path(word) and not word.startswith("-"):
            yield word


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _may_be_path(text: str) -> bool:
    return 0 < len(text) < LONGEST_PATH and "\n" not in text and "\0" not in text and "://" not in text


def _of_tree(tree: ast.Module, where: Where, known: Known) -> Iterator[Mention]:
    """Walk the tree in the order of the source; the largest expression that is a path is taken whole."""
    waiting: list[tuple[ast.AST, str, Kind]] = [(tree, "", "text")]
    while waiting:
        node, by, kind = waiting.pop()
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            known.remember(node)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from _imported_notebooks(node, where, known)
            continue
        if isinstance(node, _PATHS) or (by and isinstance(node, ast.Name)):
            path = path_of(node, known)
            if path is not None:
                for text in _shell_paths(path) if by in SHELL_CALLS else _meant_by(path, kind):
                    yield Mention(known.seen_from_notebook(text), kind, by, where)
                if by == "chdir":
                    known.enter(path)
                continue
        if isinstance(node, ast.Call):
            waiting += reversed([*_parts_of_call(node, known)])
        elif isinstance(node, ast.AugAssign) and _is_search_path(node.target):
            waiting.append((node.value, "sys.path", "search"))
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):  # a docstring names no file
            keep: tuple[str, Kind] = (
                (by, kind) if isinstance(node, (ast.List, ast.Tuple, ast.Dict, ast.keyword)) else ("", "text")
            )
            waiting += [(child, *keep) for child in reversed([*ast.iter_child_nodes(node)])]


def _imported_notebooks(node: ast.Import | ast.ImportFrom, where: Where, known: Known) -> Iterator[Mention]:
    """Yield the notebooks that an import may mean after ``import import_ipynb``, or by the package ``ipynb``."""
    names = [each.name for each in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    known.imports_notebooks |= "import_ipynb" in names
    for name in names:
        own = re.sub(r"^ipynb\.fs\.(?:full|defs)\.", "", name)
        if own != name or (known.imports_notebooks and name):
            path = known.seen_from_notebook(own.replace(".", "/") + ".ipynb")
            yield Mention(path, "text", "import", where)


_PATHS = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.Call, ast.Subscript)
_DATABASE = re.compile(r"(?:sqlite|duckdb)(?:\+\w+)?:///(?P<path>[^?]+)|file:(?!//)(?P<uri>[^?]+)\?")
_QUERY = re.compile(
    r"\b(?:from|join)\s{1,20}(?:read_\w{1,20}\(\s{0,20})?'(?P<path>[^'\n]{1,300}\.\w{1,10})'", re.IGNORECASE
)


def _meant_by(text: str, kind: Kind) -> Iterator[str]:
    """Yield the paths in a text: the file of a database's address, those that a query reads, else the text itself."""
    database = _DATABASE.match(text)
    if database:
        text = database["path"] or database["uri"]
    queried = [found["path"] for found in _QUERY.finditer(text)]
    for path in queried or [text]:
        if _may_be_path(path) and (path.strip("*./ ") or kind == "search"):
            yield path


def _is_search_path(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "path" and last_name(node.value) == "sys"


def _parts_of_call(node: ast.Call, known: Known) -> Iterator[tuple[ast.AST, str, Kind]]:
    name = last_name(node.func)
    kind = _kind_of(node, name)
    if isinstance(node.func, ast.Attribute):
        base = path_of(node.func.value, known)
        if base is not None and name in PATH_METHODS:
            yield _joined_pattern(node, base, known), name, kind
            return
        yield node.func.value, "", "text"
    else:
        yield node.func, "", "text"
    if name == "execute_notebook":  # papermill's: what to run, and where its outputs go
        yield from ((each, name, "script") for each in node.args[:1])
        yield from ((each, name, "write") for each in node.args[1:2])
        return
    for each in (*node.args, *node.keywords):
        yield each, "" if name in NO_PATHS else name, "text" if name in NO_PATHS else kind


def _joined_pattern(node: ast.Call, base: str, known: Known) -> ast.Constant:
    """Return the path that a ``Path`` method works on; ``glob``'s pattern is put to it."""
    name = last_name(node.func)
    pattern = path_of(node.args[0], known) if node.args and name in ("glob", "rglob") else None
    if pattern is not None:
        base = posixpath.join(base, "**" if name == "rglob" else "", pattern)
    return ast.Constant(base)


def _kind_of(node: ast.Call, name: str) -> Kind:
    if name in WRITERS:
        return "write"
    if name == "open":
        modes = [
            each.value
            for each in (*node.args[:2], *(each.value for each in node.keywords if each.arg == "mode"))
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        return "write" if any(re.fullmatch(r"[rbtU]*[wax][bt+]*", each) for each in modes) else "read"
    if name in FOLDER_READERS:
        return "folder"
    if name == "addsitedir" or (isinstance(node.func, ast.Attribute) and _is_search_path(node.func.value)):
        return "search"
    return "read" if name and name not in NO_PATHS else "text"
