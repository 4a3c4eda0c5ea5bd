"""Other people's clients, unchanged and started as their users start them, work against the sandbox."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from peers import peer
from sandbox.publishing import Api, notebook, site
from serving import Sandbox, running_sandbox

pytestmark = [pytest.mark.peer, pytest.mark.timeout(900)]
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
Command = Callable[..., str]

SDK_SCRIPT = """
import sys, warnings
warnings.simplefilter("ignore")
from posit import connect
url, key, archive = sys.argv[1:]
client = connect.Client(url=url, api_key=key)
assert client.version == "2026.06.0" and client.me["username"] == "admin"
content = client.content.create(name="from-the-sdk", title="From the SDK")
bundle = content.bundles.create(archive)
task = bundle.deploy()
task.wait_for()
assert task.is_finished and task["code"] == 0 and task["error"] == ""
content = client.content.get(content["guid"])
assert content["app_mode"] == "static" and content["bundle_id"] == bundle["id"]
variables = content.environment_variables
variables.create("ONE", "1")
variables["TWO"] = "2"
assert sorted(variables) == ["ONE", "TWO"]
variables.delete("ONE")
assert list(variables) == ["TWO"]
person = next(each for each in client.users.find() if each["username"] == "publisher")
permission = content.permissions.create(principal_guid=person["guid"], principal_type="user", role="viewer")
permission.update(role="owner")
assert [each["role"] for each in content.permissions.find()] == ["owner"]
permission.destroy()
assert content.permissions.count() == 0
category = client.tags.create(name="Kind")
tag = client.tags.create(name="Report", parent=category)
content.tags.add(tag)
assert {each["name"] for each in content.tags.find()} == {"Report"}
assert [each["guid"] for each in tag.content_items.find()] == [content["guid"]]
content.tags.delete(tag)
assert content.tags.find() == []
category.destroy()
content.vanity = "/from-the-sdk/"
assert content.vanity == "/from-the-sdk/"
del content.vanity
content.update(title="Another title")
assert client.content.find_one(name="from-the-sdk")["title"] == "Another title"
assert [each["id"] for each in content.bundles.find()] == [bundle["id"]]
assert client.oauth.integrations.find() == []
content.delete()
assert client.content.find(name="from-the-sdk") == []
print("all well")
"""


@pytest.fixture(scope="module")
def current() -> Path:
    return peer("rsconnect-python==1.32.0", "nbconvert", "ipykernel")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "report.ipynb").write_bytes(notebook("print('from', 'rsconnect')").replace(b"my-project", b"python3"))
    (folder / "app.ipynb").write_bytes(notebook("print('an app')").replace(b"my-project", b"python3"))
    (folder / "requirements.txt").write_text("packaging\n")
    (folder / ".python-version").write_text("3\n")
    return folder


def command_in(folder: Path, programs: Path) -> Command:
    """Return a way to call ``rsconnect`` as a person in this folder does; it returns what was printed."""
    home = {"HOME": str(folder.parent), "XDG_CONFIG_HOME": str(folder.parent / "config")}
    environment = {**os.environ, **home, "PATH": f"{programs}:{os.environ['PATH']}"}

    def rsconnect(*arguments: str, fails: bool = False) -> str:
        command = [str(programs / "rsconnect"), *arguments]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        text = COLOURS.sub("", done.stdout + done.stderr)
        assert (done.returncode != 0) == fails, text
        return text

    return rsconnect


def guid_in(text: str) -> str:
    found = re.findall(r"Direct content URL: \S+/content/([0-9a-f-]{36})/", text)
    assert found, text
    return found[-1]


def test_rsconnect_python_publishes_every_kind(current: Path, project: Path, sandbox: Sandbox, admin: Api) -> None:
    rsconnect = command_in(project, current)
    assert "Added" in rsconnect("add", "-n", "here", "-s", sandbox.url, "-k", sandbox.key)
    assert "2026.06.0" in rsconnect("details", "-n", "here")

    text = rsconnect("deploy", "notebook", "-n", "here", "--title", "A report", "report.ipynb")
    guid = guid_in(text)
    assert "Launching Jupyter notebook..." in text
    assert "from rsconnect" in admin.page(f"/content/{guid}/").text

    text = rsconnect("deploy", "notebook", "-n", "here", "--title", "A report", "--draft", "report.ipynb")
    draft = re.findall(rf"/connect/#/apps/{guid}/draft/(\d+)", text)
    assert draft, text
    assert admin.json("GET", f"v1/content/{guid}")["bundle_id"] != draft[0]
    assert admin.page(f"/content/{guid}/_bundle{draft[0]}/").status_code == 200

    described = json.loads(rsconnect("content", "describe", "-n", "here", "-g", guid))
    assert described[0]["title"] == "A report"
    found = json.loads(rsconnect("content", "search", "-n", "here", "--title-contains", "A report"))
    assert guid in {each["guid"] for each in found}
    rsconnect("content", "download-bundle", "-n", "here", "-g", guid, "-o", str(project / "b.tar.gz"))
    assert (project / "b.tar.gz").read_bytes()[:2] == b"\x1f\x8b"

    text = rsconnect("deploy", "notebook", "-n", "here", "--static", "--new", "--title", "A page", "report.ipynb")
    page = admin.json("GET", f"v1/content/{guid_in(text)}")
    assert page["app_mode"] == "static"
    assert "from rsconnect" in admin.page(page["content_url"]).text


def test_rsconnect_python_publishes_apps_and_manifests_and_builds(
    current: Path, project: Path, sandbox: Sandbox, admin: Api
) -> None:
    rsconnect = command_in(project, current)
    rsconnect("add", "-n", "here", "-s", sandbox.url, "-k", sandbox.key)
    text = rsconnect("deploy", "voila", "-n", "here", "--new", "--title", "An app", "app.ipynb")
    assert admin.json("GET", f"v1/content/{guid_in(text)}")["app_mode"] == "jupyter-voila"

    rsconnect("write-manifest", "notebook", "--overwrite", "report.ipynb")
    text = rsconnect("deploy", "manifest", "-n", "here", "--new", "--title", "By manifest", "manifest.json")
    guid = guid_in(text)
    assert admin.json("GET", f"v1/content/{guid}")["app_mode"] == "jupyter-static"

    rsconnect("content", "build", "add", "-n", "here", "-g", guid)
    rsconnect("content", "build", "run", "-n", "here", "--poll-wait", "1")
    assert "COMPLETE" in rsconnect("content", "build", "ls", "-n", "here")
    assert "Building Jupyter notebook..." in rsconnect("content", "build", "logs", "-n", "here", "-g", guid)


def test_rsconnect_python_shows_a_failing_cell_and_a_bad_key(current: Path, project: Path, sandbox: Sandbox) -> None:
    rsconnect = command_in(project, current)
    assert "API key is not valid" in rsconnect("add", "-n", "x", "-s", sandbox.url, "-k", "wrong", fails=True)
    rsconnect("add", "-n", "here", "-s", sandbox.url, "-k", sandbox.key)
    (project / "report.ipynb").write_bytes(notebook("1 / 0").replace(b"my-project", b"python3"))
    text = rsconnect("deploy", "notebook", "-n", "here", "--new", "report.ipynb", fails=True)
    assert "ZeroDivisionError: division by zero" in text
    assert "exit status 1" in text


def test_rsconnect_python_of_the_old_dialect(project: Path, tmp_path: Path) -> None:
    programs = peer("rsconnect-python==1.20.0")
    options = ("--legacy-only", "--connect-version", "1.8.4")
    with running_sandbox(tmp_path / "old", *options) as running:
        rsconnect = command_in(project, programs)
        assert "Added" in rsconnect("add", "-n", "old", "-s", running.url, "-k", running.key)
        text = rsconnect("deploy", "notebook", "-n", "old", "--title", "Old report", "report.ipynb")
        page = Api(running.url, running.key).page(f"/content/{guid_in(text)}/")
        assert "from rsconnect" in page.text
        rsconnect("deploy", "notebook", "-n", "old", "--title", "Renamed", "report.ipynb")
        listed = Api(running.url, running.key).json("GET", "applications")
        assert [each["title"] for each in listed["applications"]] == ["Renamed"]


def test_posit_sdk(sandbox: Sandbox, tmp_path: Path) -> None:
    programs = peer("posit-sdk==0.17.0")
    (tmp_path / "site.tar.gz").write_bytes(site())
    (tmp_path / "script.py").write_text(SDK_SCRIPT)
    command = [str(programs / "python"), "script.py", sandbox.url, sandbox.key, "site.tar.gz"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.strip() == "all well", done.stderr
