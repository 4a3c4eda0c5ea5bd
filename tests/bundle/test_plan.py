"""From a notebook on disk to a bundle: what is planned is what is packed, in every mode."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from rsconnect_jupyter.bundle import quarto
from rsconnect_jupyter.bundle.plan import BundlePlan, describe, plan_bundle, write_bundle
from rsconnect_jupyter.errors import BundleError, Cancelled, NotebookError, PreflightError, RenderError
from rsconnect_jupyter.models import BundleOptions, Finding, Mode, ServerFacts
from rsconnect_jupyter.notebook.analysis import analyse

MODES: tuple[Mode, ...] = get_args(Mode)
NO_QUARTO = "quarto-version-unknown"


Answers = Callable[[str], None]


@pytest.fixture(autouse=True)
def quarto_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Put a program ``quarto`` first on the path; it fails until the test says what it answers."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)

    def answer(script: str) -> None:
        (folder / "quarto").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "quarto").chmod(0o755)

    answer("exit 1")
    return answer


def code(source: str, *, printed: str = "", tags: tuple[str, ...] = ()) -> dict[str, Any]:
    outputs = [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else []
    return {
        "cell_type": "code",
        "source": source,
        "execution_count": 1,
        "metadata": {"tags": list(tags)},
        "outputs": outputs,
    }


def save(folder: Path, *cells: dict[str, Any], name: str = "report.ipynb", kernel: str = "python3") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    language = {"python3": "python", "ir": "R"}.get(kernel, "python")
    metadata = {"kernelspec": {"name": kernel, "display_name": kernel, "language": language}}
    heading = {"cell_type": "markdown", "source": "# Sales report", "metadata": {}}
    document = {"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": [heading, *cells]}
    path = folder / name
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def report(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    path = save(project, code("open('data.csv').read()", printed="saved output\n"))
    (project / "data.csv").write_text("a,b\n1,2\n")
    (project / "requirements.txt").write_text("# what we need\npandas==2.2.0\n")
    return path


def planned(notebook: Path, mode: Mode = "jupyter-static", **options: Any) -> BundlePlan:
    facts = options.pop("facts", None)
    return plan_bundle(
        analyse(notebook), root=notebook.parent, mode=mode, options=BundleOptions(**options), facts=facts
    )


def contents(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as archive:
        return {each.name: _read(archive, each) for each in archive}


def written(plan: BundlePlan, folder: Path) -> dict[str, bytes]:
    return contents(write_bundle(plan, folder / "bundle.tar.gz").path)


def test_source_has_the_notebook_its_data_and_its_packages(report: Path, tmp_path: Path) -> None:
    plan = planned(report)
    packed = written(plan, tmp_path)
    manifest = json.loads(packed.pop("manifest.json"))
    assert set(packed) == {"report.ipynb", "data.csv", "requirements.txt"} == {each.path for each in plan.files}
    assert packed["report.ipynb"] == report.read_bytes()
    assert manifest["metadata"] == {"appmode": "jupyter-static", "entrypoint": "report.ipynb"}
    assert manifest["python"]["version"] == platform.python_version()
    assert manifest["python"]["package_manager"]["package_file"] == "requirements.txt"
    assert manifest["files"] == {
        path: {"checksum": hashlib.md5(content).hexdigest()} for path, content in packed.items()
    }


def test_finished_document_has_the_page_and_picked_files_but_no_source(report: Path, tmp_path: Path) -> None:
    plan = planned(report, "static", files=("data.csv",))
    packed = written(plan, tmp_path)
    assert set(packed) == {"manifest.json", "report.html", "data.csv"}
    assert "saved output" in packed["report.html"].decode()
    assert "<title>Sales report</title>" in packed["report.html"].decode()
    manifest = json.loads(packed["manifest.json"])
    assert manifest["metadata"] == {"appmode": "static", "primary_html": "report.html"}
    assert "python" not in manifest


def test_finished_document_takes_title_and_hidden_code(report: Path, tmp_path: Path) -> None:
    page = written(planned(report, "static", title="Other title", hide_input="all"), tmp_path)["report.html"].decode()
    assert "<title>Other title</title>" in page
    assert "data.csv" not in page
    assert "saved output" in page


def test_the_source_of_a_finished_document_is_in_when_picked(report: Path, tmp_path: Path) -> None:
    assert "report.ipynb" in written(planned(report, "static", files=("report.ipynb",)), tmp_path)


def test_a_page_of_the_same_name_is_not_overwritten(report: Path, tmp_path: Path) -> None:
    (report.parent / "report.html").write_text("the author's own")
    plan = planned(report, "static", files=("report.html",))
    packed = written(plan, tmp_path)
    assert packed["report.html"] == b"the author's own"
    assert b"saved output" in packed[plan.entrypoint]
    assert json.loads(packed["manifest.json"])["metadata"]["primary_html"] == plan.entrypoint


def test_run_first_shows_new_outputs_and_leaves_the_notebook_alone(report: Path, tmp_path: Path) -> None:
    before = report.read_bytes()
    bundle = write_bundle(planned(report, "static", run_first=True), tmp_path / "b.tar.gz")
    page = contents(bundle.path)["report.html"].decode()
    assert "a,b\\n1,2\\n" in page
    assert "saved output" not in page
    assert report.read_bytes() == before


def test_run_first_that_fails_writes_nothing(tmp_path: Path) -> None:
    notebook = save(tmp_path / "project", code("1 / 0"))
    with pytest.raises(RenderError) as caught:
        write_bundle(planned(notebook, "static", run_first=True), tmp_path / "bundle.tar.gz")
    assert caught.value.where is not None
    assert caught.value.where.cell == 1
    assert not (tmp_path / "bundle.tar.gz").exists()


def test_source_is_never_run_here(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    notebook = save(tmp_path / "project", code(f"open({str(mark)!r}, 'w')"))
    written(planned(notebook, run_first=True), tmp_path)
    assert not mark.exists()


@pytest.mark.parametrize("detect_files", [True, False])
def test_voila_always_has_its_settings(report: Path, tmp_path: Path, detect_files: bool) -> None:
    (report.parent / "voila.json").write_text("{}")
    plan = planned(report, "jupyter-voila", detect_files=detect_files)
    assert "voila.json" in written(plan, tmp_path)
    assert [each.included for each in plan.candidates if each.path == "voila.json"] == [True]
    assert plan.manifest["metadata"] == {"appmode": "jupyter-voila", "entrypoint": "report.ipynb"}


def test_voilas_settings_stay_out_when_the_author_says_so(report: Path, tmp_path: Path) -> None:
    (report.parent / "voila.json").write_text("{}")
    assert "voila.json" not in written(planned(report, "jupyter-voila", files=("!voila.json",)), tmp_path)


def test_source_has_no_voila_settings(report: Path, tmp_path: Path) -> None:
    (report.parent / "voila.json").write_text("{}")
    assert "voila.json" not in written(planned(report), tmp_path)


def test_quarto_here_gives_its_version(report: Path, quarto_answers: Answers) -> None:
    quarto_answers("echo a warning >&2; echo 1.5.57")
    plan = planned(report, "quarto-static", facts=ServerFacts(quarto=("1.4.0",)))
    assert plan.manifest["quarto"] == {"version": "1.5.57", "engines": ["jupyter"]}


def test_without_quarto_here_the_servers_newest_is_taken(report: Path) -> None:
    plan = planned(report, "quarto-static", facts=ServerFacts(quarto=("1.4.557", "1.10.1", "1.9.0", "odd")))
    assert plan.manifest["quarto"]["version"] == "1.10.1"
    assert NO_QUARTO not in {each.code for each in plan.findings}


@pytest.mark.parametrize("facts", [None, ServerFacts(), ServerFacts(quarto=())])
def test_an_unknown_quarto_version_is_left_out_and_said(report: Path, facts: ServerFacts | None) -> None:
    plan = planned(report, "quarto-static", facts=facts)
    assert "quarto" not in plan.manifest
    assert [each.severity for each in plan.findings if each.code == NO_QUARTO] == ["warning"]


@pytest.mark.parametrize("answer", ["echo quarto 1.5", "echo 1.5.57; exit 3", "exit 0"])
def test_a_quarto_that_gives_no_version_counts_as_none(quarto_answers: Answers, answer: str) -> None:
    quarto_answers(answer)
    assert quarto.choose_version(None)[0] is None


def test_choices_reach_the_manifest(report: Path) -> None:
    plan = planned(
        report,
        hide_input="tagged",
        package_manager="uv",
        image="example/runtime:py311",
        manage_python="no",
        manage_r="yes",
    )
    assert plan.manifest["jupyter"] == {"hide_tagged_input": True}
    assert plan.manifest["python"]["package_manager"]["allow_uv"] is True
    assert plan.manifest["environment"] == {
        "image": "example/runtime:py311",
        "environment_management": {"python": False, "r": True},
    }


def test_a_locale_that_names_no_language_is_left_out(report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As macOS has it, where LC_CTYPE is UTF-8."""

    def unknown() -> None:
        raise ValueError("unknown locale: UTF-8")

    monkeypatch.setattr("locale.getlocale", unknown)
    assert "locale" not in planned(report).manifest


