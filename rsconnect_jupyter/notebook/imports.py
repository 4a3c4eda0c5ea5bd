"""What Python code imports, cell by cell: a cell that is no valid Python loses only itself.

Pure. Knows packages that are needed without being imported
(``read_parquet`` needs pyarrow): pandas and others import their engines when they are called.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from ..cpu_lock import one_at_a_time
from ..models import Where
from .ipython import Magic, PlainCell, parse_cell
from .path_expressions import last_name
from .reading import Notebook, once_per_notebook


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """One import, or one package that a call needs.

    Attributes:
        module: Dotted name as written (``google.cloud``). Empty for ``from . import x``.
        name: What is taken from it (``storage``), which may be a module too; empty for ``import x``.
        level: Number of leading dots of a relative import.
        optional: True when its failure is caught, or only type checkers run it.
        implied_by: The call or text that needs the package, without an import statement.
        instead: Packages that would do as well.
    """

    module: str
    name: str = ""
    level: int = 0
    where: Where | None = None
    optional: bool = False
    implied_by: str = ""
    instead: tuple[str, ...] = ()

    @property
    def full(self) -> str:
        """The longest dotted name that may be a module."""
        return f"{self.module}.{self.name}" if self.name and self.module else self.module or self.name


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """What a notebook or a module imports.

    Attributes:
        broken: Cells or files that could not be parsed; their import lines were read one by one.
        installs: ``(package words, place)`` of ``!pip install`` and ``%pip install``.
        names: Attributes and keyword arguments that are used, submodules that are imported, and databases that
            addresses name (``sqlite:``); with the first place.
    """

    imports: tuple[Imported, ...] = ()
    broken: tuple[Where, ...] = ()
    installs: tuple[tuple[str, Where], ...] = ()
    names: Mapping[str, Where] = msgspec.field(default_factory=dict)


@once_per_notebook
@one_at_a_time
def scan_notebook(notebook: Notebook) -> Scan:
    """Return what a Python notebook's code cells import; nothing for other languages."""
    if notebook.language != "python":
        return Scan()
    imports: list[Imported] = []
    broken: list[Where] = []
    installs: list[tuple[str, Where]] = []
    names: dict[str, Where] = {}
    for cell in notebook.code:
        plain = cell.plain
        imports += _imports_of(plain, cell.where)
        installs += [(words, cell.where) for words in _installs_of(plain)]
        for name in _names_in(plain.tree):
            names.setdefault(name, cell.where)
        if plain.tree is None:
            broken.append(Where(cell=cell.index, cell_id=cell.id, line=plain.error_line))
    return Scan(imports=tuple(imports), broken=tuple(broken), installs=tuple(installs), names=names)


def scan_python(plain: PlainCell, *, name: str) -> Scan:
    """Return what a Python file imports; `name` is what findings call it."""
    where = Where(file=name)
    broken = () if plain.tree is not None else (Where(file=name, line=plain.error_line),)
    names = dict.fromkeys(_names_in(plain.tree), where)
    return Scan(imports=tuple(_imports_of(plain, where)), broken=broken, names=names)


def _names_in(tree: ast.Module | None) -> Iterator[str]:
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := _DATABASE.match(node.value)):
            yield f"{found[1]}:"
        elif isinstance(node, ast.Import):
            yield from (part for each in node.names for part in each.name.split(".")[1:])
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (node.module or "").split(".")[1:]
            yield from (each.name for each in node.names)


_DATABASE = re.compile(r"(sqlite|duckdb|postgresql|mysql|mariadb|mssql|oracle|snowflake|bigquery)(?:\+\w+)?:")


def _imports_of(plain: PlainCell, where: Where) -> Iterator[Imported]:
    if plain.tree is None:
        yield from _import_lines(plain.python, where)
    else:
        yield from _from_tree(plain.tree, where)
    for magic in plain.magics:
        yield from _from_magic(magic, where)
    for _, command in plain.shell:
        yield from _from_command(command, where)


_IMPORT_LINE = re.compile(r"^[ \t]*((?:from[ \t]+[\w.]+[ \t]+)?import[ \t][\w.*, \t()]+)(?=[#;]|$)", re.MULTILINE)


def _import_lines(python: str, where: Where) -> Iterator[Imported]:
    for found in _IMPORT_LINE.finditer(python):
        line = found[1].strip()
        tree = parse_cell(line + ")" if line.count("(") > line.count(")") else line).tree
        if tree is not None:
            yield from _from_tree(tree, where)


def _from_tree(tree: ast.Module, where: Where) -> Iterator[Imported]:
    guarded = _guarded(tree)
    for node in ast.walk(tree):
        optional = id(node) in guarded
        if isinstance(node, ast.Import):
            for each in node.names:
                yield Imported(module=each.name, where=where, optional=optional)
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                name = "" if each.name == "*" else each.name
                yield Imported(module=node.module or "", name=name, level=node.level, where=where, optional=optional)
        elif isinstance(node, ast.Call):
            yield from _from_call(node, where)
        elif isinstance(node, (ast.Assign, ast.keyword)):
            yield from _plotting_backend(node, where)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _from_text(node.value, where)


