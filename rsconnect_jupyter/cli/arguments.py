"""The options of ``jupyter publish``: read strictly, and explained without loading anything slow."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any

from ..errors import OptionError
from ..models.options import OPTIONS
from ..translation import N_, _

_SEE_HELP = N_("See jupyter publish --help.")

_EXAMPLES = """\
  jupyter publish --sign-in https://connect.example.com
  jupyter publish --add-server https://connect.example.com
  jupyter publish sales.ipynb --server connect.example.com
  jupyter publish sales.ipynb --as html --hide-input all
  jupyter publish sales.ipynb --dry-run --output bundle.tar.gz
  jupyter publish sales.ipynb --rehearse --fix
  jupyter publish sales.ipynb --compare
  jupyter publish sales.ipynb --restore 41
  jupyter publish sales.ipynb --run-log
"""

_RUN_COMMANDS = ("runs", "run_log", "run_now", "stop_run")
_SETTING_COMMANDS = (
    "variables",
    "set_variables",
    "show_schedule",
    "set_schedule",
    "list_integrations",
    "set_integrations",
)
CONTENT_COMMANDS = (*_RUN_COMMANDS, *_SETTING_COMMANDS)
"""Arguments that are about content that is there: what the server ran of it, and its settings."""

_TRAIT = re.compile(r"--?[A-Za-z_]\w*(\.\w+)+(=.*)?")


def read_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Return the options as written; ``traits`` holds those for Jupyter's configuration (``--PublishApp.x=y`` …).

    Raises:
        OptionError: code ``bad-option``; the message says which.
        SystemExit: after ``--help`` and ``--version``.
    """
    parser = _parser()
    try:
        arguments, unknown = parser.parse_known_args(list(argv))
    except argparse.ArgumentError as exc:  # the only ones left here: no value, or a value for a switch
        raise _no_value(exc.argument_name or "", parser) from None
    arguments.traits = [each for each in unknown if _TRAIT.fullmatch(each)]
    arguments.notebooks += [each for each in unknown if not each.startswith("-")]
    wrong = [each for each in unknown if each.startswith("-") and not _TRAIT.fullmatch(each)]
    if wrong:
        raise _no_option(wrong[0].split("=")[0], parser)
    arguments.traits += [f"--{flag.replace('_', '-')}" for flag in _JUPYTER_FLAGS if getattr(arguments, flag)]
    arguments.traits += [f"--{name}={value}" for name in ("config", "log-level") if (value := _option(arguments, name))]
    _check(arguments)
    return arguments


def _no_value(named: str, parser: argparse.ArgumentParser) -> OptionError:
    option = named.partition("/")[0]
    takes_none = any(option in each.option_strings and each.nargs == 0 for each in parser._actions)
    text = _("{option} takes no value.") if takes_none else _("{option} needs a value.")
    return _bad_option(text.format(option=named))


def _no_option(typed: str, parser: argparse.ArgumentParser) -> OptionError:
    from difflib import get_close_matches  # noqa: PLC0415 - only for what was mistyped

    known = [each for action in parser._actions for each in action.option_strings]
    meant = get_close_matches(typed, known, n=1)
    hint = _("Did you mean {option}?").format(option=meant[0]) if meant else ""
    return _bad_option(_("There is no option {typed}.").format(typed=typed), hint=f"{hint} {_(_SEE_HELP)}".strip())


_JUPYTER_FLAGS = ("debug", "generate_config", "show_config", "help_all")


def _option(arguments: argparse.Namespace, name: str) -> str | None:
    value: str | None = getattr(arguments, name.replace("-", "_"))
    return value


def changes_servers(arguments: argparse.Namespace) -> bool:
    """Tell whether the known servers are listed or changed, rather than a notebook published."""
    names = ("list_servers", "add_server", "remove_server", "sign_in", "sign_out", "finish")
    return any(getattr(arguments, name) for name in names)


def given(arguments: argparse.Namespace, name: str) -> bool:
    """Tell whether a command's flag was typed."""
    return getattr(arguments, name) not in (None, False)


