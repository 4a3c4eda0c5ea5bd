"""What is installed where the kernel runs: executed by the kernel's interpreter, standard library only, Python 3.8+.

Run as a script, or as a stand-in for ``ipykernel_launcher``; prints one line ``MARK{json}MARK`` on stdout, to be found
among whatever else the environment prints. A running kernel that is asked evaluates `kernel_report`. Reads the metadata
folders (``*.dist-info``, PEP 376 and PEP 627) directly: ``importlib.metadata`` takes ten times as long, because it
parses whole files.
"""

# ruff: noqa: PTH100, PTH109, PTH110, PTH112, PTH113, PTH118, PTH119, PTH120, PTH122, PTH123, PTH208
# os.path instead of pathlib: its import alone would cost a tenth of this script's time

from __future__ import annotations

import os
import sys

if __name__ == "__main__":  # the notebook's folder may hold a re.py or a json.py; it and this script's own come off
    _HERE = {"", os.getcwd(), os.path.dirname(os.path.abspath(__file__))}
    sys.path[:] = [each for each in sys.path if each not in _HERE]

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Dist = dict[str, Any]

MARK = "#rsconnect-probe#"
DEEPEST = 5
HEAD = 200_000  # licence texts stand before the requirements
REQUIRES = re.compile(r"^Requires-Dist:[ \t]*([\w.-]+)(.*)", re.MULTILINE)
EXTRA = re.compile(r"\bextra\s*==")
REPORTED = ("name", "version", "direct_url", "requires", "optional")
NO_MODULES = ("tests", "test", "docs", "doc", "examples", "setup", "conftest", "build", "dist")


def main() -> None:
    """Print what this interpreter has installed, as one marked line of ASCII JSON."""
    sys.stdout.write("\n" + MARK + json.dumps(report()) + MARK + "\n")
    sys.stdout.flush()


def report() -> dict[str, Any]:
    """Return version, distributions, module map, and the folders whose change makes this out of date."""
    folders = [each for each in dict.fromkeys(sys.path) if os.path.isdir(each)]
    dists = installed(folders)
    return {
        "version": ".".join(map(str, sys.version_info[:3])),
        "implementation": sys.implementation.name,
        "executable": sys.executable,
        "prefix": sys.prefix,
        "folders": folders,
        "distributions": [{key: each[key] for key in REPORTED} for each in dists],
        "modules": module_map(dists),
    }


def kernel_report() -> str:
    """Return the same as ASCII JSON, with the distributions that this process has loaded: asked of a running kernel."""
    told = report()
    return json.dumps({**told, "loaded": loaded(told["modules"])})


def loaded(modules: dict[str, list[str]]) -> list[str]:
    """Return the distributions that are loaded, in this order, and that no module of another one has as a global.

    Such a global is there whenever the other one is imported: it depends on it, or uses it where it is installed.
    """
    found: dict[str, None] = {}
    bound: set[str] = set()
    for name, module in list(sys.modules.items()):
        user = owner(name, modules)
        if user:
            found.setdefault(user)
            bound |= {each for each in map(origin, module_globals(module)) if owner(each, modules) != user}
    return [each for each in found if each not in {owner(name, modules) for name in bound}]


def module_globals(module: Any) -> list[Any]:
    """Return the values of a module's globals; of what only looks like a module there are none."""
    names = getattr(module, "__dict__", None)
    return list(names.values()) if type(names) is dict else []


def origin(value: Any) -> str:
    """Return the module that a global is, or comes from; empty for other values."""
    if isinstance(value, (type(sys), type, type(origin))):
        name = vars(value).get("__name__" if isinstance(value, type(sys)) else "__module__")
        name = name or getattr(value, "__module__", None)
        return name if type(name) is str else ""
    return ""


