"""``**options`` of ``publish()`` and ``PublishWidget`` as the arguments they stand for, in signature and docstring."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TypeVar

from .models.options import OPTIONS, OptionArguments

Function = TypeVar("Function", bound=Callable[..., object])

_MARK = "        options:\n"


def with_options(function: Function) -> Function:
    """Show the options one by one in ``help()`` and in Jupyter's tooltips, instead of ``**options``."""
    signature = inspect.signature(function)
    kept = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    types = OptionArguments.__annotations__
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=types[name].__forward_arg__)
        for name in OPTIONS
    ]
    function.__signature__ = signature.replace(parameters=[*kept, *options])  # type: ignore[attr-defined]
    function.__doc__ = (function.__doc__ or "").replace(_MARK, options_doc())
    return function


def options_doc() -> str:
    """Return the options as lines of an ``Args`` section."""
    return "".join(f"        {name}: {info.help[0].upper()}{info.help[1:]}.\n" for name, info in OPTIONS.items())
