"""Made-up notebooks for rehearsals: 60 that fail in a clean environment, each with its cell and cause, and 60 that run.

They are made from templates, one for each way to fail. What fails is written so that reading the code does not find it:
names are put together while the notebook runs. The packages are small ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Made:
    """One notebook.

    Attributes:
        cells: Its code cells.
        files: Path in its folder -> text.
        fails_in: Number of the cell that fails in a clean environment, 0-based; None for none.
        cause: What the sentence about the failure has; empty for a notebook that runs.
        mended: True when options can mend it.
    """

    name: str
    cells: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)
    fails_in: int | None = None
    cause: str = ""
    mended: bool = False


def hidden(name: str) -> str:
    """Return an expression of a text that reading the code does not find."""
    half = len(name) // 2
    return f"''.join(({name[:half]!r}, {name[half:]!r}))"


PACKAGES = {
    "yaml": "PyYAML", "httpx": "httpx", "itsdangerous": "itsdangerous", "mistune": "mistune", "rich": "rich",
    "joblib": "joblib", "fastjsonschema": "fastjsonschema", "jsonpointer": "jsonpointer", "json5": "json5",
    "pyparsing": "pyparsing", "sortedcontainers": "sortedcontainers", "more_itertools": "more-itertools",
    "webcolors": "webcolors", "tomlkit": "tomlkit", "filelock": "filelock", "cloudpickle": "cloudpickle",
}  # fmt: skip
"""Module -> package: installed where the notebooks are written, and not part of what a notebook always has."""

LATE = {
    "html-lxml": ("import bs4", "bs4.BeautifulSoup('<p>1', 'lx' + 'ml')", "lxml"),
    "html-html5lib": ("import bs4", "bs4.BeautifulSoup('<p>1', 'html5' + 'lib')", "html5lib"),
    "http2": ("import httpx", "httpx.Client(**{'http' + '2': True})", "h2"),
    "socks": ("import httpx", "httpx.Client(proxy='so' + 'cks5://localhost:1')", "socksio"),
}
"""Name -> import, the call that needs an extra, and the package that it names."""

FILES = ("sales.csv", "rows.txt", "data/areas.json", "data/2025/north.csv", "settings.toml", "a b.txt")


def failing() -> Iterator[Made]:
    """Yield the notebooks that fail, 60 of them."""
    templates: tuple[Callable[[], Iterator[Made]], ...] = (
        _missing_packages, _short_requirements, _missing_extras, _missing_modules, _missing_files, _widgets,
        _other_versions, _unfixable,
    )  # fmt: skip
    for each in templates:
        yield from each()


def _missing_packages() -> Iterator[Made]:
    for number, (module, package) in enumerate(PACKAGES.items()):
        before = tuple(f"rows = {index}" for index in range(number % 3))
        yield Made(
            name=f"package-{module}",
            cells=(*before, f"import importlib\nimportlib.import_module({hidden(module)})", "print('end')"),
            fails_in=len(before),
            cause=f"No module named '{module}'",
            mended=bool(package),
        )


def _short_requirements() -> Iterator[Made]:
    for module in [*PACKAGES][:8]:
        yield Made(
            name=f"requirements-{module}",
            cells=("import json", f"import {module}\nprint({module}.__name__)"),
            files={"requirements.txt": "ipykernel\n"},
            fails_in=1,
            cause=f"No module named '{module}'",
            mended=True,
        )


def _missing_extras() -> Iterator[Made]:
    for name, (importing, call, package) in LATE.items():
        cells = (importing, "rows = 2", call)
        yield Made(name=f"extra-{name}", cells=cells, fails_in=2, cause=package, mended=True)


def _missing_modules() -> Iterator[Made]:
    for number in range(9):
        module = f"helpers_{number}"
        call = "importlib.import_module" if number % 2 else "__import__"
        yield Made(
            name=f"module-{number}",
            cells=("import importlib\nrows = 3", f"tools = {call}({hidden(module)})\nprint(tools.rows({number}))"),
            files={f"{module}.py": "def rows(number):\n    return number + 1\n"},
            fails_in=1,
            cause=f"No module named '{module}'",
            mended=True,
        )


def _missing_files() -> Iterator[Made]:
    readers = ("print(open({}).read())", "import pathlib\nprint(pathlib.Path({}).read_text())")
    for number, path in enumerate((*FILES, *FILES[::2])):
        before = ("rows = 4", "print(rows)", "rows = 5")[: 2 if number < len(FILES) else 3]
        yield Made(
            name=f"file-{number}",
            cells=(*before, readers[number % 2].format(hidden(path))),
            files={path: "1,2\n3,4\n"},
            fails_in=len(before),
            cause=path,
            mended=True,
        )


def _widgets() -> Iterator[Made]:
    """Yield notebooks whose author used their widgets: in a run that nobody watches, they have no values."""
    yield Made(
        name="widget-not-chosen",
        cells=(
            "import ipywidgets\nchoice = ipywidgets.Dropdown(options=['north', 'south'], value=None)\nchoice",
            "rows = {'north': 1, 'south': 2}",
            "print(rows[choice.value])",
        ),
        fails_in=2,
        cause="KeyError: None",
    )
    yield Made(
        name="widget-not-clicked",
        cells=(
            "import ipywidgets\nbutton = ipywidgets.Button(description='Load')\nbutton",
            "button.on_click(lambda _button: globals().update(loaded=[1, 2]))",
            "print(len(loaded))",
        ),
        fails_in=2,
        cause="name 'loaded' is not defined",
    )


def _other_versions() -> Iterator[Made]:
    """Yield notebooks that need the author's version of a package, where the requirements bring another."""
    for module, old, use in (
        ("more_itertools", "8.0.0", "print(list(more_itertools.sliding_window(range(4), 2)))"),
        ("webcolors", "1.13", "print(webcolors.names('css3')[:1])"),
    ):
        yield Made(
            name=f"version-{module}",
            cells=(f"import {module}", use),
            files={"requirements.txt": f"ipykernel\n{PACKAGES[module]}=={old}\n"},
            fails_in=1,
            cause=f"module '{module}' has no attribute",
            mended=True,
        )


