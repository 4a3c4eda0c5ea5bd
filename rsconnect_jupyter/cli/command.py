"""What ``jupyter publish`` does: one of publish, dry run, or a change of the known servers."""

from __future__ import annotations

import argparse
import getpass
import sys
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from ..errors import RSConnectException, TargetError
from ..foreground import inputs
from ..models import Choices, Deployment, HideInput, PublishRequest, Secret, Server


@dataclass(frozen=True, kw_only=True)
class Configured:
    """What Jupyter's configuration files say; options of the command line win over it."""

    server: str = ""
    mode: str = ""
    files: tuple[str, ...] = ()
    requirements: str = "auto"
    hide_input: str = ""
    quiet: bool = False


class Command:
    """One call of the command.

    Args:
        arguments: As `read_arguments` returns them.
        configured: What takes the place of options that were not given.
    """

    def __init__(self, arguments: argparse.Namespace, *, configured: Configured | None = None) -> None:
        self.arguments = arguments
        self.configured = configured or Configured()

    def run(self) -> None:
        """Do what the arguments say.

        Raises:
            RSConnectException: it cannot be done, or it failed.
        """
        if self.arguments.list_servers or self.arguments.add_server or self.arguments.remove_server:
            from .server_commands import change_servers  # noqa: PLC0415

            change_servers(self.arguments, ask_key=self._ask_key)
        elif self.arguments.dry_run:
            from .dry_run import show_plan  # noqa: PLC0415

            notebook = inputs.existing_notebook(self.arguments.notebooks[0])
            choices = inputs.filled(self._choices(notebook), notebook, None, absent=self._absent)
            show_plan(notebook, choices, self.arguments)
        else:
            self._publish()

    def _publish(self) -> None:
        from ..foreground.location import find_root  # noqa: PLC0415
        from ..servers.store import ServerStore  # noqa: PLC0415
        from .report import JsonLines, result_text  # noqa: PLC0415

        notebook = inputs.existing_notebook(self.arguments.notebooks[0])
        choices = self._choices(notebook)
        server = inputs.chosen_server(ServerStore(), self.arguments.server or self.configured.server, notebook=notebook)
        server = self._with_connection(server)
        if not server.api_key and self._may_ask:
            server = replace(server, api_key=self._ask_key(server.url))
        server = inputs.with_key(server)
        choices = inputs.filled(choices, notebook, server, absent=self._absent)
        request = PublishRequest(notebook=notebook, root=find_root(notebook), server=server, choices=choices)
        lines = JsonLines(sys.stdout) if self.arguments.json else None
        deployment = self._carry_out(request, lines)
        if lines is not None:
            lines.write(deployment.as_dict())
        else:
            print(result_text(deployment, quiet=self._quiet), flush=True)  # noqa: T201

    def _carry_out(self, request: PublishRequest, lines: Any) -> Deployment:
        from ..foreground.run_publish import carry_out  # noqa: PLC0415
        from ..foreground.terminal import TerminalProgress  # noqa: PLC0415

        on_event = lines.event if lines is not None else None
        try:
            with nullcontext() if self._quiet or lines else TerminalProgress(sys.stderr) as watcher:
                return carry_out(request, watcher=watcher, on_event=on_event)
        except TargetError as exc:
            if not self._may_replace(exc):
                if exc.code == "published-by-others":
                    exc.hint = "Look at what is there now; publish over it with --yes, or as new content with --new."
                raise
        return self._carry_out(replace(request, choices=replace(request.choices, replace=True)), lines)

    def _choices(self, notebook: Path) -> Choices:
        from ..connect.app_modes import parse_mode  # noqa: PLC0415

        given = self.arguments
        mode, hidden = given.mode or self.configured.mode, given.hide_input or self.configured.hide_input
        if hidden not in ("", "none", "all", "tagged"):
            raise RSConnectException(
                f"Code cannot be hidden as {hidden!r}.", hint="Use one of: all, tagged.", code="bad-option"
            )
        return Choices(
            title=given.title,
            mode=parse_mode(mode) if mode else None,
            target=inputs.read_target(given.update, new=given.new),
            files=inputs.files_from_here([*self.configured.files, *given.files], notebook),
            requirements=inputs.requirements_from_here(given.requirements or self.configured.requirements, notebook),
            hide_input=cast(HideInput, hidden) if hidden else None,
            env=inputs.read_variables(given.env),
            replace=given.yes,
            draft=given.draft,
        )

    @property
    def _absent(self) -> set[str]:
        """The choices that were not made, neither here nor in the configuration."""
        made = {"files": self.configured.files or self.arguments.files, "requirements": self.arguments.requirements}
        made["requirements"] = made["requirements"] or self.configured.requirements != "auto"
        return {name for name, value in made.items() if not value}

    def _with_connection(self, server: Server) -> Server:
        """Return the server with ``--cacert`` and ``--insecure`` applied."""
        if self.arguments.cacert:
            server = replace(server, ca_data=inputs.read_certificate(self.arguments.cacert))
        return replace(server, insecure=True) if self.arguments.insecure else server

    @property
    def _quiet(self) -> bool:
        return bool(self.arguments.quiet or self.configured.quiet)

    @property
    def _may_ask(self) -> bool:
        """True when a person sits at a terminal; without one nothing is asked."""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty() and not self.arguments.json

    def _ask_key(self, url: str) -> Secret | None:
        if not self._may_ask:
            return None
        key = getpass.getpass(f"API key for {url} (not shown): ", stream=sys.stderr).strip()
        return Secret(key) if key else None

    def _may_replace(self, error: TargetError) -> bool:
        """Return True when what stands in the way is another's version and the person says yes."""
        if error.code != "published-by-others" or self.arguments.yes or not self._may_ask:
            return False
        print(f"{error.message}\nReplace it? [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201
        return sys.stdin.readline().strip().lower() in ("y", "yes")
