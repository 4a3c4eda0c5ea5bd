"""Which libraries a page needs, and how they stand in it: only those, each whole, none fetched.

- *MathJax* (2.2 MB) when the page has mathematics.
- *require.js* and the *widget manager* (3.7 MB) when it has widgets whose state was saved. Widgets other than
  ipywidgets' own still fetch their code from a public server when the page is read.
- *require.js* alone when an output calls it. JupyterLab has no ``require`` and no ``define``, and libraries that find
  ``define`` register there instead of where outputs look for them; so only scripts that want both see them.
- *Plotly* (4.8 MB), *Vega* (0.8 MB, for Altair) and *Mermaid* (3.5 MB) when there are charts and diagrams of theirs.
- *Font Awesome* (0.2 MB) when something shows an icon of it, as JupyterLab has it.
"""

from __future__ import annotations

import functools
import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from .charts import PLOTLY, VEGA, VEGA_LIBRARIES, VEGA_VERSION, vega_settings
from .markdown_html import MERMAID_CLASS
from .output_kinds import MERMAID, WIDGET_VIEW
from .outputs import Drawn

LIBRARIES = Path(__file__).parent / "templates" / "page" / "libraries"

_ICON = re.compile(r"[\s\"']fa[srb]? fa-[a-z]")
_MATH = re.compile(r"\$[^\s$<][^$<>]*\$|\$\$|\\\\?[(\[]|\\begin\{")


class Needs(msgspec.Struct, frozen=True):
    """What a page cannot do without."""

    plotly: bool
    vega: bool
    modules: bool
    widgets: bool
    mathematics: bool
    mermaid: bool
    icons: bool


def page_needs(outputs: Sequence[Drawn], texts: Sequence[str]) -> Needs:
    """Return what outputs and texts (HTML of Markdown cells) need."""
    written = [each.html for each in outputs if each.kind in ("text/html", "text/markdown")]
    widgets = any(each.kind == WIDGET_VIEW for each in outputs)
    return Needs(
        plotly=any(each.kind == PLOTLY for each in outputs),
        vega=any(VEGA.fullmatch(each.kind) for each in outputs) or _any_match(VEGA_VERSION, written, "maybeLoadScript"),
        modules=widgets or any(each.wants_modules for each in outputs),
        widgets=widgets,
        mathematics=any('class="page-math"' in each for each in (*texts, *(each.html for each in outputs)))
        or _any_match(_MATH, written, "$", "\\(", "\\[", "\\begin{"),
        mermaid=any(f'class="{MERMAID_CLASS}"' in each for each in texts)
        or any(each.kind == MERMAID or MERMAID_CLASS in each.html[:10_000] for each in outputs),
        icons=_any_match(_ICON, (*texts, *written), " fa-"),
    )


def _any_match(pattern: re.Pattern[str], texts: Sequence[str], *signs: str) -> bool:
    """Return True when a pattern is in a text; it is looked for where one of its signs is, which is found sooner."""
    return any(pattern.search(each) for each in texts if any(sign in each for sign in signs))


def head_scripts(needs: Needs, outputs: Sequence[Drawn]) -> Iterator[str]:
    """Yield the libraries that outputs call while they are read, as HTML."""
    if needs.plotly:
        yield f"<script>{_WORKERS_FROM_DISK}</script>"
        yield _script("plotly.min.js")
    if needs.vega:
        yield from (_script(each) for each in VEGA_LIBRARIES)
        yield f"<script>{vega_settings(each.html for each in outputs if each.kind == 'text/html')}</script>"
    if needs.modules:
        yield f"<script data-page-modules>{_MODULES.replace('/* require.js */', library('require.js'), 1)}</script>"


def end_scripts(needs: Needs) -> Iterator[str]:
    """Yield the libraries that look for their places when all is there, as HTML."""
    if needs.widgets:
        yield f"<script data-page-modules>{library('embed-amd.js')}</script>"
    if needs.mathematics:
        yield f"<script>{_MATH_SETTINGS}</script>"
        yield _script("tex-svg-full.js")
    if needs.mermaid:
        yield _script("mermaid.min.js")


def icon_style() -> str:
    """Return the style of the icons, fonts included."""
    return library("font-awesome.css")


@functools.cache
def library(name: str) -> str:
    """Return a library of the page's folder; where each comes from stands in its README."""
    return gzip.decompress((LIBRARIES / f"{name}.gz").read_bytes()).decode("utf-8")


def _script(name: str) -> str:
    return f"<script>{library(name)}</script>"


_WORKERS_FROM_DISK = """if (self.origin === 'null' || location.protocol === 'file:') {
  // A page from disk, or in a server's sandbox, has no origin: Chromium starts no worker for it that is a module from
  // a blob, as Plotly's maps have one. As data it starts.
  const textOf = (address) => {
    const request = new XMLHttpRequest();
    request.open('GET', address, false);
    request.send();
    return request.responseText;
  };
  window.Worker = class extends Worker {
    constructor(address, options) {
      let place = address;
      if (options && options.type === 'module' && String(address).startsWith('blob:')) {
        const text = textOf(address);
        const imported = /^import "(blob:[^"]+)"$/.exec(text);
        place = `data:text/javascript;charset=utf-8,${encodeURIComponent(imported ? textOf(imported[1]) : text)}`;
      }
      super(place, options);
    }
  };
}"""

_MODULES = """(function () {
/* require.js */
  const known = {define, require, requirejs};
  const libraries = {plotly: 'Plotly', vega: 'vega', 'vega-lite': 'vegaLite', 'vega-embed': 'vegaEmbed'};
  for (const [name, each] of Object.entries(libraries)) {
    if (window[each]) { define(name, [], () => window[each]); }
  }
  const wanted = (script) => script.dataset.requiremodule !== undefined || script.closest('[data-page-modules]');
  for (const name of Object.keys(known)) {
    Object.defineProperty(window, name, {
      configurable: true,
      get: () => {
        const script = document.currentScript;
        return (script ? wanted(script) : name !== 'define') ? known[name] : undefined;
      },
      set: (value) => { known[name] = value; }
    });
  }
}).call(window);"""

_MATH_SETTINGS = r"""window.MathJax = {
  tex: {
    inlineMath: [["$", "$"], ["\\(", "\\)"]], displayMath: [["$$", "$$"], ["\\[", "\\]"]],
    processEscapes: true, processEnvironments: true, processRefs: true, tags: "ams"
  },
  options: {
    enableMenu: false, ignoreHtmlClass: "page-no-math|mathjax_ignore|tex2jax_ignore", processHtmlClass: "page-math"
  },
  svg: {fontCache: "global"},
  startup: {
    ready: () => {
      MathJax.startup.defaultReady();
      // the widget manager 1.0 still speaks to MathJax 2
      const typeset = (call) => {
        if (call[0] === "Typeset") {
          if (call[2]) { call[2].classList.add("page-math"); }
          return MathJax.typesetPromise(call[2] ? [call[2]] : undefined);
        }
      };
      MathJax.Hub = {Config: () => {}, Queue: (...calls) => calls.forEach(typeset)};
    }
  }
};"""
