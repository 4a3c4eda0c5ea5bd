"""Texts in the language of whoever reads them: gettext's catalogs in ``locale/``, and the language of this context.

A language is named as a locale is (``de_DE``), in any of the forms that people write: ``de-DE``, ``de_AT.UTF-8``. The
command, the functions and the widget speak the environment's (``LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES``, ``LANG``);
Jupyter's server speaks that of each request. Languages that we do not have come from JupyterLab's language packs, where
those have our texts; what has no translation is English.
"""

from __future__ import annotations

import contextvars
import functools
import gettext
import importlib.util
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

__all__ = ["N_", "_", "language", "language_of_request", "ngettext", "use_language", "used_language", "with_language"]

T = TypeVar("T")

_DOMAIN = "rsconnect_jupyter"
_LOCALE = Path(__file__).with_name("locale")
_ENGLISH = "en"
_LOCALE_NAME = re.compile(r"[a-z]{2,3}_[A-Z]{2}")
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")

_used: contextvars.ContextVar[str | None] = contextvars.ContextVar("rsconnect_jupyter_language", default=None)


def _(text: str) -> str:
    """Return the translation of a text."""
    return _translations(used_language()).gettext(text) if text else ""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """Return the text as it is: it is translated where it is shown, and collected for the catalogs here."""
    return text


def ngettext(one: str, several: str, count: int) -> str:
    """Return the translation of the form that goes with `count`."""
    return _translations(used_language()).ngettext(one, several, count)


def used_language() -> str:
    """Return the language of this context as the name of its catalog; ``en`` when there is none."""
    return _used.get() or _catalog_of(_from_environment())


def use_language(name: str | None) -> None:
    """Use a language for the rest of this context, such as a request; None is the environment's."""
    _used.set(_catalog_of((name,)) if name else None)


@contextmanager
def language(name: str | None) -> Iterator[None]:
    """Use a language inside the block; None is the environment's."""
    token = _used.set(_catalog_of((name,)) if name else None)
    try:
        yield
    finally:
        _used.reset(token)


def with_language(work: Callable[..., T]) -> Callable[..., T]:
    """Return `work` as it is to be called on another thread, which has no context of its own: in this language."""
    return functools.partial(contextvars.copy_context().run, work)


def language_of_request(header: str) -> str:
    """Return the language that an ``Accept-Language`` header wants most and we have (RFC 9110, section 12.5.4)."""
    wanted = []
    for position, part in enumerate(header.split(",")):
        name, *parameters = (each.strip() for each in part.split(";"))
        weights = [each[2:] for each in parameters if each.startswith("q=")]
        try:
            weight = float(weights[0]) if weights else 1.0
        except ValueError:
            weight = 0.0
        if name and weight > 0:
            wanted.append((-weight, position, name))
    return _catalog_of(tuple(name for _weight, _position, name in sorted(wanted)))


def _from_environment() -> tuple[str, ...]:
    """Return the languages that the environment names, as `gettext.find` reads them."""
    value = next((found for name in _VARIABLES if (found := os.environ.get(name))), "")
    return tuple(value.split(":"))


@functools.lru_cache(maxsize=256)
def _catalog_of(names: tuple[str, ...]) -> str:
    """Return the first catalog that one of the names means: the same locale, else the same language and script."""
    for name in names:
        code = name.partition(".")[0].partition("@")[0].replace("-", "_")
        spoken, _separator, region = code.lower().partition("_")
        if spoken in (_ENGLISH, "c", "posix"):
            return _ENGLISH
        same = [each for each in _catalogs() if each.lower() == code.lower()]
        if spoken != "zh" or region in ("", "sg") or region.startswith("hans"):  # the rest write the other script
            same += [each for each in _catalogs() if each.lower().partition("_")[0] == spoken]
        found = same[0] if same else f"{spoken}_{region.upper()}"
        if same or _pack(found):
            return found
    return _ENGLISH


@functools.cache
def _catalogs() -> tuple[str, ...]:
    return tuple(sorted(path.parts[-3] for path in _LOCALE.glob(f"*/LC_MESSAGES/{_DOMAIN}.mo")))


def _pack(name: str) -> Path | None:
    """Return the folder of catalogs of JupyterLab's language pack, when that is installed and has ours."""
    if not _LOCALE_NAME.fullmatch(name):
        return None
    found = importlib.util.find_spec(f"jupyterlab_language_pack_{name}")
    folder = Path(found.origin).with_name("locale") if found and found.origin else None
    return folder if folder and (folder / name / "LC_MESSAGES" / f"{_DOMAIN}.mo").is_file() else None


@functools.cache
def _translations(name: str) -> gettext.NullTranslations:
    folder = _LOCALE if name in _catalogs() else _pack(name)
    return gettext.translation(_DOMAIN, folder, [name], fallback=True) if folder else gettext.NullTranslations()