def test_the_projects_python_constraint_is_passed_on(report: Path) -> None:
    (report.parent / ".python-version").write_text("3.11\n")
    assert planned(report).manifest["environment"] == {"python": {"requires": "~=3.11.0"}}
    assert "environment" not in planned(report, "static").manifest


@pytest.mark.parametrize(
    ("mode", "flagged"),
    [("jupyter-static", True), ("quarto-static", True), ("jupyter-voila", False), ("static", False)],
)
def test_a_parameters_cell_makes_a_parameterised_report(tmp_path: Path, mode: Mode, flagged: bool) -> None:
    notebook = save(tmp_path, code("year = 2024", tags=("parameters",)))
    assert planned(notebook, mode).manifest["metadata"].get("has_parameters", False) is flagged


@pytest.mark.parametrize("mode", ["jupyter-static", "static"])
def test_other_languages_never_get_a_python_environment(tmp_path: Path, mode: Mode) -> None:
    notebook = save(tmp_path / "project", code("library(dplyr)"), kernel="ir")
    plan = planned(notebook, mode)
    packed = written(plan, tmp_path)
    assert plan.environment is None
    assert "python" not in json.loads(packed["manifest.json"])
    assert "requirements.txt" not in packed


@pytest.mark.parametrize("mode", ["jupyter-voila", "quarto-static"])
def test_other_languages_are_refused_where_python_runs_the_notebook(tmp_path: Path, mode: Mode) -> None:
    plan = planned(save(tmp_path / "project", code("library(dplyr)"), kernel="ir"), mode)
    with pytest.raises(PreflightError, match="in R cannot be published") as caught:
        write_bundle(plan, tmp_path / "bundle.tar.gz")
    assert caught.value.code == "mode-needs-python"


