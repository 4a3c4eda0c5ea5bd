"""The v1 API of a Connect server, one method per thing to do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from ..errors import BadAnswerError, BundleError, ConflictError, ConnectError, NoAnswerError, RefusedError
from ..records import Content, Mode, Secret, Server, ServerFacts, TaskResult, User
from . import names
from .answers import Answer, is_unrouted, read_json, read_list, read_object, refusal
from .shapes import TaskPage, as_number, as_text, read_content, read_task_page, read_user, read_versions
from .tasks import follow_task
from .transport import PATIENCE, Transport, pauses
from .upload import Body, Progress, Stop, metadata_parcel, plain_parcel
from .versions import Capabilities, capabilities_of, parse_version

Found = TypeVar("Found")

NOTEBOOK_MODES = ("static", "jupyter-static", "jupyter-voila", "quarto-static")
UPLOAD_SECONDS = 300.0
"""A server may unpack a large bundle before it answers."""

_MODES_SINCE: dict[Mode, tuple[int, ...]] = {
    "static": (1, 5),
    "jupyter-static": (1, 7),
    "quarto-static": (2021, 8),
    "jupyter-voila": (2023, 3),
}
_PAGE = 500
_MOST_PAGES = 40


class Client:
    """A signed-in conversation with one server over one HTTP session. Made by `discovery.open_client`.

    Attributes:
        server: Whom it talks to.
        version: ``"2026.06.0"``; None when hidden.
        capabilities: What may be asked, by version.
    """

    dialect = "v1"

    def __init__(
        self, transport: Transport, *, server: Server, version: str | None = None, hello: Answer | None = None
    ) -> None:
        self.server = server
        self.version = version
        self.capabilities: Capabilities = capabilities_of(version, legacy=self.dialect == "legacy")
        self.transport = transport
        self._hello = hello
        self._user: User | None = None
        self._facts: ServerFacts | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()

    # Who and what

    def user(self) -> User:
        """Return whose API key this is; asked once.

        Raises:
            SignInError: there is no key, or it is not valid.
        """
        if self._user is None:
            self._user = read_user(self.user_details())
        return self._user

    def user_details(self) -> dict[str, Any]:
        """Return Connect's own description of the user."""
        hello, self._hello = self._hello, None
        usable = hello is not None and hello.good
        return read_object(hello if usable and hello is not None else self._get(self._user_path), "username")

    _user_path = "v1/user"

    def settings(self) -> dict[str, Any]:
        """Return ``server_settings``: the server's own description of itself."""
        return read_object(self._get("server_settings"))

    def python_settings(self) -> dict[str, Any]:
        """Return ``{"installations": [{"version": "3.11.7", …}], "api_enabled": …}``.

        Raises:
            ForbiddenError: the user may not publish.
        """
        return read_object(self._get("v1/server_settings/python"))

    def facts(self) -> ServerFacts:
        """Return what the server offers; what it does not tell us is unknown, never an error. Asked once."""
        if self._facts is None:
            self._facts = ServerFacts(
                version=self.version,
                python=self._installed("python"),
                quarto=self._installed("quarto"),
                modes=self._modes_by_version(),
            )
        return self._facts

    def _installed(self, language: str) -> tuple[str, ...] | None:
        try:
            return read_versions(read_json(self._get(f"v1/server_settings/{language}")))
        except (RefusedError, BadAnswerError):
            return None

    def _modes_by_version(self) -> dict[Mode, bool]:
        numbers = parse_version(self.version)
        return {} if numbers is None else {mode: numbers >= since for mode, since in _MODES_SINCE.items()}

    # Content

    def content(self, guid: str) -> Content:
        """Return an item.

        Raises:
            NotFoundError: there is none, or not for this user.
            ForbiddenError: the user may not see it.
        """
        return self._content(self.content_details(guid))

    def content_details(self, guid: str) -> dict[str, Any]:
        """Return Connect's own description of an item; `guid` may also be its number."""
        if guid.isdigit():
            return read_object(self._get(f"applications/{guid}"), "guid")
        return read_object(self._get(f"v1/content/{_segment(guid)}"), "guid")

    def find_by_name(self, name: str) -> Content | None:
        """Return the user's own item of exactly this name."""
        params = {"name": name, "owner_guid": self.user().guid}
        found = [self._content(each) for each in read_list(self._get("v1/content", params))]
        return next((each for each in found if each.name == name), None)

    def create(self, name: str, title: str | None) -> Content:
        """Create an item; takes ``name_2``, ``name_3`` … when the name is taken.

        A lost answer is resolved by looking for the name: an item of ours, never deployed, with this title is it.

        Raises:
            ForbiddenError: the user may not publish.
            RefusedError: the server does not accept name or title.
        """
        for number, candidate in enumerate(names.numbered_names(name)):
            try:
                return self._once(
                    lambda candidate=candidate: self._create_one(candidate, title),  # type: ignore[misc]
                    lambda candidate=candidate: self._just_created(candidate, title),  # type: ignore[misc]
                )
            except ConflictError as exc:
                if exc.connect_code not in (26, None) or number >= 50:
                    raise
        raise AssertionError("numbered_names does not end")

    def _create_one(self, name: str, title: str | None) -> Content:
        fields = {"name": name} if title is None else {"name": name, "title": title}
        return self._content(read_object(self._post("v1/content", json=fields), "guid"))

    def _just_created(self, name: str, title: str | None) -> Content | None:
        found = self.find_by_name(name)
        if found is None or found.bundle_id is not None or found.mode != "unknown":
            return None
        return found if found.title == title else None

    def unique_name(self, title: str) -> str:
        """Return a name for a title that no item of the user has yet, shortened before it is numbered."""
        name = names.name_for(title)
        if self.find_by_name(name) is None:
            return name
        return names.first_free(name, self._own_names(name))

    def _own_names(self, name: str) -> set[str]:  # noqa: ARG002 - the older dialect narrows its search by it
        items = read_list(self._get("v1/content", {"owner_guid": self.user().guid}))
        return {self._content(each).name for each in items}

    def update(self, guid: str, **fields: Any) -> Content:
        """Change fields of an item (``title``, ``description``, ``access_type`` …) and return it."""
        answer = self._send("PATCH", f"v1/content/{_segment(guid)}", json=fields)
        return self.content(guid) if answer.status == 204 else self._content(read_object(answer, "guid"))

    def delete(self, guid: str) -> None:
        """Delete an item; one that is gone already is fine."""
        answer = self._send("DELETE", f"v1/content/{_segment(guid)}")
        if not answer.good and answer.status != 404:
            raise refusal(answer)

    def search(self, text: str, *, limit: int = 20) -> tuple[Content, ...]:
        """Return items of notebooks that the user may deploy to: exact title first, then newest first.

        Args:
            text: Words that title or name contain; empty finds all.
            limit: At most so many.
        """
        wanted = text.strip().casefold()
        found = [each for each in self.matches(text) if each.editable and _is_notebook(each)]
        found.sort(key=lambda each: each.last_deployed or each.created, reverse=True)
        found.sort(key=lambda each: (each.title or each.name).strip().casefold() != wanted)
        return tuple(found[:limit])

    def matches(self, text: str) -> Iterator[Content]:
        """Yield every visible item that matches, page by page, one request per 500 items."""
        if self.capabilities.search is False:
            yield from self._listed(text)
            return
        for number in range(1, _MOST_PAGES + 1):
            answer = self._get("v1/search/content", {"q": _words(text), "page_number": number, "page_size": _PAGE})
            if is_unrouted(answer):
                yield from self._listed(text)
                return
            page = read_object(answer)
            items = page.get("results")
            items = items if isinstance(items, list) else []
            yield from (self._content(each) for each in items)
            if not items or number * _PAGE >= (as_number(page.get("total")) or 0):
                return

    def _listed(self, text: str) -> Iterator[Content]:
        """Search on servers before 2024.04, which only list."""
        words = text.casefold().split()
        for each in map(self._content, read_list(self._get("v1/content"))):
            inside = f"{each.title or ''} {each.name}".casefold()
            if all(word in inside for word in words):
                yield each

    def _content(self, value: Any) -> Content:
        return read_content(value, self.transport.root)

    # Bundles and variables

    def upload(
        self,
        guid: str,
        path: Path | str,
        *,
        md5: str,
        progress: Progress | None = None,
        should_stop: Stop | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> str:
        """Upload a bundle and return its id. Streamed; memory does not grow with its size.

        Args:
            path: The ``.tar.gz``.
            md5: Hex digest of it; Connect refuses a bundle that arrives with another.
            progress: Called with ``(sent, total)`` in bytes.
            metadata: ``source``, ``source_repo`` …; left out when the server does not take it.

        Raises:
            BundleError: the file cannot be read.
            ConflictError: the content is managed by git.
            Cancelled: `should_stop` said so.
        """
        parcel = metadata_parcel(metadata) if metadata and self.capabilities.metadata else plain_parcel(md5)
        try:
            with Path(path).open("rb") as file:
                size = file.seek(0, 2)

                def body() -> Body:
                    file.seek(0)
                    return Body(
                        file, size, head=parcel.head, tail=parcel.tail, progress=progress, should_stop=should_stop
                    )

                return self._once(
                    lambda: self._upload_one(guid, body, parcel.headers), lambda: self._just_uploaded(guid, md5)
                )
        except OSError as exc:
            raise BundleError(f"The bundle {Path(path).name} cannot be read.", hint="Publish again.") from exc

    def _upload_one(self, guid: str, body: Callable[[], Body], headers: Mapping[str, str]) -> str:
        answer = self._post(f"v1/content/{_segment(guid)}/bundles", body=body, headers=headers)
        return as_text(read_object(answer, "id")["id"])

    def _just_uploaded(self, guid: str, md5: str) -> str | None:
        """Return the newest bundle when it is ours and never ran: its upload arrived, its answer did not."""
        bundles = [each for each in self.bundles(guid) if as_number(each.get("id")) is not None]
        newest = max(bundles, key=lambda each: as_number(each["id"]) or 0, default=None)
        if newest is None or newest.get("active") is True:
            return None
        details = newest.get("metadata")
        same = isinstance(details, Mapping) and as_text(details.get("archive_md5")).lower() == md5.lower()
        return as_text(newest["id"]) if same else None

    def bundles(self, guid: str) -> tuple[dict[str, Any], ...]:
        """Return Connect's descriptions of an item's bundles."""
        found = read_list(self._get(f"v1/content/{_segment(guid)}/bundles"))
        return tuple(each for each in found if isinstance(each, dict))

    def set_variables(self, guid: str, variables: Mapping[str, Secret | None]) -> None:
        """Set environment variables of an item; None deletes one, others stay."""
        if not variables:
            return
        changes = [{"name": name, "value": value.reveal() if value else None} for name, value in variables.items()]
        read_json(self._send("PATCH", f"v1/content/{_segment(guid)}/environment", json=changes))

    # Deploying

    def deploy(self, guid: str, bundle_id: str, *, activate: bool = True) -> str:
        """Start the deployment of a bundle and return the task's id.

        Args:
            activate: False makes a draft; needs `Capabilities.drafts`.
        """
        fields: dict[str, Any] = {"bundle_id": str(bundle_id)}
        if not activate:
            fields["activate"] = False
        answer = self._post(f"v1/content/{_segment(guid)}/deploy", json=fields)
        return as_text(read_object(answer, "task_id")["task_id"])

    def follow(
        self, task_id: str, *, first: int = 0, deadline: float | None = None, should_stop: Stop | None = None
    ) -> Generator[str, None, TaskResult]:
        """Yield a task's log lines, each once and in order, until it ends; return how it ended.

        Args:
            first: Number of the first line wanted.
            deadline: Seconds from now after which to give up; None never does while the server answers.
            should_stop: Asked between polls.

        Raises:
            NoAnswerError: code ``task-timeout`` at the deadline, ``task-lost`` when the server stays silent.
            Cancelled: `should_stop` said so; the server's task runs on.
        """

        def look(first: int, wait: int, timeout: float) -> TaskPage:
            return self.task_page(task_id, first=first, wait=wait, timeout=timeout, patience=0)

        stop = self.transport.should_stop
        self.transport.should_stop = should_stop or stop
        try:
            return (
                yield from follow_task(
                    look, self.transport.wait, task_id, first=first, deadline=deadline, timeout=self.transport.timeout
                )
            )
        finally:
            self.transport.should_stop = stop

    def task_page(
        self,
        task_id: str,
        *,
        first: int = 0,
        wait: int = 0,
        timeout: float | None = None,
        patience: float | None = None,
    ) -> TaskPage:
        """Look at a task once."""
        return read_task_page(task_id, self.task_details(task_id, first, wait, timeout=timeout, patience=patience))

    def task_details(
        self,
        task_id: str,
        first: int = 0,
        wait: int = 0,
        *,
        timeout: float | None = None,
        patience: float | None = None,
    ) -> dict[str, Any]:
        """Return Connect's own description of a task, its lines from `first` on."""
        path = f"v1/tasks/{_segment(task_id)}"
        return read_object(self._get(path, {"first": first, "wait": wait}, timeout=timeout, patience=patience))

    def check_page(self, content: Content, *, bundle_id: str | None = None) -> int:
        """Return the HTTP status of the page that readers see, or of a draft's page when `bundle_id` is given.

        Raises:
            NoAnswerError: nothing answers there.
        """
        part = f"_bundle{bundle_id}/" if bundle_id else ""
        url = f"{self.transport.root}/content/{content.guid}/{part}"
        try:
            return self.transport.exchange("GET", url).status
        except BadAnswerError:
            return 302  # the page itself leads elsewhere, which is no failure of ours

    # Underneath

    def _get(self, path: str, params: Mapping[str, Any] | None = None, **options: Any) -> Answer:
        return self.transport.exchange("GET", f"__api__/{path}", params=params, **options)

    def _send(self, method: str, path: str, **options: Any) -> Answer:
        return self.transport.exchange(method, f"__api__/{path}", **options)

    def _post(self, path: str, **options: Any) -> Answer:
        if "body" in options:
            options.setdefault("timeout", max(UPLOAD_SECONDS, self.transport.timeout))
        return self.transport.exchange("POST", f"__api__/{path}", **options)

    def _once(self, send: Callable[[], Found], look: Callable[[], Found | None]) -> Found:
        """Send what must not happen twice; when the answer is lost, look whether it happened before sending again."""
        started = time.monotonic()
        for pause in pauses():
            try:
                return send()
            except ConnectError as exc:
                if not _is_lost(exc):
                    raise
                error = exc
            found = look()
            if found is not None:
                return found
            if isinstance(error, BadAnswerError) or time.monotonic() - started > PATIENCE:
                raise error
            self.transport.wait(pause)
        raise AssertionError("pauses does not end")


def _is_lost(exc: ConnectError) -> bool:
    """Tell whether a request may have been carried out although its answer says nothing of it."""
    if isinstance(exc, RefusedError):
        return exc.status in (502, 503, 504) and exc.connect_code is None
    if isinstance(exc, NoAnswerError):
        return bool(exc.data.get("sent", True))
    return isinstance(exc, BadAnswerError)


def _is_notebook(content: Content) -> bool:
    return content.mode in NOTEBOOK_MODES or (content.mode == "unknown" and content.bundle_id is None)


def _words(text: str) -> str:
    """Return a search text without the query language's signs: ``key:value`` filters, quotes, leading dashes."""
    return " ".join(word.lstrip("-") for word in re.sub(r"[:\"',|]", " ", text).split()).strip()


def _segment(text: str) -> str:
    """Return an id as one part of a path; refuse what could lead elsewhere."""
    if not re.fullmatch(r"[A-Za-z0-9._~-]{1,128}", text) or text.strip(".") == "":
        raise BadAnswerError(
            f"{text[:80]!r} is not an identifier of Connect's.", hint="Choose the content from the list."
        )
    return text