_CATCHES = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


def _guarded(tree: ast.Module) -> set[int]:
    """Return the ids of import nodes whose failure is caught, or that only type checkers run."""
    nodes: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(_catches_import(each) for each in node.handlers):
            nodes += [*node.body, *node.handlers]
        elif isinstance(node, (ast.If, ast.With)) and _may_be_skipped(node):
            nodes += node.body
    inside = (each for node in nodes for each in ast.walk(node))
    return {id(each) for each in inside if isinstance(each, (ast.Import, ast.ImportFrom))}


def _may_be_skipped(node: ast.If | ast.With) -> bool:
    if isinstance(node, ast.If):
        return last_name(node.test) == "TYPE_CHECKING"
    return any(_suppresses_import(each.context_expr) for each in node.items)


def _catches_import(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or last_name(each) in _CATCHES for each in kinds)


def _suppresses_import(context: ast.expr) -> bool:
    if not isinstance(context, ast.Call) or last_name(context.func) != "suppress":
        return False
    return any(last_name(each) in _CATCHES for each in context.args)


IMPLIED_BY_CALL: dict[str, tuple[str, ...]] = {
    "read_parquet": ("pyarrow", "fastparquet"),
    "to_parquet": ("pyarrow", "fastparquet"),
    "read_feather": ("pyarrow",),
    "to_feather": ("pyarrow",),
    "read_orc": ("pyarrow",),
    "to_orc": ("pyarrow",),
    "read_excel": ("openpyxl", "python_calamine", "xlrd"),
    "to_excel": ("openpyxl", "xlsxwriter"),
    "ExcelFile": ("openpyxl", "python_calamine", "xlrd"),
    "ExcelWriter": ("openpyxl", "xlsxwriter"),
    "read_html": ("lxml", "bs4"),
    "read_xml": ("lxml",),
    "to_xml": ("lxml",),
    "read_hdf": ("tables",),
    "to_hdf": ("tables",),
    "HDFStore": ("tables",),
    "read_spss": ("pyreadstat",),
    "read_gbq": ("pandas_gbq",),
    "to_gbq": ("pandas_gbq",),
    "read_sql_table": ("sqlalchemy",),
    "to_markdown": ("tabulate",),
    "open_zarr": ("zarr",),
    "to_zarr": ("zarr",),
    "to_netcdf": ("netCDF4", "h5netcdf", "scipy"),
    "open_mfdataset": ("dask",),
    "write_image": ("kaleido",),
}
"""Call -> packages of which one is needed; the first one that is installed counts, else the first."""

IMPLIED_BY_ENGINE = {"pyarrow", "fastparquet", "openpyxl", "xlsxwriter", "xlrd", "odf", "pyxlsb", "numba", "numexpr",
                     "netcdf4", "h5netcdf", "zarr", "calamine", "lxml", "html5lib", "bs4"}  # fmt: skip
ENGINE_MODULES = {"calamine": "python_calamine", "netcdf4": "netCDF4"}

IMPLIED_BY_SCHEME = {
    "s3": ("s3fs",), "gs": ("gcsfs",), "gcs": ("gcsfs",), "abfs": ("adlfs",), "abfss": ("adlfs",), "az": ("adlfs",),
    "postgresql": ("psycopg2", "psycopg"), "postgresql+psycopg2": ("psycopg2",), "postgresql+psycopg": ("psycopg",),
    "postgresql+asyncpg": ("asyncpg",), "mysql": ("MySQLdb",), "mysql+pymysql": ("pymysql",),
    "mysql+mysqlconnector": ("mysql.connector",), "mssql+pyodbc": ("pyodbc",), "oracle": ("cx_Oracle",),
    "oracle+oracledb": ("oracledb",), "snowflake": ("snowflake.sqlalchemy",), "bigquery": ("sqlalchemy_bigquery",),
    "duckdb": ("duckdb_engine",),
}  # fmt: skip

_SCHEME = re.compile(r"([a-z][a-z0-9+]*)://\S", re.IGNORECASE)


def _from_call(node: ast.Call, where: Where) -> Iterator[Imported]:
    name = last_name(node.func)
    first = node.args[0] if node.args else None
    if name in ("import_module", "__import__", "run_module") and isinstance(first, ast.Constant):
        if isinstance(first.value, str) and first.value and not first.value.startswith("."):
            yield Imported(module=first.value, where=where)
        return
    model = _spacy_model(node)
    if model:
        yield Imported(module=model, where=where)
        return
    if name == "BeautifulSoup" and _parser(node):
        yield from _implied((_parser(node),), name, where)
    is_method = isinstance(node.func, ast.Attribute)
    if not is_method and not name.startswith(("read_", "to_", "Excel", "HDF")):
        return
    engine = _engine(node)
    if name in IMPLIED_BY_CALL and not engine:
        yield from _implied(IMPLIED_BY_CALL[name], name, where)
    elif engine:
        yield from _implied((ENGINE_MODULES.get(engine, engine),), f'engine="{engine}"', where)
    elif name == "background_gradient":
        yield from _implied(("matplotlib",), name, where)


