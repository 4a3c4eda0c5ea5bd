"""Every function of the function-level API over real HTTP, in both dialects: what was sent, and how it was read."""

from __future__ import annotations

import base64
import hashlib
import inspect
import io
import json
import tarfile
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from connect.conftest import Noted
from connect.wire import GUID, KEY, Reply, Script, reply, scripted

from rsconnect_jupyter import api, errors
from rsconnect_jupyter.api import RSConnect, RSConnectException, RSConnectServer

PAGE = tuple[Path, str]


@pytest.fixture
def server(noted: Noted) -> RSConnectServer:
    return RSConnectServer(noted.url, noted.key)


def sent(noted: Noted, method: str, ending: str) -> list[dict[str, Any]]:
    return [each for each in noted.asked() if each["method"] == method and each["path"].endswith(ending)]


def deployed(server: RSConnectServer, name: str, title: str, bundle: Path) -> dict[str, Any]:
    result = api.do_bundle_deploy(server, None, api.find_unique_name(server, name), title, False, bundle.open("rb"))
    api.emit_task_log(server, result["app_id"], result["task_id"], None, timeout=60)
    return result


def test_the_published_names_and_signatures() -> None:
    def positional(function: Any) -> list[str]:
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        return [
            f"{each.name}={each.default}" if each.default is not each.empty else each.name
            for each in inspect.signature(function).parameters.values()
            if each.kind in kinds and each.name != "self"
        ]

    assert api.RSConnectException is errors.RSConnectException
    assert positional(RSConnectServer) == ["url", "api_key", "insecure=False", "ca_data=None"]
    assert positional(RSConnect) == ["server", "cookies=None", "timeout=30"]
    assert positional(RSConnect.app_deploy) == ["app_id", "bundle_id=None"]
    assert positional(RSConnect.task_get) == ["task_id", "first_status=None"]
    assert positional(RSConnect.deploy) == ["app_id", "app_name", "app_title", "title_is_default", "tarball"]
    assert positional(RSConnect.wait_for_task) == ["app_id", "task_id", "log_callback", "timeout=None"]
    assert positional(RSConnect.output_task_log) == ["task_status", "last_status", "log_callback"]
    functions = {
        "verify_server": ["connect_server"],
        "verify_api_key": ["connect_server"],
        "get_python_info": ["connect_server"],
        "get_app_info": ["connect_server", "app_id"],
        "get_app_config": ["connect_server", "app_id"],
        "do_bundle_deploy": ["connect_server", "app_id", "name", "title", "title_is_default", "bundle"],
        "emit_task_log": ["connect_server", "app_id", "task_id", "log_callback", "timeout=None"],
        "retrieve_matching_apps": ["connect_server", "filters=None", "limit=None", "mapping_function=None"],
        "override_title_search": ["connect_server", "app_id", "app_title"],
        "find_unique_name": ["connect_server", "name"],
    }
    assert {name: positional(getattr(api, name)) for name in functions} == functions
    assert all(getattr(api, name).__doc__ for name in api.__all__)


def test_verify_server_and_key(noted: Noted, server: RSConnectServer) -> None:
    assert api.verify_server(server)["version"]
    assert api.verify_api_key(server) == "admin"
    asked = [(each["method"], each["path"]) for each in noted.asked()]
    who = "/__api__/v1/user" if noted.dialect == "v1" else "/__api__/me"
    assert asked.count(("GET", "/__api__/server_settings")) == 1
    assert ("GET", who) in asked
    assert {each["scheme"] for each in noted.asked()} == {"Key"}


def test_a_wrong_key_is_named(noted: Noted) -> None:
    with pytest.raises(RSConnectException) as caught:
        api.verify_api_key(RSConnectServer(noted.url, "x" * 32))
    assert caught.value.message == "The specified API key is not valid."
    assert caught.value.hint


def test_python_info(noted: Noted, server: RSConnectServer) -> None:
    info = api.get_python_info(server)
    assert info["installations"][0]["version"].startswith("3.")
    assert isinstance(info["api_enabled"], bool)
    assert sent(noted, "GET", "/v1/server_settings/python")


