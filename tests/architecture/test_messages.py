"""The catalogs of errors and findings fit the source: every text is used, every key exists, every value is given."""

from __future__ import annotations

import importlib
import string
from pathlib import Path
from typing import Any

import pytest

from rsconnect_jupyter.messages import ERRORS, FINDINGS

pytestmark = pytest.mark.unmeasured

DOCS = Path(__file__).parents[2] / "docs"
NOT_VALUES = {"where", "data", "details", "severity", "fix_value"}
CATALOGS: dict[str, dict[str, Any]] = {"errors": {**ERRORS}, "findings": {**FINDINGS}}


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The documentation's reader of the catalogs and of the source."""
    monkeypatch.syspath_prepend(DOCS)
    return importlib.import_module("catalog")


def texts_of(use: Any) -> dict[str, Any]:
    return CATALOGS["findings" if use.maker == "finding" else "errors"]


def fields_of(entry: Any) -> set[str]:
    """Return the names that an entry's templates have."""
    templates = (each for each in entry if isinstance(each, str))
    return {name for text in templates for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_key_in_the_source_is_in_its_catalog(catalog: Any) -> None:
    assert [use for use in catalog.uses() if use.key not in texts_of(use)] == []


def test_every_entry_is_used(catalog: Any) -> None:
    texts = catalog.texts_in_source()
    used = texts | {f"task-failed/{each}" for each in texts} | {use.key for use in catalog.uses()}
    assert [key for entries in CATALOGS.values() for key in entries if key not in used] == []


def test_every_call_gives_the_values_of_its_template_and_no_others(catalog: Any) -> None:
    wrong = [
        (use.place, use.key, fields_of(texts_of(use)[use.key]) ^ (use.values - NOT_VALUES))
        for use in catalog.uses()
        if use.values is not None and fields_of(texts_of(use)[use.key]) != use.values - NOT_VALUES
    ]
    assert wrong == []


@pytest.mark.parametrize("name", CATALOGS)
def test_the_keys_are_in_alphabetical_order(name: str) -> None:
    keys = list(CATALOGS[name])
    assert keys == sorted(keys)


@pytest.mark.parametrize("name", CATALOGS)
def test_a_fix_has_a_label_and_a_text_ends_as_a_sentence(name: str) -> None:
    for key, entry in CATALOGS[name].items():
        assert bool(getattr(entry, "action", "")) == bool(getattr(entry, "label", "")), key
        assert entry.message.endswith((".", "}")), key
        assert not entry.hint or entry.hint.endswith((".", "}")) or ": jupyter " in entry.hint, key


def test_the_reference_lists_every_code(catalog: Any) -> None:
    tables = catalog.error_tables() + catalog.finding_table()
    assert [key for entries in CATALOGS.values() for key in entries if f"`{key.partition('/')[0]}`" not in tables] == []
