"""Packages that are needed without being imported: each as people report it, from the kernel's own metadata."""

from __future__ import annotations

from pathlib import Path

import pytest

from rsconnect_jupyter.kernel.environment import inspect_kernel
from rsconnect_jupyter.models import Distribution, KernelEnvironment
from rsconnect_jupyter.notebook.analysis import NotebookAnalysis
from rsconnect_jupyter.notebook.reading import Cell, Notebook
from rsconnect_jupyter.requirements.pickled_objects import pickled_modules
from rsconnect_jupyter.requirements.selection import choose_requirements

EXTRAS = {
    "pandas": ('matplotlib>=3.9; extra == "plot"', 'pytest>=8; extra == "test"', 'lxml>=5; extra == "html"'),
    "tqdm": ("== nothing; extra == 'notebook'", 'ipywidgets>=6; extra == "notebook"', 'pytest>=6; extra == "dev"'),
    "dask": (
        'numpy>=1.24; extra == "array"',
        'dask[array]; extra == "dataframe"',
        'pandas>=2.0; extra == "dataframe"',
        'pyarrow>=14.0.1; extra == "dataframe"',
        'bokeh>=3; extra == "diagnostics"',
    ),
    "psycopg": (
        'psycopg-binary==3.2.3; implementation_name != "pypy" and extra == "binary"',
        'psycopg-c==3.2.3; extra == "c"',
        'psycopg-pool; extra == "pool"',
    ),
    "jax": ('jax-cuda12-plugin[with-cuda]<=0.5; extra == "cuda12"', 'kubernetes; extra == "k8s"'),
    "plotly": ('numpy; extra == "express"', 'kaleido>=1; extra == "kaleido"'),
    "networkx": ('numpy>=1; extra == "default"', 'matplotlib>=3; extra == "default"'),
    "uvicorn": ('httptools; extra == "standard"', 'numpy; extra == "standard"'),
    "xarray": ('netCDF4; extra == "io"', 'scipy; extra == "io"', 'matplotlib; extra == "viz"'),
}
PLAIN = (
    "bokeh", "fastexcel", "folium", "geopandas", "h5netcdf", "ipykernel", "ipywidgets", "jax-cuda12-plugin", "Jinja2",
    "kubernetes", "lxml", "mapclassify", "matplotlib", "nbformat", "numpy", "polars", "psycopg-binary", "pyarrow",
    "pytest", "scikit-learn", "statsmodels",
)  # fmt: skip
NAMES = (*EXTRAS, *PLAIN)
ENVIRONMENT = KernelEnvironment(
    kernel="viz",
    display_name="Viz",
    language="python",
    version="3.11.7",
    distributions=tuple(Distribution(name=each, version="1", optional=EXTRAS.get(each, ())) for each in NAMES),
    modules={**{each.lower().replace("-", "_"): (each,) for each in NAMES}, "sklearn": ("scikit-learn",)},
)


def needed(source: str) -> set[str]:
    """Return the names that the requirements of one cell have besides ipykernel."""
    notebook = Notebook(path=Path("/project/report.ipynb"), cells=(Cell(index=0, source=source),))
    lines = choose_requirements(
        NotebookAnalysis(notebook=notebook), ENVIRONMENT, root=notebook.folder, choice="imports"
    ).lines
    return {each.partition("==")[0] for each in lines} - {"ipykernel"}


REPORTED = {
    "pandas plot": ("import pandas as pd\npd.DataFrame().plot(x='month', y='eur')", {"pandas", "matplotlib"}),
    "pandas plot.bar": ("import pandas as pd\npd.DataFrame().plot.bar()", {"pandas", "matplotlib"}),
    "pandas hist": ("import pandas as pd\npd.Series([1]).hist()", {"pandas", "matplotlib"}),
    "pandas style": ("import pandas as pd\npd.DataFrame().style.hide(axis='index')", {"pandas", "Jinja2"}),
    "tqdm notebook": ("from tqdm.notebook import tqdm", {"tqdm", "ipywidgets"}),
    "tqdm auto": ("from tqdm.auto import tqdm", {"tqdm", "ipywidgets"}),
    "tqdm function": ("from tqdm import tqdm_notebook", {"tqdm", "ipywidgets"}),
    "plotly trend": (
        "import plotly.express as px\npx.scatter(x=[1], y=[2], trendline='ols').show()",
        {"plotly", "numpy", "statsmodels", "nbformat"},
    ),
    "plotly show": ("import plotly.graph_objects as go\ngo.Figure().show()", {"plotly", "nbformat"}),
    "xarray": ("import xarray as xr\nxr.open_dataset('grid.nc')", {"xarray", "h5netcdf"}),
    "polars": ("import polars as pl\npl.read_excel('figures.xlsx')", {"polars", "fastexcel"}),
    "geopandas": (
        "import geopandas as gpd\ngpd.read_file('areas.geojson').explore()",
        {"geopandas", "folium", "mapclassify", "matplotlib"},
    ),
    "dask": ("import dask.dataframe as dd", {"dask", "numpy", "pandas", "pyarrow"}),
    "dask by from": ("from dask import array", {"dask", "numpy"}),
    "psycopg": ("import psycopg", {"psycopg", "psycopg-binary"}),
    "usual extras": ("import networkx", {"networkx", "numpy", "matplotlib"}),
    "usual extras that are not complete": ("import uvicorn", {"uvicorn"}),
    "jax": ("import jax", {"jax", "jax-cuda12-plugin"}),
}


@pytest.mark.parametrize("case", REPORTED)
def test_what_is_needed_without_an_import(case: str) -> None:
    source, names = REPORTED[case]
    assert needed(source) == names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import pandas as pd\npd.read_csv('a.csv').to_html()", {"pandas"}),
        ("import sklearn\nmodel.test()\nmodel.all()", {"scikit-learn"}),
        ("import numpy as np\nthing.plot()\nthing.style", {"numpy"}),
        ("import dask", {"dask"}),
        ("import tqdm", {"tqdm"}),
    ],
    ids=["another method", "extras for developers", "methods of others", "without its submodule", "plain"],
)
def test_nothing_is_added_that_is_not_used(source: str, names: set[str]) -> None:
    assert needed(source) == names


def test_what_is_not_installed_is_not_asked_for() -> None:
    assert needed("import xarray as xr\nxr.DataArray([1]).plot()\nxr.open_mfdataset('x')") >= {"xarray", "matplotlib"}
    assert not needed("import xarray as xr\nxr.open_dataset('x')") & {"netCDF4", "scipy"}


def test_of_an_endless_pickle_the_start_is_read() -> None:
    assert pickled_modules(b"\x80\x02ca\nb\n" + b"N0" * 30_000 + b"cz\nb\n.") == ("a",)


def test_a_real_kernel_tells_its_extras(tmp_path: Path) -> None:
    notebook = Notebook(
        path=tmp_path / "n.ipynb", cells=(Cell(index=0, source="import pandas\npandas.Series().plot()"),)
    )
    lines = choose_requirements(NotebookAnalysis(notebook=notebook), inspect_kernel(notebook), root=tmp_path).lines
    assert [each.partition("==")[0] for each in lines] == ["ipykernel", "matplotlib", "pandas"]
