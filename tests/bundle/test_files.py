"""Which files go in and why; what never goes in by accident; what is refused."""

from __future__ import annotations

import io
import os
import shutil
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rsconnect_jupyter.bundle.files import FileChoice, choose_files
from rsconnect_jupyter.bundle.walking import walk
from rsconnect_jupyter.errors import BundleError
from rsconnect_jupyter.models import BundleOptions
from rsconnect_jupyter.notebook.analysis import NotebookAnalysis, analyse
from rsconnect_jupyter.notebook.reading import Cell, Notebook

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"

Make = Callable[..., Notebook]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "root" / "project"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def make(project: Path) -> Make:
    """Make a notebook of code cells (or ``(type, source)``) in the project, with files beside it."""

    def build(*cells: Any, files: tuple[str, ...] = ()) -> Notebook:
        for each in files:
            (project / each).parent.mkdir(parents=True, exist_ok=True)
            (project / each).write_text("x", encoding="utf-8")
        path = project / "n.ipynb"
        path.write_text("{}", encoding="utf-8")
        typed = [each if isinstance(each, tuple) else ("code", each) for each in cells]
        return Notebook(
            path=path, cells=tuple(Cell(index=n, type=kind, source=text) for n, (kind, text) in enumerate(typed))
        )

    return build


def choose(notebook: Notebook, *picks: str, detect_files: bool = False, mode: Any = "jupyter-static") -> FileChoice:
    options = BundleOptions(files=picks, detect_files=detect_files)
    return choose_files(NotebookAnalysis(notebook=notebook), root=notebook.folder.parent, options=options, mode=mode)


def paths(choice: FileChoice) -> set[str]:
    return {each.path for each in choice.included} - {"n.ipynb"}


def codes(choice: FileChoice) -> set[str]:
    return {each.code for each in choice.findings}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sales-pandas", {"data/sales.csv"}),
        ("images-and-links", {"images/logo.png", "images/map one.png", "data/sales.csv"}),
        ("computed-paths", {"data/parts/part-0.csv", "data/parts/part-1.csv", "data/sales.csv"}),
        ("local-modules", {"helpers.py", "toolbox/__init__.py", "toolbox/shapes.py", "toolbox/numbers.py",
                           "data/limits.json"}),
        ("front-matter", {"data/refs.bib"}),
        ("r-kernel", {"data/sales.csv"}),
        ("reads-env-file", set()),
        ("never-run", set()),
    ],
)  # fmt: skip
def test_proposals_of_the_notebooks(name: str, expected: set[str]) -> None:
    choice = choose_files(analyse(NOTEBOOKS / f"{name}.ipynb"), root=NOTEBOOKS)
    assert {each.path for each in choice.included} == expected | {f"{name}.ipynb"}


def test_every_candidate_says_why_and_where() -> None:
    choice = choose_files(analyse(NOTEBOOKS / "local-modules.ipynb"), root=NOTEBOOKS)
    reasons = {each.path: each.reason for each in choice.candidates}
    assert reasons["local-modules.ipynb"] == "the notebook"
    assert reasons["helpers.py"] == "imported in cell 2"
    assert reasons["toolbox/numbers.py"] == "imported in toolbox/shapes.py"
    assert reasons["data/limits.json"] == "read by open in helpers.py"
    places = {each.path: each.where for each in choice.candidates}
    assert places["helpers.py"] is not None
    assert places["helpers.py"].cell == 1
    assert all(each.size == each.source.stat().st_size for each in choice.candidates)


