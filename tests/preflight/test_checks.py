"""Everything there is to say before publishing, each thing shown by a notebook that has it."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from authoring import write_notebook
from msgspec.structs import replace

from rsconnect_jupyter.bundle.plan import plan_bundle
from rsconnect_jupyter.errors import NotebookError
from rsconnect_jupyter.models import BundleOptions, Content, Finding, Fix, Mode, ServerFacts
from rsconnect_jupyter.notebook.analysis import analyse
from rsconnect_jupyter.preflight import checks as preflight

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
MODES: tuple[Mode, ...] = ("jupyter-static", "static", "jupyter-voila", "quarto-static")

Check = Callable[..., tuple[Finding, ...]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the notebooks, so that no file above them has a say."""
    place = tmp_path_factory.mktemp("project") / "root" / "notebooks"
    shutil.copytree(NOTEBOOKS, place)
    (place.parent / "conftest.py").touch()
    return place


@pytest.fixture
def check(folder: Path) -> Check:
    def run(name: str, mode: Any = "jupyter-static", *, options: BundleOptions | None = None, **more: Any) -> Any:
        plan = plan_bundle(analyse(folder / f"{name}.ipynb"), root=folder, mode=mode, options=options)
        return preflight.check(plan, **more)

    return run


def codes(findings: tuple[Finding, ...]) -> set[str]:
    return {each.code for each in findings}


def one(findings: tuple[Finding, ...], code: str) -> Finding:
    (found,) = [each for each in findings if each.code == code]
    return found


CASES = [
    ("never-run", "static", "never-run", "warning", "run-all"),
    ("never-run", "quarto-static", "never-run", "warning", "run-all"),
    ("never-run", "jupyter-static", "never-run", "info", "run-all"),
    ("partly-run", "static", "cells-not-run", "warning", "run-all"),
    ("out-of-order", "jupyter-static", "out-of-order", "warning", "run-all"),
    ("stale-output", "static", "stale-output", "warning", "run-all"),
    ("error-output", "static", "error-output", "warning", None),
    ("error-output", "jupyter-static", "error-output", "warning", None),
    ("widgets-saved", "static", "widgets-without-kernel", "warning", "set-mode"),
    ("widgets-live", "jupyter-static", "widgets-without-kernel", "warning", "set-mode"),
    ("widgets-lost", "static", "widgets-without-state", "warning", "run-all"),
    ("empty", "static", "notebook-empty", "warning", None),
    ("asks-for-input", "jupyter-static", "asks-for-input", "warning", None),
    ("broken-cell", "jupyter-static", "cell-not-parsed", "info", None),
    ("colab", "jupyter-static", "install-in-cell", "warning", None),
    ("colab", "jupyter-static", "import-not-installed", "warning", None),
    ("missing-files", "jupyter-static", "file-outside-folder", "warning", None),
    ("reads-env-file", "jupyter-static", "secret-file-left-out", "warning", "add-file"),
    ("r-kernel", "jupyter-static", "language-not-python", "warning", "set-mode"),
    ("julia-kernel", "jupyter-static", "language-not-python", "warning", "set-mode"),
    ("secrets", "jupyter-static", "secret-in-cell", "warning", None),
    ("secrets", "static", "secret-in-output", "warning", None),
    ("ab", "static", "title-too-short", "error", "set-title"),
    ("long-title", "static", "title-too-long", "error", "set-title"),
    ("unknown-kernel", "jupyter-static", "kernel-not-installed", "error", "set-kernel"),
]


@pytest.mark.parametrize(("name", "mode", "code", "severity", "fix"), CASES)
def test_each_finding_has_its_notebook(
    name: str, mode: Any, code: str, severity: str, fix: str | None, check: Check
) -> None:
    found = one(check(name, mode), code)
    assert found.severity == severity
    assert (found.fix.action if found.fix else None) == fix
    assert found.message.endswith(".")
    assert found.hint


@pytest.mark.parametrize("mode", ["jupyter-static", "static", "jupyter-voila"])
@pytest.mark.parametrize("name", ["sales-pandas", "plot-matplotlib", "model-sklearn", "Größe und Café 数据"])
def test_good_notebooks_have_no_findings(name: str, mode: Any, check: Check) -> None:
    assert check(name, mode) == ()


