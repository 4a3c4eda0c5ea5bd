"""The catalogs of languages fit the source: the template has every text, and translations keep what is filled in."""

from __future__ import annotations

import ast
import re
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from babel.messages import Message
from babel.messages.pofile import read_po

pytestmark = pytest.mark.unmeasured

PROJECT = Path(__file__).parents[2]
LOCALE = PROJECT / "rsconnect_jupyter" / "locale"
TEMPLATE = LOCALE / "rsconnect_jupyter.pot"
LANGUAGES = ("de_DE", "es_ES", "fr_FR", "ja_JP", "zh_CN")
FRONT_END = re.compile(r"%\d")


def messages(language: str) -> list[Message]:
    path = LOCALE / language / "LC_MESSAGES" / "rsconnect_jupyter.po"
    with path.open("rb") as file:
        return [each for each in read_po(file, locale=language) if each.id]


def texts(part: Any) -> list[str]:
    return [part] if isinstance(part, str) else list(part)


def placeholders(text: str) -> list[str]:
    """Return what is filled in: ``%1`` in the front end, ``{name:.0f}`` in Python."""
    if FRONT_END.search(text):
        return sorted(set(FRONT_END.findall(text)))
    parts = string.Formatter().parse(text)
    return sorted({f"{name}!{conversion}:{spec}" for _, name, spec, conversion in parts if name is not None})


def test_the_template_is_what_the_source_has() -> None:
    run = subprocess.run(
        [sys.executable, "translations/catalogs.py", "--check"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_no_text_hides_in_an_f_string() -> None:
    """Babel reads an f-string as one word before Python 3.12, and misses the texts in it."""
    hidden = [
        f"{path.relative_to(PROJECT)}:{call.lineno}"
        for path in (PROJECT / "rsconnect_jupyter").rglob("*.py")
        for filled in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(filled, ast.JoinedStr)
        for call in ast.walk(filled)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in {"_", "N_", "ngettext"}
        if any(isinstance(each, ast.Constant) for each in call.args)
    ]
    assert hidden == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text(language: str) -> None:
    run = subprocess.run(
        [sys.executable, "translations/catalogs.py", "--missing", language],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stdout
    with TEMPLATE.open("rb") as file:
        wanted = {(each.context, each.id if isinstance(each.id, str) else each.id[0]) for each in read_po(file)}
    found = {(each.context, each.id if isinstance(each.id, str) else each.id[0]) for each in messages(language)}
    assert wanted - found == {(None, "")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_placeholders_of_its_text(language: str) -> None:
    wrong = [
        (message.id, form)
        for message in messages(language)
        for form in texts(message.string)
        if form and placeholders(form) not in [placeholders(each) for each in texts(message.id)]
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_used_both_with_and_without_a_plural(language: str) -> None:
    found = messages(language)
    plain = {(each.context, each.id) for each in found if not each.pluralizable}
    assert [each.id for each in found if each.pluralizable and (each.context, each.id[0]) in plain] == []