def _check(arguments: argparse.Namespace) -> None:
    """Refuse what contradicts itself."""
    other = changes_servers(arguments)
    if arguments.compare and not arguments.notebooks and not re.fullmatch(r"\d+(\.\.\d+)?", arguments.compare):
        arguments.notebooks, arguments.compare = [arguments.compare], ""  # --compare NOTEBOOK
    if arguments.run_log and not arguments.notebooks:
        arguments.notebooks, arguments.run_log = [arguments.run_log], ""  # --run-log NOTEBOOK
    if arguments.download and arguments.notebooks:
        raise _bad_option(_("--download takes a content, not a notebook."))
    other = other or arguments.download
    commands = ("versions", "compare", "restore", *CONTENT_COMMANDS, "dry_run", "rehearse")
    asked = [each for each in commands if given(arguments, each)]
    if len(asked) > 1:
        flags = ", ".join(f"--{each.replace('_', '-')}" for each in asked)
        raise _bad_option(_("{flags} are different commands.").format(flags=flags), hint=_("Give one of them."))
    if other and arguments.notebooks:
        raise _bad_option(_("A notebook and a change of the known servers are two different commands."))
    if len(arguments.notebooks) > 1:
        raise _bad_option(
            _("{count} notebooks were named.").format(count=len(arguments.notebooks)),
            hint=_("Publish one at a time; add files with --file."),
        )
    if arguments.output and not (arguments.dry_run or arguments.rehearse):
        raise _bad_option(
            _("--output goes with --dry-run."), hint=_("Add --dry-run to write the bundle and publish nothing.")
        )
    if arguments.fix and not arguments.rehearse:
        raise _bad_option(_("--fix goes with --rehearse."), hint=_("Add --rehearse."))
    if arguments.new and arguments.update:
        raise _bad_option(_("--new and --update contradict each other."), hint=_("Give one of them."))
    _check_schedule(arguments, alone=not asked or arguments.dry_run)
    if arguments.finish and not arguments.name:
        raise _bad_option(_("--finish goes with --name."), hint=_("Give the name that --no-wait printed."))
    silent = arguments.generate_config or arguments.show_config or arguments.help_all
    if not (other or silent or arguments.notebooks):
        raise _bad_option(
            _("No notebook was named."), hint=_("Write: jupyter publish NOTEBOOK.ipynb  (see jupyter publish --help)")
        )


def _check_schedule(arguments: argparse.Namespace, *, alone: bool) -> None:
    if arguments.timezone and not (arguments.schedule or arguments.set_schedule):
        raise _bad_option(_("--timezone goes with --schedule or --set-schedule."))
    if (arguments.email or arguments.keep_output) and not arguments.set_schedule:
        raise _bad_option(_("--email and --keep-output go with --set-schedule."))
    if arguments.schedule and not alone:
        hint = _("--set-schedule sets a schedule without a publish.")
        raise _bad_option(_("--schedule goes with a publish."), hint=hint)


def _bad_option(message: str, *, hint: str = "") -> OptionError:
    return OptionError(message, hint=hint or _(_SEE_HELP), code="bad-option")


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Argparse's own words come from another catalog, which has no text of most languages."""

    def __init__(self, prog: str, **more: Any) -> None:
        super().__init__(prog, max_help_position=30, width=100, **more)

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, _("usage: ") if prefix is None else prefix)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jupyter publish",
        description=_("Publish a notebook to Posit Connect."),
        epilog=_epilog(),
        usage=_usage(),
        formatter_class=_Formatter,
        allow_abbrev=False,
        add_help=False,
        exit_on_error=False,
    )
    group = parser.add_argument_group(_("notebook"))
    group.add_argument("notebooks", metavar="NOTEBOOK", nargs="*", help=_("the notebook to publish (.ipynb)"))
    _add_content_options(parser)
    _add_bundle_options(parser)
    _add_output_options(parser)
    _add_version_options(parser)
    _add_run_options(parser)
    _add_server_options(parser)
    _add_jupyter_options(parser)
    return parser


