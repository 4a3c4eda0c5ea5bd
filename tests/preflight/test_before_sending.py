"""What the code and the outputs show that the server will not have, said before anything is sent."""

from __future__ import annotations

import importlib
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from rsconnect_jupyter.bundle.plan import BundlePlan, plan_bundle
from rsconnect_jupyter.models import Content, Finding, Mode
from rsconnect_jupyter.notebook.analysis import analyse
from rsconnect_jupyter.preflight.checks import check


def plan_of(
    folder: Path,
    source: str,
    *,
    files: dict[str, str] | None = None,
    outputs: dict[str, Any] | None = None,
    mode: Mode = "jupyter-static",
) -> BundlePlan:
    for name, text in (files or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    shown = [{"output_type": "display_data", "metadata": {}, "data": outputs}] if outputs else []
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": shown, "execution_count": 1}
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}
    (folder / "report.ipynb").write_text(json.dumps(document))
    return plan_bundle(analyse(folder / "report.ipynb"), root=folder, mode=mode)


def of(findings: tuple[Finding, ...], code: str) -> list[Finding]:
    return [each for each in findings if each.code == code]


READS = {
    "subscript": "import os\nurl = os.environ['WAREHOUSE_URL']",
    "from": "from os import environ\nurl = environ['WAREHOUSE_URL']",
    "get": "import os\nurl = os.environ.get('WAREHOUSE_URL')",
    "getenv": "import os\nurl = os.getenv('WAREHOUSE_URL')",
}


@pytest.mark.parametrize("case", READS)
def test_a_variable_that_the_code_needs_is_named(case: str, tmp_path: Path) -> None:
    (found,) = of(check(plan_of(tmp_path, READS[case])), "variable-not-set")
    assert found.severity == "warning"
    assert "WAREHOUSE_URL (in cell 1)" in found.message


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.getenv('WAREHOUSE_URL', 'none')",
        "import os\nos.environ['WAREHOUSE_URL'] = 'x'\nos.environ['WAREHOUSE_URL']",
        "%env WAREHOUSE_URL=x\nimport os\nos.environ['WAREHOUSE_URL']",
        "import os\nos.environ['HOME'], os.environ['CONNECT_SERVER']",
    ],
    ids=["default", "set by the code", "set by a magic", "on every server"],
)
def test_a_variable_that_is_there_is_not_named(source: str, tmp_path: Path) -> None:
    assert of(check(plan_of(tmp_path, source)), "variable-not-set") == []


def test_a_variable_of_the_publish_is_not_named(tmp_path: Path) -> None:
    found = check(plan_of(tmp_path, READS["getenv"]), variables={"WAREHOUSE_URL"})
    assert of(found, "variable-not-set") == []


def test_for_an_update_it_is_an_info_and_a_module_counts(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "import mine", files={"mine.py": READS["getenv"]})
    target = Content(guid="g", id="1", name="n", title="t", mode="jupyter-static", url="", dashboard_url="")
    (found,) = of(check(plan, target=target), "variable-not-set")
    assert (found.severity, found.where.file if found.where else None) == ("info", "mine.py")


