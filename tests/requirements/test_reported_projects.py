"""Projects as people report them: each keeps its constraints, and no line is dropped without a finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from rsconnect_jupyter.models import Distribution, KernelEnvironment, Requirements
from rsconnect_jupyter.notebook.analysis import NotebookAnalysis
from rsconnect_jupyter.notebook.reading import Cell, Notebook
from rsconnect_jupyter.requirements.selection import choose_requirements

ENVIRONMENT = KernelEnvironment(
    kernel="python3",
    display_name="Python 3",
    language="python",
    version="3.11.7",
    distributions=(
        Distribution(name="pandas", version="3.0.2", requires=("numpy", "python-dateutil")),
        Distribution(name="numpy", version="2.3.1"),
        Distribution(name="python-dateutil", version="2.9.0", requires=("six",)),
        Distribution(name="six", version="1.17.0"),
        Distribution(name="ipykernel", version="7.1.0"),
    ),
    modules={"pandas": ("pandas",), "numpy": ("numpy",), "ipykernel": ("ipykernel",)},
)
FROM_IMPORTS = ("ipykernel==7.1.0", "pandas==3.0.2")


def choose(
    folder: Path, files: dict[str, str], *, source: str = "import pandas as pd", additions: Sequence[str] = ()
) -> Requirements:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    notebook = Notebook(path=folder / "report.ipynb", cells=(Cell(index=0, source=source),))
    return choose_requirements(NotebookAnalysis(notebook=notebook), ENVIRONMENT, root=folder, additions=additions)


def codes(found: Requirements) -> list[str]:
    return [each.code for each in found.findings]


CONSTRAINED = {
    "listed and brought along": (
        {"requirements.txt": "-c c.txt\npandas\n", "c.txt": "numpy<2.4\npytz==2024.1\npandas<3.1\n"},
        ("pandas<3.1", "numpy<2.4"),
    ),
    "two steps away": ({"requirements.txt": "-c c.txt\npandas\n", "c.txt": "six<2\n"}, ("pandas", "six<2")),
    "with a marker": (
        {"requirements.txt": "-c c.txt\npandas\n", "c.txt": 'pandas<3; python_version < "3.11"\n'},
        ("pandas", 'pandas<3; python_version < "3.11"'),
    ),
    "uv's": (
        {
            "pyproject.toml": '[project]\nname = "c"\ndependencies = ["pandas"]\n'
            '[tool.uv]\nconstraint-dependencies = ["numpy<2.4"]\n'
        },
        ("pandas", "numpy<2.4"),
    ),
    "uv's overrides": (
        {
            "pyproject.toml": '[project]\nname = "c"\ndependencies = ["pandas>=3"]\n'
            '[tool.uv]\noverride-dependencies = ["pandas==2.3", "numpy==2.2", "unused==1"]\n'
        },
        ("pandas==2.3", "numpy==2.2"),
    ),
}


@pytest.mark.parametrize("case", CONSTRAINED)
def test_constraints_reach_the_server(case: str, tmp_path: Path) -> None:
    files, lines = CONSTRAINED[case]
    found = choose(tmp_path, files)
    assert (found.lines, codes(found)) == (lines, [])
    assert all(each in found.text.splitlines() for each in lines)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("-c https://files.example.org/constraints-3.11.txt", "-c https://files.example.org/constraints-3.11.txt"),
        ("--requirement=https://files.example.org/base.txt", "--requirement=https://files.example.org/base.txt"),
        ("-r https://ana:hush-hush@files.example.org/base.txt", "-r https://files.example.org/base.txt"),
    ],
)
def test_files_of_the_web_are_kept_without_logins(line: str, kept: str, tmp_path: Path) -> None:
    found = choose(tmp_path, {"requirements.txt": f"{line}\npandas\n"})
    assert found.source == "file"
    assert found.lines == (kept, "pandas")
    assert "requirements-from-url" in codes(found)
    assert "hush-hush" not in found.text + repr(found.findings)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("--find-links ./wheels", "package-not-installable"),
        ("-f wheels", "package-not-installable"),
        ("--find-links=/srv/wheels", "package-not-installable"),
        ("--find-links file:///srv/wheels", "package-not-installable"),
        ("-r gone.txt", "requirements-unreadable"),
        ("-c ../../outside.txt", "requirements-unreadable"),
    ],
)
def test_a_line_that_the_server_cannot_use_is_named_and_costs_only_itself(line: str, code: str, tmp_path: Path) -> None:
    found = choose(tmp_path, {"requirements.txt": f"{line}\npandas\nipykernel\n"})
    assert (found.lines, codes(found)) == (("pandas", "ipykernel"), [code])
    assert re.split(r"[ =]", line, maxsplit=1)[1] in found.findings[0].message


EMPTY = {
    "pixi": {"pyproject.toml": '[project]\nname = "a"\ndependencies = []\n[tool.pixi.dependencies]\npandas = ">=2"\n'},
    "uv init": {"pyproject.toml": '[project]\nname = "a"\nrequires-python = ">=3.11"\ndependencies = []\n'},
    "comments only": {"requirements.txt": "# to do\n\n"},
}


@pytest.mark.parametrize("case", EMPTY)
def test_an_empty_list_states_nothing(case: str, tmp_path: Path) -> None:
    found = choose(tmp_path, EMPTY[case])
    assert (found.source, found.lines) == ("imports", FROM_IMPORTS)
    assert [(each.code, each.severity) for each in found.findings] == [("requirements-empty", "info")]


def test_a_script_block_is_the_notebooks_own_list(tmp_path: Path) -> None:
    block = '# /// script\n# requires-python = ">=3.11"\n# dependencies = ["humanize==4.9.0"]\n# ///\n'
    found = choose(tmp_path, {"requirements.txt": "far\n"}, source=block + "import humanize")
    assert (found.source, found.lines) == ("file", ("humanize==4.9.0",))


@pytest.mark.parametrize("block", ["# /// script\n# dependencies = [\n# ///\n", "# /// script\n# x = 1\n# ///\n"])
def test_a_script_block_without_dependencies_states_nothing(block: str, tmp_path: Path) -> None:
    assert choose(tmp_path, {}, source=block + "import pandas").lines == FROM_IMPORTS


RIGHT = {
    "dev group": (
        {"pyproject.toml": '[project]\nname="a"\ndependencies = ["pandas>=2"]\n[dependency-groups]\ndev = ["x"]\n'},
        ("pandas>=2",),
    ),
    "no ipykernel": ({"requirements.txt": "pandas\n"}, ("pandas",)),
    "hashes, markers, extras": (
        {
            "requirements.txt": "# compiled\npandas==3.1.1 \\\n    --hash=sha256:aaaa \\\n    --hash=sha256:bbbb\n"
            'pyyaml==6.0.4 ; python_version >= "3.9" --hash=sha256:cccc\n'
            'requests[socks]==2.34.2; sys_platform != "win32" \\\n    --hash=sha256:dddd  # all of them\n'
        },
        (
            "pandas==3.1.1",
            'pyyaml==6.0.4 ; python_version >= "3.9"',
            'requests[socks]==2.34.2; sys_platform != "win32"',
        ),
    ),
    "hashes of one line, and an index": (
        {"requirements.txt": "--index-url https://pypi.example.org/simple\nsix==1.17.0 --hash=sha256:aa\n"},
        ("--index-url https://pypi.example.org/simple", "six==1.17.0"),
    ),
    "nested, with =": (
        {"requirements.txt": "--requirement=base.txt\nsix\n", "base.txt": "pandas\n"},
        ("pandas", "six"),
    ),
    "nested twice": (
        {"requirements.txt": "-r a.txt\n-r b.txt\n", "a.txt": "pandas\n-r b.txt\n", "b.txt": "six\n-r a.txt\n"},
        ("pandas", "six"),
    ),
    "nested": (
        {
            "requirements.txt": "-r pipelines/requirements.txt\nipykernel\n",
            "pipelines/requirements.txt": "pandas\n-r more.txt\n",
            "pipelines/more.txt": "tabulate\n",
        },
        ("pandas", "tabulate", "ipykernel"),
    ),
}


@pytest.mark.parametrize("case", RIGHT)
def test_what_was_right_stays_right(case: str, tmp_path: Path) -> None:
    files, lines = RIGHT[case]
    found = choose(tmp_path, files)
    assert (found.lines, codes(found)) == (lines, [])


HASHED = "pandas==3.0.2 \\\n    --hash=sha256:00\nnumpy==2.3.1 --hash=sha256:11\n"
UNHASHED = {
    "a line of the author's": ({"requirements.txt": HASHED + "six\n"}, (), "six"),
    "a repository": ({"requirements.txt": HASHED + "git+https://example.org/t.git#egg=t\n"}, (), "git+https"),
    "an included file": ({"requirements.txt": HASHED + "-r more.txt\n", "more.txt": "six==1\n"}, (), "six==1"),
    "a constraint": ({"requirements.txt": HASHED + "-c c.txt\n", "c.txt": "six<2\n"}, (), "six<2"),
    "what stands for a file of this machine": (
        {"requirements.txt": HASHED + "six @ file:///tmp/build/six\n"},
        (),
        "six==1.17.0",
    ),
    "all demanded": ({"requirements.txt": "--require-hashes\nsix\n"}, (), "six"),
    "an added package": ({"requirements.txt": HASHED}, ("openpyxl",), "openpyxl"),
    "an added version": ({"requirements.txt": HASHED}, ("pandas<3",), "pandas<3"),
}


@pytest.mark.parametrize("case", UNHASHED)
def test_a_line_without_hash_among_others_is_named_since_pip_refuses_it(case: str, tmp_path: Path) -> None:
    files, additions, line = UNHASHED[case]
    found = choose(tmp_path, files, additions=additions)
    (reported,) = [each for each in found.findings if each.code == "hash-missing"]
    assert reported.severity == "warning"
    assert line in reported.message


@pytest.mark.parametrize("addition", ["six --hash=sha256:22", "pandas"])
def test_an_addition_that_changes_nothing_is_no_problem(addition: str, tmp_path: Path) -> None:
    found = choose(tmp_path, {"requirements.txt": HASHED}, additions=(addition,))
    assert "hash-missing" not in codes(found)


def test_a_conda_environment_is_reported(tmp_path: Path) -> None:
    found = choose(tmp_path, {"environment.yml": "dependencies: [python=3.11, pandas]\n"})
    assert (found.lines, codes(found)) == (FROM_IMPORTS, ["conda-environment-not-used"])
