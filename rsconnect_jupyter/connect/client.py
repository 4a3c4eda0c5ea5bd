"""The v1 API of a Connect server, one method per thing to do."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from ..errors import BadAnswerError, BundleError, ConflictError, RefusedError
from ..records import Content, Secret, Server, ServerFacts, TaskResult, User
from . import names, shapes
from .answers import Answer, is_unrouted, read_json, read_list, read_object, refusal
from .once import send_once
from .runs import Run, Runs, parse_run
from .search import best_first, contains_words, query_words
from .shapes import as_number, as_text
from .tasks import follow_task
from .transport import Transport
from .upload import Body, Progress, Stop, metadata_parcel, plain_parcel
from .versions import Capabilities, capabilities_of, modes_of

UPLOAD_SECONDS = 300.0
"""How long a server may unpack a bundle before it answers."""

_PAGE = 500
_MOST_PAGES = 40
_NAMES_TRIED = 50


class Client:
    """A signed-in conversation with one server over one HTTP session. Made by `discovery.open_client`.

    Attributes:
        server: Whom it talks to.
        version: ``"2026.06.0"``; None when hidden.
        capabilities: What may be asked, by version.
        transport: The session underneath.
    """

    dialect = "v1"
    _user_path = "v1/user"

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
        self._runs = Runs(lambda path: read_json(self._get(path)), self.content, transport.wait)

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
            self._user = shapes.read_user(self.user_details())
        return self._user

    def user_details(self) -> dict[str, Any]:
        """Return Connect's own description of the user."""
        hello, self._hello = self._hello, None
        return read_object(hello if hello is not None and hello.good else self._get(self._user_path), "username")

    def settings(self) -> dict[str, Any]:
        """Return ``server_settings``: the server's own description of itself."""
        return read_object(self._get("server_settings"))

    def python_settings(self) -> dict[str, Any]:
        """Return ``{"installations": [{"version": "3.11.7", …}], "api_enabled": …}``; refused to viewers."""
        return read_object(self._get("v1/server_settings/python"))

    def facts(self) -> ServerFacts:
        """Return what the server offers; what it does not tell us is unknown, never an error. Asked once."""
        if self._facts is None:
            self._facts = ServerFacts(
                version=self.version,
                python=self._installed("python"),
                quarto=self._installed("quarto"),
                modes=modes_of(self.version),
            )
        return self._facts

    def _installed(self, language: str) -> tuple[str, ...] | None:
        try:
            return shapes.read_versions(read_json(self._get(f"v1/server_settings/{language}")))
        except (RefusedError, BadAnswerError):
            return None

    # Content

    def content(self, guid: str) -> Content:
        """Return an item; `guid` may also be its number.

        Raises:
            NotFoundError: there is none.
            ForbiddenError: the user may not see it.
        """
        return self._content(self.content_details(guid))

    def content_details(self, guid: str) -> dict[str, Any]:
        """Return Connect's own description of an item; `guid` may also be its number."""
        if guid.isdigit():
            guid = as_text(read_object(self._get(f"applications/{guid}"), "guid")["guid"])
        return read_object(self._get(f"v1/content/{_segment(guid)}"), "guid")

    def find_by_name(self, name: str) -> Content | None:
        """Return the user's own item of exactly this name."""
        params = {"name": name, "owner_guid": self.user().guid}
        found = [self._content(each) for each in read_list(self._get("v1/content", params))]
        return next((each for each in found if each.name == name), None)

    def create(self, name: str, title: str | None) -> Content:
        """Create an item; takes ``name_2``, ``name_3`` … when the name is taken.

        A lost answer is resolved by looking for the name: an item of ours, never deployed, with this title, is it.

        Raises:
            ForbiddenError: the user may not publish.
            RefusedError: the server does not accept name or title.
        """
        number = 1
        while True:
            candidate = name if number == 1 else names.numbered(name, number)
            try:
                return self._create_once(candidate, title)
            except ConflictError as exc:
                if exc.connect_code not in (26, None) or number >= _NAMES_TRIED:
                    raise
            number += 1

    def _create_once(self, name: str, title: str | None) -> Content:
        fields = {"name": name} if title is None else {"name": name, "title": title}

        def send() -> Content:
            return self._content(read_object(self._post(self._create_path, json=fields), "guid"))

        def look() -> Content | None:
            found = self.find_by_name(name)
            fresh = found is not None and found.bundle_id is None and found.mode == "unknown"
            return found if fresh and found is not None and found.title == title else None

        return send_once(send, look, self.transport.wait)

    _create_path = "v1/content"

    def unique_name(self, title: str) -> str:
        """Return a name for a title that no item of the user has yet, shortened before it is numbered."""
        name = names.name_for(title)
        return name if self.find_by_name(name) is None else names.first_free(name, self.own_names(name))

    def own_names(self, name: str) -> set[str]:  # noqa: ARG002 - the older dialect narrows its search by it
        """Return the names of the user's items, at least those that begin like `name`."""
        items = read_list(self._get("v1/content", {"owner_guid": self.user().guid}))
        return {self._content(each).name for each in items}

    def update(self, guid: str, **fields: Any) -> Content:
        """Change fields of an item (``title``, ``description``, ``access_type`` …) and return it."""
        answer = self._send("PATCH", f"v1/content/{_segment(guid)}", json=fields)
        return self.content(guid) if answer.status == 204 else self._content(read_object(answer, "guid"))

    def delete(self, guid: str) -> None:
        """Delete an item; one that is gone already is fine."""
        answer = self._send("DELETE", f"v1/content/{_segment(guid)}")
        if not answer.good and (answer.status != 404 or is_unrouted(answer)):
            raise refusal(answer)

    def search(self, text: str, *, limit: int = 20) -> tuple[Content, ...]:
        """Return at most `limit` items of notebooks that the user may deploy to: exact title first, then newest.

        Args:
            text: Words that title or name contain; empty finds all.
            limit: How many.
        """
        return tuple(best_first(self.matches(text), text)[:limit])

    def matches(self, text: str) -> Iterator[Content]:
        """Yield every visible item that matches, one request per 500 items."""
        for number in range(1, _MOST_PAGES + 1):
            query = {"q": query_words(text), "page_number": number, "page_size": _PAGE}
            answer = self._get("v1/search/content", query) if self.capabilities.search is not False else None
            if answer is None or is_unrouted(answer):  # before 2024.04 servers only list
                listed = map(self._content, read_list(self._get("v1/content")))
                yield from (each for each in listed if contains_words(each, text))
                return
            page = read_object(answer)
            items = page.get("results")
            items = items if isinstance(items, list) else []
            yield from map(self._content, items)
            if not items or number * _PAGE >= (as_number(page.get("total")) or 0):
                return

    def _content(self, value: Any) -> Content:
        return shapes.read_content(value, self.transport.root)

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
            guid: The item it is for.
            path: The ``.tar.gz``.
            md5: Hex digest of it; Connect refuses a bundle that arrives with another.
            progress: Called with ``(sent, total)`` in bytes.
            should_stop: Asked before every piece.
            metadata: ``source``, ``source_repo`` …; left out when the server does not take it.

        Raises:
            BundleError: the file cannot be read.
            ConflictError: the content is managed by git.
            Cancelled: `should_stop` said so.
        """
        parcel = metadata_parcel(metadata) if metadata and self.capabilities.metadata else plain_parcel(md5)
        with _opened(Path(path)) as file:
            size = file.seek(0, 2)

            def body() -> Body:
                file.seek(0)
                return Body(file, size, head=parcel.head, tail=parcel.tail, progress=progress, should_stop=should_stop)

            def send() -> str:
                answer = self._post(self._upload_path(guid), body=body, headers=parcel.headers, timeout=UPLOAD_SECONDS)
                return as_text(read_object(answer, "id")["id"])

            return send_once(send, lambda: self._just_uploaded(guid, md5), self.transport.wait)

    def _upload_path(self, guid: str) -> str:
        return f"v1/content/{_segment(guid)}/bundles"

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
        if variables:
            changes = [{"name": name, "value": value and value.reveal()} for name, value in variables.items()]
            read_json(self._send("PATCH", f"v1/content/{_segment(guid)}/environment", json=changes))

    # Deploying

    def deploy(self, guid: str, bundle_id: str, *, activate: bool = True) -> str:
        """Start the deployment of a bundle and return the task's id.

        When the answer is lost, the server is looked at: a deployment that runs is followed through its jobs (the id
        returned stands for them). It is asked for again only when nothing of it is to be seen.

        Args:
            guid: The item.
            bundle_id: One of its bundles.
            activate: False makes a draft; needs `Capabilities.drafts`.
        """
        goal = "active" if activate else "draft"
        run = Run(guid, str(bundle_id), goal, self.transport.server_time())
        return send_once(
            lambda: self._deploy_one(guid, str(bundle_id), activate=activate),
            lambda: self._runs.find(run),
            self.transport.wait,
        )

    def _deploy_one(self, guid: str, bundle_id: str, *, activate: bool) -> str:
        fields: dict[str, Any] = {"bundle_id": bundle_id}
        if not activate:
            fields["activate"] = False
        answer = self._post(f"v1/content/{_segment(guid)}/deploy", json=fields)
        return as_text(read_object(answer, "task_id")["task_id"])

    def follow(
        self, task_id: str, *, first: int = 0, deadline: float | None = None, should_stop: Stop | None = None
    ) -> Generator[str, None, TaskResult]:
        """Yield a task's log lines, each once and in order, until it ends; return how it ended.

        Args:
            task_id: What `deploy` returned.
            first: Number of the first line wanted.
            deadline: Seconds from now after which to give up; None never does while the server answers.
            should_stop: Asked between polls.

        Raises:
            NoAnswerError: code ``task-timeout`` at the deadline, ``task-lost`` when the server stays silent.
            Cancelled: `should_stop` said so; the server's task runs on.
        """

        def look(first: int, wait: int, timeout: float) -> shapes.TaskPage:
            details = self.task_details(task_id, first, wait, timeout=timeout, patience=0)
            return shapes.read_task_page(task_id, details)

        wait = self.transport.wait_unless(should_stop)
        seconds = self.transport.timeout
        return (yield from follow_task(look, wait, task_id, first=first, deadline=deadline, timeout=seconds))

    def task_details(
        self,
        task_id: str,
        first: int = 0,
        wait: int = 0,
        *,
        timeout: float | None = None,
        patience: float | None = None,
    ) -> dict[str, Any]:
        """Return Connect's own description of a task, its lines from `first` on.

        Args:
            task_id: What `deploy` returned.
            first: Number of the first line wanted.
            wait: Seconds for which the server may wait for the task's end, 0 to 20.
            timeout: Seconds without a byte; the session's own when omitted.
            patience: Seconds over which to repeat a failed poll.
        """
        run = parse_run(task_id)
        if run is not None:
            return self._runs.describe(run, first)
        path, params = self._task_query(task_id, first, wait)
        return read_object(self._get(path, params, timeout=timeout, patience=patience))

    def _task_query(self, task_id: str, first: int, wait: int) -> tuple[str, dict[str, int]]:
        return f"v1/tasks/{_segment(task_id)}", {"first": first, "wait": wait}

    def check_page(self, content: Content, *, bundle_id: str | None = None) -> int:
        """Return the HTTP status of the page that readers see, or of a draft's page when `bundle_id` is given.

        A page that leads elsewhere counts as 302.

        Raises:
            NoAnswerError: nothing answers there.
        """
        part = f"_bundle{bundle_id}/" if bundle_id else ""
        try:
            return self.transport.exchange("GET", f"content/{content.guid}/{part}").status
        except BadAnswerError:
            return 302

    # Underneath

    def _get(self, path: str, params: Mapping[str, Any] | None = None, **options: Any) -> Answer:
        return self.transport.exchange("GET", f"__api__/{path}", params=params, **options)

    def _post(self, path: str, **options: Any) -> Answer:
        return self.transport.exchange("POST", f"__api__/{path}", **options)

    def _send(self, method: str, path: str, **options: Any) -> Answer:
        return self.transport.exchange(method, f"__api__/{path}", **options)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as exc:
        raise BundleError(f"The bundle {path.name} cannot be read.", hint="Publish again.") from exc


def _segment(text: str) -> str:
    """Return an id as one part of a path; refuse what could lead elsewhere."""
    if not re.fullmatch(r"[A-Za-z0-9._~-]{1,128}", text) or not text.strip("."):
        raise BadAnswerError(
            f"{text[:80]!r} is not an identifier of Connect's.", hint="Choose the content from the list.", code="bad-id"
        )
    return text
