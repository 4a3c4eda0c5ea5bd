"""The commit that a notebook is at, without running anything that its repository names, and without credentials.

Only ``git`` itself is run. What a repository's own configuration could have it run (filters, a file system monitor) is
left out: whether files differ from the commit is asked in a temporary repository with a copy of the index.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from ..models import GitSource
from ..process_environment import find_program, without_secrets

_SECONDS = 5.0
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_-]{1,63})*|\[[0-9a-f:.]{2,45}\]", re.IGNORECASE)
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_SCP = re.compile(r"(?:[^@/:\\]+@)?(?P<host>[^@/:\\]+|\[[^\]]+\]):(?P<path>[^\\]+)")
_PATH = re.compile(r"[\w./~+%-]+")
_SSH_PORT = 22
_PAGES = {"github.com": "commit", "gitlab.com": "-/commit", "bitbucket.org": "commits", "codeberg.org": "commit"}
"""Host -> what stands between a repository's address and a commit on its web pages."""


def git_source(folder: Path) -> GitSource | None:
    """Return the commit that a folder is at; None outside of a repository, without commits, or without git."""
    git = find_program("git")
    if git is None:
        return None
    try:
        commit = _git(git, folder, "rev-parse", "--verify", "--quiet", "HEAD").strip()
        if not _COMMIT.fullmatch(commit):
            return None
        remote = _git(git, folder, "config", "--get", "remote.origin.url").strip("\n")
        dirty = "-dirty" if _is_dirty(git, folder) else ""
        return GitSource(repository=clean_remote(remote), branch=_branch(git, folder), commit=commit + dirty)
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return None


def clean_remote(url: str) -> str:
    """Return ``https://host[:port]/path`` of a remote's address; empty when it is no address of a host. Pure.

    User names, passwords, tokens, queries and fragments are left out. Where they cannot be told apart from the rest,
    the answer is empty.
    """
    text = url.strip()
    if re.search(r"[\x00-\x20\x7f\\]", text) or re.match(r"[A-Za-z]:(?!//)", text):  # a drive of Windows
        return ""
    if "://" not in text:
        return _from_scp(text)
    scheme, _, rest = text.partition("://")
    scheme = scheme.lower().removeprefix("git+")
    if scheme not in ("https", "http", "ssh", "git") or rest.count("@") > rest.partition("/")[0].count("@"):
        return ""  # no host (file), or an @ in the path: a password with a slash would look the same
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return _made_of(host, None if scheme == "ssh" and port == _SSH_PORT else port, parts.path)


def commit_url(source: GitSource) -> str:
    """Return the page of a commit on a known web host; empty elsewhere. Pure."""
    parts = urlsplit(source.repository)
    commit = source.commit.removesuffix("-dirty")
    if parts.netloc not in _PAGES or not _COMMIT.fullmatch(commit):
        return ""
    return f"{source.repository}/{_PAGES[parts.netloc]}/{commit}"


def as_metadata(source: GitSource) -> dict[str, str]:
    """Return it as the metadata of a bundle, by the names that Connect's own tools use. Pure."""
    parts = {"source_repo": source.repository, "source_branch": source.branch, "source_commit": source.commit}
    return {"source": "git"} | {name: value for name, value in parts.items() if value}


def _from_scp(text: str) -> str:
    """Return the address that ``user@host:path`` means; empty for anything else, such as a path of this machine."""
    found = _SCP.fullmatch(text)
    if found is None or "@" in found["path"] or "/" not in found["path"].strip("/"):
        return ""
    return _made_of(found["host"].strip("[]"), None, found["path"])


def _made_of(host: str, port: int | None, path: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    path = path.partition(";")[0].partition("?")[0].partition("#")[0].strip("/").removesuffix(".git").strip("/")
    if not _HOST.fullmatch(shown) or not _PATH.fullmatch(path) or ".." in path.split("/"):
        return ""
    return f"https://{shown.lower()}{'' if port in (None, 443, 80) else f':{port}'}/{path}"


def _branch(git: str, folder: Path) -> str:
    branch = _git(git, folder, "symbolic-ref", "--quiet", "--short", "HEAD").strip()
    return branch or _git(git, folder, "describe", "--exact-match", "--tags", "HEAD").strip()


def _is_dirty(git: str, folder: Path) -> bool:
    """Return True when tracked files differ from the commit. Untracked ones do not count."""
    top = _git(git, folder, "rev-parse", "--show-toplevel").rstrip("\n")
    own = _git(git, folder, "rev-parse", "--absolute-git-dir").rstrip("\n")
    common = _git(git, folder, "rev-parse", "--git-common-dir").rstrip("\n")
    index = Path(own, "index")
    if not top or not index.is_file():
        return False
    with tempfile.TemporaryDirectory(prefix="rsconnect-jupyter-git-") as place:
        _git(git, Path(place), "init", "--quiet", "--bare", place)
        objects = Path(folder, common, "objects").resolve()
        Path(place, "objects", "info", "alternates").write_text(f"{objects}\n", encoding="utf-8")
        # With its time: what was changed in the moment in which the index was written is compared by content then.
        shutil.copy2(index, Path(place, "index"))
        head = _git(git, folder, "rev-parse", "HEAD").strip()
        there = ("--git-dir", place, "--work-tree", top, "-c", "core.bare=false", "-c", "core.fsmonitor=false")
        _run(git, Path(top), *there, "update-index", "-q", "--refresh")
        unstaged = _run(git, Path(top), *there, "diff-files", "--quiet", "--ignore-submodules")
        staged = _run(git, Path(top), *there, "diff-index", "--cached", "--quiet", "--ignore-submodules", head)
    return 1 in (unstaged.returncode, staged.returncode)


def _git(git: str, folder: Path, *arguments: str) -> str:
    """Return what git prints; empty when it fails."""
    result = _run(git, folder, *arguments)
    return result.stdout.decode("utf-8") if result.returncode == 0 else ""


def _run(git: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in without_secrets().items() if not name.startswith("GIT_")}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_TEMPLATE_DIR": "", "LC_ALL": "C"}
    command = [git, "-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        timeout=_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
    )
