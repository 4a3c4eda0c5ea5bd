"""The Jupyter application behind ``jupyter publish``: loaded where configuration is to be read, shown or written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from jupyter_core.application import JupyterApp
from traitlets import Bool, Instance, List, Unicode

from .. import __version__
from .arguments import read_arguments
from .command import Command, Configured
from .exit_status import finish


class PublishApp(JupyterApp):
    """Publish a notebook to Posit Connect. Options of the command line win over what is configured here."""

    name = "jupyter-publish"
    description = "Publish a notebook to Posit Connect."
    version = __version__
    aliases = {"config": "JupyterApp.config_file", "log-level": "Application.log_level"}  # noqa: RUF012 - a trait

    server = Unicode("", help="Name or address of the server to publish to.").tag(config=True)
    mode = Unicode("", help="What to publish as: source, html, voila or quarto.").tag(config=True)
    files = List(Unicode(), help="Files, folders and patterns to add, from the notebook's folder.").tag(config=True)
    requirements = Unicode("auto", help="auto, freeze, imports or a requirements file.").tag(config=True)
    hide_input = Unicode("", help="all or tagged hides code from readers.").tag(config=True)
    quiet = Bool(default_value=False, help="No progress; only the content's address.").tag(config=True)

    arguments = Instance(argparse.Namespace)

    def parse_command_line(self, argv: Sequence[str] | None = None) -> None:
        """Read our options strictly and leave the rest to Jupyter."""
        self.arguments = read_arguments(sys.argv[1:] if argv is None else argv)
        super().parse_command_line(self.arguments.traits)

    def start(self) -> None:
        """Do what the arguments say; exits with the code that tells how it went."""
        super().start()
        configured = Configured(
            server=self.server,
            mode=self.mode,
            files=tuple(self.files),
            requirements=self.requirements,
            hide_input=self.hide_input,
            quiet=self.quiet,
        )
        with finish(as_json=self.arguments.json, debug=self.arguments.debug):
            Command(self.arguments, configured=configured).run()