def test_a_missing_kernel_is_one_finding_that_stops_the_bundle(tmp_path: Path) -> None:
    notebook = save(tmp_path / "project", code("import json"), kernel="no-such-kernel")
    plan = planned(notebook)
    errors = [each for each in plan.findings if each.severity == "error"]
    assert [each.code for each in errors] == ["kernel-not-installed"]
    with pytest.raises(PreflightError) as caught:
        write_bundle(plan, tmp_path / "bundle.tar.gz")
    assert caught.value.code == "kernel-not-installed"
    assert not (tmp_path / "bundle.tar.gz").exists()


def test_a_missing_kernel_does_not_matter_for_a_finished_document(tmp_path: Path) -> None:
    notebook = save(tmp_path / "project", code("1", printed="kept"), kernel="no-such-kernel")
    assert b"kept" in written(planned(notebook, "static"), tmp_path)["report.html"]


def test_a_missing_requirements_file_is_a_finding_about_that_choice(report: Path) -> None:
    errors = [each for each in planned(report, requirements="gone.txt").findings if each.severity == "error"]
    assert len(errors) == 1
    assert errors[0].where is not None


def test_a_missing_notebook_and_a_file_outside_are_errors(report: Path) -> None:
    with pytest.raises(NotebookError):
        planned(report.parent / "gone.ipynb")
    (report.parent.parent / "outside.csv").write_text("x")
    with pytest.raises(BundleError):
        planned(report, files=("../outside.csv",))