def _usage() -> str:
    options = _("[options]")
    servers = "--list-servers | --add-server URL | --remove-server NAME"
    return f"jupyter publish NOTEBOOK {options}\n       jupyter publish {servers}"


def _epilog() -> str:
    key = _(
        "The API key comes from where --add-server keeps it, from CONNECT_API_KEY, or is asked for; it is never an "
        "argument."
    )
    code = _("Exit code: 0 done, 1 tried and failed, 2 cannot be tried as written, 130 cancelled.")
    return "\n".join([_("examples:"), _EXAMPLES, key, code])


_BUNDLE = ("files", "detect_files", "requirements", "add_requirements", "hide_input", "run_first", "run_timeout")
_SERVER_SIDE = ("package_manager", "image", "manage_python", "manage_r")


def _add_content_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(_("where to and as what"))
    group.add_argument(
        "--server",
        metavar="NAME|URL",
        help=_("a known server, or an address (default: the one published to last, else the default one)"),
    )
    for name in OPTIONS:
        if name not in (*_BUNDLE, *_SERVER_SIDE):
            _add_option(group, name)


def _add_bundle_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(_("what is published"))
    for name in _BUNDLE:
        _add_option(group, name)
    group.add_argument("--dry-run", action="store_true", help=_("show what would be published; no network is used"))
    group.add_argument("--rehearse", action="store_true", help=_("run it in a clean environment here; nothing is sent"))
    group.add_argument("--fix", action="store_true", help=_("with --rehearse: apply fixes and rehearse again"))
    group.add_argument(
        "--output",
        metavar="FILE",
        help=_("write the bundle (--dry-run, .tar.gz) or the page (--rehearse, .html) there"),
    )
    group = parser.add_argument_group(_("how the server installs and runs it"))
    for name in _SERVER_SIDE:
        _add_option(group, name)


def _add_option(group: argparse._ArgumentGroup, name: str) -> None:
    """Add the flags of one option; one that is not typed is None."""
    info = OPTIONS[name]
    several = {"action": "append", "metavar": info.metavar}
    reversible: dict[str, Any] = {"action": argparse.BooleanOptionalAction}
    plain: dict[str, Any] = {"metavar": info.metavar}
    if info.kind == "flag":
        plain = reversible if info.remembered or info.default else {"action": "store_const", "const": True}
    elif info.kind in ("list", "variables"):
        plain = several
    elif info.kind == "number":
        plain["type"] = _number(info.flags[-1])
    elif info.choices:
        plain |= {"type": _one_of(info.choices, info.flags[-1]), "metavar": f"{{{','.join(info.choices)}}}"}
    text = _(info.help)
    if info.kind in ("list", "variables"):
        text = _("{help} (repeatable)").format(help=text)
    group.add_argument(*info.flags, dest=name, default=None, help=text, **plain)


