"""Every documented answer has the documented shape: keys, types and which may be null."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from sandbox.publishing import Api, site

Schema = dict[str, Any]

GUID = {"type": "string", "pattern": "^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$"}
DIGITS = {"type": "string", "pattern": "^[0-9]+$"}
SECONDS = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
NANOSECONDS = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$"}
KEY = {"type": "string", "pattern": "^[A-Za-z0-9]{16}$"}
TEXT = {"type": "string"}
INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}
BOOLEAN = {"type": "boolean"}
NULL = {"type": "null"}
URL = {"type": "string", "pattern": "^https?://"}
ANY: Schema = {}


def maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, NULL]}


def one_of(*values: Any) -> Schema:
    return {"enum": list(values)}


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


def record(optional: tuple[str, ...] = (), /, *, more: bool = False, **fields: Schema) -> Schema:
    return {
        "type": "object",
        "properties": fields,
        "required": [name for name in fields if name not in optional],
        "additionalProperties": more,
    }


ROLE = one_of("administrator", "publisher", "viewer")
MODES = one_of("unknown", "static", "jupyter-static", "jupyter-voila", "quarto-static")
LIMITS = (
    "connection_timeout", "read_timeout", "init_timeout", "idle_timeout", "max_processes", "min_processes",
    "max_conns_per_process", "load_factor", "memory_request", "memory_limit", "cpu_request", "cpu_limit",
    "amd_gpu_limit", "nvidia_gpu_limit",
)  # fmt: skip
USER = record(
    email=TEXT, username=TEXT, first_name=TEXT, last_name=TEXT, user_role=ROLE, created_time=SECONDS,
    updated_time=SECONDS, active_time=maybe(SECONDS), confirmed=BOOLEAN, locked=BOOLEAN, guid=GUID, external_id=TEXT,
)  # fmt: skip
TAG = record(id=DIGITS, name=TEXT, parent_id=maybe(DIGITS), created_time=SECONDS, updated_time=SECONDS)
OWNER = record(guid=GUID, username=TEXT, first_name=TEXT, last_name=TEXT)
CONTENT = record(
    ("owner", "tags", "vanity_url"),
    guid=GUID, name=TEXT, title=maybe(TEXT), description=TEXT, access_type=one_of("all", "logged_in", "acl"),
    **{name: maybe(NUMBER) for name in LIMITS},
    service_account_name=maybe(TEXT), default_image_name=maybe(TEXT), created_time=SECONDS, last_deployed_time=SECONDS,
    bundle_id=maybe(DIGITS), app_mode=MODES, content_category=TEXT, parameterized=BOOLEAN, cluster_name=maybe(TEXT),
    image_name=maybe(TEXT), r_version=maybe(TEXT), py_version=maybe(TEXT), quarto_version=maybe(TEXT),
    r_environment_management=maybe(BOOLEAN), default_r_environment_management=maybe(BOOLEAN),
    py_environment_management=maybe(BOOLEAN), default_py_environment_management=maybe(BOOLEAN), run_as=maybe(TEXT),
    run_as_current_user=BOOLEAN, owner_guid=GUID, content_url=URL, dashboard_url=URL,
    app_role=one_of("owner", "editor", "viewer", "none"), id=DIGITS, locked=BOOLEAN, locked_message=TEXT,
    environment_guid=maybe(GUID), default_environment_guid=maybe(GUID),
    public_content_status=one_of(None, "ok", "warning", "restricted", "unrestricted", "unlicensed", "none"),
    node_version=maybe(TEXT), metrics_collection_enabled=maybe(BOOLEAN), notify_on_share=BOOLEAN,
    otel_enabled=maybe(BOOLEAN), draft_marker_enabled=BOOLEAN, owner=OWNER, tags=array(TAG), vanity_url=URL,
)  # fmt: skip
BUNDLE = record(
    id=DIGITS, content_guid=GUID, created_time=SECONDS, cluster_name=maybe(TEXT), image_name=maybe(TEXT),
    r_version=maybe(TEXT), r_environment_management=maybe(BOOLEAN), py_version=maybe(TEXT),
    py_environment_management=maybe(BOOLEAN), quarto_version=maybe(TEXT), active=BOOLEAN, size=INTEGER,
    metadata=record(
        source=maybe(TEXT), source_repo=maybe(TEXT), source_branch=maybe(TEXT), source_commit=maybe(TEXT),
        archive_md5={"type": "string", "pattern": "^[0-9a-f]{32}$"},
        archive_sha1={"type": "string", "pattern": "^[0-9a-f]{40}$"},
    ),
    created_by=GUID, environment_guid=maybe(GUID),
)  # fmt: skip
TASK = record(
    id=KEY, output=array(TEXT), finished=BOOLEAN, code=INTEGER, error=TEXT, last=INTEGER,
    result=maybe(record(type=TEXT, data=TEXT)),
)  # fmt: skip
LEGACY_TASK = record(
    id=KEY, user_id=INTEGER, status={"type": "array", "items": TEXT}, result=ANY, finished=BOOLEAN, code=INTEGER,
    error=TEXT, last_status=INTEGER,
)  # fmt: skip
PERMISSION = record(
    id=DIGITS, content_guid=GUID, principal_guid=GUID, principal_type=one_of("user", "group"),
    role=one_of("viewer", "owner"),
)  # fmt: skip
JOB = record(
    id=DIGITS, ppid=maybe(DIGITS), pid=maybe(DIGITS), key=KEY, remote_id=maybe(TEXT), app_id=DIGITS, variant_id=DIGITS,
    bundle_id=DIGITS, start_time=SECONDS, end_time=maybe(SECONDS), last_heartbeat_time=SECONDS, queued_time=NULL,
    queue_name=NULL, tag=TEXT, exit_code=maybe(INTEGER), status=one_of(0, 1, 2, 3), hostname=TEXT, cluster=TEXT,
    image=TEXT, run_as=TEXT, content_id=DIGITS, content_guid=GUID, variant_key=TEXT, error=maybe(TEXT),
    skip_reason=maybe(TEXT),
)  # fmt: skip
API_KEY = record(
    id=DIGITS, name=TEXT, key=TEXT, user_role=maybe(ROLE), created_time=SECONDS, active_time=maybe(SECONDS),
    expires_at=maybe(TEXT),
)  # fmt: skip
GROUP = record(guid=GUID, name=TEXT, owner_guid=GUID)
VANITY = record(content_guid=GUID, path={"type": "string", "pattern": "^/.*/$"}, created_time=SECONDS)
VERSIONS = record(version=TEXT, cluster_name=TEXT, image_name=TEXT)
PYTHON = record(version=TEXT, cluster_name=TEXT, image_name=TEXT, publishable=BOOLEAN)
INSTALLATIONS = record(installations={"type": "array", "items": VERSIONS})
APPLICATION = record(
    more=True, id=INTEGER, guid=GUID, access_type=TEXT, url=URL, vanity_url=BOOLEAN, name=TEXT, title=maybe(TEXT),
    bundle_id=maybe(INTEGER), app_mode=INTEGER, content_category=TEXT, has_parameters=BOOLEAN,
    created_time=NANOSECONDS, last_deployed_time=NANOSECONDS, build_status=INTEGER, app_role=TEXT, owner_guid=GUID,
    owner_username=TEXT, owner_email=TEXT, owner_locked=BOOLEAN, is_scheduled=BOOLEAN,
)  # fmt: skip
SERVER_SETTINGS = record(
    more=True, hostname=TEXT, version=TEXT, build=TEXT, about=TEXT, dashboard_path=one_of("/connect"),
    maximum_app_image_size=INTEGER, runtimes=array(TEXT), execution_type=one_of("native"),
    prohibited_usernames=array(TEXT), license=record(more=True, status=TEXT, tier=TEXT),
    authentication=record(more=True, handles_login=BOOLEAN, name=TEXT), git_enabled=BOOLEAN,
    default_py_environment_management=BOOLEAN,
)  # fmt: skip
MEMBER = record(more=True, guid=GUID, username=TEXT, user_role=ROLE, created_time=NANOSECONDS, privileges=array(TEXT))
ACCOUNT = {**MEMBER, "required": [*MEMBER["required"], "id"]}
VARIANT = record(
    more=True, id=INTEGER, app_id=INTEGER, key={"type": "string", "pattern": "^[A-Za-z0-9]{8}$"}, bundle_id=INTEGER,
    is_default=one_of(True), name=TEXT, created_time=NANOSECONDS, render_time=NANOSECONDS, visibility=TEXT,
)  # fmt: skip
LIST: Schema = {"type": "array"}
LANGUAGE = record(installations={"type": "array", "items": record(version=TEXT, path=TEXT)})
ENVIRONMENT = record(
    id=DIGITS, guid=GUID, title=TEXT, description=maybe(TEXT), cluster_name=TEXT, name=TEXT, environment_type=TEXT,
    matching=one_of("any", "exact", "none"), supervisor=maybe(TEXT), managed_by=maybe(TEXT), volume_mounts=LIST,
    python=LANGUAGE, quarto=LANGUAGE, r=LANGUAGE, tensorflow=LANGUAGE, nodejs=LANGUAGE, created_time=SECONDS,
    updated_time=SECONDS,
)  # fmt: skip
CHECK = record(id=DIGITS, start_time=SECONDS, hostname=TEXT, status=one_of("done"), passed=INTEGER, failed=INTEGER)
HIT = record(
    id=DIGITS, user_guid=maybe(GUID), content_guid=GUID, timestamp=SECONDS,
    data=record(
        path=TEXT, query=maybe(TEXT), user_agent=maybe(TEXT), sec_fetch_dest=maybe(TEXT), sec_fetch_site=maybe(TEXT)
    ),
)  # fmt: skip
VISIT = record(
    content_guid=GUID, user_guid=maybe(GUID), variant_key=maybe(TEXT), time=SECONDS, rendering_id=maybe(DIGITS),
    bundle_id=DIGITS, path=TEXT, data_version=INTEGER, user_agent=maybe(TEXT),
)  # fmt: skip
AUDIT = record(
    id=DIGITS, time=SECONDS, user_id=DIGITS, user_guid=GUID, user_description=TEXT, action=TEXT,
    event_description=TEXT,
)  # fmt: skip


NOTHING: Schema = {"type": "array", "maxItems": 0}


def cursor_page(items: Schema) -> Schema:
    links = dict.fromkeys(("first", "previous", "next", "last"), maybe(URL))
    paging = record(cursors=record(previous=maybe(DIGITS), next=maybe(DIGITS)), **links)
    return record(results={"type": "array", "items": items}, paging=paging)


def page(items: Schema) -> Schema:
    return record(results=array(items), current_page=INTEGER, total=INTEGER)


GETS: dict[str, Schema] = {
    "server_settings": SERVER_SETTINGS,
    "server_settings/applications": record(
        more=True, access_types=array(TEXT), run_as=TEXT, run_as_group=TEXT, run_as_current_user=BOOLEAN
    ),
    "server_settings/scheduler": record(more=True, min_processes=INTEGER, load_factor=NUMBER, idle_timeout=INTEGER),
    "server_settings/scheduler/jupyter-voila": record(more=True, max_processes=INTEGER, read_timeout=INTEGER),
    "me": MEMBER,
    "users/current": {
        **MEMBER,
        "required": [*MEMBER["required"], "id"],
        "properties": {**MEMBER["properties"], "id": INTEGER},
    },
    "v1/user": USER,
    "v1/users": page(USER),
    "v1/users/{user}": USER,
    "v1/users/{user}/keys": array(API_KEY),
    "v1/groups": page(GROUP),
    "v1/server_settings/python": record(installations=array(PYTHON), api_enabled=BOOLEAN),
    "v1/server_settings/r": INSTALLATIONS,
    "v1/server_settings/quarto": INSTALLATIONS,
    "v1/server_settings/tensorflow": INSTALLATIONS,
    "v1/server_settings/nodejs": record(installations={"type": "array", "items": VERSIONS}, enabled=BOOLEAN),
    "v1/server_settings/public": record(
        authentication=record(more=True, name=TEXT),
        self_registration=BOOLEAN,
        system_display_name=TEXT,
        public_warning=TEXT,
        customized_landing=BOOLEAN,
        mail_configured=BOOLEAN,
        prohibited_usernames=array(TEXT),
        username_validator=TEXT,
    ),
    "v1/timezones": array(record(timezone=TEXT, offset={"type": "string", "pattern": r"^[+-]\d\d:\d\d$"})),
    "v1/environments": array(ENVIRONMENT),
    "v1/oauth/integrations": NOTHING,
    "v1/oauth/sessions": NOTHING,
    "v1/oauth/templates": NOTHING,
    "v1/system/caches/runtime": record(caches=NOTHING),
    "v1/system/checks": array(CHECK),
    "v1/system/checks/{check}": CHECK,
    "v1/system/checks/{check}/results": record(
        run=CHECK,
        results=array(
            record(
                group=record(name=TEXT, args=TEXT),
                test=record(name=TEXT, args=TEXT),
                passed=BOOLEAN,
                output=TEXT,
                error=TEXT,
            )
        ),
    ),
    "v1/audit_logs": cursor_page(AUDIT),
    "v1/instrumentation/content/visits": cursor_page(VISIT),
    "v1/instrumentation/content/hits": array(HIT),
    "v1/instrumentation/shiny/usage": cursor_page(ANY),
    "v1/packages?page_size=1000000": record(results={"type": "array"}, current_page=INTEGER, total=INTEGER),
    "v1/content": array(CONTENT),
    "v1/content/{guid}": CONTENT,
    "v1/content/{guid}?include=owner,tags,vanity_url": {
        **CONTENT,
        "required": [*CONTENT["required"], "owner", "tags", "vanity_url"],
    },
    "v1/search/content?q=schema": page(CONTENT),
    "v1/content/{guid}/bundles": array(BUNDLE),
    "v1/content/{guid}/bundles/{bundle}": BUNDLE,
    "v1/content/{guid}/bundles/{bundle}/files": array(record(more=True, path=TEXT)),
    "v1/tasks/{task}": TASK,
    "v1/content/{guid}/environment": array(TEXT),
    "v1/content/{guid}/permissions": array(PERMISSION),
    "v1/content/{guid}/permissions/{permission}": PERMISSION,
    "v1/tags": array(TAG),
    "v1/tags/{tag}": TAG,
    "v1/tags/{tag}/content": array(CONTENT),
    "v1/content/{guid}/tags": array(TAG),
    "v1/content/{guid}/vanity": VANITY,
    "v1/vanities": array(VANITY),
    "v1/content/{guid}/jobs": {"type": "array", "items": JOB},
    "v1/content/{guid}/packages": {"type": "array"},
    "v1/content/{guid}/bundles/{bundle}/files/index.html": record(
        path=TEXT, content=maybe(TEXT), binary=BOOLEAN, too_large=BOOLEAN
    ),
    "v1/content/{guid}/oauth/integrations/associations": NOTHING,
    "applications": record(applications=array(APPLICATION), count=INTEGER, total=INTEGER, continuation=TEXT),
    "applications/{guid}": APPLICATION,
    "applications/{number}": APPLICATION,
    "applications/{guid}/config": record(config_url=URL),
    "applications/{guid}/variants": array(VARIANT),
    "tasks/{task}?first_status=0": LEGACY_TASK,
}


@pytest.fixture(scope="module")
def names(sandbox: Any) -> dict[str, str]:
    """Content with everything on it that an answer can show, and the ids of it all."""
    api = Api(sandbox.url, sandbox.key)
    content = api.create(name="schema-content", title="Schema content")
    guid = content["guid"]
    bundle = api.upload(guid, site())
    task = api.deploy(guid, bundle)
    api.follow(task)
    api.json("PATCH", f"v1/content/{guid}/environment", [{"name": "A", "value": "1"}])
    group = api.json("POST", "v1/groups", {"name": "schema-group"})
    body = {"principal_guid": group["guid"], "principal_type": "group", "role": "viewer"}
    permission = api.json("POST", f"v1/content/{guid}/permissions", body)
    category = api.json("POST", "v1/tags", {"name": "schema-category"})
    tag = api.json("POST", "v1/tags", {"name": "schema-tag", "parent_id": category["id"]})
    api.json("POST", f"v1/content/{guid}/tags", {"tag_id": tag["id"]})
    api.json("PUT", f"v1/content/{guid}/vanity", {"path": "schema-page"})
    user = api.json("GET", "v1/user")["guid"]
    api.page(content["content_url"])
    check = api.json("POST", "v1/system/checks", {})["id"]
    ids = {
        "check": check,
        "guid": guid,
        "number": content["id"],
        "bundle": bundle,
        "task": task,
        "permission": permission["id"],
    }
    return {**ids, "check": check, "tag": tag["id"], "user": user}


@pytest.mark.parametrize("path", GETS)
def test_an_answer_has_the_documented_shape(admin: Api, names: dict[str, str], path: str) -> None:
    answer = admin.call("GET", path.format(**names))
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    jsonschema.validate(answer.json(), GETS[path])


def test_answers_to_changes_have_it_too(admin: Api) -> None:
    content = admin.create(title="Schema of changes")
    guid = content["guid"]
    jsonschema.validate(content, CONTENT)
    assert (content["bundle_id"], content["app_mode"], content["py_version"]) == (None, "unknown", None)
    assert content["last_deployed_time"] == content["created_time"]
    jsonschema.validate(admin.json("PATCH", f"v1/content/{guid}", {"description": "Changed"}), CONTENT)
    uploaded = admin.json("POST", f"v1/content/{guid}/bundles", data=site())
    jsonschema.validate(uploaded, BUNDLE)
    assert not uploaded["active"]
    started = admin.json("POST", f"v1/content/{guid}/deploy", {"bundle_id": uploaded["id"]}, status=202)
    jsonschema.validate(started, record(task_id=KEY))
    jsonschema.validate(admin.follow(started["task_id"]), TASK)
    jsonschema.validate(admin.json("POST", f"applications/{guid}/deploy", {"bundle": int(uploaded["id"])}), LEGACY_TASK)
    legacy = admin.json("POST", f"applications/{content['id']}/upload", data=site())
    numbers = record(id=INTEGER, app_id=INTEGER, created_time=NANOSECONDS, updated_time=NANOSECONDS)
    jsonschema.validate(legacy, numbers)
    user = admin.json("GET", "v1/user")["guid"]
    key = admin.json("POST", f"v1/users/{user}/keys", {"name": "made for a schema"})
    jsonschema.validate(key, API_KEY)
    assert len(key["key"]) == 32
    assert admin.json("GET", f"v1/users/{user}/keys/{key['id']}")["key"] == key["key"][-4:]


@pytest.mark.parametrize("version", ["2022.08.0", "2024.02.0", "2025.05.0"])
def test_older_servers_lack_what_came_later(tmp_path: Any, version: str) -> None:
    from serving import running_sandbox

    newer = {"locked": (2024, 8), "environment_guid": (2025, 9), "node_version": (2026, 1)}
    year = tuple(int(part) for part in version.split(".")[:2])
    with running_sandbox(tmp_path / "data", "--connect-version", version) as running:
        api = Api(running.url, running.key)
        assert api.json("GET", "server_settings")["version"] == version
        content = api.create()
        assert {name for name in newer if name in content} == {name for name, since in newer.items() if year >= since}
        uploaded = api.upload(content["guid"], site())
        body = {"bundle_id": uploaded, "activate": False}
        assert api.refused("POST", f"v1/content/{content['guid']}/deploy", body) == (400, 121)
        search = api.call("GET", "v1/search/content")
        assert search.status_code == (200 if year >= (2024, 4) else 404)
        if year < (2024, 4):
            assert (search.text, search.headers["Content-Type"]) == ("404 page not found", "text/plain; charset=utf-8")