def test_a_first_publish(noted: Noted, server: RSConnectServer, page_bundle: PAGE) -> None:
    path, md5 = page_bundle
    result = api.do_bundle_deploy(server, None, "first_publish", "First publish", False, path.open("rb"))
    url, lines = api.emit_task_log(server, result["app_id"], result["task_id"], None, timeout=60)
    assert set(result) == {"task_id", "app_id", "app_guid", "app_url", "title"}
    assert isinstance(result["app_id"], int)
    assert result["title"] == "First publish"
    assert result["app_url"] == f"{noted.url}/content/{result['app_guid']}/"
    assert url == f"{noted.url}/connect/#/apps/{result['app_guid']}"
    assert lines == ["Building static content...", "Launching static content..."]
    create, upload, deploy = (each for each in noted.asked() if each["method"] == "POST")
    assert create["body"] == {"name": "first_publish", "title": "First publish"}
    wanted = base64.b64encode(bytes.fromhex(md5)).decode()
    assert upload["headers"]["X-Content-Checksum"] == wanted
    assert upload["headers"]["Content-Length"] == str(path.stat().st_size)
    assert upload["headers"]["Content-Type"] == "application/gzip"
    assert deploy["path"].endswith("/deploy")
    assert list(deploy["body"]) == (["bundle_id"] if noted.dialect == "v1" else ["bundle"])


def test_publishing_over_content_by_number_text_and_guid(
    noted: Noted, server: RSConnectServer, page_bundle: PAGE
) -> None:
    first = deployed(server, "again", "Before", page_bundle[0])
    for app_id in (first["app_id"], str(first["app_id"]), first["app_guid"]):
        again = api.do_bundle_deploy(server, app_id, "ignored", "After", False, page_bundle[0].read_bytes())
        assert (again["app_guid"], again["title"]) == (first["app_guid"], "After")
        lines: list[str] = []
        assert api.emit_task_log(server, app_id, again["task_id"], lines.append)[1] is None
        assert len(lines) == 2


def test_a_default_title_replaces_nothing_and_the_title_changes_after_the_upload(
    noted: Noted, server: RSConnectServer, page_bundle: PAGE
) -> None:
    first = deployed(server, "titles", "Chosen", page_bundle[0])
    kept = api.do_bundle_deploy(server, first["app_id"], "titles", "Default", True, page_bundle[0])
    assert kept["title"] == "Chosen"
    noted.forget()
    api.do_bundle_deploy(server, first["app_id"], "titles", "Changed", False, page_bundle[0])
    changes = [each for each in noted.asked() if isinstance(each["body"], dict) and "title" in each["body"]]
    uploads = [each for each in noted.asked() if each["path"].endswith(("/bundles", "/upload"))]
    assert changes[0]["number"] > uploads[0]["number"]


def test_a_failed_upload_leaves_nothing(noted: Noted, server: RSConnectServer) -> None:
    with pytest.raises(RSConnectException) as caught:
        api.do_bundle_deploy(server, None, "left_over", "Left over", False, b"this is no archive")
    assert caught.value.hint
    deletion = [each for each in noted.asked() if each["method"] == "DELETE" and "__api__" in each["path"]]
    assert len(deletion) == 1
    if noted.dialect == "v1":  # not every server of the older dialect can delete
        assert api.retrieve_matching_apps(server, {"search": "left_over"}) == []


def test_a_refused_bundle_leaves_nothing(noted: Noted, server: RSConnectServer) -> None:
    archive = io.BytesIO()
    tarfile.open(fileobj=archive, mode="w:gz").close()
    with pytest.raises(RSConnectException):
        api.do_bundle_deploy(server, None, "no_manifest", "No manifest", False, archive.getvalue())
    assert len([each for each in noted.asked() if each["method"] == "DELETE" and "__api__" in each["path"]]) == 1


