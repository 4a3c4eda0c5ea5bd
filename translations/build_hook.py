"""Compiles the catalogs for those who read them: ``.mo`` for Python, ``.json`` for JupyterLab. A hook of the build.

By hand: ``python translations/build_hook.py``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DOMAIN = "rsconnect_jupyter"
LOCALE = Path(__file__).parents[1] / DOMAIN / "locale"


class CompileCatalogs(BuildHookInterface[Any]):
    """Compiles them before a package is built, or installed as editable."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Compile all catalogs in place."""
        compile_all(Path(self.root) / DOMAIN / "locale")


def compile_all(folder: Path = LOCALE) -> None:
    """Write ``.mo`` and ``.json`` beside each ``.po`` of a folder."""
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        catalog = translated(read_catalog(path))
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)
        path.with_suffix(".json").write_text(as_json(catalog, language=path.parts[-3]), encoding="utf-8")


def read_catalog(path: Path) -> Catalog:
    """Return the catalog in a ``.po`` file; its language is the name of its folder."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], domain=DOMAIN)


def forms(message: Message) -> list[str]:
    """Return the forms of a translation: one, or those of the plural."""
    text = message.string
    return [text or ""] if text is None or isinstance(text, str) else list(text)


def translated(catalog: Catalog) -> Catalog:
    """Return a catalog without what is not translated in full: that is shown in English."""
    for message in list(catalog):
        if message.id and (message.fuzzy or not all(forms(message))):
            catalog.delete(message.id, message.context)
    return catalog


def as_json(catalog: Catalog, *, language: str) -> str:
    """Return a catalog as JupyterLab reads it (`jupyterlab_server.translation_utils`, ``@jupyterlab/translation``).

    JupyterLab looks it up by BCP 47 name, and takes a text with plural only when it has two forms: a language that has
    one form gets it twice.
    """
    about = {"domain": DOMAIN, "language": language.replace("_", "-"), "plural_forms": catalog.plural_forms}
    jed: dict[str, Any] = {"": about}
    for message in catalog:
        if message.id:
            name = message.id if isinstance(message.id, str) else message.id[0]
            key = f"{message.context}\x04{name}" if message.context else name
            translation = forms(message)
            jed[key] = translation * 2 if message.pluralizable and len(translation) == 1 else translation
    return json.dumps(jed, ensure_ascii=False)


if __name__ == "__main__":
    compile_all()
