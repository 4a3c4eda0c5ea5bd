"""manifest.json, byte for byte as Connect expects it: one golden file for every mode and option."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rsconnect_jupyter.bundle.manifest import PythonNeeds, make_manifest, manifest_bytes, with_checksums

GOLDEN = Path(__file__).parent / "golden"
NOTEBOOK, PACKAGES, DATA, VOILA, PAGE = (
    "0f343b0931126a20f133d67c2b018a3b",
    "b85d6fb9ef4260dcf1ce0a1b0bff80d3",
    "897256b6709e1a4da9daba92b6bde39c",
    "1c9e9bd7d1a1d4bb9fd3b9d1bf0cb0f4",
    "64f1c1a8b0fa1a0fbbd24ccd0a3a1ba2",
)
FILES = {"report.ipynb": NOTEBOOK, "requirements.txt": PACKAGES}
PYTHON: dict[str, Any] = {"version": "3.11.7", "versions": {"pip": "23.2.1"}}


def source(**options: Any) -> dict[str, Any]:
    python = PythonNeeds(**{**PYTHON, **options.pop("python", {})})
    return make_manifest("jupyter-static", entrypoint="report.ipynb", checksums=FILES, python=python, **options)


MANIFESTS = {
    "source": source(),
    "source-locale": source(locale="en_US.UTF-8"),
    "source-files": make_manifest(
        "jupyter-static",
        entrypoint="report.ipynb",
        checksums={**FILES, "data/sales.csv": DATA, "data/Größe.csv": DATA},
        python=PythonNeeds(**PYTHON),
    ),
    "source-hide-all": source(hide_input="all"),
    "source-hide-tagged": source(hide_input="tagged"),
    "source-pip": source(python={"manager": "pip"}),
    "source-uv": source(python={"manager": "uv"}),
    "source-uv-version": source(python={"manager": "uv", "versions": {"pip": "23.2.1", "uv": "0.5.4"}}),
    "source-lock": source(python={"named": "uv", "package_file": "requirements.txt.lock"}),
    "source-package-file-in-folder": source(python={"package_file": "deploy/requirements.txt"}),
    "source-requires": source(python={"requires": "~=3.11.0"}),
    "source-image": source(image="example/runtime:py311"),
    "source-unmanaged-python": source(manage_python=False),
    "source-unmanaged": source(manage_python=False, manage_r=False),
    "source-managed": source(manage_python=True),
    "source-parameters": source(has_parameters=True),
    "source-everything": source(
        locale="en_US.UTF-8",
        python={"manager": "pip", "requires": ">=3.10,<3.13"},
        hide_input="all",
        has_parameters=True,
        image="example/runtime:py311",
        manage_python=True,
        manage_r=False,
    ),
    "source-other-language": make_manifest("jupyter-static", entrypoint="report.ipynb", checksums=FILES),
    "static": make_manifest("static", entrypoint="report.html", checksums={"report.html": PAGE}),
    "static-files": make_manifest(
        "static", entrypoint="report.html", checksums={"report.html": PAGE, "data/sales.csv": DATA}
    ),
    "static-ignores-the-rest": make_manifest(
        "static",
        entrypoint="report.html",
        checksums={"report.html": PAGE},
        python=PythonNeeds(**PYTHON),
        locale="en_US.UTF-8",
        quarto_version="1.5.57",
        hide_input="all",
        has_parameters=True,
        image="example/runtime:py311",
        manage_python=False,
    ),
    "voila": make_manifest(
        "jupyter-voila",
        entrypoint="dashboard.ipynb",
        checksums={"dashboard.ipynb": NOTEBOOK, "requirements.txt": PACKAGES, "voila.json": VOILA},
        python=PythonNeeds(**PYTHON),
        hide_input="all",
        has_parameters=True,
    ),
    "voila-several": make_manifest(
        "jupyter-voila",
        entrypoint="",
        checksums={"a.ipynb": NOTEBOOK, "b.ipynb": NOTEBOOK, "requirements.txt": PACKAGES},
        python=PythonNeeds(**PYTHON),
    ),
    "quarto": make_manifest(
        "quarto-static",
        entrypoint="report.ipynb",
        checksums=FILES,
        python=PythonNeeds(**PYTHON),
        locale="en_US.UTF-8",
        quarto_version="1.5.57",
    ),
    "quarto-unknown-version": make_manifest(
        "quarto-static", entrypoint="report.ipynb", checksums=FILES, python=PythonNeeds(**PYTHON)
    ),
    "quarto-parameters": make_manifest(
        "quarto-static",
        entrypoint="report.ipynb",
        checksums=FILES,
        python=PythonNeeds(**PYTHON),
        quarto_version="1.5.57",
        has_parameters=True,
        hide_input="tagged",
    ),
}


@pytest.mark.parametrize("name", sorted(MANIFESTS))
def test_manifest_is_the_golden_one(name: str) -> None:
    assert manifest_bytes(MANIFESTS[name]).decode() == (GOLDEN / f"{name}.json").read_text(encoding="utf-8")


def test_every_golden_file_is_looked_at() -> None:
    assert {each.stem for each in GOLDEN.glob("*.json")} == set(MANIFESTS)


def test_nothing_unset_is_null() -> None:
    for manifest in MANIFESTS.values():
        assert "null" not in manifest_bytes(manifest).decode()


def test_manifest_never_lists_itself() -> None:
    manifest = make_manifest("static", entrypoint="a.html", checksums={"a.html": PAGE, "manifest.json": DATA})
    assert list(manifest["files"]) == ["a.html"]


def test_checksums_take_the_place_of_the_drafts_and_change_no_length() -> None:
    draft = source()
    blank = with_checksums(draft, dict.fromkeys(FILES, "0" * 32))
    full = with_checksums(draft, FILES)
    assert list(full) == list(draft)
    assert full == draft
    assert len(manifest_bytes(blank)) == len(manifest_bytes(full))


def test_arguments_are_not_changed_and_answers_are_equal() -> None:
    checksums = dict(FILES)
    first = make_manifest("jupyter-static", entrypoint="report.ipynb", checksums=checksums)
    second = make_manifest("jupyter-static", entrypoint="report.ipynb", checksums=checksums)
    assert (first, checksums) == (second, FILES)
    assert json.loads(manifest_bytes(first)) == first
