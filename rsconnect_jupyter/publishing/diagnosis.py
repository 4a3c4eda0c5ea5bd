"""Why a run failed on the server, read from its log: one sentence of what happened, and one of what to do.

Reads nothing but whether a missing file is in the notebook's folder. The sentences are in ``messages/errors.py``.
Sources: the task output of Connect (API reference, section 10); texts of nbclient, nbconvert, Voilà, pip and uv.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from ..bundle.plan import BundlePlan
from ..errors import NotebookError, TaskFailedError
from ..messages import error_text
from ..models import Fix, TaskResult, Where
from ..notebook.reading import Cell, Notebook, read_notebook
from ..terminal_text import without_escapes
from ..translation import _

_TIME = re.compile(r"^\d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2}\.\d{3,} ?")
_CELL_FAILED = re.compile(
    r"(CellExecutionError|CellTimeoutError)\b|An error occurred while executing the following cell"
)
_RULE = re.compile(r"^-{8,}$")
_COUNT = re.compile(r"^(?:Cell )?In\s?\[(\d+)\]|^<ipython-input-(\d+)-")
_ERROR = re.compile(
    r"^(?P<name>(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Interrupt|NotFound|Warning|Fault|Refused|Missing"
    r"|Group|Iteration))(?:: ?(?P<text>.*))?$"
)
_SLUG = re.compile(r"\(Error code: ([a-z0-9-]+)\)")
_LONGEST_LINE = 10_000
_MOST_LINES = 50_000
"""What is read of a log: the reason is near its end."""

_KERNEL_LINES = 200
"""Before the end of a kernel that did not start, its own words are among so many."""

_LONGEST = 300
"""Characters of an error's text that fit in a sentence; the log has all of it."""


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """Why a run failed.

    Attributes:
        key: Its entry of the catalog, without ``task-failed/``.
        message: One sentence: what happened.
        hint: One sentence: what to do.
        where: The cell that failed.
        lines: The lines of the log that say so, as plain text.
        fix: What one click can do.
        missing_file: A file in the notebook's folder that the notebook needs, relative to the folder.
        slug: Connect's code for the failure, the anchor of a page of its documentation.
    """

    key: str
    message: str
    hint: str = ""
    where: Where | None = None
    lines: tuple[str, ...] = ()
    fix: Fix | None = None
    missing_file: str | None = None
    slug: str | None = None

    @classmethod
    def of(cls, key: str, *, lines: Sequence[str] = (), where: Where | None = None, **values: Any) -> Diagnosis:
        """Return the diagnosis of the catalog of errors, its texts filled with `values`."""
        text = error_text(f"task-failed/{key}", **values)
        return cls(key=key, message=text.message, hint=text.hint, where=where, lines=tuple(lines))

    def as_data(self) -> dict[str, Any]:
        """Return what programs want to know, JSON-compatible."""
        data: dict[str, Any] = {"failing_lines": list(self.lines)}
        if self.fix is not None:
            data["fix"] = {"action": self.fix.action, "label": self.fix.label, "value": self.fix.value}
        if self.missing_file is not None:
            data["missing_file"] = self.missing_file
        if self.slug is not None:
            data["connect_error"] = self.slug
            data["help_url"] = f"https://docs.posit.co/connect/user/troubleshooting/#{self.slug}"
        return data


class _Case(msgspec.Struct, frozen=True):
    """What the explanations look at."""

    lines: Sequence[str]
    result: TaskResult
    plan: BundlePlan | None
    notebook: Notebook | None
    location: str


