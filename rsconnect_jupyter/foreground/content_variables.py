"""``variables()`` and ``set_variables()``: the environment variables of a notebook's content."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..models import ContentVariable, Secret
from ..notebook.analysis import analyse
from ..notebook.environment_variables import VariableUse
from .content_versions import PublishedNotebook


def content_variables(published: PublishedNotebook) -> list[ContentVariable]:
    """Return the names that the code reads, then the others that the server has."""
    with published.connected() as client:
        names = client.variable_names(published.guid)
    return compared_variables(analyse(published.notebook).used_variables, names)


def set_content_variables(published: PublishedNotebook, variables: Mapping[str, Secret | None]) -> list[str]:
    """Set and delete variables at once; return the names that the content has now."""
    with published.connected() as client:
        client.set_variables(published.guid, variables)
        return list(client.variable_names(published.guid))


def compared_variables(used: Mapping[str, VariableUse], names: Collection[str]) -> list[ContentVariable]:
    """Return what is known of each name. Pure."""
    found = [
        ContentVariable(
            name=name,
            state="set" if name in names else "optional" if use.optional else "missing",
            where=use.where,
        )
        for name, use in used.items()
    ]
    return [*found, *(ContentVariable(name=each, state="unused") for each in names if each not in used)]
