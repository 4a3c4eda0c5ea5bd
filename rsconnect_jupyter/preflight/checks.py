"""Everything the author should know before anything is sent: found all at once, nothing is run, no network is touched.

Codes are stable. Severity ``error`` stops a publish, ``warning`` asks for a look, ``info`` tells, ``unknown`` says that
a check could not be made.

========================== ======== ==========================================================================
code                       severity meaning
========================== ======== ==========================================================================
unsaved                    warning  the editor holds changes that are not on disk (fix: save)
notebook-empty             warning  there is no cell with anything in it
never-run, cells-not-run   varies   code without results: a warning where saved outputs are what readers get
out-of-order               varies   cells ran in another order than they stand in
stale-output               warning  an output belongs to another run than its cell's number says
error-output               warning  a cell's output is an error
output-not-shown           warning  an output that only Jupyter can show; readers of the page miss it
widgets-without-kernel     warning  widgets that will not react in this mode (fix: set-mode)
widgets-without-state      warning  widgets that will not even be drawn, because their state was not saved
asks-for-input             warning  ``input()`` waits for ever on a server
cell-not-parsed            info     a cell is no valid Python, so only its import lines were read
install-in-cell            warning  ``pip install`` in a cell runs at every render
absolute-path              warning  a path that exists on this machine only
windows-path               warning  a path with backslashes, which no server understands
file-not-in-bundle         warning  a file that the notebook reads stays behind (fix: add-file)
file-outside-folder        warning  a file that the notebook reads cannot be part of the bundle
file-missing               info     a file that the notebook reads does not exist
import-not-in-requirements warning  the project's own file lacks a package that is imported (fix: set-requirements)
python-not-offered         warning  no Python of the server fits; ``python-unknown`` when it does not say
mode-not-offered           error    the server is known to refuse this mode; ``mode-unknown`` when it does not say
language-not-python        warning  the server needs a kernel of that language
secret-in-cell, -output,   warning  something that looks like a key or a password; its text is not repeated
secret-in-file
bundle-large               warning  more than 100 MB
title-too-short, -long     error    Connect wants 3 to 1024 characters (fix: set-title)
mode-change                error    the content to update is of another mode (fix: set-mode)
hide-input-no-effect       info     hidden input means nothing in this mode
========================== ======== ==========================================================================

Those of the plan come along: of files (``secret-file-left-out``, ``secret-file-included``, ``link-leads-out``,
``pattern-without-match``, ``bad-file-name``, ``reserved-name``), of requirements (``import-not-installed``,
``package-not-installable``, ``package-from-url``, ``local-version``, ``version-unusual``, ``requirement-malformed``,
``requirement-replaced``, ``secret-in-requirements``, ``requirements-missing``, ``requirements-unreadable``,
``requirements-outside``, ``environment-unknown``, ``conda-environment-not-used``), of the kernel
(``kernel-not-installed``, ``kernel-interpreter-missing``, ``kernel-broken``, ``kernel-timeout``), of Quarto
(``quarto-version-unknown``), of the finished page (``page-needs-network``), of the mode
(``mode-needs-python``) and of the Python constraint (``python-constraint-unusable``,
``python-constraint-impossible``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ..bundle.plan import BundlePlan
from ..connect.app_modes import TITLES
from ..cpu_lock import one_at_a_time
from ..models import BundleFile, Content, Finding, Fix, ServerFacts, Severity, Where
from ..notebook.execution_state import asks_for_input, output_text
from ..notebook.imports import scan_notebook
from ..notebook.modules import owners_of
from ..requirements.selection import imported_packages
from .saved_results import result_findings
from .secret_detection import LOGIN, suspect
from .unreachable_files import unreachable_files

LARGE = 100 * 1000 * 1000
"""Bytes above which a bundle is worth a second look."""

TITLE_LENGTHS = (3, 1024)
"""Fewest and most characters that Connect takes for a title."""

MOST_FILE = 1_000_000
MOST_FILES = 200
TEXT_FILES = {
    ".py", ".r", ".sql", ".sh", ".txt", ".md", ".json", ".yml", ".yaml", ".toml", ".ini", ".cfg", ".conf", ".env", "",
    ".properties", ".xml", ".html", ".js",
}  # fmt: skip
ORDER: tuple[Severity, ...] = ("error", "warning", "info", "unknown")


@one_at_a_time
def check(
    plan: BundlePlan,
    *,
    facts: ServerFacts | None = None,
    target: Content | None = None,
    unsaved: bool = False,
    title: str | None = None,
) -> tuple[Finding, ...]:
    """Return everything the author should know before publishing, the plan's own findings included, errors first.

    Args:
        plan: What will be sent.
        facts: What the server says about itself; None skips the checks against it.
        target: The content to update; None for a new one.
        unsaved: True when the editor holds changes that are not on disk.
        title: The content's title; None takes the chosen one, else the notebook's.
    """
    found = [*plan.findings]
    found += _about_run(plan, unsaved=unsaved)
    found += _about_code(plan)
    found += _about_paths(plan)
    found += _about_requirements(plan)
    found += _about_server(plan, facts) if facts is not None else ()
    found += _about_secrets(plan)
    found += _about_size(plan)
    found += _about_title(plan, title)
    found += _about_target(plan, target) if target is not None else ()
    return tuple(sorted(dict.fromkeys(found), key=lambda each: ORDER.index(each.severity)))


def _finding(severity: Severity, code: str, message: str, hint: str = "", *, where: Where | None = None,
             fix: Fix | None = None) -> Finding:  # fmt: skip
    return Finding(severity=severity, code=code, message=message, hint=hint, where=where, fix=fix)


def _about_run(plan: BundlePlan, *, unsaved: bool) -> Iterator[Finding]:
    if unsaved:
        yield _finding(
            "warning", "unsaved", "The notebook has changes that are not saved.",
            "Save it first: what is published is the file on disk.", fix=Fix(action="save", label="Save"),
        )  # fmt: skip
    if not any(each.source.strip() for each in plan.notebook.cells):
        yield _finding("warning", "notebook-empty", "The notebook is empty.", "Readers would get a blank page.")
    yield from result_findings(plan)


def _about_code(plan: BundlePlan) -> Iterator[Finding]:
    language = plan.notebook.language
    if plan.hide_input != "none" and plan.mode in ("jupyter-voila", "quarto-static"):
        yield _finding("info", "hide-input-no-effect", f"Hidden input has no effect in “{TITLES[plan.mode]}”."
                       if plan.mode == "jupyter-voila" else "Quarto may ignore hidden input.",
                       where=Where(field="hide_input"))  # fmt: skip
    if plan.mode == "static":
        return
    if language != "python":
        if plan.mode != "jupyter-static":
            return  # the plan has said so: mode-needs-python
        yield _finding(
            "warning", "language-not-python", f"The notebook is in {language.title()}: the server needs a kernel for "
            "it, and gets no list of packages.", "Publish it as a finished document to be sure.",
            fix=Fix(action="set-mode", label="Publish as finished document", value="static"),
        )  # fmt: skip
        return
    scan = scan_notebook(plan.notebook)
    for where in scan.broken:
        yield _finding("info", "cell-not-parsed", f"Cell {(where.cell or 0) + 1} is not valid Python here.",
                       "If it runs in your kernel, nothing is wrong; only its import lines were read.",
                       where=where)  # fmt: skip
    for words, where in scan.installs:
        yield _finding("warning", "install-in-cell", f"Cell {(where.cell or 0) + 1} installs packages ({words[:80]}).",
                       "Take the line out: the server installs what the requirements list, before the notebook runs.",
                       where=where)  # fmt: skip
    for cell in asks_for_input(plan.notebook):
        yield _finding("warning", "asks-for-input", f"Cell {cell.index + 1} waits for somebody to type.",
                       "Nobody can on the server: use a variable or an environment variable.",
                       where=cell.where)  # fmt: skip


def _about_paths(plan: BundlePlan) -> Iterator[Finding]:
    bundled = {each.path for each in plan.files}
    yield from unreachable_files(plan.notebook, root=plan.root, bundled=bundled, finished=plan.mode == "static")


def _about_requirements(plan: BundlePlan) -> Iterator[Finding]:
    if plan.requirements.source != "file" or plan.environment is None:
        return
    modules = tuple(each.source for each in plan.files if isinstance(each.source, Path) and each.path.endswith(".py"))
    brought = _brought_along(plan)
    missing: dict[str, Where | None] = {}
    for imported in imported_packages(plan.notebook, modules):
        owners = owners_of(imported, plan.environment.modules) or ()
        if owners and not imported.optional and not any(canonicalize_name(each) in brought for each in owners):
            missing.setdefault(owners[0], imported.where)
    for name, where in missing.items():
        yield _finding(
            "warning", "import-not-in-requirements", f"{name} is imported, but {plan.requirements.origin} does not "
            "list it.", f"Add {name} to the file, or let the requirements be made from the imports.", where=where,
            fix=Fix(action="set-requirements", label="Make them from the imports", value="imports"),
        )  # fmt: skip


def _brought_along(plan: BundlePlan) -> set[str]:
    """Return the canonical names that the requirement lines install, with all that these bring along."""
    environment = plan.environment
    requires = (
        {canonicalize_name(each.name): each.requires for each in environment.distributions} if environment else {}
    )
    waiting = [found[0] for line in plan.requirements.lines if (found := re.match(r"[\w][\w.-]*", line))]
    waiting += re.findall(r"[#&]egg=([\w.-]+)", " ".join(plan.requirements.lines))
    reached: set[str] = set()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in reached:
            reached.add(name)
            waiting += requires.get(name, ())
    return reached


def _about_server(plan: BundlePlan, facts: ServerFacts) -> Iterator[Finding]:
    yield from _about_mode(plan, facts)
    environment = plan.environment
    if plan.mode == "static" or environment is None or not environment.version:
        return
    wanted = _wanted_python(plan)
    if facts.python is None:
        yield _finding("unknown", "python-unknown", "The server does not say which versions of Python it has.",
                       f"The notebook wants {wanted}.")  # fmt: skip
    elif not any(_fits(each, wanted) for each in facts.python):
        offered = ", ".join(facts.python) or "none"
        yield _finding(
            "warning", "python-not-offered",
            f"The notebook wants Python {wanted}, and the server has {offered}.",
            "The server may still choose another version. A .python-version file beside the notebook says which "
            "versions will do.",
        )  # fmt: skip


def _about_mode(plan: BundlePlan, facts: ServerFacts) -> Iterator[Finding]:
    offered = facts.modes.get(plan.mode)
    if plan.mode == "quarto-static" and facts.quarto is not None:
        offered = bool(facts.quarto) and offered is not False
    product = {"jupyter-voila": "Voilà", "quarto-static": "Quarto"}.get(plan.mode, "notebooks as source code")
    if offered is False:
        yield _finding(
            "error", "mode-not-offered", f"The server does not offer {product}.",
            "Publish a finished document, or ask the server's administrator.", where=Where(field="mode"),
            fix=Fix(action="set-mode", label="Publish as finished document", value="static"),
        )  # fmt: skip
    elif offered is None and plan.mode in ("jupyter-voila", "quarto-static"):
        yield _finding("unknown", "mode-unknown", f"The server does not say whether it offers {product}.",
                       where=Where(field="mode"))  # fmt: skip


def _wanted_python(plan: BundlePlan) -> str:
    block = plan.manifest.get("environment")
    python = block.get("python") if isinstance(block, dict) else None
    requires = python.get("requires") if isinstance(python, dict) else None
    if isinstance(requires, str) and requires:
        return requires
    version = plan.environment.version if plan.environment else "3"
    return f"~={'.'.join(version.split('.')[:2])}.0"


def _fits(version: str, wanted: str) -> bool:
    try:
        return SpecifierSet(wanted).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


def _about_secrets(plan: BundlePlan) -> Iterator[Finding]:
    hint = "Use an environment variable of the content instead, and replace the key: it may have been seen."
    for cell in plan.notebook.cells:
        if plan.mode == "static" and cell.type == "code" and plan.hide_input == "all":
            continue
        for each in suspect(cell.source):
            where = Where(cell=cell.index, cell_id=cell.id, line=each.line)
            yield _finding("warning", "secret-in-cell", f"Cell {cell.index + 1} seems to hold {each.kind}.", hint,
                           where=where)  # fmt: skip
    for cell in plan.notebook.code:
        for each in suspect(output_text(cell)) if cell.outputs else ():
            yield _finding("warning", "secret-in-output", f"The output of cell {cell.index + 1} seems to show "
                           f"{each.kind}.", f"Clear the output. {hint}", where=cell.where)  # fmt: skip
    texts = [each for each in plan.files if _may_hold_text(each, plan)]
    told = any(each.code == "secret-in-requirements" for each in plan.findings)
    for file in texts[:MOST_FILES]:
        for each in suspect(_text_of(file)):
            if told and file.path == plan.requirements.package_file and each.kind == LOGIN:
                continue
            yield _finding("warning", "secret-in-file", f"{file.path} seems to hold {each.kind}.", hint,
                           where=Where(file=file.path, line=each.line))  # fmt: skip


def _may_hold_text(file: BundleFile, plan: BundlePlan) -> bool:
    is_own = file.path in (plan.notebook.path.name, plan.entrypoint)
    return not is_own and file.size <= MOST_FILE and Path(file.path).suffix.lower() in TEXT_FILES


def _text_of(file: BundleFile) -> str:
    if isinstance(file.source, bytes):
        return file.source.decode("utf-8", "replace")
    try:
        return file.source.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _about_size(plan: BundlePlan) -> Iterator[Finding]:
    sizes = {each.path: each.size for each in plan.files}
    if plan.mode == "static":
        sizes[plan.entrypoint] = max(sizes.get(plan.entrypoint, 0), plan.notebook.size)
    total = sum(sizes.values())
    if total <= LARGE:
        return
    largest = sorted(sizes, key=lambda path: -sizes[path])[:3]
    named = ", ".join(f"{path} ({sizes[path] / 1e6:.0f} MB)" for path in largest)
    yield _finding("warning", "bundle-large", f"The bundle is large: {total / 1e6:.0f} MB before packing.",
                   f"The largest: {named}.", where=Where(file=largest[0]))  # fmt: skip


def _about_title(plan: BundlePlan, title: str | None) -> Iterator[Finding]:
    text = (title or plan.choices.title or plan.notebook.title).strip()
    fewest, most = TITLE_LENGTHS
    where = Where(field="title")
    if len(text) < fewest:
        proposal = f"Notebook {text}".strip()
        yield _finding(
            "error", "title-too-short", f"The title {text!r} is too short: Connect wants {fewest} characters or more.",
            "Give it a longer title.", where=where,
            fix=Fix(action="set-title", label=f"Call it {proposal!r}", value=proposal),
        )  # fmt: skip
    elif len(text) > most:
        yield _finding("error", "title-too-long", f"The title has {len(text)} characters, and Connect takes {most}.",
                       "Give it a shorter title.", where=where,
                       fix=Fix(action="set-title", label="Cut it", value=text[: most - 1].rstrip() + "…"))  # fmt: skip


def _about_target(plan: BundlePlan, target: Content) -> Iterator[Finding]:
    if target.mode in ("unknown", "", plan.mode):
        return
    old = TITLES.get(target.mode, target.mode)  # type: ignore[call-overload]
    fix = Fix(action="set-target", label="Publish as new content", value="new")
    if target.mode in TITLES:
        fix = Fix(action="set-mode", label=f"Publish as {old.lower()}", value=target.mode)
    yield _finding("error", "mode-change", f"“{target.title or target.name}” was published as “{old}”, and Connect "
                   f"does not let it become “{TITLES[plan.mode]}”.",
                   "Publish in the same mode as before, or as new content.", where=Where(field="mode"),
                   fix=fix)  # fmt: skip