def diagnose(
    log: Sequence[str],
    result: TaskResult,
    *,
    plan: BundlePlan | None = None,
    notebook: Path | None = None,
    location: str = "",
) -> Diagnosis:
    """Return why a run failed, as far as its log shows.

    Args:
        log: The task's lines.
        result: How the task ended.
        plan: What was published; None after a restart.
        notebook: The notebook's path.
        location: Where it ran, as a part of a sentence in the reader's language; "on the server" when omitted.
    """
    lines = [without_escapes(_TIME.sub("", line[:_LONGEST_LINE])).rstrip() for line in log[-_MOST_LINES:]]
    case = _Case(lines, result, plan, plan.notebook if plan else _read(notebook), location or _("on the server"))
    slug = next((found[1] for line in [*reversed(lines), result.error] if (found := _SLUG.search(line))), None)
    explanations: tuple[Callable[[_Case], Diagnosis | None], ...] = (
        _failed_cell,
        _no_python,
        _not_installable,
        _install_failed,
        _no_kernel,
        _not_started,
        _killed,
        _other_error,
    )
    for explain in explanations:
        diagnosis = explain(case)
        if diagnosis is not None:
            return replace(diagnosis, slug=slug)
    return replace(_unknown(case), slug=slug)


def run_failure(
    result: TaskResult, log: Sequence[str], *, plan: BundlePlan | None = None, notebook: Path | None = None
) -> TaskFailedError:
    """Return the error that says why a run failed; arguments as for `diagnose`."""
    found = diagnose(log, result, plan=plan, notebook=notebook)
    details: dict[str, Any] = {"exit_code": result.code or 1, "lines": found.lines}
    return TaskFailedError(found.message, hint=found.hint, where=found.where, data=found.as_data(), **details)


def _read(path: Path | None) -> Notebook | None:
    try:
        return read_notebook(path) if path else None
    except NotebookError:
        return None


# The notebook's own errors


def _failed_cell(case: _Case) -> Diagnosis | None:
    start = _last(case.lines, _CELL_FAILED)
    if start is None:
        return None
    after = case.lines[start:]
    cell = _cell_of(after, case.notebook)
    place = " " + _("in cell {number}").format(number=cell.index + 1) if cell else ""
    where = cell.where if cell else None
    if "CellTimeoutError" in case.lines[start]:
        lines = [case.lines[start]]
        return Diagnosis.of("timeout", where=where, lines=lines, location=case.location, place=place)
    error = _error_in(after)
    if error is None:
        return Diagnosis.of("cell", where=where, location=case.location, place=place)
    name, text, line = error
    script = _script_in(after[: after.index(line)] if line in after else after, case)
    place = f"{place} ({script})" if script else place
    said = _sentence(name, text)
    failure = error_text("task-failed/cell-error", location=case.location, place=place, error=said).message
    return replace(_explained(name, text, failure, case), where=where, lines=(*_arrow(after), line.strip()))


def _other_error(case: _Case) -> Diagnosis | None:
    """Explain a traceback that is no cell's: Voilà's, or of a hook of the server."""
    start = _last(case.lines, re.compile(r"Traceback \(most recent call last\)"))
    error = _error_in(case.lines[start:]) if start is not None else None
    if error is None:
        return None
    name, text, line = error
    failure = error_text("task-failed/run-error", location=case.location, error=_sentence(name, text)).message
    return replace(_explained(name, text, failure, case), lines=(line.strip(),))


def _explained(name: str, text: str, failure: str, case: _Case) -> Diagnosis:
    """Return what to do about an error of Python; `failure` is the sentence of what happened."""
    plain = name.rpartition(".")[2]
    if plain in ("FileNotFoundError", "NoSuchFile") or "No such file or directory" in text:
        return _missing_file(text, failure, case)
    module = _module_in(text)
    if module and (plain in ("ModuleNotFoundError", "ImportError") or "install" in text):
        return _missing_module(module, failure, case)
    if plain in ("ModuleNotFoundError", "ImportError"):
        return Diagnosis.of("package-version", failure=failure)
    if plain == "KeyError" and any("os.environ" in line for line in case.lines):
        name = text.strip("'\"")
        fix = Fix(action="set-variable", label=_("Set value"), value=name) if name.isidentifier() else None
        return replace(Diagnosis.of("environment-variable", failure=failure), fix=fix)
    key = {"MemoryError": "memory", "NameError": "name-error", "StdinNotImplementedError": "input"}.get(
        plain, "python-error"
    )
    return Diagnosis.of(key, failure=failure)


