"""What the server must install: the project's own file, or lines made from imports, or everything installed.

The project's file wins; it is looked for from the notebook's folder up to the root. Otherwise the lines are made: what
the notebook and the bundled modules import, in the versions that the notebook's own kernel has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace
from packaging.utils import canonicalize_name

from ..connect.app_modes import APP_MODES, SOURCE
from ..errors import RequirementsError
from ..messages import finding
from ..models import Distribution, Finding, KernelEnvironment, Mode, Requirements, Where
from ..notebook.analysis import NotebookAnalysis
from ..notebook.imports import Imported, Scan
from ..notebook.modules import is_namespace, is_notebook, is_standard, owners_of, place_of
from ..notebook.reading import Notebook
from ..project_files import destination
from ..translation import _
from .additions import with_additions
from .dependencies import brought_along, constrained_lines, parsed
from .optional_packages import optional_packages
from .pins import requirement_line
from .requirement_files import (
    installed_versions,
    read_requirements_txt,
    requirement_lines,
    sendable_lines,
    unreadable,
)
from .requirement_lines import lines_without_hash, local_builds, malformed_lines, without_local_builds
from .script_block import script_requirements
from .usual_names import usual_package

PROJECT_FILES = ("requirements.txt", "pylock.toml", "uv.lock", "pyproject.toml")
"""Names of the project's own file, the most exact statement for pip first."""

REPORTED_FILES = ("environment.yml", "environment.yaml")
OTHER_TOOLS = {"Pipfile": "Pipenv", "pixi.toml": "pixi"}

NOT_FROZEN = {"pip", "setuptools", "wheel", "distribute"}


def choose_requirements(
    analysis: NotebookAnalysis,
    environment: KernelEnvironment | None,
    *,
    root: Path,
    choice: str = "auto",
    mode: Mode = SOURCE,
    modules: Sequence[str] = (),
    additions: Sequence[str] = (),
) -> Requirements:
    """Return what the server must install.

    Args:
        analysis: Of the notebook that is published.
        environment: The kernel's environment; None when it could not be asked.
        root: Folder above which no project file is looked for.
        choice: ``"auto"``, ``"imports"``, ``"freeze"`` or a file's path relative to the notebook's folder.
        mode: A finished document (``static``) installs nothing.
        modules: Files of code that go into the bundle, relative to the notebook's folder; their imports count too.
        additions: Lines that are added to them, whatever the choice.

    Raises:
        RequirementsError: The chosen file is missing or cannot be read, or nothing is known about the kernel.
    """
    if APP_MODES[mode].is_page or analysis.notebook.language != "python":
        return Requirements(source="none")
    chosen = _chosen(analysis, environment, root=root, choice=choice, mode=mode, modules=modules)
    found = with_additions(chosen, additions, environment) if additions else chosen
    if found.source != "file":
        return found
    return replace(found, findings=(*found.findings, *lines_without_hash(found.text, found.origin or "")))


def _chosen(
    analysis: NotebookAnalysis,
    environment: KernelEnvironment | None,
    *,
    root: Path,
    choice: str,
    mode: Mode,
    modules: Sequence[str],
) -> Requirements:
    notebook = analysis.notebook
    if choice == "freeze":
        return _frozen(notebook, environment)
    if choice == "imports":
        return _from_imports(analysis, environment, mode=mode, modules=modules)
    if choice != "auto":
        return _from_choice(choice, notebook, environment, root)
    findings: list[Finding] = []
    found = script_requirements(notebook)
    if found is None:
        found, findings = _project_file(notebook, environment, root)
    if found is None:
        found = _from_imports(analysis, environment, mode=mode, modules=modules)
    return replace(found, findings=(*findings, *found.findings))


def _from_choice(choice: str, notebook: Notebook, environment: KernelEnvironment | None, root: Path) -> Requirements:
    path = (notebook.folder / choice).resolve()
    if not path.is_relative_to(root.resolve()):
        raise RequirementsError.of("requirements-outside", where=Where(field="requirements"), path=choice, root=root)
    if destination(choice, folder=notebook.folder, root=root).verdict == "private":
        raise unreadable(path, _("it looks like a secret"))
    found = _read(path, notebook, environment, root)
    if found is None:
        raise unreadable(path, _("it lists no dependencies ([project] dependencies)"))
    return found


