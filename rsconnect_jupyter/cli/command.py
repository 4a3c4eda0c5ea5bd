"""What ``jupyter publish`` does: one of publish, dry run, or a change of the known servers."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ..errors import OptionError, TargetError
from ..foreground import inputs
from ..messages import error_text
from ..models import OPTIONS, Deployment, PublishOptions, PublishRequest, Secret, Server
from ..translation import _
from .arguments import CONTENT_COMMANDS, changes_servers, given


class Configured(msgspec.Struct, frozen=True, kw_only=True):
    """What Jupyter's configuration files say; options of the command line win over it."""

    server: str = ""
    quiet: bool = False
    options: Mapping[str, Any] = msgspec.field(default_factory=dict)


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
        if changes_servers(self.arguments):
            from .server_commands import change_servers  # noqa: PLC0415

            change_servers(self.arguments, ask_key=self._ask_key)
        elif self.arguments.download:
            from .version_commands import download  # noqa: PLC0415

            download(self.arguments, self._completed)
        elif self.arguments.versions or self.arguments.restore or self.arguments.compare is not None:
            from .version_commands import VersionCommands  # noqa: PLC0415

            VersionCommands(self.arguments, self._completed, self._progress, configured=self.configured.server).run(
                self.options
            )
        elif any(given(self.arguments, each) for each in CONTENT_COMMANDS):
            from ..foreground.content_versions import published_notebook  # noqa: PLC0415
            from .content_commands import look_after  # noqa: PLC0415

            look_after(
                self.arguments,
                published_notebook(
                    self.arguments.notebooks[0],
                    server=self.arguments.server,
                    content=self.arguments.update,
                    configured=self.configured.server,
                    prepare=self._completed,
                ),
                self.options,
            )
        elif self.arguments.dry_run:
            from .dry_run import show_plan  # noqa: PLC0415

            notebook = inputs.existing_notebook(self.arguments.notebooks[0])
            show_plan(notebook, self.options(notebook), self.arguments, server=self._server_name)
        elif self.arguments.rehearse:
            from .rehearse import show_rehearsal  # noqa: PLC0415

            notebook = inputs.existing_notebook(self.arguments.notebooks[0])
            show_rehearsal(
                notebook, self.options(notebook), self.arguments, server=self._server_name, quiet=self._quiet
            )
        else:
            self._publish()

    def _publish(self) -> None:
        from ..project_files import project_root  # noqa: PLC0415
        from ..servers.store import ServerStore  # noqa: PLC0415
        from .report import print_json, result_text  # noqa: PLC0415

        notebook = inputs.existing_notebook(self.arguments.notebooks[0])
        options = self.options(notebook)
        server = inputs.chosen_server(
            ServerStore(), self.arguments.server, notebook=notebook, configured=self.configured.server
        )
        server = self._completed(server)
        request = PublishRequest(notebook=notebook, root=project_root(notebook), server=server, options=options)
        deployment = self._carry_out(request)
        if self.arguments.json:
            print_json(deployment.as_dict())
        else:
            print(result_text(deployment, quiet=self._quiet, finished=options.wait is not False), flush=True)  # noqa: T201

    def _carry_out(self, request: PublishRequest) -> Deployment:
        from ..foreground.run_publish import carry_out  # noqa: PLC0415
        from .report import print_json  # noqa: PLC0415

        as_json = self.arguments.json
        on_event = (lambda event: print_json(event.as_dict())) if as_json else None
        try:
            with self._progress() as watcher:
                return carry_out(request, watcher=watcher, on_event=on_event)
        except TargetError as exc:
            if exc.code != "published-by-others":
                raise
            if not self._may_overwrite(exc):
                hint = error_text("published-by-others/command", title="").hint
                raise exc.with_parts(hint=hint) from exc.__cause__
        return self._carry_out(replace(request, options=dataclasses.replace(request.options, overwrite=True)))

    def _progress(self) -> AbstractContextManager[Any]:
        """Return what shows progress on stderr, or shows nothing."""
        from ..foreground.terminal import TerminalProgress  # noqa: PLC0415

        return nullcontext() if self._quiet or self.arguments.json else TerminalProgress(sys.stderr)

    def _completed(self, server: Server) -> Server:
        """Return a server with its connection settings and its key, which a person is asked for.

        Raises:
            NoKeyError: no key is known.
            OptionError: code ``bad-option``.
        """
        server = self._with_connection(server)
        if self.arguments.identity_token:
            from ..foreground.sign_in import with_identity_token  # noqa: PLC0415

            return with_identity_token(server, self.arguments.identity_token)
        if not server.has_credential and self._may_ask:
            server = replace(server, api_key=self._ask_key(server.url))
        return inputs.with_key(server)

    def options(self, notebook: Path) -> PublishOptions:
        """Return the options of the command line, those of the configuration where it has none."""
        given = {name: value for name in OPTIONS if (value := getattr(self.arguments, name)) is not None}
        if given.get("schedule") and self.arguments.timezone:
            given["schedule"] = f"{given['schedule']} ({self.arguments.timezone})"
        configured = self.configured.options
        if "files" in given and "files" in configured:
            given["files"] = [*configured["files"], *given["files"]]
        return inputs.options_from_here({**configured, **given}, notebook)

    @property
    def _server_name(self) -> str:
        return str(self.arguments.server or self.configured.server)

    def _with_connection(self, server: Server) -> Server:
        """Return a server that was given by address with ``--cacert`` and ``--insecure`` applied.

        A key that is kept for a saved server was entered for a connection with its own TLS settings.

        Raises:
            OptionError: code ``bad-option``: it is a saved server.
        """
        if (self.arguments.cacert or self.arguments.insecure) and server.key_place not in ("none", "environment"):
            raise OptionError.of("bad-option/connection", server=server.name)
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
        import getpass  # noqa: PLC0415 - a terminal's, and seldom

        key = getpass.getpass(_("API key for {url} (not shown): ").format(url=url), stream=sys.stderr).strip()
        return Secret(key) if key else None

    def _may_overwrite(self, error: TargetError) -> bool:
        """Return True when the person says yes to overwriting another's version."""
        if not self._may_ask:
            return False
        question = _("Overwrite it? [y/N]")
        print(f"{error.message}\n{question} ", end="", file=sys.stderr, flush=True)  # noqa: T201
        return sys.stdin.readline().strip().lower() in {"y", "yes", *_("y yes").split()}