@pytest.mark.parametrize(
    "source",
    [
        "pd.read_csv('data/a.csv')",
        "pd.read_csv('./data/a.csv', sep=';')",
        "open('data/a.csv')",
        "open('data/a.csv', mode='rb')",
        "from pathlib import Path\nPath('data/a.csv').read_text()",
        "(Path('data') / 'a.csv').open()",
        "open(Path('data').joinpath('a.csv'))",
        "import os\npd.read_csv(os.path.join('data', 'a.csv'))",
        "FOLDER = 'data'\npd.read_csv(FOLDER + '/a.csv')",
        "FOLDER = Path('data')\npd.read_csv(FOLDER / 'a.csv')",
        "pd.read_csv(f'data/{name}.csv')",
        "FOLDER = 'data'\npd.read_csv(f'{FOLDER}/a.csv')",
        "import glob\nfor each in glob.glob('data/*.csv'):\n    pass",
        "list(Path('data').glob('*.csv'))",
        "for each in os.listdir('data'):\n    pass",
        "load(['data/a.csv'])",
        "SOURCES = {'a': 'data/a.csv'}",
        "!head data/a.csv",
        "!head -c5 data/a.csv | grep it's",
        "%time frame = pd.read_csv('data/a.csv')",
        "x = pd.read_csv('data/a.csv')\nx?",
        "pd.read_csv(Path.cwd() / 'data' / 'a.csv')",
        "pd.read_csv(Path('data/a.csv').resolve())",
        "pd.read_csv('{}/a.csv'.format('data'))",
        "pd.read_csv('data/{name}.csv'.format(name=name))",
        "FOLDER = 'data'\npd.read_csv('%s/%s.csv' % (FOLDER, name))",
        "FOLDER: str = 'data'\npd.read_csv(FOLDER + '/a.csv')",
        "ROOT = Path('data/deep/x.py').resolve().parents[1]\nopen(ROOT / 'a.csv')",
        "os.chdir('data')\nopen('a.csv')",
        "%cd data\nopen('a.csv')",
        "%cd data\n%cd ..\nopen('data/a.csv')",
        "pd.read_csv(r'data\\a.csv')",
        "duckdb.sql(\"select * from 'data/a.csv' where b > 1\")",
        "engine = create_engine('sqlite:///data/a.csv')",
        "sqlite3.connect('file:data/a.csv?mode=ro', uri=True)",
    ],
)
def test_ways_to_name_a_file(source: str, make: Make) -> None:
    assert "data/a.csv" in paths(choose(make(source, files=("data/a.csv",)), detect_files=True))


@pytest.mark.parametrize(
    "source",
    [
        "frame.groupby('data').plot(kind='bar')",
        "open(Path.cwd().parent / 'data' / 'a.csv')",
        "open(os.path.join(os.path.dirname(os.getcwd()), 'data', 'a.csv'))",
        "%cd ..\nopen('data/a.csv')",
        "here = Path('data').parents[steps]\nopen(here / 'a.csv')",
        "os.listdir('data/..')",
        "glob.glob('/*.csv')\nglob.glob('*.c')",
    ],
)
def test_what_only_sounds_like_a_file_is_none(source: str, make: Make) -> None:
    assert paths(choose(make(source, files=("data/a.csv",)), detect_files=True)) == set()


def test_constants_are_followed_across_cells(make: Make) -> None:
    notebook = make("DATA = Path('data')", "pd.read_csv(DATA / 'a.csv')", files=("data/a.csv", "data/b.csv"))
    assert paths(choose(notebook, detect_files=True)) == {"data/a.csv"}


@pytest.mark.parametrize(
    "source",
    [
        "'''data/a.csv'''",
        "# open('data/a.csv')",
        "df.to_csv('data/a.csv')",
        "open('data/a.csv', 'w')",
        "plt.savefig('data/a.csv')",
        "Path('data/a.csv').write_text('x')",
        "df.to_csv('data/a.csv')\npd.read_csv('data/a.csv')",
        "%%writefile data/a.csv\nx",
    ],
)
def test_what_is_only_written_or_told_is_not_needed(source: str, make: Make) -> None:
    assert paths(choose(make(source, files=("data/a.csv",)), detect_files=True)) == set()