def _missing_file(text: str, failure: str, case: _Case) -> Diagnosis:
    forms = (r"""['"]([^'"]+)['"]""", r"^File (\S+) does not exist", r"directory:? (\S+)$")
    path = next((found[1] for form in forms if (found := re.search(form, text))), "")
    is_servers = PurePosixPath(path).is_absolute() and not _in_code(path, case)
    beside = _tail_beside(path, case) if is_servers else _beside(path, case)
    if beside is not None:
        return _left_out(beside, failure)
    if path and (PurePosixPath(path).is_absolute() or re.match(r"^([A-Za-z]:[\\/]|~|\.\.)", path)):
        return Diagnosis.of("local-path", failure=failure)
    return Diagnosis.of("file-missing", failure=failure)


def _left_out(path: str, failure: str) -> Diagnosis:
    fix = Fix(action="add-file", label=_("Add {path}").format(path=path), value=path)
    return replace(Diagnosis.of("file-left-out", failure=failure, path=path), fix=fix, missing_file=path)


def _in_code(path: str, case: _Case) -> bool:
    return case.notebook is not None and any(path in each.source for each in case.notebook.code)


def _beside(path: str, case: _Case, *, published: bool = False) -> str | None:
    """Return a path relative to the notebook's folder if the folder has such a file.

    Args:
        path: As written.
        case: Says which folder, and what was published.
        published: False asks for one that was not published.
    """
    if not path or case.notebook is None:
        return None
    folder = case.notebook.folder.resolve()
    try:
        file = (folder / path).resolve()
        inside = file.relative_to(folder).as_posix()
        there = file.is_file()
    except (OSError, ValueError):
        return None
    sent = {each.path for each in case.plan.files} if case.plan else set()
    return inside if there and (published or inside not in sent) else None


_MISSING = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"No module named ['\"]?(?P<name>[\w.]+)",
        r"Missing optional dependency ['\"`]?(?P<name>[\w.-]+)",
        r"(?:requires?|needs?|depends on) (?:the |package |library )*['\"`]?(?P<name>[\w-]+)['\"`]?"
        r"(?: ?[<>=!~]=? ?[\w.]+)?"
        r"(?:,? (?:but it|which) is not installed| (?:package |library )?to be installed|\.? *$)",
        r"(?<![\w-])(?P<name>[\w-]+)['\"`]? (?:package |library |module )?(?:is|are) (?:required|needed|not installed)",
        r"(?:pip|conda|uv) (?:pip )?(?:install|add) (?:-\S+ )*['\"`]?(?P<name>[\w.-]+)",
        r"features you requested: (?P<name>[\w-]{1,100})",
        r"(?<![\w-])(?P<name>[\w-]+)['\"`]? (?:must|has to|needs to) be installed",
    )
)
"""What libraries write when a package that they import late is missing."""


def _module_in(text: str) -> str:
    """Return the module or package that an error says is missing; empty when it names none."""
    if "IProgress not found" in text:
        return "ipywidgets"
    return next((found["name"].rstrip(".") for each in _MISSING if (found := each.search(text))), "")


def _missing_module(missing: str, failure: str, case: _Case) -> Diagnosis:
    module = missing.partition(".")[0]
    beside = _beside(f"{module}.py", case)
    if beside is not None:
        return _left_out(beside, failure)
    modules = case.plan.environment.modules if case.plan and case.plan.environment else {}
    package = next(iter(modules.get(missing) or modules.get(module) or ()), module)
    if case.plan and case.plan.requirements.source == "file":
        file = case.plan.requirements.origin
        diagnosis = Diagnosis.of("package-not-in-file", failure=failure, package=package, file=file)
    else:
        diagnosis = Diagnosis.of("package-missing", failure=failure, package=package)
    if "No module named" in failure and not _is_installed(package, case):
        return diagnosis  # a module's name may be that of another package on the index
    if _is_listed(package, case):
        fix = Fix(action="set-requirements", label=_("Send all installed packages"), value="freeze")
        return replace(diagnosis, fix=fix) if case.plan and case.plan.requirements.source == "imports" else diagnosis
    return replace(
        diagnosis, fix=Fix(action="add-requirement", label=_("Add {package}").format(package=package), value=[package])
    )


