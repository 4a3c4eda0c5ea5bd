"""The bundle's order of work: first a plan that costs nothing, then the archive.

A plan says everything there is to say before publishing: which files and why, what the server must install, the draft
of the manifest. Making one reads the notebook and asks the kernel's interpreter, but renders nothing, runs nothing of
the notebook and touches no network. Writing renders (finished document), hashes and packs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..connect.app_modes import APP_MODES, FINISHED, SOURCE, AppMode, mode_title
from ..errors import KernelError, PreflightError, RequirementsError, RSConnectException
from ..kernel.environment import described_environment, inspect_kernel
from ..messages import finding
from ..models import (
    Bundle,
    BundleFile,
    BundleOptions,
    Finding,
    Fix,
    HideInput,
    KernelEnvironment,
    Mode,
    Requirements,
    ServerFacts,
    Severity,
    Where,
)
from ..notebook.analysis import NotebookAnalysis
from ..notebook.reading import Notebook, once_per_notebook
from ..requirements.selection import choose_requirements
from ..time_budget import part
from ..translation import _
from .archive import Progress, ShouldStop
from .contents import bundle_files, page_name
from .draft import draft_manifest
from .files import Candidate, FileChoice, choose_files
from .mentioned_files import MentionedFiles
from .packing import PackedFile, Packing, write_packed

_NONE: tuple[Finding, ...] = ()


class BundlePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle will be.

    Attributes:
        analysis: Of the notebook.
        mentioned: The files of its folder that paths in it mean.
        root: Folder that nothing in the bundle lies outside of.
        entrypoint: Path in the bundle of what readers open: the notebook, or the page made from it.
        files: What goes in, sorted by path. The page of a finished document stands in with no bytes yet.
        candidates: Every file that was considered, those left out among them.
        environment: None for ``static`` and for other languages than Python. Of a kernel that could not be asked (which
            is a finding then) it has what the notebook says.
        manifest: A draft: its ``files`` are empty until the bundle is written.
        findings: Found while planning; ``preflight.check`` adds to them.
    """

    analysis: NotebookAnalysis
    mentioned: MentionedFiles
    root: Path
    mode: Mode
    entrypoint: str
    files: tuple[BundleFile, ...]
    candidates: tuple[Candidate, ...]
    environment: KernelEnvironment | None
    requirements: Requirements
    manifest: dict[str, Any]
    findings: tuple[Finding, ...] = ()
    hide_input: HideInput = "none"
    options: BundleOptions = msgspec.field(default_factory=BundleOptions)

    @property
    def app_mode(self) -> AppMode:
        """What the mode means."""
        return APP_MODES[self.mode]

    @property
    def notebook(self) -> Notebook:
        """The notebook as it was read."""
        return self.analysis.notebook

    @property
    def packing(self) -> Packing:
        """What the bundle is written from."""
        read = self.notebook
        return Packing(
            notebook=read.path,
            converted=read.converted,
            title=self.options.title or read.title,
            folder=read.folder,
            root=self.root,
            mode=self.mode,
            entrypoint=self.entrypoint,
            files=tuple(map(PackedFile.of, self.files)),
            manifest=self.manifest,
            hide_input=self.hide_input,
            run_first=bool(self.options.run_first),
            run_timeout=self.options.run_timeout,
        )


def plan_bundle(
    analysis: NotebookAnalysis,
    *,
    root: Path,
    mode: Mode,
    options: BundleOptions | None = None,
    facts: ServerFacts | None = None,
) -> BundlePlan:
    """Return what the bundle of a notebook will be. No network, no rendering.

    Args:
        analysis: Of the notebook.
        root: Folder that nothing in the bundle may lie outside of.
        mode: What to publish it as; ``options.mode`` is not looked at.
        options: The author's; None means all defaults.
        facts: What is known about the server; only its Quarto versions are used here.

    Raises:
        BundleError: A picked file is refused.
    """
    options = options or BundleOptions()
    read = analysis.notebook
    mentioned = MentionedFiles(read.folder, root=root)
    chosen = part(
        _("the files that belong in the bundle"),
        lambda: choose_files(analysis, root=root, options=options, mode=mode, files=mentioned),
        FileChoice(candidates=()),
    )
    environment, problem = _environment(read, mode)
    known = environment if problem is None else None
    requirements, requirement_findings = part(
        _("the packages that the server installs"),
        lambda: _requirements(analysis, known, chosen, root=root, mode=mode, options=options),
        (Requirements(source="none"), _NONE),
    )
    entrypoint = page_name(read, chosen) if APP_MODES[mode].is_page else read.file_name
    manifest, manifest_findings = draft_manifest(
        read, environment, requirements, mode=mode, entrypoint=entrypoint, options=options, facts=facts
    )
    return BundlePlan(
        analysis=analysis,
        mentioned=mentioned,
        root=root,
        mode=mode,
        entrypoint=entrypoint,
        files=bundle_files(read, chosen, requirements, mode=mode, entrypoint=entrypoint, options=options),
        candidates=chosen.candidates,
        environment=environment,
        requirements=requirements,
        manifest=manifest,
        findings=(
            *chosen.findings,
            *_kernel_findings(read, mode, requirements, problem),
            *requirement_findings,
            *manifest_findings,
            *part(_("what the page needs from the network"), lambda: _page_findings(read, mode), _NONE),
        ),
        hide_input=options.hide_input or "none",
        options=options,
    )