def _unfixable() -> Iterator[Made]:
    yield Made(name="variable-key", cells=("import os", f"os.environ[{hidden('REGION')}]"), fails_in=1, cause="REGION")
    yield Made(
        name="variable-getenv",
        cells=("import os", f"region = os.getenv({hidden('REGION')})\nregion.upper()"),
        fails_in=1,
        cause="'NoneType' object has no attribute 'upper'",
    )
    yield Made(name="order", cells=("1", "print(total)", "total = 3"), fails_in=1, cause="name 'total' is not defined")
    yield Made(
        name="order-function", cells=("print(add(1))", "def add(a):\n    return a"), fails_in=0, cause="name 'add'"
    )
    yield Made(
        name="outside-absolute",
        cells=("1", f"open({hidden('/srv/only-on-my-machine/outside.csv')}).read()"),
        fails_in=1,
        cause="outside.csv",
    )
    yield Made(
        name="outside-above", cells=("1", f"open({hidden('../outside.csv')}).read()"), fails_in=1, cause="outside.csv"
    )
    yield Made(
        name="question", cells=("1", "getattr(__builtins__, 'in' + 'put')('Region?')"), fails_in=1, cause="input"
    )
    yield Made(
        name="not-on-the-index",
        cells=("print(1)",),
        files={"requirements.txt": "ipykernel\nno-such-package-of-ours==9.9.9\n"},
        cause="no-such-package-of-ours",
    )
    yield Made(
        name="other-python",
        cells=("import sys", "assert sys.version_info >= (3, 99), 'needs Python 3.99'"),
        fails_in=1,
        cause="needs Python 3.99",
    )
    yield Made(
        name="home", cells=("import os", "open(os.path.expanduser('~/' + 'mine.txt'))"), fails_in=1, cause="mine"
    )


def running() -> Iterator[Made]:
    """Yield the notebooks that run, 60 of them."""
    for module in PACKAGES:
        yield Made(name=f"imports-{module}", cells=(f"import {module}", f"print({module}.__name__)"))
    for number, path in enumerate((*FILES, *FILES)):
        read = f"print(open({path!r}).read())" if number % 2 else f"import pathlib\npathlib.Path({path!r}).read_text()"
        yield Made(name=f"reads-{number}", cells=("rows = 1", read), files={path: "1,2\n3,4\n"})
    for number in range(8):
        files = {f"tools_{number}.py": f"def rows():\n    return {number}\n"}
        yield Made(name=f"uses-{number}", cells=(f"import tools_{number}", f"tools_{number}.rows()"), files=files)
    for number, module in enumerate([*PACKAGES][:8]):
        files = {"requirements.txt": f"ipykernel\n{PACKAGES[module]}\n"}
        yield Made(name=f"lists-{number}", cells=(f"import {module}",), files=files)
    for number, cell in enumerate(HARMLESS):
        yield Made(name=f"harmless-{number}", cells=("rows = [1, 2]", cell, "print('end')"))


HARMLESS = (
    "try:\n    import no_such_module\nexcept ImportError:\n    print('without')",
    "import os\nprint(os.environ.get('REGION', 'north'))",
    "try:\n    open('not-there.csv')\nexcept FileNotFoundError:\n    print('none')",
    "print('ModuleNotFoundError: No module named x')",
    "import warnings\nwarnings.warn('DeadKernelError')",
    "import sys\nprint('Traceback (most recent call last):', file=sys.stderr)",
    "import logging\nlogging.error('ValueError: only logged')",
    "%%time\nsum(range(1000))",
    "!echo done",
    "from IPython.display import HTML, display\ndisplay(HTML('<b>1</b>'))",
    "import pathlib\npathlib.Path('made.txt').write_text('1')\nprint(open('made.txt').read())",
    "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'print(1)'], capture_output=True).stdout)",
    "import asyncio\nawait asyncio.sleep(0)",
    "import tempfile\nwith tempfile.TemporaryFile() as file:\n    file.write(b'1')",
    "def add(a, b=2):\n    return a + b\nadd(1)",
    "import json, math, re, random\nrandom.seed(1)\nrandom.random()",
)
