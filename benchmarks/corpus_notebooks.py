"""Made-up notebooks that use popular libraries, each with the files it reads; all of them run without a network.

A notebook is a list of code cells. ``prepare`` is run in its folder by the kernel's Python before it is published and
writes what text cannot hold. Names are those of the libraries and of what is done with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Made:
    """One notebook: its cells, text files, and code that makes other files."""

    cells: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)
    prepare: str = ""


SALES = "month,region,eur\n2025-01,north,12.5\n2025-02,north,14.0\n2025-01,south,9.5\n2025-02,south,11.0\n"
AREAS = (
    '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"a","eur":3},"geometry":'
    '{"type":"Polygon","coordinates":[[[0,0],[0,1],[1,1],[1,0],[0,0]]]}}]}'
)
FRAME = "import pandas as pd\ndf = pd.read_csv('sales.csv')"
SALES_FILE = {"sales.csv": SALES}

LIBRARIES = (
    "altair", "attrs", "beautifulsoup4", "bokeh", "cachetools", "dask[dataframe]", "duckdb", "faker", "fastexcel",
    "folium", "geopandas", "great-tables", "h5netcdf", "h5py", "httpx", "hvplot", "imageio", "ipywidgets", "itables",
    "jinja2", "joblib", "lxml", "mapclassify", "matplotlib", "nbclient", "nbformat", "networkx", "nltk", "numexpr",
    "numpy", "openpyxl", "pandas", "papermill", "pillow", "pint", "plotly", "plotnine", "polars", "psutil", "pyarrow",
    "pydantic", "python-dateutil", "python-dotenv", "pyvis", "pyyaml", "requests", "rich", "scikit-learn", "scipy",
    "scrapbook", "seaborn", "shapely", "sqlalchemy", "statsmodels", "sympy", "tabulate", "toolz", "tqdm", "wordcloud",
    "xarray", "xlsxwriter", "zarr",
)  # fmt: skip
"""What the kernel of the notebooks has installed."""

NOTEBOOKS: dict[str, Made] = {
    "pandas-groupby": Made((FRAME, "df.groupby('region').eur.sum()"), SALES_FILE),
    "pandas-plot": Made((FRAME, "df.plot(x='month', y='eur')"), SALES_FILE),
    "pandas-hist": Made((FRAME, "df.eur.hist()"), SALES_FILE),
    "pandas-style": Made((FRAME, "df.style.hide(axis='index')"), SALES_FILE),
    "pandas-gradient": Made((FRAME, "df.style.background_gradient(subset=['eur'])"), SALES_FILE),
    "pandas-excel-read": Made(
        ("import pandas as pd", "pd.read_excel('figures.xlsx')"),
        prepare="import pandas; pandas.DataFrame({'a': [1]}).to_excel('figures.xlsx', index=False)",
    ),
    "pandas-excel-write": Made((FRAME, "df.to_excel('out.xlsx')"), SALES_FILE),
    "pandas-excel-writer": Made(
        (FRAME, "with pd.ExcelWriter('out.xlsx', engine='xlsxwriter') as writer:\n    df.to_excel(writer)"), SALES_FILE
    ),
    "pandas-parquet": Made((FRAME, "df.to_parquet('s.parquet')\npd.read_parquet('s.parquet')"), SALES_FILE),
    "pandas-html": Made(
        ("import pandas as pd", "pd.read_html('table.html')[0]"),
        {"table.html": "<table><tr><th>a</th></tr><tr><td>1</td></tr></table>"},
    ),
    "pandas-xml": Made(
        ("import pandas as pd", "pd.read_xml('rows.xml')"), {"rows.xml": "<rows><row><a>1</a></row></rows>"}
    ),
    "pandas-markdown": Made((FRAME, "print(df.to_markdown())"), SALES_FILE),
    "pandas-sql": Made(
        (
            "import pandas as pd",
            "pd.DataFrame({'a': [1]}).to_sql('t', 'sqlite:///s.db', if_exists='replace')\n"
            "pd.read_sql('select * from t', 'sqlite:///s.db')",
        )
    ),
    "pandas-numexpr": Made((FRAME, "df.query('eur > 10', engine='numexpr')"), SALES_FILE),
    "numpy-fft": Made(("import numpy as np", "np.abs(np.fft.rfft(np.sin(np.arange(64)))).round(2)[:5]")),
    "matplotlib": Made(("%matplotlib inline\nimport matplotlib.pyplot as plt", "plt.plot([1, 3, 2]); plt.show()")),
    "matplotlib-style": Made(
        (
            "import matplotlib.pyplot as plt\nplt.style.use('ggplot')",
            "fig, ax = plt.subplots()\nax.bar([1, 2], [3, 4]);",
        )
    ),
    "seaborn": Made(("import seaborn as sns", FRAME, "sns.barplot(df, x='region', y='eur')"), SALES_FILE),
    "seaborn-objects": Made(
        ("import seaborn.objects as so", FRAME, "so.Plot(df, x='month', y='eur').add(so.Dot())"), SALES_FILE
    ),
    "scipy": Made(("from scipy import optimize", "optimize.minimize(lambda x: (x[0] - 2) ** 2, [0]).x.round(2)")),
    "sklearn-pipeline": Made(
        (
            "from sklearn.datasets import load_iris\nfrom sklearn.pipeline import make_pipeline\n"
            "from sklearn.preprocessing import StandardScaler\nfrom sklearn.linear_model import LogisticRegression",
            "X, y = load_iris(return_X_y=True)\n"
            "make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y).score(X, y)",
        )
    ),
    "sklearn-confusion": Made(
        (
            "from sklearn.metrics import ConfusionMatrixDisplay",
            "ConfusionMatrixDisplay.from_predictions([0, 1, 1], [0, 1, 0])",
        )
    ),
    "sklearn-frame": Made(
        ("from sklearn.datasets import load_iris", "load_iris(as_frame=True).frame.head()"),
    ),
    "statsmodels-formula": Made(
        ("import statsmodels.formula.api as smf", FRAME, "smf.ols('eur ~ region', df).fit().summary()"), SALES_FILE
    ),
    "statsmodels-plot": Made(
        (
            "import numpy as np\nfrom statsmodels.graphics.tsaplots import plot_acf",
            "plot_acf(np.sin(np.arange(50)));",
        )
    ),
    "plotly-express": Made(("import plotly.express as px", FRAME, "px.bar(df, x='region', y='eur')"), SALES_FILE),
    "plotly-show": Made(("import plotly.graph_objects as go", "go.Figure(go.Scatter(y=[1, 3, 2])).show()")),
    "plotly-trend": Made(
        ("import plotly.express as px", "px.scatter(x=[1, 2, 3], y=[1, 2, 2.5], trendline='ols').show()")
    ),
    "plotly-pandas-backend": Made(
        (FRAME, "pd.options.plotting.backend = 'plotly'\ndf.plot(x='month', y='eur')"), SALES_FILE
    ),
    "altair": Made(
        ("import altair as alt", FRAME, "alt.Chart(df).mark_bar().encode(x='region', y='sum(eur)')"), SALES_FILE
    ),
    "altair-url": Made(
        ("import altair as alt", "alt.Chart('sales.csv').mark_bar().encode(x='region:N', y='eur:Q')"), SALES_FILE
    ),
    "bokeh": Made(
        (
            "from bokeh.plotting import figure, show\nfrom bokeh.io import output_notebook\noutput_notebook()",
            "p = figure(height=200)\np.line([1, 2], [3, 4])\nshow(p)",
        )
    ),
    "hvplot": Made(("import hvplot.pandas", FRAME, "df.hvplot.bar(x='month', y='eur', by='region')"), SALES_FILE),
    "plotnine": Made(
        ("from plotnine import ggplot, aes, geom_col", FRAME, "ggplot(df, aes('region', 'eur')) + geom_col()"),
        SALES_FILE,
    ),
    "folium": Made(("import folium", "folium.Map([52.5, 13.4], zoom_start=10)")),
    "folium-areas": Made(
        ("import folium", "m = folium.Map([0, 0])\nfolium.GeoJson('areas.geojson').add_to(m)\nm"),
        {"areas.geojson": AREAS},
    ),
    "geopandas": Made(("import geopandas as gpd", "gpd.read_file('areas.geojson').area"), {"areas.geojson": AREAS}),
    "geopandas-plot": Made(
        ("import geopandas as gpd", "gpd.read_file('areas.geojson').plot(column='eur')"), {"areas.geojson": AREAS}
    ),
    "geopandas-explore": Made(
        ("import geopandas as gpd", "gpd.read_file('areas.geojson').explore(column='eur')"), {"areas.geojson": AREAS}
    ),
    "shapely": Made(("from shapely.geometry import Point", "Point(0, 0).buffer(1).area")),
    "sympy": Made(("from sympy import symbols, integrate, sin", "x = symbols('x')\nintegrate(sin(x), x)")),
    "networkx-draw": Made(("import networkx as nx", "nx.draw(nx.path_graph(4), with_labels=True)")),
    "networkx-pagerank": Made(("import networkx as nx", "nx.pagerank(nx.karate_club_graph())[0]")),
    "pyvis": Made(
        (
            "from pyvis.network import Network",
            "net = Network(notebook=True, cdn_resources='in_line')\nnet.add_node(1)\nnet.show('graph.html')",
        )
    ),
    "beautifulsoup": Made(
        ("from bs4 import BeautifulSoup", "BeautifulSoup(open('page.html').read(), 'lxml').p.text"),
        {"page.html": "<p>Text</p>"},
    ),
    "jinja-template": Made(
        (
            "from jinja2 import Environment, FileSystemLoader",
            "Environment(loader=FileSystemLoader('templates')).get_template('page.txt').render(name='Ana')",
        ),
        {"templates/page.txt": "Hello {{ name }}"},
    ),
    "polars": Made(
        ("import polars as pl", "pl.read_csv('sales.csv').group_by('region').agg(pl.col('eur').sum())"), SALES_FILE
    ),
    "polars-excel": Made(
        ("import polars as pl", "pl.read_excel('figures.xlsx')"),
        prepare="import pandas; pandas.DataFrame({'a': [1]}).to_excel('figures.xlsx', index=False)",
    ),
    "polars-to-pandas": Made(("import polars as pl", "pl.read_csv('sales.csv').to_pandas()"), SALES_FILE),
    "polars-plot": Made(("import polars as pl", "pl.read_csv('sales.csv').plot.bar(x='region', y='eur')"), SALES_FILE),
    "duckdb": Made(
        ("import duckdb", "duckdb.sql(\"select region, sum(eur) from 'sales.csv' group by 1\").df()"), SALES_FILE
    ),
    "duckdb-polars": Made(("import duckdb", "duckdb.sql(\"from 'sales.csv'\").pl()"), SALES_FILE),
    "sqlalchemy": Made(
        (
            "from sqlalchemy import create_engine, text",
            "with create_engine('sqlite:///:memory:').connect() as c:\n    print(c.execute(text('select 1')).scalar())",
        )
    ),
    "xarray-netcdf": Made(
        ("import xarray as xr", "xr.open_dataset('grid.nc').t.mean().item()"),
        prepare="import xarray; xarray.Dataset({'t': ('x', [1.0, 2.0])}).to_netcdf('grid.nc', engine='h5netcdf')",
    ),
    "xarray-plot": Made(("import xarray as xr", "xr.DataArray([1, 3, 2], dims='x').plot()")),
    "xarray-zarr": Made(
        ("import xarray as xr", "xr.Dataset({'t': ('x', [1.0])}).to_zarr('s.zarr', mode='w')\nxr.open_zarr('s.zarr')")
    ),
    "h5py": Made(
        ("import h5py", "with h5py.File('d.h5') as f:\n    print(f['x'][:])"),
        prepare="import h5py\nwith h5py.File('d.h5', 'w') as f: f['x'] = [1, 2]",
    ),
    "dask-dataframe": Made(
        ("import dask.dataframe as dd", "dd.read_csv('sales.csv').groupby('region').eur.sum().compute()"), SALES_FILE
    ),
    "dask-array": Made(("import dask.array as da", "da.ones((10, 10), chunks=5).sum().compute()")),
    "dask-delayed": Made(("from dask import delayed", "delayed(sum)([1, 2]).compute()")),
    "pillow": Made(
        ("from PIL import Image", "Image.open('images/dot.png').resize((4, 4))"),
        prepare="import os; os.mkdir('images')\nfrom PIL import Image; Image.new('RGB', (2, 2)).save('images/dot.png')",
    ),
    "imageio": Made(
        ("import imageio.v3 as iio", "iio.imread('dot.png').shape"),
        prepare="from PIL import Image; Image.new('RGB', (2, 2)).save('dot.png')",
    ),
    "wordcloud": Made(("from wordcloud import WordCloud", "WordCloud().generate('one two two').to_image()")),
    "tqdm-notebook": Made(("from tqdm.notebook import tqdm", "for _ in tqdm(range(3)):\n    pass")),
    "tqdm-auto": Made(("from tqdm.auto import tqdm", "sum(tqdm(range(3)))")),
    "tqdm-pandas": Made(
        (f"from tqdm import tqdm\n{FRAME}\ntqdm.pandas()", "df.eur.progress_apply(lambda each: each * 2)"), SALES_FILE
    ),
    "ipywidgets": Made(("import ipywidgets as widgets", "widgets.IntSlider(value=3)")),
    "itables": Made(("from itables import show", FRAME, "show(df, connected=True)"), SALES_FILE),
    "great-tables": Made(("from great_tables import GT", FRAME, "GT(df)"), SALES_FILE),
    "rich": Made(("from rich.table import Table\nfrom rich import print", "t = Table('a')\nt.add_row('1')\nprint(t)")),
    "pydantic": Made(("from pydantic import BaseModel", "class P(BaseModel):\n    a: int\nP(a='1')")),
    "yaml-config": Made(
        ("import yaml", "config = yaml.safe_load(open('settings.yml'))\nopen(config['data']).read()"),
        {"settings.yml": "data: sales.csv\n", **SALES_FILE},
    ),
    "dotenv": Made(("import os\nfrom dotenv import load_dotenv\nload_dotenv()", "os.getenv('REGION', 'north')")),
    "joblib": Made(("from joblib import Parallel, delayed", "Parallel(n_jobs=2)(delayed(abs)(-i) for i in range(3))")),
    "joblib-model": Made(
        ("import joblib", "joblib.load('model.joblib').predict([[1.0]])"),
        prepare="import joblib\nfrom sklearn.linear_model import LinearRegression\n"
        "joblib.dump(LinearRegression().fit([[0.0], [1.0]], [0, 1]), 'model.joblib')",
    ),
    "pint": Made(("import pint", "pint.UnitRegistry()('3 m').to('cm')")),
    "nltk": Made(("from nltk.stem import PorterStemmer", "PorterStemmer().stem('running')")),
    "faker": Made(("from faker import Faker", "Faker(seed=1) if False else Faker().name()")),
    "local-module": Made(
        ("from helpers.shapes import area", "area(2)"),
        {
            "helpers/__init__.py": "",
            "helpers/shapes.py": "import numpy as np\ndef area(r):\n    return np.pi * r * r\n",
        },
    ),
    "run-script": Made(
        ("%run prepare", "show(rows)"), {"prepare.py": "from toolz import first\nrows = first([[1]])\nshow = print\n"}
    ),
    "papermill-child": Made(
        ("import papermill as pm", "pm.execute_notebook('child.ipynb', 'out.ipynb', progress_bar=False);"),
        {
            "child.ipynb": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "python3", '
            '"display_name": "Python 3", "language": "python"}}, "cells": [{"cell_type": "code", "id": "a", '
            '"metadata": {}, "outputs": [], "execution_count": null, "source": "import attrs, cachetools"}]}'
        },
    ),
    "dateutil-psutil": Made(
        ("import psutil\nfrom dateutil import parser", "parser.parse('2025-01-02').year, psutil.cpu_count()")
    ),
    "requests-offline": Made(
        ("import requests, httpx", "requests.Request('GET', 'https://example.org').prepare().url")
    ),
}
"""Name -> notebook."""