def test_planning_and_writing_leave_the_project_as_it_is(report: Path, tmp_path: Path) -> None:
    before = {each: each.read_bytes() for each in report.parent.iterdir()}
    for mode in MODES:
        written(planned(report, mode), tmp_path)
    assert {each: each.read_bytes() for each in report.parent.iterdir()} == before


@pytest.mark.parametrize("mode", MODES)
def test_same_project_same_bytes_wherever_it_lies(report: Path, tmp_path: Path, mode: Mode) -> None:
    copy = tmp_path / "elsewhere"
    copy.mkdir()
    for each in report.parent.iterdir():
        (copy / each.name).write_bytes(each.read_bytes())
    first = write_bundle(planned(report, mode), tmp_path / "first.tar.gz")
    second = write_bundle(planned(copy / report.name, mode), tmp_path / "second.tar.gz")
    assert first.path.read_bytes() == second.path.read_bytes()


def test_progress_and_stop_reach_the_packing(report: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    plan = planned(report)
    write_bundle(plan, tmp_path / "b.tar.gz", progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (sum(each.size for each in plan.files),) * 2
    with pytest.raises(Cancelled):
        write_bundle(plan, tmp_path / "other.tar.gz", should_stop=lambda: True)
    assert not (tmp_path / "other.tar.gz").exists()


@pytest.mark.parametrize("mode", MODES)
def test_description_is_the_dry_runs_json(report: Path, tmp_path: Path, mode: Mode) -> None:
    plan = planned(report, mode)
    bundle = write_bundle(plan, tmp_path / "bundle.tar.gz")
    finding = Finding(severity="warning", code="odd", message="Odd.")
    told = json.loads(json.dumps(describe(plan, bundle, findings=[finding])))
    packed = contents(bundle.path)
    assert set(told) == {
        "bundle",
        "mode",
        "entrypoint",
        "files",
        "requirements",
        "python",
        "manifest",
        "findings",
    }
    assert told["bundle"] == str(tmp_path / "bundle.tar.gz")
    assert told["mode"] == mode
    assert told["entrypoint"] in packed
    assert told["manifest"] == json.loads(packed.pop("manifest.json"))
    assert {each["path"]: each["size"] for each in told["files"]} == {name: len(data) for name, data in packed.items()}
    assert all(each["reason"] for each in told["files"])
    assert told["requirements"] == ([] if mode == "static" else ["pandas==2.2.0"])
    assert told["python"] == (None if mode == "static" else platform.python_version())
    assert told["findings"] == [{"severity": "warning", "code": "odd", "message": "Odd.", "hint": "", "where": None}]


def test_what_a_page_fetches_is_said_before(tmp_path: Path) -> None:
    cell = code("fig")
    cell["outputs"] = [
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {"text/html": ["<script ", 'src="https://cdn.plot.ly/plotly-3.0.0.min.js"></script>']},
        }
    ]
    notebook = save(tmp_path, cell)
    assert [each.severity for each in planned(notebook, "static").findings if each.code == "page-needs-network"] == [
        "info"
    ]
    assert "page-needs-network" not in {each.code for each in planned(notebook).findings}


def _read(archive: tarfile.TarFile, member: str | tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()