def _project_file(
    notebook: Notebook, environment: KernelEnvironment | None, root: Path
) -> tuple[Requirements | None, list[Finding]]:
    """Return the nearest usable file of the project, and what was wrong with others or cannot be used."""
    findings: list[Finding] = []
    for folder in _folders(notebook.folder, root):
        for name in PROJECT_FILES:
            path = folder / name
            if not path.is_file():
                continue
            place = destination(name, folder=folder, root=root)
            if place.verdict != "open":
                where, named = Where(file=name), _relative(path, notebook)
                findings.append(finding("requirements-unreadable/link", where=where, path=named, target=place.real))
                continue
            try:
                found = _read(path, notebook, environment, root)
            except RequirementsError as exc:
                findings.append(
                    Finding(severity="warning", code=exc.code, message=exc.message, hint=exc.hint, where=exc.where)
                )
                continue
            if found is not None and (found.lines or found.findings):
                return found, findings
            if found is not None:
                findings.append(finding("requirements-empty", where=Where(file=found.origin), file=found.origin))
            elif name == "pyproject.toml" and _lists_for_poetry(path):
                findings.append(_not_used(path, notebook, "Poetry"))
        findings += [_reported(folder / name, notebook) for name in REPORTED_FILES if (folder / name).is_file()]
        others = [name for name in OTHER_TOOLS if (folder / name).is_file()]
        findings += [_not_used(folder / name, notebook, OTHER_TOOLS[name]) for name in others]
    return None, findings


def _lists_for_poetry(path: Path) -> bool:
    from .lock_files import has_poetry_dependencies  # noqa: PLC0415 - few projects have one

    return has_poetry_dependencies(path)


def _not_used(path: Path, notebook: Notebook, tool: str) -> Finding:
    name = _relative(path, notebook)
    return finding("project-file-not-used", where=Where(file=name), path=name, tool=tool)


def _folders(folder: Path, root: Path) -> list[Path]:
    folder, root = folder.resolve(), root.resolve()
    return [folder, *(each for each in folder.parents if each.is_relative_to(root))]


def _reported(path: Path, notebook: Notebook) -> Finding:
    name = _relative(path, notebook)
    return finding("conda-environment-not-used", where=Where(file=name), path=name)


def _relative(path: Path, notebook: Notebook) -> str:
    """Return a path as seen from the notebook's folder, which it may lie above."""
    folder = notebook.folder.resolve()
    ups = 0
    while not path.is_relative_to(folder) and folder != folder.parent:
        folder, ups = folder.parent, ups + 1
    return "../" * ups + path.relative_to(folder).as_posix()


def _read(path: Path, notebook: Notebook, environment: KernelEnvironment | None, root: Path) -> Requirements | None:
    """Return a project file's requirements; None when it states none. The name decides the format."""
    origin = _relative(path, notebook)
    if path.name in ("environment.yml", "environment.yaml") or path.suffix in (".ipynb", ".py"):
        raise unreadable(path, _("Connect installs packages with pip, which cannot read this file"))
    reader = _lock_reader(path.name)
    if reader is None:
        text, findings = read_requirements_txt(path, root=root, environment=environment)
        lines = requirement_lines(text)
        findings += (*malformed_lines(lines, path.name), *local_builds(lines, path.name))
    else:
        answer = reader(path)
        if answer is None:
            return None
        lines, more = sendable_lines(answer[0], path, versions=installed_versions(environment))
        lines = _limited(lines, path, environment)
        lines, builds = without_local_builds(lines, path.name)
        findings = (*answer[1], *more, *builds)
        text = f"# Made from {path.name}.\n" + "".join(f"{each}\n" for each in lines)
    return Requirements(source="file", lines=lines, text=text, origin=origin, findings=findings)


def _lock_reader(name: str) -> Callable[[Path], tuple[tuple[str, ...], tuple[Finding, ...]] | None] | None:
    """Return what reads a project file of this name; None for a list as pip takes it."""
    if not name.endswith((".toml", ".lock")):
        return None
    from .lock_files import read_pylock, read_pyproject, read_uv_lock  # noqa: PLC0415 - few projects have one

    readers = {"pyproject.toml": read_pyproject, "uv.lock": read_uv_lock}
    return read_pylock if name.startswith("pylock.") and name.endswith(".toml") else readers.get(name)


def _limited(lines: tuple[str, ...], path: Path, environment: KernelEnvironment | None) -> tuple[str, ...]:
    """Return lines with uv's constraints and overrides applied; an override replaces what a line says."""
    if path.name != "pyproject.toml" or not lines:
        return lines
    from .lock_files import read_constraints  # noqa: PLC0415 - few projects have one

    constraints, overrides = read_constraints(path)
    replaced = {canonicalize_name(each.name) for each in overrides}
    kept = [each for each in lines if not ((one := parsed(each)) and canonicalize_name(one.name) in replaced)]
    dropped = [str(each) for each in overrides if canonicalize_name(each.name) in brought_along(lines, environment)]
    return constrained_lines([*kept, *dropped], constraints, environment)