def _is_installed(package: str, case: _Case) -> bool:
    environment = case.plan.environment if case.plan else None
    names = {canonicalize_name(each.name) for each in environment.distributions} if environment else set()
    return canonicalize_name(package) in names


def _is_listed(package: str, case: _Case) -> bool:
    lines = case.plan.requirements.lines if case.plan else ()
    return any(canonicalize_name(package) == canonicalize_name(re.split(r"[^\w.-]", each)[0]) for each in lines)


# The environment


def _no_python(case: _Case) -> Diagnosis | None:
    pattern = re.compile(
        r"Cannot find compatible environment|^(?=.*no compatible ).*environment with Python version \S"
    )
    line = _line(case, pattern)
    if line is None:
        return None
    wanted = re.search(r"Python version ([\w.~=<>!,*]+)", line)
    version = f" {wanted[1].rstrip('.,')}" if wanted else ""
    return Diagnosis.of("python-missing", lines=[line], version=version)


def _not_installable(case: _Case) -> Diagnosis | None:
    pattern = re.compile(
        r"Could not find a version that satisfies the requirement (?P<pip>[^\s(]+)"
        r"|No matching distribution found for (?P<none>\S+)"
        r"|Because (?P<uv>\S+) (?:was not found in the package registry|has no version)"
        r"|Because there is no version of (?P<version>[^\s,]+)"
    )
    line = _line(case, pattern, first=True)
    if line is None:
        return None
    found = pattern.search(line)
    package = next((each for each in found.groups() if each), "") if found else ""
    lines = [each for each in case.lines if pattern.search(each)][:3]
    diagnosis = Diagnosis.of("package-unavailable", lines=lines, package=package)
    if case.plan is None or package not in (case.plan.options.add_requirements or ()):
        return diagnosis
    label = _("Remove {package}").format(package=package)
    return replace(diagnosis, fix=Fix(action="remove-requirement", label=label, value=[package]))


def _install_failed(case: _Case) -> Diagnosis | None:
    pattern = re.compile(
        r"^(?=.*(?:pip install|uv pip|uv sync)).* failed with exit code|Failed building wheel for|ERROR: Failed "
    )
    line = _line(case, pattern)
    if line is None:
        return None
    errors = [each for each in case.lines if each.startswith(("ERROR", "error:", "  error:"))]
    return Diagnosis.of("install", lines=[*errors, line][-3:])


def _no_kernel(case: _Case) -> Diagnosis | None:
    line = _line(case, re.compile(r"NoSuchKernel|No such kernel named ['\"]?([\w.-]+)"))
    return Diagnosis.of("kernel-missing", lines=[line]) if line is not None else None


def _not_started(case: _Case) -> Diagnosis | None:
    """Explain a kernel that ended before it ran a cell; it may have printed why."""
    start = _last(
        case.lines, re.compile(r"Kernel (?:died before replying to kernel_info|didn't respond in \d+ seconds)")
    )
    if start is None:
        return None
    error = _error_in(case.lines[max(0, start - _KERNEL_LINES) : start])
    reason = f": {_sentence(*error[:2]).rstrip('.')}" if error else ""
    line = error[2] if error else case.lines[start]
    return Diagnosis.of("kernel-not-started", lines=[line.strip()], location=case.location, reason=reason)


