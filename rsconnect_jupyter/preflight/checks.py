"""Everything the author should know before anything is sent, found at once: runs nothing, needs no network.

Codes and texts are in ``messages/findings.py``; the findings of the plan (files, requirements, kernel) are included.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from ..bundle.files import FileChoice
from ..bundle.plan import BundlePlan
from ..bundle.proposals import place_name
from ..connect.app_modes import FINISHED, INTERACTIVE, QUARTO, SOURCE, TITLES, mode_title
from ..cpu_lock import one_at_a_time
from ..errors import NotebookError
from ..messages import finding
from ..models import Content, Finding, ServerFacts, Severity, Where
from ..notebook.execution_state import asks_for_input
from ..notebook.local_paths import is_file, is_folder
from ..notebook.reading import Notebook, read_notebook
from ..notebook.text_notebooks import has_jupytext, paired_texts
from ..project_files import open_regular
from ..requirements.pickled_objects import MOST_BYTES, MOST_PICKLES, SUFFIXES, pickled_modules
from ..requirements.unlisted import unlisted_packages
from ..time_budget import part
from ..translation import _
from .saved_results import result_findings
from .secret_findings import secret_findings
from .server_pages import server_page_findings
from .unreachable_files import unreachable_files

LARGE = 100 * 1000 * 1000
"""Bytes above which a bundle is worth a second look."""

TITLE_LENGTHS = (3, 1024)
"""Fewest and most characters that Connect takes for a title."""

ORDER: tuple[Severity, ...] = ("error", "warning", "info", "unknown")


@one_at_a_time
def check(
    plan: BundlePlan,
    *,
    facts: ServerFacts | None = None,
    target: Content | None = None,
    unsaved: bool = False,
    title: str | None = None,
    variables: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return everything the author should know before publishing, the plan's own findings included, errors first.

    Args:
        plan: What will be sent.
        facts: What the server says about itself; None skips the checks against it.
        target: The content to update; None for a new one.
        unsaved: True when the editor holds changes that are not on disk.
        title: The content's title; None takes the chosen one, else the notebook's.
        variables: Names of the environment variables that the publish sets.
    """
    parts: dict[str, Callable[[], Iterable[Finding]]] = {
        _("the notebook's results"): lambda: _about_run(plan, unsaved=unsaved),
        _("the code"): lambda: _about_code(plan),
        _("how the server makes the page"): lambda: server_page_findings(plan),
        _("paths in the code"): lambda: _about_paths(plan),
        _("packages"): lambda: _about_requirements(plan),
        _("environment variables"): lambda: _about_variables(plan, variables, is_new=target is None),
        _("downloads"): lambda: _about_downloads(plan),
        _("what the server offers"): lambda: _about_server(plan, facts) if facts is not None else (),
        _("keys and passwords"): lambda: secret_findings(plan),
        _("the size of the bundle"): lambda: _about_size(plan),
        _("the title"): lambda: _about_title(plan, title),
        _("the content to update"): lambda: _about_target(plan, target) if target is not None else (),
    }
    found = [*plan.findings]
    for name, look in parts.items():
        found += part(name, partial(_all, look), ())
    return tuple(sorted(_distinct(found), key=lambda each: ORDER.index(each.severity)))


def _all(look: Callable[[], Iterable[Finding]]) -> tuple[Finding, ...]:
    return tuple(look())


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    """Return each finding once; what a fix needs may be a list, which has no hash."""
    found: list[Finding] = []
    for each in findings:
        if each not in found:
            found.append(each)
    return found


def _about_run(plan: BundlePlan, *, unsaved: bool) -> Iterator[Finding]:
    if unsaved:
        yield finding("unsaved")
    if not any(each.source.strip() for each in plan.notebook.cells):
        yield finding("notebook-empty")
    yield from _about_pair(plan)
    yield from result_findings(plan)


def _about_pair(plan: BundlePlan) -> Iterator[Finding]:
    """Jupytext shows the newer of two paired files; only the notebook itself is published."""
    notebook = plan.notebook
    for text in paired_texts(notebook.path, notebook.metadata) if has_jupytext() else ():
        with suppress(OSError, NotebookError):
            is_newer = text.stat().st_mtime_ns > notebook.path.stat().st_mtime_ns
            if is_newer and _sources(read_notebook(text)) != _sources(notebook):
                yield finding("pair-newer", name=notebook.path.name, text=text.name)


def _sources(notebook: Notebook) -> list[str]:
    return [each.source.strip() for each in notebook.cells if each.source.strip()]


def _about_code(plan: BundlePlan) -> Iterator[Finding]:
    yield from _about_hidden_code(plan)
    language = plan.notebook.language
    if plan.app_mode.is_page:
        return
    if language != "python":
        if plan.mode == SOURCE:  # else the plan has said so: mode-needs-python
            yield finding("language-not-python", fix_value=FINISHED, language=language.title())
        return
    scan = plan.analysis.scan
    for where in scan.broken:
        yield finding("cell-not-parsed", where=where, cell=(where.cell or 0) + 1)
    for words, where in scan.installs:
        yield finding("install-in-cell", where=where, cell=(where.cell or 0) + 1, packages=words[:80])
    for cell in asks_for_input(plan.notebook):
        yield finding("asks-for-input", where=cell.where, cell=cell.index + 1)


