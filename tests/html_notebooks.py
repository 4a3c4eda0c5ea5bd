"""Small notebooks of each kind of output and of several libraries, for `test_page_beside_jupyterlab`.

Run in an environment with the libraries, this writes them with their outputs:
``python html_notebooks.py FOLDER NAME…``.
"""

from __future__ import annotations

import sys
from pathlib import Path

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
    "bokeh": ("from bokeh.io import output_notebook\nfrom bokeh.plotting import figure, show\n"
              "from bokeh.resources import INLINE\noutput_notebook(INLINE, hide_banner=True)",
              "plot = figure(width=300, height=200)\nplot.line([1, 2, 3], [3, 1, 2])\nshow(plot)"),
    "itables": ("import itables, pandas as pd\nitables.init_notebook_mode(connected=False)",
                "itables.show(pd.DataFrame({'a': range(3)}))"),
    "widgets": ("import ipywidgets as w\nw.VBox([w.IntSlider(7, description='n'), "
                "w.Checkbox(True, description='on')])",),
}  # fmt: skip
OLD: dict[str, tuple[str, ...]] = {
    "old-frame": NEW["frame"],
    "old-plotly": NEW["plotly"],
    "old-altair": (NEW["altair"][0].replace("width=200", "height=120"),),
    "old-altair-data": ("import altair as alt\nalt.renderers.enable('mimetype')", NEW["altair"][0]),
}


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
    run(Path(sys.argv[1]), sys.argv[2:])