@pytest.mark.parametrize(
    "text",
    [
        "![x](a%20b.png)",
        "[x](<a%20b.png>)",
        '<img alt="x" src="a%20b.png">',
        "[r]: a%20b.png",
        "[x](a%20b.png?x&amp;y)",
    ],
)
def test_ways_to_link_a_file(text: str, make: Make) -> None:
    assert paths(choose(make(("markdown", text), files=("a b.png",)), detect_files=True)) == {"a b.png"}


def test_a_shapefile_brings_its_parts(make: Make) -> None:
    notebook = make("gpd.read_file('m.shp')", files=("m.shp", "m.dbf", "m.shx", "m.txt"))
    assert paths(choose(notebook, detect_files=True)) == {"m.shp", "m.dbf", "m.shx"}


def test_a_finished_document_needs_only_what_it_links_to(make: Make) -> None:
    text = ("markdown", "![x](i.png) [x](d.pdf)")
    notebook = make(text, "import m\nopen('a.csv')", files=("i.png", "d.pdf", "a.csv", "m.py"))
    choice = choose(notebook, detect_files=True, mode="static")
    assert paths(choice) == {"d.pdf"}
    assert {each.path for each in choice.candidates} == {"n.ipynb", "i.png", "d.pdf", "a.csv", "m.py"}


def test_voila_settings_go_along(make: Make) -> None:
    notebook = make("1", files=("voila.json",))
    assert paths(choose(notebook, detect_files=True, mode="jupyter-voila")) == {"voila.json"}
    assert paths(choose(notebook, detect_files=False, mode="jupyter-voila")) == {"voila.json"}
    assert paths(choose(notebook, detect_files=True)) == set()


def test_modules_are_found_transitively(make: Make, project: Path) -> None:
    notebook = make(
        "%run first.py\nimport pkg.inner", files=("pkg/__init__.py", "pkg/inner.py", "pkg/other.py", "deep.py")
    )
    (project / "first.py").write_text("import second")
    (project / "second.py").write_text("def f():\n    import deep\n    import json, pandas")
    (project / "pkg" / "inner.py").write_text("from . import other\nfrom .. import escape")
    choice = choose(notebook, detect_files=True)
    assert paths(choice) == {"first.py", "second.py", "deep.py", "pkg/__init__.py", "pkg/inner.py", "pkg/other.py"}
    assert set(choice.modules) == paths(choice)


@pytest.mark.parametrize(
    "line",
    [
        "sys.path.append('src')",
        "sys.path.insert(0, os.path.abspath('./src'))",
        "sys.path += [str(Path.cwd() / 'src')]",
        "SOURCE = Path() / 'src'\nsys.path.append(str(SOURCE))",
        "site.addsitedir('src')",
    ],
)
def test_modules_are_found_where_the_notebook_looks(line: str, make: Make) -> None:
    files = ("src/tools/__init__.py", "src/tools/io.py", "src/other.py")
    choice = choose(make(line, "from tools import io", files=files), detect_files=True)
    assert paths(choice) == {"src/tools/__init__.py", "src/tools/io.py"}
    assert {each.reason for each in choice.included} == {"the notebook", "imported in cell 2"}


def test_the_standard_library_comes_before_a_file_of_its_name(make: Make) -> None:
    assert paths(choose(make("import statistics", files=("statistics.py",)), detect_files=True)) == set()


def test_proposals_can_be_turned_off_and_are_still_listed(make: Make) -> None:
    choice = choose(make("open('a.csv')", files=("a.csv",)), detect_files=False)
    assert paths(choice) == set()
    assert [each.included for each in choice.candidates if each.path == "a.csv"] == [False]


TREE = (
    "a.csv", "b.txt", "data/c.csv", "data/deep/d.csv", ".git/config", "venv/pyvenv.cfg", "venv/lib/x.csv", ".env",
    "data/key.pem", "__pycache__/x.csv", ".ipynb_checkpoints/a.csv", "rsconnect-python/n.json", "data/id_rsa",
    "manifest.json", "node_modules/x.csv", "conda/conda-meta/history", "conda/x.csv", ".DS_Store", "data/.env.local",
)  # fmt: skip


