"""The core's records as JSON, in the shapes of ``openapi.yaml``. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from ..addresses import plain_address, without_userinfo
from ..bundle.files import Candidate
from ..connect.app_modes import APP_MODES
from ..models import Content, KernelEnvironment, Publication, Server
from ..models.serialization import as_json_data
from ..notebook.parameters import parameters
from ..publishing.inspection import Inspection, ModeChoice
from ..publishing.resolve import PublishPlan
from ..translation import _


def server_info(server: Server, *, locked: bool = False) -> dict[str, Any]:
    """Return a ``ServerInfo``; `locked` says that users cannot change servers."""
    own = server.own and not locked
    return {
        "name": server.name,
        "url": server.url,
        "origin": server.origin,
        "user": server.user,
        "has_key": server.key_place != "none" and not server.problem,
        "key_place": server.key_place,
        "credential": server.credential_kind,
        "expires": server.expires,
        "insecure": server.insecure,
        "has_ca": server.ca_data is not None,
        "default": server.default,
        "editable": own,
        "removable": own,
        "key_editable": server.takes_key,
        "keys_url": keys_url(server.url),
        "problem": server.problem,
    }


def keys_url(url: str) -> str:
    """Return the dashboard page on which a server's user makes API keys."""
    return f"{url}/connect/#/api-keys"


def content_hit(content: Content, published: Iterable[str]) -> dict[str, Any]:
    """Return a ``ContentHit``; `published` are the GUIDs that the notebook was published to."""
    hit: dict[str, Any] = {
        "guid": content.guid,
        "id": content.id,
        "name": content.name,
        "title": content.title,
        "mode": content.mode,
        "url": content.url,
        "dashboard_url": content.dashboard_url,
        "logs_url": content.logs_url,
        "owner_name": content.owner_name,
        "role": content.role,
        "created": content.created,
        "last_deployed": content.last_deployed,
        "locked": content.locked,
        "editable": content.editable,
        "published_here": content.guid in set(published),
    }
    return hit if content.bundle_id is None else {**hit, "bundle_id": content.bundle_id}


def inspection_info(inspection: Inspection, servers: Iterable[Server]) -> dict[str, Any]:
    """Return an ``Inspection`` as far as the notebook goes; no keys, no values of variables."""
    plan, notebook = inspection.plan, inspection.notebook
    return {
        "name": notebook.path.name,
        "title": plan.title,
        "language": notebook.language,
        "kernel": None if inspection.kernel is None else kernel_info(inspection.kernel),
        "modes": [mode_info(each) for each in inspection.modes],
        "mode": plan.mode,
        "server": plan.server.name if plan.server else None,
        "target": plan.target.guid or "new",
        "options": options_info(plan),
        "files": [file_info(each) for each in inspection.bundle.candidates],
        "requirements": requirements_info(inspection),
        "findings": [each.as_dict() for each in inspection.findings],
        "variables": variables_info(inspection),
        "parameters": [as_json_data(each) for each in parameters(notebook)],
        "publications": [publication_info(each, servers, inspection.changed) for each in inspection.publications],
        "writable": inspection.writable,
        "server_versions_pending": inspection.answers.versions_pending,
    }


def variables_info(inspection: Inspection) -> list[dict[str, Any]]:
    """Return a ``VariableUse`` for each environment variable that the code reads; a page made here reads none."""
    if inspection.bundle.app_mode.is_page:
        return []
    used = inspection.bundle.analysis.used_variables
    return [{"name": name, "optional": use.optional, "where": use.where.as_dict()} for name, use in used.items()]


def options_info(plan: PublishPlan) -> dict[str, Any]:
    """Return option -> ``OptionSource``."""
    values: dict[str, Any] = {"title": plan.title, "mode": plan.mode, "target": plan.target.guid or "new"}
    values |= {name: getattr(plan.bundle, name) for name in plan.sources if hasattr(plan.bundle, name)}
    values |= {"overwrite": plan.options.overwrite, "draft": plan.options.draft}
    values["files"] = list(plan.bundle.files)
    return {name: {"value": value, "source": plan.sources[name]} for name, value in values.items()}


def mode_info(choice: ModeChoice) -> dict[str, Any]:
    """Return a ``ModeChoice``."""
    mode, available = APP_MODES[choice.mode], choice.reason is None
    parts = {"mode": mode.name, "title": _(mode.title), "description": _(mode.description), "available": available}
    return parts if choice.reason is None else {**parts, "reason": choice.reason}


def kernel_info(kernel: KernelEnvironment) -> dict[str, Any]:
    """Return a ``KernelInfo``."""
    names = ("kernel", "display_name", "language", "interpreter", "version")
    return {**{name: getattr(kernel, name) for name in names}, "asked": kernel.loaded is not None}


def requirements_info(inspection: Inspection) -> dict[str, Any]:
    """Return a ``Requirements``."""
    requirements, difference = inspection.bundle.requirements, inspection.difference
    parts = {
        "source": requirements.source,
        "lines": [without_userinfo(each) for each in requirements.lines],
        "text": without_userinfo(requirements.text),
        "package_file": requirements.package_file,
        "findings": [each.as_dict() for each in requirements.findings],
        "difference": None if difference is None else as_json_data(difference),
    }
    more = {"origin": requirements.origin, "manager": requirements.manager}
    return parts | {name: value for name, value in more.items() if value is not None}


def publication_info(publication: Publication, servers: Iterable[Server], changed: Container[str]) -> dict[str, Any]:
    """Return a ``Publication``: with the known server's name, and whether the notebook changed since."""
    names: Mapping[str, str] = {each.url: each.name for each in reversed(tuple(servers))}
    shown = ("server_url", "guid", "title", "mode", "url", "dashboard_url", "bundle_id", "user", "time", "result")
    return {
        **{name: getattr(publication, name) for name in shown},
        "server": names.get(plain_address(publication.server_url)),
        "changed": publication.guid in changed,
    }


def file_info(candidate: Candidate) -> dict[str, Any]:
    """Return a ``FileCandidate``."""
    shown: dict[str, Any] = {
        "path": candidate.path,
        "size": candidate.size,
        "included": candidate.included,
        "reason": candidate.reason,
    }
    return shown if candidate.where is None else {**shown, "where": candidate.where.as_dict()}
