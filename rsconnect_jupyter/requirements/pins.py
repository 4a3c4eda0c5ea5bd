"""An installed distribution as a requirement that a server can install, or the reason why there is none. Pure.

Sources: PEP 508 (requirement lines), PEP 610 (``direct_url.json``), PEP 440 (local versions, which no index holds).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from packaging.version import InvalidVersion, Version

from ..messages import finding
from ..models import Distribution, Finding, Where
from ..process_environment import is_secret_variable
from ..translation import _

HIDDEN = "<hidden>"
SHOWN = 60
"""Characters of a line that a message repeats."""

SHORTEST_KEY = 20
"""Letters and digits without a break; names of packages are shorter, or have hyphens."""


def requirement_line(distribution: Distribution, *, where: Where | None = None) -> tuple[str | None, Finding | None]:
    """Return the line that installs a distribution elsewhere, and what the author should know about it.

    Args:
        distribution: As installed in the kernel.
        where: The cell that needs it.

    Returns:
        None for the line when it is installed from a folder or file of this machine.
    """
    record = distribution.direct_url
    if record and isinstance(record.get("url"), str):
        return _from_url(distribution, record, where)
    return _pinned(distribution, where)


def line_to_show(line: str) -> str:
    """Return the start of a line for a message, with what looks like a password or a key in it hidden. Pure."""
    if "PRIVATE KEY" in line:
        return HIDDEN
    name, sign, _value = line.strip().partition("=")
    if sign and is_secret_variable(name):
        return f"{name}={HIDDEN}"
    words = [HIDDEN if _looks_like_a_key(each) else without_login(each) for each in line[:SHOWN].split()]
    return " ".join(words)


def _looks_like_a_key(word: str) -> bool:
    pieces = [each for each in re.split(r"\W", word) if len(each) >= SHORTEST_KEY]
    return any(any(map(str.isdigit, each)) and any(map(str.isalpha, each)) for each in pieces)


def without_login(url: str) -> str:
    """Return a URL without the user and password in it; the user of an SSH address stays. Pure."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if "@" not in parts.netloc:
        return url
    login, _at, host = parts.netloc.rpartition("@")
    kept = f"{login.partition(':')[0]}@{host}" if "ssh" in parts.scheme else host
    return urlunsplit(parts._replace(netloc=kept))


def _pinned(distribution: Distribution, where: Where | None) -> tuple[str, Finding | None]:
    name, version = distribution.name, distribution.version
    try:
        parsed = Version(version)
    except InvalidVersion:
        return name, finding("version-unusual", where=where, package=name, version=version)
    if not parsed.local:
        return f"{name}=={version}", None
    return f"{name}=={parsed.public}", finding(
        "local-version", where=where, package=name, version=version, label=parsed.local, public=parsed.public
    )


def _from_url(
    distribution: Distribution, record: Mapping[str, Any], where: Where | None
) -> tuple[str | None, Finding | None]:
    name, url = distribution.name, str(record["url"])
    vcs = record.get("vcs_info")
    if isinstance(vcs, Mapping):
        return _from_vcs(name, url, vcs, record, where)
    if url.startswith(("http://", "https://")):
        clean = without_login(url)
        return f"{name} @ {clean}{_hash_of(record)}", _reach_finding(name, clean, where, login_removed=clean != url)
    return None, finding(
        "package-not-installable", where=where, package=name, version=distribution.version, source=_kind(record)
    )


def _from_vcs(
    name: str, url: str, vcs: Mapping[str, Any], record: Mapping[str, Any], where: Where | None
) -> tuple[str | None, Finding]:
    clean = without_login(url)
    if url.startswith("file:"):
        return None, finding("package-not-installable/repository", where=where, package=name)
    commit = vcs.get("commit_id") or vcs.get("requested_revision") or ""
    line = f"{name} @ {vcs.get('vcs') or 'git'}+{clean}" + (f"@{commit}" if commit else "")
    if isinstance(record.get("subdirectory"), str):
        line += f"#subdirectory={record['subdirectory']}"
    return line, _reach_finding(name, clean, where, login_removed=clean != url)


def _reach_finding(name: str, url: str, where: Where | None, *, login_removed: bool) -> Finding:
    host = urlsplit(url).hostname or url
    key = "package-from-url/login" if login_removed else "package-from-url"
    return finding(key, where=where, package=name, host=host)


def _hash_of(record: Mapping[str, Any]) -> str:
    archive = record.get("archive_info")
    hashes = archive.get("hashes") if isinstance(archive, Mapping) else None
    digest = hashes.get("sha256") if isinstance(hashes, Mapping) else None
    return f"#sha256={digest}" if isinstance(digest, str) else ""


def _kind(record: Mapping[str, Any]) -> str:
    folder = record.get("dir_info")
    if isinstance(folder, Mapping):
        return _("editable") if folder.get("editable") else _("a local folder")
    return _("a local file")