@pytest.mark.parametrize(
    ("name", "mode", "code"),
    [
        ("widgets-saved", "jupyter-voila", "widgets-without-kernel"),
        ("widgets-saved", "static", "widgets-without-state"),
        ("expected-error", "static", "error-output"),
        ("asks-for-input", "static", "asks-for-input"),
        ("absolute-paths", "static", "absolute-path"),
        ("r-kernel", "static", "language-not-python"),
        ("partly-run", "jupyter-static", "never-run"),
    ],
)
def test_what_does_not_matter_is_not_said(name: str, mode: Any, code: str, check: Check) -> None:
    assert code not in codes(check(name, mode))


TQDM = {
    "application/vnd.jupyter.widget-view+json": {"model_id": "bar"},
    "text/plain": " 100%|██████████| 5/5 [00:00<00:00, 41.2it/s]",
}
SKLEARN = (
    '<style>#sk-container-id-1 div.sk-toggleable__content.fitted pre {}</style><div class="sk-estimator-doc-link">'
    '<input class="sk-toggleable__control sk-hidden--visually" id="sk-estimator-id-1234567890">'
    '<label class="sk-toggleable__label-arrow sk-global-estimator-id-20241231235959"></label></div>'
)


@pytest.mark.parametrize("mode", MODES[:2])
@pytest.mark.parametrize("data", [TQDM, {"text/html": SKLEARN}], ids=["progress bar", "scikit-learn"])
def test_what_good_notebooks_show_is_no_finding(mode: Mode, data: Any, tmp_path: Path) -> None:
    path = make(tmp_path, "good", "1", output={"output_type": "display_data", "metadata": {}, "data": data})
    assert preflight.check(plan_bundle(analyse(path), root=tmp_path, mode=mode)) == ()


@pytest.mark.parametrize(("inside", "count"), [("HTMLModel", 0), ("IntSliderModel", 1)])
def test_widgets_that_only_show_something_need_no_kernel(inside: str, count: int, tmp_path: Path) -> None:
    models = {
        "box": {"model_name": "HBoxModel", "state": {"children": ["IPY_MODEL_inner", "IPY_MODEL_box"]}},
        "inner": {"model_name": inside, "state": {}},
    }
    saved = {"application/vnd.jupyter.widget-state+json": {"state": models}}
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "box"}, "text/plain": "HBox(...)"}
    output = {"output_type": "display_data", "metadata": {}, "data": view}
    path = make(tmp_path, "widgets", "1", output=output, widgets=saved)
    found = [each.code for each in check_of(path)]
    assert found == ["widgets-without-kernel"] * count


def test_an_output_that_only_jupyter_can_show_is_told(tmp_path: Path) -> None:
    output = {"output_type": "display_data", "metadata": {}, "data": {"application/vnd.other+json": {}}}
    path = make(tmp_path, "other", "1", output=output)
    found = one(preflight.check(plan_bundle(analyse(path), root=tmp_path, mode="static")), "output-not-shown")
    assert "application/vnd.other+json" in found.message
    assert check_of(path) == (), "the server shows what it can"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"application/geo+json": {}, "text/plain": "<GeoJSON>"}, ["the data of the output of cell 1"]),
        ({"application/pdf": "JVBERi0=", "text/plain": "<pdf>"}, ["cannot display the PDF file of cell 1"]),
        ({"application/pdf": "JVBERi0=", "image/png": "iVBORw0="}, []),
        ({"application/vnd.plotly.v1+json": {"data": [{"type": "area"}]}}, ["in Jupyter only (Plotly trace 'area')"]),
        ({"application/vnd.plotly.v1+json": {"data": [{"type": "heatmapgl"}]}, "text/plain": "Figure"}, []),
        ({"application/vnd.dataresource+json": {}, "text/html": "<table></table>"}, []),
        ({"application/vnd.google.colaboratory.intrinsic+json": {}, "text/plain": "5"}, []),
        ({"image/gif": "R0lG", "text/plain": "<Image>"}, []),
    ],
    ids=["GeoJSON", "PDF", "PDF with a picture", "old trace", "renamed trace", "table", "Colab", "GIF"],
)
def test_outputs_of_which_readers_get_text_only_are_told(
    tmp_path: Path, data: dict[str, Any], words: list[str]
) -> None:
    path = make(tmp_path, "twin", "1", output={"output_type": "display_data", "metadata": {}, "data": data})
    found = preflight.check(plan_bundle(analyse(path), root=tmp_path, mode="static"))
    messages = [each.message for each in found if each.code == "output-not-shown"]
    assert [message for message in messages if any(each in message for each in words)] == messages
    assert len(messages) == len(words)


