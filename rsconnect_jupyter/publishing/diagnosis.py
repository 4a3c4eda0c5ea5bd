"""Why a run failed on the server: read from its log, told in a sentence, with what to do about it.

Pure but for looking whether a missing file lies beside the notebook. Sources: the task output of Connect (API
reference, section 10), and the texts that nbclient, nbconvert, Voilà, pip and uv write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ..bundle.plan import BundlePlan
from ..errors import NotebookError
from ..models import Fix, TaskResult, Where
from ..notebook.reading import Cell, Notebook, read_notebook

_TIME = re.compile(r"^\d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2}\.\d{3,} ?")
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
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
_LONGEST = 300
"""Characters of an error's text that fit in a sentence; the log has all of it."""


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """Why a run failed.

    Attributes:
        message: One sentence: what happened.
        hint: One sentence: what to do.
        where: The cell that failed.
        lines: The lines of the log that say so, as plain text.
        fix: What one click can do.
        missing_file: A file that the notebook needs and that lies beside it, relative to its folder.
        slug: Connect's code for the failure, the anchor of a page of its documentation.
    """

    message: str
    hint: str = ""
    where: Where | None = None
    lines: tuple[str, ...] = ()
    fix: Fix | None = None
    missing_file: str | None = None
    slug: str | None = None

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


@dataclass(frozen=True)
class _Case:
    """What the explanations look at."""

    lines: Sequence[str]
    result: TaskResult
    plan: BundlePlan | None
    notebook: Notebook | None


def diagnose(
    log: Sequence[str], result: TaskResult, *, plan: BundlePlan | None = None, notebook: Path | None = None
) -> Diagnosis:
    """Return why a run failed, as far as its log tells.

    Args:
        log: The task's lines.
        result: How the task ended.
        plan: What was published; None after a restart.
        notebook: The notebook's path.
    """
    lines = [_COLOUR.sub("", _TIME.sub("", line)).rstrip() for line in log]
    case = _Case(lines, result, plan, plan.notebook if plan else _read(notebook))
    slug = next((found[1] for line in [*reversed(lines), result.error] if (found := _SLUG.search(line))), None)
    explanations: tuple[Callable[[_Case], Diagnosis | None], ...] = (
        _failed_cell,
        _no_python,
        _not_installable,
        _install_failed,
        _no_kernel,
        _killed,
        _other_error,
    )
    for explain in explanations:
        told = explain(case)
        if told is not None:
            return replace(told, slug=slug)
    return replace(_unknown(case), slug=slug)


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
    place = f" in cell {cell.index + 1}" if cell else ""
    where = cell.where if cell else None
    if "CellTimeoutError" in case.lines[start]:
        return Diagnosis(
            message=f"The notebook took too long on the server{place}.",
            hint="Let the cell do less, or ask the server's administrator for a longer time limit.",
            where=where,
            lines=(case.lines[start],),
        )
    error = _error_in(after)
    if error is None:
        return Diagnosis(message=f"The notebook failed on the server{place}.", hint="The log says why.", where=where)
    name, text, line = error
    told = _explained(name, text, case)
    message = f"The notebook failed on the server{place}: {_sentence(name, text)}"
    return replace(told, message=message, where=where, lines=(*_arrow(after), line))


def _other_error(case: _Case) -> Diagnosis | None:
    """Explain a traceback that is no cell's: Voilà's, or of a hook of the server."""
    start = _last(case.lines, re.compile(r"Traceback \(most recent call last\)"))
    error = _error_in(case.lines[start:]) if start is not None else None
    if error is None:
        return None
    name, text, line = error
    told = _explained(name, text, case)
    return replace(told, message=f"The run on the server failed: {_sentence(name, text)}", lines=(line,))


def _explained(name: str, text: str, case: _Case) -> Diagnosis:
    """Return what to do about an error of Python."""
    plain = name.rpartition(".")[2]
    if plain in ("FileNotFoundError", "NoSuchFile") or "No such file or directory" in text:
        return _missing_file(text, case)
    if plain in ("ModuleNotFoundError", "ImportError"):
        return _missing_module(text, case)
    if plain == "MemoryError":
        return Diagnosis(message="", hint="Use less memory, or ask the server's administrator for more.")
    if plain == "KeyError" and case.lines and any("os.environ" in line for line in case.lines):
        return Diagnosis(message="", hint="Give the content that environment variable, then publish again.")
    if plain == "StdinNotImplementedError":
        return Diagnosis(message="", hint="Nobody can type on a server: take input() out, or give a value.")
    return Diagnosis(message="", hint="Run all cells here from the start, mend what fails, then publish again.")


def _missing_file(text: str, case: _Case) -> Diagnosis:
    forms = (r"""['"]([^'"]+)['"]""", r"^File (\S+) does not exist", r"directory:? (\S+)$")
    path = next((found[1] for form in forms if (found := re.search(form, text))), "")
    beside = _beside(path, case)
    if beside is not None:
        return _left_behind(beside)
    if path and (PurePosixPath(path).is_absolute() or re.match(r"^([A-Za-z]:[\\/]|~|\.\.)", path)):
        return Diagnosis(
            message="",
            hint="The path is one of this machine: put the file beside the notebook, and name and add it from there.",
        )
    return Diagnosis(message="", hint="Put the file beside the notebook and add it to the files, then publish again.")


def _left_behind(path: str) -> Diagnosis:
    return Diagnosis(
        message="",
        hint=f"{path} is beside the notebook but not in the bundle: add it and publish again.",
        fix=Fix(action="add-file", label=f"Add {path} and try again", value=path),
        missing_file=path,
    )


