"""What can be set, as Markdown: the panel's settings, and those of Jupyter's configuration files."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

from traitlets import HasTraits


def panel_settings(schema: Path) -> str:
    """Return a definition for each property of the panel's settings schema."""
    properties = json.loads(schema.read_text(encoding="utf-8"))["properties"]
    return "\n".join(_property(name, each) for name, each in properties.items())


def _property(name: str, each: dict[str, Any]) -> str:
    choices = ", ".join(f"`{choice['const']}` ({choice['title'].lower()})" for choice in each.get("oneOf", ()))
    sentences = [each["title"] + ".", each.get("description", ""), f"One of {choices}." if choices else ""]
    return f"`{name}` (default `{json.dumps(each['default'])}`)\n: {' '.join(filter(None, sentences))}\n"


def settings_of(settings: type[HasTraits]) -> str:
    """Return a definition for each trait of the class's own that can be configured, none that it inherits."""
    own = settings.class_own_traits(config=True)
    return "\n".join(_definition(settings.__name__, name, trait) for name, trait in own.items())


def _definition(owner: str, name: str, trait: Any) -> str:
    first, *more = inspect.cleandoc(trait.help).replace("``", "`").split("\n\n")
    lines = [f"`{owner}.{name}` ({type(trait).__name__.lower()}, default `{trait.default()!r}`)", f": {first}"]
    lines += [f"\n  {' '.join(each.split())}" for each in more]
    return "\n".join(lines) + "\n"
