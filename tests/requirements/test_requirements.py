"""What the server must install: honest lines, from the right source, with the reason for what is missing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from rsconnect_jupyter.errors import RequirementsError
from rsconnect_jupyter.models import Distribution, KernelEnvironment, Requirements
from rsconnect_jupyter.notebook.analysis import NotebookAnalysis
from rsconnect_jupyter.notebook.reading import Cell, Notebook, read_notebook
from rsconnect_jupyter.requirements import lock_files
from rsconnect_jupyter.requirements.lock_files import read_uv_lock
from rsconnect_jupyter.requirements.pins import HIDDEN, line_to_show, requirement_line, without_login
from rsconnect_jupyter.requirements.python_version import convert_version_file, python_constraint
from rsconnect_jupyter.requirements.selection import choose_requirements
from rsconnect_jupyter.requirements.toml_text import load_toml

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"

ENVIRONMENT = KernelEnvironment(
    kernel="python3",
    display_name="Python 3",
    language="python",
    version="3.11.7",
    distributions=tuple(
        Distribution(name=name, version=version)
        for name, version in {
            "pandas": "2.2.0", "numpy": "1.26.4", "scikit-learn": "1.4.0", "PyYAML": "6.0.1", "pip": "24.0",
            "ipykernel": "6.29.0", "voila": "0.5.5", "pyarrow": "15.0.0", "setuptools": "69.0", "openpyxl": "3.1.2",
            "google-cloud-storage": "2.14.0", "protobuf": "4.25.2", "torch": "2.1.0+cu118",
        }.items()
    ),
    modules={
        "pandas": ("pandas",), "numpy": ("numpy",), "sklearn": ("scikit-learn",), "yaml": ("PyYAML",),
        "google": ("google-cloud-storage", "protobuf"), "google.cloud": ("google-cloud-storage",),
        "google.protobuf": ("protobuf",), "pyarrow": ("pyarrow",), "torch": ("torch",), "openpyxl": ("openpyxl",),
        "voila": ("voila",), "ipykernel": ("ipykernel",),
    },
)  # fmt: skip

Make = Callable[..., Notebook]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "root" / "middle" / "project"
    place.mkdir(parents=True)
    return place


def notebook(folder: Path, *sources: str) -> Notebook:
    return Notebook(path=folder / "n.ipynb", cells=tuple(Cell(index=n, source=each) for n, each in enumerate(sources)))


def choose(made: Notebook, choice: str = "auto", **more: Any) -> Requirements:
    more.setdefault("root", made.folder.parents[1])
    return choose_requirements(NotebookAnalysis(notebook=made), ENVIRONMENT, choice=choice, **more)


def codes(found: Requirements) -> list[str]:
    return [each.code for each in found.findings]


class TestFromImports:
    def test_pinned_as_the_kernel_has_them(self, folder: Path) -> None:
        found = choose(notebook(folder, "import pandas as pd\nfrom sklearn.tree import x\nimport yaml, os, json"))
        assert found.source == "imports"
        assert found.lines == ("ipykernel==6.29.0", "pandas==2.2.0", "PyYAML==6.0.1", "scikit-learn==1.4.0")
        assert found.text.splitlines()[1:] == list(found.lines)
        assert found.package_file == "requirements.txt"

    def test_the_text_has_no_time_in_it(self, folder: Path) -> None:
        assert choose(notebook(folder, "import pandas")) == choose(notebook(folder, "import pandas"))

    def test_namespace_packages(self, folder: Path) -> None:
        found = choose(notebook(folder, "from google.cloud import storage"))
        assert "google-cloud-storage==2.14.0" in found.lines
        assert not any("protobuf" in each for each in found.lines)

    def test_implied_packages(self, folder: Path) -> None:
        found = choose(
            notebook(folder, "import pandas as pd\npd.read_parquet('x').to_excel('y')\npd.read_csv('s3://b/k')")
        )
        assert {"pyarrow==15.0.0", "openpyxl==3.1.2"} <= set(found.lines)
        assert codes(found) == []

    @pytest.mark.parametrize(("mode", "name"), [("jupyter-voila", "voila"), ("quarto-static", "ipykernel")])
    def test_what_the_mode_needs(self, mode: Any, name: str, folder: Path) -> None:
        lines = choose(notebook(folder, "1"), mode=mode).lines
        assert any(each.startswith(f"{name}==") for each in lines)

    def test_a_needed_package_that_is_not_installed_has_no_version(self, folder: Path) -> None:
        assert "nbclient" in choose(notebook(folder, "1"), mode="quarto-static").lines

    def test_a_missing_package_is_a_finding(self, folder: Path) -> None:
        found = choose(notebook(folder, "1", "import nowhere\nfrom nowhere import x"))
        assert codes(found) == ["import-not-installed"]
        assert found.findings[0].where is not None
        assert found.findings[0].where.cell == 1

    def test_a_missing_optional_package_is_none(self, folder: Path) -> None:
        found = choose(notebook(folder, "try:\n    import nowhere\nexcept ImportError:\n    pass"))
        assert codes(found) == []

    def test_local_modules_are_no_packages_and_their_imports_count(self, folder: Path) -> None:
        (folder / "mine.py").write_text("import yaml\nfrom . import other")
        found = choose(notebook(folder, "import mine"), modules=("mine.py",))
        assert found.lines == ("ipykernel==6.29.0", "PyYAML==6.0.1")
        assert codes(found) == []

    def test_a_folder_of_modules_is_not_missing(self, folder: Path) -> None:
        (folder / "steps").mkdir()
        (folder / "steps" / "one.py").write_text("import numpy")
        assert choose(notebook(folder, "import steps, steps.one")).findings == ()

    def test_a_finished_document_installs_nothing(self, folder: Path) -> None:
        assert choose(notebook(folder, "import pandas"), mode="static").source == "none"

    def test_other_languages_install_nothing(self) -> None:
        assert choose(read_notebook(NOTEBOOKS / "r-kernel.ipynb")).source == "none"

    def test_real_kernels_real_packages(self) -> None:
        from rsconnect_jupyter.kernel.environment import inspect_kernel

        made = read_notebook(NOTEBOOKS / "model-sklearn.ipynb")
        found = choose_requirements(NotebookAnalysis(notebook=made), inspect_kernel(made), root=NOTEBOOKS)
        assert [each.partition("==")[0] for each in found.lines] == ["ipykernel", "pandas", "scikit-learn"]


@pytest.mark.parametrize(
    ("version", "record", "line", "code"),
    [
        ("1.2.3", None, "thing==1.2.3", None),
        ("2.1.0+cu118", None, "thing==2.1.0", "local-version"),
        ("1.0rc1.post2", None, "thing==1.0rc1.post2", None),
        ("unknown", None, "thing", "version-unusual"),
        ("1", {"url": "file:///home/a/x", "dir_info": {"editable": True}}, None, "package-not-installable"),
        ("1", {"url": "file:///home/a/x.whl", "archive_info": {}}, None, "package-not-installable"),
        ("1", {"url": "file:///home/a/x", "dir_info": {}}, None, "package-not-installable"),
        (
            "1",
            {"url": "https://example.org/r.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}, "subdirectory": "py"},
            "thing @ git+https://example.org/r.git@abc#subdirectory=py",
            "package-from-url",
        ),
        (
            "1",
            {"url": "https://ana:pw@example.org/r.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}},
            "thing @ git+https://example.org/r.git@abc",
            "package-from-url",
        ),
        (
            "1",
            {"url": "ssh://git@example.org/r.git", "vcs_info": {"vcs": "git", "requested_revision": "main"}},
            "thing @ git+ssh://git@example.org/r.git@main",
            "package-from-url",
        ),
        (
            "1",
            {"url": "file:///srv/r.git", "vcs_info": {"vcs": "git", "commit_id": "a"}},
            None,
            "package-not-installable",
        ),
        (
            "1",
            {"url": "https://example.org/x-1-py3-none-any.whl", "archive_info": {"hashes": {"sha256": "00ff"}}},
            "thing @ https://example.org/x-1-py3-none-any.whl#sha256=00ff",
            "package-from-url",
        ),
    ],
)
def test_lines_are_honest(version: str, record: Any, line: str | None, code: str | None) -> None:
    got, finding = requirement_line(Distribution(name="thing", version=version, direct_url=record))
    assert got == line
    assert (finding.code if finding else None) == code
    assert "pw" not in repr(finding)


class TestProjectFiles:
    def test_requirements_txt_is_sent_as_it_is(self, folder: Path) -> None:
        text = (
            "# mine\r\npandas>=2  # why\r\n\r\nrsconnect-thing==1\r\n--extra-index-url https://example.org/simple\r\n"
        )
        (folder / "requirements.txt").write_bytes(text.encode())
        found = choose(notebook(folder, "1"))
        assert (found.source, found.origin, found.text) == ("file", "requirements.txt", text)
        assert found.lines == ("pandas>=2", "rsconnect-thing==1", "--extra-index-url https://example.org/simple")

    def test_the_nearest_file_wins(self, folder: Path) -> None:
        (folder.parents[1] / "requirements.txt").write_text("far")
        (folder.parent / "pyproject.toml").write_text("[project]\ndependencies = ['near>=1']\n")
        found = choose(notebook(folder, "1"))
        assert (found.lines, found.origin) == (("near>=1",), "../pyproject.toml")

    def test_nothing_is_looked_for_above_the_root(self, folder: Path) -> None:
        (folder.parents[1] / "requirements.txt").write_text("far")
        assert choose(notebook(folder, "1"), root=folder.parent).source == "imports"

    def test_order_within_a_folder(self, folder: Path) -> None:
        (folder / "pyproject.toml").write_text("[project]\ndependencies = ['from-pyproject']\n")
        (folder / "pylock.toml").write_text(PYLOCK_HEAD + locked("frompylock", "1"))
        assert choose(notebook(folder, "1")).lines == ("frompylock==1",)
        (folder / "requirements.txt").write_text("from-requirements")
        assert choose(notebook(folder, "1")).lines == ("from-requirements",)

    def test_a_pyproject_without_dependencies_is_none(self, folder: Path) -> None:
        (folder / "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
        assert choose(notebook(folder, "1")).source == "imports"

    def test_an_unreadable_file_is_told_and_passed_over(self, folder: Path) -> None:
        (folder / "pyproject.toml").write_text("[project\n")
        found = choose(notebook(folder, "1"))
        assert (found.source, codes(found)) == ("imports", ["requirements-unreadable"])

    def test_conda_environments_are_only_reported(self, folder: Path) -> None:
        (folder / "environment.yml").write_text("dependencies: [pandas]\n")
        found = choose(notebook(folder, "import numpy"))
        assert (found.source, codes(found)) == ("imports", ["conda-environment-not-used"])

    def test_included_files_are_taken_in_and_constraints_applied(self, folder: Path) -> None:
        (folder / "requirements.txt").write_text("-r base.txt\n-c limits.txt\nnumpy\n")
        (folder / "base.txt").write_text("pandas>=2\n-r requirements.txt\n")
        (folder / "limits.txt").write_text("numpy<2\nother==1\n")
        assert choose(notebook(folder, "1")).lines == ("pandas>=2", "numpy<2")

    def test_an_included_file_outside_is_refused(self, folder: Path) -> None:
        (folder / "requirements.txt").write_text("-r ../../../../outside.txt\n")
        assert codes(choose(notebook(folder, "1"))) == ["requirements-unreadable"]

    @pytest.mark.parametrize(
        "line",
        [
            "-e .",
            "./wheels/x.whl",
            "file:///home/x",
            "../lib",
            "-e git+file:///x",
            "/abs/x.whl",
            "wheels/x-1.0-py3-none-any.whl",
        ],
    )
    def test_lines_of_this_machine_are_left_out(self, line: str, folder: Path) -> None:
        (folder / "requirements.txt").write_text(f"pandas\n{line}\n")
        found = choose(notebook(folder, "1"))
        assert found.lines == ("pandas",)
        assert codes(found) == ["package-not-installable"]

    def test_what_conda_writes_is_replaced(self, folder: Path) -> None:
        (folder / "requirements.txt").write_text("numpy @ file:///croot/numpy_1/work\nunknown @ file:///x\n")
        found = choose(notebook(folder, "1"))
        assert found.lines == ("numpy==1.26.4", "unknown")
        assert codes(found) == ["requirement-replaced"] * 2

    def test_what_is_installed_from_this_machine_is_no_package_of_an_index(self, folder: Path) -> None:
        mine = Distribution(name="mine", version="1.0", direct_url={"url": "file:///home/ana/mine", "dir_info": {}})
        environment = replace(ENVIRONMENT, distributions=(mine,))
        (folder / "requirements.txt").write_text("mine @ file:///home/ana/mine\npandas\n")
        found = choose_requirements(NotebookAnalysis(notebook=notebook(folder, "1")), environment, root=folder)
        assert found.lines == ("pandas",)
        assert codes(found) == ["package-not-installable"]

    def test_what_conda_lists_is_told_to_be_no_requirement(self, folder: Path) -> None:
        (folder / "requirements.txt").write_text(
            "# conda list --export\nnumpy=1.24.3=py311_0\npandas\nx[y]>=1 ; python_version > '3' --hash=sha256:00\n"
            "--extra-index-url https://example.org\n${NAME}\nhttps://example.org/x.whl\n"
        )
        found = next(each for each in choose(notebook(folder, "1")).findings if each.code != "hash-missing")
        assert (found.code, found.severity) == ("requirement-malformed", "warning")
        assert "cannot read: numpy=1.24.3=py311_0." in found.message

    def test_builds_that_no_index_has_are_told(self, folder: Path) -> None:
        (folder / "requirements.txt").write_text("torch==2.1.0+cu118\n")
        assert codes(choose(notebook(folder, "1"))) == ["local-version"]
        (folder / "requirements.txt").write_text("--extra-index-url https://example.org/cu118\ntorch==2.1.0+cu118\n")
        found = choose(notebook(folder, "1"))
        assert found.lines[1] == "torch==2.1.0+cu118"
        assert found.findings == ()

    def test_a_missing_included_file_names_who_asks(self, folder: Path) -> None:
        (folder / "requirements.txt").write_text("-r gone.txt\n")
        (found,) = choose(notebook(folder, "1")).findings
        assert "requirements.txt" in found.message
        assert "gone.txt" in found.message

    def test_lines_of_a_pyproject_are_checked_too(self, folder: Path) -> None:
        (folder / "pyproject.toml").write_text(
            "[project]\ndependencies = ['pandas', 'mine @ file:///home/ana/mine', "
            "'x @ git+https://ana:hush-hush@example.org/x.git']\n"
        )
        found = choose(notebook(folder, "1"))
        assert found.lines[0] == "pandas"
        assert not any("mine" in each for each in found.lines)
        assert sorted(codes(found)) == ["package-not-installable", "secret-in-requirements"]
        assert "hush-hush" not in repr(found.findings)

    def test_links_of_a_page_of_wheels_stay(self, folder: Path) -> None:
        (folder / "requirements.txt").write_text("pandas\n-f https://example.org/wheels\n")
        found = choose(notebook(folder, "1"))
        assert found.lines == ("pandas", "-f https://example.org/wheels")
        assert codes(found) == []

    def test_git_lines_stay(self, folder: Path) -> None:
        lines = ("-e git+https://example.org/x.git#egg=x", "y @ git+https://example.org/y.git@main")
        (folder / "requirements.txt").write_text("\n".join(lines))
        assert choose(notebook(folder, "1")).lines == lines

    def test_a_login_is_pointed_out_and_not_repeated(self, folder: Path) -> None:
        (folder / "requirements.txt").write_text("--index-url https://ana:hush-hush@example.org/simple\n")
        found = choose(notebook(folder, "1"))
        assert codes(found) == ["secret-in-requirements"]
        assert "hush-hush" not in repr(found.findings)

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
    def test_encodings_of_powershell(self, encoding: str, folder: Path) -> None:
        (folder / "requirements.txt").write_bytes("pandas\nnumpy\n".encode(encoding))
        assert choose(notebook(folder, "1")).lines == ("pandas", "numpy")

    def test_hashes_and_continued_lines(self, folder: Path) -> None:
        (folder / "requirements.txt").write_text("a==1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\nb==2\n")
        assert choose(notebook(folder, "1")).lines == ("a==1", "b==2")


class TestLinksAndSecrets:
    """A project cannot have files inlined that are not lists of requirements of its own."""

    @pytest.fixture
    def secret(self, folder: Path) -> Path:
        (folder / ".env").write_text("hunter2\n")
        outside = folder.parents[2] / "outside.txt"
        outside.write_text("hunter2\n")
        return outside

    @pytest.mark.parametrize("target", [".env", "../../../outside.txt", "loop"])
    @pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml", "uv.lock", "pylock.toml"])
    def test_a_project_file_that_is_a_link_to_one_is_not_used(
        self, name: str, target: str, folder: Path, secret: Path
    ) -> None:
        (folder / "loop").symlink_to("loop")
        (folder / name).symlink_to(target)
        found = choose(notebook(folder, "import pandas"))
        assert (found.source, "hunter2" in found.text) == ("imports", False)
        assert codes(found) == ([] if target == "loop" else ["requirements-unreadable"])

    @pytest.mark.parametrize("option", ["-r", "-c", "--requirement="])
    @pytest.mark.parametrize("target", [".env", "../../../outside.txt", "env-link.txt", "out-link.txt"])
    def test_a_line_that_includes_one_is_left_out(self, option: str, target: str, folder: Path, secret: Path) -> None:
        (folder / "env-link.txt").symlink_to(".env")
        (folder / "out-link.txt").symlink_to(secret)
        (folder / "requirements.txt").write_text(f"pandas\n{option} {target}\n")
        found = choose(notebook(folder, "1"))
        assert found.lines == ("pandas",)
        assert codes(found) == ["requirements-unreadable"]

    def test_a_remembered_choice_that_became_a_link_to_one_is_refused(self, folder: Path, secret: Path) -> None:
        (folder / "prod.txt").symlink_to(".env")
        with pytest.raises(RequirementsError, match="secret"):
            choose(notebook(folder, "1"), "prod.txt")

    def test_a_file_without_end_is_refused(self, folder: Path) -> None:
        with (folder / "requirements.txt").open("wb") as stream:
            stream.truncate(10_000_001)
        assert codes(choose(notebook(folder, "1"))) == ["requirements-unreadable"]


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalr"),
        ("db_password = hunter2hunter2", "hunter2"),
        ("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQ=", "b3Blb"),
        ("  ghp_16C7e42F292c6912E7710c838347Ae178B4a pandas", "16C7"),
        ("./ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7"),
        ("file:///x https://me:hunter2@example.com/simple", "hunter2"),
        ("key -----BEGIN PRIVATE KEY-----MIIEvA", "MIIEvA"),
    ],
)
def test_messages_do_not_repeat_what_looks_like_a_secret(line: str, secret: str, folder: Path) -> None:
    (folder / "requirements.txt").write_text(f"pandas\n{line}\n")
    found = choose(notebook(folder, "1"))
    assert found.findings
    assert not [each for each in found.findings if secret in f"{each.message} {each.hint}"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:pw@example.org:8443/x", "https://example.org:8443/x"),
        ("git+ssh://git:pw@example.org/x", "git+ssh://git@example.org/x"),
        ("https://[::1/x", "https://[::1/x"),
    ],
    ids=["login", "user of SSH", "no address"],
)
def test_a_url_without_its_login(url: str, shown: str) -> None:
    assert without_login(url) == shown


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"a = '{'x' * 10_000_000}'", "more than 10,000,000 characters"),
        (f"{'a.' * 60}a = 1", "more than 50 parts"),
        (f"a = {'[' * 20_000}", "nested too deeply"),
    ],
    ids=["long", "dotted key", "nested"],
)
def test_toml_that_would_take_long_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        load_toml(text)


class TestChosenFile:
    def test_by_path(self, folder: Path) -> None:
        (folder / "envs").mkdir()
        (folder / "envs" / "prod.txt").write_text("numpy\n")
        found = choose(notebook(folder, "1"), "envs/prod.txt")
        assert (found.lines, found.origin, found.package_file) == (("numpy",), "envs/prod.txt", "requirements.txt")

    @pytest.mark.parametrize(
        ("choice", "code"),
        [
            ("gone.txt", "requirements-missing"),
            ("../../../../etc/hosts", "requirements-outside"),
            ("environment.yml", "requirements-unreadable"),
            ("pyproject.toml", "requirements-unreadable"),
            ("binary.txt", "requirements-unreadable"),
        ],
    )
    def test_errors_say_what_to_do(self, choice: str, code: str, folder: Path) -> None:
        (folder / "environment.yml").write_text("x")
        (folder / "pyproject.toml").write_text("[tool]\n")
        (folder / "binary.txt").write_bytes(b"\x80\x81\xff")
        with pytest.raises(RequirementsError) as caught:
            choose(notebook(folder, "1"), choice)
        assert caught.value.code == code
        assert caught.value.hint

    def test_imports_although_there_is_a_file(self, folder: Path) -> None:
        (folder / "requirements.txt").write_text("far")
        assert choose(notebook(folder, "import yaml"), "imports").lines == ("ipykernel==6.29.0", "PyYAML==6.0.1")

    def test_freeze(self, folder: Path) -> None:
        found = choose(notebook(folder, "1"), "freeze")
        assert found.source == "freeze"
        assert "torch==2.1.0" in found.lines
        assert "protobuf==4.25.2" in found.lines
        assert not any(each.startswith(("pip=", "setuptools=")) for each in found.lines)
        assert codes(found) == ["local-version"]

    def test_freeze_of_an_unknown_kernel(self, folder: Path) -> None:
        with pytest.raises(RequirementsError) as caught:
            choose_requirements(NotebookAnalysis(notebook=notebook(folder, "1")), None, root=folder, choice="freeze")
        assert caught.value.code == "environment-unknown"


def locked(name: str, version: str, *more: str, file: str = "url = 'https://index.example/{wheel}'") -> str:
    """Return a package of a ``pylock.toml`` that has one wheel."""
    wheel = f"{name}-{version}-py3-none-any.whl"
    head = [f"[[packages]]\nname = '{name}'\nversion = '{version}'", *more]
    return "\n".join(
        [*head, "[[packages.wheels]]", file.format(wheel=wheel), f"hashes = {{ sha256 = '{'0' * 64}' }}\n"]
    )


PYLOCK_HEAD = "lock-version = '1.0'\ncreated-by = 'tests'\n"
PYLOCK = (
    PYLOCK_HEAD
    + locked("numpy", "1.26.4")
    + locked("colorama", "0.4.6", "marker = \"sys_platform == 'win32'\"")
    + locked("built-here", "1", file="path = 'wheels/{wheel}'").replace("built-here-1", "built_here-1")
    + """
