"""Sphinx configuration; the reference pages are made from the code and the OpenAPI document at each build."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
PROJECT = HERE.parent
GENERATED = HERE / "reference" / "_generated"

project = "rsconnect-jupyter"
copyright = "2026, the rsconnect-jupyter contributors"  # noqa: A001 - Sphinx's name
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "reference/_generated", "reference/sandbox-clients.md"]
html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_sidebars = {"tutorial": [], "benchmarks": [], "changes": []}  # pages without others beside them
html_theme_options = {"show_prev_next": False, "navigation_with_keys": False, "show_toc_level": 2}
copybutton_prompt_text = "$ "  # of a session, the lines typed
autodoc_typehints = "description"
autodoc_member_order = "bysource"
default_role = "code"


def setup(app: Any) -> None:
    """Make the generated parts before Sphinx reads the pages."""
    app.connect("builder-inited", lambda _: write_generated())


def write_generated() -> None:
    """Write what the reference pages include: REST routes, errors, findings, settings, the commands' own help."""
    import catalog  # noqa: PLC0415 - these import the package, which is importable once it is built
    import options  # noqa: PLC0415
    import records  # noqa: PLC0415
    import routes  # noqa: PLC0415
    import traits  # noqa: PLC0415

    from rsconnect_jupyter.cli.app import PublishApp  # noqa: PLC0415
    from rsconnect_jupyter.extension.app import PublishExtension  # noqa: PLC0415
    from rsconnect_jupyter.models import Deployment, Event, Finding  # noqa: PLC0415

    GENERATED.mkdir(exist_ok=True)
    made = {
        "contents.md": contents(),
        "unreleased.md": unreleased_changes(),
        "rest.md": routes.route_reference(PROJECT / "rsconnect_jupyter" / "extension" / "openapi.yaml"),
        "options.md": options.option_table(),
        "errors.md": catalog.error_tables(),
        "findings.md": catalog.finding_table(),
        "event.md": records.fields_of(Event),
        "finding.md": records.fields_of(Finding),
        "deployment.md": records.fields_of(Deployment),
        "settings-panel.md": traits.panel_settings(PROJECT / "js" / "schema" / "plugin.json"),
        "settings-server.md": traits.settings_of(PublishExtension),
        "settings-command.md": traits.settings_of(PublishApp),
        "cli.txt": command_help("rsconnect_jupyter"),
        "sandbox.txt": command_help("rsconnect_jupyter.sandbox"),
    }
    for name, text in made.items():
        (GENERATED / name).write_text(text, encoding="utf-8")


def contents() -> str:
    """Return the table of contents; the measurements are there once ``make bench`` was run."""
    measured = ["benchmarks"] if (HERE / "benchmarks.md").exists() else []
    pages = ["Tutorial <tutorial>", "howto/index", "reference/index", "explanation/index", *measured, "changes"]
    return "\n".join(["```{toctree}", ":hidden:", "", *pages, "```", ""])


def unreleased_changes() -> str:
    """Return what the fragments below ``changes/`` say of the next version."""
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "next", "--date", "date"]
    draft = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    return draft.replace("## next (date)", "## Unreleased").replace("](docs/", "](/")


def command_help(module: str) -> str:
    """Return what ``python -m module --help`` prints, without this machine's paths."""
    command = [sys.executable, "-m", module, "--help"]
    narrow = {**os.environ, "COLUMNS": "100", "JUPYTER_DATA_DIR": "JUPYTER_DATA"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=narrow).stdout