@pytest.mark.parametrize(
    ("picks", "expected"),
    [
        (("a.csv",), {"a.csv"}),
        (("./a.csv",), {"a.csv"}),
        (("/a.csv",), {"a.csv"}),
        (("data",), {"data/c.csv", "data/deep/d.csv"}),
        (("data/",), {"data/c.csv", "data/deep/d.csv"}),
        (("*.csv",), {"a.csv", "data/c.csv", "data/deep/d.csv"}),
        (("/*.csv",), {"a.csv"}),
        (("data/*.csv",), {"data/c.csv"}),
        (("data/**",), {"data/c.csv", "data/deep/d.csv"}),
        (("**/*.csv", "!data/deep/"), {"a.csv", "data/c.csv"}),
        (("*", "!*.csv"), {"b.txt"}),
        ((".",), {"a.csv", "b.txt", "data/c.csv", "data/deep/d.csv"}),
        (("!a.csv", "a.csv"), {"a.csv"}),
        (("a.csv", "!a.csv"), set()),
        (("# a comment", "", "  b.txt  "), {"b.txt"}),
        (("[ab].*",), {"a.csv", "b.txt"}),
    ],
)
def test_picks(picks: tuple[str, ...], expected: set[str], make: Make) -> None:
    assert paths(choose(make("1", files=TREE), *picks)) == expected


@pytest.mark.parametrize("pick", ["*", ".", "data", "**/*", "*.pem", ".env*", "data/*"])
def test_no_pattern_picks_a_secret(pick: str, make: Make) -> None:
    choice = choose(make("1", files=TREE), pick)
    assert not paths(choice) & {".env", "data/key.pem", "data/id_rsa", "data/.env.local"}
    assert "secret-file-left-out" in codes(choice)


def test_a_secret_named_exactly_goes_in_with_a_warning(make: Make) -> None:
    choice = choose(make("1", files=TREE), ".env", "data/key.pem")
    assert paths(choice) == {".env", "data/key.pem"}
    assert [each.severity for each in choice.findings if each.code == "secret-file-included"] == ["warning"] * 2


def test_a_secret_that_is_read_and_named_is_told_of_once(make: Make) -> None:
    choice = choose(make("load_dotenv('.env')", files=(".env",)), ".env", detect_files=True)
    assert paths(choice) == {".env"}
    assert codes(choice) == {"secret-file-included"}


def test_a_secret_the_notebook_reads_stays_out_and_that_is_said(make: Make) -> None:
    choice = choose(make("load_dotenv('.env')", files=(".env",)), detect_files=True)
    assert paths(choice) == set()
    (finding,) = choice.findings
    assert (finding.code, finding.severity) == ("secret-file-left-out", "warning")
    assert finding.fix is not None
    assert (finding.fix.action, finding.fix.value) == ("add-file", ".env")


@pytest.mark.parametrize("pick", ["../outside.csv", "/etc/passwd", "~/x", "data/../../outside.csv", "..", "../*.csv"])
def test_paths_outside_are_refused(pick: str, make: Make, project: Path) -> None:
    (project.parent / "outside.csv").write_text("x")
    with pytest.raises(BundleError) as caught:
        choose(make("1", files=TREE), pick)
    assert caught.value.code == "file-outside-project"
    assert pick in caught.value.message


def test_a_leading_dash_of_the_disk_is_not_the_project(make: Make) -> None:
    assert paths(choose(make("1", files=("etc/passwd",)), "/etc/passwd")) == {"etc/passwd"}


