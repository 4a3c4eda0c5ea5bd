"""The notebook's own kernel is asked, whatever stands between its spec and its interpreter."""

from __future__ import annotations

import ast
import json
import os
import sys
import venv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest

from rsconnect_jupyter.bundle.quarto import local_version
from rsconnect_jupyter.errors import KernelError
from rsconnect_jupyter.kernel import probe
from rsconnect_jupyter.kernel.environment import begin_inspection, inspect_kernel
from rsconnect_jupyter.kernel.running import environment_of
from rsconnect_jupyter.models import KernelEnvironment
from rsconnect_jupyter.notebook.reading import Notebook, read_notebook
from rsconnect_jupyter.requirements.lock_files import read_uv_lock

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
LAUNCH = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]

Inspect = Callable[..., KernelEnvironment]

UV_LOCK = """version = 1
requires-python = ">=3.10"

[[package]]
name = "p"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "six" }]

[package.metadata]
requires-dist = [{ name = "six" }]

[[package]]
name = "six"
version = "1.16.0"
source = { registry = "https://pypi.org/simple" }
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="makes shell scripts")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with nothing in it, not even pip; our package is not there either."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    return folder


@pytest.fixture
def site(environment: Path) -> Any:
    """Its site-packages, emptied afterwards."""
    folder = next((environment / "lib").glob("python*/site-packages"))
    before = set(folder.iterdir())
    yield folder
    for each in sorted(folder.rglob("*"), reverse=True):
        if not any(each == known or known in each.parents for known in before):
            each.rmdir() if each.is_dir() else each.unlink()


@pytest.fixture
def inspect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inspect:
    """Install a kernelspec of its own and inspect a notebook that names it."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    project = tmp_path / "project"
    project.mkdir()

    def run(argv: list[str], *, env: dict[str, str] | None = None, **options: Any) -> KernelEnvironment:
        folder = tmp_path / "jupyter" / "kernels" / "mine"
        folder.mkdir(parents=True, exist_ok=True)
        spec = {"argv": argv, "display_name": "Mine", "language": "python", "env": env or {}}
        (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
        return inspect_kernel(Notebook(path=project / "n.ipynb", kernel="mine"), **options)

    return run


def install(site: Path, name: str, *files: str, version: str = "1.0", metadata: str = "", **extra: Any) -> None:
    """Put a distribution there by hand: metadata, a record, empty files."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}\n\ntext\n")
    (info / "RECORD").write_text("".join(f"{each},,\n" for each in (*files, f"{info.name}/METADATA")))
    for each in files:
        (site / each).parent.mkdir(parents=True, exist_ok=True)
        (site / each).touch()
    for key, value in extra.items():
        content = json.dumps(value) if isinstance(value, dict) else value
        (info / (f"{key}.json" if isinstance(value, dict) else key)).write_text(content)


def script(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def names(found: KernelEnvironment) -> set[str]:
    return {each.name for each in found.distributions}


def test_jupyters_own_kernel() -> None:
    found = inspect_kernel(read_notebook(NOTEBOOKS / "sales-pandas.ipynb"))
    assert found.version == ".".join(map(str, sys.version_info[:3]))
    assert found.pip_version
    assert found.modules["sklearn"] == ("scikit-learn",)
    assert found.modules["yaml"] == ("PyYAML",)
    pandas = next(each for each in found.distributions if each.name == "pandas")
    assert "numpy" in pandas.requires


def test_virtual_environment_without_our_package(environment: Path, site: Path, inspect: Inspect) -> None:
    install(site, "only-there", "only_there/__init__.py")
    found = inspect([str(environment / "bin" / "python"), *LAUNCH])
    assert names(found) == {"only-there"}
    assert found.modules == {"only_there": ("only-there",)}
    assert Path(found.interpreter).parent == environment / "bin"
    assert (found.kernel, found.display_name, found.language) == ("mine", "Mine", "python")


@pytest.mark.parametrize(
    "command",
    [
        ["{python}", "-X", "dev", *LAUNCH],
        ["/usr/bin/env", "A=b", "{python}", *LAUNCH],
        ["/bin/sh", "-c", "exec '{python}' -m ipykernel_launcher -f {connection_file}"],
        ["{wrapper}", *LAUNCH],
        ["{wrapper}", "-m", "ipykernel", "-f", "{connection_file}"],
        ["{whole}", "{connection_file}"],
    ],
    ids=["flags", "env", "shell", "wrapper", "ipykernel", "whole"],
)
def test_commands_that_lead_to_the_interpreter(
    command: list[str], environment: Path, site: Path, inspect: Inspect, tmp_path: Path
) -> None:
    install(site, "only-there", "only_there.py")
    python = str(environment / "bin" / "python")
    places = {
        "{python}": python,
        "{wrapper}": script(tmp_path / "wrap", f'#!/bin/sh\nexec "{python}" "$@"\n'),
        "{whole}": script(tmp_path / "whole", f'#!/bin/sh\nexec "{python}" -m ipykernel_launcher -f "$1"\n'),
    }
    argv = command
    for mark, value in places.items():
        argv = [each.replace(mark, value) for each in argv]
    found = inspect(argv)
    assert names(found) == {"only-there"}


def test_kernel_that_is_a_program_beside_its_python(environment: Path, site: Path, inspect: Inspect) -> None:
    install(site, "only-there", "only_there.py")
    program = environment / "bin" / "xpython"
    program.write_bytes(b"\x7fELF no script")
    program.chmod(0o755)
    assert names(inspect([str(program), "-f", "{connection_file}"])) == {"only-there"}


def test_spec_variables_reach_the_interpreter(
    environment: Path, inspect: Inspect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "from-path", "from_path.py")
    monkeypatch.setenv("MY_PACKAGES", str(tmp_path))
    python = str(environment / "bin" / "python")
    found = inspect([python, *LAUNCH], env={"PYTHONPATH": "${MY_PACKAGES}"})
    assert "from-path" in names(found)


def test_noise_is_ignored(environment: Path, site: Path, inspect: Inspect) -> None:
    noise = "import sys\nprint('{\"version\": 1}')\nsys.stderr.write('warning!')\n"
    (site / "sitecustomize.py").write_text(noise + "import atexit\natexit.register(print, 'bye {')\n")
    install(site, "only-there", "only_there.py")
    assert names(inspect([str(environment / "bin" / "python"), *LAUNCH])) == {"only-there"}


def test_the_notebooks_folder_does_not_shadow_the_library(environment: Path, inspect: Inspect, tmp_path: Path) -> None:
    for name in ("json", "re", "os"):
        (tmp_path / "project" / f"{name}.py").write_text("raise SystemExit('shadowed')")
    wrapper = script(tmp_path / "wrap", f'#!/bin/sh\nexec "{environment}/bin/python" "$@"\n')
    assert inspect([str(environment / "bin" / "python"), *LAUNCH]).version
    assert inspect([wrapper, *LAUNCH]).version


TRAP = "#!/bin/sh\necho > {mark}\n"
PYTHON_TRAP = "open({mark!r}, 'w').close()\nraise SystemExit('trapped')\n"


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project full of files that tell when they run; returns where they tell it."""
    mark, project = tmp_path / "executed", tmp_path / "project"
    project.mkdir(exist_ok=True)
    for name in ("sitecustomize", "usercustomize", "json", "re", "os", "site", "ipykernel_launcher", "ipykernel"):
        (project / f"{name}.py").write_text(PYTHON_TRAP.format(mark=str(mark)))
    for name in ("python", "python3", "launch", "uv", "quarto", "sh", "env", ".venv/bin/python"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        script(project / name, TRAP.format(mark=mark))
    monkeypatch.chdir(project)
    return mark


@pytest.mark.parametrize("paths", ["", ":", ".", "{here}:", ":{here}", "..:../project", "{here}::{here}"])
@pytest.mark.parametrize("place", ["process", "spec"])
@pytest.mark.parametrize("way", ["direct", "wrapper", "shell", "named"])
def test_nothing_of_the_notebooks_folder_runs_by_looking(
    way: str, place: str, paths: str, environment: Path, inspect: Inspect, mark: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    python = str(environment / "bin" / "python")
    (tmp_path / "bin").mkdir()
    whole = script(tmp_path / "bin" / "launch", f'#!/bin/sh\nexec "{python}" -m ipykernel_launcher -f "$1"\n')
    command = {
        "direct": [python, *LAUNCH],
        "wrapper": [whole, "{connection_file}"],
        "shell": ["/bin/sh", "-c", f"exec {python} -m ipykernel_launcher -f {{connection_file}}"],
        "named": ["launch", "{connection_file}"],
    }[way]
    value = paths.format(here=tmp_path / "bin")
    given = {"PYTHONPATH": value, "PATH": f"{value}:{tmp_path / 'bin'}:/usr/bin:/bin"}
    for name in given if place == "process" else ():
        monkeypatch.setenv(name, given[name])
    assert inspect(command, env=given if place == "spec" else {}).version
    assert not mark.exists()


def test_uv_and_quarto_do_not_run_what_lies_in_the_project(
    mark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f":.:{Path(sys.executable).parent}:/usr/bin:/bin")
    (tmp_path / "project" / "pyproject.toml").write_text(
        '[project]\nname = "p"\nversion = "1"\ndependencies = ["six"]\n'
    )
    (tmp_path / "project" / "uv.lock").write_text(UV_LOCK)
    assert read_uv_lock(tmp_path / "project" / "uv.lock")[0] == ("six==1.16.0",)
    local_version()
    assert not mark.exists()


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("#!/bin/sh\necho nonsense\n", "kernel-broken", "status 0"),
        ("#!/bin/sh\necho libfoo.so is missing >&2\nexit 3\n", "kernel-broken", "libfoo.so is missing"),
        ("#!/no/such/interpreter\n", "kernel-broken", "cannot be started"),
        (f"#!/bin/sh\necho '{probe.MARK}[]{probe.MARK}'\n", "kernel-broken", "not valid"),
    ],
)
def test_broken_interpreters(text: str, code: str, said: str, inspect: Inspect, tmp_path: Path) -> None:
    with pytest.raises(KernelError) as caught:
        inspect([script(tmp_path / "python3", text), *LAUNCH])
    assert caught.value.code == code
    assert said in caught.value.message
    assert caught.value.hint


def test_missing_interpreter(inspect: Inspect, tmp_path: Path) -> None:
    with pytest.raises(KernelError) as caught:
        inspect([str(tmp_path / "gone" / "bin" / "python"), *LAUNCH])
    assert caught.value.code == "kernel-interpreter-missing"
    assert "gone" in caught.value.message
    with pytest.raises(KernelError) as caught:
        inspect([str(tmp_path / "gone" / "bin" / "xpython"), "-f", "{connection_file}"])
    assert caught.value.code == "kernel-interpreter-missing"


def test_hanging_interpreter_ends_with_all_it_started(inspect: Inspect, tmp_path: Path) -> None:
    started = tmp_path / "child"
    hang = script(tmp_path / "python3", f"#!/bin/sh\nsleep 600 &\necho $! > {started}\nwait\n")
    with pytest.raises(KernelError) as caught:
        inspect([hang, *LAUNCH], time_limit=2)
    assert caught.value.code == "kernel-timeout"
    try:
        child = psutil.Process(int(started.read_text()))
        ended = child.status() == psutil.STATUS_ZOMBIE or child.wait(timeout=10) is None
    except psutil.NoSuchProcess:
        ended = True
    assert ended


def test_unknown_kernel_names_those_there_are() -> None:
    with pytest.raises(KernelError) as caught:
        inspect_kernel(read_notebook(NOTEBOOKS / "unknown-kernel.ipynb"))
    assert caught.value.code == "kernel-not-installed"
    assert "gone-env" in caught.value.message
    assert "python3" in caught.value.data["installed"]
    fix = caught.value.data["fix"]
    assert (fix["action"], fix["value"]) == ("set-kernel", "python3")


@pytest.mark.parametrize(
    ("name", "product"),
    [("python", "JupyterLite"), ("pyodide", "JupyterLite"), ("colab", "Google Colab"), ("pysparkkernel", "Spark")],
)
def test_a_kernel_of_another_jupyter_is_called_so(name: str, product: str, tmp_path: Path) -> None:
    with pytest.raises(KernelError) as caught:
        inspect_kernel(Notebook(path=tmp_path / "lite.ipynb", kernel=name))
    assert caught.value.code == "kernel-not-installed"
    assert product in caught.value.message
    assert "python3" in caught.value.hint
    assert "ipykernel install" not in caught.value.hint


@pytest.mark.parametrize("content", ["{", "[]", '{"argv": []}', '{"argv": "python"}', '{"argv": [1]}'])
def test_unreadable_kernelspec(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    folder = tmp_path / "kernels" / "odd"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(content)
    with pytest.raises(KernelError) as caught:
        inspect_kernel(Notebook(path=tmp_path / "n.ipynb", kernel="odd"))
    assert caught.value.code == "kernel-broken"


def test_other_languages_get_no_python(tmp_path: Path) -> None:
    found = inspect_kernel(read_notebook(NOTEBOOKS / "r-kernel.ipynb"))
    assert (found.language, found.display_name, found.interpreter, found.distributions) == ("r", "R", "", ())


def test_a_kernel_of_another_language_than_the_notebook_says_gets_no_python_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kernels" / "odd"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text('{"argv": ["julia"], "display_name": "Odd", "language": "julia"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    found = inspect_kernel(Notebook(path=tmp_path / "n.ipynb", kernel="odd"))
    assert (found.language, found.display_name, found.interpreter) == ("julia", "Odd", "")


def test_kept_until_the_packages_change(environment: Path, site: Path, inspect: Inspect, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    wrapper = script(tmp_path / "wrap", f'#!/bin/sh\necho run >> {log}\nexec "{environment}/bin/python" "$@"\n')
    first = inspect([wrapper, *LAUNCH])
    assert inspect([wrapper, *LAUNCH]) == first
    assert log.read_text().count("run") == 1
    install(site, "brand-new", "brand_new.py")
    assert "brand-new" in names(inspect([wrapper, *LAUNCH]))
    assert log.read_text().count("run") == 2


def test_what_was_begun_is_waited_for_and_not_asked_twice(environment: Path, inspect: Inspect, tmp_path: Path) -> None:
    count = tmp_path / "count"
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    script = tmp_path / "counting-kernel"
    text = f'#!/bin/sh\necho started >> {count}\nread word < {gate}\nexec {environment}/bin/python "$@"\n'
    script.write_text(text)
    script.chmod(0o755)
    with pytest.raises(KernelError):  # installs the spec; the gate stays shut
        inspect([str(script), *LAUNCH], time_limit=0.1)
    count.unlink()
    notebook = tmp_path / "project" / "n.ipynb"
    spec = {"name": "mine", "display_name": "Mine", "language": "python"}
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": []}
    notebook.write_text(json.dumps(document))

    begin_inspection(notebook)
    with gate.open("w") as opened:  # opens when the script reads: it has been started by then
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(inspect_kernel, read_notebook(notebook))
            opened.write("go\n")
            opened.flush()
            assert answer.result().interpreter.startswith(str(environment))
    assert count.read_text() == "started\n"


def test_a_beginning_that_fails_is_told_by_the_question(tmp_path: Path) -> None:
    begin_inspection(tmp_path / "none.ipynb")  # raises nothing, here or later
    with pytest.raises(KernelError):
        inspect_kernel(Notebook(path=tmp_path / "n.ipynb", kernel="not-there"))


def test_a_jupyter_servers_own_manager_is_asked(environment: Path, tmp_path: Path) -> None:
    class Spec:
        argv = [str(environment / "bin" / "python"), *LAUNCH]  # noqa: RUF012
        env: dict[str, str] = {}  # noqa: RUF012
        language, display_name, resource_dir = "python", "From conda", str(tmp_path)

    class Manager:
        def get_kernel_spec(self, kernel_name: str) -> Spec:
            if kernel_name != "conda-env-x-py":
                raise KeyError(kernel_name)
            return Spec()

    found = inspect_kernel(Notebook(path=tmp_path / "n.ipynb", kernel="conda-env-x-py"), specs=Manager())
    assert found.display_name == "From conda"
    with pytest.raises(KernelError, match="not installed"):
        inspect_kernel(Notebook(path=tmp_path / "n.ipynb", kernel="other"), specs=Manager())


class TestWhatTheProbeReads:
    """In this process: nothing of the interpreter matters but its search path."""

    @pytest.fixture
    def site(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        site = tmp_path / "site-packages"
        site.mkdir()
        monkeypatch.setattr(sys, "path", [str(site), str(tmp_path / "gone"), str(site)])
        return site

    def test_what_it_prints_is_an_answer(self, site: Path, capsys: pytest.CaptureFixture[str]) -> None:
        install(site, "pip", "pip/__init__.py", version="99.1")
        probe.main()
        before, answer, after = capsys.readouterr().out.split(probe.MARK)
        found = environment_of(json.loads(answer), kernel="k", display_name="K")
        assert (before.strip(), after.strip(), found.pip_version) == ("", "", "99.1")
        assert found.modules == {"pip": ("pip",)}
        assert found.interpreter == sys.executable

    def test_namespace_packages(self, site: Path) -> None:
        install(site, "google-cloud-storage", "google/cloud/storage/__init__.py", "google/cloud/storage/blob.py")
        install(site, "google-cloud-bigquery", "google/cloud/bigquery/__init__.py")
        install(site, "protobuf", "google/protobuf/__init__.py")
        modules = probe.report()["modules"]
        assert modules["google.cloud.storage"] == ["google-cloud-storage"]
        assert modules["google.cloud.bigquery"] == ["google-cloud-bigquery"]
        assert modules["google.protobuf"] == ["protobuf"]
        assert len(modules["google"]) == 3

    def test_a_plugin_in_anothers_package_does_not_own_it(self, site: Path) -> None:
        install(site, "host", "host/__init__.py", "host/core.py")
        install(site, "host-extra", "host/extra/__init__.py")
        modules = probe.report()["modules"]
        assert modules["host"] == ["host"]
        assert modules["host.extra"] == ["host-extra"]

    def test_where_packages_come_from(self, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        git = {"url": "https://example.org/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}
        install(site, "from-git", "from_git.py", direct_url=git)
        install(site, "by-conda", "by_conda.py", direct_url={"url": "file:///croot/x"}, INSTALLER="conda\n")
        source = site.parent / "source"
        (source / "mine.egg-info").mkdir(parents=True)
        (source / "mine.egg-info" / "PKG-INFO").write_text("Name: mine\nVersion: 1\n")
        (source / "mine").mkdir()
        monkeypatch.setattr(sys, "path", [str(site), str(source)])
        report = probe.report()
        found = {each["name"]: each["direct_url"] for each in report["distributions"]}
        developed = {"url": f"file://{source}", "dir_info": {"editable": True}}
        assert found == {"from-git": git, "by-conda": None, "mine": developed}
        assert report["modules"]["mine"] == ["mine"]

    def test_editable_installs_know_their_modules(self, site: Path, tmp_path: Path) -> None:
        source = tmp_path / "src"
        (source / "my_tool").mkdir(parents=True)
        (source / "my_tool" / "__init__.py").touch()
        (source / "setup.py").touch()
        url = {"url": source.as_uri(), "dir_info": {"editable": True}}
        install(site, "my-tool-project", "_my_tool.pth", direct_url=url)
        (site / "_my_tool.pth").write_text(f"import os\n{source}\n")
        assert probe.report()["modules"] == {"my_tool": ["my-tool-project"]}

    def test_broken_metadata_is_passed_over(self, site: Path) -> None:
        (site / "half_removed-1.0.dist-info").mkdir()
        (site / "~umpy-2.0.dist-info").mkdir()
        install(site, "good", "good.py", "not-a-module/x.py", direct_url="not json")
        (site / "good-1.0.dist-info" / "direct_url.json").write_text("not json")
        report = probe.report()
        assert [(each["name"], each["direct_url"]) for each in report["distributions"]] == [("good", None)]
        assert report["modules"] == {"good": ["good"]}

    def test_a_folder_that_cannot_be_listed_is_passed_over(self, site: Path) -> None:
        assert probe.installed([str(site / "gone"), str(site)]) == []

    def test_legacy_metadata(self, site: Path) -> None:
        (site / "old.egg-info").mkdir()
        (site / "old.egg-info" / "PKG-INFO").write_text("Name: old\nVersion: 0.9\n")
        (site / "old.egg-info" / "top_level.txt").write_text("oldmodule\n")
        (site / "older.egg-info").write_text("Name: older\nVersion: 0.1\n")
        (site / "older.py").touch()
        assert probe.report()["modules"] == {"oldmodule": ["old"]}

    def test_requires_with_and_without_extras(self, site: Path) -> None:
        needs = (
            "Requires-Dist: numpy>=1\nRequires-Dist: pytest ; extra == 'test'\nRequires-Dist: tzdata ; os_name=='nt'"
        )
        install(site, "needy", "needy.py", metadata=needs)
        [found] = probe.report()["distributions"]
        assert (found["requires"], found["optional"]) == (["numpy", "tzdata"], ["pytest; extra == 'test'"])

    def test_what_is_loaded_and_not_only_for_another_one(self, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        loaded = {
            "top_one": {"used": ModuleType("under_it"), "number": 5},
            "under_it": {},
            "top_two.part": {},
            "of_two": {},
            "no_package": {},
        }
        modules = {}
        for name, names in loaded.items():
            modules[name] = ModuleType(name)
            vars(modules[name]).update(names)
        monkeypatch.setattr(sys, "modules", {**sys.modules, **modules, "odd": object()})
        for each in ("top_one", "under_it", "top_two", "of_two"):
            install(site, each.replace("_", "-"), f"{each}.py")
        install(site, "also-of-two", "of_two.py")
        assert json.loads(probe.kernel_report())["loaded"] == ["top-one", "top-two"]


def test_the_probe_runs_on_old_pythons_without_our_package() -> None:
    source = Path(probe.__file__).read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 8))
    imported = {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= {"os", "re", "sys", "json", "typing", "__future__"}
    assert "removeprefix" not in source
    assert "removesuffix" not in source