def test_variables_are_set_before_it_runs(v1_sandbox: Noted, page_bundle: PAGE) -> None:
    noted, server = v1_sandbox, RSConnectServer(v1_sandbox.url, v1_sandbox.key)
    noted.forget()
    given = {"COLOUR": "blå", "EMPTY": ""}
    result = api.do_bundle_deploy(server, None, "with_vars", "Variables", False, page_bundle[0], env_vars=given)
    api.emit_task_log(server, result["app_id"], result["task_id"], None, timeout=60)
    setting = next(each for each in noted.asked() if each["path"].endswith("/environment") and each["method"] != "GET")
    deploy = sent(noted, "POST", "/deploy")[0]
    assert setting["number"] < deploy["number"]
    with RSConnect(server) as client:
        known = client.client.transport.exchange("GET", f"__api__/v1/content/{result['app_guid']}/environment")
    assert json.loads(known.body) == sorted(given)


def test_a_server_without_variables_says_so_and_keeps_nothing(legacy_sandbox: Noted, page_bundle: PAGE) -> None:
    server = RSConnectServer(legacy_sandbox.url, legacy_sandbox.key)
    legacy_sandbox.forget()
    with pytest.raises(RSConnectException) as caught:
        api.do_bundle_deploy(server, None, "no_vars", "No variables", False, page_bundle[0], env_vars={"A": "b"})
    assert caught.value.code == "endpoint-missing"
    assert [each for each in legacy_sandbox.asked() if each["method"] == "DELETE" and "__api__" in each["path"]]


def test_the_first_key_of_a_new_server(script: Script) -> None:
    script.on("GET", "v1/user", reply({"code": 24, "error": "You must be signed in", "payload": None}, 401))
    script.on("POST", "v1/experimental/bootstrap", reply({"api_key": "first"}))
    with RSConnect(RSConnectServer(script.url, None, bootstrap_jwt=" a.b.c\n")) as client:
        assert client.bootstrap() == {"api_key": "first"}
        script.on("POST", "v1/bootstrap", reply({"code": 166, "error": "bad token", "payload": None}, 401))
        with pytest.raises(RSConnectException) as caught:
            client.bootstrap()
    assert [each.headers["authorization"] for each in script.asked("POST", "bootstrap")] == [
        "Connect-Bootstrap a.b.c"
    ] * 3
    assert caught.value.hint
    assert "a.b.c" not in f"{client._server!r} {vars(client._server)}"


def test_one_cookie_jar_for_all_functions(script: Script) -> None:
    script.on("POST", "/deploy", Reply(202, b'{"task_id": "T1"}', {"Set-Cookie": "node=a7; Path=/"}))
    server = RSConnectServer(script.url, KEY)
    api.do_bundle_deploy(server, GUID, "n", "A title", False, b"bundle")
    api.emit_task_log(server, GUID, "T1", None)
    assert script.asked("GET", "tasks/T1")[0].headers["cookie"] == "node=a7"
    own = CookieJar()
    with RSConnect(server, cookies=own) as client:
        client.me()
    assert "cookie" not in script.seen[-1].headers


def test_app_info_and_config(noted: Noted, server: RSConnectServer, page_bundle: PAGE) -> None:
    made = deployed(server, "described", "Described", page_bundle[0])
    for app_id in (made["app_id"], str(made["app_id"]), made["app_guid"]):
        info = api.get_app_info(server, app_id)
        assert info["id"] == made["app_id"]
        assert info["guid"] == made["app_guid"]
        assert (info["title"], info["app_mode"]) == ("Described", "static")
        assert isinstance(info["bundle_id"], int)
        config = api.get_app_config(server, app_id)
        assert config["config_url"] == info["config_url"] == f"{noted.url}/connect/#/apps/{made['app_guid']}"
        assert config["logs_url"] == config["config_url"] + "/logs"