BOKEH = "from bokeh.io import output_notebook\nfrom bokeh.resources import INLINE\noutput_notebook(INLINE)"
FRAME = {
    "output_type": "display_data",
    "metadata": {},
    "data": {"text/html": "<iframe width='9' src='made.html'></iframe>"},
}


@pytest.mark.parametrize(
    ("source", "output", "expected"),
    [
        (BOKEH, None, {"bokeh-inline"}),
        ("from bokeh.io import output_notebook\noutput_notebook()", None, set()),
        ("INLINE = 5", None, set()),
        ("IFrame('map.html', width=500, height=200)", None, {"frame-not-served"}),
        ("display(frame)", FRAME, {"frame-not-served"}),
        ("IFrame('https://example.org/map.html', 1, 1)", None, set()),
        ("IFrame('report', 1, 1)", None, set()),
    ],
)
@pytest.mark.parametrize("mode", ["jupyter-static", "jupyter-voila", "static"])
def test_what_the_servers_page_leaves_empty_is_told(
    tmp_path: Path, source: str, output: Any, expected: set[str], mode: Mode
) -> None:
    path = make(tmp_path, "server", source, output=output)
    found = codes(preflight.check(plan_bundle(analyse(path), root=tmp_path, mode=mode)))
    assert found & {"bokeh-inline", "frame-not-served"} == (set() if mode == "static" else expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("![map](map.png)", ["Cell 1 shows map.png"]),
        ('<img width="9" src="map.png">', ["Cell 1 shows map.png"]),
        ("[table](data/table.csv) and again [table](data/table.csv#top)", ["Cell 1 links to data/table.csv"]),
        ("![](attachment:map.png) ![](gone.png) ![](https://example.org/map.png) [x](#map.png)", []),
    ],
    ids=["picture", "picture in HTML", "link", "nothing local"],
)
@pytest.mark.parametrize("mode", ["jupyter-static", "static"])
def test_files_beside_the_servers_page_are_told(tmp_path: Path, text: str, expected: list[str], mode: Mode) -> None:
    path = make(tmp_path, "server", "1")
    document = json.loads(path.read_text())
    document["cells"].insert(0, {"cell_type": "markdown", "metadata": {}, "source": text})
    path.write_text(json.dumps(document))
    (tmp_path / "data").mkdir()
    for name in ("map.png", "data/table.csv"):
        (tmp_path / name).write_text("x")
    found = preflight.check(plan_bundle(analyse(path), root=tmp_path, mode=mode))
    told = [each.message.partition(", ")[0] for each in found if each.code == "file-not-served"]
    assert told == (expected if mode == "jupyter-static" else [])


@pytest.mark.parametrize(
    ("hide", "mode", "words"),
    [
        ("folded", "jupyter-static", "Readers see all code"),
        ("all", "jupyter-voila", "Interactive app"),
        ("tagged", "quarto-static", "Quarto"),
    ],
)
def test_hiding_code_where_it_has_no_effect_is_told(hide: Any, mode: Mode, words: str, check: Check) -> None:
    found = one(check("sales-pandas", mode, options=BundleOptions(hide_input=hide)), "hide-input-no-effect")
    assert found.where is not None
    assert found.where.field == "hide_input"
    assert words in f"{found.message} {found.hint}"


def test_paths_that_mean_no_place_are_no_finding(tmp_path: Path) -> None:
    path = make(tmp_path, "places", "open('/x')", "a = '/no/such/place.csv'", "b = '~nobody-of-this-name/deep/x.csv'")
    assert check_of(path) == ()


