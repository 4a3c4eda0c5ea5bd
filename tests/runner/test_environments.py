"""Environments are made by uv where it can, else by pip; kernels are found under any name."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from rsconnect_jupyter.runner.environments import (
    EnvironmentFailedError,
    environment_name,
    installed_packages,
    installer_variables,
    interpreter_of,
    kernel_folder,
    make_environment,
)


class Installers:
    """Notes the commands and answers with exit codes by what is in them."""

    def __init__(self, **codes: int) -> None:
        self._codes = codes
        self.ran: list[str] = []
        self.said: list[str] = []

    def call(self, command: Sequence[str], _variables: Mapping[str, str]) -> int:
        name = "venv" if "venv" in command else "pip" if "--no-input" in command else "uv"
        self.ran.append(f"{name} {command[-1] if name != 'venv' else ''}".strip())
        return self._codes.get(name, 0)


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path=None: f"/opt/{name}")


@pytest.mark.usefixtures("uv")
@pytest.mark.parametrize(
    ("codes", "how", "ran", "said"),
    [
        ({}, {}, ["venv", "uv {file}"], []),
        ({}, {"needed": "ipykernel"}, ["venv", "uv {file}", "uv ipykernel"], []),
        ({"uv": 2}, {}, ["venv", "uv {file}", "pip {file}"], ["uv install failed with exit code 2"]),
        ({}, {"allow_uv": False}, ["venv", "pip {file}"], []),
    ],
    ids=["uv", "and the kernel", "pip after uv", "pip only"],
)
def test_who_installs(
    codes: Mapping[str, int], how: Mapping[str, str], ran: list[str], said: list[str], tmp_path: Path
) -> None:
    installers = Installers(**codes)
    file = tmp_path / "requirements.txt"
    make_environment(tmp_path / "made", file, call=installers.call, say=installers.said.append, **how)  # type: ignore[arg-type]
    assert installers.ran == [each.format(file=file) for each in ran]
    assert installers.said == said


@pytest.mark.usefixtures("uv")
@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ({"venv": 1}, "The virtual environment cannot be made."),
        ({"uv": 1, "pip": 1}, "The requirements cannot be installed."),
    ],
    ids=["no environment", "no installer"],
)
def test_nothing_is_left_of_a_failed_one(codes: Mapping[str, int], message: str, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    installers = Installers(**codes)
    with pytest.raises(EnvironmentFailedError, match=message):
        make_environment(folder, tmp_path / "r.txt", call=installers.call, say=installers.said.append)
    assert not folder.exists()


def test_without_requirements_only_the_kernel_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name, path=None: None)
    installers = Installers()
    make_environment(tmp_path, None, call=installers.call, say=installers.said.append, needed="ipykernel")
    assert installers.ran == ["venv", "pip ipykernel"]


def test_its_name_depends_on_requirements_and_python() -> None:
    names = {environment_name(each, python=python) for each in (b"a", b"b") for python in ("3.10", "3.11")}
    assert len(names) == 4
    assert environment_name(b"a", python="3.10") in names


def test_installers_get_proxies_and_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "PIP_INDEX_URL", "MY_TOKEN", "JUPYTER_PATH", "PYTHONPATH", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "x")
    variables = installer_variables()
    assert {"HTTPS_PROXY", "PIP_INDEX_URL", "PIP_DISABLE_PIP_VERSION_CHECK"} <= variables.keys()
    assert not {"MY_TOKEN", "JUPYTER_PATH", "PYTHONPATH", "VIRTUAL_ENV"} & variables.keys()


def test_packages_of_an_environment(tmp_path: Path) -> None:
    for name, version in (("zed", "2"), ("Alpha", "1.0")):
        info = tmp_path / "lib" / "python3.11" / "site-packages" / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    assert installed_packages(tmp_path) == ["Alpha==1.0", "zed==2"]


@pytest.mark.parametrize("is_folder", [False, True], ids=["a notebook", "a folder of notebooks"])
def test_notebooks_find_their_kernel_whatever_it_is_called(is_folder: bool, tmp_path: Path) -> None:
    notebooks = {
        "own.ipynb": {"metadata": {"kernelspec": {"name": "My-Kernel"}}},
        "away.ipynb": {"metadata": {"kernelspec": {"name": "../away"}}},
        "dots.ipynb": {"metadata": {"kernelspec": {"name": ".."}}},
        "none.ipynb": {"metadata": {}},
    }
    for name, document in notebooks.items():
        (tmp_path / name).write_text(json.dumps(document))
    (tmp_path / "broken.ipynb").write_text("no JSON")
    python = interpreter_of(tmp_path / "environment")
    kernel_folder(tmp_path / "jupyter", python, tmp_path if is_folder else tmp_path / "own.ipynb")
    made = {each.parent.name: json.loads(each.read_text()) for each in (tmp_path / "jupyter").rglob("kernel.json")}
    assert made.keys() == {"python3", "my-kernel"}
    assert made["python3"]["argv"][:3] == [str(python), "-m", "ipykernel_launcher"]
    assert sys.platform == "win32" or python.name == "python"
