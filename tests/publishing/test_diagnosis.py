"""What a failed run's log is told as: one sentence of what happened, one of what to do, the cell and the lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rsconnect_jupyter.bundle.plan import BundlePlan, plan_bundle
from rsconnect_jupyter.models import BundleOptions, TaskResult
from rsconnect_jupyter.notebook.analysis import analyse
from rsconnect_jupyter.publishing.diagnosis import Diagnosis, diagnose, run_failure
from rsconnect_jupyter.translation import _, language

RENDER = "Unable to render: Rendering exited abnormally: exit status 1"
STAMP = "2026/11/23 15:13:01.807814857 "


def result(error: str = RENDER, code: int = 1) -> TaskResult:
    return TaskResult(task_id="t", code=code, error=error)


def log_of(source: str, count: int, name: str, text: str) -> list[str]:
    """Return what nbconvert writes when a cell fails, in colour and with Connect's times."""
    lines = [
        "[NbConvertApp] Converting notebook report.ipynb to html",
        "Traceback (most recent call last):",
        "nbclient.exceptions.CellExecutionError: An error occurred while executing the following cell:",
        "------------------",
        *source.splitlines(),
        "------------------",
        "",
        "\x1b[31m---------------------------------------------------------------------------\x1b[39m",
        f"\x1b[31m{name}\x1b[39m                         Traceback (most recent call last)",
        f"\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[{count}]\x1b[39m\x1b[32m, line 1\x1b[39m",
        f"\x1b[32m----> \x1b[39m\x1b[32m1\x1b[39m {source.splitlines()[0]}",
        "",
        f"\x1b[31m{name}\x1b[39m: {text}",
        "",
    ]
    return ["Building Jupyter notebook...", *(STAMP + line for line in lines)]


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    sources = ["import pandas as pd", "# Prices", "df = pd.read_csv('data/prices.csv')\ndf.head()", "1 / 0", "1 / 0"]
    types = ["code", "markdown", "code", "code", "code"]
    cells: list[dict[str, Any]] = [
        {"cell_type": kind, "id": f"c{index}", "source": source, "metadata": {}}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for index, (kind, source) in enumerate(zip(types, sources, strict=True))
    ]
    path = tmp_path / "report.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    return path


def plan_of(notebook: Path, **options: object) -> BundlePlan:
    chosen = BundleOptions(detect_files=False, **options)  # type: ignore[arg-type]
    return plan_bundle(analyse(notebook), root=notebook.parent, mode="jupyter-static", options=chosen)


READ = "df = pd.read_csv('data/prices.csv')\ndf.head()"
GONE = "[Errno 2] No such file or directory: 'data/prices.csv'"


def test_a_missing_file_in_the_folder_can_be_added_with_one_click(notebook: Path) -> None:
    (notebook.parent / "data").mkdir()
    (notebook.parent / "data" / "prices.csv").write_text("a")

    told = diagnose(log_of(READ, 2, "FileNotFoundError", GONE), result(), plan=plan_of(notebook))

    assert told.message == "The notebook failed on the server in cell 3: FileNotFoundError: data/prices.csv"
    assert told.hint == "data/prices.csv is in the notebook's folder but not in the bundle: add it and publish again."
    assert told.where is not None
    assert (told.where.cell, told.where.cell_id) == (2, "c2")
    assert told.as_data() == {
        "failing_lines": ["----> 1 df = pd.read_csv('data/prices.csv')", f"FileNotFoundError: {GONE}"],
        "fix": {"action": "add-file", "label": "Add data/prices.csv", "value": "data/prices.csv"},
        "missing_file": "data/prices.csv",
    }


def test_a_variable_that_is_not_set_can_be_set_with_one_click(notebook: Path) -> None:
    told = diagnose(log_of("key = os.environ['TOKEN']", 1, "KeyError", "'TOKEN'"), result(), notebook=notebook)

    assert told.key == "environment-variable"
    assert told.fix is not None
    assert (told.fix.action, told.fix.value) == ("set-variable", "TOKEN")
    odd = diagnose(log_of("key = os.environ['a b']", 1, "KeyError", "'a b'"), result(), notebook=notebook)
    assert (odd.key, odd.fix) == ("environment-variable", None)


def test_without_a_notebook_that_can_be_read_the_log_is_explained_all_the_same(notebook: Path) -> None:
    log = log_of(READ, 2, "FileNotFoundError", GONE)
    notebook.write_text("{")
    for place in (notebook, None):
        told = diagnose(log, result(), notebook=place)
        assert (told.key, told.where, told.missing_file) == ("file-missing", None, None)