def _frozen(notebook: Notebook, environment: KernelEnvironment | None) -> Requirements:
    if environment is None:
        raise RequirementsError.of("environment-unknown")
    lines: list[str] = []
    findings: list[Finding] = []
    for each in environment.distributions:
        if canonicalize_name(each.name) not in NOT_FROZEN:
            line, reported = requirement_line(each)
            lines += [line] if line else []
            findings += [reported] if reported else []
    return _made("freeze", lines, findings, notebook, environment)


def _from_imports(
    analysis: NotebookAnalysis, environment: KernelEnvironment | None, *, mode: Mode, modules: Sequence[str]
) -> Requirements:
    lines: set[str] = set()
    findings: list[Finding] = []
    needed: dict[str, Where | None] = {}
    scans = analysis.scans_with(modules)
    for each in external_imports(analysis, scans):
        owners = _owners(each, environment)
        places = analysis.places_of(each.where)
        if owners is None and not (is_namespace(each, places) or is_notebook(each, places)):
            findings += _missing(each, findings)
        for name in owners or ():
            needed.setdefault(name, each.where)
    installed = {each.name: each for each in environment.distributions} if environment else {}
    if environment is not None:
        needed = {**optional_packages(needed, names_used(scans), environment), **needed}
    for name in APP_MODES[mode].packages:
        needed.setdefault(_installed_name(name, installed), None)
    for name, where in needed.items():
        line, reported = requirement_line(installed[name], where=where) if name in installed else (name, None)
        lines |= {line} if line else set()
        findings += [reported] if reported else []
    return _made("imports", lines, findings, analysis.notebook, environment)


def names_used(scans: Sequence[Scan]) -> dict[str, Where]:
    """Return the attributes, arguments and submodules that the code uses, each with its first place."""
    return {name: where for scan in reversed(scans) for name, where in scan.names.items()}


def external_imports(analysis: NotebookAnalysis, scans: Iterable[Scan]) -> tuple[Imported, ...]:
    """Return what code imports that is neither Python's own nor a file beside the notebook."""
    known: dict[tuple[str, bool, tuple[Path, ...]], bool] = {}
    found = ((each, analysis.places_of(each.where)) for scan in scans for each in scan.imports)
    return tuple(each for each, places in found if _is_package(each, places, known))


def _is_package(
    imported: Imported, places: tuple[Path, ...], known: dict[tuple[str, bool, tuple[Path, ...]], bool]
) -> bool:
    key = (imported.full, bool(imported.level), places)
    if key not in known:
        known[key] = not (imported.level or is_standard(imported) or place_of(imported, places))
    return known[key]


def _owners(imported: Imported, environment: KernelEnvironment | None) -> tuple[str, ...] | None:
    """Return the distributions that an import or a call needs; empty when it needs none, None when it is missing."""
    if environment is None:
        return (usual_package(imported.module),) if not imported.optional and not imported.implied_by else ()
    for module in (imported.module, *imported.instead):
        owners = owners_of(replace(imported, module=module), environment.modules)
        if owners is not None:
            return owners
    return () if imported.optional or imported.implied_by else None


def _missing(imported: Imported, findings: Sequence[Finding]) -> list[Finding]:
    key = "import-not-installed/colab" if imported.module.startswith("google.colab") else "import-not-installed"
    missing = finding(key, where=imported.where, module=imported.module)
    return [] if any(each.message == missing.message for each in findings) else [missing]


def _installed_name(name: str, installed: Mapping[str, Distribution]) -> str:
    return next((each for each in installed if canonicalize_name(each) == name), name)


def _made(
    source: str,
    lines: Sequence[str] | set[str],
    findings: list[Finding],
    notebook: Notebook,
    environment: KernelEnvironment | None,
) -> Requirements:
    ordered = tuple(sorted(set(lines), key=lambda line: (line.lower(), line)))
    python = f" (Python {environment.version})" if environment else ""
    what = (
        "All packages installed for the kernel"
        if source == "freeze"
        else "Imported packages, as installed for the kernel"
    )
    text = f"# {what} of {notebook.path.name}{python}.\n" + "".join(f"{each}\n" for each in ordered)
    return Requirements(
        source="freeze" if source == "freeze" else "imports",
        lines=ordered,
        text=text,
        findings=tuple(findings),
    )
