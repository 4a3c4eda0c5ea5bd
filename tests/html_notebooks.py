"""Small notebooks of each kind of output and of several libraries, with their outputs in ``tests/html/saved``.

``python tests/html_notebooks.py`` makes environments with today's and with former versions of the libraries, and runs
and saves all of them again; ``python tests/html_notebooks.py NAME…`` those that it names.
"""

from __future__ import annotations

import json
import lzma
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SAVED = Path(__file__).parent / "html" / "saved"
LARGE = 200_000
"""Bytes; larger ones are kept compressed: they hold a library."""

TODAY = (
    "bokeh", "altair", "great_tables", "ipykernel", "ipywidgets", "itables", "matplotlib", "nbclient", "pandas",
    "plotly", "rich", "scikit-learn", "seaborn", "sympy", "tqdm", "xarray",
)  # fmt: skip
FORMER = ("altair==4.2.2", "pandas==1.5.3", "plotly==5.9.0", "numpy<2", "ipykernel", "nbclient", "setuptools<80")

_BOKEH = """from bokeh.io import output_notebook
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure, show
from bokeh.resources import Resources
output_notebook(Resources(mode='inline', components=['bokeh']), hide_banner=True)"""

NEW: dict[str, tuple[str, ...]] = {
    "streams": ("import sys\nprint('one')\nprint('two', file=sys.stderr, flush=True)\nprint('three')",),
    "colours": (r"print('\x1b[31mred\x1b[0m \x1b[1;32mgreen\x1b[0m \x1b[48;5;25mblue ground\x1b[0m')",),
    "error": ("def half(n):\n    return n / 0\nhalf(1)",),
    "progress": ("from tqdm import tqdm\nfor _ in tqdm(range(30), ncols=60, bar_format='{bar}{n}'): pass",),
    "rich": ("from rich import print as show\nshow('[bold red]bold[/] plain', {'a': [1, 2]})",),
    "backspace": (r"print('abc\b\bX', end='\rY\n')",),
    "frame": ("import pandas as pd\npd.DataFrame({'city': ['Bern', 'Rome'], 'people': [1.5, 2.5]})",),
    "styler": ("import pandas as pd\npd.DataFrame({'a': [1, 9]}).style.set_uuid('x').highlight_max(color='yellow')",),
    "great-tables": ("import pandas as pd\nfrom great_tables import GT\nGT(pd.DataFrame({'a': [1, 9]}), id='t')",),
    "xarray": ("import numpy as np, xarray as xr\nxr.DataArray(np.arange(4).reshape(2, 2), dims=('x', 'y'))",),
    "sklearn": ("from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
                "from sklearn.linear_model import Ridge\nmake_pipeline(StandardScaler(), Ridge())",),
    "latex": ("from IPython.display import Latex, Math\ndisplay(Latex('Area $x^2$'), Math('e^{i}'))",),
    "sympy": ("import sympy\nx = sympy.symbols('x')\nsympy.Integral(sympy.sqrt(1 / x), x)",),
    "markdown": ("from IPython.display import Markdown\nMarkdown('## Found\\n\\n| a | b |\\n|--|--|\\n| 1 | 2 |')",),
    "json": ("from IPython.display import JSON\nJSON({'name': 'x', 'list': [1, 2]})",),
    "html": ("from IPython.display import HTML\nHTML('<h3>Head</h3><p style=\"color:teal\">words <b>bold</b></p>')",),
    "script": ("from IPython.display import HTML\nHTML('<p id=here>old</p>"
               "<script>document.getElementById(\"here\").textContent = \"new\"</script>')",),
    "javascript": ("from IPython.display import Javascript\nJavascript('element.innerHTML = \"<b>written</b>\"')",),
    "matplotlib": ("import matplotlib.pyplot as plt\nplt.figure(figsize=(3, 2)); plt.plot([1, 3, 2]);",),
    "matplotlib-svg": ("%config InlineBackend.figure_formats = ['svg']\nimport matplotlib.pyplot as plt\n"
                       "plt.figure(figsize=(3, 2)); plt.bar(['a', 'b'], [1, 2]);\n",),
    "jpeg": ("%config InlineBackend.figure_formats = ['jpeg']\nimport matplotlib.pyplot as plt\n"
             "plt.figure(figsize=(3, 2)); plt.pie([1, 2]);",
             "%config InlineBackend.figure_formats = ['png']"),
    "svg": ("from IPython.display import SVG\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"90\" "
            "height=\"40\"><rect width=\"60\" height=\"30\" fill=\"navy\"/></svg>')",),
    "seaborn": ("import matplotlib.pyplot as plt, seaborn as sns\nplt.figure(figsize=(3, 2))\n"
                "sns.barplot(x=['a', 'b'], y=[1, 3]);",),
    "plotly": ("import plotly.graph_objects as go\nimport plotly.io as pio\npio.renderers.default = 'plotly_mimetype'\n"
               "go.Figure(go.Bar(x=['a', 'b'], y=[1, 2]), layout={'width': 400, 'height': 300})",),
    "altair": ("import altair as alt, pandas as pd\n"
               "alt.Chart(pd.DataFrame({'a': ['x', 'y'], 'b': [1, 2]}), width=200)"
               ".mark_bar().encode(x='a:N', y='b:Q')",),
    "bokeh": (
        f"{_BOKEH}\nplot = figure(width=300, height=200)\nplot.line([1, 2, 3], [3, 1, 2])\nshow(plot)",
        "source = ColumnDataSource(dict(x=[1, 2, 3], y=[2, 5, 3], picture=['https://example.org/a.png'] * 3,"
        " name=['a', 'b', 'c']))\n"
        "tips = '<div><img src=\"@picture\" height=\"42\"><span>@name</span></div>'\n"
        "plot = figure(width=400, height=250, tooltips=tips)\nplot.scatter('x', 'y', size=20, source=source)\n"
        "show(plot)",
        "plain = figure(width=400, height=200, title='plain')\nplain.line([1, 2, 3], [3, 1, 2])\nshow(plain)"),
    "itables": (
        "import itables, pandas as pd\nitables.init_notebook_mode(all_interactive=True, connected=False)",
        "pd.DataFrame({'a': range(30), 'b': ['x'] * 30})",
        "itables.show(pd.DataFrame({'city': ['A', 'B'], 'picture': ['<img src=\"data:image/gif;base64,"
        "R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs=\" width=\"40\">'] * 2}), allow_html=True)"),
    "widgets": ("import ipywidgets as w\nw.VBox([w.IntSlider(7, description='n'), "
                "w.Checkbox(True, description='on')])",),
}  # fmt: skip
OLD: dict[str, tuple[str, ...]] = {
    "old-frame": NEW["frame"],
    "old-plotly": NEW["plotly"],
    "old-altair": (NEW["altair"][0].replace("width=200", "height=120"),),
    "old-altair-data": ("import altair as alt\nalt.renderers.enable('mimetype')", NEW["altair"][0]),
}


