"""Sphinx configuration; the reference pages are made from the code and the OpenAPI document at each build."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
PROJECT = HERE.parent
GENERATED = HERE / "reference" / "_generated"

project = "rsconnect-jupyter"
copyright = "2026, the rsconnect-jupyter contributors"  # noqa: A001 - Sphinx's name
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "reference/_generated"]
html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path: list[str] = []
html_theme_options = {"show_prev_next": False, "navigation_with_keys": False}
autodoc_typehints = "description"
autodoc_member_order = "bysource"
nitpicky = False


def setup(app: Any) -> None:
    """Make the generated parts before Sphinx reads the pages."""
    app.connect("builder-inited", lambda _: write_generated())


def write_generated() -> None:
    """Write what the reference pages include: REST routes, errors, the command's own help."""
    GENERATED.mkdir(exist_ok=True)
    (GENERATED / "rest.md").write_text(rest_reference())
    (GENERATED / "errors.md").write_text(error_reference())
    (GENERATED / "cli.txt").write_text(command_help("rsconnect_jupyter"))
    (GENERATED / "sandbox.txt").write_text(command_help("rsconnect_jupyter.sandbox"))


def rest_reference() -> str:
    """Return a section for each route of the OpenAPI document."""
    document = yaml.safe_load((PROJECT / "rsconnect_jupyter" / "extension" / "openapi.yaml").read_text())
    sections = []
    for path, verbs in document["paths"].items():
        for verb, route in verbs.items():
            if isinstance(route, dict) and "summary" in route:
                sections.append(_route(document, f"{verb.upper()} {path}", route))
    return "\n".join(sections)


def _route(document: dict[str, Any], title: str, route: dict[str, Any]) -> str:
    lines = [f"### `{title}`", "", route["summary"], ""]
    if "description" in route:
        lines += [route["description"], ""]
    for parameter in (_resolve(document, each) for each in route.get("parameters", [])):
        lines.append(f"- `{parameter['name']}` ({parameter['in']}): {parameter.get('description', '')}")
    answers = [f"{status} {_resolve(document, each)['description']}" for status, each in route["responses"].items()]
    return "\n".join([*lines, "", "Answers: " + " · ".join(answers), ""])


def _resolve(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = document
        for key in node["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        node = target
    return node


def error_reference() -> str:
    """Return a row for each class of the error tree."""
    from rsconnect_jupyter import errors  # noqa: PLC0415 - the package is importable only once it is built

    rows = ["| Code | Error | Meaning |", "| --- | --- | --- |"]
    for name, each in inspect.getmembers(errors, inspect.isclass):
        if issubclass(each, errors.RSConnectException):
            meaning = (inspect.getdoc(each) or "").splitlines()[0]
            rows.append(f"| `{each.default_code}` | `{name}` | {meaning} |")
    return "\n".join(rows) + "\n"


def command_help(module: str) -> str:
    """Return what ``python -m module --help`` prints."""
    command = [sys.executable, "-m", module, "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