def write_bundle(
    plan: BundlePlan,
    target: Path,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop = lambda: False,
) -> Bundle:
    """Write a plan's bundle to ``target``, whole or not at all.

    Args:
        plan: From `plan_bundle`; files are read as they are now.
        target: The ``.tar.gz``; a file of that name is replaced.
        progress: Called with bytes done and bytes in all while packing.
        should_stop: Asked often, also while the notebook runs.

    Raises:
        PreflightError: The plan has findings of severity ``error``.
        KernelError, RenderError: The notebook could not be run or rendered here.
        BundleError: A file cannot be packed.
        Cancelled: ``should_stop`` said so.
    """
    _refuse_errors(plan)
    return write_packed(plan.packing, target, progress=progress, should_stop=should_stop)


def describe(plan: BundlePlan, bundle: Bundle, *, findings: Sequence[Finding] | None = None) -> dict[str, Any]:
    """Return a written bundle as ``jupyter publish --dry-run --json`` prints it. JSON-compatible.

    Args:
        plan: What was planned.
        bundle: What was written from it.
        findings: All findings, those of preflight included; None takes the plan's own.
    """
    return {
        "bundle": str(bundle.path),
        "mode": bundle.mode,
        "entrypoint": bundle.entrypoint,
        "files": [
            {"path": each.path, "size": bundle.sizes.get(each.path, each.size), "reason": each.reason}
            for each in plan.files
        ],
        "requirements": list(plan.requirements.lines),
        "python": plan.environment.version or None if plan.environment else None,
        "manifest": dict(bundle.manifest),
        "findings": [
            {"hint": "", "where": None, **each.as_dict()} for each in (plan.findings if findings is None else findings)
        ],
    }


def _environment(notebook: Notebook, mode: Mode) -> tuple[KernelEnvironment | None, KernelError | None]:
    """Return what the kernel has, and why it could not be asked."""
    if APP_MODES[mode].is_page or notebook.language != "python":
        return None, None
    try:
        return inspect_kernel(notebook), None
    except KernelError as exc:
        return described_environment(notebook), exc


def _kernel_findings(
    notebook: Notebook, mode: Mode, requirements: Requirements, problem: KernelError | None
) -> Iterator[Finding]:
    if notebook.language != "python" and mode not in (SOURCE, FINISHED):
        yield _needs_python(notebook, mode)
    if problem is None:
        return
    guessed = requirements.source == "imports" and problem.code == "kernel-elsewhere"
    if requirements.source != "file" and not guessed:
        yield _finding(problem)
        return
    yield _finding(problem, severity="warning")
    if guessed:
        yield finding("packages-guessed")
    if not notebook.python_version:
        yield finding("python-assumed", version=described_environment(notebook).version)


def _needs_python(notebook: Notebook, mode: Mode) -> Finding:
    return finding(
        "mode-needs-python",
        where=Where(field="mode"),
        fix_value=FINISHED,
        language=notebook.language.title(),
        mode=mode_title(mode),
    )


def _requirements(
    analysis: NotebookAnalysis,
    environment: KernelEnvironment | None,
    chosen: FileChoice,
    *,
    root: Path,
    mode: Mode,
    options: BundleOptions,
) -> tuple[Requirements, tuple[Finding, ...]]:
    try:
        requirements = choose_requirements(
            analysis,
            environment,
            root=root,
            choice=options.requirements,
            mode=mode,
            modules=chosen.modules,
            additions=options.add_requirements,
        )
    except RequirementsError as exc:
        known = exc.code == "environment-unknown"  # the kernel's own finding says so already
        return Requirements(source="none"), () if known else (_finding(exc, field="requirements"),)
    return requirements, requirements.findings


def _page_findings(notebook: Notebook, mode: Mode) -> tuple[Finding, ...]:
    needs = _network_needs(notebook) if APP_MODES[mode].is_page else ()
    phrases = "; ".join(_(text).format(names=names) for text, names in needs)
    return (finding("page-needs-network", needs=phrases),) if needs else ()


@once_per_notebook
def _network_needs(notebook: Notebook) -> tuple[tuple[str, str], ...]:
    from ..html import render  # noqa: PLC0415 - a publish as source does without

    cells = [{"cell_type": each.type, "source": each.source, "outputs": each.outputs} for each in notebook.cells]
    return tuple(render.network_needs({"metadata": notebook.metadata, "cells": cells}))


def _finding(exc: RSConnectException, *, field: str | None = None, severity: Severity = "error") -> Finding:
    where = exc.where or (Where(field=field) if field else None)
    fix = exc.data.get("fix")
    return Finding(
        severity=severity,
        code=exc.code,
        message=exc.message,
        hint=exc.hint,
        where=where,
        fix=Fix(**fix) if isinstance(fix, dict) else None,
    )


def _refuse_errors(plan: BundlePlan) -> None:
    errors = [each for each in plan.findings if each.severity == "error"]
    if errors:
        raise PreflightError(
            errors[0].message,
            hint=errors[0].hint,
            code=errors[0].code,
            where=errors[0].where,
            data={"findings": [each.as_dict() for each in errors]},
        )
