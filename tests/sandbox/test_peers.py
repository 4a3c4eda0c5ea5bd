"""Other people's clients, unchanged and started as their users start them, work against the sandbox."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from peers import peer
from sandbox.peer_commands import Note, command_in, guid_in, note
from sandbox.publishing import Api, bundle, notebook, site
from serving import Sandbox, running_sandbox

from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.models import PublishOptions, Secret, Server
from rsconnect_jupyter.publishing.content_integrations import change_integrations, integration_state, plan_integrations

pytestmark = [pytest.mark.peer, pytest.mark.slow, pytest.mark.timeout(900)]

KINDS = {
    "api": ("flask", "from flask import Flask\napp = Flask('app')\napp.get('/')(lambda: 'flask says hello')\n"),
    "fastapi": ("fastapi", "from fastapi import FastAPI\napp = FastAPI()\napp.get('/')(lambda: 'hello')\n"),
    "dash": ("dash", "from dash import Dash, html\napp = Dash('app')\napp.layout = html.Div('hello')\n"),
    "streamlit": ("streamlit", "import streamlit\nstreamlit.write('hello')\n"),
    "bokeh": ("bokeh", "from bokeh import io, models\nio.curdoc().add_root(models.Div(text='hello'))\n"),
    "shiny": ("shiny", "from shiny import App, ui\napp = App(ui.page_fluid('hello'), None)\n"),
    "gradio": ("gradio", "import gradio\ndemo = app = gradio.Interface(lambda text: text, 'text', 'text')\n"),
}  # fmt: skip
"""``rsconnect deploy`` subcommand -> the package it needs, and an application."""
QUICK = ("fastapi",)
"""The packages of the others take up to a minute to install."""

SDK_SCRIPT = """
import sys, warnings
warnings.simplefilter("ignore")
from posit import connect
url, key, archive, notebook, ours = sys.argv[1:]
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
warehouse = client.oauth.integrations.create(
    name="Warehouse", description="", template="custom", config={"auth_type": "Viewer", "client_secret": "s"}
)
content.oauth.associations.update(warehouse["guid"])
[used] = content.oauth.associations.find()
assert used["oauth_integration_guid"] == warehouse["guid"] and used["oauth_integration_auth_type"] == "Viewer"
content.oauth.associations.delete()
assert content.oauth.associations.find() == []
report = client.content.get(ours)
assert [each["oauth_integration_name"] for each in report.oauth.associations.find()] == ["Lake"]
lake = report.oauth.associations.find()[0]["oauth_integration_guid"]
report.oauth.associations.update([lake, warehouse["guid"]])
warehouse.update(name="Stock")
assert sorted(each["name"] for each in client.oauth.integrations.find()) == ["Lake", "Stock"]
assert client.session.get(content["content_url"]).status_code == 200
hits = [each for each in client.metrics.hits.fetch() if each["content_guid"] == content["guid"]]
assert [each["user_guid"] for each in hits] == [client.me["guid"]]
assert content["guid"] in {each["content_guid"] for each in client.metrics.usage.find()}
assert [each["name"] for each in client.environments.fetch()] == ["Local"]
assert list(content.packages.fetch()) == []
assert isinstance(client.groups.find(), list)
content.delete()
assert client.content.find(name="from-the-sdk") == []
report = client.content.create(name="scheduled")
report.bundles.create(notebook).deploy().wait_for()
report = client.content.get(report["guid"])
KINDS = [
    dict(type="minute", n=30), dict(type="hour", n=2), dict(type="day", n=1), dict(type="weekday"),
    dict(type="week", n=1), dict(type="dayofweek", days=["monday", 3]), dict(type="semimonth", first=False),
    dict(type="dayofmonth", day=31), dict(type="dayweekofmonth", day=1, week=0), dict(type="year", n=1),
]
for kind in KINDS:
    for zone in ("Europe/Paris", "America/New_York"):
        made = report.schedule.create(**kind, timezone=zone, start_time="2026-10-01T06:00:00Z")
        found = report.schedule.find_one()
        assert found == made and found["type"] == kind["type"] and found["timezone"] == zone and found["activate"]
        [shown] = client.get(f"v1/content/{report['guid']}?include=schedule").json()["schedules"]
        assert shown["next_run"] == found["next_run"] and zone in shown["schedule"]["dtstart"]
report.schedule.delete()
assert report.schedule.find_one() is None
report.render().wait_for()
report.delete()
print("all well")
"""


@pytest.fixture(scope="module")
def restoring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox that installs what content requires."""
    with running_sandbox(tmp_path_factory.mktemp("restoring"), "--python", "venv") as running:
        yield running


def test_rsconnect_python_publishes_every_kind(
    current: Path, project: Path, sandbox: Sandbox, admin: Api, record_property: Note
) -> None:
    note(
        record_property,
        "rsconnect-python 1.32.0",
        "notebook, draft, update, HTML page, content describe, search, download",
    )
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


@pytest.mark.thorough
def test_rsconnect_python_publishes_apps_and_manifests_and_builds(
    current: Path, project: Path, sandbox: Sandbox, admin: Api, record_property: Note
) -> None:
    note(record_property, "rsconnect-python 1.32.0", "voila, write-manifest, deploy manifest, content build")
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