SETTINGS = {
    "config.json": '{"table": "tables/figures.csv"}',
    "config.yaml": "sources:\n  - name: one\n    file: tables/figures.csv\n",
    "config.toml": '[data]\nfile = "tables/figures.csv"\n',
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_file_named_in_settings_is_named(name: str, tmp_path: Path) -> None:
    files = {name: SETTINGS[name], "tables/figures.csv": "a"}
    plan = plan_of(tmp_path, f"settings = load(open('{name}'))\npd.read_csv(settings['table'])", files=files)
    (found,) = of(check(plan), "file-not-in-bundle")
    assert found.message == f"tables/figures.csv, named in {name}, is not in the bundle."
    assert found.fix is not None
    assert (found.fix.action, found.fix.value) == ("add-file", "tables/figures.csv")


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", "{"), ("a.yaml", "a: [1"), ("a.toml", "="), ("b.json", "[1, null]")]
)
def test_settings_that_say_nothing_are_passed_over(name: str, text: str, tmp_path: Path) -> None:
    assert of(check(plan_of(tmp_path, f"open('{name}')", files={name: text})), "file-not-in-bundle") == []


SHOWN: dict[str, dict[str, Any]] = {
    "iframe": {"text/html": '<iframe width="100" src="map.html"></iframe>'},
    "unquoted": {"text/html": "<iframe src=map.html></iframe>"},
    "object": {"text/html": '<object data="map.html"></object>'},
    "link": {"text/html": '<link rel="stylesheet" href="./map.html">'},
    "script": {"text/html": '<script src="map.html"></script>'},
    "style": {"text/html": "<style>p { background: url('map.html') }</style>"},
    "attribute": {"text/html": '<p style="background: url(map.html)">x</p>'},
    "frame in a frame": {"text/html": '<iframe srcdoc="&lt;embed src=&quot;map.html&quot;&gt;"></iframe>'},
    "Vega": {"application/vnd.vegalite.v5+json": {"data": {"url": "map.html"}, "mark": "bar"}},
}


@pytest.mark.parametrize("case", SHOWN)
def test_what_an_output_shows_is_in_the_bundle(case: str, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "show()", files={"map.html": "<p>"}, outputs=SHOWN[case], mode="static")
    assert {each.path for each in plan.files} == {"map.html", "report.html"}


def test_what_an_output_shows_and_is_not_there_is_named(tmp_path: Path) -> None:
    found = check(plan_of(tmp_path, "show()", outputs=SHOWN["iframe"], mode="static"))
    (missing,) = of(found, "file-not-in-bundle")
    assert (missing.where.cell if missing.where else None, missing.severity) == (0, "warning")
    assert missing.message == "map.html, shown by an output in cell 1, does not exist, so readers will not see it."


def test_addresses_of_servers_and_pictures_of_the_page_need_no_file(tmp_path: Path) -> None:
    html = '<img src="map.png"><a href="#x">x</a><a href="//a.org/b"><img srcset="https://example.org/a.png 2x">'
    plan = plan_of(tmp_path, "show()", files={"map.png": ""}, outputs={"text/html": html}, mode="static")
    assert {each.path for each in plan.files} == {"report.html"}
    assert not {each.code for each in check(plan)} & {"file-missing", "file-not-in-bundle"}


@pytest.mark.parametrize(
    "text", ["![p](my pic.png)", "![q](<my pic.png>)", "![r](my%20pic.png 'title')", '[s](<my pic.png> "title")']
)
def test_a_link_with_a_space_is_read_as_markdown_reads_it(text: str, tmp_path: Path) -> None:
    plan_of(tmp_path, "1", files={"my pic.png": ""})
    document = json.loads((tmp_path / "report.ipynb").read_text())
    document["cells"].append({"cell_type": "markdown", "metadata": {}, "source": text})
    (tmp_path / "report.ipynb").write_text(json.dumps(document))
    plan = plan_bundle(analyse(tmp_path / "report.ipynb"), root=tmp_path, mode="jupyter-static")
    assert ("my pic.png" in {each.path for each in plan.files}) == (text != "![p](my pic.png)")
    assert of(check(plan), "file-missing") == []


def test_a_spacy_model_is_a_package(tmp_path: Path) -> None:
    (found,) = of(check(plan_of(tmp_path, "nlp = spacy.load('en_core_web_sm')")), "import-not-installed")
    assert "en_core_web_sm" in found.message


DOWNLOADS = {
    "transformers": ("from transformers import AutoModel\nAutoModel.from_pretrained('org/model')", "org/model"),
    "a pipeline": ("from transformers import pipeline\npipeline('ner', model='org/model')", "org/model"),
    "sentences": ("from sentence_transformers import SentenceTransformer\nSentenceTransformer('tiny')", "tiny"),
    "a data set": ("from datasets import load_dataset\nload_dataset('squad')", "squad"),
    "scikit-learn": ("from sklearn.datasets import fetch_openml\nfetch_openml('titanic')", "titanic"),
}


@pytest.mark.parametrize("case", DOWNLOADS)
def test_a_model_that_is_loaded_by_name_is_named_with_its_host(case: str, tmp_path: Path) -> None:
    source, name = DOWNLOADS[case]
    (found,) = of(check(plan_of(tmp_path, source)), "download-when-run")
    assert found.severity == "info"
    assert found.message.startswith(f"{name} is downloaded from")
    assert "(in cell 1)" in found.message


NLTK_DATA = {
    "a corpus": ("from nltk.corpus import stopwords\nstopwords.words('english')", "stopwords"),
    "by attribute": ("import nltk\nnltk.corpus.wordnet.synsets('a')", "wordnet"),
    "a tokenizer": ("from nltk import word_tokenize\nword_tokenize('a b')", "punkt_tab"),
}


@pytest.mark.parametrize("case", NLTK_DATA)
def test_data_of_nltk_that_no_line_downloads_is_named(case: str, tmp_path: Path) -> None:
    source, name = NLTK_DATA[case]
    (found,) = of(check(plan_of(tmp_path, source)), "download-when-run")
    assert (found.severity, f"nltk.download({name!r})" in found.hint) == ("warning", True)
    downloaded = f"import nltk\nnltk.download({name!r}, quiet=True)\n{source}"
    assert of(check(plan_of(tmp_path, downloaded)), "download-when-run") == []


@pytest.mark.parametrize(
    ("source", "files"),
    [
        ("from transformers import AutoModel\nAutoModel.from_pretrained('./model')", {"model/config.json": "{}"}),
        ("from transformers import AutoModel\nAutoModel.from_pretrained('model')", {"model/config.json": "{}"}),
        ("import seaborn as sns\nload_dataset = print\nload_dataset('a')", {}),
        ("from nltk.stem import PorterStemmer\nPorterStemmer().stem('a')", {}),
    ],
)
def test_what_is_beside_the_notebook_or_in_a_package_is_no_download(
    source: str, files: dict[str, str], tmp_path: Path
) -> None:
    assert of(check(plan_of(tmp_path, source, files=files)), "download-when-run") == []


joblib: Any = importlib.import_module("joblib")
linear_model: Any = importlib.import_module("sklearn.linear_model")
MODEL = "import joblib\njoblib.load('model.joblib').predict([[1]])"


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_the_package_of_a_pickled_model_is_offered(protocol: int, tmp_path: Path) -> None:
    (tmp_path / "model.joblib").write_bytes(pickle.dumps(linear_model.LinearRegression(), protocol=protocol))
    (found,) = of(check(plan_of(tmp_path, MODEL)), "maybe-missing")
    assert "model.joblib holds objects of scikit-learn" in found.message
    assert found.fix is not None
    assert (found.fix.action, found.fix.value) == ("add-requirement", ["scikit-learn"])
    assert of(check(plan_of(tmp_path, f"import sklearn\n{MODEL}")), "maybe-missing") == []


def test_a_model_that_joblib_wrote_is_read_up_to_its_arrays(tmp_path: Path) -> None:
    joblib.dump(linear_model.LinearRegression().fit([[0.0], [1.0]], [0, 1]), tmp_path / "model.joblib")
    assert len(of(check(plan_of(tmp_path, MODEL)), "maybe-missing")) == 1


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path("exploded").write_text, ("x",)


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps({"a": [1]}), pickle.dumps(Bomb())])
def test_a_pickle_is_never_loaded_and_may_be_anything(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.joblib").write_bytes(content)
    assert of(check(plan_of(tmp_path, MODEL)), "maybe-missing") == []
    assert not (tmp_path / "exploded").exists()
