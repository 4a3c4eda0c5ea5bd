"""Frozen dataclasses that are made quickly; for type checkers and for `dataclasses` they are what they always are.

`dataclasses.dataclass` writes six methods of each class as text and compiles them, 0.4 ms a class: a tenth of a small
publish went into that. These share their methods instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from dataclasses import dataclass as make_dataclass

    def dataclass(*, frozen, kw_only=False):
        """Return what makes a class a frozen dataclass; one without ``__post_init__``, slots and inheritance."""
        if not frozen:
            raise ValueError("only frozen ones; take dataclasses.dataclass for others")
        make = make_dataclass(init=False, repr=False, eq=False, kw_only=kw_only)

        def decorated(cls):
            own = set(vars(cls))
            made = make(cls)
            made.__init__ = _init_of(made)
            made.__signature__ = _Signature()
            made._compared = attrgetter(*[each.name for each in fields(made) if each.compare])
            for name in _SHARED - own:
                setattr(made, name, vars(_Shared)[name])
            return made

        return decorated


def _init_of(cls: Any) -> Callable[..., None]:
    names = {each.name for each in fields(cls)}
    positional = [each.name for each in fields(cls) if not each.kw_only]
    defaults = {each.name: each.default for each in fields(cls) if each.default is not MISSING}
    factories = {each.name: each.default_factory for each in fields(cls) if each.default_factory is not MISSING}

    def init(self: Any, *values: Any, **named: Any) -> None:
        given = {**dict(zip(positional, values, strict=False)), **named}
        made = {**defaults, **{name: make() for name, make in factories.items() if name not in given}, **given}
        if made.keys() != names or len(given) != len(values) + len(named):
            raise TypeError(f"{cls.__qualname__} takes {sorted(names)}, not {len(values)} values and {sorted(named)}")
        vars(self).update(made)

    return init


class _Signature:
    """A class's parameters, for `help` and Jupyter's tooltips; found out when somebody looks."""

    def __get__(self, instance: object, owner: type[Any]) -> object:
        from inspect import Parameter, Signature  # noqa: PLC0415

        found = []
        for each in fields(owner):
            kind = Parameter.KEYWORD_ONLY if each.kw_only else Parameter.POSITIONAL_OR_KEYWORD
            default = ... if each.default_factory is not MISSING else each.default
            default = Parameter.empty if default is MISSING else default
            found.append(Parameter(each.name, kind, default=default, annotation=each.type))
        return Signature(found)


class _Shared:
    """The methods that all of them have; ``_compared`` gives the values that count when two are compared."""

    _compared: Callable[[Any], Any]

    def __repr__(self) -> str:
        shown = [f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr]  # type: ignore[arg-type]
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return self._compared(self) == self._compared(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._compared(self))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")


_SHARED = {"__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__"}
