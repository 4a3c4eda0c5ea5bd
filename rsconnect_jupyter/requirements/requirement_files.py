"""The project's own statement of what it needs: ``requirements.txt`` as pip reads it.

Format: https://pip.pypa.io/en/stable/reference/requirements-file-format/. Lines that only work on this machine (a local
folder, conda's ``@ file:`` leftovers) are replaced or left out, each with a finding; everything else stays as written.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ..errors import RequirementsError
from ..messages import finding
from ..models import Distribution, Finding, KernelEnvironment, Where
from ..project_files import destination, read_regular
from ..translation import _
from .dependencies import constrained_lines, parsed
from .pins import line_to_show, without_login

MOST_BYTES = 10_000_000
"""A file with more is no list of requirements."""

_OPTION = re.compile(
    r"(?P<option>-r|--requirement|-c|--constraint|-e|--editable|-f|--find-links)[ \t=]*(?P<value>\S.*)"
)
_LOGIN = re.compile(r"[a-z+]://[^/\s@:]+:[^/\s@]+@", re.IGNORECASE)
_LOCAL = re.compile(r"(file:|\.{1,2}[/\\]|[/\\]|[A-Za-z]:[/\\]|~[/\\]|\.$|(?!.*://)[^-\s]\S*\.(whl|zip|tar\.gz)$)")


class Collected(msgspec.Struct):
    """What was read so far: the text's lines as they will be sent, constraints, and findings.

    Attributes:
        unlisted: Version of what `versions` does not list; None leaves it out, where a file of this machine is meant.
    """

    root: Path
    versions: Mapping[str, str | None]
    unlisted: str | None = ""
    lines: list[str] = msgspec.field(default_factory=list)
    constraints: list[Requirement] = msgspec.field(default_factory=list)
    findings: list[Finding] = msgspec.field(default_factory=list)
    seen: set[Path] = msgspec.field(default_factory=set)
    changed: bool = False


def read_requirements_txt(
    path: Path, *, root: Path, environment: KernelEnvironment | None
) -> tuple[str, tuple[Finding, ...]]:
    """Return the text of a requirements file as it goes into the bundle, and findings.

    Args:
        path: The file. Those it names by ``-r`` are included, those by ``-c`` applied.
        root: Folder that files it names must lie in.
        environment: Of the kernel: its versions stand for files of this machine, its dependencies show which of the
            constraints have an effect.

    Raises:
        RequirementsError: code ``requirements-missing`` or ``requirements-unreadable``.
    """
    collected = Collected(root=root, versions=installed_versions(environment))
    _collect(path, collected)
    if not collected.changed:
        return read_text(path), tuple(collected.findings)
    lines = constrained_lines(collected.lines, collected.constraints, environment)
    return "\n".join(lines) + "\n", tuple(collected.findings)


def installed_versions(environment: KernelEnvironment | None) -> Mapping[str, str | None]:
    """Return canonical name -> version that an index may have; None for what is installed from this machine."""
    installed = environment.distributions if environment else ()
    return {canonicalize_name(each.name): _index_version(each) for each in installed}


def _index_version(distribution: Distribution) -> str | None:
    url = (distribution.direct_url or {}).get("url")
    return None if isinstance(url, str) and url.startswith("file:") else distribution.version.partition("+")[0]


def sendable_lines(
    lines: tuple[str, ...], path: Path, *, versions: Mapping[str, str | None]
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Return requirement lines of another kind of file (`path`) without what only works on this machine. Pure."""
    collected = Collected(root=path.parent, versions=versions, unlisted=None)
    for line in lines:
        _plain_line(line, line, path, collected)
    return tuple(collected.lines), tuple(collected.findings)


def read_text(path: Path) -> str:
    """Return a text file's content, line ends kept; UTF-16 is what PowerShell's ``>`` writes.

    Raises:
        RequirementsError: It is missing or not text.
    """
    try:
        content = read_regular(path.resolve(), most=MOST_BYTES)
    except FileNotFoundError as exc:
        where = Where(file=path.name)
        raise RequirementsError.of("requirements-missing", where=where, name=path.name, folder=path.parent) from exc
    except OSError as exc:
        raise unreadable(path, exc.strerror or str(exc)) from exc
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as exc:
        raise unreadable(path, _("it is not UTF-8 text")) from exc


def unreadable(path: Path, why: str) -> RequirementsError:
    """Return the error for a requirements source that cannot be used."""
    return RequirementsError.of("requirements-unreadable", where=Where(file=path.name), name=path.name, reason=why)


def requirement_lines(text: str) -> tuple[str, ...]:
    """Return the lines of a requirements file without comments, blanks and hashes. Pure."""
    lines = []
    for line in _logical_lines(text):
        bare = re.sub(r"(^|\s)#.*$", "", line)
        bare = re.sub(r"\s--hash[= ]\S+", "", bare).strip()
        if bare:
            lines.append(bare)
    return tuple(lines)