[[packages]]
name = "tool"
[packages.vcs]
type = "git"
url = "https://ana:pw@example.org/t.git"
commit-id = "abc"
[[packages]]
name = "wheel-url"
[packages.archive]
url = "https://example.org/w.whl"
hashes = { sha256 = "00" }
[[packages]]
name = "mine"
[packages.directory]
path = "."
"""
)

UV_LOCK = """
version = 1
[[package]]
name = "project"
version = "0"
source = { virtual = "." }
dependencies = [
    { name = "pandas" },
    { name = "uvicorn", extra = ["standard"] },
    { name = "colorama", marker = "sys_platform == 'win32'" },
    { name = "numpy", version = "1.26.4", marker = "python_version < '3.12'" },
    { name = "numpy", version = "2.1.0", marker = "python_version >= '3.12'" },
    { name = "tool" }, { name = "local" },
]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
[[package]]
name = "pandas"
version = "2.2.0"
source = { registry = "https://index.example/simple" }
dependencies = [{ name = "tzdata" }, { name = "pandas" }]
[[package]]
name = "tzdata"
version = "2024.1"
[[package]]
name = "colorama"
version = "0.4.6"
dependencies = [{ name = "tzdata" }]
[[package]]
name = "numpy"
version = "1.26.4"
[[package]]
name = "numpy"
version = "2.1.0"
[[package]]
name = "uvicorn"
version = "0.30"
[package.optional-dependencies]
standard = [{ name = "httptools" }]
[[package]]
name = "httptools"
version = "0.6"
[[package]]
name = "tool"
version = "1"
source = { git = "https://example.org/t.git?rev=main#abc" }
[[package]]
name = "local"
version = "1"
source = { directory = "../local" }
[[package]]
name = "pytest"
version = "8"
[[package]]
name = "member"
version = "1"
source = { editable = "packages/member" }
"""


class TestLockFiles:
    def test_pylock(self, folder: Path) -> None:
        (folder / "pylock.toml").write_text(PYLOCK)
        found = choose(notebook(folder, "1"))
        assert found.lines == (
            "numpy==1.26.4",
            'colorama==0.4.6 ; sys_platform == "win32"',
            "tool @ git+https://example.org/t.git@abc",
            "wheel-url @ https://example.org/w.whl",
        )
        assert codes(found) == ["package-not-installable"] * 2

    def test_builds_of_another_index_lose_their_mark(self, folder: Path) -> None:
        marker = "marker = \"sys_platform == 'linux'\""
        (folder / "pylock.toml").write_text(PYLOCK_HEAD + locked("torch", "2.1.0+cu118", marker))
        found = choose(notebook(folder, "1"))
        assert found.lines == ('torch==2.1.0 ; sys_platform == "linux"',)
        assert codes(found) == ["local-version"]

    def test_uv_lock_without_uv(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(folder))
        (folder / "uv.lock").write_text(UV_LOCK)
        found = choose(notebook(folder, "1"))
        assert found.lines == (
            "colorama==0.4.6 ; sys_platform == 'win32'",
            "httptools==0.6",
            "numpy==1.26.4 ; python_version < '3.12'",
            "numpy==2.1.0 ; python_version >= '3.12'",
            "pandas==2.2.0",
            "tool @ git+https://example.org/t.git@abc",
            "tzdata==2024.1",
            "uvicorn==0.30",
        )
        assert codes(found) == ["package-not-installable"]
        assert found.text.startswith("# Made from uv.lock.\n")

    @pytest.mark.skipif(os.name == "nt", reason="makes a shell script")
    def test_uv_lock_with_uv(self, folder: Path) -> None:
        uv = folder / "uv"
        uv.write_text('#!/bin/sh\necho "$@" > called\npwd >> called\nprintf "numpy==1 ; x\\n-e ./mine\\n"\n')
        uv.chmod(0o755)
        (folder / "uv.lock").write_text(UV_LOCK)
        lines, findings = read_uv_lock(folder / "uv.lock", uv=str(uv))
        assert lines == ("numpy==1 ; x",)
        assert [each.code for each in findings] == ["package-not-installable"]
        arguments, place = (folder / "called").read_text().splitlines()
        assert {"--frozen", "--offline", "--no-hashes", "--no-emit-project"} <= set(arguments.split())
        assert Path(place).samefile(folder)

    @pytest.mark.skipif(os.name == "nt", reason="makes a shell script")
    def test_a_uv_that_fails_is_done_without(self, folder: Path) -> None:
        uv = folder / "uv"
        uv.write_text("#!/bin/sh\nexit 2\n")
        uv.chmod(0o755)
        (folder / "uv.lock").write_text(UV_LOCK)
        lines, _ = read_uv_lock(folder / "uv.lock", uv=str(uv))
        assert "pandas==2.2.0" in lines

    def test_a_condition_that_pip_does_not_know_is_left_out(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(folder))
        marker = "marker = \"'dev' in dependency_groups\""
        (folder / "pylock.toml").write_text(PYLOCK_HEAD + locked("numpy", "1", marker))
        assert choose(notebook(folder, "1"), "pylock.toml").lines == ("numpy==1",)
        wheel = "source = { url = 'https://ana:pw@example.org/built.whl' }"
        (folder / "uv.lock").write_text(
            "[[package]]\nname = 'project'\nsource = { virtual = '.' }\n"
            "dependencies = [{ name = 'built', marker = 'no marker' }]\n"
            f"[[package]]\nname = 'built'\nversion = '1'\n{wheel}\n"
        )
        assert choose(notebook(folder, "1"), "uv.lock").lines == ("built @ https://example.org/built.whl",)

    @pytest.mark.parametrize("name", ["uv.lock", "pylock.toml"])
    def test_no_packages(self, name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(folder))
        (folder / name).write_text("version = 1\n")
        with pytest.raises(RequirementsError) as caught:
            choose(notebook(folder, "1"), name)
        assert caught.value.code == "requirements-unreadable"


@pytest.mark.parametrize(
    ("text", "constraint"),
    [
        ("3", "~=3.0"),
        ("3.8", "~=3.8.0"),
        ("3.8.11\n", "~=3.8.0"),
        ("3.8.*", "==3.8.*"),
        (">=3.8,<3.12", ">=3.8,<3.12"),
        (">=3.8, 3.11.*", ">=3.8,==3.11.*"),
        ("pypy3.9", None),
        ("cpython@3.11", None),
        ("3.12-dev", None),
        ("3.13.0rc1", None),
        ("3.11\n3.12", None),
        ("", None),
        ("latest", None),
    ],
)
def test_python_version_files(text: str, constraint: str | None, tmp_path: Path) -> None:
    assert convert_version_file(text) == constraint
    (tmp_path / ".python-version").write_text(text)
    assert python_constraint(tmp_path)[0] == constraint


class TestPythonConstraint:
    def test_the_first_usable_source_wins(self, tmp_path: Path) -> None:
        (tmp_path / "setup.cfg").write_text("[options]\npython_requires = >=3.7\n")
        assert python_constraint(tmp_path)[0] == ">=3.7"
        (tmp_path / "pyproject.toml").write_text(
            "[tool.x]\nrequires-python = '>=1'\n[project]\nrequires-python = '>=3.9'\n"
        )
        assert python_constraint(tmp_path)[0] == ">=3.9"
        (tmp_path / ".python-version").write_text("pypy3.9")
        constraint, findings = python_constraint(tmp_path)
        assert constraint == ">=3.9"
        assert [each.code for each in findings] == ["python-constraint-unusable"]
        (tmp_path / ".python-version").write_text("3.10")
        assert python_constraint(tmp_path)[0] == "~=3.10.0"

    def test_nothing_states_one(self, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text("[project\n")
        (tmp_path / "setup.cfg").write_text("no section\n")
        assert python_constraint(tmp_path) == (None, ())

    @pytest.mark.parametrize("text", ["3.8,3.9", "<3.8,>3.9"])
    def test_impossible_constraints_are_told(self, text: str, tmp_path: Path) -> None:
        (tmp_path / ".python-version").write_text(text)
        _, findings = python_constraint(tmp_path)
        assert [each.code for each in findings] == ["python-constraint-impossible"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("-----BEGIN PRIVATE KEY-----", HIDDEN),
        ("MY_TOKEN=abc", f"MY_TOKEN={HIDDEN}"),
        ("six==1.16.0", "six==1.16.0"),
    ],
    ids=["key", "variable", "package"],
)
def test_lines_in_messages_hide_secrets(line: str, shown: str) -> None:
    assert line_to_show(line) == shown


@pytest.mark.parametrize(
    ("package", "line"),
    [
        ({"source": {"git": "https://me:pw@example.org/x?a#abc"}}, "six @ git+https://example.org/x@abc"),
        ({"source": {"url": "https://me:pw@example.org/six.whl"}}, "six @ https://example.org/six.whl"),
        ({"source": {"editable": "."}}, None),
        ({"version": ""}, None),
        ({}, "six==1.16.0"),
    ],
    ids=["Git", "address", "this machine", "no version", "index"],
)
def test_lines_of_uv_lock(package: dict[str, Any], line: str | None) -> None:
    assert lock_files._uv_line({"name": "six", "version": "1.16.0", **package}) == line


@pytest.mark.parametrize(
    ("markers", "condition"),
    [
        ({"", "os_name == 'nt'"}, ""),
        ({"os_name == 'nt'"}, " ; os_name == 'nt'"),
        ({"os_name == 'nt'", "os_name == 'posix'"}, " ; (os_name == 'nt') or (os_name == 'posix')"),
        ({"os_name == 'nt'", "odd"}, ""),
        ({"'a' in extras"}, ""),
    ],
    ids=["always", "one", "either", "no marker", "unknown to pip"],
)
def test_a_package_that_is_reached_twice_is_needed_under_either_condition(markers: set[str], condition: str) -> None:
    assert lock_files._either(markers) == condition


def test_a_uv_that_cannot_be_started_is_done_without(tmp_path: Path) -> None:
    assert lock_files._exported(tmp_path / "uv.lock", str(tmp_path / "gone")) is None
