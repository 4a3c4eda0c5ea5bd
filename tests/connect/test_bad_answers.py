"""Whatever comes back instead of Connect's answer becomes an `RSConnectException` with a sentence and a hint."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from connect.wire import CONTENT, GUID, KEY, NOT_ROUTED, SETTINGS, TASK, USER, Reply, Script, Seen, reply, text

from rsconnect_jupyter import api
from rsconnect_jupyter.api import RSConnect, RSConnectException, RSConnectServer
from rsconnect_jupyter.connect import at_most_once as once
from rsconnect_jupyter.connect import job_tracking, transport
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.errors import BadAnswerError
from rsconnect_jupyter.models import Secret, Server

HTML = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in</body></html>"


def no(status: int, code: Any, error: Any = "Some words from the server", **more: Any) -> Reply:
    return reply({"code": code, "error": error, "payload": None, **more}, status)


REFUSALS: dict[str, Reply] = {
    **{
        f"{status}/{code}": no(status, code)
        for status, code in [
            (400, 3), (404, 4), (400, 5), (403, 19), (403, 20), (403, 21), (403, 22), (403, 23), (401, 24), (400, 25),
            (409, 26), (404, 28), (401, 29), (401, 30), (400, 38), (403, 48), (403, 50), (400, 75), (400, 82),
            (400, 104),
            (403, 109), (403, 110), (403, 111), (400, 117), (403, 118), (400, 121), (400, 122), (400, 123), (400, 125),
            (400, 126), (400, 134), (400, 135), (404, 141), (409, 144), (400, 147), (400, 148), (403, 222), (429, 277),
        ]
    },
    "unknown code": no(418, 99999),
    "code as text": no(400, "22"),
    "code null": no(403, None),
    "no code": reply({"error": "Content does not have it"}, 400),
    "error null": no(400, 4, None),
    "error is a list": no(400, 12345, ["a", "b"]),
    "empty error": no(400, 12345, ""),
    "envelope is a list": reply([{"code": 4}], 400),
    "envelope is null": reply(None, 400),
    "not routed": NOT_ROUTED,
    "401 page": text(HTML, 401, "text/html"),
    "403 page": text(HTML, 403, "text/html"),
    "404 page": text(HTML, 404, "text/html"),
    "407": text("", 407),
    "413": text(HTML, 413, "text/html"),
    "429 bare": text("", 429),
    "500 empty": text("", 500),
    "502 page": text(HTML, 502, "text/html"),
    "503": text("no", 503),
    "504": text("", 504),
    "501": text("", 501),
    "status 299 is good, 300 is not": text("", 300),
    "sent elsewhere": Reply(302, b"", {"Location": "https://login.example.com/signin"}),
    "sent invalid_redirect": Reply(302, b"", {"Location": "http://[::1"}),
    "sent to what is no text": Reply(302, b"", {"Location": "/\xe9"}),
    "sent to a program": Reply(302, b"", {"Location": "javascript:alert(1)"}),
    "sent nowhere": Reply(302),
    "sent round": Reply(307, b"", {"Location": "?again"}),
}  # fmt: skip

NOT_JSON: dict[str, Reply] = {
    "sign-in page": text(HTML, 200, "text/html"),
    "page that claims to be JSON": text(HTML, 200, "application/json"),
    "page after a mark": Reply(200, b"\xef\xbb\xbf  <html>", {}),
    "words": text("OK"),
    "half an object": text('{"guid": "1111', kind="application/json"),
    "half a list": text('[{"guid": "1', kind="application/json"),
    "bytes": Reply(200, b"\xff\xfe\x00\x81", {"Content-Type": "application/json"}),
    "nested without end": text("[" * 200_000, kind="application/json"),
    "a number too long": text("1" * 5000, kind="application/json"),
    "two values": text("{} {}", kind="application/json"),
    "a bare number": text("42", kind="application/json"),
    "a bare text": text('"fine"', kind="application/json"),
    "a bare true": text("true", kind="application/json"),
}
NO_OBJECT: dict[str, Reply] = {
    "nothing": text("", 200),
    "204": Reply(204),
    "null": reply(None),
    "empty list": reply([]),
    "list of numbers": reply([1, 2]),
    "list of objects": reply([{"id": "1"}]),
    "empty object": reply({}),
    "only unknown fields": reply({"surprise": 1, "other": {"nested": None}}),
    "all null": reply(dict.fromkeys([*CONTENT, *TASK, *USER, "task_id", "results", "installations"])),
}
BROKEN: dict[str, Reply] = {
    "reset": Reply(how="reset"),
    "cut off": Reply(200, json.dumps(CONTENT).encode(), {}, how="cut"),
}
ALL = {**REFUSALS, **NOT_JSON, **BROKEN}

Call = Callable[[RSConnectServer], Any]


def using(call: Callable[[RSConnect], Any]) -> Call:
    def run(server: RSConnectServer) -> Any:
        with RSConnect(server, timeout=5) as client:
            return call(client)

    return run


FUNCTIONS: dict[str, tuple[str, str, str, Call]] = {
    # name: method, end of the path in v1, in the older dialect, call
    "verify_server": ("GET", "server_settings", "server_settings", api.verify_server),
    "verify_api_key": ("GET", "v1/user", "/me", api.verify_api_key),
    "get_python_info": ("GET", "settings/python", "settings/python", api.get_python_info),
    "get_app_info": ("GET", f"v1/content/{GUID}", f"applications/{GUID}", lambda s: api.get_app_info(s, GUID)),
    "get_app_config": ("GET", f"v1/content/{GUID}", f"applications/{GUID}", lambda s: api.get_app_config(s, GUID)),
    "find_unique_name": ("GET", "v1/content", "/applications", lambda s: api.find_unique_name(s, "a_name")),
    "retrieve": ("GET", "search/content", "/applications", lambda s: api.retrieve_matching_apps(s, {"search": "x"})),
    "title_search": ("GET", "search/content", "/applications", lambda s: api.override_title_search(s, None, "x")),
    "do_bundle_deploy": (
        "POST", "/bundles", "/upload", lambda s: api.do_bundle_deploy(s, GUID, "n", "A title", False, b"bundle"),
    ),
    "app_search": ("GET", "search/content", "/applications", using(lambda c: c.app_search({"search": "x"}))),
    "app_create": ("POST", "v1/content", "/applications", using(lambda c: c.app_create("a_name"))),
    "app_upload": ("POST", "/bundles", "/upload", using(lambda c: c.app_upload(GUID, b"bundle"))),
    "app_update": ("PATCH", GUID, "/8", using(lambda c: c.app_update(GUID, {"title": "Another"}))),
    "app_deploy": ("POST", "/deploy", "/deploy", using(lambda c: c.app_deploy(GUID, 3))),
    "app_publish": ("PATCH", GUID, "/8", using(lambda c: c.app_publish(GUID, "all"))),
    "task_get": ("GET", "tasks/T1", "tasks/T1", using(lambda c: c.task_get("T1"))),
}  # fmt: skip
LISTS = ("find_unique_name",)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(once, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(job_tracking, "POLL_PAUSES", (0.0,))


def old_connect(seen: Seen) -> Reply | None:
    """Answer the unversioned endpoints, and as if there were no v1."""
    path = seen.path.partition("/__api__/")[2]
    app = {**CONTENT, "id": 8, "app_mode": 4, "bundle_id": 3, "url": CONTENT["content_url"]}
    known: dict[str, Any] = {
        "server_settings": SETTINGS,
        "me": USER,
        "v1/server_settings/python": {"installations": [], "api_enabled": True},
        "applications": {"applications": [app], "total": 1} if seen.method == "GET" else app,
        f"applications/{GUID}": app,
        "applications/8": app,
        "applications/8/upload": {"id": 77},
        "applications/8/deploy": {"id": "T1"},
        "tasks/T1": {"id": "T1", "status": ["one"], "last_status": 1, "finished": True, "code": 0, "error": ""},
    }
    return reply(known[path]) if path in known else NOT_ROUTED


@pytest.fixture(params=["v1", "legacy"])
def server(request: pytest.FixtureRequest, script: Script) -> tuple[RSConnectServer, str]:
    if request.param == "legacy":
        script.rules.append(old_connect)
    server = RSConnectServer(script.url, KEY)
    api.verify_server(server)  # the dialect is known, the fault comes later
    return server, request.param


def helpful(error: RSConnectException) -> bool:
    sentence = len(error.message.split()) >= 3 and error.message[-1] in ".!?"
    return (
        sentence and bool(error.hint) and KEY not in f"{error!r} {error.hint} {error.data}" and "<" not in error.message
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_bad_answer_is_a_helpful_error(name: str, script: Script, server: tuple[RSConnectServer, str]) -> None:
    method, new, old, call = FUNCTIONS[name]
    legacy = server[1] == "legacy"
    if legacy and method == "PATCH":
        method = "POST"
    bad = {**ALL, **({} if name in LISTS and not legacy else NO_OBJECT)}
    if name == "verify_server":  # it says so when the address is asked for the first time
        bad = {key: each for key, each in bad.items() if key not in ("empty object", "only unknown fields", "all null")}
    if name == "verify_api_key":
        bad.pop("403/22")  # a key without a user
    if name in ("retrieve", "title_search", "app_search"):
        bad.pop("all null")  # a null list is an empty one
        if legacy:
            bad.pop("not routed", None)
    if not legacy and name in ("retrieve", "title_search", "app_search"):
        for key in ("not routed", "404 page", "501"):
            bad.pop(key)  # means: too old to search, so that the list is asked
    if name in ("app_update", "app_publish"):
        for key in ("204", "nothing", "null", "empty list", "empty object", "list of numbers", "list of objects",
                    "only unknown fields", "all null"):  # fmt: skip
            if legacy or key == "204":
                bad.pop(key)  # some servers say no more; the item is fetched
        if legacy:
            bad = {key: each for key, each in bad.items() if not key.startswith("a bare")}
    if legacy:  # the refusals mean the same in both dialects: a sample will do
        sample = list(REFUSALS)[::3]
        bad = {key: each for key, each in bad.items() if key not in REFUSALS or key in sample}
    assert call(server[0]) is not None
    failures = []
    for label, answer in bad.items():
        rules = list(script.rules)
        script.on(method, new if not legacy else old, answer)
        try:
            outcome: Any = call(server[0])
        except RSConnectException as exc:
            outcome = exc
        if not isinstance(outcome, RSConnectException) or not helpful(outcome):
            hint = getattr(outcome, "hint", "")
            failures.append(f"{label}: {outcome!r} {hint!r}")
        script.rules[:] = rules
    assert failures == []


@pytest.mark.parametrize("label", [*ALL, *NO_OBJECT])
def test_a_task_log_ends_with_an_error_however_bad_the_answers(label: str, script: Script) -> None:
    answer = {**ALL, **NO_OBJECT}[label]
    server = RSConnectServer(script.url, KEY)
    api.verify_server(server)
    script.on("GET", "tasks/T1", answer)
    with pytest.raises(RSConnectException) as caught:
        api.emit_task_log(server, GUID, "T1", None, timeout=0.05)
    assert helpful(caught.value)


def test_an_unknown_code_keeps_the_servers_words(script: Script) -> None:
    script.on("GET", GUID, no(418, 4711, "The teapot is empty"))
    with pytest.raises(RSConnectException) as caught:
        api.get_app_info(RSConnectServer(script.url, KEY), GUID)
    assert caught.value.message == "The teapot is empty."
    assert caught.value.connect_code == 4711  # type: ignore[attr-defined]


def test_what_the_server_said_stays_with_a_code_we_know(script: Script) -> None:
    script.on("GET", GUID, no(403, 19, "Very special words"))
    with pytest.raises(RSConnectException) as caught:
        api.get_app_info(RSConnectServer(script.url, KEY), GUID)
    assert caught.value.data["server_text"] == "Very special words"


def test_extra_fields_and_nulls_are_no_errors(script: Script) -> None:
    strange = {**dict.fromkeys(CONTENT), "guid": GUID, "tags": None, "new_in_2030": {"a": [1]}, "locked": None}
    script.on("GET", GUID, reply(strange))
    info = api.get_app_info(RSConnectServer(script.url, KEY), GUID)
    assert (info["app_mode"], info["title"], info["id"]) == ("unknown", None, None)
    assert info["url"] == f"{script.url}/content/{GUID}/"


def test_a_way_up_is_no_identifier(script: Script) -> None:
    script.on("GET", GUID, reply({**CONTENT, "guid": "../../up"}))
    with pytest.raises(RSConnectException) as caught:
        api.get_app_info(RSConnectServer(script.url, KEY), GUID)
    assert caught.value.code == "answer-incomplete"


@pytest.mark.parametrize("odd", ["", " ", "..", "a/b", "?", [], {}, True, {"id": 1}])
def test_what_names_nothing_is_no_identifier(odd: Any, script: Script) -> None:
    script.on("POST", "/deploy", reply({"task_id": odd}))
    script.on("POST", "/bundles", reply({"id": odd}))
    with RSConnect(RSConnectServer(script.url, KEY)) as client:
        calls: tuple[Callable[[], object], ...] = (
            lambda: client.app_deploy(GUID, 3),
            lambda: client.app_upload(GUID, b"bundle"),
        )
        for call in calls:
            with pytest.raises(RSConnectException) as caught:
                call()
            assert caught.value.code == "answer-incomplete"


def test_identifiers_may_be_numbers_and_bundles_may_have_names(script: Script) -> None:
    script.on("GET", "tasks/5", reply(TASK))
    script.on("POST", "/bundles", reply({"id": "b-1"}))
    with RSConnect(RSConnectServer(script.url, KEY)) as client:
        assert client.task_get(5)["status"] == ["one"]
        assert client.wait_for_task(GUID, 5, None)[1] == ["one"]
        assert client.app_upload(GUID, b"bundle")["id"] == "b-1"


def test_half_characters_do_not_get_on(script: Script) -> None:
    script.on("GET", GUID, text(json.dumps({**CONTENT, "title": "a\ud800b"}), kind="application/json"))
    script.on("GET", "tasks/T1", text(json.dumps({**TASK, "output": ["\udfff", "é"], "last": 2})))
    server = RSConnectServer(script.url, KEY)
    assert api.get_app_info(server, GUID)["title"] == "a?b"
    assert api.emit_task_log(server, GUID, "T1", None)[1] == ["?", "é"]


@pytest.mark.parametrize("ending", [{"code": 1.5}, {"code": True}, {"code": "x"}, {"error": {"a": 1}}, {"error": True}])
def test_an_odd_ending_of_a_task_is_no_success(ending: dict[str, Any], script: Script) -> None:
    script.on("GET", "tasks/T1", reply({**TASK, **ending}))
    with pytest.raises(RSConnectException):
        api.emit_task_log(RSConnectServer(script.url, KEY), GUID, "T1", None)


def test_an_address_that_is_no_web_address_is_not_handed_on(script: Script) -> None:
    script.on("GET", GUID, reply({**CONTENT, "content_url": "javascript:alert(1)", "dashboard_url": "data:,x"}))
    info = api.get_app_info(RSConnectServer(script.url, KEY), GUID)
    assert info["url"].startswith(script.url)
    assert info["config_url"].startswith(script.url)


@pytest.mark.parametrize("place", ["v1/search/content", "v1/content"])
def test_an_empty_answer_to_a_search_is_an_error_and_not_no_results(script: Script, place: str) -> None:
    script.on("GET", place, Reply(200, b"", {"Content-Type": "application/json"}))
    if place == "v1/content":  # before 2024.04 servers only list
        script.on("GET", "v1/search/content", NOT_ROUTED)
    with (
        open_client(Server(name="x", url=script.url, api_key=Secret(KEY))) as client,
        pytest.raises(BadAnswerError),
    ):
        client.search("sales")
