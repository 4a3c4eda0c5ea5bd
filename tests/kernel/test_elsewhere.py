"""Kernels that do not run on this machine: no interpreter of the same name here is taken for theirs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace
from notebook_documents import notebook_document

from rsconnect_jupyter.bundle.plan import BundlePlan, plan_bundle
from rsconnect_jupyter.errors import KernelError
from rsconnect_jupyter.kernel import kernelspecs
from rsconnect_jupyter.kernel.environment import inspect_kernel
from rsconnect_jupyter.kernel.kernelspecs import also_ask, find_kernelspec
from rsconnect_jupyter.kernel.running import with_answer
from rsconnect_jupyter.models import BundleOptions, KernelEnvironment
from rsconnect_jupyter.notebook.analysis import analyse
from rsconnect_jupyter.notebook.reading import Notebook


class GatewaySpecs:
    """What is used of a gateway's manager: it answers later."""

    async def get_kernel_spec(self, kernel_name: str) -> Any:
        return SimpleNamespace(argv=[kernel_name])


@pytest.fixture
def gateway() -> Iterator[None]:
    """Jupyter's kernels come from a gateway."""
    also_ask(GatewaySpecs())
    yield
    kernelspecs._managers.clear()
    kernelspecs.set_gateway(used=False)


def save(folder: Path, *cells: str, kernel: str = "python3", version: str = "3.9.18") -> Path:
    document = notebook_document(*cells, kernel=kernel)
    document["metadata"]["language_info"] = {"name": "python", **({"version": version} if version else {})}
    path = folder / "report.ipynb"
    path.write_text(json.dumps(document))
    return path


def planned(notebook: Path, **options: Any) -> BundlePlan:
    return plan_bundle(analyse(notebook), root=notebook.parent, mode="jupyter-static", options=BundleOptions(**options))


def severities(plan: BundlePlan) -> dict[str, str]:
    return {each.code: each.severity for each in plan.findings}


