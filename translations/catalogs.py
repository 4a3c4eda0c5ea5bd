"""Collects the texts of both sides into the template, and brings the catalogs up to date with it.

``python translations/catalogs.py`` writes ``rsconnect_jupyter/locale/rsconnect_jupyter.pot`` and the ``.po`` of each
language; with ``--check`` it writes nothing and says whether the template is out of date; with ``--missing de_DE`` it
lists what a language lacks.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import write_po
from build_hook import DOMAIN, LOCALE, compile_all, forms, read_catalog
from jupyterlab_server.translation_utils import DEFAULT_SCHEMA_SELECTORS

PROJECT = Path(__file__).parents[1]
TEMPLATE = LOCALE / f"{DOMAIN}.pot"
LANGUAGES = {
    "de_DE": "nplurals=2; plural=(n != 1);",
    "es_ES": "nplurals=2; plural=(n != 1);",
    "fr_FR": "nplurals=2; plural=(n > 1);",
    "ja_JP": "nplurals=1; plural=0;",
    "zh_CN": "nplurals=1; plural=0;",
}
"""Language -> which of its forms goes with a number; without CLDR's form for whole millions of French and Spanish."""

SCHEMA = PROJECT / "js" / "schema" / "plugin.json"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
"""Functions of `rsconnect_jupyter.translation` that take a text -> which arguments are texts, as Babel has it."""

_UNUSED = (
    "Project-Id-Version",
    "Report-Msgid-Bugs-To",
    "POT-Creation-Date",
    "PO-Revision-Date",
    "Generated-By",
    "Last-Translator",
    "Language-Team",
)
_HEADERS = re.compile(f'^"({"|".join(_UNUSED)}): .*\\n'.encode(), re.MULTILINE)
"""Lines of a header that nobody reads, or that would differ each time."""


class Found(NamedTuple):
    """A text of the source: one that has no plural form has one id."""

    file: str
    ids: tuple[str, ...]
    context: str | None = None


