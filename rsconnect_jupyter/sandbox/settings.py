"""What the sandbox is started with."""

# ruff: noqa: RUF009 - what _option returns is a field

from __future__ import annotations

import argparse
import base64
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from jupyter_core.paths import jupyter_data_dir

from .identity_tokens import read_trusted_issuer
from .option_values import (
    DEFAULT_VERSION,
    read_key,
    read_path,
    read_port,
    read_prefix,
    read_seconds,
    read_version,
    read_whole_number,
)

GIBIBYTE = 1024**3


class StartError(Exception):
    """The sandbox cannot start.

    Args:
        message: What is wrong.
        hint: What to do about it.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(f"{message} {hint}")


def _option(text: str, *, default: Any, **kind: Any) -> Any:
    """Return a field that is an option of the command line: its help text, and what argparse needs to know."""
    return field(default=default, metadata={"text": text, "default": default, **kind})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything a person may choose about a sandbox. Each field is an option of the command line."""

    host: str = _option("address to listen on (default: this machine only)", default="127.0.0.1")
    port: int = _option("0 takes any free port (default: 3939)", default=3939, type=read_port)
    data: Path = field(metadata={"text": "folder for everything that is kept", "type": read_path})
    api_key: str | None = _option(
        "the administrator's API key (default: the one of the data folder, else a new one)", default=None, type=read_key
    )
    python: Literal["inherit", "venv"] = _option(
        "which Python runs the content: this one, or one with the bundle's requirements",
        default="inherit",
        choices=["inherit", "venv"],
    )
    prefix: str = _option("path in front of everything, such as /rsc", default="", type=read_prefix)
    legacy_only: bool = _option("offer only Connect's old, unversioned endpoints", default=False)
    version: tuple[int, ...] = _option(
        "the Connect version to answer as",
        default=read_version(DEFAULT_VERSION),
        flag="--connect-version",
        type=read_version,
    )
    hide_version: bool = _option("do not say which version it is", default=False)
    tls_cert: Path | None = _option("PEM file with the certificate", default=None, type=Path)
    tls_key: Path | None = _option("PEM file with the certificate's key", default=None, type=Path)
    bootstrap_secret: Path | None = _option(
        "file with the base64 secret that bootstrap tokens use", default=None, type=Path, metavar="FILE"
    )
    default_access: Literal["acl", "logged_in", "all"] = _option(
        "who may read new content", default="acl", choices=["acl", "logged_in", "all"]
    )
    run_limit: float = _option("longest time that one run may take", default=600.0, type=read_seconds)
    max_unpacked: int = _option(
        "most that a bundle may unpack to", default=5 * GIBIBYTE, type=read_whole_number, metavar="BYTES"
    )
    idle_limit: float = _option("an app without visitors stops after this", default=300.0, type=read_seconds)
    retired_python: tuple[str, ...] = _option(
        "also list this Python, as not publishable", default=(), metavar="VERSION"
    )
    poll_interval: float = _option(
        "time between two looks at polled git repositories", default=300.0, type=read_seconds
    )
    always_sign_in: bool = _option("show no content to who is not signed in, also what is for all", default=False)
    allow_host: tuple[str, ...] = _option("another host name that browsers may use for the sandbox", default=())
    auth: Literal["api-keys", "oauth", "claim", "all"] = _option(
        "how users can sign in; API keys always work", default="all", choices=["api-keys", "oauth", "claim", "all"]
    )
    choose_user: bool = _option(
        "the sign-in page asks who you are, not for a key: for tests, as everyone on this machine may be anyone",
        default=False,
    )
    token_lifetime: float = _option("how long an OAuth access token is good", default=3600.0, type=read_seconds)
    device_interval: int = _option(
        "least time between two polls for a device code", default=5, type=read_whole_number, metavar="SECONDS"
    )
    allow_redirect: tuple[str, ...] = _option(
        "an address that OAuth clients may register besides loopback", default=(), metavar="URL"
    )
    trusted_issuer: Path | None = _option(
        "JSON file that describes whose identity tokens are exchanged for API keys",
        default=None,
        type=read_path,
        metavar="FILE",
    )
    movable_clock: bool = _option(
        "let administrators move the time forward: POST /__sandbox__/clock with {seconds}", default=False
    )
    strict: bool = _option("refuse query parameters that a route does not have", default=False)
    max_files: int = 10_000
    parallel_runs: int = 2

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
    for each in fields(Settings):
        if each.metadata:
            _add(parser, each.name, **each.metadata)
    return parser


def _add(parser: argparse.ArgumentParser, name: str, *, text: str, **kind: Any) -> None:
    """Add a field's option: a switch when it is false by default, one that may be repeated when it is a list."""
    flag, default = kind.pop("flag", f"--{name.replace('_', '-')}"), kind.get("default")
    if name == "data":
        kind["default"], text = default_data(), f"{text} (default: %(default)s)"
    elif default is False:
        kind["action"] = "store_true"
    elif default == ():
        kind |= {"action": "append", "default": []}
        text += " (can be given more than once)"
    elif kind.get("type") is read_seconds:
        kind["metavar"], text = "SECONDS", f"{text} (default: {default:g})"
    elif "choices" in kind:
        text += f" (default: {default})"
    parser.add_argument(flag, dest=name, help=text, **kind)


def default_data() -> Path:
    """Return the folder under Jupyter's data folder where a sandbox keeps its things."""
    return Path(jupyter_data_dir()) / "rsconnect-sandbox"
