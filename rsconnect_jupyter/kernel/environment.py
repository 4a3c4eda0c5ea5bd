"""What the notebook's own kernel has installed, asked of its interpreter in one short subprocess.

The kernel is the author's, not the Jupyter server's Python: a venv, conda, pyenv, or a wrapper script around one. The
interpreter runs ``probe.py``, which needs nothing but the standard library; this package need not be installed there.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ..errors import KernelError, RSConnectException
from ..models import KernelEnvironment
from ..notebook.reading import Notebook, read_notebook
from ..process_environment import NOWHERE, find_program, with_absolute_paths, without_key
from ..temporary_files import temporary_folder
from ..translation import _, with_language
from .kernelspecs import NATIVE, KernelSpec, KernelSpecs, find_kernelspec
from .probe import MARK
from .running import PROBE, environment_of, kept_answer, with_answer

TIME_LIMIT = 5.0
"""Seconds an interpreter may take to answer."""

PYTHON = re.compile(r"(python|pypy)[\d.]*w?(\.exe)?", re.IGNORECASE)
LAUNCHERS = ("ipykernel_launcher", "ipykernel")


class _Kept(msgspec.Struct, frozen=True):
    """An answer, and the state of the folders it was true for."""

    answer: Mapping[str, Any]
    stamp: tuple[tuple[str, int], ...]


_Key = tuple[Any, ...]
_kept: dict[_Key, _Kept] = {}
_asking: dict[_Key, Future[Mapping[str, Any]]] = {}
_lock = threading.Lock()


def inspect_kernel(
    notebook: Notebook,
    *,
    specs: KernelSpecs | None = None,
    time_limit: float = TIME_LIMIT,
    on_start: Callable[[], None] | None = None,
) -> KernelEnvironment:
    """Return what the notebook's kernel runs in; a kernel that is not Python has no interpreter.

    Answers are kept until one of the interpreter's package folders changes. What the running kernel said, if it was
    asked, stands in for an interpreter that cannot be asked.

    Args:
        notebook: Its kernelspec's name decides; without one it is Jupyter's own Python.
        specs: The Jupyter server's kernelspec manager; without it Jupyter's kernel folders are read.
        time_limit: Seconds the interpreter may take.
        on_start: Called as soon as only the interpreter's answer is waited for.

    Raises:
        KernelError: code ``kernel-not-installed``, ``kernel-elsewhere``, ``kernel-interpreter-missing``,
            ``kernel-broken`` or ``kernel-timeout``.
    """
    name = notebook.kernel or NATIVE
    if notebook.language != "python":
        return KernelEnvironment(kernel=name, display_name=_display_name(notebook), language=notebook.language)
    told = kept_answer(notebook.path)
    if told is not None and told.kernel != name:  # the notebook has another kernel now
        told = None
    try:
        spec = find_kernelspec(name, specs=specs)
        if spec.language != "python":
            return KernelEnvironment(kernel=name, display_name=spec.display_name, language=spec.language)
        answer = _answer(spec, time_limit, on_start or (lambda: None))
        found = environment_of(answer, kernel=spec.name, display_name=spec.display_name)
    except KernelError:
        if told is None:
            raise
        return replace(told, display_name=_display_name(notebook))
    return found if told is None else with_answer(found, told)


def described_environment(notebook: Notebook) -> KernelEnvironment:
    """Return what a notebook says of a kernel that cannot be asked: its names, and its Python when it was last run.

    A notebook that does not say it gets the Python that runs this.
    """
    return KernelEnvironment(
        kernel=notebook.kernel or NATIVE,
        display_name=_display_name(notebook),
        language=notebook.language,
        version=notebook.python_version or ".".join(map(str, sys.version_info[:3])),
        is_described=True,
    )


def begin_inspection(notebook: Path) -> None:
    """Begin to ask a notebook's kernel; `inspect_kernel` then finds the answer, or waits for the rest.

    Returns when the kernel's interpreter runs, so that it has a lead over what the caller goes on with. What goes
    wrong is left to `inspect_kernel` to tell.

    Args:
        notebook: Path; need not be a notebook.
    """
    started = threading.Event()

    def inspect() -> None:
        try:
            with contextlib.suppress(RSConnectException):
                inspect_kernel(read_notebook(notebook), on_start=started.set)
        finally:
            started.set()

    threading.Thread(target=with_language(inspect), name="kernel-probe", daemon=True).start()
    started.wait()


def _display_name(notebook: Notebook) -> str:
    spec = notebook.metadata.get("kernelspec")
    named = spec.get("display_name") if isinstance(spec, Mapping) else None
    return named if isinstance(named, str) else notebook.kernel or notebook.language


def _answer(spec: KernelSpec, time_limit: float, on_start: Callable[[], None]) -> Mapping[str, Any]:
    key = (spec.argv, tuple(sorted(spec.env.items())))
    kept = _kept.get(key)
    if kept is not None and kept.stamp == _stamp(kept.answer):
        return kept.answer
    with _lock:
        question, ours = _asking.get(key), Future[Mapping[str, Any]]()
        if question is None:
            _asking[key] = ours
    if question is not None:
        on_start()
        return question.result()
    try:
        answer = _ask(spec, time_limit, on_start)
        _kept[key] = _Kept(answer, _stamp(answer))
        ours.set_result(answer)
    except BaseException as exc:
        ours.set_exception(exc)
        raise
    finally:
        del _asking[key]
    return answer


def _stamp(answer: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """Return the change times of what an answer depends on: package folders, the interpreter, its ``pyvenv.cfg``."""
    places = [*answer["folders"], answer["executable"], str(Path(answer["prefix"], "pyvenv.cfg"))]
    return tuple((each, _changed(each)) for each in places)


def _changed(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - a dozen of these are all that a kept answer costs
    except OSError:
        return 0


def _ask(spec: KernelSpec, time_limit: float, on_start: Callable[[], None]) -> Mapping[str, Any]:
    # Nothing of the notebook's folder may run by being looked at: not its sitecustomize.py, nor a program of its own.
    environment = {**with_absolute_paths({**without_key(), **spec.env}), "PYTHONSAFEPATH": "1"}
    if find_program(spec.argv[0], environment) is None:
        raise KernelError.of(
            "kernel-interpreter-missing",
            data={"kernel": spec.name, "interpreter": spec.argv[0]},
            kernel=spec.display_name,
            interpreter=spec.argv[0],
        )
    direct = _direct_command(spec.argv, environment)
    if direct is not None:
        return _run(spec, direct, environment, time_limit=time_limit, on_start=on_start)
    with temporary_folder() as shim:
        command = _shimmed_command(spec.argv, shim, environment)
        return _run(spec, command, environment, time_limit=time_limit, on_start=on_start)


def _direct_command(argv: Sequence[str], environment: Mapping[str, str]) -> list[str] | None:
    """Return the command that runs the probe instead of the kernel, or None when only a wrapper knows it.

    Everything before ``-m`` leads to the interpreter (``conda run -n x python``, ``env A=b python -X dev``). A kernel
    that is no Python script (``xpython``) has its interpreter beside it.
    """
    if "-m" in argv:
        before = list(argv[: argv.index("-m")])
        if any(PYTHON.fullmatch(Path(each).name) for each in before):
            return [*before, str(PROBE)]
        return None
    if any(each in word for word in argv for each in LAUNCHERS):
        return None
    program = Path(find_program(argv[0], environment) or argv[0])
    if _is_script(program):
        return None
    beside = (
        [program] if PYTHON.fullmatch(program.name) else [program.with_name("python"), program.with_name("python.exe")]
    )
    return next(([str(each), str(PROBE)] for each in beside if each.is_file()), None)


def _is_script(program: Path) -> bool:
    try:
        with program.open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def _shimmed_command(argv: Sequence[str], shim: Path, environment: dict[str, str]) -> list[str]:
    """Return the kernel's own command, with the probe put where it will find ``ipykernel_launcher``.

    Wrappers (``bash -lc "…"``, a module-loading script) pass ``PYTHONPATH`` on, and it comes before site-packages.
    """
    source = PROBE.read_text(encoding="utf-8")
    (shim / "ipykernel").mkdir()
    (shim / "ipykernel" / "__init__.py").write_text("", encoding="utf-8")
    for name in ("ipykernel_launcher.py", "ipykernel/__main__.py", "ipykernel/kernelapp.py"):
        (shim / name).write_text(source, encoding="utf-8")
    paths = [str(shim), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(each for each in paths if each)
    return [each.replace("{connection_file}", str(shim / "connection.json")) for each in argv]


def _run(
    spec: KernelSpec,
    command: list[str],
    environment: Mapping[str, str],
    *,
    time_limit: float,
    on_start: Callable[[], None],
) -> Mapping[str, Any]:
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=NOWHERE,
            start_new_session=True,  # so that what a wrapper started ends with it
        )
    except OSError as exc:
        raise _broken(spec, _("cannot be started ({exc})").format(exc=exc.strerror or exc)) from exc
    on_start()
    with process:
        try:
            out, err = process.communicate(timeout=time_limit)
        except subprocess.TimeoutExpired as exc:
            _end(process)
            raise KernelError.of(
                "kernel-timeout",
                data={"kernel": spec.name, "interpreter": command[0]},
                kernel=spec.display_name,
                seconds=time_limit,
                command=command[0],
            ) from exc
    return _parsed(spec, out, err, process.returncode)


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _parsed(spec: KernelSpec, out: bytes, err: bytes, status: int) -> Mapping[str, Any]:
    parts = out.decode("utf-8", "replace").split(MARK)
    try:
        answer = json.loads(parts[-2])
    except (IndexError, ValueError):
        last = (err.decode("utf-8", "replace").strip() or "nothing").splitlines()[-1][:300]
        raise _broken(
            spec, _("ended with status {status}; its last line of output: {last}").format(status=status, last=last)
        ) from None
    if not isinstance(answer, dict):
        raise _broken(spec, _("gave an answer that is not valid"))
    return answer


def _broken(spec: KernelSpec, what: str) -> KernelError:
    data = {"kernel": spec.name, "command": spec.argv[0]}
    return KernelError.of("kernel-broken", data=data, kernel=spec.display_name, what=what)