def test_the_methods_one_by_one(noted: Noted, server: RSConnectServer, page_bundle: PAGE) -> None:
    name = api.find_unique_name(server, "step_by_step")
    with RSConnect(server) as client:
        assert client.me()["username"] == "admin"
        assert client.server_settings()["hostname"]
        assert client.python_settings()["installations"]
        app = client.app_create(name)
        assert (app["name"], app["app_mode"], app["bundle_id"]) == (name, "unknown", None)
        assert client.app_get(app["id"])["guid"] == app["guid"]
        bundle = client.app_upload(app["id"], page_bundle[0].open("rb"))
        assert isinstance(bundle["id"], int)
        assert client.app_update(app["guid"], {"title": "Step by step"})["title"] == "Step by step"
        task = client.app_deploy(app["id"], bundle["id"])
        url, lines = client.wait_for_task(app["id"], task["id"], None, timeout=60)
        assert url == client.app_config(app["id"])["config_url"]
        assert lines is not None
        assert len(lines) == 2
        assert client.app_publish(str(app["id"]), "logged_in")["access_type"] == "logged_in"
        newest = client.app_deploy(app["guid"])
        assert client.wait_for_task(app["guid"], newest["task_id"], None)[1] == lines
        with pytest.raises(RSConnectException) as caught:
            client.app_create(name)
        assert caught.value.code == "name-taken"
    connections = {each["connection"] for each in noted.asked() if each["method"] != "DELETE"}
    assert len(connections) == 2  # one for find_unique_name, one for all of the above


def test_task_get_from_a_line_on(noted: Noted, server: RSConnectServer, page_bundle: PAGE) -> None:
    made = deployed(server, "task_get", "Task", page_bundle[0])
    noted.forget()
    with RSConnect(server) as client:
        whole, rest = client.task_get(made["task_id"]), client.task_get(made["task_id"], 1)
    assert whole["status"] == whole["output"] == ["Building static content...", "Launching static content..."]
    assert rest["status"] == whole["status"][1:]
    assert (whole["last_status"], whole["last"], whole["finished"], whole["code"], whole["error"]) == (
        2,
        2,
        True,
        0,
        "",
    )
    name = "first" if noted.dialect == "v1" else "first_status"
    queries = [each["query"] for each in noted.asked() if "/tasks/" in each["path"]]
    assert [f"{name}=0" in queries[0], f"{name}=1" in queries[1]] == [True, True]


def test_search_with_all_filters(noted: Noted, server: RSConnectServer, page_bundle: PAGE) -> None:
    with RSConnect(server) as client:
        for number in range(5):
            client.app_create(api.find_unique_name(server, f"filtered_{number}"))
        page = client.app_search({"search": "filtered_", "count": 2, "start": 2, "filter": "min_role:editor"})
        assert set(page) >= {"applications", "total", "count", "continuation"}
        assert (page["total"], page["count"], len(page["applications"])) == (5, 2, 2)
        plain = client.app_search({"search": "filtered_", "count": 2})
        following = client.app_search(
            {"search": "filtered_", "count": 2, "cont": plain["continuation"] or "", "start": 2}
        )
        assert not {each["id"] for each in plain["applications"]} & {each["id"] for each in following["applications"]}
    every = api.retrieve_matching_apps(server, {"search": "filtered_", "count": 2})
    assert len({each["guid"] for each in every}) == 5
    assert len(api.retrieve_matching_apps(server, {"search": "filtered_"}, limit=3)) == 3
    assert len(api.retrieve_matching_apps(server, {"search": "filtered_", "start": 3})) == 2
    assert api.retrieve_matching_apps(server, {"search": "filtered_"}, limit=0) == []


def test_mapping_changes_and_drops_before_the_limit_counts(noted: Noted, server: RSConnectServer) -> None:
    with RSConnect(server) as client:
        made = [client.app_create(api.find_unique_name(server, f"mapped_{number}"))["guid"] for number in range(4)]

    def keep_two(client: RSConnect, app: dict[str, Any]) -> str | None:
        assert isinstance(client, RSConnect)
        return app["guid"] if app["guid"] in made[:2] else None

    found = api.retrieve_matching_apps(server, {"search": "mapped_"}, limit=2, mapping_function=keep_two)
    assert sorted(found) == sorted(made[:2])


