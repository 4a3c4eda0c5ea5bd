"""Situations that people report in public (``tests/cases``), and more of each kind: what is sent, and what is said.

``tests/cases/environment.json`` is what a kernel with the notebooks' libraries answered, without its tests' extras.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rsconnect_jupyter.bundle.plan import BundlePlan, plan_bundle
from rsconnect_jupyter.errors import KernelError
from rsconnect_jupyter.models import Distribution, KernelEnvironment, Mode
from rsconnect_jupyter.notebook.analysis import analyse
from rsconnect_jupyter.notebook.reading import Notebook, read_notebook
from rsconnect_jupyter.preflight.checks import check

CASES = Path(__file__).parents[1] / "cases"
Plan = Callable[[Path], BundlePlan]


def environment() -> KernelEnvironment:
    kept = json.loads((CASES / "environment.json").read_text(encoding="utf-8"))
    distributions = [
        Distribution(
            name=each["name"],
            version=each["version"],
            requires=tuple(each["requires"]),
            optional=tuple(each["optional"]),
        )
        for each in kept["distributions"]
    ]
    return KernelEnvironment(
        kernel="viz",
        display_name="Viz",
        language="python",
        version=kept["version"],
        distributions=tuple(distributions),
        modules={name: tuple(owners) for name, owners in kept["modules"].items()},
    )


@pytest.fixture
def plan_of(monkeypatch: pytest.MonkeyPatch) -> Plan:
    kernel = environment()
    monkeypatch.setattr("rsconnect_jupyter.bundle.plan.inspect_kernel", lambda *_args, **_more: kernel)

    def planned(notebook: Path, mode: Mode = "jupyter-static") -> BundlePlan:
        return plan_bundle(analyse(notebook), root=notebook.parent, mode=mode)

    return planned


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str], Path]:
    """Return the notebook of a case in a folder of its own: ``22-pandas-plot/monthly.ipynb``."""

    def copy(name: str) -> Path:
        folder, _, notebook = name.partition("/")
        shutil.copytree(CASES / folder, tmp_path / folder)
        return tmp_path / folder / notebook

    return copy


def written(folder: Path, *sources: str, name: str = "more.ipynb") -> Path:
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"c{index}", "source": each, "metadata": {}, "outputs": [], "execution_count": None}
        for index, each in enumerate(sources)
    ]
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "viz"}}, "cells": cells}
    (folder / name).write_text(json.dumps(document))
    return folder / name


def names(plan: BundlePlan) -> set[str]:
    return {each.partition("==")[0].lower() for each in plan.requirements.lines}


REQUIRED = {
    "22-pandas-plot/monthly.ipynb": {"pandas", "matplotlib"},
    "23-pandas-style/table.ipynb": {"pandas", "jinja2"},
    "24-tqdm-notebook/loop.ipynb": {"tqdm", "ipywidgets"},
    "25-other-implied/trend.ipynb": {"plotly", "numpy", "statsmodels", "nbformat"},
    "25-other-implied/show.ipynb": {"plotly", "nbformat"},
    "25-other-implied/grid.ipynb": {"xarray", "h5netcdf", "h5py"},
    "25-other-implied/sheet.ipynb": {"polars", "fastexcel"},
    "25-other-implied/areas.ipynb": {"geopandas", "folium", "mapclassify", "matplotlib"},
    "26-dask-dataframe/frame.ipynb": {"dask", "numpy", "pandas", "pyarrow"},
    "28-psycopg-binary/database.ipynb": {"psycopg", "psycopg-binary"},
    "29-run-notebook/report.ipynb": {"altair", "pandas", "nbformat"},
    "29-run-notebook/report2.ipynb": {"altair", "pandas", "nbformat"},
    "29-run-notebook/report3.ipynb": {"altair", "pandas", "nbformat"},
    "31-papermill-child/driver.ipynb": {"altair", "pandas", "papermill"},
    "32-shell-script/report.ipynb": {"pandas"},
    "33-run-without-suffix/report.ipynb": {"numpy", "tabulate"},
    "38-pixi-pyproject/report.ipynb": {"pandas"},
    "39-uv-init-empty/report.ipynb": {"pandas"},
    "41-poetry/report.ipynb": {"pandas"},
    "42-conda-yml/report.ipynb": {"pandas"},
}


@pytest.mark.parametrize("case", REQUIRED)
def test_the_requirements_hold_what_the_code_needs(case: str, copied: Callable[[str], Path], plan_of: Plan) -> None:
    plan = plan_of(copied(case))
    assert names(plan) >= REQUIRED[case]
    assert plan.requirements.source == "imports"


MORE_REQUIRED = {
    "bar": ("import pandas as pd\npd.Series([1]).plot.bar()", {"pandas", "matplotlib"}),
    "boxplot": ("import pandas\npandas.DataFrame({'a': [1]}).boxplot()", {"pandas", "matplotlib"}),
    "style to html": ("import pandas as pd\npd.DataFrame().style.to_html()", {"pandas", "jinja2"}),
    "gradient": ("import pandas as pd\npd.DataFrame().style.background_gradient()", {"jinja2", "matplotlib"}),
    "trange": ("from tqdm.notebook import trange", {"tqdm", "ipywidgets"}),
    "autonotebook": ("from tqdm.auto import tqdm", {"tqdm", "ipywidgets"}),
    "dask array": ("import dask.array as da", {"dask", "numpy"}),
    "dask by from": ("from dask import dataframe", {"dask", "pandas", "pyarrow"}),
    "networkx": ("import networkx as nx\nnx.pagerank(g)", {"networkx", "numpy", "scipy"}),
    "plotly shown as a result": ("import plotly.graph_objects as go\ngo.Figure()", {"plotly", "nbformat"}),
    "pandas by plotly": (
        "import pandas as pd\npd.options.plotting.backend = 'plotly'\npd.Series([1]).plot()",
        {"pandas", "plotly", "nbformat", "numpy"},
    ),
    "duckdb": ("import duckdb\nduckdb.sql('select 1').pl()", {"duckdb", "polars", "pyarrow"}),
    "driver in the URL": (
        "import pandas as pd\npd.read_sql('q', 'postgresql+psycopg://h/d')",
        {"pandas", "psycopg", "psycopg-binary", "sqlalchemy"},
    ),
    "psycopg by from": ("from psycopg import connect", {"psycopg", "psycopg-binary"}),
}


@pytest.mark.parametrize("case", MORE_REQUIRED)
def test_more_that_the_code_needs(case: str, tmp_path: Path, plan_of: Plan) -> None:
    source, required = MORE_REQUIRED[case]
    assert names(plan_of(written(tmp_path, source))) >= required


BUNDLED = {
    "29-run-notebook/report.ipynb": {"setup.ipynb", "figures.csv"},
    "31-papermill-child/driver.ipynb": {"child.ipynb", "figures.csv"},
    "32-shell-script/report.ipynb": {"etl.py", "raw.csv", "settings.yml"},
    "33-run-without-suffix/report.ipynb": {"helpers.py"},
    "25-other-implied/grid.ipynb": {"grid.nc"},
    "46-path-in-config/report.ipynb": {"config.json"},
}


@pytest.mark.parametrize("case", BUNDLED)
def test_the_bundle_holds_what_runs_and_what_that_reads(
    case: str, copied: Callable[[str], Path], plan_of: Plan
) -> None:
    notebook = copied(case)
    assert {each.path for each in plan_of(notebook).files} == {notebook.name, "requirements.txt", *BUNDLED[case]}


LINES = {
    "34-constraints": ("numpy<2.4", "pandas<3.1", "ipykernel"),
    "36-uv-constraints": ("numpy<2.4", "pandas"),
    "35-constraints-url": ("-c https://raw.example.org/constraints-3.11.txt", "pandas", "ipykernel"),
    "40-uv-dev-group": ("pandas>=2",),
    "43-no-ipykernel": ("pandas",),
    "48-pep723": ("humanize==4.9.0",),
    "52-hashes-markers-extras": ("git+https://example.org/team/tool.git@v1.2#egg=tool", "ipykernel"),
}


@pytest.mark.parametrize("case", LINES)
def test_the_projects_own_list_is_sent_with_its_constraints(
    case: str, copied: Callable[[str], Path], plan_of: Plan
) -> None:
    plan = plan_of(copied(f"{case}/report.ipynb"))
    assert plan.requirements.source == "file"
    assert {*LINES[case]} <= {*plan.requirements.lines}
    assert not {each for each in plan.requirements.lines if each.startswith("pytz")}


def test_hashes_markers_and_extras_stay_as_they_are_written(copied: Callable[[str], Path], plan_of: Plan) -> None:
    notebook = copied("52-hashes-markers-extras/report.ipynb")
    assert plan_of(notebook).requirements.text == (notebook.parent / "requirements.txt").read_text()


def test_nested_files_are_included(copied: Callable[[str], Path], plan_of: Plan) -> None:
    notebook = copied("53-nested-requirements/report.ipynb")
    lines = {*plan_of(notebook).requirements.lines}
    nested = (notebook.parent / "pipelines" / "more.txt").read_text().split()
    assert {"ipykernel", *nested} <= lines


def test_the_python_of_a_script_block_reaches_the_server(copied: Callable[[str], Path], plan_of: Plan) -> None:
    plan = plan_of(copied("48-pep723/report.ipynb"))
    assert plan.manifest["environment"]["python"]["requires"] == ">=3.11"


SAID = {
    "37-find-links/report.ipynb": ("package-not-installable", "warning"),
    "38-pixi-pyproject/report.ipynb": ("requirements-empty", "info"),
    "39-uv-init-empty/report.ipynb": ("requirements-empty", "info"),
    "41-poetry/report.ipynb": ("project-file-not-used", "info"),
    "42-conda-yml/report.ipynb": ("conda-environment-not-used", "info"),
    "46-path-in-config/report.ipynb": ("file-not-in-bundle", "warning"),
    "47-environment-variable/report.ipynb": ("variable-not-set", "warning"),
    "49-spacy-model/words.ipynb": ("import-not-installed", "warning"),
}


@pytest.mark.parametrize("case", SAID)
def test_what_the_server_will_lack_is_said_before(case: str, copied: Callable[[str], Path], plan_of: Plan) -> None:
    found = check(plan_of(copied(case)))
    assert SAID[case] in [(each.code, each.severity) for each in found]


QUIET = [
    *(each for each in REQUIRED if each not in SAID and not each.startswith("25-other-implied/")),
    "40-uv-dev-group/report.ipynb",
    "43-no-ipykernel/report.ipynb",
]


@pytest.mark.parametrize("case", QUIET)
def test_a_notebook_that_has_all_it_needs_has_no_finding(
    case: str, copied: Callable[[str], Path], plan_of: Plan
) -> None:
    said = [each.code for each in check(plan_of(copied(case))) if each.severity in ("warning", "error")]
    assert set(said) - {"never-run", "cells-not-run"} == set()


@pytest.mark.parametrize("kernel", ["python", "pyodide", "colab", "no-such-kernel"])
def test_a_kernel_of_another_jupyter_can_be_replaced_by_one_click(kernel: str, tmp_path: Path) -> None:
    document = json.loads((CASES / "44-jupyterlite-kernel" / "lite.ipynb").read_text())
    document["metadata"]["kernelspec"]["name"] = kernel
    (tmp_path / "lite.ipynb").write_text(json.dumps(document))
    plan = plan_bundle(analyse(tmp_path / "lite.ipynb"), root=tmp_path, mode="jupyter-static")
    (found,) = [each for each in plan.findings if each.code == "kernel-not-installed"]
    assert found.fix is not None
    assert (found.fix.action, found.fix.value) == ("set-kernel", "python3")
    assert KernelError.__name__ not in found.message


@pytest.mark.parametrize("name", ["report.md", "report.py"])
def test_text_notebooks_are_published_like_notebooks(name: str, copied: Callable[[str], Path], plan_of: Plan) -> None:
    plan = plan_of(copied(f"45-jupytext/{name}"))
    assert [each.path for each in plan.files] == ["report.ipynb", "requirements.txt"]
    assert plan.notebook.title == "Report"


def test_odd_names_reach_the_bundle(tmp_path: Path, plan_of: Plan) -> None:
    for name in ("data #1.csv", "my pic.png"):
        (tmp_path / name).write_bytes(b"1")
    notebook = written(tmp_path, "open('data #1.csv').read()", name="Q3 results #2 (draft) 100% & más.ipynb")
    document = json.loads(notebook.read_text())
    text = '![p](<my pic.png>) ![r](my%20pic.png) <img src="my pic.png" width=20>'
    document["cells"].insert(0, {"cell_type": "markdown", "id": "m", "metadata": {}, "source": text})
    notebook.write_text(json.dumps(document))
    assert {each.path for each in plan_of(notebook).files} >= {notebook.name, "data #1.csv", "my pic.png"}


TITLES = {
    "title0": "R&D results — 2024",
    "title1": "1. Introduction",
    "title2": r"Decay of $\alpha$ and $\beta_1$",
    "title3": ":bar_chart: Sales",
    "title4": "Sales",
    "title5": "Sales",
    "title6": "A_b and C*d",
    "front0": "A title in two lines",
    "front1": "Sales: north",
    "front2": "Real title",
    "front3": "It's done",
}


@pytest.mark.parametrize("name", TITLES)
def test_titles(name: str) -> None:
    read: Notebook = read_notebook(CASES / "54-titles" / f"{name}.ipynb")
    assert read.title == TITLES[name]