def test_an_error_has_what_programs_want_to_know(notebook: Path) -> None:
    log = log_of("1 / 0", 3, "ZeroDivisionError", "division by zero")
    error = run_failure(result(code=0), log, notebook=notebook)

    assert (error.exit_code, error.where and error.where.cell_id) == (1, "c3")
    assert error.data["failing_lines"][-1] == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    "after",
    [
        pytest.param([], id="nothing-more"),
        pytest.param(["CalledProcessError: Command 'x' returned 1."], id="only-the-process-that-failed"),
    ],
)
def test_a_cell_that_failed_without_a_reason_is_named(after: list[str], notebook: Path) -> None:
    told = diagnose(["nbclient.exceptions.CellExecutionError: x", *after], result(), notebook=notebook)

    assert (told.key, told.where) == ("cell" if not after else "python-error", None)


@pytest.mark.parametrize("before", [[], ["ImportError: no libzmq"]], ids=["silent", "with-a-reason"])
def test_a_kernel_that_did_not_start_may_have_said_why(before: list[str]) -> None:
    told = diagnose([*before, "RuntimeError: Kernel died before replying to kernel_info"], result())

    assert told.key == "kernel-not-started"
    assert ("no libzmq" in told.message) is bool(before)


def test_a_missing_file_that_is_nowhere_is_to_be_put_into_the_folder(notebook: Path) -> None:
    told = diagnose(log_of(READ, 2, "FileNotFoundError", GONE), result(), plan=plan_of(notebook))

    assert told.fix is None
    assert told.hint.startswith("Put the file in the notebook's folder")


@pytest.mark.parametrize("path", ["/home/ana/prices.csv", "../prices.csv", "C:\\\\prices.csv"])
def test_a_path_of_this_machine_is_called_one(notebook: Path, path: str) -> None:
    text = f"[Errno 2] No such file or directory: '{path}'"

    told = diagnose(log_of(READ, 2, "FileNotFoundError", text), result(), plan=plan_of(notebook))

    assert told.hint.startswith("The path exists on this machine only")
    assert told.missing_file is None


def test_a_file_outside_the_folder_is_never_offered(notebook: Path) -> None:
    (notebook.parent.parent / "outside.csv").write_text("a")
    text = "[Errno 2] No such file or directory: '../outside.csv'"

    told = diagnose(log_of(READ, 2, "FileNotFoundError", text), result(), plan=plan_of(notebook))

    assert told.missing_file is None


def test_the_number_tells_cells_of_the_same_text_apart(notebook: Path) -> None:
    told = diagnose(log_of("1 / 0", 4, "ZeroDivisionError", "division by zero"), result(), plan=plan_of(notebook))

    assert told.where is not None
    assert told.where.cell == 4
    assert told.message == "The notebook failed on the server in cell 5: ZeroDivisionError: division by zero"


def test_after_a_restart_the_notebook_on_disk_tells_the_cell(notebook: Path) -> None:
    told = diagnose(log_of(READ, 2, "KeyError", "'price'"), result(), notebook=notebook)

    assert told.where is not None
    assert told.where.cell == 2


def test_a_notebook_changed_since_is_not_blamed(notebook: Path) -> None:
    told = diagnose(log_of("something(else)", 9, "NameError", "name 'else' is not"), result(), notebook=notebook)

    assert told.where is None
    assert told.message.startswith("The notebook failed on the server: NameError")


def test_a_module_beside_the_notebook_is_offered(notebook: Path) -> None:
    (notebook.parent / "prices.py").write_text("x = 1")
    text = "No module named 'prices'"

    told = diagnose(log_of("1 / 0", 3, "ModuleNotFoundError", text), result(), plan=plan_of(notebook))

    assert told.missing_file == "prices.py"


def test_a_package_that_is_missing_is_named_with_the_place_to_add_it(notebook: Path) -> None:
    (notebook.parent / "requirements.txt").write_text("ipykernel\n")
    text = "No module named 'sklearn'"

    told = diagnose(log_of("1 / 0", 3, "ModuleNotFoundError", text), result(), plan=plan_of(notebook))

    assert "requirements.txt" in told.hint
    assert "sklearn" in told.hint or "scikit-learn" in told.hint


