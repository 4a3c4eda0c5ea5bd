"""What a publish changes about readers, for people who look before they publish. Pure; no server is asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..connect.vanity import vanity_path
from ..models import OPTIONS, PublishOptions
from ..models.readers import AccessType
from ..translation import N_, _
from .people import split_removal
from .thumbnails import NO_THUMBNAIL, figure_number

_ACCESS: dict[AccessType, str] = {
    "acl": N_("Only chosen people and groups"),
    "logged_in": N_("Everyone signed in"),
    "all": N_("Everyone, no sign-in"),
}


class ReaderChange(NamedTuple):
    """One option about readers that has an effect.

    Attributes:
        option: Its name.
        label: As in the panel.
        text: What it will be, in words.
    """

    option: str
    label: str
    text: str


def reader_changes(options: PublishOptions, *, is_new: bool) -> tuple[ReaderChange, ...]:
    """Return what options change about readers; what is not chosen stays as the server has it.

    Args:
        options: The author's.
        is_new: True for new content, which is for those only whom it is shared with.

    Raises:
        OptionError: code ``bad-vanity``.
    """
    shared = any(not split_removal(each)[1] for each in (*(options.share_with or ()), *(options.collaborators or ())))
    access = options.access or ("acl" if is_new and shared else None)
    texts = {
        "access": _(_ACCESS[access]) if access else "",
        "share_with": changed_names(options.share_with),
        "collaborators": changed_names(options.collaborators),
        "vanity": _or_none(options.vanity and vanity_path(options.vanity)),
        "tags": changed_names(options.tags),
        "description": _or_none(options.description),
        "thumbnail": _thumbnail(options.thumbnail),
    }
    return tuple(ReaderChange(name, _(OPTIONS[name].label), text) for name, text in texts.items() if text)


def changed_names(chosen: Iterable[str] | None) -> str:
    """Return what is added and what is removed, in the order of the author."""
    named = map(split_removal, chosen or ())
    return ", ".join(_("remove {name}").format(name=name) if removal else name for name, removal in named)


def _or_none(text: str | None) -> str:
    return "" if text is None else text or _("none")


def _thumbnail(choice: str | None) -> str:
    if choice is None:
        return ""
    if choice in NO_THUMBNAIL:
        return _("none")
    number = figure_number(choice)
    return _("figure {number} of the notebook").format(number=number) if number else choice