def main() -> None:
    """Write, or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("languages", metavar="LANGUAGE", nargs="*", help="catalogs to update (default: all)")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 when the template is out of date"
    )
    parser.add_argument("--missing", metavar="LANGUAGE", help="list the texts that a catalog does not translate")
    arguments = parser.parse_args()
    if arguments.missing:
        sys.exit(_show_missing(arguments.missing))
    template = collect()
    if arguments.check:
        sys.exit(_compare(template))
    _write(TEMPLATE, template)
    for language in arguments.languages or LANGUAGES:
        path = LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"
        catalog = read_catalog(path) if path.exists() else Catalog(locale=language, domain=DOMAIN, fuzzy=False)
        catalog.mime_headers = [("Plural-Forms", LANGUAGES[language])]
        catalog.update(template, update_header_comment=True)
        catalog.fuzzy = False
        _write(path, catalog)
    compile_all()


def collect() -> Catalog:
    """Return the template: every text of the source, in the order of files and lines."""
    template = Catalog(domain=DOMAIN, project="rsconnect-jupyter", charset="utf-8", fuzzy=False)
    template.header_comment = "# Texts of rsconnect-jupyter. Written by translations/catalogs.py from the source."
    for found in (*_server_texts(), *_message_texts(), *_schema_texts(), *_front_end_texts()):
        ids = found.ids if len(found.ids) > 1 else found.ids[0]
        template.add(ids, context=found.context, locations=[(found.file, 0)])
    return template


def _server_texts() -> Iterator[Found]:
    """Yield what Python code passes to the functions of `rsconnect_jupyter.translation`."""
    for path in sorted((PROJECT / DOMAIN).rglob("*.py")):
        if "sandbox" not in path.parts:
            for _line, ids, _comments, _context in extract_from_file("python", path, keywords=KEYWORDS):
                yield Found(_shown(path), ids if isinstance(ids, tuple) else (ids,))


def _message_texts() -> Iterator[Found]:
    """Yield data that is translated when it is shown: the catalogs of errors and findings, descriptions of options."""
    from rsconnect_jupyter.connect.app_modes import APP_MODES
    from rsconnect_jupyter.connect.error_catalog import CATALOG, OBJECTS, entry_for
    from rsconnect_jupyter.messages import ERRORS, FINDINGS
    from rsconnect_jupyter.models.options import OPTIONS

    for name, entries in (("errors", ERRORS), ("findings", FINDINGS)):
        for entry in entries.values():
            texts = [entry.message, entry.hint, getattr(entry, "label", "")]
            yield from (Found(f"{DOMAIN}/messages/{name}.py", (each,)) for each in texts if _has_words(each))
    about_answers = [*CATALOG.values(), entry_for(401, None), entry_for(403, None)]
    for text in (*(text for entry in about_answers for text in entry[:2]), *OBJECTS.values(), "object"):
        if text:
            yield Found(f"{DOMAIN}/connect/error_catalog.py", (text,))
    for mode in APP_MODES.values():
        texts = [mode.title, mode.description, mode.product]
        yield from (Found(f"{DOMAIN}/connect/app_modes.py", (each,)) for each in texts)
    for option in OPTIONS.values():
        yield from (Found(f"{DOMAIN}/models/options.py", (each,)) for each in (option.label, option.help))


def _has_words(template: str) -> bool:
    return any(any(map(str.isalpha, part)) for part, _field, _spec, _conversion in string.Formatter().parse(template))


def _schema_texts() -> Iterator[Found]:
    """Yield what JupyterLab translates of the settings' schema, with its contexts."""

    def visit(part: object, path: str) -> Iterator[Found]:
        if isinstance(part, dict):
            for key, value in part.items():
                yield from visit(value, f"{path}/{key}")
        elif isinstance(part, list):
            for index, value in enumerate(part):
                yield from visit(value, f"{path}[{index}]")
        elif isinstance(part, str) and part:
            for pattern, context in DEFAULT_SCHEMA_SELECTORS.items():
                if re.fullmatch(f"/{pattern}", path):
                    yield Found(_shown(SCHEMA), (part,), context)
                    break

    yield from visit(json.loads(SCHEMA.read_text(encoding="utf-8")), "")


def _front_end_texts() -> Iterator[Found]:
    """Yield what TypeScript code passes to the methods of ``trans``."""
    run = subprocess.run(
        ["node", "translations/front_end_texts.mjs"], cwd=PROJECT, capture_output=True, encoding="utf-8", check=False
    )
    if run.returncode:
        sys.exit(run.stderr)
    for each in json.loads(run.stdout):
        yield Found(each["file"], tuple(each["ids"]), each.get("context"))


def _shown(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def _written(catalog: Catalog) -> bytes:
    for message in catalog:
        message.flags -= {"python-format", "python-brace-format"}
        message.locations = sorted(set(message.locations), key=message.locations.index)
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=0, include_lineno=False, ignore_obsolete=True)
    return _HEADERS.sub(b"", buffer.getvalue()).rstrip(b"\n") + b"\n"


def _write(path: Path, catalog: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_written(catalog))


def _compare(template: Catalog) -> str | None:
    """Return what is wrong with the template on disk, or None."""
    if TEMPLATE.exists() and TEMPLATE.read_bytes() == _written(template):
        return None
    return f"{_shown(TEMPLATE)} is not what the source has: run make translations."


def _show_missing(language: str) -> int:
    catalog = read_catalog(LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po")
    missing = [each for each in catalog if each.id and (each.fuzzy or not all(forms(each)))]
    for message in missing:
        print(f"{'fuzzy' if message.fuzzy else 'empty'}: {message.id}")
    print(f"{language}: {len(missing)} of {len(catalog)} texts are not translated.")
    return 1 if missing else 0


if __name__ == "__main__":
    main()