def _killed(case: _Case) -> Diagnosis | None:
    line = _line(
        case, re.compile(r"DeadKernelError|Kernel died|[Ss]ignal: killed|exit status 137|Out of memory|Killed$")
    )
    return Diagnosis.of("kernel-died", lines=[line], location=case.location) if line is not None else None


def _unknown(case: _Case) -> Diagnosis:
    error = _SLUG.sub("", case.result.error).strip().rstrip(".")
    what = error or _("it ended with code {code}").format(code=case.result.code)
    last = [line for line in case.lines if line.strip()][-3:]
    return Diagnosis.of("unknown", lines=last, location=case.location, error=what[0].lower() + what[1:])


# Reading the log


def _last(lines: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    return next((index for index in range(len(lines) - 1, -1, -1) if pattern.search(lines[index])), None)


def _line(case: _Case, pattern: re.Pattern[str], *, first: bool = False) -> str | None:
    lines = [line for line in [*case.lines, case.result.error] if pattern.search(line)]
    return (lines[0] if first else lines[-1]) if lines else None


def _error_in(lines: Sequence[str]) -> tuple[str, str, str] | None:
    """Return name, text and line of the last error that a traceback ends in; of a failed script the script's own."""
    errors = [
        (found, line) for line in lines if (found := _ERROR.match(line.strip())) and not _CELL_FAILED.search(line)
    ]
    while len(errors) > 1 and "CalledProcessError" in errors[-1][1]:
        errors.pop()
    if not errors:
        return None
    found, line = errors[-1]
    return found["name"].rpartition(".")[2], (found["text"] or "").strip(), line


_FRAME = re.compile(r"^ *File \"?(?P<file>[^\":]+\.py)\"?(?:, line |:)(?P<line>\d+)")


def _script_in(lines: Sequence[str], case: _Case) -> str:
    """Return the file of the project, and its line, that a traceback passes through last; empty without one."""
    for line in reversed(lines):
        found = _FRAME.match(line)
        path = _tail_beside(found["file"], case, published=True) if found else None
        if found and path:
            return _("{path}, line {line}").format(path=path, line=found["line"])
    return ""


def _tail_beside(path: str, case: _Case, *, published: bool = False) -> str | None:
    """Return the longest end of a server's path that is a file in the notebook's folder."""
    parts = PurePosixPath(path).parts
    if "site-packages" in parts or Path(path).exists():
        return None
    tails = (PurePosixPath(*parts[start:]) for start in range(len(parts)))
    found = (_beside(str(each), case, published=published) for each in tails if not each.is_absolute())
    return next((each for each in found if each), None)


def _arrow(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the line of the cell that failed, as the traceback shows it."""
    arrows = [line.strip() for line in lines if re.match(r"^-+> ?\d+ ", line)]
    return tuple(arrows[:1])


def _cell_of(lines: Sequence[str], notebook: Notebook | None) -> Cell | None:
    """Return the cell that failed: the one whose text the log shows; of several, the one of that number."""
    if notebook is None:
        return None
    run = [each for each in notebook.code if each.source.strip()]
    rules = [index for index, line in enumerate(lines) if _RULE.match(line)]
    shown = "\n".join(lines[rules[0] + 1 : rules[1]]).strip() if len(rules) > 1 else ""
    same = [each for each in run if _stripped(each.source) == shown]
    counts = [int(found[1] or found[2]) for line in lines if (found := _COUNT.match(line))]
    numbered = run[counts[0] - 1] if counts and 0 < counts[0] <= len(run) else None
    if numbered is not None and (numbered in same or not same):
        return numbered
    return same[0] if same else None


def _stripped(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def _sentence(name: str, text: str) -> str:
    """Return an error as the end of a sentence; of a missing file only its path."""
    path = re.match(r"\[Errno 2\] No such file or directory: ['\"](.+)['\"]$", text)
    shown = path[1] if path else text
    short = shown if len(shown) <= _LONGEST else shown[:_LONGEST].rstrip() + "…"
    return f"{name}: {short}" if short else name
