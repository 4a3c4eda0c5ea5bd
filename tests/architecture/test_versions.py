"""One version: in the front end's package, in the Python package, and in the REST contract."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

import rsconnect_jupyter
from rsconnect_jupyter.requirements.toml_text import load_toml

PROJECT = Path(__file__).parents[2]


def test_all_parts_have_the_same_version() -> None:
    front_end = json.loads((PROJECT / "package.json").read_text())["version"]
    contract = yaml.safe_load((PROJECT / "rsconnect_jupyter" / "extension" / "openapi.yaml").read_text())
    assert rsconnect_jupyter.__version__ == front_end
    assert contract["info"]["version"] == front_end


def test_the_lock_file_is_of_the_same_version() -> None:
    front_end = json.loads((PROJECT / "package.json").read_text())["version"]
    lock = json.loads((PROJECT / "package-lock.json").read_text())
    assert lock["version"] == lock["packages"][""]["version"] == front_end


def test_the_newest_released_entry_of_the_changes_is_this_version() -> None:
    newest = re.search(r"^## (\d\S+)", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == rsconnect_jupyter.__version__


def test_the_front_end_asks_for_no_newer_jupyterlab_than_it_is_written_for() -> None:
    """Left alone, the build asks for the JupyterLab it is built with, and older ones complain in the console."""
    front_end = json.loads((PROJECT / "package.json").read_text())
    asked = {name: each["requiredVersion"] for name, each in front_end["jupyterlab"]["sharedPackages"].items()}
    assert asked == {name: each for name, each in front_end["dependencies"].items() if name.startswith("@jupyterlab/")}


def test_all_addresses_of_the_project_are_below_one_homepage() -> None:
    front_end = json.loads((PROJECT / "package.json").read_text())
    homepage = front_end["homepage"]
    assert front_end["bugs"]["url"] == f"{homepage}/issues"
    assert front_end["repository"]["url"] == f"{homepage}.git"
    urls = load_toml((PROJECT / "pyproject.toml").read_text())["project"]["urls"]
    assert set(urls) == {"Homepage", "Documentation", "Source Code", "Bug Tracker", "Changelog"}
    assert [name for name, url in urls.items() if url != homepage and not url.startswith(f"{homepage}/")] == []
