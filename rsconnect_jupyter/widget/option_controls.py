"""The options of a publish as controls, made from their descriptions, and which of them a person chose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

import ipywidgets as W  # noqa: N812

from ..connect.app_modes import TITLES, mode_title
from ..models import OPTIONS, OptionInfo
from ..publishing.resolve import PublishPlan
from ..translation import N_, _
from .server_box import KeyField

NARROW = {"description_width": "6.5em"}
"""Room for the labels of the form; those behind *More options* are longer."""

_WIDE = {"description_width": "12em"}
_IN_FORM = ("title", "mode", "hide_input")
_INSTALLS = ((N_("As the server is configured"), "auto"), (N_("Yes"), "yes"), (N_("No"), "no"))
_WORDS = {
    "hide_input": (
        (N_("Show all code"), "none"),
        (N_("Show code on request"), "folded"),
        (N_("Hide all code"), "all"),
        (N_("Hide code of tagged cells"), "tagged"),
    ),
    "access": (
        (N_("As it is on the server"), None),
        (N_("Only who is permitted"), "acl"),
        (N_("Everyone signed in"), "logged_in"),
        (N_("Everyone, no sign-in"), "all"),
    ),
    "package_manager": ((N_("Let the server choose"), "auto"), ("pip", "pip"), ("uv", "uv")),
    "manage_python": _INSTALLS,
    "manage_r": _INSTALLS,
    "requirements": (
        (N_("Detect automatically"), "auto"),
        (N_("From the imports"), "imports"),
        (N_("All installed"), "freeze"),
    ),
}
_LISTS = {
    "files": "data/*.csv, images/, !secret.csv",
    "add_requirements": "openpyxl, polars==1.2",
    "share_with": "ada, group:Friends, !bob",
    "collaborators": "grace",
    "tags": "Departments/Finance",
    "integrations": "Warehouse",
}
"""Options that hold several texts, typed with commas between them, each with an example."""

_EMPTY = {W.Text: "", W.Checkbox: False, W.Dropdown: None}
"""What controls show for "no value"."""

_ELSEWHERE = ("update", "new", "wait")
"""Options that the list of targets, and `PublishWidget.wait`, stand for."""


class OptionControls:
    """A control for each option.

    Args:
        given: Option -> value that was given for it; None is "not chosen".
        on_change: Called when a person chose a value.
    """

    def __init__(self, given: Mapping[str, Any], *, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._showing = False
        self._chosen = {name: value for name, value in given.items() if value is not None and name not in _ELSEWHERE}
        self._variables: dict[str, str | None] = dict(self._chosen.pop("env", None) or {})
        self._controls = {name: _control(name, info) for name, info in OPTIONS.items() if name not in _ELSEWHERE}
        self._named = W.HTML()
        with self._programmatic():
            for name, value in self._chosen.items():
                self._set(name, value)
        for name, control in self._controls.items():
            control.observe(lambda change, name=name: self._changed(name, change["new"]), "value")
        self._show_variables()

    def __getitem__(self, name: str) -> Any:
        """Return the control of an option."""
        return self._controls[name]

    def boxed(self, names: Iterable[str]) -> list[W.Widget]:
        """Return the controls of several options, the names of environment variables below theirs."""
        return [part for name in names for part in (self[name], *([self._named] if name == "env" else []))]

    @property
    def chosen(self) -> dict[str, Any]:
        """Option -> value that a person or the caller chose."""
        return {**self._chosen, **({"env": dict(self._variables)} if self._variables else {})}

    def choose(self, name: str, value: Any) -> None:
        """Choose a value as a person would."""
        self._chosen[name] = value
        with self._programmatic():
            self._set(name, value)

    def forget(self, name: str) -> None:
        """Take a choice back."""
        self._chosen.pop(name, None)

    def show(self, plan: PublishPlan) -> None:
        """Show the values that a publish would use; what was chosen stays."""
        values = {name: getattr(plan.bundle, name, None) for name in self._controls if name not in self._chosen}
        with self._programmatic():
            for name, value in {**values, "title": plan.title, "mode": plan.mode}.items():
                if name not in self._chosen:
                    self._set(name, value)

    def _changed(self, name: str, value: Any) -> None:
        if self._showing:
            return
        if name == "env":
            self._add_variable()
        else:
            self._chosen[name] = _from_control(name, value)
        self._on_change()

    def _add_variable(self) -> None:
        """Take the ``NAME=VALUE`` that was typed out of the field, which keeps nothing of it."""
        typed = self._controls["env"].take()
        name, given, value = (typed.reveal() if typed else "").partition("=")
        if name.strip() and given:
            self._variables[name.strip()] = value
            self._show_variables()

    def _show_variables(self) -> None:
        names = ", ".join(self._variables)
        self._named.value = _("Will be set: {names}").format(names=W.Label(names).value) if names else ""

    def _set(self, name: str, value: Any) -> None:
        control = self._controls[name]
        if name in _LISTS:
            control.value = ", ".join([value] if isinstance(value, str) else value or ())
        elif name == "requirements" and value not in dict(control.options).values():
            control.options = [*control.options, (str(value), value)]
            control.value = value
        elif name == "run_timeout":
            control.value = value or 0.0
        elif name != "env":
            control.value = _EMPTY[type(control)] if value is None else value

    @contextmanager
    def _programmatic(self) -> Any:
        self._showing = True
        try:
            yield
        finally:
            self._showing = False


def _from_control(name: str, value: Any) -> Any:
    if name in _LISTS:
        return tuple(each.strip() for each in value.split(",") if each.strip())
    if name == "run_timeout":
        return value or None
    if name == "image":
        return value.strip()
    return value.strip() or None if isinstance(value, str) else value


def _control(name: str, info: OptionInfo) -> Any:
    """Return the control that fits an option's kind."""
    style = NARROW if name in _IN_FORM else _WIDE
    common = {"description": _(info.label), "layout": W.Layout(width="auto"), "style": style, "tooltip": _(info.help)}
    if name == "mode":
        return W.RadioButtons(options=[(mode_title(each), each) for each in TITLES], **common)
    if name in _WORDS:
        return W.Dropdown(options=[(_(text), value) for text, value in _WORDS[name]], value=info.default, **common)
    if info.kind == "variables":
        return KeyField(placeholder=_("NAME=VALUE, then Enter (not shown, not kept)"), **common)
    if info.kind == "number":
        return W.FloatText(value=0.0, **common)
    if info.kind == "flag":
        return W.Checkbox(value=info.default, indent=False, **{**common, "style": {}})
    return W.Text(continuous_update=False, placeholder=_LISTS.get(name, ""), **common)


__all__ = ["NARROW", "OptionControls"]
