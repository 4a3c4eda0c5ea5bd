"""What the sandbox is started with."""

from __future__ import annotations

import argparse
import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from jupyter_core.paths import jupyter_data_dir

from .identity_tokens import read_trusted_issuer

GIBIBYTE = 1024**3
LONGEST = 10.0**7
DEFAULT_VERSION = "2026.06.0"


class StartError(Exception):
    """The sandbox cannot start.

    Args:
        message: What is wrong.
        hint: What to do about it.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(f"{message} {hint}")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything a person may choose about a sandbox.

    Attributes:
        port: 0 takes any free port.
        data: Folder that holds the database and all files.
        api_key: The administrator's key; None keeps the one in the data folder or makes one.
        python: ``inherit`` runs content with this interpreter, ``venv`` in a fresh environment of its requirements.
        prefix: Path in front of everything, ``""`` or ``"/rsc"``.
        version: The Connect version to answer as, ``(2026, 6, 0)``.
        legacy_only: True offers only the unversioned endpoints.
        default_access: Who may read new content: its editors (``acl``), who is signed in, or ``all``.
        run_limit: Seconds that one run may take.
        max_unpacked: Bytes that one bundle may unpack to.
        max_files: Entries that one bundle may have.
        idle_limit: Seconds without a visitor after which an interactive app is stopped.
        always_sign_in: True shows content to nobody who is not signed in, also what is for all.
        allow_host: Further names by which browsers may ask for the sandbox.
        strict: True refuses query parameters that a route does not have.
        poll_interval: Seconds between two looks at the git repositories that are polled.
        auth: Ways to sign in besides API keys: ``oauth``, ``claim`` (tokens that are claimed), ``all`` or none.
        choose_user: True lets everyone who reaches the sign-in page be whom they choose, without a key.
        token_lifetime: Seconds that an OAuth access token is good.
        device_interval: Seconds that a client has to wait between two polls for a device code.
        allow_redirect: Addresses besides those on loopback that OAuth clients may register.
        trusted_issuer: File that describes whose identity tokens are exchanged for an API key.
        movable_clock: True lets administrators move the time forward.
        retired_python: Further Python versions to list, as not for new content.
    """

    host: str = "127.0.0.1"
    port: int = 3939
    data: Path
    api_key: str | None = None
    python: Literal["inherit", "venv"] = "inherit"
    prefix: str = ""
    legacy_only: bool = False
    version: tuple[int, ...] = (2026, 6, 0)
    hide_version: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None
    bootstrap_secret: Path | None = None
    default_access: Literal["acl", "logged_in", "all"] = "acl"
    run_limit: float = 600.0
    max_unpacked: int = 5 * GIBIBYTE
    max_files: int = 10_000
    idle_limit: float = 300.0
    parallel_runs: int = 2
    poll_interval: float = 300.0
    retired_python: tuple[str, ...] = ()
    always_sign_in: bool = False
    allow_host: tuple[str, ...] = ()
    strict: bool = False
    auth: Literal["api-keys", "oauth", "claim", "all"] = "all"
    choose_user: bool = False
    token_lifetime: float = 3600.0
    device_interval: int = 5
    allow_redirect: tuple[str, ...] = ()
    trusted_issuer: Path | None = None
    movable_clock: bool = False

    def offers(self, way: str) -> bool:
        """Return whether users may sign in this way, ``oauth`` or ``claim``."""
        new_enough = way != "oauth" or (self.version >= (2026, 2) and not self.legacy_only)
        return self.auth in (way, "all") and new_enough

    @property
    def hosts(self) -> set[str]:
        """The names that requests may be for; a website that gives its own name our address gets nothing."""
        names = {"127.0.0.1", "localhost", "::1", self.host, *self.allow_host}
        return {f"[{each}]" if ":" in each else each.lower() for each in names if each}

    @property
    def version_text(self) -> str:
        """The version as Connect writes it: ``2026.06.0``."""
        year, month, *rest = self.version
        return ".".join([str(year), f"{month:02d}" if year > 2000 else str(month), *map(str, rest)])


def read_settings(arguments: Sequence[str] | None = None) -> Settings:
    """Return the settings of a command line; ends the program with a usage text when it is wrong."""
    parser = _parser()
    found = parser.parse_args(arguments)
    if (found.tls_cert is None) != (found.tls_key is None):
        parser.error("--tls-cert and --tls-key go together")
    if found.bootstrap_secret is not None:
        _check_secret(parser, found.bootstrap_secret)
    if (found.trusted_issuer or found.bootstrap_secret) and find_spec("jwt") is None:
        parser.error("--trusted-issuer and --bootstrap-secret need PyJWT: pip install rsconnect-jupyter[sandbox]")
    if found.choose_user and found.host not in ("127.0.0.1", "localhost", "::1"):
        parser.error("--choose-user is for sandboxes that only this machine reaches")
    if found.trusted_issuer is not None:
        try:
            read_trusted_issuer(found.trusted_issuer)
        except (OSError, ValueError) as error:
            parser.error(f"argument --trusted-issuer: {error}")
    lists: dict[str, Any] = {name: tuple(value) for name, value in vars(found).items() if isinstance(value, list)}
    return Settings(**{**vars(found), **lists})


