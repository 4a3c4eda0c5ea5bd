"""What the server says about itself: settings, runtimes, time zones."""

from __future__ import annotations

import datetime
import json
import zoneinfo
from pathlib import Path
from typing import Any

from ...connect.app_modes import NUMBERS
from ..api_errors import ApiError
from ..runtime.environments import python_version
from ..runtime.git import git_available
from ..runtime.quarto import quarto_version
from .process_settings import MAX_PROCESSES
from .routing import Request, route

_FIXED: dict[str, Any] = json.loads(Path(__file__).with_name("server_settings.json").read_text(encoding="utf-8"))
_FIXED["runtimes"] += ["Quarto"] if quarto_version() else []
_FIXED["git_enabled"] = _FIXED["git_available"] = git_available()
APP_LIMIT: int = _FIXED["maximum_app_image_size"]
PROHIBITED: list[str] = _FIXED["prohibited_usernames"]
"""Words with which no vanity path may begin, either."""


@route("GET", "/server_settings", anonymous=True, legacy=True)
def server_settings(request: Request) -> dict[str, Any]:
    """Return the settings that every client asks for first; without credentials the version is left out."""
    settings = request.services.settings
    version = "" if settings.hide_version else settings.version_text
    answer: dict[str, Any] = {"hostname": "sandbox"}
    if request.account is not None:
        answer |= {
            "version": version,
            "build": f"v{version}-0-sandbox" if version else "",
            "about": f"Posit Connect v{version}" if version else "",
        }
    if request.version < (2024, 12) or request.store.row("SELECT 1 FROM integrations") is None:
        return answer | _FIXED
    license_facts = {**_FIXED["license"], "oauth-integrations": True}
    return answer | _FIXED | {"oauth_integrations_enabled": True, "license": license_facts}


@route("GET", "/server_settings/applications", legacy=True)
def application_settings(_request: Request) -> dict[str, Any]:
    """Return what content may be set to."""
    return {
        "access_types": ["acl", "logged_in", "all"],
        "run_as": "sandbox",
        "run_as_group": "",
        "run_as_current_user": False,
        "viewer_ondemand_reports": False,
        "viewer_customized_reports": False,
    }


@route("GET", "/server_settings/scheduler", legacy=True)
@route("GET", "/server_settings/scheduler/{app_mode}", legacy=True)
def scheduler_settings(request: Request) -> dict[str, Any]:
    """Return limits of processes; refuses modes that run no process (400/147) and unknown ones (400/148)."""
    mode = request.path.get("app_mode")
    if mode == "static":
        raise ApiError(147)
    if mode is not None and mode not in NUMBERS:
        raise ApiError(148)
    kinds = ("cpu_request", "cpu_limit", "memory_request", "memory_limit", "amd_gpu_limit", "nvidia_gpu_limit")
    return {
        "min_processes": 0,
        "max_processes": 3,
        "max_conns_per_process": 20,
        "load_factor": 0.5,
        "init_timeout": 60,
        "idle_timeout": 120,
        "min_processes_limit": MAX_PROCESSES,
        "max_processes_limit": MAX_PROCESSES,
        "connection_timeout": 5,
        "read_timeout": 30,
        **dict.fromkeys((*kinds, *(f"max_{kind}" for kind in kinds)), 0),
    }


@route("GET", "/v1/server_settings/python", role="publisher", legacy=True)
def python_settings(request: Request) -> dict[str, Any]:
    """Return the Python installations: the one that runs this sandbox, and those that take no new content."""
    retired = request.services.settings.retired_python
    installations: list[dict[str, Any]] = _installations(python_version(), *retired)
    if request.version >= (2026,):  # `rsconnect preflight` asks for it
        installations = [{**each, "publishable": each["version"] not in retired} for each in installations]
    return {"installations": installations, "api_enabled": True}


@route("GET", "/v1/server_settings/r", role="publisher")
@route("GET", "/v1/server_settings/tensorflow", role="publisher")
def no_installations(_request: Request) -> dict[str, Any]:
    """Return the installations of a language that a sandbox never has."""
    return {"installations": []}


@route("GET", "/v1/server_settings/quarto", role="publisher")
def quarto_settings(_request: Request) -> dict[str, Any]:
    """Return the Quarto installation found on the PATH, if any."""
    version = quarto_version()
    return {"installations": _installations(version) if version else []}


@route("GET", "/v1/server_settings/nodejs", role="publisher", since=(2026, 4))
def nodejs_settings(_request: Request) -> dict[str, Any]:
    """Return that there is no Node.js."""
    return {"installations": [], "enabled": False}


@route("GET", "/v1/server_settings/public", anonymous=True, since=(2026,))
def public_settings(_request: Request) -> dict[str, Any]:
    """Return what the sign-in page needs."""
    names = (
        "self_registration",
        "system_display_name",
        "public_warning",
        "customized_landing",
        "mail_configured",
        "prohibited_usernames",
        "username_validator",
    )
    authentication = {name: _FIXED["authentication"][name] for name in ("name", "handles_credentials", "handles_login")}
    return {"authentication": authentication, **{name: _FIXED[name] for name in names}}


@route("GET", "/v1/timezones")
def timezones(_request: Request) -> list[dict[str, str]]:
    """Return all time zones with their present offset, ``{timezone, offset}``."""
    moment = datetime.datetime.now(datetime.timezone.utc)
    answer = []
    for name in sorted(zoneinfo.available_timezones()) or ["UTC"]:
        zone = zoneinfo.ZoneInfo(name) if name != "UTC" else datetime.timezone.utc
        offset = moment.astimezone(zone).strftime("%z")
        answer.append({"timezone": name, "offset": f"{offset[:3]}:{offset[3:5]}"})
    return answer


def _installations(*versions: str) -> list[dict[str, str]]:
    return [{"version": version, "cluster_name": "Local", "image_name": "Local"} for version in versions]
