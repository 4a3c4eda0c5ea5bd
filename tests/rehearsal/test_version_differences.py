"""Packages of other versions than the author's are listed and pinned; pins that fail or do not help are given up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
import pytest
from authoring import write_notebook

from rsconnect_jupyter.generators import exhaust
from rsconnect_jupyter.models import Distribution, Event, KernelEnvironment, PublishOptions
from rsconnect_jupyter.rehearsal.rehearse import rehearse
from rsconnect_jupyter.rehearsal.request import RehearsalRequest
from rsconnect_jupyter.rehearsal.result import Rehearsal, with_fix
from rsconnect_jupyter.rehearsal.version_differences import pin, version_differences
from rsconnect_jupyter.servers.store import ServerStore

KERNEL = "with-old-packages"
needs_runs = [pytest.mark.slow, pytest.mark.peer]
"""Installs ipykernel from a package index; the packages that differ are local wheels."""


def environment(**versions: str) -> KernelEnvironment:
    """Return what a kernel has: pandas brings numpy along, ipykernel brings tornado."""
    requires = {"pandas": ("numpy",), "ipykernel": ("tornado",)}
    return KernelEnvironment(
        kernel="python3",
        display_name="Python 3",
        language="python",
        distributions=tuple(
            Distribution(name=name, version=version, requires=requires.get(name, ()))
            for name, version in versions.items()
        ),
    )


HERE = environment(pandas="2.3.1", numpy="1.26.4", ipykernel="6.1", tornado="6.1", other="1.0")


@pytest.mark.parametrize(
    ("lines", "installed", "told"),
    [
        (["pandas"], {"pandas": "3.0.0", "numpy": "1.26.4"}, ["pandas 2.3.1 here, 3.0.0 in the rehearsal."]),
        (["Pandas>=2"], {"Pandas": "2.3.1", "numpy": "2.0"}, ["numpy 1.26.4 here, 2.0 in the rehearsal."]),
        (["pandas"], {"pandas": "2.3.1", "numpy": "1.26.4"}, []),
        (["pandas"], {"pandas": "2.3.1+cpu", "numpy": "1.26.4.0"}, []),
        (["ipykernel"], {"ipykernel": "7.0", "tornado": "6.5"}, []),
        (["pandas"], {"pandas": "2.3.1", "numpy": "1.26.4", "other": "2.0"}, []),
        ([], {"pandas": "3.0.0"}, []),
        (["pandas"], {"pandas": "of today"}, ["pandas 2.3.1 here, of today in the rehearsal."]),
    ],
    ids=[
        "listed",
        "brought along",
        "the same",
        "label",
        "the kernel's own",
        "not of the notebook",
        "no requirements",
        "no version",
    ],
)
def test_packages_that_the_notebook_may_depend_on_are_listed(
    lines: list[str], installed: Mapping[str, str], told: list[str]
) -> None:
    assert [each.message for each in version_differences(lines, HERE, installed)] == told


def test_a_package_of_a_folder_is_listed_and_cannot_be_pinned() -> None:
    local = Distribution(name="mine", version="1.0", direct_url={"url": "file:///home/me/mine", "dir_info": {}})
    known = KernelEnvironment(kernel="k", display_name="K", language="python", distributions=(local,))
    found = version_differences(["mine"], known, {"mine": "2.0"})
    assert ([each.message for each in found], pin(found)) == (["mine 1.0 here, 2.0 in the rehearsal."], None)


def test_one_fix_pins_all_of_them() -> None:
    found = version_differences(["pandas"], HERE, {"pandas": "3.0.0", "numpy": "2.0"})
    one, both = pin(found[:1]), pin(found)
    assert one is not None
    assert both is not None
    assert (one.label, both.label) == ("Pin pandas==2.3.1", "Pin 2 packages")
    assert both.value == ["pandas==2.3.1", "numpy==1.26.4"]
    assert pin(found, without=both.value) is None
    options = with_fix(PublishOptions(add_requirements=("pandas", "pandas>=2", "x")), both)
    assert options is not None
    assert options.add_requirements == ("x", "pandas==2.3.1", "numpy==1.26.4")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Old packages in a kernel's own folder, newer ones where uv and pip look for them."""
    folder = tmp_path_factory.mktemp("wheels")
    mine, offered, data = (folder / each for each in ("mine", "offered", "data"))
    for version in ("1.0", "2.0"):
        rows = f"def rows():\n    return {version[0]}\n"
        old_only = rows + ("def old():\n    return 'old'\n" if version == "1.0" else "")
        for place in [offered, *([mine] if version == "1.0" else [])]:
            wheel(place, "rehearsed_rows", version, old_only)
            wheel(place, "rehearsed_below", version, old_only)
            wheel(place, "rehearsed_top", version, "from rehearsed_below import *\n", requires="rehearsed-below")
            if place is mine or version == "2.0":
                wheel(place, "rehearsed_gone", version, rows)
    for each in mine.glob("*.whl"):
        zipfile.ZipFile(each).extractall(mine)
    kernel = data / "kernels" / KERNEL
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Old", "language": "python", "env": {"PYTHONPATH": str(mine)}}
    (kernel / "kernel.json").write_text(json.dumps(spec))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_DATA_DIR", str(data))
        patch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        for name in ("UV_FIND_LINKS", "PIP_FIND_LINKS"):
            patch.setenv(name, str(offered))
        yield