def _logical_lines(text: str) -> list[str]:
    return re.sub(r"\\\r?\n[ \t]*", " ", text).splitlines()


def _collect(path: Path, collected: Collected) -> None:
    collected.seen.add(path.resolve())
    for line in _logical_lines(read_text(path)):
        bare = re.sub(r"(^|\s)#.*$", "", line).strip()
        found = _OPTION.fullmatch(bare)
        if found:
            _option(found["option"], found["value"].strip(), line, path, collected)
        else:
            _plain_line(line, bare, path, collected)


def _option(option: str, value: str, line: str, path: Path, collected: Collected) -> None:
    if option in ("-e", "--editable"):
        if re.match(r"(git|hg|svn|bzr)\+", value) and not value.partition("+")[2].startswith("file:"):
            _plain_line(line, line.strip(), path, collected)
        else:
            _leave_out(line, path, collected)
    elif re.match(r"https?://", value, re.IGNORECASE):
        _keep_url(option, value, path, collected)
    elif option in ("-f", "--find-links"):
        collected.changed = True
        where = Where(file=path.name)
        collected.findings.append(
            finding("package-not-installable/find-links", where=where, file=path.name, path=value)
        )
    else:
        _include(option, value, path, collected)


def _keep_url(option: str, value: str, path: Path, collected: Collected) -> None:
    url = without_login(value)
    if url != value:
        collected.changed = True
        collected.findings.append(_login_finding(value, path))
    collected.lines.append(f"{option} {url}")
    if option not in ("-f", "--find-links"):
        host = urlsplit(url).hostname or url
        where = Where(file=path.name)
        collected.findings.append(finding("requirements-from-url", where=where, file=path.name, url=url, host=host))


def _include(option: str, value: str, path: Path, collected: Collected) -> None:
    """Take in a file of the project; one that cannot be read costs its own line only."""
    collected.changed = True
    other, reason = _included(path.parent, value, collected.root)
    if other in collected.seen:
        return
    if other is None or reason:
        where = Where(file=path.name)
        collected.findings.append(
            finding("requirements-unreadable/line", where=where, file=path.name, path=value, reason=reason)
        )
    elif option in ("-r", "--requirement"):
        _collect(other, collected)
    else:
        collected.seen.add(other)
        collected.constraints += [each for line in requirement_lines(read_text(other)) if (each := parsed(line))]


def _included(folder: Path, value: str, root: Path) -> tuple[Path | None, str]:
    """Return the file that a line of a file in `folder` names, and why it may not be used."""
    place = destination(value, folder=folder, root=root)
    reasons = {"open": "", "private": _("looks like a secret"), "outside": _("is outside the project")}
    if place.real is None or not place.real.is_file():
        inside = Path(os.path.normpath(folder.resolve() / value)).is_relative_to(root.resolve())
        return None, _("does not exist") if inside else reasons["outside"]
    return place.real, reasons[place.verdict]


def _plain_line(line: str, bare: str, path: Path, collected: Collected) -> None:
    name, at, url = (each.strip() for each in bare.partition("@"))
    if at and re.match(r"file:", url) and re.fullmatch(r"[\w.\-]+(\[[^\]]*\])?", name):
        _replace_file_url(name, line, path, collected)
        return
    if _LOCAL.match(bare):
        _leave_out(line, path, collected)
        return
    if _LOGIN.search(bare):
        collected.findings.append(_login_finding(bare, path))
    collected.lines.append(line)


def _replace_file_url(name: str, line: str, path: Path, collected: Collected) -> None:
    """Conda's Python packages come out of ``pip freeze`` as ``name @ file:///build/folder``."""
    collected.changed = True
    version = collected.versions.get(canonicalize_name(name.partition("[")[0]), collected.unlisted)
    if version is None:
        _leave_out(line, path, collected)
        return
    collected.lines.append(f"{name}=={version}" if version else name)
    line = collected.lines[-1]
    where = Where(file=path.name)
    collected.findings.append(finding("requirement-replaced", where=where, file=path.name, package=name, line=line))


def _leave_out(line: str, path: Path, collected: Collected) -> None:
    collected.changed = True
    where = Where(file=path.name)
    collected.findings.append(
        finding("package-not-installable/file", where=where, file=path.name, line=line_to_show(line))
    )


def _login_finding(bare: str, path: Path) -> Finding:
    address = next((each for each in bare.split() if "://" in each), bare)
    url = without_login(address.partition("@ ")[2] or address)
    return finding("secret-in-requirements", where=Where(file=path.name), file=path.name, url=url)
