"""The same verbs on the unversioned endpoints, for servers that lack the v1 API (before 1.8.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from ..models import Content, Secret
from .client import Client
from .parsing import as_number, as_text
from .responses import read_id, read_items, read_json, read_object
from .search import best_first
from .session import as_segment
from .versions import Dialect

PAGE = 500
"""Items asked for at once."""

_MOST_PAGES = 200


class LegacyClient(Client):
    """A conversation in the older dialect: numbers where v1 has GUIDs, ``status`` where it has ``output``."""

    dialect: Dialect = "legacy"
    _user_path = "me"
    _create_path = "applications"

    def content_details(self, guid: str, *, include: str = "") -> dict[str, Any]:  # noqa: ARG002 - all is included
        """Return the application as the server describes it; `guid` may also be its number."""
        return self._noted(read_object(self._get(f"applications/{as_segment(guid)}"), "guid"))

    def guid_of(self, guid: str) -> str:
        """Return `guid`: this dialect takes numbers everywhere."""
        return guid

    def create_named(self, name: str, title: str | None) -> dict[str, Any]:
        """Create an item of exactly this name and return the application as the server describes it."""
        return self._noted(super().create_named(name, title))

    def find_by_name(self, name: str) -> Content | None:
        """Return the user's own item of exactly this name."""
        owner = self.user().guid
        found = (each for each in self.matches(name) if each.name == name and each.owner_guid in ("", owner))
        return next(found, None)

    def own_names(self, name: str) -> set[str]:
        """Return the names of the items that the search finds for the part of `name` that numbering keeps."""
        return {each.name for each in self.matches(name[:56])}

    def update_details(self, guid: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Change fields of an item and return the application as the server describes it."""
        answer = self._send("POST", f"applications/{self._number(guid)}", json=dict(fields), repeatable=True)
        changed = read_json(answer)
        return self._noted(changed) if isinstance(changed, dict) and changed.get("guid") else self.content_details(guid)

    def delete(self, guid: str) -> None:
        """Delete an item; one that is gone already is fine."""
        answer = self._send("DELETE", f"applications/{self._number(guid)}")
        if answer.status != 404:
            read_json(answer)

    def search(self, text: str, *, limit: int = 20) -> tuple[Content, ...]:
        """Return at most `limit` items of notebooks that the user may deploy to: exact title first, then newest."""
        found = self._pages({"search": text.strip(), "filter": "min_role:editor"})
        return tuple(best_first((self._content(_at_least_editor(each)) for each in found), text)[:limit])

    def matches_details(self, text: str) -> Iterator[Any]:
        """Yield every visible application whose title or name contains `text`, page by page."""
        return self._pages({"search": text.strip()})

    def _pages(self, filters: Mapping[str, Any]) -> Iterator[Any]:
        start = 0
        for _ in range(_MOST_PAGES):
            items, total = self.applications({**filters, "count": PAGE, "start": start})
            yield from items
            start += len(items)  # a server may give fewer than asked for
            if not items or start >= total:
                return

    def applications(self, filters: Mapping[str, Any]) -> tuple[list[Any], int]:
        """Return one page of applications and how many match in all."""
        return read_items(self._get("applications", filters), "applications")

    def _upload_path(self, guid: str) -> str:
        return f"applications/{self._number(guid)}/upload"

    def bundles(self, guid: str) -> tuple[dict[str, Any], ...]:  # noqa: ARG002
        """Return nothing: the older dialect does not list bundles."""
        return ()

    def variable_names(self, guid: str) -> tuple[str, ...]:
        """Return the names of an item's environment variables."""
        values = read_object(self._get(f"applications/{self._number(guid)}/environment")).get("values")
        return tuple(sorted(values)) if isinstance(values, dict) else ()

    def set_variables(self, guid: str, variables: Mapping[str, Secret | None]) -> None:
        """Set environment variables of an item; None deletes one, others stay."""
        if not variables:
            return
        path = f"applications/{self._number(guid)}/environment"
        known = read_object(self._get(path))
        values = known.get("values")
        merged = {**values} if isinstance(values, dict) else {}
        for name, value in variables.items():
            merged.pop(name, None)
            if value is not None:
                merged[name] = value.reveal()
        read_json(self._send("POST", path, json={"version": known.get("version"), "values": merged}))

    def _deploy_one(self, guid: str, bundle_id: str, *, activate: bool) -> str:  # noqa: ARG002 - it always activates
        answer = self._post(f"applications/{self._number(guid)}/deploy", json={"bundle": as_number(bundle_id)})
        return read_id(answer, "id")

    def _task_query(self, task_id: str, first: int, wait: int) -> tuple[str, dict[str, int]]:
        return f"tasks/{as_segment(task_id)}", {"first_status": first, "wait": wait}

    def _number(self, guid: str) -> str:
        """Return the number of an item; most of these endpoints take nothing else."""
        if not guid.isdecimal() and guid not in self._numbers:
            self.content_details(guid)
        return self._numbers.get(guid, guid)

    def _noted(self, details: dict[str, Any]) -> dict[str, Any]:
        """Return `details`, with the item's number remembered."""
        number = as_number(details.get("id"))
        if number is not None:
            self._numbers[as_text(details.get("guid"))] = str(number)
        return details

    def _content(self, value: Any) -> Content:
        return super()._content(self._noted(value) if isinstance(value, dict) else value)

    @cached_property
    def _numbers(self) -> dict[str, str]:
        return {}


def _at_least_editor(app: Any) -> Any:
    """Return an application of a search for ``min_role:editor`` with the role that old servers leave out."""
    return {**app, "app_role": "editor"} if isinstance(app, dict) and not app.get("app_role") else app