def _plotting_backend(node: ast.Assign | ast.keyword, where: Where) -> Iterator[Imported]:
    """Yield what pandas plots with: ``pd.options.plotting.backend = "plotly"``, ``df.plot(backend="plotly")``."""
    names = [node.arg] if isinstance(node, ast.keyword) else [last_name(each) for each in node.targets]
    value = node.value.value if isinstance(node.value, ast.Constant) else None
    if "backend" in names and value in ("plotly", "hvplot", "holoviews"):
        yield from _implied((str(value),), f'backend="{value}"', where)


def _spacy_model(node: ast.Call) -> str:
    """Return the package that ``spacy.load("en_core_web_sm")`` imports; empty for any other call."""
    function = node.func
    if not isinstance(function, ast.Attribute) or not node.args:
        return ""
    if function.attr != "load" or last_name(function.value) != "spacy":
        return ""
    value = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
    return value if isinstance(value, str) and value.isidentifier() else ""


PARSERS = {"lxml": "lxml", "lxml-xml": "lxml", "xml": "lxml", "html5lib": "html5lib"}
"""Parser that ``BeautifulSoup`` is given -> module."""


def _parser(node: ast.Call) -> str:
    for each in (*node.args[1:2], *(each.value for each in node.keywords if each.arg == "features")):
        if isinstance(each, ast.Constant) and each.value in PARSERS:
            return PARSERS[each.value]
    return ""


def _engine(node: ast.Call) -> str:
    for each in node.keywords:
        if each.arg == "engine" and isinstance(each.value, ast.Constant) and each.value.value in IMPLIED_BY_ENGINE:
            return str(each.value.value)
    return ""


def _from_text(text: str, where: Where) -> Iterator[Imported]:
    found = _SCHEME.match(text)
    if found and found[1].lower() in IMPLIED_BY_SCHEME:
        yield from _implied(IMPLIED_BY_SCHEME[found[1].lower()], f"{found[1]}://", where)


def _implied(packages: tuple[str, ...], by: str, where: Where) -> Iterator[Imported]:
    yield Imported(module=packages[0], where=where, implied_by=by, instead=packages[1:])


BUILTIN_EXTENSIONS = {"autoreload", "storemagic"}
MATPLOTLIB_BACKENDS = {"widget": "ipympl", "ipympl": "ipympl"}
MAGIC_PACKAGES = {"matplotlib": "matplotlib", "R": "rpy2", "cython": "Cython", "memit": "memory_profiler",
                  "mprun": "memory_profiler", "lprun": "line_profiler"}  # fmt: skip


def _from_magic(magic: Magic, where: Where) -> Iterator[Imported]:
    words = magic.argument.split()
    if magic.name in ("load_ext", "reload_ext") and words and words[0] not in BUILTIN_EXTENSIONS:
        yield Imported(module=words[0].strip("\"'"), where=where)
    if magic.name == "run" and any(each.endswith(".ipynb") for each in words):
        yield from _implied(("nbformat",), "%run", where)
    if magic.name == "pylab":
        yield from _implied(("numpy",), "%pylab", where)
        yield from _implied(("matplotlib",), "%pylab", where)
    if magic.name in MAGIC_PACKAGES:
        yield from _implied((MAGIC_PACKAGES[magic.name],), f"%{magic.name}", where)
    if magic.name == "matplotlib" and words and words[0] in MATPLOTLIB_BACKENDS:
        yield from _implied((MATPLOTLIB_BACKENDS[words[0]],), f"%matplotlib {words[0]}", where)


_COMMAND = re.compile(r"(?:\S{1,300}\s{1,9}-m\s{1,9}(?P<module>[A-Za-z_][\w.]{0,100})|(?P<program>papermill))(?=\s|$)")


def _from_command(command: str, where: Where) -> Iterator[Imported]:
    """Yield what ``!python -m module`` runs, and the package of a program that runs notebooks."""
    found = _COMMAND.match(command)
    name = (found["module"] or found["program"]) if found else ""
    if name and name not in ("pip", "venv"):
        yield from _implied((name,), f"!{name}", where)


_INSTALL = re.compile(r"(?:^|\s)(?:pip3?|uv pip|conda|mamba|micromamba)\s+install\s+(?P<words>.+)")


def _installs_of(plain: PlainCell) -> Iterable[str]:
    for _, command in plain.shell:
        if found := _INSTALL.search(command):
            yield found["words"].strip()
    for magic in plain.magics:
        if magic.name in ("pip", "conda", "mamba", "uv") and magic.argument.startswith(("install ", "pip install ")):
            yield magic.argument.partition("install ")[2].strip()
