"""Code that a notebook runs elsewhere: its files are bundled, and its imports count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from kernel_client import Kernel

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
    "scrapbook's results of a notebook": (
        {"child.ipynb": "scraps = 1"},
        "import yaml\nsb.read_notebook('child.ipynb').scraps",
        {"child.ipynb"},
        {"PyYAML"},
    ),
    "scrapbook's results of a folder": (
        {"runs/one.ipynb": "scraps = 1", "runs/two.ipynb": "scraps = 2"},
        "import yaml\nsb.read_notebooks('runs')",
        {"runs/one.ipynb", "runs/two.ipynb"},
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


RUNS: dict[str, tuple[str, set[str]]] = {
    "%run": ("%run steps/etl.py", {"steps/etl.py", "steps/helper.py", "shared.py"}),
    "%run without a suffix": ("%run -i steps/etl", {"steps/etl.py", "steps/helper.py", "shared.py"}),
    "%run of a notebook": ("%run steps/etl.ipynb", {"steps/etl.ipynb", "steps/helper.py", "shared.py"}),
    "runpy": ("import runpy\nrunpy.run_path('steps/etl.py')", {"steps/etl.py", "shared.py"}),
    "exec": ("exec(open('steps/etl.py').read())", {"steps/etl.py", "shared.py"}),
}
"""What runs ``import helper, shared`` in a folder -> the files that are then imported."""


def run_in_kernel(kernel: Kernel, folder: Path, source: str) -> set[str]:
    """Return the files of a folder that code runs or imports, as a real kernel says."""
    kernel.run(f"%cd -q {folder}")
    kernel.run("import sys\nfor name in ('helper', 'shared'): sys.modules.pop(name, None)")
    kernel.run("try:\n" + "\n".join(f"    {line}" for line in source.splitlines()) + "\nexcept ImportError: pass")
    loaded = kernel.run("print([f'{n}=' + sys.modules[n].__file__ for n in ('helper', 'shared') if n in sys.modules])")
    return {name for name in ("steps/helper.py", "shared.py") if f"{folder}/{name}" in loaded}


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("kernel")
    running = Kernel(folder, folder / "n.ipynb")
    yield running
    running.close()


@pytest.mark.parametrize("case", RUNS)
def test_imports_of_what_runs_are_looked_up_where_the_kernel_does(case: str, kernel: Kernel, tmp_path: Path) -> None:
    source, reached = RUNS[case]
    code = "try:\n    import helper\nexcept ImportError:\n    pass\nimport shared"
    name = "steps/etl.ipynb" if "ipynb" in source else "steps/etl.py"
    plan = plan_of(tmp_path, {name: code, "steps/helper.py": "import yaml", "shared.py": ""}, source)
    assert {each.path for each in plan.files} - {"report.ipynb", "requirements.txt"} == reached
    assert reached - {name} == run_in_kernel(kernel, tmp_path, source)
    assert any(each.startswith("PyYAML") for each in plan.requirements.lines) == ("steps/helper.py" in reached)


@pytest.mark.parametrize(
    "run", ["!python steps/etl.py", "import subprocess\nsubprocess.run(['python', 'steps/etl.py'])"]
)
def test_a_script_run_as_a_program_imports_from_its_own_folder(run: str, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {"steps/etl.py": "import helper", "steps/helper.py": "import yaml"}, run)
    assert {"steps/etl.py", "steps/helper.py"} <= {each.path for each in plan.files}
    assert any(each.startswith("PyYAML") for each in plan.requirements.lines)
    assert [each for each in check(plan) if each.code == "import-not-installed"] == []


def test_the_notebook_itself_does_not_import_from_a_scripts_folder(tmp_path: Path) -> None:
    files = {"steps/etl.py": "import yaml_helper", "steps/yaml_helper.py": ""}
    found = check(plan_of(tmp_path, files, "%run steps/etl.py", "import yaml_helper"))
    assert [each.where.cell for each in found if each.code == "import-not-installed" and each.where] == [1]


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