MISSING = {
    "ModuleNotFoundError": ("ModuleNotFoundError", "No module named 'tabulate'", "tabulate"),
    "pandas plot": (
        "ImportError",
        'matplotlib is required for plotting when the default backend "matplotlib" is selected.',
        "matplotlib",
    ),
    "pandas optional": (
        "ImportError",
        "Missing optional dependency 'openpyxl'.  Use pip or conda to install openpyxl.",
        "openpyxl",
    ),
    "plotly": ("ValueError", "Mime type rendering requires nbformat>=4.2.0 but it is not installed", "nbformat"),
    "plotly express": ("ImportError", "Plotly express requires numpy to be installed.", "numpy"),
    "tqdm": ("ImportError", "IProgress not found. Please update jupyter and ipywidgets.", "ipywidgets"),
    "pip": ("ImportError", "Install it with `pip install -U statsmodels`", "statsmodels"),
    "beautifulsoup": (
        "FeatureNotFound",
        "Couldn't find a tree builder with the features you requested: lxml. Do you need to install a parser library?",
        "lxml",
    ),
    "needed": ("ImportError", "The 'folium' package is required for 'explore'. You can install it.", "folium"),
}


@pytest.mark.parametrize("case", MISSING)
def test_a_package_that_a_library_asks_for_is_named(case: str, notebook: Path) -> None:
    name, text, package = MISSING[case]

    told = diagnose(log_of("1 / 0", 3, name, text), result(), plan=plan_of(notebook))

    assert f"did not install {package}:" in told.hint
    if name != "ModuleNotFoundError":  # whose name is a module's, not a package's
        assert told.fix is not None
        assert (told.fix.action, told.fix.value) == ("add-requirement", [package])


def test_a_package_of_the_kernel_can_be_added_with_one_click(notebook: Path) -> None:
    text = "No module named 'yaml'"

    told = diagnose(log_of("1 / 0", 3, "ModuleNotFoundError", text), result(), plan=plan_of(notebook))

    assert "did not install PyYAML:" in told.hint
    assert told.as_data()["fix"] == {"action": "add-requirement", "label": "Add PyYAML", "value": ["PyYAML"]}


def test_of_a_listed_package_that_lacks_a_part_all_that_is_installed_can_be_sent(notebook: Path) -> None:
    plan = plan_of(notebook, add_requirements=("PyYAML",))

    told = diagnose(log_of("1 / 0", 3, "ModuleNotFoundError", "No module named 'yaml.part'"), result(), plan=plan)

    assert told.fix is not None
    assert (told.fix.action, told.fix.value) == ("set-requirements", "freeze")


def test_an_added_version_that_the_index_lacks_can_be_removed_with_one_click(notebook: Path) -> None:
    plan = plan_of(notebook, add_requirements=("htmltools==0.1", "lxml"))
    lines = [
        "  ╰─▶ Because there is no version of htmltools==0.1 and you require",
        "      htmltools==0.1, we can conclude",
    ]
    told = diagnose(lines, result(), plan=plan)
    assert "htmltools==0.1" in told.message
    assert told.fix is not None
    assert (told.fix.action, told.fix.value) == ("remove-requirement", ["htmltools==0.1"])


def in_script(script: str, name: str, text: str) -> list[str]:
    """Return the log of a cell that ran a script as a process of its own."""
    lines = log_of("1 / 0", 3, "CalledProcessError", "Command '['python', 'etl.py']' returned non-zero exit status 1.")
    inner = ["Traceback (most recent call last):", f'  File "{script}", line 3, in <module>', f"{name}: {text}"]
    return [*lines[:7], *(STAMP + each for each in inner), *lines[7:]]


@pytest.mark.parametrize("script", ["/opt/connect/apps/7/etl.py", "/opt/connect/apps/7/jobs/etl.py"])
def test_a_missing_file_is_traced_to_the_script_that_opened_it(script: str, notebook: Path) -> None:
    path = script.removeprefix("/opt/connect/apps/7/")
    (notebook.parent / "jobs").mkdir()
    (notebook.parent / path).write_text("open('raw.csv')")
    (notebook.parent / "raw.csv").write_text("a")
    log = in_script(script, "FileNotFoundError", "[Errno 2] No such file or directory: 'raw.csv'")

    told = diagnose(log, result(), plan=plan_of(notebook))

    assert f"in cell 4 ({path}, line 3): FileNotFoundError: raw.csv" in told.message
    assert told.missing_file == "raw.csv"


def test_a_package_of_the_server_is_not_taken_for_a_script_of_the_project(notebook: Path) -> None:
    (notebook.parent / "etl.py").write_text("open('raw.csv')")
    log = in_script("/opt/python/lib/site-packages/etl.py", "FileNotFoundError", GONE)

    assert "in cell 4: FileNotFoundError" in diagnose(log, result(), plan=plan_of(notebook)).message


