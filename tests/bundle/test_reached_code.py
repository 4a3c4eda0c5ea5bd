"""Code that a notebook runs elsewhere: its files are bundled, and its imports count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rsconnect_jupyter.bundle.plan import BundlePlan, plan_bundle
from rsconnect_jupyter.notebook.analysis import analyse
from rsconnect_jupyter.preflight.checks import check


def write_notebook(path: Path, *sources: str) -> None:
    cells = [
        {"cell_type": "code", "source": each, "metadata": {}, "outputs": [], "execution_count": 1} for each in sources
    ]
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}))


def plan_of(folder: Path, files: dict[str, str], *sources: str) -> BundlePlan:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".ipynb"):
            write_notebook(folder / name, *text.split("# next cell\n"))
        else:
            (folder / name).write_text(text)
    write_notebook(folder / "report.ipynb", *sources)
    return plan_bundle(analyse(folder / "report.ipynb"), root=folder, mode="jupyter-static")


CHILD = "import yaml, matplotlib\nopen('figures.csv').read()"
SCRIPT = 'import yaml\nwith open("raw.csv") as source, open("out.csv", "w") as target:\n    pass\n'

CASES: dict[str, tuple[dict[str, str], str, set[str], set[str]]] = {
    "%run of a notebook": (
        {"setup.ipynb": CHILD, "figures.csv": "a"},
        "%run setup.ipynb\nload().describe()",
        {"setup.ipynb", "figures.csv"},
        {"PyYAML", "matplotlib", "nbformat"},
    ),
    "papermill": (
        {"child.ipynb": CHILD, "figures.csv": "a"},
        "import papermill as pm\npm.execute_notebook('child.ipynb', 'child-out.ipynb', parameters={'n': 2})",
        {"child.ipynb", "figures.csv"},
        {"PyYAML", "matplotlib"},
    ),
    "a notebook that runs a script": (
        {
            "steps/one.ipynb": "%run steps/two.py",
            "steps/two.py": "import yaml\nopen('figures.csv')",
            "figures.csv": "a",
        },
        "%run steps/one.ipynb",
        {"steps/one.ipynb", "steps/two.py", "figures.csv"},
        {"PyYAML", "nbformat"},
    ),
    "import_ipynb": (
        {"steps/one.ipynb": CHILD, "two.ipynb": "import packaging", "figures.csv": "a"},
        "import import_ipynb\nimport two\nfrom steps import one",
        {"two.ipynb"},
        {"packaging"},
    ),
    "import_ipynb of a folder's": (
        {"steps/one.ipynb": CHILD, "figures.csv": "a"},
        "import import_ipynb, json\nimport steps.one",
        {"steps/one.ipynb", "figures.csv"},
        {"PyYAML", "matplotlib"},
    ),
    "ipynb.fs": (
        {"one.ipynb": CHILD, "figures.csv": "a"},
        "from ipynb.fs.full.one import load",
        {"one.ipynb", "figures.csv"},
        {"PyYAML", "matplotlib"},
    ),
    "nbclient": (
        {"child.ipynb": CHILD, "figures.csv": "a"},
        "import nbformat\nfrom nbclient import NotebookClient\n"
        "NotebookClient(nbformat.read('child.ipynb', as_version=4)).execute()",
        {"child.ipynb", "figures.csv"},
        {"PyYAML", "matplotlib", "nbclient", "nbformat"},
    ),
    "nbclient's execute": (
        {"child.ipynb": CHILD, "figures.csv": "a"},
        "import nbclient, nbformat\nnb = nbformat.reads(open('child.ipynb').read(), 4)\nnbclient.execute(nb)",
        {"child.ipynb", "figures.csv"},
        {"PyYAML", "matplotlib", "nbclient", "nbformat"},
    ),
    "!jupyter execute": (
        {"child.ipynb": CHILD, "figures.csv": "a"},
        "!jupyter execute child.ipynb",
        {"child.ipynb", "figures.csv"},
        {"PyYAML", "matplotlib"},
    ),
    "a notebook's outputs": (
        {"out.ipynb": "1"},
        "import nbformat\nprint(nbformat.read('out.ipynb', 4).cells)",
        {"out.ipynb"},
        {"nbformat"},
    ),
    "%load": (
        {"etl.py": SCRIPT, "raw.csv": "a"},
        "%load etl.py",
        {"etl.py", "raw.csv"},
        {"PyYAML"},
    ),
    "%load without a suffix": (
        {"etl.py": SCRIPT, "raw.csv": "a"},
        "%load etl",
        {"etl.py", "raw.csv"},
        {"PyYAML"},
    ),
    "!python": (
        {"etl.py": SCRIPT, "raw.csv": "a", "settings.yml": "a: 1"},
        "!python etl.py --config settings.yml\nimport pandas as pd\npd.read_csv('out.csv')",
        {"etl.py", "raw.csv", "settings.yml"},
        {"PyYAML", "pandas"},
    ),
    "%run without a suffix": (
        {"helpers.py": "import numpy as np\nimport yaml"},
        "%run helpers\ntotal([1, 2])",
        {"helpers.py"},
        {"numpy", "PyYAML"},
    ),
    "%run -i with arguments": ({"helpers.py": "import yaml"}, "%run -i helpers one two", {"helpers.py"}, {"PyYAML"}),
    "subprocess": (
        {"etl.py": SCRIPT, "raw.csv": "a"},
        "import subprocess, sys\nsubprocess.run([sys.executable, 'etl.py'], check=True)",
        {"etl.py", "raw.csv"},
        {"PyYAML"},
    ),
    "os.system": (
        {"etl.py": SCRIPT, "raw.csv": "a"},
        "import os\nos.system('python etl.py --fast')",
        {"etl.py", "raw.csv"},
        {"PyYAML"},
    ),
    "runpy": (
        {"etl.py": SCRIPT, "raw.csv": "a"},
        "import runpy\nrunpy.run_path('etl.py')",
        {"etl.py", "raw.csv"},
        {"PyYAML"},
    ),
    "exec of open": (
        {"etl.py": SCRIPT, "raw.csv": "a"},
        "exec(open('etl.py').read())",
        {"etl.py", "raw.csv"},
        {"PyYAML"},
    ),
    "a script that imports a module": (
        {"etl.py": "import mine", "mine.py": "import yaml\nopen('raw.csv')", "raw.csv": "a"},
        "%run etl.py",
        {"etl.py", "mine.py", "raw.csv"},
        {"PyYAML"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_runs_elsewhere_is_followed(case: str, tmp_path: Path) -> None:
    files, source, bundled, packages = CASES[case]
    plan = plan_of(tmp_path, files, source)
    assert {each.path for each in plan.files} == {"report.ipynb", "requirements.txt", *bundled}
    assert {each.partition("==")[0] for each in plan.requirements.lines} - {"ipykernel", "papermill"} == packages
    assert {each.code for each in check(plan)} & {"file-missing", "file-not-in-bundle"} == set()


def test_a_program_that_a_command_runs_is_a_package(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {}, "!python -m yaml --version\n!ls -l\n!pip list\n!pip list")
    assert {each.partition("==")[0] for each in plan.requirements.lines} == {"PyYAML", "ipykernel"}


def test_a_link_to_a_notebook_runs_nothing(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {"other.ipynb": "import yaml"}, "print('see other.ipynb')")
    assert not any(each.startswith("PyYAML") for each in plan.requirements.lines)


def test_a_notebook_that_runs_itself_or_a_broken_one_is_survived(tmp_path: Path) -> None:
    (tmp_path / "broken.ipynb").write_text("{")
    plan = plan_of(tmp_path, {}, "%run report.ipynb", "%run broken.ipynb")
    assert {each.path for each in plan.files} == {"report.ipynb", "broken.ipynb", "requirements.txt"}


def test_a_script_that_does_not_exist_is_named(tmp_path: Path) -> None:
    found = [each for each in check(plan_of(tmp_path, {}, "%run gone")) if each.code == "file-missing"]
    assert [each.message for each in found] == ["gone.py, run in cell 1, does not exist."]
