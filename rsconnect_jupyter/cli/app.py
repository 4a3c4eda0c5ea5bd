"""The Jupyter application behind ``jupyter publish``: loaded where configuration is to be read, shown or written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from jupyter_core.application import JupyterApp
from traitlets import Bool, Float, Instance, List, Unicode

from .. import __version__
from ..models.options import OPTIONS, OptionInfo
from .arguments import read_arguments
from .command import Command, Configured
from .exit_status import finish

_KINDS = {"flag": Bool, "list": List, "number": Float}
_PER_PUBLISH = ("title", "update", "new", "env", "env_file")
"""Options that belong to one notebook or one publish: a configuration file does not set them."""


def _trait(info: OptionInfo) -> Any:
    text = f"{info.help[0].upper()}{info.help[1:]}."
    kind = _KINDS.get(info.kind, Unicode)
    made = List(Unicode(), help=text) if kind is List else kind(None, allow_none=True, help=text)
    return made.tag(config=True)


_TRAITS = {name: _trait(info) for name, info in OPTIONS.items() if name not in _PER_PUBLISH}
_Configurable: Any = type("Configurable", (JupyterApp,), _TRAITS)


class PublishApp(_Configurable):  # type: ignore[misc]
    """Publish a notebook to Posit Connect. Options of the command line win over what is configured here."""

    name = "jupyter-publish"
    description = "Publish a notebook to Posit Connect."
    version = __version__
    aliases = {"config": "JupyterApp.config_file", "log-level": "Application.log_level"}  # noqa: RUF012 - a trait

    server = Unicode("", help="Name or address of the server to publish to.").tag(config=True)
    quiet = Bool(default_value=False, help="No progress; only the content's address.").tag(config=True)

    arguments = Instance(argparse.Namespace)

    def parse_command_line(self, argv: Sequence[str] | None = None) -> None:
        """Read our options strictly and leave the rest to Jupyter."""
        self.arguments = read_arguments(sys.argv[1:] if argv is None else argv)
        super().parse_command_line(self.arguments.traits)

    def start(self) -> None:
        """Do what the arguments say; exits with the code that tells how it went."""
        super().start()
        options = {name: value for name in _TRAITS if (value := getattr(self, name)) not in (None, "", [])}
        configured = Configured(server=self.server, quiet=self.quiet, options=options)
        with finish(as_json=self.arguments.json, debug=self.arguments.debug):
            Command(self.arguments, configured=configured).run()
