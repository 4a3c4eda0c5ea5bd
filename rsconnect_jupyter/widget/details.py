"""The rows that need attention seldom: files, packages, checks. Closed, each says its answer in its title."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as W  # noqa: N812

from ..bundle.plan import BundlePlan
from ..models import Finding
from . import html_views as texts

_WIDE = {"description_width": "6.5em"}
_REQUIREMENTS = (("Found out (auto)", "auto"), ("From the imports", "imports"), ("All that is installed", "freeze"))


class Details(W.Accordion):  # type: ignore[misc]
    """Files, packages and checks.

    Args:
        files: Picks to begin with.
        requirements: ``"auto"``, ``"imports"``, ``"freeze"`` or a file's path.
        on_change: Called when a choice in here changed.
    """

    def __init__(self, *, files: Sequence[str], requirements: str, on_change: Callable[[], None]) -> None:
        self._files = W.HTML()
        self._picks = W.Text(
            value=", ".join(files),
            description="Add files",
            placeholder="data/*.csv, images/, !secret.csv",
            continuous_update=False,
            layout=W.Layout(width="auto"),
            style=_WIDE,
        )
        options = list(_REQUIREMENTS)
        if requirements not in {value for _, value in options}:
            options.append((requirements, requirements))
        self._choice = W.Dropdown(
            options=options, value=requirements, description="Packages", layout=W.Layout(width="auto"), style=_WIDE
        )
        self._packages = W.HTML()
        self._checks = W.HTML()
        super().__init__(
            [W.VBox([self._files, self._picks]), W.VBox([self._packages, self._choice]), self._checks],
            titles=("Files", "Packages", "Checks"),
        )
        for part in (self._picks, self._choice):
            part.observe(lambda _change: on_change(), "value")

    @property
    def picks(self) -> tuple[str, ...]:
        """Paths, folders and globs to add."""
        return tuple(each.strip() for each in self._picks.value.split(",") if each.strip())

    @property
    def requirements(self) -> str:
        """Where the packages come from."""
        return str(self._choice.value)

    def show(self, plan: BundlePlan, findings: Sequence[Finding]) -> None:
        """Show what a plan says."""
        python = plan.environment.version if plan.environment else ""
        self._files.value = texts.files(plan.files)
        self._packages.value = texts.requirements(plan.requirements)
        self._checks.value = texts.findings(findings)
        self.titles = (
            texts.files_title(plan.files),
            texts.requirements_title(plan.requirements, python),
            texts.findings_title(findings),
        )
        opened: int | None = self.selected_index  # type: ignore[has-type]
        if opened is None and any(each.severity == "error" for each in findings):
            self.selected_index = 2


__all__ = ["Details"]
