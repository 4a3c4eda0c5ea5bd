"""Applications of every kind that clients publish run behind their address, if their packages are installed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests
from sandbox.publishing import Api, pack
from serving import Sandbox, running_sandbox
from tornado.httpclient import HTTPRequest
from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

from rsconnect_jupyter.sandbox.runtime.app_commands import is_installed


@dataclass(frozen=True)
class Kind:
    """One kind: its source, its entrypoint, and what its page and one of its further addresses hold."""

    package: str
    source: str
    shows: str
    entrypoint: str = "app"
    path: str = ""
    answers: str = ""
    socket: str = ""


KINDS = {
    "python-api": Kind(
        package="flask",
        source="""
import os
from flask import Flask, request, url_for
app = Flask(__name__)
@app.route("/")
def index(): return "Flask says " + os.environ["GREETING"]
@app.route("/echo", methods=["PUT"])
def echo(): return {"body": request.get_json(), "here": url_for("echo")}
""",
        shows="Flask says hello",
        path="echo",
        answers="/echo",
    ),
    "python-fastapi": Kind(
        package="fastapi",
        entrypoint="app:service",
        source="""
from fastapi import FastAPI, WebSocket
service = FastAPI()
@service.get("/")
def index(): return "FastAPI says hello"
@service.websocket("/socket")
async def socket(socket: WebSocket):
    await socket.accept()
    await socket.send_text("hello")
