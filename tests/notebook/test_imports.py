"""The import scan survives IPython, broken cells, and finds what is imported late or not at all."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from rsconnect_jupyter.models import Where
from rsconnect_jupyter.notebook.imports import Imported, scan_notebook
from rsconnect_jupyter.notebook.ipython import parse_cell, syntax_tree
from rsconnect_jupyter.notebook.modules import import_files, owners_of
from rsconnect_jupyter.notebook.reading import Cell, Notebook, read_notebook

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def modules_of(*sources: str) -> set[str]:
    cells = tuple(Cell(index=index, source=each) for index, each in enumerate(sources))
    return {each.full for each in scan_notebook(Notebook(path=Path("n.ipynb"), cells=cells)).imports}


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("%matplotlib inline\nimport numpy as np", {"numpy", "matplotlib"}),
        ("%%time\nimport pandas", {"pandas"}),
        ("%%capture out\n%%time\nimport pandas", {"pandas"}),
        ("%%timeit import numpy\nnumpy.pi", {"numpy"}),
        ("%%bash\nimport nothing", set()),
        ("%%html\n<script>import x from 'y'</script>", set()),
        ("%%writefile a.py\nimport nothing", set()),
        ("!pip install x\nimport a", {"a"}),
        ("!ls \\\n  -la\nimport a", {"a"}),
        ("files = !ls\nimport a", {"a"}),
        ("value = %env HOME\nimport a", {"a"}),
        ("a, b = !two\nimport c", {"c"}),
        ("a.b?\nimport c", {"c"}),
        ("??a.b\nimport c", {"c"}),
        ("print?\nimport c", {"c"}),
        ("%timeit -n 10 -r 3 import scipy", {"scipy"}),
        ("if True:\n    %time import dask\n    !ls\nimport b", {"dask", "b"}),
        ("await thing()\nasync with x:\n    import a", {"a"}),
        ("text = '''\n%not a magic\n!nor a command\nimport nothing?\n'''\nimport a\n!ls", {"a"}),
        ("value = (1\n% 2)\nimport a\n!ls", {"a"}),
        ("x = 1 \\\n% 2\nimport a\n!ls", {"a"}),
        ("s = 'it''s' # !don't\nimport a\n!ls", {"a"}),
        (">>> import a\n>>> a.b()", {"a"}),
        ("    import a\n    x = 1", {"a"}),
        ("pip install x\nimport a", {"a"}),
        ("for in x\nimport a\nfrom b.c import d", {"a", "b.c.d"}),
        ("print 'old'\nimport a, b as c", {"a", "b"}),
        ("%load_ext sql\n%load_ext autoreload", {"sql"}),
        ("%matplotlib widget", {"matplotlib", "ipympl"}),
        ("%pylab inline", {"numpy", "matplotlib"}),
        ("def f():\n    import a\n    class C:\n        from b import c", {"a", "b.c"}),
        ("__import__('a.b')\nimport importlib\nimportlib.import_module('c')", {"importlib", "a.b", "c"}),
        ("import_module('')\nimport_module('.a', 'b')\nimport_module(name)", set()),
        ("BeautifulSoup(page, 'html.parser')\nBeautifulSoup(page, features=parser)\nBeautifulSoup(page)", set()),
        ("from . import x\nfrom .y import z", {"x", "y.z"}),
        ("", set()),
        ("\0", set()),
        ("%", set()),
        ("%%", set()),
        ("!", set()),
        ("?", set()),
        ("import a\r\n!ls\r\nimport b\r\n", {"a", "b"}),
    ],
)
def test_scan(source: str, modules: set[str]) -> None:
    assert modules_of(source) == modules


def test_a_broken_cell_loses_only_itself() -> None:
    read = read_notebook(NOTEBOOKS / "broken-cell.ipynb")
    scan = scan_notebook(read)
    assert {each.module for each in scan.imports} == {"numpy", "pandas"}
    assert [each.cell for each in scan.broken] == [1]


def test_every_import_knows_its_cell() -> None:
    scan = scan_notebook(read_notebook(NOTEBOOKS / "magics.ipynb"))
    places = {each.module: each.where.cell for each in scan.imports if each.where}
    assert places["numpy"] == 1
    assert places["pandas"] == 2
    assert places["requests"] == 4
    assert places["scipy"] == 6
    assert "nothing" not in places
    assert "not_counted" not in places


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    import a\nexcept ImportError:\n    import a",
        "try:\n    import a\nexcept (KeyError, ModuleNotFoundError):\n    pass",
        "try:\n    import a\nexcept:\n    pass",
        "from contextlib import suppress\nwith suppress(ImportError):\n    import a",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a",
    ],
)
def test_guarded_imports_are_optional(source: str) -> None:
    cells = (Cell(index=0, source=source),)
    imports = [each for each in scan_notebook(Notebook(path=Path("n"), cells=cells)).imports if each.module == "a"]
    assert imports
    assert all(each.optional for each in imports)


def test_an_import_whose_failure_matters_is_not_optional() -> None:
    cells = (Cell(index=0, source="try:\n    import a\nexcept ValueError:\n    pass"),)
    assert not scan_notebook(Notebook(path=Path("n"), cells=cells)).imports[0].optional


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        ("pd.read_parquet('x')", "pyarrow"),
        ("df.to_parquet('x', engine='fastparquet')", "fastparquet"),
        ("df.to_excel('x')", "openpyxl"),
        ("pd.read_excel('x', engine='calamine')", "python_calamine"),
        ("pd.read_csv('s3://bucket/key.csv')", "s3fs"),
        ("create_engine('postgresql://u@h/d')", "psycopg2"),
        ("create_engine('mysql+pymysql://u@h/d')", "pymysql"),
        ("pd.read_html(url)", "lxml"),
        ("BeautifulSoup(page, 'lxml')", "lxml"),
        ("BeautifulSoup(page, features='html5lib')", "html5lib"),
        ("runpy.run_module('tool')", "tool"),
        ("df.to_markdown()", "tabulate"),
        ("pd.HDFStore('x')", "tables"),
    ],
)
def test_packages_that_calls_need(source: str, needed: str) -> None:
    assert needed in modules_of(source)


def test_a_comment_needs_nothing() -> None:
    assert modules_of("# df.to_excel('x')\nx = 'read_parquet'") == set()


def test_installs_are_noticed() -> None:
    scan = scan_notebook(read_notebook(NOTEBOOKS / "installs.ipynb"))
    assert sorted(words for words, _ in scan.installs) == ["-q seaborn", "lifelines==0.27"]


def test_lines_keep_their_numbers() -> None:
    plain = parse_cell("!ls \\\n  -la\n\nimport a")
    assert plain.tree is not None
    assert plain.tree.body[-1].lineno == 4


def test_other_languages_import_nothing() -> None:
    assert scan_notebook(read_notebook(NOTEBOOKS / "r-kernel.ipynb")).imports == ()


MODULES = {
    "google": ("google-cloud-storage", "google-api-core", "protobuf"),
    "google.cloud": ("google-cloud-storage", "google-cloud-bigquery"),
    "google.cloud.storage": ("google-cloud-storage",),
    "google.cloud.bigquery": ("google-cloud-bigquery",),
    "google.protobuf": ("protobuf",),
    "google.api_core": ("google-api-core",),
    "cv2": ("opencv-python", "opencv-python-headless"),
    "sklearn": ("scikit-learn",),
    "mpl_toolkits": ("matplotlib",),
    "mpl_toolkits.mplot3d": ("matplotlib",),
}


@pytest.mark.parametrize(
    ("module", "name", "owners"),
    [
        ("google.cloud.storage", "", ("google-cloud-storage",)),
        ("google.cloud", "storage", ("google-cloud-storage",)),
        ("google.cloud.storage.client", "Client", ("google-cloud-storage",)),
        ("google.protobuf", "message", ("protobuf",)),
        ("google", "", ()),
        ("google.cloud", "", ()),
        ("google.cloud", "vision", None),
        ("google.colab", "drive", None),
        ("sklearn.tree", "DecisionTreeClassifier", ("scikit-learn",)),
        ("cv2", "", ("opencv-python", "opencv-python-headless")),
        ("mpl_toolkits.mplot3d", "Axes3D", ("matplotlib",)),
        ("unknown", "", None),
    ],
)
def test_namespace_packages_resolve_to_their_own_distribution(
    module: str, name: str, owners: tuple[str, ...] | None
) -> None:
    assert owners_of(Imported(module=module, name=name), MODULES) == owners


@pytest.mark.parametrize(
    ("imported", "files"),
    [
        (Imported(module="a.b"), ["a/__init__.py", "a/b.py"]),
        (Imported(module="b", level=1), ["a/b.py"]),
        (Imported(module="c", level=2), ["c.py"]),
        (Imported(module="c", level=3), []),
        (Imported(module="a/b"), []),
    ],
    ids=["absolute", "relative", "from above", "above the notebook", "no name"],
)
def test_an_import_runs_the_files_on_its_way(tmp_path: Path, imported: Imported, files: list[str]) -> None:
    (tmp_path / "a").mkdir()
    for each in ("a/__init__.py", "a/b.py", "c.py"):
        (tmp_path / each).touch()
    found = import_files(imported, package=tmp_path / "a", folder=tmp_path)
    assert [each.relative_to(tmp_path).as_posix() for each in found] == files


def test_garbage_that_parses_meanwhile_does_no_harm() -> None:
    """As a traceback does that is logged when its task is collected: CPython 3.11.7 calls that an error."""

    class Garbage:
        def __init__(self) -> None:
            self.circle = self

        def __del__(self) -> None:
            deep(20)

    def deep(levels: int) -> None:
        deep(levels - 1) if levels else ast.parse("x")

    code = "\n".join(f"value_{number} = f({number}, [a, b])" for number in range(1000))
    for _ in range(20):
        Garbage()
        assert syntax_tree(code)[0] is not None


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import importlib\nimportlib.import_module('.near')\nimportlib.import_module(name)", {"importlib"}),
        ("pd.DataFrame().style.background_gradient()", {"matplotlib"}),
        ("df.to_excel('a.xlsx', engine='xlsxwriter')", {"xlsxwriter"}),
        ("df.plot(backend='plotly')\nother.options.plotting.backend = 'unknown'", {"plotly"}),
        ("spacy.load(name)\njson.load('x')", set()),
        ("BeautifulSoup(text, features='html5lib')\nBeautifulSoup(text, 'html.parser')", {"html5lib"}),
    ],
    ids=["not known", "gradient", "engine", "plots", "no model", "parser"],
)
def test_calls_that_need_a_package(source: str, modules: set[str]) -> None:
    assert modules_of(source) == modules


def test_files_of_an_import_that_leads_out_are_none(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    where = Where()
    assert list(import_files(Imported(module="x", level=3, where=where), tmp_path / "a", tmp_path)) == []
    assert list(import_files(Imported(module="no-name", where=where), tmp_path, tmp_path)) == []