def test_a_name_that_no_file_can_have_is_a_missing_file(tmp_path: Path) -> None:
    assert codes(check_of(make(tmp_path, "long", f"open('{'x' * 300}.csv')"))) == {"file-missing"}


def test_unsaved(check: Check) -> None:
    found = one(check("sales-pandas", unsaved=True), "unsaved")
    assert found.fix is not None
    assert found.fix.action == "save"


def test_running_first_makes_old_results_irrelevant(check: Check) -> None:
    found = check("never-run", "static", options=BundleOptions(run_first=True))
    assert {each.severity for each in found} <= {"info"}
    assert check("stale-output", "static", options=BundleOptions(run_first=True)) == ()


def test_absolute_paths_of_every_kind(check: Check) -> None:
    found = [each.message for each in check("absolute-paths") if each.code == "absolute-path"]
    assert len(found) == 3
    assert all(any(text in each for each in found) for text in ("/home/ana/projects", "C:\\Users\\ana", "~/deep"))


def make(folder: Path, name: str, *sources: str, output: Any = None, **more: Any) -> Path:
    """Write a notebook of cells that ran, the last with an output, and return its path."""
    cells = [
        {"cell_type": "code", "metadata": {}, "source": each, "outputs": [], "execution_count": number}
        for number, each in enumerate(sources, start=1)
    ]
    cells[-1]["outputs"] = [output] if output else []
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, **more}
    path = folder / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": cells}))
    return path


def check_of(path: Path, root: Path | None = None, **more: Any) -> tuple[Finding, ...]:
    return preflight.check(plan_bundle(analyse(path), root=root or path.parent, mode="jupyter-static", **more))


