"""YAML, read only where reading takes time in proportion to the text."""

from __future__ import annotations

from typing import Any

import yaml

from ..translation import _

MOST_TEXT = 10_000
"""Characters; the parser takes up to 0.4 s for them."""


class _Loader(yaml.SafeLoader):
    """Without merge keys, whose expansion may be exponential."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Leave it as it is."""


def load_yaml(text: str) -> Any:
    """Return the value of a YAML text; aliases are the same object.

    Raises:
        ValueError: it is no YAML, or none that is read here.
    """
    if len(text) > MOST_TEXT:
        raise ValueError(_("it has more than {most:,} characters").format(most=MOST_TEXT))
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError) as exc:
        raise ValueError(_("it is no YAML")) from exc
