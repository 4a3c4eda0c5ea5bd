"""Other catalogs than the package's own: of one test, and a pseudo-language that shows what is not translated."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rsconnect_jupyter import translation

PSEUDO = "ach_UG"
_PROJECT = Path(__file__).parents[1]
_MARKED = re.compile(r"⟦[^⟦⟧]*⟧")


@contextmanager
def catalogs_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read catalogs from a folder; afterwards, all that `monkeypatch` changed is as it was."""
    monkeypatch.setattr(translation, "_LOCALE", folder)
    _forget()
    yield
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    for kept in (translation._catalogs, translation._catalog_of, translation._translations):
        kept.cache_clear()


@pytest.fixture(scope="session")
def pseudo_pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a language pack for JupyterLab in which each text is marked."""
    folder = tmp_path_factory.mktemp("pseudo") / "pack"
    subprocess.run([sys.executable, "translations/pseudo.py", str(folder)], cwd=_PROJECT, check=True)
    return folder


@pytest.fixture
def pseudo_language(pseudo_pack: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pseudo-language, as the environment's."""
    monkeypatch.setenv("LANGUAGE", PSEUDO)
    with catalogs_of(pseudo_pack / f"jupyterlab_language_pack_{PSEUDO}" / "locale", monkeypatch):
        yield


def unmarked(text: str) -> str:
    """Return what of a text is outside the marks of the pseudo-language, of texts within texts too."""
    shorter = _MARKED.sub("", text)
    return shorter if shorter == text else unmarked(shorter)
