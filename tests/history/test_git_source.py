"""The commit a notebook is at: found in any kind of repository, and never a credential in what is sent."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from rsconnect_jupyter.history.git_source import as_metadata, clean_remote, commit_url, git_source
from rsconnect_jupyter.models import GitSource

SECRETS = ("s3cr3t", "tok3n", "j0hn")
"""Parts of a credential in the addresses below."""

REMOTES = {
    "https": ("https://github.com/acme/sales.git", "https://github.com/acme/sales"),
    "https without .git": ("https://github.com/acme/sales", "https://github.com/acme/sales"),
    "https with slash": ("https://github.com/acme/sales/", "https://github.com/acme/sales"),
    "http": ("http://git.acme.com/acme/sales.git", "https://git.acme.com/acme/sales"),
    "upper case": ("HTTPS://GitHub.com/acme/Sales.git", "https://github.com/acme/Sales"),
    "token as user": ("https://tok3n@github.com/acme/sales.git", "https://github.com/acme/sales"),
    "user and password": ("https://j0hn:s3cr3t@github.com/acme/sales.git", "https://github.com/acme/sales"),
    "token and x-oauth-basic": ("https://tok3n:x-oauth-basic@github.com/a/b", "https://github.com/a/b"),
    "oauth2 of GitLab": ("https://oauth2:tok3n@gitlab.com/group/sub/sales.git", "https://gitlab.com/group/sub/sales"),
    "deploy token": ("https://gitlab+deploy-token-1:tok3n@gitlab.com/a/b", "https://gitlab.com/a/b"),
    "empty user": ("https://:s3cr3t@github.com/a/b", "https://github.com/a/b"),
    "empty password": ("https://j0hn:@github.com/a/b", "https://github.com/a/b"),
    "encoded password": ("https://j0hn:s3cr3t%40%2F@github.com/a/b", "https://github.com/a/b"),
    "password with at": ("https://j0hn:s3cr3t@x@github.com/a/b", "https://github.com/a/b"),
    "password with slash": ("https://j0hn:s3cr3t/x@github.com/a/b", ""),
    "password with hash": ("https://j0hn:s3cr3t#x@github.com/a/b", ""),
    "password with question mark": ("https://j0hn:s3cr3t?x@github.com/a/b", ""),
    "password with colon": ("https://j0hn:s3cr3t:x@github.com/a/b", "https://github.com/a/b"),
    "password with space": ("https://j0hn:s3cr3t x@github.com/a/b", ""),
    "token in query": ("https://github.com/a/b?private_token=tok3n", "https://github.com/a/b"),
    "token in fragment": ("https://github.com/a/b#tok3n", "https://github.com/a/b"),
    "token after semicolon": ("https://github.com/a/b;tok3n", "https://github.com/a/b"),
    "port": ("https://git.acme.com:8443/acme/sales.git", "https://git.acme.com:8443/acme/sales"),
    "port and password": ("https://j0hn:s3cr3t@git.acme.com:8443/a/b.git", "https://git.acme.com:8443/a/b"),
    "default port": ("https://git.acme.com:443/a/b.git", "https://git.acme.com/a/b"),
    "bad port": ("https://git.acme.com:s3cr3t/a/b.git", ""),
    "IPv6": ("https://j0hn:s3cr3t@[2001:db8::1]:8443/a/b.git", "https://[2001:db8::1]:8443/a/b"),
    "ssh": ("ssh://git@github.com/acme/sales.git", "https://github.com/acme/sales"),
    "ssh and port": ("ssh://git@git.acme.com:2222/acme/sales.git", "https://git.acme.com:2222/acme/sales"),
    "ssh and default port": ("ssh://git@git.acme.com:22/acme/sales.git", "https://git.acme.com/acme/sales"),
    "ssh and password": ("ssh://j0hn:s3cr3t@git.acme.com/acme/sales.git", "https://git.acme.com/acme/sales"),
    "git+ssh": ("git+ssh://git@github.com/acme/sales.git", "https://github.com/acme/sales"),
    "git protocol": ("git://git.acme.com/acme/sales.git", "https://git.acme.com/acme/sales"),
    "like scp": ("git@github.com:acme/sales.git", "https://github.com/acme/sales"),
    "like scp, no user": ("github.com:acme/sales.git", "https://github.com/acme/sales"),
    "like scp, password": ("j0hn:s3cr3t@github.com:acme/sales.git", ""),
    "like scp, home": ("j0hn@git.acme.com:~j0hn/sales.git", None),
    "file": ("file:///home/j0hn/sales.git", ""),
    "path": ("/home/j0hn/sales.git", ""),
    "relative path": ("../sales.git", ""),
    "Windows path": (r"C:\Users\j0hn\sales", ""),
    "Windows path with slashes": ("C:/Users/j0hn/sales", ""),
    "network share": (r"\\server\j0hn\sales", ""),
    "helper": ("ext::ssh -i /home/j0hn/s3cr3t %S git.acme.com", ""),
    "codecommit": ("codecommit://tok3n@repo", ""),
    "s3": ("s3://j0hn:s3cr3t@bucket/key", ""),
    "line break": ("https://github.com/a/b\nhttps://j0hn:s3cr3t@x/", ""),
    "empty": ("", ""),
    "at in path": ("https://github.com/@scope/sales", ""),
    "dots": ("https://github.com/../../j0hn", ""),
}


@pytest.mark.parametrize(("url", "clean"), REMOTES.values(), ids=REMOTES.keys())
def test_no_credential_of_a_remotes_address_is_sent(url: str, clean: str | None) -> None:
    found = clean_remote(url)

    if clean is None:
        assert "@" not in found
    else:
        assert found == clean
        assert not any(each in found for each in SECRETS)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    (folder / "a.txt").write_text("1\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "First")
    git(folder, "remote", "add", "origin", "https://j0hn:s3cr3t@github.com/acme/sales.git")
    return folder


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Ana", "-c", "user.email=ana@example.com", "-c", "protocol.file.allow=always")
    result = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return result.stdout.strip()


def test_repository_branch_and_commit_are_found(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "below").mkdir()

    expected = GitSource(repository="https://github.com/acme/sales", branch="main", commit=commit)
    assert git_source(repository) == git_source(repository / "below") == expected
    assert commit_url(expected) == f"https://github.com/acme/sales/commit/{commit}"
    assert not any(each in str(as_metadata(expected)) for each in SECRETS)
    assert commit_url(replace(expected, repository="https://git.acme.com/acme/sales")) == ""
    assert commit_url(replace(expected, commit="../evil")) == ""


@pytest.mark.parametrize("staged", [False, True], ids=["not staged", "staged"])
def test_a_changed_file_makes_the_commit_dirty(repository: Path, staged: bool) -> None:
    (repository / "a.txt").write_text("2\n")
    if staged:
        git(repository, "add", "a.txt")

    found = git_source(repository)
    assert found is not None
    assert found.commit == f"{git(repository, 'rev-parse', 'HEAD')}-dirty"


def test_files_that_are_not_tracked_or_only_touched_do_not_count(repository: Path) -> None:
    (repository / "b.txt").write_text("new")
    os.utime(repository / "a.txt", (1, 1))

    found = git_source(repository)
    assert found is not None
    assert not found.commit.endswith("-dirty")


def test_a_detached_head_has_its_tag_as_branch(repository: Path) -> None:
    git(repository, "tag", "v1")
    git(repository, "checkout", "--quiet", "--detach")

    found = git_source(repository)
    assert found is not None
    assert found.branch == "v1"


def test_a_worktree_and_a_submodule_have_their_own_branch_and_remote(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "--quiet", "-b", "feature", str(tmp_path / "tree"))
    git(repository, "submodule", "--quiet", "add", str(repository), "part")

    tree, part = git_source(tmp_path / "tree"), git_source(repository / "part")
    assert tree is not None
    assert (tree.repository, tree.branch) == ("https://github.com/acme/sales", "feature")
    assert part is not None
    assert part.repository == "", "its remote is a folder of this machine"


def test_no_repository_no_commit_or_no_git_is_no_source(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "--quiet")
    assert git_source(empty) is None
    assert git_source(tmp_path) is None
    git(repository, "clone", "--quiet", "--bare", str(repository), str(tmp_path / "bare.git"))
    bare = git_source(tmp_path / "bare.git")
    assert bare is None or bare.repository == ""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_source(repository) is None
    (tmp_path / "git").write_bytes(b"#!/bin/sh\nprintf '\\377'\n")
    (tmp_path / "git").chmod(0o755)
    assert git_source(repository) is None, "its answer is no text"


def test_nothing_that_a_repository_names_is_run(repository: Path, tmp_path: Path) -> None:
    mark = tmp_path / "was-run"
    script = tmp_path / "script.sh"
    script.write_text(f"#!/bin/sh\ntouch '{mark}'\ncat\n")
    script.chmod(0o755)
    (repository / ".gitattributes").write_text("*.txt filter=evil diff=evil\n")
    for name in (
        "core.fsmonitor",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
    ):
        git(repository, "config", name, str(script))
    git(repository, "config", "core.hooksPath", str(tmp_path))
    (repository / "a.txt").write_text("2\n")
    mark.unlink(missing_ok=True)

    assert git_source(repository) is not None
    assert not mark.exists()


@pytest.mark.parametrize("error", [OSError(), subprocess.TimeoutExpired("git", 1), UnicodeError()], ids=repr)
def test_a_git_that_fails_says_nothing(error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr("rsconnect_jupyter.history.git_source._git", failing)
    assert git_source(tmp_path / "n.ipynb") is None
