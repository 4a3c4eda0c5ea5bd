"""The bundle's order of work: first a plan that costs nothing, then the archive.

A plan says everything there is to say before publishing: which files and why, what the server must install, the draft
of the manifest. Making one reads the notebook and asks the kernel's interpreter, but renders nothing, runs nothing of
the notebook and touches no network. Writing renders (finished document), hashes and packs.
"""

from __future__ import annotations

import dataclasses
import locale
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import KernelError, PreflightError, RequirementsError, RSConnectException
from ..records import (
    Bundle,
    BundleFile,
    Choices,
    Finding,
    HideInput,
    KernelEnvironment,
    Mode,
    Requirements,
    ServerFacts,
    Where,
)
from . import quarto, render
from .archive import Progress, ShouldStop, write_archive
from .environment import inspect_kernel
from .files import Candidate, FileChoice, choose_files
from .manifest import PythonNeeds, make_manifest
from .notebook import Notebook, read_notebook
from .requirements import choose_requirements, python_constraint

PARAMETERS_TAG = "parameters"
"""papermill's tag of the cell that gives the parameters' defaults."""

PAGE = "the finished document"
VOILA_SETTINGS = "voila.json"


@dataclass(frozen=True, kw_only=True)
class BundlePlan:
    """What a bundle will be.

    Attributes:
        root: Folder that nothing in the bundle lies outside of.
        entrypoint: Path in the bundle of what readers open: the notebook, or the page made from it.
        files: What goes in, sorted by path. The page of a finished document stands in with no bytes yet.
        candidates: Every file that was considered, those left out among them.
        environment: None for ``static``, for other languages than Python, and when the kernel could not be asked
            (which is a finding then).
        manifest: A draft: its ``files`` are empty until the bundle is written.
        findings: What planning came upon; ``preflight.check`` adds to them.
    """

    notebook: Notebook
    root: Path
    mode: Mode
    entrypoint: str
    files: tuple[BundleFile, ...]
    candidates: tuple[Candidate, ...] = field(repr=False)
    environment: KernelEnvironment | None
    requirements: Requirements
    manifest: dict[str, Any] = field(repr=False)
    findings: tuple[Finding, ...] = ()
    hide_input: HideInput = "none"
    choices: Choices = field(default_factory=Choices)


def plan_bundle(
    notebook: Path,
    *,
    root: Path,
    mode: Mode,
    choices: Choices | None = None,
    facts: ServerFacts | None = None,
) -> BundlePlan:
    """Return what the bundle of a notebook will be. No network, no rendering.

    Args:
        notebook: Path of the notebook.
        root: Folder that nothing in the bundle may lie outside of.
        mode: What to publish it as; ``choices.mode`` is not looked at.
        choices: The author's; None means all defaults.
        facts: What is known about the server; only its Quarto versions are used here.

    Raises:
        NotebookError: The notebook cannot be read.
        BundleError: A picked file is refused.
    """
    choices = choices or Choices()
    read = read_notebook(notebook)
    chosen = choose_files(read, root=root, choices=choices, mode=mode)
    if mode == "jupyter-voila":
        chosen = _with_voila_settings(chosen, read, choices)
    environment, kernel_findings = _environment(read, mode)
    requirements, requirement_findings = _requirements(read, environment, chosen, root=root, mode=mode, choices=choices)
    entrypoint = _page_name(read, chosen) if mode == "static" else read.path.name
    manifest, manifest_findings = _draft(
        read, environment, requirements, mode=mode, entrypoint=entrypoint, choices=choices, facts=facts
    )
    return BundlePlan(
        notebook=read,
        root=root,
        mode=mode,
        entrypoint=entrypoint,
        files=_bundle_files(read, chosen, requirements, mode=mode, entrypoint=entrypoint, choices=choices),
        candidates=chosen.candidates,
        environment=environment,
        requirements=requirements,
        manifest=manifest,
        findings=(*chosen.findings, *kernel_findings, *requirement_findings, *manifest_findings),
        hide_input=choices.hide_input or "none",
        choices=choices,
    )


def write_bundle(
    plan: BundlePlan,
    target: Path,
    *,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
    cell_started: Callable[[int, int], None] | None = None,
) -> Bundle:
    """Write a plan's bundle to ``target``, whole or not at all.

    Args:
        plan: From `plan_bundle`; files are read as they are now.
        target: The ``.tar.gz``; a file of that name is replaced.
        progress: Called with bytes done and bytes in all while packing.
        should_stop: Asked often, also while the notebook runs.
        cell_started: Called with the number of cells done and in all, while the notebook is run first.

    Raises:
        PreflightError: The plan has findings of severity ``error``.
        KernelError, RenderError: The notebook could not be run or rendered here.
        BundleError: A file cannot be packed.
        Cancelled: ``should_stop`` said so.
    """
    _refuse_errors(plan)
    files = plan.files
    if plan.mode == "static":
        page = _page(plan, should_stop=should_stop, cell_started=cell_started)
        files = tuple(_with_page(each, page) if each.path == plan.entrypoint else each for each in files)
    return write_archive(files, plan.manifest, target, progress=progress, should_stop=should_stop)


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


def _with_voila_settings(chosen: FileChoice, notebook: Notebook, choices: Choices) -> FileChoice:
    """Add ``voila.json``: it says how Voilà shows the notebook, so it is in even when proposals are off."""
    source = notebook.folder / VOILA_SETTINGS
    if f"!{VOILA_SETTINGS}" in choices.files or not source.is_file():
        return chosen
    others = [each for each in chosen.candidates if each.path != VOILA_SETTINGS]
    known = [each for each in chosen.included if each.path == VOILA_SETTINGS]
    settings = known or [
        Candidate(
            path=VOILA_SETTINGS,
            source=source,
            size=source.stat().st_size,
            included=True,
            reason="Voilà's settings",
        )
    ]
    return dataclasses.replace(chosen, candidates=tuple(sorted([*others, *settings], key=lambda each: each.path)))


