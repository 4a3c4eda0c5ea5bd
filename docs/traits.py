"""The settings that Jupyter's configuration files can hold, as Markdown: each class's own, none that it inherits."""

from __future__ import annotations

import inspect
from typing import Any

from traitlets import HasTraits


def settings_of(settings: type[HasTraits]) -> str:
    """Return a definition for each trait that can be configured."""
    own = settings.class_own_traits(config=True)
    return "\n".join(_definition(settings.__name__, name, trait) for name, trait in own.items())


def _definition(owner: str, name: str, trait: Any) -> str:
    first, *more = inspect.cleandoc(trait.help).replace("``", "`").split("\n\n")
    lines = [f"`{owner}.{name}` ({type(trait).__name__.lower()}, default `{trait.default()!r}`)", f": {first}"]
    lines += [f"\n  {' '.join(each.split())}" for each in more]
    return "\n".join(lines) + "\n"
