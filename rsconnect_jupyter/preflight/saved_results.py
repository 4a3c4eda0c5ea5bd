"""What a notebook's saved results say before it is published: cells not run, errors, outputs that readers miss. Pure.

The codes stand in the table of ``preflight.py``, which asks here.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..bundle.plan import BundlePlan
from ..connect.app_modes import TITLES
from ..html.charts import unshown_types
from ..models import Finding, Fix, Severity, Where
from ..notebook.execution_state import RunState, makes_widgets, run_state

RUN_ALL = Fix(action="run-all", label="Run all cells")


def result_findings(plan: BundlePlan) -> Iterator[Finding]:
    """Yield what the author should know about the results in the notebook, as the plan's mode will use them."""
    state = run_state(plan.notebook)
    yield from _about_results(plan, state)
    yield from _about_outputs(plan)
    yield from _about_widgets(plan, state)


def _finding(severity: Severity, code: str, message: str, hint: str, *, where: Where | None = None,
             fix: Fix | None = None) -> Finding:  # fmt: skip
    return Finding(severity=severity, code=code, message=message, hint=hint, where=where, fix=fix)


def _about_results(plan: BundlePlan, state: RunState) -> Iterator[Finding]:
    as_saved = plan.mode in ("static", "quarto-static") and not plan.choices.run_first
    severity: Severity = "warning" if as_saved else "info"
    readers = "Readers get the saved outputs." if as_saved else "It runs on the server, so an error would show there."
    if state.never_run:
        yield _finding(severity, "never-run", "The notebook has not been run.", f"Run all cells and save. {readers}",
                       fix=RUN_ALL)  # fmt: skip
    elif state.not_run:
        first = state.not_run[0]
        count = f"{len(state.not_run)} of {len(state.code)} cells have"
        yield _finding(severity, "cells-not-run", f"{count} not been run, the first being cell {first.index + 1}.",
                       f"Run all cells and save. {readers}", where=first.where, fix=RUN_ALL)  # fmt: skip
    if plan.choices.run_first and plan.mode == "static":
        return
    if state.out_of_order:
        first = state.out_of_order[0]
        yield _finding(
            "info" if plan.mode == "static" else "warning", "out-of-order",
            f"The cells were run in another order than they stand in: cell {first.index + 1} ran before one above it.",
            "Restart the kernel and run all cells, to see what a run from top to bottom gives.",
            where=first.where, fix=RUN_ALL,
        )  # fmt: skip
    for cell in state.stale[:1]:
        yield _finding("warning", "stale-output", f"The output of cell {cell.index + 1} is of an earlier run.",
                       "Run all cells and save.", where=cell.where, fix=RUN_ALL)  # fmt: skip
    for cell, name in state.failed:
        consequence = "Readers will see it." if as_saved else "The run on the server will probably fail there too."
        yield _finding("warning", "error-output", f"Cell {cell.index + 1} ended in {name}.",
                       f"{consequence} Correct the cell, or tag it 'raises-exception' if that is meant.",
                       where=cell.where)  # fmt: skip


def _about_outputs(plan: BundlePlan) -> Iterator[Finding]:
    if plan.mode != "static" or plan.choices.run_first:
        return
    for cell in plan.notebook.code:
        types = next((found for each in cell.outputs if (found := unshown_types(each))), ())
        if types and not {"remove_cell", "remove_output"}.intersection(cell.tags):
            yield _finding(
                "warning", "output-not-shown", f"An output of cell {cell.index + 1} can be shown in Jupyter only "
                f"({types[0]}).", "Show it as a picture or as HTML, or tag the cell 'remove_output'.", where=cell.where,
            )  # fmt: skip


def _about_widgets(plan: BundlePlan, state: RunState) -> Iterator[Finding]:
    if plan.mode == "jupyter-voila" or not (state.widgets or makes_widgets(plan.notebook)):
        return
    where = state.widgets[0].where if state.widgets else None
    yield _finding(
        "warning", "widgets-without-kernel", f"Widgets do not react in “{TITLES[plan.mode]}”: no kernel runs.",
        f"Publish it as {TITLES['jupyter-voila'].lower()} (Voilà) if readers are to use them.", where=where,
        fix=Fix(action="set-mode", label="Publish as interactive app", value="jupyter-voila"),
    )  # fmt: skip
    if state.lost_widgets and plan.mode == "static" and not plan.choices.run_first:
        first = state.lost_widgets[0]
        yield _finding(
            "warning", "widgets-without-state", f"The widget of cell {first.index + 1} will not be drawn: its state "
            "is not saved in the notebook.", "Turn on 'Save Widget State Automatically' in the Settings menu, run all "
            "cells and save.", where=first.where, fix=RUN_ALL,
        )  # fmt: skip