def _environment(notebook: Notebook, mode: Mode) -> tuple[KernelEnvironment | None, tuple[Finding, ...]]:
    if mode == "static" or notebook.language != "python":
        return None, ()
    try:
        return inspect_kernel(notebook), ()
    except KernelError as exc:
        return None, (_finding(exc),)


def _requirements(
    notebook: Notebook,
    environment: KernelEnvironment | None,
    chosen: FileChoice,
    *,
    root: Path,
    mode: Mode,
    choices: Choices,
) -> tuple[Requirements, tuple[Finding, ...]]:
    if mode == "static" or notebook.language != "python":
        return Requirements(source="none"), ()
    try:
        requirements = choose_requirements(
            notebook, environment, root=root, choice=choices.requirements, mode=mode, modules=chosen.modules
        )
    except RequirementsError as exc:
        known = exc.code == "environment-unknown"  # the kernel's own finding says so already
        return Requirements(source="none"), () if known else (_finding(exc, field="requirements"),)
    return requirements, requirements.findings


def _draft(
    notebook: Notebook,
    environment: KernelEnvironment | None,
    requirements: Requirements,
    *,
    mode: Mode,
    entrypoint: str,
    choices: Choices,
    facts: ServerFacts | None,
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Return the manifest without its files, and what was missing for it."""
    version, version_findings = quarto.choose_version(facts) if mode == "quarto-static" else (None, ())
    requires, requires_findings = python_constraint(notebook.folder) if environment else (None, ())
    manifest = make_manifest(
        mode,
        entrypoint=entrypoint,
        python=_python_needs(environment, requirements, choices=choices, requires=requires),
        locale=_locale(),
        quarto_version=version,
        hide_input=choices.hide_input or "none",
        has_parameters=any(PARAMETERS_TAG in cell.tags for cell in notebook.code),
        image=choices.image,
        manage_python=choices.manage_python,
        manage_r=choices.manage_r,
    )
    return manifest, (*version_findings, *requires_findings)


def _finding(exc: RSConnectException, *, field: str | None = None) -> Finding:
    where = exc.where or (Where(field=field) if field else None)
    return Finding(severity="error", code=exc.code, message=exc.message, hint=exc.hint, where=where)


def _page_name(notebook: Notebook, chosen: FileChoice) -> str:
    taken = {each.path for each in chosen.included}
    stem = notebook.path.stem
    return next(name for name in (f"{stem}.html", f"{stem}.notebook.html", "index.html") if name not in taken)


def _bundle_files(
    notebook: Notebook,
    chosen: FileChoice,
    requirements: Requirements,
    *,
    mode: Mode,
    entrypoint: str,
    choices: Choices,
) -> tuple[BundleFile, ...]:
    files = {each.path: _bundle_file(each) for each in chosen.included}
    if mode == "static":
        if notebook.path.name not in choices.files:
            files.pop(notebook.path.name, None)
        files[entrypoint] = BundleFile(path=entrypoint, source=b"", size=0, reason=PAGE)
    if requirements.source != "none":
        text = requirements.text.encode("utf-8")
        files[requirements.package_file] = BundleFile(
            path=requirements.package_file, source=text, size=len(text), reason=_package_reason(requirements)
        )
    return tuple(files[path] for path in sorted(files))


def _bundle_file(candidate: Candidate) -> BundleFile:
    return BundleFile(
        path=candidate.path,
        source=candidate.source,
        size=candidate.size,
        reason=candidate.reason,
        where=candidate.where,
    )


def _package_reason(requirements: Requirements) -> str:
    origins = {
        "file": f"packages to install, from {requirements.origin}",
        "imports": "packages to install, from the imports",
        "freeze": "packages to install, all that the kernel has",
    }
    return origins[requirements.source]


def _python_needs(
    environment: KernelEnvironment | None, requirements: Requirements, *, choices: Choices, requires: str | None
) -> PythonNeeds | None:
    if environment is None or not environment.version or requirements.source == "none":
        return None
    return PythonNeeds(
        version=environment.version,
        package_file=requirements.package_file,
        manager=choices.package_manager,
        named=requirements.manager or "pip",
        versions={"pip": environment.pip_version},
        requires=requires,
    )


def _locale() -> str | None:
    try:
        language, encoding = locale.getlocale()
    except ValueError:  # macOS: LC_CTYPE=UTF-8 names no language
        return None
    return f"{language}.{encoding}" if language and encoding else None


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


def _page(
    plan: BundlePlan, *, should_stop: ShouldStop | None, cell_started: Callable[[int, int], None] | None
) -> bytes:
    document = render.read_document(plan.notebook.path)
    if plan.choices.run_first:
        document = render.execute_notebook(
            document,
            folder=plan.notebook.folder,
            timeout=plan.choices.run_timeout,
            should_stop=should_stop,
            cell_started=cell_started,
        )
    page = render.render_html(
        document,
        title=plan.choices.title or plan.notebook.title,
        hide_input=plan.hide_input,
        folder=plan.notebook.folder,
        root=plan.root,
    )
    return page.encode("utf-8", errors="replace")


def _with_page(file: BundleFile, page: bytes) -> BundleFile:
    return dataclasses.replace(file, source=page, size=len(page))