class TestLinks:
    def test_inside_the_project_they_are_followed(self, make: Make, project: Path) -> None:
        notebook = make("open('in.csv')", files=("data/a.csv",))
        (project / "in.csv").symlink_to("data/a.csv")
        (project / "folder").symlink_to("data")
        (project.parent / "shared.csv").write_text("in the root, so in the project")
        (project / "up.csv").symlink_to("../shared.csv")
        assert paths(choose(notebook, "*", detect_files=True)) == {"in.csv", "data/a.csv", "folder/a.csv", "up.csv"}

    def test_leading_out_they_are_skipped_and_named(self, make: Make, project: Path, tmp_path: Path) -> None:
        (tmp_path / "secret.txt").write_text("x")
        notebook = make("open('leak.txt')", files=("data/a.csv",))
        (project / "leak.txt").symlink_to(tmp_path / "secret.txt")
        (project / "data" / "up").symlink_to(tmp_path)
        (project / "broken").symlink_to("nowhere")
        choice = choose(notebook, "*", detect_files=True)
        assert paths(choice) == {"data/a.csv"}
        said = " ".join(each.message for each in choice.findings if each.code == "link-leads-out")
        assert all(each in said for each in ("leak.txt", "data/up", "broken"))

    @pytest.fixture
    def leaking(self, make: Make, project: Path, tmp_path: Path) -> Notebook:
        (tmp_path / "private.txt").write_text("x")
        (project / "leak.txt").symlink_to(tmp_path / "private.txt")
        (project / "folder").symlink_to(tmp_path)
        return make("open('leak.txt')")

    @pytest.mark.parametrize("pick", ["leak.txt", "folder/private.txt"])
    def test_leading_out_and_named_exactly_they_are_followed_and_the_target_is_named(
        self, pick: str, leaking: Notebook, tmp_path: Path
    ) -> None:
        choice = choose(leaking, pick, detect_files=True)
        assert paths(choice) == {pick}
        told = {each.code: each.message for each in choice.findings}
        assert str(tmp_path / "private.txt") in told["link-followed"]

    @pytest.mark.parametrize("pick", ["leak.txt", "folder/private.txt"])
    def test_a_pick_that_is_only_remembered_does_not_follow_them(self, pick: str, leaking: Notebook) -> None:
        options = BundleOptions(files=(pick,), follow_picked_links=False)
        with pytest.raises(BundleError, match="link"):
            choose_files(NotebookAnalysis(notebook=leaking), root=leaking.folder.parent, options=options)

    @pytest.mark.parametrize("pick", ["folder", "gone"])
    def test_folders_outside_and_broken_links_are_refused(self, pick: str, leaking: Notebook, project: Path) -> None:
        (project / "gone").symlink_to("nowhere")
        with pytest.raises(BundleError, match="link") as caught:
            choose(leaking, pick)
        assert caught.value.code == "file-outside-project"

    @pytest.mark.parametrize("target", [".env", ".git/config", ".hidden/data.csv", "../.aws/credentials"])
    def test_to_a_private_file_they_are_left_out_unless_named_exactly(
        self, target: str, make: Make, project: Path
    ) -> None:
        notebook = make("open('data.csv')", files=(target,))
        (project / "data.csv").symlink_to(target)
        choice = choose(notebook, "/*.csv", detect_files=True)
        assert paths(choice) == set()
        assert "secret-file-left-out" in codes(choice)
        assert any(str((project / target).resolve()) in each.message for each in choice.findings)
        assert paths(choose(notebook, "data.csv")) == {"data.csv"}
        remembered = BundleOptions(files=("data.csv",), follow_picked_links=False)
        assert (
            paths(choose_files(NotebookAnalysis(notebook=notebook), root=project.parent, options=remembered)) == set()
        )

    @pytest.mark.parametrize("target", [".git", ".hidden", "../.aws"])
    def test_to_a_private_folder_they_are_not_walked(self, target: str, make: Make, project: Path) -> None:
        notebook = make("import os\nos.listdir('data')", files=(f"{target}/a.csv",))
        (project / "data").symlink_to(target)
        assert paths(choose(notebook, "data", "data/*.csv", detect_files=True)) == set()

    def test_the_settings_of_voila_are_no_way_out(self, make: Make, project: Path, tmp_path: Path) -> None:
        (tmp_path / "private.txt").write_text("x")
        (project / "voila.json").symlink_to(tmp_path / "private.txt")
        assert paths(choose(make("1"), detect_files=True, mode="jupyter-voila")) == set()

    def test_a_notebook_that_is_a_link_out_of_the_project_is_named(self, project: Path, tmp_path: Path) -> None:
        (tmp_path / "private.ipynb").write_text("{}")
        (project / "n.ipynb").symlink_to(tmp_path / "private.ipynb")
        choice = choose(Notebook(path=project / "n.ipynb", cells=()))
        assert codes(choice) == {"link-followed"}

    def test_circles_end(self, make: Make, project: Path) -> None:
        notebook = make("1", files=("data/a.csv",))
        (project / "data" / "again").symlink_to("..")
        (project / "self").symlink_to("self")
        assert "data/a.csv" in paths(choose(notebook, "*.csv"))


