"""Makes a language pack in which each text is marked and 40 % longer: what is shown without marks is not translated.

``python translations/pseudo.py FOLDER`` writes it; with FOLDER in ``PYTHONPATH``, JupyterLab offers it as
*Pseudo-language*, and ``LANGUAGE=ach_UG`` chooses it for the command.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from build_hook import DOMAIN, LOCALE, as_json

NAME = "ach_UG"
"""The locale that JupyterLab takes for a pseudo-language."""

_PACK = f"jupyterlab_language_pack_{NAME}"


def main() -> None:
    """Write the pack."""
    folder = Path(sys.argv[1])
    catalog = pseudo_catalog()
    place = folder / _PACK / "locale" / NAME / "LC_MESSAGES"
    place.mkdir(parents=True)
    (folder / _PACK / "__init__.py").touch()
    with (place / f"{DOMAIN}.mo").open("wb") as file:
        write_mo(file, catalog)
    (place / f"{DOMAIN}.json").write_text(as_json(catalog, language=NAME), encoding="utf-8")
    about = folder / f"{_PACK}-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {_PACK.replace('_', '-')}\nVersion: 1\n")
    (about / "entry_points.txt").write_text(f"[jupyterlab.languagepack]\n{NAME} = {_PACK}\n")


def pseudo_catalog() -> Catalog:
    """Return a catalog of all texts, each marked at both ends."""
    with (LOCALE / f"{DOMAIN}.pot").open("rb") as file:
        template = read_po(file)
    catalog = Catalog(domain=DOMAIN, charset="utf-8", fuzzy=False)
    for message in template:
        if message.id:
            ids = message.id
            texts = marked(ids) if isinstance(ids, str) else tuple(map(marked, ids))
            catalog.add(ids, texts, context=message.context)
    return catalog


def marked(text: str) -> str:
    """Return a text between marks, 40 % longer, its words as they are."""
    return f"⟦{text}{'~' * max(1, round(len(text) * 0.4) - 2)}⟧"


if __name__ == "__main__":
    main()