def test_modules_that_lie_above_are_named_once_and_not_called_missing(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    for name in ("__init__.py", "io.py"):
        (tmp_path / "tools" / name).touch()
    path = make(tmp_path / "notebooks", "above", "import sys\nsys.path.append('..')", "import tools\nimport tools.io")
    (found,) = check_of(path, tmp_path)
    assert found.code == "file-outside-folder"
    assert found.where is not None
    assert found.where.cell == 1
    assert str(tmp_path) not in found.message


def test_a_folder_on_the_search_path_alone_is_no_finding(tmp_path: Path) -> None:
    assert check_of(make(tmp_path / "notebooks", "above", "import sys\nsys.path.append('..')"), tmp_path) == ()


def test_too_many_files_are_not_passed_over_in_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rsconnect_jupyter.bundle.mentioned_files.MOST_OF_PATTERN", 2)
    (tmp_path / "parts").mkdir()
    for number in range(3):
        (tmp_path / "parts" / f"{number}.csv").touch()
    path = make(tmp_path, "crowd", "import glob\nglob.glob('parts/*.csv')")
    found = one(check_of(path), "file-not-in-bundle")
    assert "The 3 files of parts/*.csv" in found.message
    assert found.fix is not None
    assert found.fix.value is not None
    assert check_of(path, options=BundleOptions(files=(found.fix.value,))) == ()
    assert check_of(path, options=BundleOptions(files=("parts/1.csv",))) == (), "the author has chosen"


def test_backslashes_are_no_path_for_a_server(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").touch()
    found = one(check_of(make(tmp_path, "windows", r"open(r'data\a.csv')")), "windows-path")
    assert "data/a.csv" in found.hint


def test_a_file_left_behind_can_be_added(check: Check) -> None:
    found = one(check("sales-pandas", options=BundleOptions(detect_files=False)), "file-not-in-bundle")
    assert found.fix is not None
    assert (found.fix.action, found.fix.value) == ("add-file", "data/sales.csv")
    assert found.where is not None
    assert found.where.cell == 1
    added = BundleOptions(detect_files=False, files=(found.fix.value,))
    assert check("sales-pandas", options=added) == ()


def test_missing_files_are_mentioned(check: Check) -> None:
    found = [each.message for each in check("missing-files") if each.code == "file-missing"]
    assert len(found) == 2
    assert any("images/none.png" in each for each in found)


def test_a_finished_document_misses_images_and_linked_files_only(check: Check) -> None:
    assert [each.code for each in check("missing-files", "static")] == ["file-missing"]
    assert check("images-and-links", "static") == ()
    left = check("images-and-links", "static", options=BundleOptions(detect_files=False))
    assert one(left, "file-not-in-bundle").fix is not None


def test_every_notebook_can_be_checked_in_every_mode(folder: Path) -> None:
    refused = {"invalid-json", "no-notebook", "too-new"}
    sound = [each for each in sorted(folder.glob("*.ipynb")) if each.stem not in refused]
    assert len(sound) >= 30
    for path in sound:
        for mode in MODES:
            plan = plan_bundle(analyse(path), root=folder, mode=mode)
            assert json.dumps([each.as_dict() for each in preflight.check(plan, facts=ServerFacts())])


@pytest.mark.parametrize("name", ["invalid-json", "no-notebook", "too-new"])
def test_what_is_no_notebook_has_no_plan(name: str, folder: Path) -> None:
    with pytest.raises(NotebookError, match=name):
        plan_bundle(analyse(folder / f"{name}.ipynb"), root=folder, mode="static")


class TestRequirements:
    def test_what_the_file_lacks(self, tmp_path: Path) -> None:
        shutil.copy(NOTEBOOKS / "model-sklearn.ipynb", tmp_path)
        (tmp_path / "requirements.txt").write_text("pandas>=2\n")
        plan = plan_bundle(analyse(tmp_path / "model-sklearn.ipynb"), root=tmp_path, mode="jupyter-static")
        found = one(preflight.check(plan), "import-not-in-requirements")
        assert "scikit-learn" in found.message
        assert found.fix is not None
        assert (found.fix.action, found.fix.value) == ("add-requirement", ["scikit-learn"])

    def test_a_login_in_the_file_is_told_of_once(self, tmp_path: Path) -> None:
        (tmp_path / "requirements.txt").write_text("--index-url https://ana:hush-hush@example.org/simple\n")
        found = check_of(make(tmp_path, "login", "1"))
        assert [each.code for each in found] == ["secret-in-requirements"]

    @pytest.mark.parametrize("text", ["Scikit_Learn\npandas", "-e git+https://e.org/s#egg=scikit-learn\npandas"])
    def test_names_are_compared_as_pip_does(self, text: str, tmp_path: Path) -> None:
        shutil.copy(NOTEBOOKS / "model-sklearn.ipynb", tmp_path)
        (tmp_path / "requirements.txt").write_text(text)
        plan = plan_bundle(analyse(tmp_path / "model-sklearn.ipynb"), root=tmp_path, mode="jupyter-static")
        assert preflight.check(plan) == ()

    def test_what_comes_along_is_not_missing(self, tmp_path: Path) -> None:
        shutil.copy(NOTEBOOKS / "plot-matplotlib.ipynb", tmp_path)
        (tmp_path / "requirements.txt").write_text("matplotlib\n")  # brings numpy
        plan = plan_bundle(analyse(tmp_path / "plot-matplotlib.ipynb"), root=tmp_path, mode="jupyter-static")
        assert preflight.check(plan) == ()


class TestServer:
    def test_python_is_compared_by_its_constraint(self, check: Check, folder: Path) -> None:
        minor = ".".join(plan_bundle(analyse(folder / "magics.ipynb"), root=folder, mode="jupyter-static")
                         .manifest["python"]["version"].split(".")[:2])  # fmt: skip
        assert check("sales-pandas", facts=ServerFacts(python=("2.7.18", f"{minor}.99"))) == ()
        found = one(check("sales-pandas", facts=ServerFacts(python=("2.7.18",))), "python-not-offered")
        assert found.severity == "warning"
        assert "2.7.18" in found.message

    def test_a_stated_constraint_decides(self, tmp_path: Path) -> None:
        shutil.copy(NOTEBOOKS / "ab.ipynb", tmp_path / "notebook.ipynb")
        (tmp_path / ".python-version").write_text(">=3.8")
        plan = plan_bundle(analyse(tmp_path / "notebook.ipynb"), root=tmp_path, mode="jupyter-static")
        assert preflight.check(plan, facts=ServerFacts(python=("3.8.1",))) == ()

    def test_a_version_that_is_none_is_no_reason_to_stop(self, check: Check) -> None:
        assert check("sales-pandas", facts=ServerFacts(python=("devel",))) == ()

    def test_unknown_facts_are_not_failures(self, check: Check) -> None:
        found = check("sales-pandas", "jupyter-voila", facts=ServerFacts())
        assert {(each.code, each.severity) for each in found} == {
            ("python-unknown", "unknown"), ("mode-unknown", "unknown"),
        }  # fmt: skip
        assert check("sales-pandas", "static", facts=ServerFacts()) == ()

    @pytest.mark.parametrize(
        ("mode", "facts"),
        [
            ("jupyter-voila", ServerFacts(python=("3.11.1",), modes={"jupyter-voila": False})),
            ("quarto-static", ServerFacts(python=("3.11.1",), quarto=())),
        ],
    )
    def test_a_refused_mode_is_an_error_with_a_way_out(self, mode: Any, facts: ServerFacts, check: Check) -> None:
        found = one(check("sales-pandas", mode, facts=facts), "mode-not-offered")
        assert found.severity == "error"
        assert found.fix is not None
        assert (found.fix.action, found.fix.value) == ("set-mode", "static")

    def test_an_offered_quarto_is_no_finding(self, check: Check) -> None:
        found = check("sales-pandas", "quarto-static", facts=ServerFacts(quarto=("1.5.57",)))
        assert not codes(found) & {"mode-not-offered", "mode-unknown"}


class TestSecrets:
    def test_their_text_is_never_repeated(self, check: Check, folder: Path) -> None:
        text = (folder / "secrets.ipynb").read_text(encoding="utf-8")
        hidden = re.findall(r"ghp_\w+|Kestrel[\w-]+", text)
        assert len(hidden) == 2
        said = repr(check("secrets"))
        assert "GitHub token" in said
        assert not any(each in said or each[:8] in said for each in hidden)

    def test_hidden_code_of_a_finished_document_is_not_published(self, check: Check) -> None:
        assert "secret-in-cell" not in codes(check("secrets", "static", options=BundleOptions(hide_input="all")))
        assert "secret-in-cell" in codes(check("secrets", "static"))

    def test_files_are_looked_through(self, tmp_path: Path) -> None:
        shutil.copy(NOTEBOOKS / "sales-pandas.ipynb", tmp_path)
        (tmp_path / "settings.yml").write_text("region: north\ndb_password: 'Osprey-Anchor-9'\n")
        options = BundleOptions(files=("settings.yml",))
        plan = plan_bundle(
            analyse(tmp_path / "sales-pandas.ipynb"), root=tmp_path, mode="jupyter-static", options=options
        )
        found = one(preflight.check(plan), "secret-in-file")
        assert found.where is not None
        assert (found.where.file, found.where.line) == ("settings.yml", 2)
        assert "Osprey" not in repr(found)
        (tmp_path / "settings.yml").unlink()
        assert "secret-in-file" not in codes(preflight.check(plan))

    @pytest.mark.parametrize(
        "text",
        ["sk-ant-api03-" + "Ab1-" * 10, "sk-" + "0a1b" * 8, "db_password = 'letmein'", "api_key='a8f5f167f44f4964'",
         "{'aws_secret_access_key': '" + "wJ/a1" * 8 + "'}"],
    )  # fmt: skip
    def test_keys_are_found(self, text: str) -> None:
        from rsconnect_jupyter.preflight.secret_detection import suspect

        assert len(suspect(text)) == 1

    @pytest.mark.parametrize(
        "text",
        ["password = 'your_password'", "token = os.environ['TOKEN']", "api_key = ''", "secret = '<secret>'",
         "tokenizer = 'bert-base-uncased'", "url = 'https://example.org/a:b@c'", "key = 'column_name'",
         "max_tokens='1234567'", "pad_token = 'endoftext1'", "PASSWORD_FIELD = 'password_field'", "{'token': 'noun'}",
         "secret_path = 'vault/app1'", "kwargs = {'access_key': 'column_name'}"],
    )  # fmt: skip
    def test_placeholders_are_none(self, text: str) -> None:
        from rsconnect_jupyter.preflight.secret_detection import suspect

        assert suspect(text) == ()


def test_large_bundles(tmp_path: Path) -> None:
    shutil.copy(NOTEBOOKS / "sales-pandas.ipynb", tmp_path)
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "sales.csv").open("wb") as file:
        file.truncate(101_000_000)
    plan = plan_bundle(analyse(tmp_path / "sales-pandas.ipynb"), root=tmp_path, mode="jupyter-static")
    found = one(preflight.check(plan), "bundle-large")
    assert "data/sales.csv (101 MB)" in found.hint


@pytest.mark.parametrize(
    ("title", "code"), [("ab", "title-too-short"), ("  a  ", "title-too-short"), ("x" * 1025, "title-too-long")]
)
def test_titles(title: str, code: str, check: Check) -> None:
    found = one(check("sales-pandas", title=title), code)
    assert found.fix is not None
    assert check("sales-pandas", title=found.fix.value) == ()
    assert check("sales-pandas", title="x" * 1024) == check("sales-pandas", title="abc") == ()


def content(mode: str, bundle_id: str | None = "1") -> Content:
    return Content(
        guid="g", id="1", name="n", title="Old report", mode=mode, url="", dashboard_url="", bundle_id=bundle_id
    )


class TestTarget:
    def test_another_mode_is_an_error_with_a_way_out(self, check: Check) -> None:
        found = one(check("sales-pandas", "static", target=content("jupyter-static")), "mode-change")
        assert found.severity == "error"
        assert "Old report" in found.message
        assert found.fix is not None
        assert (found.fix.action, found.fix.value) == ("set-mode", "jupyter-static")

    def test_a_mode_we_cannot_publish_offers_new_content(self, check: Check) -> None:
        found = one(check("sales-pandas", "static", target=content("python-shiny")), "mode-change")
        assert found.fix is not None
        assert (found.fix.action, found.fix.value) == ("set-target", "new")

    @pytest.mark.parametrize("target", [content("static"), content("unknown", None)])
    def test_the_same_or_no_mode_yet(self, target: Content, check: Check) -> None:
        assert check("sales-pandas", "static", target=target) == ()


def test_errors_come_first(check: Check) -> None:
    found = check("never-run", "jupyter-voila", title="x", unsaved=True, facts=ServerFacts())
    assert [each.severity for each in found] == ["error", "warning", "info", "unknown", "unknown"]


def test_a_fix_may_need_a_list(folder: Path) -> None:
    plan = plan_bundle(analyse(folder / "never-run.ipynb"), root=folder, mode="static")
    listed = Finding(
        severity="warning",
        code="x",
        message="x",
        fix=Fix(action="add-file", label="Add them", value=["a.csv", "b.csv"]),
    )

    found = preflight.check(replace(plan, findings=(listed, listed)))

    assert [each for each in found if each.code == "x"] == [listed]


def test_a_secret_is_added_by_a_button_that_says_nevertheless(check: Check) -> None:
    fix = one(check("reads-env-file"), "secret-file-left-out").fix
    assert fix is not None
    assert fix.label == f"Add {fix.value} nevertheless"


def test_a_paired_text_that_is_newer_than_the_notebook_is_named(tmp_path: Path) -> None:
    """Jupytext shows its cells, and the file that is published has others."""
    notebook = write_notebook(tmp_path / "a.ipynb", "# Title", "1", jupytext={"formats": "ipynb,py:percent"})
    text = tmp_path / "a.py"
    later = notebook.stat().st_mtime + 60
    for cells, expected in (("# %% [markdown]\n# # Title\n\n# %%\n1\n", False), ("# %%\n2\n", True)):
        text.write_text(cells)
        os.utime(text, (later, later))
        found = preflight.check(plan_bundle(analyse(notebook), root=tmp_path, mode="static"))
        assert ("pair-newer" in [each.code for each in found]) is expected


@pytest.mark.parametrize(
    ("version", "wanted", "fits"),
    [("3.11.2", ">=3.10", True), ("3.9", ">=3.10", False), ("odd", ">=3.10", True), ("3.11", "odd", True)],
)
def test_versions_that_cannot_be_read_fit(version: str, wanted: str, fits: bool) -> None:
    assert preflight._fits(version, wanted) is fits