class TestIgnoreFiles:
    def test_folder_picks_respect_them(self, make: Make, project: Path) -> None:
        notebook = make("1", files=("data/a.csv", "data/b.log", "data/keep.log", "data/tmp/c.csv"))
        (project / ".gitignore").write_text("*.log\n!keep.log\n")
        (project / "data" / ".rscignore").write_text("tmp/\n")
        assert paths(choose(notebook, "data")) == {"data/a.csv", "data/keep.log"}

    def test_those_of_folders_above_count(self, make: Make, project: Path) -> None:
        notebook = make("1", files=("data/a.csv", "data/b.log"))
        (project.parent / ".gitignore").write_text("project/data/*.log\n")
        assert paths(choose(notebook, "data")) == {"data/a.csv"}

    def test_only_regular_files_are_read_as_such(self, make: Make, project: Path) -> None:
        notebook = make("1", files=("data/a.csv",))
        (project / ".gitignore").symlink_to("/dev/zero")
        os.mkfifo(project / ".rscignore")
        (project / "data" / ".gitignore").symlink_to(".gitignore")
        assert paths(choose(notebook, "data")) == {"data/a.csv"}

    def test_globs_and_proposals_do_not_ask_them(self, make: Make, project: Path) -> None:
        notebook = make("open('data/b.csv')", files=("data/a.csv", "data/b.csv"))
        (project / ".gitignore").write_text("data/\n")
        assert paths(choose(notebook, detect_files=True)) == {"data/b.csv"}
        assert paths(choose(notebook, "data/*.csv")) == {"data/a.csv", "data/b.csv"}


def test_a_pattern_without_match_is_reported(make: Make) -> None:
    choice = choose(make("1", files=TREE), "nothing-*.csv", "*.pyc")
    assert [(each.code, each.severity) for each in choice.findings] == [("pattern-without-match", "warning")] * 2


@pytest.mark.parametrize("pick", ["gone.csv", "data/gone.csv", "gone/", ".npmrc"])
def test_a_name_that_does_not_exist_is_an_error(make: Make, pick: str) -> None:
    (found,) = choose(make("1", files=TREE), pick).findings
    assert (found.code, found.severity) == ("no-such-file", "error")
    assert found.fix is not None
    assert (found.fix.action, found.fix.value) == ("remove-file", pick)


@pytest.mark.parametrize("pick", ["gone.csv", "gone/"])
def test_a_remembered_name_that_does_not_exist_stops_no_publish(make: Make, pick: str) -> None:
    options = BundleOptions(files=(pick,), follow_picked_links=False)
    notebook = make("1", files=TREE)
    (found,) = choose_files(NotebookAnalysis(notebook=notebook), root=notebook.folder, options=options).findings
    assert (found.code, found.severity) == ("pattern-without-match", "warning")
    assert found.fix is not None
    assert (found.fix.action, found.fix.value) == ("remove-file", pick)


