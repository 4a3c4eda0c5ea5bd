"""Texts come in the language of whoever reads them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from translated import catalogs_of

from rsconnect_jupyter.errors import NotebookError
from rsconnect_jupyter.messages import finding
from rsconnect_jupyter.translation import _, language, language_of_request, ngettext, used_language, with_language

GERMAN: dict[Any, Any] = {
    "There is no notebook {path!r} in Jupyter's root folder.": "Es gibt kein Notebook {path!r}.",
    ("{count} file", "{count} files"): ("{count} Datei", "{count} Dateien"),
}


@pytest.fixture(autouse=True)
def catalogs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A German, a Japanese and a Simplified Chinese catalog; an environment without a language."""
    for name, texts in (("de_DE", GERMAN), ("ja_JP", {"Publish": "発行"}), ("zh_CN", {"Publish": "发布"})):
        catalog = Catalog(locale=name)
        for text, translated in texts.items():
            catalog.add(text, translated)
        path = tmp_path / name / "LC_MESSAGES" / "rsconnect_jupyter.mo"
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            write_mo(file, catalog)
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    with catalogs_of(tmp_path, monkeypatch):
        yield


@pytest.mark.parametrize(
    ("name", "catalog"),
    [
        ("de_DE", "de_DE"),
        ("de-DE", "de_DE"),
        ("de_AT.UTF-8", "de_DE"),
        ("de", "de_DE"),
        ("ja_JP.eucJP", "ja_JP"),
        ("zh_CN", "zh_CN"),
        ("zh-Hans-CN", "zh_CN"),
        ("zh_TW", "en"),
        ("pt_BR", "en"),
        ("C.UTF-8", "en"),
        ("en_GB", "en"),
        ("../../etc", "en"),
    ],
)
def test_a_language_has_many_spellings(name: str, catalog: str) -> None:
    with language(name):
        assert used_language() == catalog


@pytest.mark.parametrize(
    ("variables", "catalog"),
    [
        ({}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de_DE"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "ja_JP.UTF-8"}, "ja_JP"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "pt:de:en"}, "de_DE"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "en"),
    ],
    ids=["none", "lang", "lc-all", "language", "c"],
)
def test_the_environment_names_the_language(
    variables: dict[str, str], catalog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert used_language() == catalog


@pytest.mark.parametrize(
    ("header", "catalog"),
    [
        ("de-DE", "de_DE"),
        ("en", "en"),
        ("pt-BR,ja;q=0.5,de;q=0.9", "de_DE"),
        ("en-US,en;q=0.9,de;q=0.8", "en"),
        ("de;q=0, ja", "ja_JP"),
        ("de;q=x, ,;", "en"),
    ],
)
def test_a_request_names_its_language(header: str, catalog: str) -> None:
    assert language_of_request(header) == catalog


def test_errors_are_told_in_the_language_and_logged_in_english() -> None:
    with language("de_DE"):
        error = NotebookError.of("no-such-notebook", path="a.ipynb")
    assert error.code == "no-such-notebook"
    assert error.message == "Es gibt kein Notebook 'a.ipynb'."
    assert error.english == "There is no notebook 'a.ipynb' in Jupyter's root folder."


def test_what_has_no_translation_is_english() -> None:
    with language("de_DE"):
        assert finding("unsaved").message == finding("unsaved").message
        assert _("No such text.") == "No such text."
        assert _("") == ""


def test_a_number_chooses_the_form() -> None:
    with language("de_DE"):
        forms = [ngettext("{count} file", "{count} files", count).format(count=count) for count in (1, 2)]
    assert forms == ["1 Datei", "2 Dateien"]


def test_a_thread_speaks_the_language_of_the_one_that_started_it() -> None:
    said: list[str] = []
    with language("ja_JP"):
        work = with_language(lambda: said.append(_("Publish")))
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert (said, _("Publish")) == (["発行"], "Publish")
