"""Packages that a notebook needs without importing them: extras, and what a method imports when it is called. Pure.

What the kernel has installed decides: only installed distributions are named. The extras that each distribution lists
come first; a table has what no metadata says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ..models import Distribution, KernelEnvironment, Where
from .dependencies import parsed

FOR_DEVELOPERS = re.compile(r"(dev|test|tests|testing|docs?|lint|typing|types|mypy|ci|cov|all|full|complete)([-_.]|$)")
"""Extras that no notebook needs, or that ask for everything."""

USUAL = {"default", "recommended", "standard"}
"""Extras that the authors of a package advise to install; one that is complete in the kernel is needed."""

READERS = ("read_", "open_", "load_", "scan_")

NEEDED_BY_NAME: dict[str, dict[str, tuple[str, ...]]] = {
    "altair": {"save": ("vl-convert-python",)},
    "duckdb": {
        "arrow": ("pyarrow",),
        "df": ("pandas", "numpy"),
        "fetchdf": ("pandas", "numpy"),
        "fetchnumpy": ("numpy",),
        "pl": ("polars", "pyarrow"),
        "to_df": ("pandas", "numpy"),
    },
    "geopandas": {
        "explore": ("folium", "mapclassify", "matplotlib", "xyzservices"),
        "plot": ("matplotlib", "mapclassify"),
    },
    "networkx": {"draw": ("matplotlib",), "draw_networkx": ("matplotlib",)},
    "pandas": {
        "boxplot": ("matplotlib",),
        "hist": ("matplotlib",),
        "plot": ("matplotlib",),
        "read_sql": ("sqlalchemy",),
        "style": ("jinja2",),
        "to_sql": ("sqlalchemy",),
    },
    "plotly": {
        "density_heatmap": ("numpy",),
        "express": ("numpy", "nbformat"),
        "figure_factory": ("numpy", "scipy", "nbformat"),
        "graph_objects": ("nbformat",),
        "graph_objs": ("nbformat",),
        "plot": ("numpy", "nbformat"),
        "show": ("nbformat",),
        "trendline": ("statsmodels", "numpy"),
    },
    "polars": {
        "read_database": ("sqlalchemy", "connectorx", "adbc-driver-manager"),
        "read_excel": ("fastexcel",),
        "to_pandas": ("pandas", "pyarrow"),
        "write_excel": ("xlsxwriter",),
    },
    "scikit-learn": {
        "as_frame": ("pandas",),
        "from_estimator": ("matplotlib",),
        "from_predictions": ("matplotlib",),
        "plot_tree": ("matplotlib",),
    },
    "statsmodels": {"qqplot": ("matplotlib",), "plot": ("matplotlib",), "plot_acf": ("matplotlib",)},
    "tqdm": {"auto": ("ipywidgets",), "notebook": ("ipywidgets",), "tqdm_notebook": ("ipywidgets",)},
    "xarray": {
        "load_dataset": ("netcdf4", "h5netcdf", "h5py", "scipy"),
        "open_dataset": ("netcdf4", "h5netcdf", "h5py", "scipy"),
        "open_mfdataset": ("netcdf4", "h5netcdf", "h5py", "scipy", "dask"),
        "plot": ("matplotlib",),
    },
}
"""Imported distribution -> attribute, argument or submodule that is used -> distributions needed, if installed."""

BY_ADDRESS = {"sqlalchemy": ("create_engine", "create_async_engine")}
"""Imported distribution -> functions that choose one of its extras by an address."""


def optional_packages(
    imported: Mapping[str, Where | None], used: Mapping[str, Where], environment: KernelEnvironment
) -> dict[str, Where | None]:
    """Return the installed distributions that imported ones need for what is used of them, with the place of the use.

    Args:
        imported: Names of the distributions that the code imports, and where.
        used: Attributes, keyword arguments and submodules in the code, and where.
        environment: Of the kernel.
    """
    found: dict[str, Where | None] = {}
    for need in needs(imported, used, environment):
        for name in need.installed:
            found.setdefault(name, need.where)
    return found


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """Packages that something needs without an import; where there are several, one may be enough.

    Attributes:
        of: The imported distribution that needs them.
        use: The attribute, argument or submodule whose use needs them; empty when the import alone does.
        installed: Names of those that the kernel has.
    """

    of: str
    use: str
    where: Where | None
    installed: tuple[str, ...]


def needs(
    imported: Mapping[str, Where | None], used: Mapping[str, Where], environment: KernelEnvironment
) -> Iterator[Need]:
    """Yield what imported distributions need for what is used of them, as far as it is installed."""
    installed: dict[str, Distribution] = {canonicalize_name(each.name): each for each in environment.distributions}
    for name, place in imported.items():
        distribution = installed.get(canonicalize_name(name))
        if distribution is None:
            continue
        for use, where, members in _needed(distribution, place, used, environment.version, installed.keys()):
            present = tuple(installed[each].name for each in members if each in installed)
            if present:
                yield Need(of=distribution.name, use=use, where=where, installed=present)


def drivers(
    imported: Mapping[str, Where | None], used: Mapping[str, Where], environment: KernelEnvironment
) -> Iterator[Need]:
    """Yield the installed packages of which an address that only the running code knows may need one."""
    installed: dict[str, Distribution] = {canonicalize_name(each.name): each for each in environment.distributions}
    for name in imported:
        canonical = canonicalize_name(name)
        use = next((each for each in BY_ADDRESS.get(canonical, ()) if each in used), None)
        if use is None or canonical not in installed or any(each.endswith(":") for each in used):
            continue  # an address in the code says which driver it is
        extras = _extras(installed[canonical], environment.version)
        wanted = [each for each in extras if not FOR_DEVELOPERS.match(each) and each != "asyncio"]
        members = sorted({member for each in wanted for member in _members(each, extras, canonical)})
        present = tuple(installed[each].name for each in members if each in installed)
        if present:
            yield Need(of=name, use=use, where=used[use], installed=present)


def _needed(
    distribution: Distribution, place: Where | None, used: Mapping[str, Where], version: str, installed: Set[str]
) -> Iterator[tuple[str, Where | None, tuple[str, ...]]]:
    """Yield a use, its place and the canonical names of what a distribution may need for it, installed or not."""
    name = canonicalize_name(distribution.name)
    for use, needed in NEEDED_BY_NAME.get(name, {}).items():
        if use in used:
            yield use, used[use], needed
    extras = _extras(distribution, version)
    for extra in extras:
        if FOR_DEVELOPERS.match(extra):
            continue
        use = _use_of(extra, used)
        members = sorted(_members(extra, extras, name))
        is_complete = extra in USUAL and installed >= set(members)
        for member in members:
            if is_complete:
                yield "", place, (member,)
            elif use:
                yield use, used[use], (member,)
            elif member.startswith(f"{name}-"):  # psycopg-binary: an implementation that nobody imports by its name
                yield "", place, (member,)


def _use_of(extra: str, used: Mapping[str, Where]) -> str:
    """Return what is used by an extra's name: ``df.plot``, ``read_excel``, ``import dask.dataframe``; empty if not."""
    name = extra.replace("-", "_")
    return next((each for each in (name, *(f"{start}{name}" for start in READERS)) if each in used), "")


def _extras(distribution: Distribution, version: str) -> dict[str, list[Requirement]]:
    """Return extra -> its requirements where the kernel runs."""
    extras: dict[str, list[Requirement]] = {}
    python = {"python_version": ".".join(version.split(".")[:2]), "python_full_version": version}
    lines = filter(None, map(parsed, distribution.optional))
    for requirement, marker in [(each, each.marker) for each in lines if each.marker]:
        for extra in re.findall(r"extra == \"([^\"]+)", str(marker)):
            if marker.evaluate({**python, "extra": extra}):
                extras.setdefault(canonicalize_name(extra), []).append(requirement)
    return extras


def _members(extra: str, extras: Mapping[str, list[Requirement]], name: str) -> set[str]:
    """Return the canonical names of an extra's distributions, extras that it includes among them."""
    members: set[str] = set()
    waiting, seen = [extra], {extra}
    while waiting:
        for requirement in extras.get(waiting.pop(), ()):
            if canonicalize_name(requirement.name) != name:
                members.add(canonicalize_name(requirement.name))
            else:
                more = {canonicalize_name(each) for each in requirement.extras} - seen
                seen |= more
                waiting += more
    return members