""",
        shows="FastAPI says hello",
        path="openapi.json",
        answers='"url":"/content/',
        socket="socket",
    ),
    "python-dash": Kind(
        package="dash",
        source='from dash import Dash, html\napp = Dash(__name__)\napp.layout = html.Div("Dash says hello")\n',
        shows='"requests_pathname_prefix":"\\u002fcontent\\u002f',
        path="_dash-layout",
        answers="Dash says hello",
    ),
    "python-streamlit": Kind(
        package="streamlit",
        entrypoint="app.py",
        source='import streamlit\nstreamlit.write("Streamlit says hello")\n',
        shows="<title>Streamlit</title>",
        path="_stcore/health",
        answers="ok",
        socket="_stcore/stream",
    ),
    "python-bokeh": Kind(
        package="bokeh",
        entrypoint="app.py",
        source="from bokeh.io import curdoc\nfrom bokeh.models import Div\ncurdoc().add_root(Div(text='hello'))\n",
        shows="Bokeh",
        path="app",
        answers="/_t/",
    ),
    "python-panel": Kind(
        package="panel",
        entrypoint="app.py",
        source="import panel\npanel.pane.Markdown('hello').servable()\n",
        shows="Panel",
        path="app",
        answers="<title>Panel Application</title>",
    ),
    "python-shiny": Kind(
        package="shiny",
        source="from shiny import App, ui\napp = App(ui.page_fluid('Shiny says hello'), None)\n",
        shows="Shiny says hello",
        socket="websocket/",
    ),
    "python-gradio": Kind(
        package="gradio",
        source="import gradio\ndemo = gradio.Interface(lambda text: text, 'text', 'text', title='Gradio says hello')\n",
        shows="Gradio says hello",
        path="config",
        answers="/_t/",
    ),
}


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("apps"), "--default-access", "acl") as running:
        yield running


def app_bundle(mode: str, source: str, entrypoint: str) -> bytes:
    top = {"version": 1, "metadata": {"appmode": mode, "entrypoint": entrypoint}, "files": {"app.py": {}}}
    return pack({"app.py": source.encode()}, top=top)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("mode", KINDS)
def test_an_application_runs_and_its_addresses_are_below_its_own(apps: Sandbox, mode: str) -> None:
    kind = KINDS[mode]
    if not is_installed(kind.package):
        pytest.skip(f"{kind.package} is not installed")
    api = Api(apps.url, apps.key)
    guid = api.create()["guid"]
    api.json("PATCH", f"v1/content/{guid}/environment", [{"name": "GREETING", "value": "hello"}])
    task = api.follow(api.deploy(guid, api.upload(guid, app_bundle(mode, kind.source, kind.entrypoint))))
    assert task["code"] == 0, task["output"]
    assert re.fullmatch(r"Building .* (application|API)\.\.\.", task["output"][0])
    content = api.json("GET", f"v1/content/{guid}")
    assert (content["app_mode"], content["py_version"] is not None) == (mode, True)
    url = content["content_url"]
    assert requests.get(url, allow_redirects=False, timeout=30).status_code == 302
    page = api.page(url)
    job = api.json("GET", f"v1/content/{guid}/jobs")[0]
    assert page.status_code == 200, api.json("GET", f"v1/content/{guid}/jobs/{job['key']}/log")
    assert kind.shows in page.text
    assert (job["status"], job["tag"].startswith("run_")) == (0, True)
    browser = api.page(url, headers={"Sec-Fetch-Mode": "navigate"})
    assert f"/content/{guid}/_t/" in browser.url
    assert "allow-same-origin" not in browser.headers["Content-Security-Policy"]
    if kind.answers:
        method = "PUT" if mode == "python-api" else "GET"
        answer = api.session.request(method, url + kind.path, json={"a": 1} if method == "PUT" else None, timeout=30)
        assert answer.status_code == 200
        assert kind.answers in answer.text
    if kind.socket:
        address = browser.url.split("?")[0].replace("http", "ws", 1) + kind.socket
        assert IOLoop(make_current=False).run_sync(lambda: opens(address), timeout=30)
    if mode == "python-shiny":
        path = f"v1/instrumentation/shiny/usage?content_guid={guid}"
        while not (sessions := api.json("GET", path)["results"]) or sessions[0]["ended"] is None:
            pass  # the other end of the socket closes a moment later
        assert [each["content_guid"] for each in sessions] == [guid]
    api.json("DELETE", f"v1/content/{guid}/jobs/{job['key']}")


async def opens(address: str) -> bool:
    socket = await websocket_connect(HTTPRequest(address, headers={"Origin": "null"}))
    socket.close()
    return True


def test_an_application_that_does_not_start_says_where_to_look(apps: Sandbox) -> None:
    api = Api(apps.url, apps.key)
    content, task = api.publish(app_bundle("python-api", "raise ValueError('not today')", "app"))
    assert task["code"] == 0
    page = api.page(content["content_url"])
    assert page.status_code == 502
    assert "log" in page.text
    job = api.json("GET", f"v1/content/{content['guid']}/jobs")[0]
    log = api.call("GET", f"v1/content/{content['guid']}/jobs/{job['key']}/download").text
    assert "ValueError: not today" in log


def test_kinds_that_the_server_lacks_are_refused(apps: Sandbox) -> None:
    """5.7: "type forbidden by policy" is 403/109."""
    api = Api(apps.url, apps.key)
    for mode in ("shiny", "api", "quarto-shiny", "nodejs"):
        guid = api.create()["guid"]
        bundle = api.upload(guid, app_bundle(mode, "", "app"))
        assert api.refused("POST", f"v1/content/{guid}/deploy", {"bundle_id": bundle}) == (403, 109)


def test_an_address_that_was_passed_on_leads_a_stranger_to_the_sign_in(apps: Sandbox) -> None:
    api = Api(apps.url, apps.key)
    content, _ = api.publish(app_bundle("python-api", KINDS["python-api"].source, "app"))
    guid = content["guid"]
    api.json("PATCH", f"v1/content/{guid}/environment", [{"name": "GREETING", "value": "hello"}])
    inside = api.page(content["content_url"], headers={"Sec-Fetch-Mode": "navigate"}).url
    assert "hello" in requests.get(inside, headers={"Sec-Fetch-Mode": "cors"}, timeout=30).text
    visit = requests.get(inside, headers={"Sec-Fetch-Mode": "navigate"}, timeout=30)
    assert "/__login__" in visit.url
