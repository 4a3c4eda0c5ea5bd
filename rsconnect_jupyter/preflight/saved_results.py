"""What a notebook's saved results say before it is published: cells not run, errors, missing outputs. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..bundle.plan import BundlePlan
from ..connect.app_modes import INTERACTIVE, mode_title
from ..html.output_kinds import GEOJSON, PDF, unshown_types
from ..messages import finding
from ..models import Finding, Severity
from ..notebook.execution_state import RunState
from ..translation import _

_SHOWN_OTHERWISE = {GEOJSON: "output-not-shown/data", PDF: "output-not-shown/pdf"}


def result_findings(plan: BundlePlan) -> Iterator[Finding]:
    """Yield what the author should know about the results in the notebook, as the plan's mode will use them."""
    state = plan.analysis.run
    yield from _about_results(plan, state)
    yield from _about_outputs(plan)
    yield from _about_widgets(plan, state)


def _about_results(plan: BundlePlan, state: RunState) -> Iterator[Finding]:
    as_saved = plan.app_mode.keeps_outputs and not plan.options.run_first
    severity: Severity = "warning" if as_saved else "info"
    consequence = _("Readers get the saved outputs.") if as_saved else _("It runs on the server: errors appear there.")
    if state.never_run:
        yield finding("never-run", severity=severity, consequence=consequence)
    elif state.not_run:
        first = state.not_run[0]
        yield finding(
            "cells-not-run",
            severity=severity,
            where=first.where,
            count=len(state.not_run),
            total=len(state.code),
            cell=first.index + 1,
            consequence=consequence,
        )
    if plan.options.run_first and plan.app_mode.is_page:
        return
    if state.out_of_order:
        first = state.out_of_order[0]
        severity = "info" if plan.app_mode.is_page else "warning"
        yield finding("out-of-order", severity=severity, where=first.where, cell=first.index + 1)
    for cell in state.stale[:1]:
        yield finding("stale-output", where=cell.where, cell=cell.index + 1)
    consequence = _("Readers will see the error.") if as_saved else _("The run on the server will probably fail too.")
    for cell, name in state.failed:
        error = name or _("an error")
        yield finding("error-output", where=cell.where, cell=cell.index + 1, error=error, consequence=consequence)


def _about_outputs(plan: BundlePlan) -> Iterator[Finding]:
    if not plan.app_mode.is_page or plan.options.run_first:
        return
    for cell in plan.notebook.code:
        types = next((found for each in cell.outputs if (found := unshown_types(each))), ())
        if types and not {"remove_cell", "remove_output"}.intersection(cell.tags):
            text = _SHOWN_OTHERWISE.get(types[0], "output-not-shown")
            yield finding(text, where=cell.where, cell=cell.index + 1, type=types[0])


def _about_widgets(plan: BundlePlan, state: RunState) -> Iterator[Finding]:
    if plan.mode == INTERACTIVE or not (state.widgets or plan.analysis.makes_widgets):
        return
    where = state.widgets[0].where if state.widgets else None
    interactive = mode_title(INTERACTIVE)
    yield finding(
        "widgets-without-kernel",
        where=where,
        fix_value=INTERACTIVE,
        mode=mode_title(plan.mode),
        interactive=interactive,
    )
    if state.lost_widgets and plan.app_mode.is_page and not plan.options.run_first:
        first = state.lost_widgets[0]
        yield finding("widgets-without-state", where=first.where, cell=first.index + 1)