def wheel(folder: Path, name: str, version: str, text: str, *, requires: str = "") -> None:
    folder.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    files = {
        f"{name}.py": text,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/top_level.txt": f"{name}\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{each},,\n" for each in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)


def notebook_with(folder: Path, *cells: str, listed: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "requirements.txt").write_text(f"ipykernel\n{listed}\n")
    spec = {"name": KERNEL, "display_name": "Old", "language": "python"}
    return write_notebook(folder / "n.ipynb", "# Some title", *cells, kernelspec=spec)


def run(notebook: Path, *, fix: bool = False, options: PublishOptions | None = None) -> tuple[Rehearsal, list[Event]]:
    events: list[Event] = []
    chosen = options or PublishOptions(mode="jupyter-static")
    request = RehearsalRequest(notebook=notebook, root=notebook.parent, options=chosen, fix=fix)
    return exhaust(rehearse(request, store=ServerStore()), events.append), events


class TestRuns:
    pytestmark = needs_runs

    @pytest.fixture(autouse=True)
    def local_wheels(self, wheels: None) -> None:
        """Each of these tests needs them."""

    def test_a_failure_lists_them_and_fix_all_pins_them(self, tmp_path: Path) -> None:
        notebook = notebook_with(tmp_path, "import rehearsed_rows", "rehearsed_rows.old()", listed="rehearsed-rows")
        fixed, events = run(notebook, fix=True)
        assert fixed.runs, fixed.message
        assert fixed.options.add_requirements == ("rehearsed-rows==1.0",)
        [failed] = [each.data for each in events if each.status == "warning" and each.data]
        assert [each["message"] for each in failed["versions"]] == ["rehearsed-rows 1.0 here, 2.0 in the rehearsal."]
        assert failed["fix"]["label"] == "Pin rehearsed-rows==1.0"
        assert failed["where"]["cell"] == 2

    def test_outputs_that_differ_offer_the_pin_and_leave_it_to_the_author(self, tmp_path: Path) -> None:
        notebook = notebook_with(
            tmp_path, "import rehearsed_rows\nprint(rehearsed_rows.rows(), 'rows')", listed="rehearsed-rows"
        )
        document = nbformat.read(notebook, as_version=4)
        document.cells[1].outputs = [nbformat.v4.new_output("stream", name="stdout", text="1 rows\n")]
        nbformat.write(document, notebook)
        found, _ = run(notebook, fix=True)
        assert (found.runs, found.applied, len(found.differences), len(found.versions)) == (True, (), 1, 1)
        assert found.fix is not None
        pinned, _ = run(notebook, options=with_fix(found.options, found.fix))
        assert (pinned.runs, pinned.differences, pinned.versions, pinned.fix) == (True, (), (), None)

    def test_a_pin_that_cannot_be_installed_is_given_up_and_one_of_a_dependency_kept(self, tmp_path: Path) -> None:
        notebook = notebook_with(
            tmp_path,
            "import rehearsed_gone, rehearsed_top",
            "rehearsed_top.old()",
            listed="rehearsed-top==1.0\nrehearsed-gone",
        )
        fixed, _ = run(notebook, fix=True)
        assert fixed.runs, fixed.message
        assert [each.label for each in fixed.applied] == ["Pin 2 packages", "Remove rehearsed-gone==1.0"]
        assert fixed.options.add_requirements == ("rehearsed-below==1.0",)

    def test_pins_that_do_not_help_are_not_kept(self, tmp_path: Path) -> None:
        notebook = notebook_with(tmp_path, "import rehearsed_rows", "{}['a']", listed="rehearsed-rows")
        found, events = run(notebook, fix=True)
        assert (found.runs, found.applied, found.fix, found.options.add_requirements) == (False, (), None, None)
        assert "in cell 3" in found.message
        assert any("does not help" in each.message for each in events)

    def test_the_command_lists_them_with_the_option(self, tmp_path: Path) -> None:
        notebook = notebook_with(tmp_path, "import rehearsed_rows", "rehearsed_rows.old()", listed="rehearsed-rows")
        command = [sys.executable, "-m", "rsconnect_jupyter", str(notebook), "--as", "source", "--rehearse", "--quiet"]
        failed = subprocess.run(command, capture_output=True, text=True, check=False)
        assert failed.returncode == 1, failed.stderr
        assert "rehearsed-rows 1.0 here, 2.0 in the rehearsal." in failed.stdout
        assert "--add-requirement rehearsed-rows==1.0" in failed.stdout
