"""Make the notebooks of this folder: ``python tests/notebooks/make_notebooks.py``.

Each is small and about one thing. Those of REAL are run, so that their outputs are what Jupyter really writes; they need
pandas, matplotlib, scikit-learn and ipywidgets. The 50 MB one is made by a fixture when it is needed.
"""

from __future__ import annotations

import base64
import csv
import json
import math
import struct
import zlib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PYTHON = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "version": "3.11.7", "file_extension": ".py"},
}


def md(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def raw(source: str) -> dict[str, Any]:
    return {"cell_type": "raw", "metadata": {}, "source": source}


def code(source: str, count: int | None = None, *outputs: Any, tags: tuple[str, ...] = ()) -> dict[str, Any]:
    metadata = {"tags": list(tags)} if tags else {}
    return {
        "cell_type": "code", "execution_count": count, "metadata": metadata, "outputs": list(outputs), "source": source,
    }  # fmt: skip


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def result(text: str, count: int, **data: Any) -> dict[str, Any]:
    return {"output_type": "execute_result", "execution_count": count, "metadata": {}, "data": {"text/plain": text, **data}}


def error(name: str, value: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": [f"{name}: {value}"]}


def widget(model: str) -> dict[str, Any]:
    view = {"model_id": model, "version_major": 2, "version_minor": 0}
    data = {"text/plain": "IntSlider(value=3)", "application/vnd.jupyter.widget-view+json": view}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def state(model: str) -> dict[str, Any]:
    slider = {"model_module": "@jupyter-widgets/controls", "model_module_version": "2.0.0", "model_name": "IntSliderModel",
              "state": {"value": 3, "description": "years"}}  # fmt: skip
    saved = {"state": {model: slider}, "version_major": 2, "version_minor": 0}
    return {"widgets": {"application/vnd.jupyter.widget-state+json": saved}}


def notebook(*cells: Any, metadata: Any = None, minor: int = 5, **more: Any) -> dict[str, Any]:
    if minor >= 5:
        cells = tuple({"id": f"cell-{index}", **cell} for index, cell in enumerate(cells))
    return {"cells": list(cells), "metadata": {**(PYTHON if metadata is None else metadata), **more}, "nbformat": 4,
            "nbformat_minor": minor}  # fmt: skip


def pixel(red: int, green: int, blue: int) -> bytes:
    """Return a PNG of 8 x 8 points of one colour."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes((red, green, blue)) * 8 for _ in range(8))
    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


IMAGE = base64.b64encode(pixel(30, 90, 200)).decode()
# Put together, so that no scanner takes this file for a leak.
FAKE_TOKEN = "ghp_" + "Zk3Qv9LmTs7Xw2Rb8Yc5Nd1Hf6Gj4Pa0UeIo"
FAKE_PASSWORD = "Kestrel-" + "Harbour-77"

REAL = {
    "sales-pandas": notebook(
        md("# Quarterly sales\n\nWhat was sold, by region and quarter."),
        code("import pandas as pd\n\nsales = pd.read_csv('data/sales.csv', parse_dates=['day'])\nsales.head()"),
        code("by_region = sales.groupby('region')['amount'].agg(['count', 'sum', 'mean']).round(1)\nby_region"),
        code("quarters = sales.set_index('day')['amount'].resample('QE').sum()\nprint(quarters.to_string())"),
        md("## Result\n\nThe north leads."),
    ),
    "plot-matplotlib": notebook(
        md("# A damped wave"),
        code("%matplotlib inline\nimport numpy as np\nimport matplotlib.pyplot as plt"),
        code("x = np.linspace(0, 10, 200)\nfigure, axes = plt.subplots(figsize=(4, 2))\n"
             "axes.plot(x, np.exp(-x / 4) * np.cos(3 * x))\naxes.set_title('decay');"),
        code("x.mean(), x.std().round(3)"),
    ),
    "model-sklearn": notebook(
        md("# Irises by a small tree"),
        code("from sklearn.datasets import load_iris\nfrom sklearn.model_selection import train_test_split\n"
             "from sklearn.tree import DecisionTreeClassifier\n\nX, y = load_iris(return_X_y=True)"),
        code("X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)\n"
             "tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X_train, y_train)\n"
             "print(f'accuracy {tree.score(X_test, y_test):.2f}')"),
        code("import pandas as pd\nnames = load_iris().feature_names\n"
             "pd.Series(tree.feature_importances_, index=names).sort_values()"),
    ),
    "widgets-live": notebook(
        md("# A slider"),
        code("import ipywidgets\nslider = ipywidgets.IntSlider(value=3, description='years')\nslider"),
        code("print(slider.value)"),
    ),
}  # fmt: skip

SMALL: dict[str, Any] = {
    "images-and-links": notebook(
        md("# Pictures\n\n![logo](images/logo.png) and <img src='images/map%20one.png' width=20>\n\n"
           "[the figures](data/sales.csv), [a page](https://example.org), [here](#top), ![pasted](attachment:pasted.png)",
           attachments={"pasted.png": {"image/png": IMAGE}}),
        code("from IPython.display import Image\nImage('images/logo.png')", 1),
    ),
    "never-run": notebook(md("# Never run"), code("import math\nmath.pi"), code("print('x')")),
    "partly-run": notebook(md("# Partly run"), code("a = 1", 1), code("b = a + 1"), code("# only a comment")),
    "out-of-order": notebook(md("# Out of order"), code("a = 1", 3), code("b = 2", 1, result("2", 1)), code("a + b", 4)),
    "stale-output": notebook(md("# Stale"), code("a = 2\na", 5, result("1", 2))),
    "error-output": notebook(md("# Ends badly"), code("1 / 0", 1, error("ZeroDivisionError", "division by zero"))),
    "expected-error": notebook(md("# Shows an error"), code("1 / 0", 1, error("ZeroDivisionError", "division by zero"),
                                                             tags=("raises-exception",))),
    "widgets-saved": notebook(md("# Widget with state"), code("slider", 1, widget("abc123")), **state("abc123")),
    "widgets-lost": notebook(md("# Widget without state"), code("slider", 1, widget("gone99"))),
    "absolute-paths": notebook(
        md("# Absolute"), code("import pandas as pd\npd.read_csv('/home/ana/projects/data/sales.csv')\n"
                               "open(r'C:\\Users\\ana\\notes.txt')\nopen('~/deep/notes.txt')", 1)),
    "missing-files": notebook(md("# Missing\n\n![no](images/none.png)"), code("open('nowhere.csv')\nopen('../conftest.py')", 1)),
    "magics": notebook(
        md("# Magics"),
        code("%matplotlib inline\nimport numpy as np\n!ls -la data\nnp.array?\n??np.sum", 1),
        code("%%time\nimport pandas as pd", 2),
        code("%%bash\nimport nothing\necho from bash import nothing", 3),
        code("files = !ls *.csv \\\n  data\n%timeit -n 10 -r 1 import requests\nx = %env HOME", 4),
        code("import asyncio\nawait asyncio.sleep(0)\nasync with open_thing() as thing:\n    pass", 5),
        code("text = '''\n%this is text\n!and this\n'''\nif text:\n    %time import scipy\n", 6),
        code("%%writefile made.py\nimport not_counted", 7),
        code("%load_ext autoreload\n%autoreload 2\n%cd data", 8),
    ),
    "broken-cell": notebook(md("# Broken"), code("import numpy\nfor in range(3)\n  print", 1), code("import pandas", 2)),
    "namespace-packages": notebook(
        md("# Namespaces"), code("from google.cloud import storage\nimport google.protobuf\nimport sphinxcontrib.jsmath", 1)),
    "lazy-imports": notebook(
        md("# Lazy"), code("def late():\n    import scipy\n    return scipy\n\ntry:\n    import ujson as json\nexcept ImportError:\n"
                           "    import json\n\nimport importlib\nimportlib.import_module('sklearn.tree')", 1)),
    "implied-packages": notebook(
        md("# Implied"), code("import pandas as pd\npd.read_parquet('x.parquet').to_excel('y.xlsx')\n"
                              "pd.read_csv('s3://bucket/x.csv')\npd.read_html(url)\ndf.to_markdown()", 1)),
    "local-modules": notebook(md("# Local"), code("import helpers\nfrom toolbox.shapes import area\nhelpers.twice(area(2))", 1)),
    "secrets": notebook(
        md("# Secrets"), code(f"token = '{FAKE_TOKEN}'\npassword = 'your_password_here'", 1),
        code("connect(db)", 2, stream(f"postgresql://ana:{FAKE_PASSWORD}@db.internal/sales\n"))),
    "ab": notebook(code("1 + 1", 1, result("2", 1))),
    "long-title": notebook(md("# " + "very " * 300 + "long"), code("1", 1)),
    "parameters": notebook(md("# Parameterised"), code("region = 'north'", 1, tags=("parameters",)), code("region", 2)),
    "hidden-input": notebook(md("# Hidden"), code("secret_method = 1", 1, tags=("hide_input",)), code("print('seen')", 2, stream("seen\n"))),
    "removed-parts": notebook(md("# Removed"), code("print('no')", 1, stream("no\n"), tags=("remove_cell",)),
                              code("print('quiet')", 2, stream("quiet\n"), tags=("remove_output",))),
    "r-kernel": notebook(
        md("# Ein R-Bericht"), code("library(ggplot2)\nread.csv('data/sales.csv')", 1),
        metadata={"kernelspec": {"display_name": "R", "language": "R", "name": "ir"}, "language_info": {"name": "R", "version": "4.3.1"}}),
    "julia-kernel": notebook(
        md("# Julia"), code("using CSV\nCSV.File(\"data/sales.csv\")", 1),
        metadata={"kernelspec": {"display_name": "Julia 1.10.4", "language": "julia", "name": "julia-1.10"}, "language_info": {"name": "julia"}}),
    "colab": notebook(
        {**md("<a href=\"https://colab.research.google.com/x\"><img src=\"https://colab.example/badge.svg\"></a>\n\n# From Colab"),
         "metadata": {"id": "view-in-github", "colab_type": "text"}},
        {**code("from google.colab import drive\ndrive.mount('/content/drive')\nimport pandas as pd", 1),
         "metadata": {"colab": {"base_uri": "https://localhost:8080/"}, "id": "AbC123", "outputId": "def"}},
        code("!pip install -q lifelines", 2),
        metadata={"accelerator": "GPU", "colab": {"name": "Untitled0.ipynb", "provenance": []},
                  "kernelspec": {"display_name": "Python 3", "name": "python3"}, "language_info": {"name": "python"}}, minor=0),
    "format-4-0": notebook(md("# Format 4.0"), code("1", 1), metadata={}, minor=0),
    "one-string-sources": notebook(md("# One string"), code("import numpy as np\nnp.pi\n", 1, stream("3.14\n"))),
    "empty": notebook(),
    "asks-for-input": notebook(md("# Input"), code("name = input('who? ')\nfrom getpass import getpass\nkey = getpass()", 1)),
    "installs": notebook(md("# Installs"), code("%pip install lifelines==0.27\n!pip install -q seaborn", 1)),
    "front-matter": notebook(raw("---\ntitle: \"From the front matter\"\nformat: html\nbibliography: data/refs.bib\n---"), md("# Not this"), code("1", 1)),
    "Größe und Café 数据": notebook(md("# Größe, Café, 数据 🚀"), code("größe = 'données'\nprint(größe)", 1, stream("données\n"))),
    "no-kernelspec": notebook(md("# No kernelspec"), code("1", 1), metadata={}),
    "unknown-kernel": notebook(md("# Unknown kernel"), code("1", 1), metadata={
        "kernelspec": {"display_name": "Python (gone)", "language": "python", "name": "gone-env"}}),
    "computed-paths": notebook(
        md("# Computed paths"), code("from pathlib import Path\nDATA = Path('data')\nYEAR = 2024", 1),
        code("import pandas as pd, os\nparts = [pd.read_csv(DATA / 'parts' / f'part-{n}.csv') for n in range(2)]\n"
             "pd.read_csv(os.path.join('data', 'sales.csv')).to_csv('written.csv')\npd.read_csv('written.csv')", 2)),
    "reads-env-file": notebook(md("# Reads .env"), code("from dotenv import load_dotenv\nload_dotenv('settings.env')", 1)),
}  # fmt: skip

FILES: dict[str, bytes] = {
    "images/logo.png": pixel(200, 40, 40),
    "images/map one.png": pixel(40, 160, 60),
    "data/refs.bib": b"@book{one, title={One}}\n",
    "data/parts/part-0.csv": b"a\n1\n",
    "data/parts/part-1.csv": b"a\n2\n",
    "settings.env": b"REGION=north\n",
    "written.csv": b"left over from a run\n",
    "helpers.py": b'"""Small things."""\n\nimport json\n\nimport yaml\n\nLIMITS = json.load(open("data/limits.json"))\n\n\n'
                  b"def twice(value):\n    return 2 * value\n",
    "data/limits.json": b'{"most": 10}\n',
    "toolbox/__init__.py": b"",
    "toolbox/shapes.py": b"from .numbers import PI\n\n\ndef area(radius):\n    return PI * radius**2\n",
    "toolbox/numbers.py": b"PI = 3.14159\n",
    "toolbox/unused.py": b"import requests\n",
}  # fmt: skip

ODD: dict[str, str] = {
    "invalid-json": '{"cells": [\n<<<<<<< HEAD\n], "nbformat": 4}',
    "no-notebook": '{"hello": "world"}',
    "too-new": '{"cells": [], "metadata": {}, "nbformat": 9, "nbformat_minor": 0}',
}


def write_sales() -> None:
    (HERE / "data").mkdir(exist_ok=True)
    with (HERE / "data" / "sales.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["day", "region", "amount"])
        for day in range(120):
            region = ("north", "south", "west")[day % 3]
            amount = round(100 + 40 * math.sin(day / 9) + 7 * (day % 3), 2)
            writer.writerow([f"2024-{1 + day // 28:02d}-{1 + day % 28:02d}", region, amount])


def write_notebook(name: str, content: dict[str, Any], *, lists: bool = True) -> None:
    for cell in content["cells"] if lists else ():
        cell["source"] = cell["source"].splitlines(keepends=True)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (HERE / f"{name}.ipynb").write_text(text, encoding="utf-8")


def format_three() -> dict[str, Any]:
    cells = [
        {"cell_type": "heading", "level": 1, "metadata": {}, "source": ["Format 3"]},
        {"cell_type": "code", "collapsed": False, "input": ["import numpy\n", "1"], "language": "python", "metadata": {},
         "outputs": [{"output_type": "pyout", "prompt_number": 1, "text": ["1"], "metadata": {}}], "prompt_number": 1},
    ]  # fmt: skip
    return {"metadata": {"name": "old"}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells, "metadata": {}}]}


def run(content: dict[str, Any]) -> dict[str, Any]:
    import nbclient
    import nbformat

    done = nbformat.from_dict(content)
    nbclient.NotebookClient(done, timeout=120, kernel_name="python3", record_timing=False,
                            resources={"metadata": {"path": str(HERE)}}).execute()  # fmt: skip
    done["metadata"]["language_info"]["version"] = "3.11.7"
    plain: dict[str, Any] = json.loads(nbformat.writes(done))
    return plain


def main() -> None:
    write_sales()
    for name, data in FILES.items():
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_bytes(data)
    for name, content in SMALL.items():
        write_notebook(name, content, lists=name != "one-string-sources")
    for name, text in ODD.items():
        (HERE / f"{name}.ipynb").write_text(text, encoding="utf-8")
    (HERE / "format-3.ipynb").write_text(json.dumps(format_three(), indent=1) + "\n", encoding="utf-8")
    for name, content in REAL.items():
        write_notebook(name, run(content), lists=False)


if __name__ == "__main__":
    main()