def _beside(path: str, case: _Case) -> str | None:
    """Return a path relative to the notebook's folder when there is such a file there that was not published."""
    if not path or case.notebook is None:
        return None
    folder = case.notebook.folder.resolve()
    try:
        file = (folder / path).resolve()
        inside = file.relative_to(folder).as_posix()
        there = file.is_file()
    except (OSError, ValueError):
        return None
    published = {each.path for each in case.plan.files} if case.plan else set()
    return inside if there and inside not in published else None


def _missing_module(text: str, case: _Case) -> Diagnosis:
    found = re.search(r"No module named ['\"]?(?P<module>[\w.]+)", text)
    if found is None:
        return Diagnosis(message="", hint="A package differs from the one here: fix its version in the requirements.")
    module = found["module"].partition(".")[0]
    beside = _beside(f"{module}.py", case)
    if beside is not None:
        return _left_behind(beside)
    modules = case.plan.environment.modules if case.plan and case.plan.environment else {}
    package = next(iter(modules.get(found["module"]) or modules.get(module) or ()), module)
    source = case.plan.requirements.source if case.plan else "none"
    if source == "file":
        name = case.plan.requirements.origin if case.plan else "your requirements file"
        return Diagnosis(message="", hint=f"Add {package} to {name}, then publish again.")
    hint = f"The server did not install {package}: put a requirements.txt that lists it beside the notebook."
    if source == "imports" and module in modules:
        fix = Fix(action="set-requirements", label="Send all installed packages", value="freeze")
        return Diagnosis(message="", hint=hint, fix=fix)
    return Diagnosis(message="", hint=hint)


# The environment


def _no_python(case: _Case) -> Diagnosis | None:
    pattern = re.compile(r"Cannot find compatible environment|no compatible .*environment with Python version (\S+)")
    line = _line(case, pattern)
    if line is None:
        return None
    wanted = re.search(r"Python version ([\w.~=<>!,*]+)", line)
    named = f" {wanted[1].rstrip('.,')}" if wanted else ""
    return Diagnosis(
        message=f"The server has no Python{named} to run the notebook with.",
        hint="Use a kernel with a Python that the server offers, or ask its administrator to install this one.",
        lines=(line,),
    )


def _not_installable(case: _Case) -> Diagnosis | None:
    pattern = re.compile(
        r"Could not find a version that satisfies the requirement (?P<pip>[^\s(]+)"
        r"|No matching distribution found for (?P<none>\S+)"
        r"|Because (?P<uv>\S+) (?:was not found in the package registry|has no version|there is no version)"
    )
    line = _line(case, pattern, first=True)
    if line is None:
        return None
    found = pattern.search(line)
    package = next((each for each in found.groups() if each), "") if found else ""
    return Diagnosis(
        message=f"The server cannot install {package}: its package index does not have it.",
        hint="Ask for a version that the index has, or take the package out of the requirements.",
        lines=tuple(each for each in case.lines if pattern.search(each))[:3],
    )


def _install_failed(case: _Case) -> Diagnosis | None:
    pattern = re.compile(
        r"(pip install|uv pip|uv sync).* failed with exit code|Failed building wheel for|ERROR: Failed "
    )
    line = _line(case, pattern)
    if line is None:
        return None
    errors = [each for each in case.lines if each.startswith(("ERROR", "error:", "  error:"))]
    return Diagnosis(
        message="The server could not install the packages.",
        hint="The log names the package: ask for another version of it, or for the libraries it needs on the server.",
        lines=tuple([*errors, line][-3:]),
    )


def _no_kernel(case: _Case) -> Diagnosis | None:
    pattern = re.compile(r"NoSuchKernel|No such kernel named ['\"]?([\w.-]+)")
    line = _line(case, pattern)
    if line is None:
        return None
    return Diagnosis(
        message="The server has no kernel of the notebook's name.",
        hint="Choose the plain Python 3 kernel for the notebook and save it, then publish again.",
        lines=(line,),
    )


def _killed(case: _Case) -> Diagnosis | None:
    pattern = re.compile(r"DeadKernelError|Kernel died|[Ss]ignal: killed|exit status 137|Out of memory|Killed$")
    line = _line(case, pattern)
    if line is None and not pattern.search(case.result.error):
        return None
    return Diagnosis(
        message="The notebook's process died on the server, most likely for want of memory.",
        hint="Use less memory, or ask the server's administrator for more.",
        lines=(line or case.result.error,),
    )


def _unknown(case: _Case) -> Diagnosis:
    error = _SLUG.sub("", case.result.error).strip().rstrip(".")
    what = error or f"it ended with code {case.result.code}"
    last = [line for line in case.lines if line.strip()][-3:]
    return Diagnosis(
        message=f"The run on the server failed: {what[0].lower() + what[1:]}.",
        hint="The log says more.",
        lines=tuple(last),
    )


# Reading the log


def _last(lines: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    return next((index for index in range(len(lines) - 1, -1, -1) if pattern.search(lines[index])), None)


def _line(case: _Case, pattern: re.Pattern[str], *, first: bool = False) -> str | None:
    lines = [line for line in [*case.lines, case.result.error] if pattern.search(line)]
    return (lines[0] if first else lines[-1]) if lines else None


def _error_in(lines: Sequence[str]) -> tuple[str, str, str] | None:
    """Return name, text and line of the last error that a traceback ends in."""
    for line in reversed(lines):
        found = _ERROR.match(line.strip())
        if found and not _CELL_FAILED.search(line):
            return found["name"].rpartition(".")[2], (found["text"] or "").strip(), line.strip()
    return None


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
    """Return an error as the end of a sentence; a missing file is told by its path alone."""
    path = re.match(r"\[Errno 2\] No such file or directory: ['\"](.+)['\"]$", text)
    told = path[1] if path else text
    short = told if len(told) <= _LONGEST else told[:_LONGEST].rstrip() + "…"
    return f"{name}: {short}" if short else name