@pytest.mark.thorough
def test_rsconnect_python_shows_a_failing_cell_and_a_bad_key(
    current: Path, project: Path, sandbox: Sandbox, record_property: Note
) -> None:
    note(record_property, "rsconnect-python 1.32.0", "failing notebook, wrong key")
    rsconnect = command_in(project, current)
    assert "couldn't log you in" in rsconnect("add", "-n", "x", "-s", sandbox.url, "-k", "wrong", fails=True)
    rsconnect("add", "-n", "here", "-s", sandbox.url, "-k", sandbox.key)
    (project / "report.ipynb").write_bytes(notebook("1 / 0").replace(b"my-project", b"python3"))
    text = rsconnect("deploy", "notebook", "-n", "here", "--new", "report.ipynb", fails=True)
    assert "ZeroDivisionError: division by zero" in text
    assert "exit status 1" in text


@pytest.mark.thorough
def test_rsconnect_python_of_the_old_dialect(project: Path, tmp_path: Path, record_property: Note) -> None:
    note(record_property, "rsconnect-python 1.20.0", "notebook, update, unversioned API")
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


def test_posit_sdk(sandbox: Sandbox, tmp_path: Path, record_property: Note) -> None:
    note(
        record_property,
        "posit-sdk 0.17.0",
        "content, bundles, tasks, variables, permissions, tags, vanity, users, metrics, schedules, integrations",
    )
    programs = peer("posit-sdk==0.17.0")
    (tmp_path / "site.tar.gz").write_bytes(site())
    (tmp_path / "notebook.tar.gz").write_bytes(bundle("jupyter-static", {"a.ipynb": notebook("1")}))
    (tmp_path / "script.py").write_text(SDK_SCRIPT)
    admin = Api(sandbox.url, sandbox.key)
    lake = {"name": "Lake", "template": "azure", "config": {"auth_type": "Service Account"}}
    guids = [admin.json("POST", "v1/oauth/integrations", lake)["guid"]]
    with open_client(Server(name="sandbox", url=sandbox.url, api_key=Secret(sandbox.key))) as client:
        ours = client.create("ours", "Ours")
        plan = plan_integrations(client, PublishOptions(integrations=("Lake",)), ours)
        change_integrations(client, ours.guid, plan)
        command = [str(programs / "python"), "script.py", sandbox.url, sandbox.key, "site.tar.gz", "notebook.tar.gz"]
        done = subprocess.run(
            [*command, ours.guid], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
        )
        try:
            assert done.stdout.strip() == "all well", done.stderr
            read = integration_state(client, ours.guid)
            guids = [each.guid for each in read.integrations]
            assert [(each.name, each.auth_type, each.used) for each in read.integrations] == [
                ("Lake", "Service Account", True),
                ("Stock", "Viewer", True),
            ]
        finally:
            for guid in guids:
                admin.json("DELETE", f"v1/oauth/integrations/{guid}", status=204)
            client.delete(ours.guid)


@pytest.mark.parametrize(
    "kind", [each if each in QUICK else pytest.param(each, marks=pytest.mark.thorough) for each in KINDS]
)
def test_rsconnect_python_publishes_applications(
    kind: str, current: Path, tmp_path: Path, restoring: Sandbox, record_property: Note
) -> None:
    note(record_property, "rsconnect-python 1.32.0", f"deploy {kind}")
    package, source = KINDS[kind]
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "app.py").write_text(source)
    (folder / "requirements.txt").write_text(f"{package}\n")
    (folder / ".python-version").write_text("3\n")
    rsconnect = command_in(folder, current)
    rsconnect("add", "-n", "here", "-s", restoring.url, "-k", restoring.key)
    text = rsconnect("deploy", kind, "-n", "here", "--new", "--title", f"A {kind} application", str(folder))
    api = Api(restoring.url, restoring.key)
    guid = guid_in(text)
    page = api.page(f"/content/{guid}/")
    job = api.json("GET", f"v1/content/{guid}/jobs")[0]
    log = api.call("GET", f"v1/content/{guid}/jobs/{job['key']}/download").text
    assert page.status_code == 200, log
    assert job["tag"].startswith("run_")


@pytest.mark.thorough
def test_rsconnect_python_publishes_html_and_from_git(
    current: Path, tmp_path: Path, sandbox: Sandbox, admin: Api, record_property: Note
) -> None:
    note(record_property, "rsconnect-python 1.32.0", "deploy html, content, environment and system commands")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "index.html").write_text("<h1>By rsconnect</h1>")
    rsconnect = command_in(folder, current)
    rsconnect("add", "-n", "here", "-s", sandbox.url, "-k", sandbox.key)
    guid = guid_in(rsconnect("deploy", "html", "-n", "here", "--new", "--title", "A page", "index.html"))
    assert "By rsconnect" in admin.page(f"/content/{guid}/").text
    assert "Local" in rsconnect("environment", "list", "-n", "here")
    rsconnect("system", "caches", "list", "-n", "here")


@pytest.mark.thorough
def test_posit_cli(tmp_path: Path, sandbox: Sandbox, admin: Api, record_property: Note) -> None:
    note(record_property, "posit-cli 0.1.1", "api, content search, deploy html")
    programs = peer("posit-cli==0.1.1")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "index.html").write_text("<h1>By posit</h1>")
    posit = command_in(folder, programs, "posit", "connect")
    posit("add", "-n", "here", "-s", sandbox.url, "-k", sandbox.key)
    assert '"username": "admin"' in posit("api", "-n", "here", "v1/user").replace('":"', '": "')
    guid = guid_in(posit("deploy", "html", "-n", "here", "--new", "--title", "A posit page", "index.html"))
    assert "By posit" in admin.page(f"/content/{guid}/").text
    found = json.loads(posit("content", "search", "-n", "here", "--title-contains", "A posit page"))
    assert [each["guid"] for each in found] == [guid]