def _check_secret(parser: argparse.ArgumentParser, path: Path) -> None:
    """End the program unless the file holds what bootstrap tokens need: at least 32 bytes in base64."""
    try:
        secret = base64.b64decode(path.read_bytes().strip(), validate=True)
    except (OSError, ValueError) as error:
        parser.error(f"argument --bootstrap-secret: {error}")
    if len(secret) < 32:
        parser.error("argument --bootstrap-secret: the secret has less than 32 bytes")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rsconnect_jupyter.sandbox",
        description="A local, Connect-compatible server that really runs what is published to it.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    add("--port", type=_port, default=3939, help="0 takes any free port (default: 3939)")
    add("--data", type=_data, default=default_data(), help="folder for everything that is kept (default: %(default)s)")
    add(
        "--api-key", type=_key, help="the administrator's API key (default: the one of the data folder, else a new one)"
    )
    add("--python", choices=["inherit", "venv"], default="inherit", help="which Python runs the content")
    add("--prefix", type=_prefix, default="", help="path in front of everything, such as /rsc")
    add("--legacy-only", action="store_true", help="offer only Connect's old, unversioned endpoints")
    add(
        "--connect-version",
        dest="version",
        type=_version,
        default=_version(DEFAULT_VERSION),
        help="the Connect version to answer as",
    )
    add("--hide-version", action="store_true", help="do not say which version it is")
    add("--tls-cert", type=Path, help="PEM file with the certificate")
    add("--tls-key", type=Path, help="PEM file with the certificate's key")
    add("--bootstrap-secret", type=Path, metavar="FILE", help="file with the base64 secret that bootstrap tokens use")
    add("--default-access", choices=["acl", "logged_in", "all"], default="acl", help="who may read new content")
    add("--run-limit", type=_seconds, default=600.0, metavar="SECONDS", help="longest time that one run may take")
    add("--max-unpacked", type=_bytes, default=5 * GIBIBYTE, metavar="BYTES", help="most that a bundle may unpack to")
    add(
        "--idle-limit", type=_seconds, default=300.0, metavar="SECONDS", help="an app without visitors stops after this"
    )
    retired, polled = "also list this Python, as not publishable", "time between two looks at polled git repositories"
    add("--retired-python", action="append", default=[], metavar="VERSION", help=retired)
    add("--poll-interval", type=_seconds, default=300.0, metavar="SECONDS", help=polled)
    add("--always-sign-in", action="store_true", help="show no content to who is not signed in, also what is for all")
    further = "another host name that browsers may use for the sandbox (can be given more than once)"
    add("--allow-host", action="append", default=[], metavar="NAME", help=further)
    _add_sign_in(parser)
    add("--strict", action="store_true", help="refuse query parameters that a route does not have")
    return parser


def _add_sign_in(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("sign-in").add_argument
    ways = ["api-keys", "oauth", "claim", "all"]
    add("--auth", choices=ways, default="all", help="how users can sign in; API keys always work (default: all)")
    anybody = "the sign-in page asks who you are, not for a key: for tests, as everyone on this machine may be anyone"
    add("--choose-user", action="store_true", help=anybody)
    life, interval = "how long an OAuth access token is good", "least time between two polls for a device code"
    add("--token-lifetime", type=_seconds, default=3600.0, metavar="SECONDS", help=f"{life} (default: 3600)")
    add("--device-interval", type=_bytes, default=5, metavar="SECONDS", help=f"{interval} (default: 5)")
    redirect = "an address that OAuth clients may register besides loopback (can be given more than once)"
    add("--allow-redirect", action="append", default=[], metavar="URL", help=redirect)
    issuer = "JSON file that describes whose identity tokens are exchanged for API keys"
    add("--trusted-issuer", type=_data, metavar="FILE", help=issuer)
    clock = "let administrators move the time forward: POST /__sandbox__/clock with {seconds}"
    add("--movable-clock", action="store_true", help=clock)


def default_data() -> Path:
    """Return the folder under Jupyter's data folder where a sandbox keeps its things."""
    return Path(jupyter_data_dir()) / "rsconnect-sandbox"


def _data(text: str) -> Path:
    return Path(text).expanduser().resolve()


def _version(text: str) -> tuple[int, ...]:
    parts = text.split(".")
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a version such as {DEFAULT_VERSION}")
    return tuple(int(part) for part in parts)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def _key(text: str) -> str:
    if not re.fullmatch(r"[!-~]{1,500}", text):
        raise argparse.ArgumentTypeError("a key consists of printable characters without spaces")
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _bytes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 2**60):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of bytes above 0")
    return int(text)


def _prefix(text: str) -> str:
    text = text.strip("/")
    if any(set(part) <= {"."} or not re.fullmatch(r"[A-Za-z0-9._~-]+", part) for part in text.split("/") if text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a path such as /rsc")
    return f"/{text}" if text else ""