def test_a_name_matches_in_any_folder_as_in_a_gitignore(make: Make) -> None:
    assert codes(choose(make("1", files=("data/a.csv",)), "a.csv")) == set()


def test_a_folder_that_is_ignored_as_a_whole_is_reported(make: Make, project: Path) -> None:
    (project / ".gitignore").write_text("*.csv\n")
    (found,) = choose(make("1", files=("data/a.csv",)), "data").findings
    assert found.code == "pattern-without-match"
    assert ".gitignore" in found.message


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' names are text")
@pytest.mark.parametrize("pick", ["data", "data/*"])
def test_a_name_that_is_no_text_is_passed_over_and_named(pick: str, make: Make, project: Path) -> None:
    notebook = make("1", files=("data/a.csv",))
    (project / "data" / os.fsdecode(b"b\xff.csv")).write_text("x")
    choice = choose(notebook, pick)
    assert paths(choice) == {"data/a.csv"}
    assert codes(choice) == {"bad-file-name"}
    str(choice.findings).encode("utf-8")


def test_an_earlier_bundle_is_not_packed(make: Make, project: Path) -> None:
    notebook = make("1", files=("a.csv",))
    with tarfile.open(project / "bundle.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("manifest.json"), io.BytesIO())
    with tarfile.open(project / "data.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("data.csv"), io.BytesIO())
    (project / "no-archive.tar.gz").write_text("text")
    assert paths(choose(notebook, "*")) == {"a.csv", "data.tar.gz", "no-archive.tar.gz"}


def test_the_manifests_name_is_taken(make: Make) -> None:
    choice = choose(make("1", files=("manifest.json",)), "manifest.json")
    assert paths(choice) == set()
    assert codes(choice) == {"reserved-name"}
    assert paths(choose(make("open('manifest.json')"), detect_files=True)) == set()


@pytest.mark.skipif(sys.platform != "linux", reason="makes a named pipe")
def test_what_is_no_file_or_cannot_be_reached_is_passed_over(make: Make, project: Path) -> None:
    notebook = make("1", files=("data/a.csv", "data/soft\u00adhyphen.csv"))
    os.mkfifo(project / "data" / "pipe")
    (project / "data" / "loop").symlink_to("loop")
    assert paths(choose(notebook, "data")) == {"data/a.csv", "data/soft\u00adhyphen.csv"}
    assert walk(project, root=project, below="gone").files == []
    notebook.path.unlink()
    assert choose(notebook).candidates == ()


def test_odd_names(make: Make, project: Path) -> None:
    odd = ("data[1].csv", "größe.csv", "a b.csv", "weiß/ß.csv")
    assert paths(choose(make("1", files=odd), *odd)) == set(odd)


def test_too_many_files_cannot_be_meant(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rsconnect_jupyter.bundle.walking.MOST_ENTRIES", 3)
    with pytest.raises(BundleError) as caught:
        choose(make("1", files=("a", "b", "c", "d")), "*")
    assert caught.value.code == "too-many-files"


def test_a_proposal_never_stops_a_publish(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rsconnect_jupyter.bundle.mentioned_files.MOST_LOOKED_AT", 2)
    notebook = make("os.listdir('data'); open(f'{x}/a.csv')", files=tuple(f"data/{each}.csv" for each in "abc"))
    assert paths(choose(notebook, detect_files=True)) == set()


def test_a_moved_project_gives_the_same_choice(tmp_path: Path) -> None:
    shutil.copytree(NOTEBOOKS, tmp_path / "copy")
    here = choose_files(analyse(NOTEBOOKS / "local-modules.ipynb"), root=NOTEBOOKS)
    there = choose_files(analyse(tmp_path / "copy" / "local-modules.ipynb"), root=tmp_path)
    assert [(each.path, each.size, each.reason) for each in here.candidates] == [
        (each.path, each.size, each.reason) for each in there.candidates
    ]