def owner(name: str, modules: dict[str, list[str]]) -> str:
    """Return the distribution that a loaded module belongs to; empty when there is none, or are several."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return modules[name][0] if name and len(modules[name]) == 1 else ""


def installed(folders: list[str]) -> list[Dist]:
    """Return the distributions, first on the path wins, each with its importable folders under ``owned``."""
    found: dict[str, Dist] = {}
    for folder in folders:
        try:
            entries = sorted(os.listdir(folder))
        except OSError:
            continue
        for entry in entries:
            if entry.endswith((".dist-info", ".egg-info")) and not entry.startswith("~"):
                dist = read_distribution(folder, entry)
                if dist is not None:
                    found.setdefault(re.sub(r"[-_.]+", "-", dist["name"]).lower(), dist)
    return [found[key] for key in sorted(found)]


def read_distribution(folder: str, entry: str) -> Dist | None:
    """Return one distribution, or None when its metadata is unreadable (a half-removed package)."""
    path = os.path.join(folder, entry)
    if os.path.isdir(path):
        head = text(os.path.join(path, "METADATA"), HEAD) or text(os.path.join(path, "PKG-INFO"), HEAD)
    else:
        head = text(path, HEAD)
    head = head.partition("\n\n")[0]
    name = re.search(r"^Name:[ \t]*(\S+)", head, re.MULTILINE)
    version = re.search(r"^Version:[ \t]*(\S+)", head, re.MULTILINE)
    if not name or not version:
        return None
    dist = {"name": name.group(1), "version": version.group(1), "direct_url": direct_url(folder, path)}
    requires = REQUIRES.findall(head)
    dist["requires"] = [each for each, tail in requires if not EXTRA.search(tail)]
    dist["optional"] = [each + tail.strip() for each, tail in requires if EXTRA.search(tail)]
    dist["owned"], dist["inits"] = importable(folder, path, name.group(1))
    return dist


def direct_url(folder: str, path: str) -> dict[str, Any] | None:
    """Return PEP 610's record; one is made up for ``setup.py develop``; conda's build leftovers are dropped."""
    content = text(os.path.join(path, "direct_url.json"))
    if content and text(os.path.join(path, "INSTALLER")).strip() != "conda":
        try:
            record = json.loads(content)
        except ValueError:
            return None
        return record if isinstance(record, dict) else None
    if path.endswith(".egg-info") and os.path.basename(folder) not in ("site-packages", "dist-packages"):
        return {"url": "file://" + folder, "dir_info": {"editable": True}}
    return None


def importable(folder: str, path: str, name: str) -> tuple[set[str], set[str]]:
    """Return the ``/``-separated modules of a distribution, and those of its folders that hold an ``__init__``."""
    owned: set[str] = set()
    inits: set[str] = set()
    record = text(os.path.join(path, "RECORD"))
    lines = record.splitlines()
    for suffix in [each for each in (".py,", ".so,", ".pyd,") if each in record]:
        for module in [each[: each.index(suffix)] for each in lines if suffix in each]:
            add_module(module, owned, inits)
    if not owned:
        for top in text(os.path.join(path, "top_level.txt")).split():
            owned.add(top)
            inits.add(top)
    if not owned:
        for top in through_pth(folder, record) or from_folder(folder, name):
            owned.add(top)
            inits.add(top)
    return owned, inits


def add_module(module: str, owned: set[str], inits: set[str]) -> None:
    """Note a file of RECORD, given without its last suffix: ``google/cloud/storage/__init__``."""
    parent, _, stem = module.rpartition("/")
    if parent in inits:
        return  # most files: their folder is known to be a package
    top = parent.partition("/")[0] or stem.split(".")[0]
    if not top.isidentifier() or top.startswith("__editable__"):
        return
    if stem == "__init__":
        inits.add(parent)
        owned.add(parent)
    else:
        owned.add(parent + "/" + stem.split(".")[0] if parent else top)


def through_pth(folder: str, record: str) -> list[str]:
    """Return the modules in the folders that a distribution's own ``.pth`` files add (editable installs)."""
    tops: list[str] = []
    for entry in re.findall(r"^([^,\n/]+\.pth),", record, re.MULTILINE):
        for line in text(os.path.join(folder, entry)).splitlines():
            if os.path.isdir(line.strip()):
                tops += packages_in(line.strip())
    return tops


def packages_in(folder: str) -> list[str]:
    """Return the top-level modules and regular packages of a source folder."""
    names = []
    for entry in sorted(os.listdir(folder)):
        stem, suffix = os.path.splitext(entry)
        is_package = os.path.isfile(os.path.join(folder, entry, "__init__.py"))
        if stem not in NO_MODULES and stem.isidentifier() and (is_package or suffix == ".py"):
            names.append(stem)
    return names


def from_folder(folder: str, name: str) -> list[str]:
    """Return the module that bears the distribution's name, for metadata that lists nothing."""
    stem = re.sub(r"[-.]+", "_", name)
    places = [stem, stem.lower()]
    return [each for each in places if os.path.exists(os.path.join(folder, each))][:1]


def module_map(dists: list[Dist]) -> dict[str, list[str]]:
    """Return importable name -> distribution names; dotted names below folders that several share."""
    owners: dict[str, list[Dist]] = {}
    for dist in dists:
        for top in {each.partition("/")[0] for each in dist["owned"]}:
            owners.setdefault(top, []).append(dist)
    modules: dict[str, list[str]] = {}
    for top in sorted(owners):
        settle(top, owners[top], modules)
    return modules


def settle(place: str, dists: list[Dist], modules: dict[str, list[str]]) -> None:
    """Say who owns a folder; look below it when it is shared, or is no regular package."""
    regular = [each for each in dists if place in each["inits"]]
    names = [each["name"] for each in (regular or dists)]
    modules[place.replace("/", ".")] = names
    if place.count("/") >= DEEPEST or (len(dists) == 1 and (regular or place in dists[0]["owned"])):
        return
    below: dict[str, list[Dist]] = {}
    for dist in dists:
        inside = {each[len(place) + 1 :].partition("/")[0] for each in dist["owned"] if each.startswith(place + "/")}
        for child in inside - {""}:
            below.setdefault(place + "/" + child, []).append(dist)
    for child in sorted(below):
        if len(regular) != 1 or below[child] != regular:
            settle(child, below[child], modules)


def text(path: str, limit: int = -1) -> str:
    """Return a file's text, empty when it cannot be read."""
    try:
        with open(path, "rb") as file:  # in bytes: a text file's decoder costs more than the reading
            return file.read(limit).decode("utf-8", "replace").replace("\r\n", "\n")
    except OSError:
        return ""


if __name__ == "__main__":
    main()
