"""A notebook's project on disk: where it ends, what in it is private, and how its files are opened.

A project is often somebody else's (cloned, unpacked), and its author may have made links in it. So every rule is about
what a path leads to, not about its name alone.
"""

from __future__ import annotations

import fnmatch
import os
import re
import stat
import sys
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import IO, Literal, NamedTuple

from .translation import _

SECRET_NAMES = (
    ".env", ".env.*", "*.env", ".envrc", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk",
    "*.gpg", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".netrc", "_netrc", ".pgpass", ".my.cnf",
    ".pypirc", ".npmrc", ".htpasswd", ".git-credentials", ".dockercfg", "credentials", "credentials.json",
    "credentials.y*ml", "*-credentials.json", "*_credentials.json", "client_secret*.json", "service-account*.json",
    "service_account*.json", "secrets.json", "secrets.toml", "secrets.y*ml", "secrets.ini", ".secrets*", "kubeconfig",
    "kaggle.json", "token.json", "token.pickle",
)  # fmt: skip
SECRET_FOLDERS = {
    ".ssh", ".gnupg", ".aws", ".azure", ".gcloud", ".kube", ".docker", ".config", ".local", ".jupyter",
    ".git", ".hg", ".svn", ".bzr",
}  # fmt: skip
"""Folders of keys and settings; those of version control hold addresses with passwords in them."""

MARKS = (".git", "pyproject.toml")
"""What lies at the top of a project."""

Verdict = Literal["open", "private", "outside"]


class Place(NamedTuple):
    """What a path of a project leads to.

    Attributes:
        verdict: ``open``; ``private``: a secret by its own name or by that of what a link leads to, or a hidden file
            behind a link; ``outside``: not below the root, or not there.
        real: The path, links followed; None when there is nothing.
        by_link: True when a link leads there.
    """

    verdict: Verdict
    real: Path | None
    by_link: bool


def project_root(notebook: Path) -> Path:
    """Return the folder that nothing in the notebook's bundle may lie outside of.

    The nearest folder with `MARKS`, else the notebook's own; not the user's home or a folder above it, nor one that
    every user of this machine may write to.
    """
    folder = notebook.absolute().parent.resolve()
    candidates = takewhile(lambda each: not is_home(each), (folder, *folder.parents))
    marked = (each for each in candidates if any((each / mark).exists() for mark in MARKS))
    return next((each for each in marked if not _is_everybodys(each)), folder)


def is_home(folder: Path) -> bool:
    """Return True for the user's home, a folder above it, or the file system's root."""
    return Path(os.path.expanduser("~")).resolve().is_relative_to(folder)  # noqa: PTH111 - never raises


def _is_everybodys(folder: Path) -> bool:
    everybodys = stat.S_IWOTH | stat.S_ISVTX
    return folder.stat().st_mode & everybodys == everybodys


def misread_encoding(path: Path) -> str:
    """Return the encoding, when it is not UTF-8 and so cannot hold a path's characters; else an empty text.

    That is a locale that was forced: Python takes plain ``LC_ALL=C`` as UTF-8.
    """
    encoding = sys.getfilesystemencoding()
    return encoding if encoding != "utf-8" and any("\ud800" <= each <= "\udfff" for each in str(path)) else ""


def is_secret(path: str) -> bool:
    """Return True when a file's name says that it holds keys or passwords."""
    *folders, name = path.lower().split("/")
    return not SECRET_FOLDERS.isdisjoint(folders) or bool(any_of(SECRET_NAMES).match(name))


def is_hidden(path: str) -> bool:
    """Return True when a part of the path starts with a dot."""
    return any(each.startswith(".") for each in path.split("/"))


@cache
def any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Return what matches the names that one of the patterns matches."""
    return re.compile("|".join(fnmatch.translate(each) for each in patterns))


def destination(path: str, *, folder: Path, root: Path) -> Place:
    """Return what a path of a project leads to.

    Args:
        path: Relative to `folder`.
        folder: A folder of the project.
        root: The project's.
    """
    folder_real, root = folder.resolve(), root.resolve()
    try:
        real = (folder / path).resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # the last two: a link to itself, a name that cannot be
        return Place("outside", None, by_link=True)
    by_link = real != Path(os.path.normpath(folder_real / path))
    if not real.is_relative_to(root):
        return Place("outside", real, by_link)
    inside = real.relative_to(folder_real if real.is_relative_to(folder_real) else root).as_posix()
    hidden = is_hidden(inside) and (by_link or is_home(root))
    private = hidden or is_secret(inside) or is_secret(path)
    return Place("private" if private else "open", real, by_link)


def open_regular(path: Path) -> IO[bytes]:
    """Open a regular file, unbuffered, by its real path: a link that has taken its place since is not followed.

    Raises:
        OSError: it is something else, or cannot be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    number = os.open(path, flags)  # without waiting: a named pipe may have no writer
    reason = _why_refused(path, os.fstat(number))
    if reason:
        os.close(number)
        raise OSError(0, reason)
    return os.fdopen(number, "rb", buffering=0)


def _why_refused(path: Path, facts: os.stat_result) -> str:
    if not stat.S_ISREG(facts.st_mode):
        return _("it is not a regular file")
    # The folders above may have been replaced by links: it must be the file that is at this very place.
    is_there = os.path.realpath(path) == os.path.abspath(path) and os.path.samestat(path.lstat(), facts)  # noqa: PTH100
    return "" if is_there else _("it was replaced by a link")


def read_regular(path: Path, *, most: int) -> bytes:
    """Return the bytes of a regular file, given by its real path.

    Raises:
        OSError: as `open_regular`, or it has more than `most` bytes.
    """
    with open_regular(path) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise OSError(0, _("it has more than {most:,} bytes").format(most=most))
    return content