def _about_hidden_code(plan: BundlePlan) -> Iterator[Finding]:
    where = Where(field="hide_input")
    if plan.hide_input == "folded" and plan.mode == SOURCE:
        yield finding("hide-input-no-effect/folded", where=where)
    elif plan.hide_input != "none" and plan.mode == INTERACTIVE:
        yield finding("hide-input-no-effect", where=where, mode=mode_title(plan.mode))
    elif plan.hide_input != "none" and plan.mode == QUARTO:
        yield finding("hide-input-no-effect/quarto", where=where)


def _about_paths(plan: BundlePlan) -> Iterator[Finding]:
    bundled = {each.path for each in plan.files}
    yield from unreachable_files(plan.analysis, plan.mentioned, bundled=bundled, finished=plan.app_mode.is_page)


def _about_requirements(plan: BundlePlan) -> Iterator[Finding]:
    environment = plan.environment
    if plan.requirements.source not in ("file", "imports") or environment is None or environment.is_described:
        return
    modules = FileChoice(candidates=plan.candidates).modules
    pickles = dict(_pickles(plan))
    yield from unlisted_packages(plan.analysis, environment, plan.requirements, modules=modules, pickles=pickles)


def _pickles(plan: BundlePlan) -> Iterator[tuple[str, tuple[str, ...]]]:
    on_disk = [(each.path, each.source) for each in plan.files if isinstance(each.source, Path)]
    files = [each for each in on_disk if each[0].endswith(SUFFIXES)]
    for path, source in files[:MOST_PICKLES]:
        with suppress(OSError), open_regular(source) as stream:
            yield path, pickled_modules(stream.read(MOST_BYTES))


def _about_variables(plan: BundlePlan, known: Collection[str], *, is_new: bool) -> Iterator[Finding]:
    if plan.app_mode.is_page:
        return
    for name, where in plan.analysis.variables.items():
        if name not in known:
            key = "variable-not-set" if is_new else "variable-not-set/update"
            yield finding(key, where=where, fix_value=name, name=name, place=place_name(where))


def _about_downloads(plan: BundlePlan) -> Iterator[Finding]:
    for each in () if plan.app_mode.is_page else plan.analysis.downloads:
        path = plan.notebook.folder / each.name
        if is_file(path) or is_folder(path):
            continue
        key = "download-when-run" if each.host else "download-when-run/nltk"
        yield finding(key, where=each.where, name=each.name, place=place_name(each.where), host=each.host)


def _about_server(plan: BundlePlan, facts: ServerFacts) -> Iterator[Finding]:
    yield from _about_mode(plan, facts)
    environment = plan.environment
    if plan.app_mode.is_page or environment is None or not environment.version:
        return
    wanted = _wanted_python(plan)
    if facts.python is None:
        if facts.versions_asked:
            yield finding("python-unknown", wanted=wanted)
    elif not any(_fits(each, wanted) for each in facts.python):
        yield finding("python-not-offered", wanted=wanted, offered=", ".join(facts.python) or _("none"))


def _about_mode(plan: BundlePlan, facts: ServerFacts) -> Iterator[Finding]:
    offered = facts.modes.get(plan.mode)
    if plan.mode == QUARTO and facts.quarto is not None:
        offered = bool(facts.quarto) and offered is not False
    product, where = _(plan.app_mode.product), Where(field="mode")
    if offered is False:
        yield finding("mode-not-offered", where=where, fix_value=FINISHED, product=product)
    elif offered is None and (plan.mode == INTERACTIVE or (plan.mode == QUARTO and facts.versions_asked)):
        yield finding("mode-unknown", where=where, product=product)


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


def _about_size(plan: BundlePlan) -> Iterator[Finding]:
    sizes = {each.path: each.size for each in plan.files}
    if plan.app_mode.is_page:
        sizes[plan.entrypoint] = max(sizes.get(plan.entrypoint, 0), plan.notebook.size)
    total = sum(sizes.values())
    if total <= LARGE:
        return
    largest = sorted(sizes, key=lambda path: -sizes[path])[:3]
    named = ", ".join(f"{path} ({sizes[path] / 1e6:.0f} MB)" for path in largest)
    yield finding("bundle-large", where=Where(file=largest[0]), size=total / 1e6, largest=named)


def _about_title(plan: BundlePlan, title: str | None) -> Iterator[Finding]:
    text = (title or plan.options.title or plan.notebook.title).strip()
    fewest, most = TITLE_LENGTHS
    where = Where(field="title")
    if len(text) < fewest:
        name = f"Notebook {text}".strip()
        yield finding("title-too-short", where=where, fix_value=name, title=text, fewest=fewest, proposal=name)
    elif len(text) > most:
        shorter = text[: most - 1].rstrip() + "…"
        yield finding("title-too-long", where=where, fix_value=shorter, length=len(text), most=most)


def _about_target(plan: BundlePlan, target: Content) -> Iterator[Finding]:
    if target.mode in ("unknown", "", plan.mode):
        return
    old = mode_title(target.mode)
    where = Where(field="mode")
    title, new = target.title or target.name, mode_title(plan.mode)
    if target.mode in TITLES:
        yield finding("mode-change", where=where, fix_value=target.mode, title=title, old=old, new=new)
    else:
        yield finding("mode-change/other", where=where, fix_value="new", title=title, old=old, new=new)