@pytest.mark.usefixtures("gateway")
def test_a_gateways_kernel_is_not_the_local_one_of_the_same_name(tmp_path: Path) -> None:
    with pytest.raises(KernelError) as caught:
        inspect_kernel(Notebook(path=tmp_path / "n.ipynb", kernel="python3"))
    assert caught.value.code == "kernel-elsewhere"


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernel_provisioner": {"provisioner_name": "kubernetes-provisioner"}},
        {"process_proxy": {"class_name": "enterprise_gateway.services.processproxies.k8s.KubernetesProcessProxy"}},
    ],
    ids=["provisioner", "enterprise-gateway"],
)
def test_a_local_spec_can_start_kernels_elsewhere(
    metadata: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_spec(tmp_path, monkeypatch, argv=[sys.executable, "-m", "ipykernel_launcher"], metadata=metadata)
    with pytest.raises(KernelError) as caught:
        find_kernelspec("mine")
    assert caught.value.code == "kernel-elsewhere"


def test_the_local_provisioner_starts_kernels_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = {"kernel_provisioner": {"provisioner_name": "local-provisioner"}}
    add_spec(tmp_path, monkeypatch, argv=["/opt/python"], metadata=metadata)
    assert find_kernelspec("mine").argv == ("/opt/python",)


def other_python() -> str:
    return f"python{sys.version_info[0]}.{sys.version_info[1] + 1}"


@pytest.mark.parametrize("name", ["python", "python3", f"python3.{sys.version_info[1]}"])
def test_a_bare_name_of_jupyters_own_python_is_that(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_spec(tmp_path, monkeypatch, argv=[name, "-m", "ipykernel_launcher"])
    assert find_kernelspec("mine").argv[0] == sys.executable


def test_a_bare_name_of_another_python_is_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_spec(tmp_path, monkeypatch, argv=[other_python(), "-m", "ipykernel_launcher"])
    programs = tmp_path / "programs"
    programs.mkdir()
    called = programs / other_python()
    called.write_text(f"#!/bin/sh\necho called > '{tmp_path}/called'\nexec '{sys.executable}' \"$@\"\n")
    called.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    inspect_kernel(Notebook(path=tmp_path / "n.ipynb", kernel="mine"))
    assert (tmp_path / "called").is_file()


def test_a_bare_name_that_is_not_on_the_path_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_spec(tmp_path, monkeypatch, argv=["python3.99", "-m", "ipykernel_launcher"])
    with pytest.raises(KernelError) as caught:
        inspect_kernel(Notebook(path=tmp_path / "n.ipynb", kernel="mine"))
    assert caught.value.code == "kernel-interpreter-missing"


@pytest.mark.usefixtures("gateway")
def test_with_a_requirements_file_a_gateways_kernel_needs_not_be_known(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("pandas==2.2.0\n")
    plan = planned(save(tmp_path, "import pandas"))
    assert severities(plan) == {"kernel-elsewhere": "warning"}
    assert plan.manifest["python"]["version"] == "3.9.18"
    assert plan.requirements.lines == ("pandas==2.2.0",)


@pytest.mark.usefixtures("gateway")
def test_without_one_the_imports_are_named_and_the_author_is_told(tmp_path: Path) -> None:
    plan = planned(save(tmp_path, "import pandas, json\nfrom sklearn import svm"))
    assert severities(plan) == {"kernel-elsewhere": "warning", "packages-guessed": "warning"}
    assert set(plan.requirements.lines) == {"pandas", "scikit-learn", "ipykernel"}


@pytest.mark.usefixtures("gateway")
def test_all_installed_packages_of_a_gateways_kernel_cannot_be_listed(tmp_path: Path) -> None:
    plan = planned(save(tmp_path, "import pandas"), requirements="freeze")
    assert severities(plan) == {"kernel-elsewhere": "error"}


@pytest.mark.parametrize("kernel", ["colleagues-env", "python", "databricks"])
@pytest.mark.parametrize("version", ["3.9.18", ""], ids=["known", "unknown"])
def test_a_kernel_that_is_not_installed_does_not_stop_a_publish_with_a_requirements_file(
    kernel: str, version: str, tmp_path: Path
) -> None:
    (tmp_path / "requirements.txt").write_text("pandas==2.2.0\n")
    plan = planned(save(tmp_path, "import pandas", kernel=kernel, version=version))
    found = severities(plan)
    assert found.pop("kernel-not-installed") == "warning"
    assert found == ({} if version else {"python-assumed": "warning"})
    assert plan.manifest["python"]["version"] == (version or ".".join(map(str, sys.version_info[:3])))


def test_a_script_block_states_the_packages_as_a_file_does(tmp_path: Path) -> None:
    block = '# /// script\n# dependencies = ["pandas"]\n# ///'
    assert severities(planned(save(tmp_path, block, kernel="gone"))) == {"kernel-not-installed": "warning"}


def add_spec(folder: Path, monkeypatch: pytest.MonkeyPatch, **spec: Any) -> None:
    """Install a kernel ``mine``."""
    kernel = folder / "kernels" / "mine"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps({"display_name": "Mine", "language": "python", **spec}))
    monkeypatch.setenv("JUPYTER_PATH", str(folder))


def test_a_manager_that_answers_later_is_a_gateways() -> None:
    with pytest.raises(KernelError) as caught:
        find_kernelspec("python3", specs=GatewaySpecs())
    assert caught.value.code == "kernel-elsewhere"
    with pytest.raises(KernelError) as caught:
        find_kernelspec("python3", specs=SimpleNamespace(get_kernel_spec=lambda _name: object()))
    assert caught.value.code == "kernel-elsewhere"


def test_without_any_kernel_folder_jupyters_own_python_is_python3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernelspecs, "_kernel_folders", dict)
    assert find_kernelspec("Python3").argv[0] == sys.executable
    with pytest.raises(KernelError) as caught:
        find_kernelspec("other")
    assert (caught.value.data or {}).keys() == {"kernel", "installed"}


def test_what_the_running_kernel_says_counts_where_it_is_another_python() -> None:
    read = KernelEnvironment(kernel="k", display_name="K", language="python", interpreter="/a/python", version="3.11.1")
    same = replace(read, display_name="k", loaded=("numpy",))
    assert with_answer(read, same) == replace(read, loaded=("numpy",))
    other = replace(same, interpreter="/b/python")
    assert with_answer(read, other) == replace(other, display_name="K")
