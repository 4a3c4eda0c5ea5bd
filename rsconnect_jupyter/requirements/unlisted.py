"""Packages that the code needs, or may need, and that the requirements do not bring along. Pure but for the modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from packaging.utils import canonicalize_name

from ..messages import finding
from ..models import Finding, KernelEnvironment, Requirements, Where
from ..notebook.analysis import NotebookAnalysis
from ..notebook.imports import Imported
from ..notebook.modules import owners_of
from .dependencies import brought_along
from .optional_packages import Need, drivers, needs
from .requirement_lines import some
from .selection import external_imports, names_used

OF_A_KERNEL = ("ipykernel", "ipywidgets", "pip", "rsconnect-jupyter", "setuptools", "virtualenv", "wheel")
"""What a kernel may have loaded whatever the notebook does, with all that it depends on."""


def unlisted_packages(
    analysis: NotebookAnalysis,
    environment: KernelEnvironment,
    requirements: Requirements,
    *,
    modules: Sequence[str],
    pickles: Mapping[str, Sequence[str]],
) -> Iterator[Finding]:
    """Yield a finding for each package that is imported or used, installed in the kernel, and not brought along.

    Args:
        analysis: Of the notebook.
        environment: Of the kernel.
        requirements: From the project's file or from the imports; the latter lack only what no code names.
        modules: Files of code that go into the bundle, relative to the notebook's folder.
        pickles: Pickle that goes into the bundle -> the modules that it names.
    """
    brought = brought_along(requirements.lines, environment)
    scans = analysis.scans_with(modules)
    imports = external_imports(analysis, scans)
    imported: dict[str, Where | None] = {}
    for each in imports:
        for name in owners_of(each, environment.modules) or ():
            imported.setdefault(name, each.where)
    used = names_used(scans)
    if requirements.source == "file":
        file = requirements.origin or requirements.package_file
        missing = _not_listed(imports, environment, brought)
        for name, where in missing.items():
            yield finding("import-not-in-requirements", where=where, fix_value=[name], package=name, file=file)
        brought |= {canonicalize_name(each) for each in missing}
        probable = [*_implied(imports, environment), *needs(imported, used, environment)]
        yield from _maybe("maybe-missing", probable, brought, environment, file=file)
    yield from _maybe("maybe-missing/pickle", _pickled(pickles, environment), brought, environment)
    yield from _maybe("maybe-missing/driver", drivers(imported, used, environment), brought, environment)
    loaded = _loaded(environment, brought)
    if loaded:
        yield finding("maybe-missing/loaded", fix_value=loaded, packages=some(loaded))


def _not_listed(
    imports: Iterable[Imported], environment: KernelEnvironment, brought: set[str]
) -> dict[str, Where | None]:
    missing: dict[str, Where | None] = {}
    for each in imports:
        owners = () if each.optional or each.implied_by else owners_of(each, environment.modules) or ()
        if owners and not _has_any(owners, brought):
            missing.setdefault(owners[0], each.where)
    return missing


def _implied(imports: Iterable[Imported], environment: KernelEnvironment) -> Iterator[Need]:
    """Yield what calls and addresses need: ``read_excel`` one of its engines."""
    for each in imports:
        modules = (each.module, *each.instead) if each.implied_by else ()
        owners = [owner for module in modules for owner in environment.modules.get(module, ())[:1]]
        if owners:
            yield Need(of="", use=each.implied_by, where=each.where, installed=tuple(owners))


def _pickled(pickles: Mapping[str, Sequence[str]], environment: KernelEnvironment) -> Iterator[Need]:
    for file, modules in pickles.items():
        for module in modules:
            owners = owners_of(Imported(module=module), environment.modules) or ()
            if owners:
                yield Need(of=file, use="", where=Where(file=file), installed=owners)


def _loaded(environment: KernelEnvironment, brought: set[str]) -> list[str]:
    """Return what the running kernel has loaded, and neither the requirements nor a kernel itself bring along."""
    known = brought | brought_along(OF_A_KERNEL, environment)
    found = [each for each in environment.loaded or () if canonicalize_name(each) not in known]
    others = {each: brought_along((one for one in found if one != each), environment) for each in found}
    return [each for each in found if canonicalize_name(each) not in others[each]]


def _maybe(
    key: str, found: Iterable[Need], brought: set[str], environment: KernelEnvironment, *, file: str = ""
) -> Iterator[Finding]:
    for need in found:
        if not _has_any(need.installed, brought):
            package = need.installed[0]
            brought |= brought_along([package], environment)  # what comes along with it is not missing either
            use = need.use or need.of
            yield finding(key, where=need.where, fix_value=[package], package=package, use=use, file=file)


def _has_any(names: Iterable[str], brought: set[str]) -> bool:
    return any(canonicalize_name(each) in brought for each in names)
