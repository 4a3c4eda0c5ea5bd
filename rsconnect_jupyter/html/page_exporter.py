"""nbconvert's HTML exporter with our page; imported only when a page is made, for it takes half a second."""

from __future__ import annotations

import functools
import itertools
import logging
import re
import threading
from pathlib import Path
from typing import Any

from jinja2 import TemplateError
from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbconvert.utils.exceptions import ConversionException
from nbformat import ValidationError

from ..errors import RenderError

TEMPLATES = Path(__file__).parent / "templates"
_DARK = "static/theme-dark.css"
_EXPORTING = threading.Lock()
"""Held for one page at a time: several at once are no faster in one interpreter, and all else in it would wait."""

_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())  # nbconvert's remarks on pictures without a description are not for terminals


def export(document: Any, *, hide_code: bool, scripts: str, has_mermaid: bool) -> str:
    """Return the page of a repaired document.

    Args:
        document: nbformat node; its metadata's ``title`` becomes the page's.
        hide_code: True leaves out all code and the numbers beside it.
        scripts: HTML for the page's head.
        has_mermaid: True when there are diagrams to be drawn.

    Raises:
        RenderError: nbconvert cannot show the document.
    """
    resources = {"page_scripts": scripts, "page_has_mermaid": has_mermaid}
    try:
        with _EXPORTING:
            return _exporter(hide_code=hide_code).page(document, resources)
    except (
        ConversionException,
        TemplateError,
        ValidationError,
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
    ) as exc:
        raise RenderError.of("render-failed", reason=exc) from exc


@functools.cache
def _exporter(*, hide_code: bool) -> _PageExporter:
    """Return the exporter that all pages share: compiling its templates takes as long as a small page."""
    return _PageExporter(exclude_input=hide_code, exclude_input_prompt=hide_code, exclude_output_prompt=hide_code)


class _PageExporter(HTMLExporter):
    def __init__(self, **options: Any) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            log=_LOG, template_name="page", extra_template_basedirs=[str(TEMPLATES)], **options
        )

    def page(self, document: Any, resources: dict[str, Any]) -> str:
        """Return a document's page."""
        environment: Any = self.environment
        environment.globals["uuid4"] = map("output-{}".format, itertools.count()).__next__  # same notebook, same page
        resources["page_dark_css"] = environment.loader.get_source(environment, _DARK)[0]
        page: str = self.from_notebook_node(document, resources)[0]
        return page

    def from_notebook_node(  # type: ignore[override]
        self, nb: Any, resources: Any = None, **more: Any
    ) -> tuple[str, Any]:
        """Return page and resources, without the pass through an HTML parser that nbconvert adds in 7.x.

        That pass takes minutes for large tables; `_accessible` does its work in one go over the text.
        """
        untyped: Any = self
        info = nb.metadata.get("language_info", {})
        highlight: Any = Highlight2HTML
        shown: Any = WidgetsDataTypeFilter
        resources = untyped._init_resources(resources)
        untyped.register_filter(
            "highlight_code", highlight(pygments_lexer=info.get("pygments_lexer", info.get("name")), parent=self)
        )
        untyped.register_filter(
            "filter_data_type", shown(notebook_metadata=self._nb_metadata, parent=self, resources=resources)
        )
        page, resources = TemplateExporter.from_notebook_node(self, nb, resources, **more)
        return _accessible(page), resources

    def _validate_preprocessor(self, nbc: Any, preprocessor: Any) -> None:
        """Check nothing: nbconvert 7 refuses here what Jupyter shows, and takes seconds for large outputs."""


def _accessible(page: str) -> str:
    """Let keyboards reach outputs that scroll, and tell screen readers to pass over pictures without a description."""
    page = _OUTPUT.sub(r'\g<0> tabindex="0"', page)
    return _UNDESCRIBED.sub('<img alt=""', page)


_OUTPUT = re.compile(r'<div class="jp-[^"]*\bjp-OutputArea-output\b[^"]*"')
_UNDESCRIBED = re.compile(r"""<img\b(?!(?:[^<>"']|"[^"]*"|'[^']*')*?\salt\s*=)""", re.IGNORECASE)
