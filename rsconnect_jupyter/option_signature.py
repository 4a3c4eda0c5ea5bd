"""``**options`` of ``publish()`` and ``PublishWidget`` as the arguments they stand for, in signature and docstring."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TypeVar

from .models.options import OPTIONS, OptionArguments, OptionInfo

Function = TypeVar("Function", bound=Callable[..., object])

_MARK = "        options:\n"


def with_options(function: Function) -> Function:
    """Show the options one by one in ``help()`` and in Jupyter's tooltips, instead of ``**options``."""
    return _shown(function, OPTIONS)


def with_form_options(function: Function) -> Function:
    """Do as `with_options`, for the options that the widget has."""
    return _shown(function, {name: info for name, info in OPTIONS.items() if "widget" not in info.not_offered})


def _shown(function: Function, shown: Mapping[str, OptionInfo]) -> Function:
    signature = inspect.signature(function)
    kept = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    types = OptionArguments.__annotations__
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=types[name].__forward_arg__)
        for name in shown
    ]
    function.__signature__ = signature.replace(parameters=[*kept, *options])  # type: ignore[attr-defined]
    function.__doc__ = (function.__doc__ or "").replace(_MARK, options_doc(shown))
    return function


def options_doc(shown: Mapping[str, OptionInfo]) -> str:
    """Return options as lines of an ``Args`` section."""
    return "".join(f"        {name}: {_described(info)}\n" for name, info in shown.items())


def _described(info: OptionInfo) -> str:
    choices = f" One of {', '.join(f'``{each}``' for each in info.choices)}." if info.choices else ""
    return f"{info.help[0].upper()}{info.help[1:]}.{choices}"