def test_title_search_offers_what_can_be_replaced(noted: Noted, server: RSConnectServer, page_bundle: PAGE) -> None:
    exact = deployed(server, "quarter", "Quarter", page_bundle[0])
    newer = deployed(server, "quarterly", "Quarter of the year", page_bundle[0])
    other = deployed(server, "elsewhere", "Elsewhere", page_bundle[0])
    with RSConnect(server) as client:
        client.app_create(api.find_unique_name(server, "quarter_never_deployed"))
    noted.forget()
    found = api.override_title_search(server, None, "Quarter")
    assert [each["id"] for each in found] == [exact["app_id"], newer["app_id"]]
    assert all(list(each) == ["id", "name", "title", "app_mode", "url", "config_url"] for each in found)
    assert len([each for each in noted.asked() if "server_settings" not in each["path"]]) <= 2
    for known in (exact["app_id"], str(exact["app_id"]), exact["app_guid"]):
        assert len(api.override_title_search(server, known, "Quarter")) == 2
    assert [each["id"] for each in api.override_title_search(server, other["app_id"], "Quarter")][-1] == other["app_id"]
    assert len(api.override_title_search(server, 999_999, "Quarter")) == 2
    assert len(api.override_title_search(server, "", "Quarter")) == 2


def test_unique_names_count_up_and_stay_short(noted: Noted, server: RSConnectServer) -> None:
    long = "n" * 64
    with RSConnect(server) as client:
        for name in ("counted", "counted1", long):
            client.app_create(name)
    assert api.find_unique_name(server, "counted") == "counted2"
    assert api.find_unique_name(server, "never_used") == "never_used"
    assert api.find_unique_name(server, long) == "n" * 63 + "1"
    assert api.find_unique_name(server, "Übersicht: März!") == "ubersicht_marz"


def test_good_values_pass_through_and_bad_answers_raise(noted: Noted, server: RSConnectServer) -> None:
    class Failed:
        status_code = 404
        content = b'{"code": 4, "error": "The requested object does not exist.", "payload": null}'

    assert server.handle_bad_response({"a": 1}) == {"a": 1}
    with RSConnect(server) as client:
        assert server.handle_bad_response(client.me())["username"] == "admin"
    with pytest.raises(RSConnectException) as caught:
        server.handle_bad_response(Failed())
    assert "no such object" in caught.value.message


def test_log_lines_one_look_at_a_time() -> None:
    lines: list[str] = []
    look = {"status": ["a", "b"], "last_status": 2, "finished": False, "code": 0, "error": ""}
    assert RSConnect.output_task_log(look, None, lines.append) == 2
    assert RSConnect.output_task_log({**look, "status": []}, 2, lines.append) == 2
    assert lines == ["a", "b"]
    for ending in ({"code": 1, "error": ""}, {"code": 0, "error": "broken"}):
        with pytest.raises(RSConnectException):
            RSConnect.output_task_log({**look, **ending, "status": [], "finished": True}, 2, lines.append)


def test_an_own_file_that_cannot_be_read_twice_is_uploaded(
    noted: Noted, server: RSConnectServer, page_bundle: PAGE
) -> None:
    class Pipe:
        def __init__(self, data: bytes) -> None:
            self.data = data

        def seekable(self) -> bool:
            return False

        def read(self, amount: int = -1) -> bytes:
            piece, self.data = self.data[:amount], self.data[amount:]
            return piece

    with RSConnect(server) as client:
        app = client.app_create(api.find_unique_name(server, "from_a_pipe"))
        client.app_upload(app["id"], Pipe(page_bundle[0].read_bytes()))  # type: ignore[arg-type]
    upload = next(each for each in noted.asked() if each["path"].endswith(("/bundles", "/upload")))
    digest = hashlib.md5(page_bundle[0].read_bytes()).digest()
    assert upload["headers"]["X-Content-Checksum"] == base64.b64encode(digest).decode()


def test_a_key_without_a_user_is_accepted() -> None:
    with scripted() as script:
        refusal = reply({"code": 22, "error": "no user"}, 403)
        for path in ("v1/user", "/me"):
            script.on("GET", path, refusal)
        assert api.verify_api_key(RSConnectServer(script.url, "x" * 32)) == ""
