"""Git repositories on this machine: a branch, tag or commit as a bundle."""

from __future__ import annotations

import ipaddress
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from urllib.parse import urlsplit

from ..api_errors import ApiError

GIT = ("git", "-c", "protocol.allow=never", "-c", "protocol.file.allow=always", "-c", "protocol.http.allow=always")
TIME_LIMIT = 60


def git_available() -> bool:
    """Return whether git is on the PATH."""
    return shutil.which("git") is not None


def check_repository(address: str) -> None:
    """Refuse addresses that are not absolute (400/146), not git's (400/164) or not on this machine (400/145). Pure."""
    parts = urlsplit(address)
    if parts.username or parts.query or parts.fragment or not parts.path.startswith("/"):
        raise ApiError(146)
    if parts.scheme not in ("file", "http", "https"):
        raise ApiError(164)
    if parts.scheme != "file" and not _is_loopback(parts.hostname or ""):
        raise ApiError(145, "A sandbox reads git repositories of this machine only.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def pack_revision(address: str, ref: str, directory: str, *, work: Path, archive: Path) -> str:
    """Write the archive of a repository's folder at a revision, and return the commit.

    Args:
        address: The repository, checked.
        ref: Branch, tag or commit; ``HEAD`` is the default branch.
        directory: The folder in the repository.
        work: A folder to work in; it is removed.
        archive: Where the archive goes.

    Raises:
        ApiError: 28, with git's own words, or because there is no such folder.
    """
    work.mkdir(parents=True)
    try:
        _git(work, "init", "--quiet")
        _git(work, "fetch", "--quiet", "--depth=1", "--end-of-options", address, ref)
        _git(work, "-c", "advice.detachedHead=false", "checkout", "--quiet", "FETCH_HEAD")
        commit = _git(work, "rev-parse", "HEAD").strip()
        shutil.rmtree(work / ".git")
        source = (work / directory).resolve()
        if not (source.is_relative_to(work.resolve()) and source.is_dir()):
            raise ApiError(28, f"The repository has no folder {directory!r}.")
        with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
            tar.add(source, arcname=".")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return commit


def newest_commit(address: str, ref: str) -> str:
    """Return the commit that a branch or tag is at; empty when there is no such branch."""
    return _git(Path("/"), "ls-remote", "--end-of-options", address, ref).partition("\t")[0]


def _git(folder: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}
    try:
        done = subprocess.run(
            [*GIT, *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        words = str(getattr(error, "stderr", None) or error).strip()
        raise ApiError(28, f"The repository cannot be read: {words}") from error
    return done.stdout
