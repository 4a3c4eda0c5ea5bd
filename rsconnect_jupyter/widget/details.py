"""What needs attention less often: files, requirements, checks, readers, more options. The titles sum them up."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as W  # noqa: N812

from ..bundle.plan import BundlePlan
from ..models import ABOUT_READERS, OPTIONS, Finding
from ..translation import N_, _
from . import html_views
from .option_controls import OptionControls

_REQUIREMENTS = ("requirements", "add_requirements")
_SHOWN_ELSEWHERE = (
    "title",
    "mode",
    "hide_input",
    "update",
    "new",
    "wait",
    "overwrite",
    "files",
    *_REQUIREMENTS,
    *ABOUT_READERS,
)

_LAST_TITLES = (N_("Readers"), N_("More options"))


class Details(W.Accordion):  # type: ignore[misc]
    """Files, requirements, checks, readers and further options.

    Args:
        controls: The options.
    """

    def __init__(self, controls: OptionControls) -> None:
        self._files = W.HTML()
        self._packages = W.HTML()
        self._checks = W.HTML()
        more = [name for name in OPTIONS if name not in _SHOWN_ELSEWHERE]
        super().__init__(
            [
                W.VBox([self._files, controls["files"]]),
                W.VBox([self._packages, *controls.boxed(_REQUIREMENTS)]),
                self._checks,
                W.VBox(controls.boxed(ABOUT_READERS)),
                W.VBox(controls.boxed(more)),
            ],
            titles=(_("Files"), _("Packages"), _("Checks"), *map(_, _LAST_TITLES)),
        )

    def show(self, plan: BundlePlan, findings: Sequence[Finding]) -> None:
        """Show what a plan says."""
        python = plan.environment.version if plan.environment else ""
        self._files.value = html_views.files(plan.files)
        self._packages.value = html_views.requirements(plan.requirements)
        self._checks.value = html_views.findings(findings)
        self.titles = (
            html_views.files_title(plan.files),
            html_views.requirements_title(plan.requirements, python),
            html_views.findings_title(findings),
            *map(_, _LAST_TITLES),
        )
        opened: int | None = self.selected_index  # type: ignore[has-type]
        if opened is None and any(each.severity == "error" for each in findings):
            self.selected_index = 2


__all__ = ["Details"]
