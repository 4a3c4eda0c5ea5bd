"""A running kernel says which packages it has installed and loaded, and its session stays as it was."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from kernel_client import Kernel
from notebook_documents import notebook_document

from rsconnect_jupyter.bundle.plan import plan_bundle
from rsconnect_jupyter.kernel.environment import inspect_kernel
from rsconnect_jupyter.kernel.running import answer_of, keep_answer, question
from rsconnect_jupyter.models import Finding, KernelEnvironment
from rsconnect_jupyter.notebook.analysis import analyse
from rsconnect_jupyter.notebook.reading import Notebook, read_notebook
from rsconnect_jupyter.preflight.checks import check


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("kernel")
    running = Kernel(folder, folder / "n.ipynb", measured=False)
    yield running
    running.close()


def ask(kernel: Kernel) -> Mapping[str, Any]:
    reply: Mapping[str, Any] = kernel.client.execute(**question(), reply=True, timeout=60)["content"]
    return reply


def told(kernel: Kernel, name: str = "python3") -> KernelEnvironment:
    answer = answer_of(ask(kernel), kernel=name)
    assert answer is not None
    return answer


def save(folder: Path, *cells: str, kernel: str = "python3") -> Path:
    path = folder / "report.ipynb"
    path.write_text(json.dumps(notebook_document(*cells, kernel=kernel)))
    return path


def findings(notebook: Path) -> list[Finding]:
    plan = plan_bundle(analyse(notebook), root=notebook.parent, mode="jupyter-static")
    return [each for each in check(plan) if each.code == "maybe-missing"]


def test_it_says_what_its_interpreter_says(kernel: Kernel, tmp_path: Path) -> None:
    installed = inspect_kernel(Notebook(path=tmp_path / "n.ipynb", kernel="python3"))
    answer = told(kernel)
    assert (answer.version, answer.interpreter) == (installed.version, installed.interpreter)
    assert answer.distributions == installed.distributions
    assert answer.modules == installed.modules


def test_what_it_has_loaded_is_named_whoever_imported_it(kernel: Kernel) -> None:
    kernel.run("import importlib; importlib.import_module('skl' + 'earn.svm')")
    loaded = told(kernel).loaded or ()
    assert "scikit-learn" in loaded
    assert "voila" not in loaded


def test_what_another_package_loads_wherever_it_is_installed_is_not_named(kernel: Kernel) -> None:
    kernel.run("import sklearn")
    assert kernel.run("import sys\nprint('pandas' in sys.modules, 'joblib' in sys.modules)") == "True True"
    assert {"pandas", "joblib", "numpy"} & set(told(kernel).loaded or ()) == set()


def test_the_session_does_not_change(kernel: Kernel) -> None:
    kernel.run("kept = 41")
    state = "print(sorted(n for n in globals() if not n.startswith('_i')), _, len(In), get_ipython().execution_count)"
    before = kernel.run(state).replace(str(41), "")
    ask(kernel)
    after = kernel.run(state)
    names, count = ast.literal_eval(before[: before.index("]") + 1]), int(before.split()[-1])
    assert ast.literal_eval(after[: after.index("]") + 1]) == names
    assert int(after.split()[-1]) == count + 1  # the line above itself


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"status": "error"},
        {"user_expressions": {"packages": {"status": "error", "ename": "NameError"}}},
        {"user_expressions": {"packages": {"data": {"text/plain": "'{}'"}}}},
        {"user_expressions": {"packages": {"data": {"text/plain": "__import__('os')"}}}},
        {"user_expressions": {"packages": {"data": {"text/plain": repr("[1, 2]")}}}},
        {"user_expressions": {"packages": {"data": {"text/plain": repr('{"distributions": [{"a": 1}]}')}}}},
    ],
    ids=["empty", "error", "failed", "no parts", "code", "a list", "other parts"],
)
def test_anything_else_is_no_answer(reply: dict[str, Any]) -> None:
    assert answer_of(reply, kernel="python3") is None


def test_it_stands_in_for_a_kernel_that_is_not_installed_here(kernel: Kernel, tmp_path: Path) -> None:
    path = save(tmp_path, "import packaging", kernel="on-the-cluster")
    keep_answer(path, told(kernel, "on-the-cluster"))
    plan = plan_bundle(analyse(path), root=tmp_path, mode="jupyter-static")
    assert [each for each in plan.findings if each.severity != "info"] == []
    assert [each.partition("==")[0] for each in plan.requirements.lines] == ["ipykernel", "packaging"]


def test_the_answer_of_another_kernel_does_not_count(kernel: Kernel, tmp_path: Path) -> None:
    path = save(tmp_path, "1", kernel="python3")
    keep_answer(path, told(kernel, "on-the-cluster"))
    assert inspect_kernel(read_notebook(path)).loaded is None


def test_a_package_that_only_the_running_kernel_shows_can_be_added_by_one_click(kernel: Kernel, tmp_path: Path) -> None:
    path = save(tmp_path, "import importlib\nname = 'skl' + 'earn'\nimportlib.import_module(name)")
    kernel.run("import importlib; importlib.import_module('skl' + 'earn')")
    assert findings(path) == []
    keep_answer(path, told(kernel))
    (found,) = findings(path)
    assert found.severity == "info"
    assert found.fix is not None
    assert found.fix.action == "add-requirement"
    assert found.fix.value == ["scikit-learn"]  # and not what it depends on
    assert "scikit-learn" in found.message


@pytest.mark.parametrize("cell", ["import sklearn", "from sklearn import svm"])
def test_what_the_requirements_bring_along_is_not_offered(cell: str, kernel: Kernel, tmp_path: Path) -> None:
    kernel.run("import sklearn")
    path = save(tmp_path, cell)
    keep_answer(path, told(kernel))
    assert findings(path) == []