def unpack(folder: Path) -> None:
    """Write the notebooks, as they were saved, into a folder."""
    for path in SAVED.iterdir():
        if path.suffix == ".xz":
            (folder / path.stem).write_bytes(lzma.decompress(path.read_bytes()))
        else:
            (folder / path.name).write_bytes(path.read_bytes())


def saved(name: str, folder: Path) -> Path:
    """Return a notebook, as it was saved, by its name; a compressed one is written into a folder."""
    path = SAVED / f"{name}.ipynb"
    if path.exists():
        return path
    target = folder / path.name
    target.write_bytes(lzma.decompress(path.with_suffix(".ipynb.xz").read_bytes()))
    return target


def main(wanted: list[str]) -> None:
    """Run notebooks in environments that have their libraries, and save them."""
    from peers import peer

    SAVED.mkdir(exist_ok=True)
    for requirements, names in ((TODAY, NEW), (FORMER, OLD)):
        chosen = [each for each in names if not wanted or each in wanted]
        if chosen:
            python = peer(*requirements) / "python"
            kernels = {"JUPYTER_PATH": str(python.parents[1] / "share" / "jupyter"), "PATH": f"{python.parent}:/bin"}
            with tempfile.TemporaryDirectory() as folder:
                command = [str(python), __file__, "--run", folder, *chosen]
                subprocess.run(command, env={**os.environ, **kernels}, check=True)
                for path in Path(folder).iterdir():
                    _save(path)


def _save(path: Path) -> None:
    content = json.dumps(json.loads(path.read_text()), ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
    for old in SAVED.glob(f"{path.name}*"):
        old.unlink()
    if len(content) > LARGE:
        (SAVED / f"{path.name}.xz").write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))
    else:
        (SAVED / path.name).write_bytes(content)


def run(folder: Path, names: list[str]) -> None:
    """Run the notebooks one after the other in one kernel of this environment, and write them."""
    import nbformat
    from jupyter_client.manager import KernelManager
    from nbclient import NotebookClient
    from nbformat import v4

    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    for name in names:
        cells = [v4.new_markdown_cell(f"# {name}"), *(v4.new_code_cell(source) for source in {**NEW, **OLD}[name])]
        for number, cell in enumerate(cells):
            cell["id"] = f"c{number}"
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        document = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        client = NotebookClient(document, km=manager, timeout=120, allow_errors=True, store_widget_state=True)
        client.execute(cleanup_kc=False)
        client.set_widgets_metadata()
        nbformat.write(document, folder / f"{name}.ipynb")
    manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(Path(sys.argv[2]), sys.argv[3:])
    else:
        main(sys.argv[1:])
