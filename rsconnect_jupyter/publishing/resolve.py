"""What a publish would do: the author's options, completed from the server, the history and the defaults.

The one place that knows defaults, what is remembered, the mode and the title of existing content, and what "update"
means. Forms, ``--dry-run`` and the publish itself all use its answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from ..connect.app_modes import TITLES
from ..history.publications import NotebookHistory
from ..models import OPTIONS, BundleOptions, Mode, PublishOptions, Server
from ..notebook.reading import Notebook
from ..servers.store import ServerStore
from .defaults import default_mode, default_title
from .targets import ServerView, Target, find_target

Source = Literal["chosen", "remembered", "server", "default"]
"""Where a value comes from: the author, the notebook's last publish, the content on the server, or none of them."""

_RESOLVED = tuple(each for each in BundleOptions.__struct_fields__ if each not in ("title", "follow_picked_links"))
_TARGET = ("title", "mode", "update", "new")
"""Options that `PublishPlan` has under other names."""

_OTHERS = tuple(name for name in OPTIONS if name not in (*_RESOLVED, *_TARGET))


class PublishPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a publish would do.

    Attributes:
        server: None when no server is known.
        target: Where it goes: new content, or which one is updated.
        bundle: What the bundle will hold.
        options: The options that are neither of the target nor of the bundle (``env``, ``draft`` …), with defaults.
        sources: Name of an option, and ``target`` -> where its value comes from.
    """

    notebook: Notebook
    server: Server | None
    title: str
    mode: Mode
    target: Target
    bundle: BundleOptions
    options: PublishOptions
    sources: Mapping[str, Source]

    @property
    def remembered(self) -> PublishOptions:
        """The options that the next publish uses again; those that are defaults are left out."""
        kept = {name: getattr(self.bundle, name) for name in _RESOLVED if self.sources[name] != "default"}
        return PublishOptions(**kept)


def resolve(
    notebook: Notebook, view: ServerView | None, options: PublishOptions, *, history: NotebookHistory
) -> PublishPlan:
    """Return what publishing a notebook to a server with these options would do. Asks nothing but ``view.content``.

    Args:
        notebook: The notebook as it is on disk.
        view: The server and what is known about it; None when no server is known.
        options: What the author chose.
        history: Where the notebook was published.

    Raises:
        OptionError: `options` contradict each other, or ``update`` names no content.
    """
    target = find_target(view, options, history=history)
    sources: dict[str, Source] = {}
    sources["target"] = _target_source(target, options)
    mode, sources["mode"] = _mode(notebook, target, options)
    title, sources["title"] = _title(notebook, target, options)
    last = target.publication.options if target.publication else PublishOptions()
    values: dict[str, Any] = {}
    for name in (*_RESOLVED, *_OTHERS):
        values[name], sources[name] = _value(name, options, last)
    return PublishPlan(
        notebook=notebook,
        server=view.server if view else None,
        title=title,
        mode=mode,
        target=target,
        bundle=BundleOptions(
            title=title,
            follow_picked_links=sources["files"] != "remembered",
            **{name: values[name] for name in _RESOLVED},
        ),
        options=PublishOptions(**{name: values[name] for name in _OTHERS}),
        sources=sources,
    )


def proposed_server(store: ServerStore, history: NotebookHistory) -> Server | None:
    """Return the server to publish to when none is chosen: the one published to last, else the default one."""
    known = history.publications()
    return store.default(last_used=known[0].server_url if known else None)


def _target_source(target: Target, options: PublishOptions) -> Source:
    if options.new or options.update:
        return "chosen"
    return "remembered" if target.guid else "default"


def _mode(notebook: Notebook, target: Target, options: PublishOptions) -> tuple[Mode, Source]:
    """Return the mode: that of the content to update comes first, since Connect does not change it."""
    content, known = target.content, target.publication
    if content is not None and content.mode in TITLES and target.problem is None:
        return content.mode, "chosen" if options.mode else "server"
    if options.mode is not None:
        return options.mode, "chosen"
    if content is not None and content.mode in TITLES:
        return content.mode, "server"
    if known is not None:
        return known.mode, "remembered"
    return default_mode(notebook), "default"


def _title(notebook: Notebook, target: Target, options: PublishOptions) -> tuple[str, Source]:
    if options.title:
        return options.title, "chosen"
    if target.content is not None:
        return target.content.title or target.content.name, "server"
    if target.publication is not None and target.publication.title:
        return target.publication.title, "remembered"
    return default_title(notebook), "default"


def _value(name: str, options: PublishOptions, last: PublishOptions) -> tuple[Any, Source]:
    chosen, kept = getattr(options, name), getattr(last, name)
    if chosen is not None:
        return chosen, "chosen"
    return (kept, "remembered") if kept is not None else (OPTIONS[name].default, "default")
