"""Packages that the author adds to the requirements, and findings about those that may be missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from rsconnect_jupyter.models import Distribution, Finding, KernelEnvironment, Requirements
from rsconnect_jupyter.notebook.analysis import NotebookAnalysis
from rsconnect_jupyter.notebook.reading import Cell, Notebook
from rsconnect_jupyter.publishing.option_values import read_options
from rsconnect_jupyter.requirements.python_version import python_constraint
from rsconnect_jupyter.requirements.script_block import script_python
from rsconnect_jupyter.requirements.selection import choose_requirements
from rsconnect_jupyter.requirements.unlisted import unlisted_packages

DISTRIBUTIONS = (
    Distribution(name="pandas", version="3.0.2", optional=('matplotlib>=3.9; extra == "plot"',)),
    Distribution(name="matplotlib", version="3.10.0"),
    Distribution(name="openpyxl", version="3.1.5"),
    Distribution(name="Jinja2", version="3.1.4"),
    Distribution(name="psycopg2", version="2.9"),
    Distribution(name="SQLAlchemy", version="2.0", optional=('psycopg2; extra == "postgresql"',)),
    Distribution(name="xarray", version="2025.1"),
    Distribution(name="scipy", version="1.15"),
    Distribution(name="h5netcdf", version="1.6"),
    Distribution(name="ipykernel", version="7.1.0"),
)
ENVIRONMENT = KernelEnvironment(
    kernel="python3",
    display_name="Python 3",
    language="python",
    version="3.11.7",
    distributions=DISTRIBUTIONS,
    modules={each.name.lower(): (each.name,) for each in DISTRIBUTIONS},
)


def analysed(folder: Path, source: str = "import pandas as pd") -> NotebookAnalysis:
    return NotebookAnalysis(notebook=Notebook(path=folder / "report.ipynb", cells=(Cell(index=0, source=source),)))


def choose(folder: Path, additions: Sequence[str], choice: str = "auto") -> Requirements:
    return choose_requirements(analysed(folder), ENVIRONMENT, root=folder, choice=choice, additions=additions)


ADDED = {
    "a name gets the kernel's version": (["openpyxl"], ("ipykernel==7.1.0", "pandas==3.0.2", "openpyxl==3.1.5")),
    "one that is listed stays": (["Pandas"], ("ipykernel==7.1.0", "pandas==3.0.2")),
    "a version replaces": (["pandas<3"], ("ipykernel==7.1.0", "pandas<3")),
    "an extra replaces": (["pandas[plot]"], ("ipykernel==7.1.0", "pandas[plot]")),
    "one that is not installed": (["polars"], ("ipykernel==7.1.0", "pandas==3.0.2", "polars")),
    "the last one counts": (["polars==1", "polars==2"], ("ipykernel==7.1.0", "pandas==3.0.2", "polars==2")),
}


@pytest.mark.parametrize("case", ADDED)
def test_additions_to_a_list_from_the_imports(case: str, tmp_path: Path) -> None:
    additions, lines = ADDED[case]
    found = choose(tmp_path, additions)
    assert found.lines == lines
    assert [each for each in found.text.splitlines() if not each.startswith("#")] == list(lines)


def test_additions_to_a_file_leave_its_other_lines_as_they_are(tmp_path: Path) -> None:
    text = "# ours\npandas==3.0.2 \\\n    --hash=sha256:00\nsix  # small\n"
    (tmp_path / "requirements.txt").write_text(text)
    found = choose(tmp_path, ["pandas<3", "openpyxl"])
    assert found.text == "# ours\nsix  # small\npandas<3\nopenpyxl\n"
    assert found.lines == ("six", "pandas<3", "openpyxl")


def test_a_finished_document_installs_nothing_whatever_is_added(tmp_path: Path) -> None:
    found = choose_requirements(analysed(tmp_path), ENVIRONMENT, root=tmp_path, mode="static", additions=["openpyxl"])
    assert found.source == "none"


@pytest.mark.parametrize("line", ["two words", "-r more.txt", "==1.2", "../local"])
def test_what_is_no_line_of_pips_is_left_out_with_a_finding(line: str, tmp_path: Path) -> None:
    found = choose(tmp_path, [line, "openpyxl"])
    assert [each.code for each in found.findings] == ["requirement-malformed"]
    assert line not in found.text
    assert "openpyxl==3.1.5" in found.lines


def maybe(
    source: str,
    listed: Sequence[str],
    *,
    origin: str | None = "requirements.txt",
    environment: KernelEnvironment = ENVIRONMENT,
) -> list[Finding]:
    requirements = Requirements(source="file" if origin else "imports", lines=tuple(listed), origin=origin)
    analysis = analysed(Path("/project"), source)
    return list(unlisted_packages(analysis, environment, requirements, modules=(), pickles={}))


MAYBE = {
    "plot": ("import pandas as pd\ndf.plot()", ["pandas"], "matplotlib"),
    "style": ("import pandas as pd\ndf.style", ["pandas"], "Jinja2"),
    "read_excel": ("import pandas as pd\npd.read_excel('a.xlsx')", ["pandas"], "openpyxl"),
    "an address": ("import pandas as pd\npd.read_sql('q', 'postgresql://h/d')", ["pandas", "sqlalchemy"], "psycopg2"),
    "one of several": ("import xarray as xr\nxr.open_dataset('a.nc')", ["xarray"], "h5netcdf"),
}


@pytest.mark.parametrize("case", MAYBE)
def test_what_a_file_lacks_for_a_use_can_be_added_with_one_click(case: str) -> None:
    source, listed, package = MAYBE[case]
    found = maybe(source, listed)
    assert [(each.code, each.fix and each.fix.action, each.fix and each.fix.value) for each in found] == [
        ("maybe-missing", "add-requirement", [package])
    ]
    assert maybe(source, [*listed, package]) == []


def test_one_listed_alternative_is_enough() -> None:
    assert maybe("import xarray as xr\nxr.open_dataset('a.nc')", ["xarray", "scipy"]) == []


ENGINE = "import sqlalchemy, os\nsqlalchemy.create_engine("


@pytest.mark.parametrize("origin", ["requirements.txt", None])
def test_a_driver_that_only_the_address_names_is_offered(origin: str | None) -> None:
    found = maybe(ENGINE + "os.environ['DATABASE'])", ["sqlalchemy"], origin=origin)
    assert [(each.code, each.severity, each.fix and each.fix.value) for each in found] == [
        ("maybe-missing", "info", ["psycopg2"])
    ]


@pytest.mark.parametrize("address", ["'sqlite:///sales.db'", "f'sqlite:///{path}'"])
def test_no_driver_is_offered_for_an_address_in_the_code(address: str) -> None:
    assert maybe(ENGINE + address + ")", ["sqlalchemy"]) == []


def test_nothing_is_offered_that_is_not_installed_or_known() -> None:
    without = tuple(each for each in DISTRIBUTIONS if each.name != "psycopg2")
    engine = ENGINE + "os.environ['DATABASE'])"
    assert maybe(engine, ["sqlalchemy"], environment=replace(ENVIRONMENT, distributions=without)) == []
    unknown = replace(ENVIRONMENT, distributions=())
    assert maybe("import pandas as pd\ndf.plot()", ["pandas"], environment=unknown) == []


def test_what_only_the_running_kernel_says_is_offered() -> None:
    found = maybe("import pandas", ["pandas"], environment=replace(ENVIRONMENT, loaded=("pandas", "openpyxl")))
    assert [(each.code, each.fix and each.fix.value) for each in found] == [("maybe-missing", ["openpyxl"])]


POETRY = '[tool.poetry]\nname = "c"\n[tool.poetry.dependencies]\npython = "^3.11"\npandas = "^3"\n'
NOT_USED = {
    "Poetry": ("pyproject.toml", POETRY),
    "Pipenv": ("Pipfile", "[packages]\npandas = '*'\n"),
    "pixi": ("pixi.toml", "[dependencies]\npandas = '*'\n"),
}


@pytest.mark.parametrize("tool", NOT_USED)
def test_a_project_of_another_tool_falls_back_to_the_imports_and_says_so(tool: str, tmp_path: Path) -> None:
    name, text = NOT_USED[tool]
    (tmp_path / name).write_text(text)
    found = choose(tmp_path, [])
    assert found.lines == ("ipykernel==7.1.0", "pandas==3.0.2")
    assert [(each.code, each.severity, tool in each.message) for each in found.findings] == [
        ("project-file-not-used", "info", True)
    ]


@pytest.mark.parametrize("text", ['[tool.poetry]\nname = "c"\n', '[tool.poetry.dependencies]\npython = "^3.11"\n'])
def test_a_project_that_lists_nothing_for_poetry_says_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert choose(tmp_path, []).findings == ()


def test_poetry_projects_with_a_standard_list_are_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "c"\ndependencies = ["pandas>=3"]\n{POETRY}')
    assert replace(choose(tmp_path, []), text="").lines == ("pandas>=3",)


def test_the_python_of_a_script_block_comes_before_the_folders(tmp_path: Path) -> None:
    (tmp_path / ".python-version").write_text("3.10\n")
    block = '# /// script\n# requires-python = ">=3.12"\n# dependencies = ["pandas"]\n# ///\nimport pandas'
    own = script_python(analysed(tmp_path, block).notebook)
    assert python_constraint(tmp_path, own=own)[0] == ">=3.12"
    assert python_constraint(tmp_path, own=script_python(analysed(tmp_path).notebook))[0] == "~=3.10.0"


def test_a_url_is_remembered_and_sent_without_its_login() -> None:
    options = read_options({"add_requirements": ["tool @ https://ana:hush-hush@example.org/tool.whl"]})
    assert options.add_requirements == ("tool @ https://example.org/tool.whl",)
