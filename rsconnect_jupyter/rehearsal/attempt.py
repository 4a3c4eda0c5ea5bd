"""One installation and run of an unpacked bundle, as a server does them."""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..bundle.plan import BundlePlan
from ..connect.app_modes import INTERACTIVE, QUARTO
from ..process_environment import find_program
from ..runner.environments import EnvironmentFailedError, installed_packages, kernel_folder
from ..runner.notebooks import QUARTO_OPTIONS, VOILA, nbconvert_command
from ..runner.ports import free_port
from ..runner.processes import TIMED_OUT, clean_environment
from .environments import clean_environment_of
from .first_page import loads_first_page
from .request import RehearsalRequest
from .run_log import Processes

EXECUTED = "run.ipynb"
"""The notebook as it was run, in the attempt's folder."""

NOT_STARTED = ("no available port could be found", "Kernel died before replying to kernel_info")
"""What Voilà prints when another process took its port or a kernel's; the second is jupyter_client's."""


class Attempt:
    """One installation and run, in a thread; what it found out is read when it has ended."""

    def __init__(
        self,
        plan: BundlePlan,
        folder: Path,
        python: str,
        request: RehearsalRequest,
    ) -> None:
        self._plan = plan
        self._folder = folder
        self._python = python
        self._request = request
        self.installed = False
        self.packages: Mapping[str, str] = {}
        self.cached = False
        self.size = 0
        self.seconds = 0.0

    def carry_out(self, processes: Processes) -> int:
        """Make the environment and run the notebook in it; return the exit code."""
        app = self._folder / "app"
        listed = app / self._plan.requirements.package_file
        with contextlib.ExitStack() as stack:
            try:
                made = stack.enter_context(
                    clean_environment_of(
                        listed if listed.is_file() else None,
                        python=self._python,
                        call=lambda command, variables: processes.run(command, variables, cwd=app),
                        say=lambda _line: None,
                        most=self._request.most_bytes,
                    )
                )
            except EnvironmentFailedError:
                return TIMED_OUT if processes.timed_out else 1
            self.installed, self.cached, self.size = True, made.cached, made.size
            run = {INTERACTIVE: self._run_app, QUARTO: self._run_quarto}.get(self._plan.mode, self._run_notebook)
            processes.say(f"Running {self._plan.entrypoint}")
            began = time.monotonic()
            try:
                return run(made.python, processes)
            finally:
                self.seconds = time.monotonic() - began
                self.packages = dict(each.split("==", 1) for each in installed_packages(made.folder))

    def _run_notebook(self, python: Path, processes: Processes) -> int:
        """Run it as nbconvert does, and write its page."""
        notebook = self._folder / "app" / self._plan.entrypoint
        hide = self._plan.manifest.get("jupyter") or {}
        command = nbconvert_command(notebook.name, self._folder / "site", hide=hide, executed=self._folder / EXECUTED)
        return processes.run(command, self._variables(python, notebook), cwd=notebook.parent)

    def _run_quarto(self, python: Path, processes: Processes) -> int:
        """Render it by the Quarto of this machine, and take its page."""
        document = self._folder / "app" / self._plan.entrypoint
        variables = {**self._variables(python, document), "QUARTO_PYTHON": str(python)}
        command = [find_program("quarto") or "quarto", "render", self._plan.entrypoint, *QUARTO_OPTIONS]
        code = processes.run(command, variables, cwd=self._folder / "app")
        page = document.with_suffix(".html")
        if code == 0 and page.is_file():
            (self._folder / "site").mkdir()
            page.rename(self._folder / "site" / "index.html")
        return code

    def _run_app(self, python: Path, processes: Processes) -> int:
        """Start Voilà, and load its first page; start it again where its port or a kernel's was taken meanwhile."""
        notebook = self._folder / "app" / self._plan.entrypoint
        token, lines = secrets.token_urlsafe(24), list[str]()
        config = self._folder / "config"
        config.mkdir()
        (config / "voila.json").write_text(json.dumps({"Voila": {"token": token}}), encoding="utf-8")
        variables = {**self._variables(python, notebook), "JUPYTER_CONFIG_DIR": str(config)}

        def say(line: str) -> None:
            lines.append(line)
            processes.say(line)

        def serve() -> int:
            port, ended = free_port(), threading.Event()
            command = [str(python), *(each.format(entrypoint=notebook.name, port=port, base="/") for each in VOILA)]
            with ThreadPoolExecutor(1, thread_name_prefix="first-page") as pool:
                loaded = pool.submit(loads_first_page, port, token=token, ended=ended, limit=self._request.time_limit)
                loaded.add_done_callback(lambda _done: processes.end_this())
                try:
                    processes.run(command, variables, cwd=notebook.parent, say=say)
                finally:
                    ended.set()
                if processes.timed_out:
                    return TIMED_OUT
                return 0 if loaded.result() else 1

        code = serve()
        return serve() if code == 1 and any(each in line for line in lines for each in NOT_STARTED) else code

    def _variables(self, python: Path, notebook: Path) -> dict[str, str]:
        home = self._folder / "home"
        home.mkdir()
        kernel_folder(self._folder / "jupyter", python, notebook)
        own = {"JUPYTER_PATH": str(self._folder / "jupyter"), "JUPYTER_RUNTIME_DIR": str(home / "runtime")}
        given = self._request.options.env or {}
        values = {name: value.reveal() for name, value in given.items() if value is not None}
        return clean_environment(home, {**values, **own})
