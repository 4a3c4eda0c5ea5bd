"""What the server says about itself: settings, runtimes, time zones."""

from __future__ import annotations

import datetime
import zoneinfo
from typing import Any

from ...connect.app_modes import NUMBERS
from ..api_errors import ApiError
from ..runtime.environments import python_version
from ..runtime.quarto import quarto_version
from .process_settings import MAX_PROCESSES
from .routing import Request, route

PROHIBITED = [
    "connect", "apps", "users", "groups", "setpassword", "user-completion", "confirm", "recent", "reports", "plots",
    "unpublished", "settings", "metrics", "tokens", "help", "login", "welcome", "register", "resetpassword", "content",
]  # fmt: skip
APP_LIMIT = 10_000_000


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
    return answer | _FIXED


_FIXED: dict[str, Any] = {
    "authentication": {
        "handles_credentials": True,
        "handles_login": True,
        "challenge_response_enabled": False,
        "external_user_data": False,
        "groups_enabled": True,
        "name": "Sandbox",
        "notice": "",
        "warning_delay": 10,
    },
    "license": {
        "ts": 0,
        "status": "activated",
        "expiration": 0,
        "days-left": 9999,
        "has-key": True,
        "has-trial": False,
        "tier": "enterprise",
        "sku-year": "",
        "edition": "sandbox",
        "cores": 0,
        "connections": 0,
        "type": "local",
        "users": 0,
        "user-activity-days": 365,
        "shiny-users": 0,
        "allow-apis": True,
        "custom-branding": False,
        "current-user-execution": False,
        "enable-launcher": False,
        "oauth-integrations": False,
    },
    "license_expiration_ui_warning": False,
    "deprecated_settings": False,
    "deprecated_settings_ui_warning": False,
    "google_analytics_tracking_id": "",
    "viewer_kiosk": False,
    "mail_all": False,
    "mail_configured": False,
    "public_warning": "",
    "logged_in_warning": "",
    "logout_url": "__logout__",
    "metrics_rrd_enabled": False,
    "metrics_instrumentation": False,
    "customized_landing": False,
    "self_registration": False,
    "prohibited_usernames": PROHIBITED,
    "username_validator": "default",
    "viewers_can_only_see_themselves": False,
    "http_warning": False,
    "queue_ui": False,
    "runtimes": ["Python"] + (["Quarto"] if quarto_version() else []),
    "default_content_list_view": "compact",
    "maximum_app_image_size": APP_LIMIT,
    "server_settings_toggler": False,
    "git_enabled": False,
    "git_available": False,
    "dashboard_path": "/connect",
    "system_display_name": "Sandbox",
    "hide_viewer_documentation": False,
    "jump_start_enabled": False,
    "permission_request": False,
    "tableau_integration_enabled": False,
    "self_test_enabled": False,
    "execution_type": "native",
    "enable_runtime_constraints": False,
    "enable_image_management": False,
    "enable_runtime_cache_management": False,
    "default_image_selection_enabled": False,
    "default_environment_management_selection": True,
    "default_r_environment_management": True,
    "default_py_environment_management": True,
    "new_parameterization_enabled": False,
    "use_window_location": False,
    "oauth_integrations_enabled": False,
}


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
        "cpu_request": 0,
        "max_cpu_request": 0,
        "cpu_limit": 0,
        "max_cpu_limit": 0,
        "memory_request": 0,
        "max_memory_request": 0,
        "memory_limit": 0,
        "max_memory_limit": 0,
        "amd_gpu_limit": 0,
        "max_amd_gpu_limit": 0,
        "nvidia_gpu_limit": 0,
        "max_nvidia_gpu_limit": 0,
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