def _number(option: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            return float(text)
        except ValueError:
            raise _bad_option(_("{option} takes a number, not {value!r}.").format(option=option, value=text)) from None

    return read


def _one_of(choices: Sequence[str], option: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text in choices:
            return text
        message = _("{option} does not take {value!r}.").format(option=option, value=text)
        raise _bad_option(message, hint=_("Give one of: {values}.").format(values=", ".join(choices)))

    return read


def _add_output_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(_("output"))
    group.add_argument("--json", action="store_true", help=_("events as JSON lines on stdout, the deployment last"))
    group.add_argument(
        "--quiet", "-q", action="store_true", help=_("no progress; only the content's address on stdout")
    )


def _add_version_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(_("versions of what was published"))
    group.add_argument("--versions", action="store_true", help=_("list the versions, newest first"))
    group.add_argument(
        "--compare",
        metavar="ID[..ID]",
        nargs="?",
        const="",
        help=_(
            "show how the notebook differs from a version (default: what readers see), or a version from another one: "
            "41..42; exit code 1 when it does"
        ),
    )
    group.add_argument("--restore", metavar="ID", help=_("make this version what readers see"))
    group.add_argument(
        "--download", metavar="GUID|URL", help=_("fetch published content into a new folder, to change and publish it")
    )


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(_("content that is there"))
    group.add_argument("--runs", action="store_true", help=_("list the runs, newest first"))
    group.add_argument(
        "--run-log",
        metavar="KEY",
        nargs="?",
        const="",
        help=_(
            "show the log of a run, and why it failed (default: the newest that failed); exit code 1 when it failed"
        ),
    )
    group.add_argument("--run-now", action="store_true", help=_("have the server run the content again"))
    group.add_argument("--stop-run", metavar="KEY", help=_("end a run"))
    group.add_argument(
        "--variables", action="store_true", help=_("list the environment variables: set, missing, not used by the code")
    )
    group.add_argument("--show-schedule", action="store_true", help=_("show when the server runs it again"))
    group.add_argument(
        "--set-schedule", metavar="WHEN", help=_("set a schedule without a publish; WHEN as for --schedule")
    )
    group.add_argument(
        "--timezone",
        metavar="ZONE",
        help=_("with --schedule or --set-schedule: its time zone (default: this machine's)"),
    )
    group.add_argument("--email", action="store_true", help=_("with --set-schedule: mail the page to collaborators"))
    group.add_argument(
        "--keep-output", action="store_true", help=_("with --set-schedule: readers do not see what the runs make")
    )
    group.add_argument(
        "--set-variables", action="store_true", help=_("set those of --env and --env-file at once, without a publish")
    )
    group.add_argument(
        "--list-integrations",
        action="store_true",
        help=_("list the OAuth integrations, * before those the content uses"),
    )
    group.add_argument(
        "--set-integrations", action="store_true", help=_("apply --integration at once, without a publish")
    )


def _add_server_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(_("servers"))
    group.add_argument("--list-servers", action="store_true", help=_("list the known servers"))
    group.add_argument("--add-server", metavar="URL", help=_("check a server and an API key, and keep both"))
    group.add_argument(
        "--sign-in",
        metavar="URL|NAME",
        help=_("sign in with the browser; with --no-wait print page and code as JSON, and end"),
    )
    group.add_argument("--sign-out", metavar="NAME", help=_("end the session of a server, or delete its key"))
    group.add_argument("--finish", action="store_true", help=_("with --name: ask once whether such a sign-in is done"))
    group.add_argument("--remove-server", metavar="NAME", help=_("remove a server and its key"))
    identity = _("publish with an OIDC identity token, read from a file or, as env:NAME, from a variable")
    group.add_argument("--identity-token", metavar="FILE|env:NAME", help=identity)
    group.add_argument("--name", help=_("with --add-server or --sign-in: what to call it (default: its host)"))
    group.add_argument(
        "--cacert", metavar="FILE", help=_("CA certificate (PEM) to trust for a server given by address")
    )
    group.add_argument("--insecure", action="store_true", help=_("do not check the certificate of such a server"))


def _add_jupyter_options(parser: argparse.ArgumentParser) -> None:
    from .. import __version__  # noqa: PLC0415 - reads a module of one line

    group = parser.add_argument_group(_("other"))
    group.add_argument("--help", "-h", action="help", help=_("show this"))
    group.add_argument("--version", action="version", version=__version__, help=_("show the version"))
    group.add_argument("--help-all", action="store_true", help=_("show what Jupyter's configuration files can set"))
    group.add_argument("--config", metavar="FILE", help=_("read this configuration file"))
    group.add_argument("--log-level", metavar="LEVEL", help=argparse.SUPPRESS)
    group.add_argument("--debug", action="store_true", help=_("log more, show tracebacks"))
    group.add_argument("--generate-config", action="store_true", help=argparse.SUPPRESS)
    group.add_argument("--show-config", action="store_true", help=argparse.SUPPRESS)