def test_a_file_that_a_script_looks_for_beside_itself_is_found_in_the_project(notebook: Path) -> None:
    (notebook.parent / "jobs").mkdir()
    (notebook.parent / "jobs" / "etl.py").write_text("open(Path(__file__).parent / 'raw.csv')")
    (notebook.parent / "jobs" / "raw.csv").write_text("a")
    text = "[Errno 2] No such file or directory: '/opt/connect/apps/7/jobs/raw.csv'"

    told = diagnose(in_script("jobs/etl.py", "FileNotFoundError", text), result(), plan=plan_of(notebook))

    assert told.missing_file == "jobs/raw.csv"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ValueError", "the column price is required"),
        ("TypeError", "plot() requires x."),
        ("RuntimeError", "a positive number is needed"),
    ],
)
def test_an_error_that_names_no_package_blames_none(name: str, text: str, notebook: Path) -> None:
    told = diagnose(log_of("1 / 0", 3, name, text), result(), plan=plan_of(notebook))

    assert "install" not in told.hint


def test_an_import_that_another_version_lacks_is_about_versions(notebook: Path) -> None:
    text = "cannot import name 'a' from 'pandas' (/opt/pandas/__init__.py)"

    told = diagnose(log_of("1 / 0", 3, "ImportError", text), result(), plan=plan_of(notebook))

    assert "another version" in told.hint


LOGS: dict[str, tuple[list[str], str, str]] = {
    "no such Python": (
        ["Cannot find compatible environment: no compatible Local environment with Python version 3.10.0"],
        "Cannot find compatible environment: no compatible Local environment with Python version 3.10.0",
        "The server has no Python 3.10.0 to run the notebook.",
    ),
    "no such version": (
        [
            STAMP
            + "ERROR: Could not find a version that satisfies the requirement htmltools==0.1 (from versions: none)",
            STAMP + "ERROR: No matching distribution found for htmltools==0.1",
            STAMP + "pip install failed with exit code 1",
        ],
        "An error occurred while building your content. (Error code: python-package-version-not-available)",
        "The server cannot install htmltools==0.1: its package index does not have it.",
    ),
    "a wheel that does not build": (
        [STAMP + "ERROR: Failed building wheel for pycairo", STAMP + "pip install failed with exit code 1"],
        "An error occurred while building your content.",
        "The server could not install the packages.",
    ),
    "no such kernel": (
        [STAMP + "jupyter_client.kernelspec.NoSuchKernel: No such kernel named analysis"],
        RENDER,
        "The server has no kernel of the notebook's name.",
    ),
    "killed": (
        [STAMP + "nbclient.exceptions.DeadKernelError: Kernel died"],
        RENDER,
        "The notebook's process died on the server, probably out of memory.",
    ),
    "out of time": (
        [
            STAMP
            + "nbclient.exceptions.CellTimeoutError: A cell timed out while it was being executed, after 30 seconds."
        ],
        RENDER,
        "The notebook took too long on the server.",
    ),
    "a hook's traceback": (
        ["Traceback (most recent call last):", '  File "x.py", line 1', "ValueError: no such theme"],
        RENDER,
        "The run on the server failed: ValueError: no such theme",
    ),
    "nothing known": (["Building Jupyter notebook..."], "", "The run on the server failed: it ended with code 1."),
    "only the task's error": ([], RENDER, "The run on the server failed: unable to render: Rendering exited"),
}


@pytest.mark.parametrize("name", LOGS)
def test_the_log_is_told_in_one_sentence(name: str) -> None:
    log, error, message = LOGS[name]

    told = diagnose(log, result(error))

    assert told.message.startswith(message)
    assert told.hint


def test_connects_own_code_leads_to_its_page() -> None:
    log, error, _ = LOGS["no such version"]

    data = diagnose(log, result(error)).as_data()

    assert data["connect_error"] == "python-package-version-not-available"
    assert data["help_url"].endswith("/troubleshooting/#python-package-version-not-available")


def test_a_long_error_is_cut_in_the_sentence_and_whole_in_the_lines(notebook: Path) -> None:
    told = diagnose(log_of("1 / 0", 3, "ValueError", "x" * 5000), result(), plan=plan_of(notebook))

    assert len(told.message) < 400
    assert told.lines[-1] == "ValueError: " + "x" * 5000


def test_no_log_at_all_is_told_too() -> None:
    assert isinstance(diagnose([], result("", code=9)), Diagnosis)


@pytest.mark.parametrize("name", ["en", "de_DE", "es_ES", "fr_FR", "ja_JP", "zh_CN"])
@pytest.mark.parametrize(
    "log",
    [log_of("1 / 0", 3, "ZeroDivisionError", "division by zero"), ["nbclient.exceptions.DeadKernelError"], []],
    ids=["cell", "kernel", "unknown"],
)
def test_where_it_ran_is_said_in_each_language(log: list[str], name: str) -> None:
    with language(name):
        place = _("in the rehearsal")
        told = diagnose(log, result(), location=place)
        assert place in told.message
        assert _("on the server") not in told.message
