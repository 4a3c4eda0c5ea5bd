"""Content that comes from a git repository of this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from sandbox.publishing import Api, manifest, site
from serving import running_sandbox

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *arguments: str) -> str:
    names = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *names, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a page in the folder ``pages``, and a branch with another one."""
    folder = tmp_path / "repository"
    (folder / "pages").mkdir(parents=True)
    git(folder, "init", "--quiet")
    for text in ("Other", "Main"):
        page = f"<h1>{text}</h1>".encode()
        (folder / "pages" / "index.html").write_bytes(page)
        (folder / "pages" / "manifest.json").write_text(json.dumps(manifest("static", {"index.html": page})))
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--message", text)
        git(folder, "branch", text.lower() if text == "Other" else "copy")
    return folder


def test_content_is_deployed_from_its_repository(admin: Api, repository: Path) -> None:
    """G of the reference: PUT, then deploy without a bundle, which reads the newest revision."""
    guid = admin.create()["guid"]
    path = f"v1/content/{guid}/repository"
    assert admin.refused("GET", path) == (404, 4)
    place = {"repository": repository.as_uri(), "branch": "main", "directory": "pages"}
    made = admin.json("PUT", path, place)
    assert (made["polling"], made["last_error"], made["last_known_commit"]) == (False, "", "")
    assert admin.follow(admin.deploy(guid))["code"] == 0
    assert "Main" in admin.page(f"/content/{guid}/").text
    known = admin.json("GET", path)
    assert known["last_known_commit"] == git(repository, "rev-parse", "HEAD")
    assert known["last_fetched_time"]
    metadata = admin.json("GET", f"v1/content/{guid}/bundles")[0]["metadata"]
    assert (metadata["source"], metadata["source_commit"]) == ("git", known["last_known_commit"])
    assert admin.refused("POST", f"v1/content/{guid}/bundles", data=site()) == (409, 144)
    assert admin.json("PATCH", path, {"branch": "other", "polling": True})["branch"] == "other"
    started = admin.json("POST", f"{path}/bundle", {}, status=202)
    assert admin.follow(started["task_id"])["code"] == 0
    assert admin.json("GET", f"v1/content/{guid}")["bundle_id"] == started["bundle_id"]
    assert "Other" in admin.page(f"/content/{guid}/").text
    commit = admin.json("POST", f"{path}/bundle", {"ref": known["last_known_commit"]}, status=202)
    assert admin.follow(commit["task_id"])["code"] == 0
    admin.json("DELETE", path, status=204)
    assert admin.upload(guid, site())


def test_a_polled_repository_is_deployed_when_it_has_something_new(repository: Path, tmp_path: Path) -> None:
    with running_sandbox(tmp_path / "data", "--poll-interval", "0.2") as running:
        api = Api(running.url, running.key)
        guid = api.create()["guid"]
        place = {"repository": repository.as_uri(), "branch": "other", "directory": "pages", "polling": True}
        api.json("PUT", f"v1/content/{guid}/repository", place)
        while "Other" not in api.page(f"/content/{guid}/").text:
            pass
        git(repository, "branch", "--force", "other", "main")
        while "Main" not in api.page(f"/content/{guid}/").text:
            pass
        assert len(api.json("GET", f"v1/content/{guid}/bundles")) == 2


def test_what_cannot_be_read_is_told_and_kept(admin: Api, repository: Path) -> None:
    guid = admin.create()["guid"]
    path = f"v1/content/{guid}/repository"
    for address, code in [
        ("https://github.com/a/b", 145), ("ssh://localhost/a", 164), ("file:relative", 146), ("", 146),
        ("http://user@localhost/a.git", 146), ("ext::sh -c id", 146),
    ]:  # fmt: skip
        assert admin.refused("PUT", path, {"repository": address}) == (400, code)
    admin.json("PUT", path, {"repository": repository.as_uri(), "branch": "none"})
    answer = admin.call("POST", f"v1/content/{guid}/deploy", json={})
    assert (answer.status_code, answer.json()["code"]) == (404, 28)
    assert "none" in admin.json("GET", path)["last_error"]
    admin.json("PATCH", path, {"branch": "main", "directory": "../.."})
    assert admin.refused("POST", f"v1/content/{guid}/deploy", {}) == (404, 28)
    deployed, _ = admin.publish(site())
    assert admin.refused("PUT", f"v1/content/{deployed['guid']}/repository", {"repository": repository.as_uri()}) == (
        409,
        143,
    )
