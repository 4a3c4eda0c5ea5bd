"""The same verbs on the unversioned endpoints, for servers that lack the v1 API (before 1.8.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..errors import RefusedError
from ..records import Content, Secret
from .answers import read_json, read_object
from .client import Client, _segment
from .shapes import as_number, as_text
from .upload import Body

_PAGE = 100
_MOST_PAGES = 200


class LegacyClient(Client):
    """A conversation in the older dialect: numbers where v1 has GUIDs, ``status`` where it has ``output``."""

    dialect = "legacy"
    _user_path = "me"

    def content_details(self, guid: str) -> dict[str, Any]:
        return read_object(self._get(f"applications/{_segment(guid)}"), "guid")

    def find_by_name(self, name: str) -> Content | None:
        user = self.user()
        for each in self.matches(name):
            if each.name == name and each.owner_guid in ("", user.guid):
                return each
        return None

    def _create_one(self, name: str, title: str | None) -> Content:
        fields = {"name": name} if title is None else {"name": name, "title": title}
        return self._content(read_object(self._post("applications", json=fields), "guid"))

    def _own_names(self, name: str) -> set[str]:
        return {each.name for each in self.matches(name)}

    def update(self, guid: str, **fields: Any) -> Content:
        answer = self._send("POST", f"applications/{self._number(guid)}", json=fields, repeatable=True)
        read_json(answer)
        return self.content(guid)

    def delete(self, guid: str) -> None:
        answer = self._send("DELETE", f"applications/{self._number(guid)}")
        if answer.status != 404:
            read_json(answer)

    def matches(self, text: str) -> Iterator[Content]:
        for page in range(_MOST_PAGES):
            start = page * _PAGE
            answer = self.application_page({"search": text.strip(), "count": _PAGE, "start": start})
            items = answer.get("applications")
            items = items if isinstance(items, list) else []
            yield from (self._content(each) for each in items)
            if not items or start + len(items) >= (as_number(answer.get("total")) or 0):
                return

    def application_page(self, filters: Mapping[str, Any]) -> dict[str, Any]:
        """Return one page of ``applications``: ``{applications, total, count, continuation}``."""
        return read_object(self._get("applications", filters))

    def _upload_one(self, guid: str, body: Callable[[], Body], headers: Mapping[str, str]) -> str:
        answer = self._post(f"applications/{self._number(guid)}/upload", body=body, headers=headers)
        return as_text(read_object(answer, "id")["id"])

    def _just_uploaded(self, guid: str, md5: str) -> str | None:  # noqa: ARG002 - the older dialect has no list to look at
        return None

    def bundles(self, guid: str) -> tuple[dict[str, Any], ...]:  # noqa: ARG002
        return ()

    def set_variables(self, guid: str, variables: Mapping[str, Secret | None]) -> None:
        if variables:
            raise RefusedError(
                "This server is too old to take environment variables from here.",
                status=404,
                hint="Set them in Connect, on the content's Vars page.",
                code="endpoint-missing",
            )

    def deploy(self, guid: str, bundle_id: str, *, activate: bool = True) -> str:  # noqa: ARG002 - it always activates
        fields = {"bundle": as_number(bundle_id)}
        answer = self._post(f"applications/{self._number(guid)}/deploy", json=fields)
        return as_text(read_object(answer, "id")["id"])

    def task_details(
        self,
        task_id: str,
        first: int = 0,
        wait: int = 0,
        *,
        timeout: float | None = None,
        patience: float | None = None,
    ) -> dict[str, Any]:
        params = {"first_status": first, "wait": wait}
        return read_object(self._get(f"tasks/{_segment(task_id)}", params, timeout=timeout, patience=patience))

    def _number(self, guid: str) -> str:
        """Return the number of an item; most of these endpoints take nothing else."""
        if guid.isdigit():
            return guid
        if guid not in self._numbers:
            self._numbers[guid] = self.content(guid).id or guid
        return self._numbers[guid]

    def _content(self, value: Any) -> Content:
        content = super()._content(value)
        if content.id:
            self._numbers[content.guid] = content.id
        return content

    @property
    def _numbers(self) -> dict[str, str]:
        return self.__dict__.setdefault("_known_numbers", {})
