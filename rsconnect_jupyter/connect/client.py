"""The v1 API of a Connect server, one method per thing to do."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import BadAnswerError, ConflictError, ConnectError
from ..models import Content, Secret, Server, TaskResult, User
from . import content_names, parsing
from .at_most_once import send_once
from .integration_calls import IntegrationCalls
from .job_tracking import JobTracker, TaskRef, UntrackedDeployment, parse_untracked
from .operations import Operations
from .parsing import as_number, as_text
from .reader_calls import ReaderCalls
from .responses import Answer, is_unrouted, read_id, read_items, read_json, read_list, read_object, refusal
from .search import best_first, contains_words, query_words
from .session import as_segment
from .tasks import follow_task
from .transport import Transport
from .upload import Body, Progress, Stop, UploadEncoding, multipart_encoding, opened, plain_encoding

UPLOAD_SECONDS = 300.0
"""How long a server may unpack a bundle before it answers."""

_PAGE_START = 256 * 1024
"""Bytes of a page that are read when only its status counts; shorter ones leave the connection usable."""

_PAGE_SECONDS = 90.0
"""An interactive app starts when its page is first asked for, with its kernel and its imports."""

_PAGE = 500
_MOST_PAGES = 40
_NAMES_TRIED = 50
_GUESSES = 3
"""Names that are tried before the server is asked which are taken: it lists all of the user's items."""


class Client(ReaderCalls, IntegrationCalls, Operations):
    """A signed-in conversation with one server over one HTTP session. Made by `discovery.open_client`.

    Attributes:
        server: Whom it talks to.
        version: ``"2026.06.0"``; None when hidden.
        capabilities: What may be asked, by version.
        transport: The session underneath.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        server: Server,
        version: str | None = None,
        user_answer: Answer | None = None,
        settings: Answer | None = None,
        user: User | None = None,
    ) -> None:
        super().__init__(
            transport, server=server, version=version, user_answer=user_answer, settings=settings, user=user
        )
        self._tracker = JobTracker(lambda path: read_json(self._get(path)), self.content, transport.wait)
        self._guids: dict[str, str] = {}

    # Content

    def content(self, guid: str) -> Content:
        """Return an item; `guid` may also be its number.

        Raises:
            NotFoundError: there is none.
            ForbiddenError: the user may not see it.
        """
        return self._content(self.content_details(guid))

    def content_details(self, guid: str, *, include: str = "owner") -> dict[str, Any]:
        """Return Connect's own description of an item; `guid` may also be its number, `include` lists extra fields."""
        path = f"v1/content/{as_segment(self.guid_of(guid))}"
        return read_object(self._get(path, {"include": include}), "guid")

    def _owned(self) -> dict[str, str]:
        """Return the parameter that limits a list to the user's own items; a service account cannot be named."""
        guid = self.user().guid
        return {"owner_guid": guid} if guid else {}

    def guid_of(self, guid: str) -> str:
        """Return an item's GUID, also for its number, which the server is asked about once."""
        if not guid.isdecimal():
            return guid
        if guid not in self._guids:
            self._guids[guid] = read_id(self._get(f"applications/{guid}"), "guid")
        return self._guids[guid]

    def find_by_name(self, name: str) -> Content | None:
        """Return the user's own item of exactly this name."""
        params = {"name": name, **self._owned(), "include": "owner"}
        found = [self._content(each) for each in read_list(self._get("v1/content", params))]
        return next((each for each in found if each.name == name), None)

    def create(self, name: str, title: str | None, *, adopt: bool = False) -> Content:
        """Create an item; takes ``name_2``, ``name_3`` … when the name is taken.

        A lost answer is resolved by looking for the name: an item of ours, never deployed, with this title, is it.

        Args:
            name: As `content_names.name_for` makes it.
            title: None leaves the item without one.
            adopt: True takes such an item also when it was there before: an earlier attempt made it.

        Raises:
            ForbiddenError: the user may not publish.
            RefusedError: the server does not accept name or title.
        """
        number = 1
        while True:
            candidate = name if number == 1 else content_names.numbered(name, number)
            try:
                return self._content(self.create_named(candidate, title))
            except ConflictError as exc:
                if exc.connect_code not in (26, None) or number >= _NAMES_TRIED:
                    raise
                left = self._never_deployed(candidate, title) if adopt else None
                if left is not None:
                    return left
            number = self._free_number(name, number + 1) if number == _GUESSES and not adopt else number + 1

    def _free_number(self, name: str, first: int) -> int:
        """Return the first number from `first` on with which no item of the user's is named, as far as can be known."""
        try:
            taken = self.own_names(name)
        except ConnectError:
            return first
        return next(number for number in count(first) if content_names.numbered(name, number) not in taken)

    def create_named(self, name: str, title: str | None) -> dict[str, Any]:
        """Create an item of exactly this name and return Connect's own description of it.

        Raises:
            ConflictError: the name is taken.
        """
        fields = {"name": name} if title is None else {"name": name, "title": title}

        def look() -> dict[str, Any] | None:
            found = self._never_deployed(name, title)
            return None if found is None else self.content_details(found.guid)

        return send_once(
            lambda: read_object(self._post(self._create_path, json=fields), "guid"), look, self.transport.wait
        )

    def _never_deployed(self, name: str, title: str | None) -> Content | None:
        found = self.find_by_name(name)
        empty = found is not None and not found.bundle_id and found.mode == "unknown" and found.title == title
        return found if empty else None

    _create_path = "v1/content"

    def own_names(self, name: str) -> set[str]:  # noqa: ARG002 - the older dialect narrows its search by it
        """Return the names of the user's items, at least those that begin like `name`."""
        items = read_list(self._get("v1/content", self._owned()))
        return {self._content(each).name for each in items}

    def update(self, guid: str, **fields: Any) -> Content:
        """Change fields of an item (``title``, ``description``, ``access_type`` …) and return it."""
        return self._content(self.update_details(guid, fields))

    def update_details(self, guid: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Change fields of an item and return Connect's own description of it."""
        answer = self._send("PATCH", f"v1/content/{as_segment(guid)}", json=dict(fields))
        return self.content_details(guid) if answer.status == 204 else read_object(answer, "guid")

    def delete(self, guid: str) -> None:
        """Delete an item; one that is gone already is fine."""
        answer = self._send("DELETE", f"v1/content/{as_segment(guid)}")
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
        """Yield every visible item that matches, page by page."""
        return map(self._content, self.matches_details(text))

    def matches_details(self, text: str) -> Iterator[Any]:
        """Yield Connect's own descriptions of every visible item that matches, one request per 500 items."""
        seen = 0
        for number in range(1, _MOST_PAGES + 1):
            page = self.search_page(text, number, _PAGE) if self.capabilities.search is not False else None
            if page is None:  # before 2024.04 servers only list
                listed = read_list(self._get("v1/content", {"include": "owner"}))
                yield from (each for each in listed if contains_words(self._content(each), text))
                return
            items, total = page
            yield from items
            seen += len(items)
            if not items or seen >= total:
                return

    def search_page(self, text: str, number: int, size: int) -> tuple[list[Any], int] | None:
        """Return page `number` (from 1) of a search and how many items match; None when the server has no search."""
        query = {"q": query_words(text), "page_number": number, "page_size": size, "include": "owner"}
        answer = self._get("v1/search/content", query)
        if is_unrouted(answer):
            return None
        return read_items(answer, "results")

    def _content(self, value: Any) -> Content:
        return parsing.read_content(value, self.transport.root)

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
            metadata: ``source``, ``source_repo`` …; left out when the server does not take it, or requests are signed.

        Raises:
            BundleError: the file cannot be read.
            ConflictError: the content is managed by git.
            Cancelled: `should_stop` said so.
        """
        # A signature covers the checksum of the whole body, where the server expects that of the archive.
        described = metadata and self.capabilities.metadata and not self.transport.signs
        encoding = multipart_encoding(md5, metadata) if metadata and described else plain_encoding(md5)
        with opened(Path(path)) as file:
            return as_text(self.upload_file(guid, file, encoding, progress=progress, should_stop=should_stop)["id"])

    def upload_file(
        self,
        guid: str,
        file: BinaryIO,
        encoding: UploadEncoding,
        *,
        progress: Progress | None = None,
        should_stop: Stop | None = None,
    ) -> dict[str, Any]:
        """Upload an open, seekable file from where it stands; return Connect's own description of the bundle."""
        start = file.tell()
        size = file.seek(0, 2) - start

        def body() -> Body:
            file.seek(start)
            return Body(file, size, head=encoding.head, tail=encoding.tail, progress=progress, should_stop=should_stop)

        def send() -> dict[str, Any]:
            answer = self._post(self._upload_path(guid), body=body, headers=encoding.headers, timeout=UPLOAD_SECONDS)
            return {**read_object(answer), "id": read_id(answer, "id")}

        return send_once(send, lambda: self._just_uploaded(guid, encoding.md5), self.transport.wait)

    def _upload_path(self, guid: str) -> str:
        return f"v1/content/{as_segment(guid)}/bundles"

    def _just_uploaded(self, guid: str, md5: str) -> dict[str, Any] | None:
        """Return the newest bundle when it is ours and never ran: its upload arrived, its answer did not."""
        newest = self._newest_bundle(guid)
        if newest is None or newest.get("active") is True:
            return None
        details = newest.get("metadata")
        same = isinstance(details, Mapping) and as_text(details.get("archive_md5")).lower() == md5.lower()
        return newest if same else None

    def _newest_bundle(self, guid: str) -> dict[str, Any] | None:
        numbered = [each for each in self.bundles(guid) if as_number(each.get("id")) is not None]
        return max(numbered, key=lambda each: as_number(each["id"]) or 0, default=None)

    def bundles(self, guid: str) -> tuple[dict[str, Any], ...]:
        """Return Connect's descriptions of an item's bundles, from as many pages as there are.

        Servers before 2026 know no pages and answer with all bundles each time.
        """
        found: dict[str, dict[str, Any]] = {}
        for number in range(1, _MOST_PAGES + 1):
            query = {"page_number": number, "page_size": _PAGE}
            page = read_list(self._get(f"v1/content/{as_segment(guid)}/bundles", query))
            known = len(found)
            found.update((as_text(each.get("id")), each) for each in page if isinstance(each, dict))
            if len(page) < _PAGE or len(found) == known:
                break
        return tuple(found.values())

    def bundle_page(self, guid: str, number: int, size: int) -> tuple[tuple[dict[str, Any], ...], bool]:
        """Return page `number` (from 1) of an item's bundles, newest first, and whether there are more."""
        if self.capabilities.bundle_pages:
            query = {"page_number": number, "page_size": size}
            listed = read_list(self._get(f"v1/content/{as_segment(guid)}/bundles", query))
            return tuple(each for each in listed if isinstance(each, dict)), len(listed) == size
        found = sorted(self.bundles(guid), key=lambda each: as_number(each.get("id")) or 0, reverse=True)
        return tuple(found[(number - 1) * size : number * size]), len(found) > number * size

    def bundle(self, guid: str, bundle_id: str) -> dict[str, Any]:
        """Return Connect's description of a bundle.

        Raises:
            NotFoundError: there is none.
        """
        return read_object(self._get(self._bundle_path(guid, bundle_id)))

    def delete_bundle(self, guid: str, bundle_id: str) -> None:
        """Delete a bundle that is not active; one that is gone already is fine."""
        answer = self._send("DELETE", self._bundle_path(guid, bundle_id))
        if not answer.good and (answer.status != 404 or is_unrouted(answer)):
            raise refusal(answer)

    def download_bundle(self, guid: str, bundle_id: str, file: BinaryIO) -> None:
        """Write a bundle's archive, as it was uploaded, into an open, seekable file.

        Raises:
            NotFoundError: there is none.
            ForbiddenError: the user is no collaborator.
        """
        answer = self._get(f"{self._bundle_path(guid, bundle_id)}/download", timeout=UPLOAD_SECONDS, into=file)
        if not answer.good:
            raise refusal(answer)

    def _bundle_path(self, guid: str, bundle_id: str) -> str:
        return f"v1/content/{as_segment(guid)}/bundles/{as_segment(bundle_id)}"

    def set_variables(self, guid: str, variables: Mapping[str, Secret | None]) -> None:
        """Set environment variables of an item; None deletes one, others stay."""
        if variables:
            values = {name: None if value is None else value.reveal() for name, value in variables.items()}
            changes = [{"name": name, "value": value} for name, value in values.items()]
            read_json(self._send("PATCH", f"v1/content/{as_segment(guid)}/environment", json=changes))

    # Deploying

    def deploy(self, guid: str, bundle_id: str, *, activate: bool = True) -> TaskRef:
        """Start the deployment of a bundle and return what `follow` takes; its `public_id` is the task's id.

        When the answer is lost, the server is looked at: a deployment that runs is followed through its jobs, and has
        no public id. It is asked for again only when nothing of it is to be seen.

        Args:
            guid: The item.
            bundle_id: One of its bundles; empty for the one uploaded last.
            activate: False makes a draft; needs `Capabilities.drafts`.
        """
        goal = "active" if activate else "draft"
        since = self.transport.server_time()

        def untracked() -> UntrackedDeployment:
            return UntrackedDeployment(guid, bundle_id or self._newest_bundle_id(guid), goal, since)

        return send_once(
            lambda: TaskRef(self._deploy_one(guid, bundle_id, activate=activate)),
            lambda: self._tracker.find(untracked()),
            self.transport.wait,
        )

    def newest_deployment(self, guid: str) -> TaskRef:
        """Return what `follow` takes for the deployment of an item's newest bundle, whose task is not known."""
        bundle_id = self._newest_bundle_id(guid) or self.content(guid).bundle_id or ""
        return TaskRef(UntrackedDeployment(guid, bundle_id, "active", since=""))

    def _newest_bundle_id(self, guid: str) -> str:
        newest = self._newest_bundle(guid)
        return "" if newest is None else as_text(newest["id"])

    def _deploy_one(self, guid: str, bundle_id: str, *, activate: bool) -> str:
        fields: dict[str, Any] = {"bundle_id": bundle_id} if bundle_id else {}
        if not activate:
            fields["activate"] = False
        answer = self._post(f"v1/content/{as_segment(guid)}/deploy", json=fields)
        return read_id(answer, "task_id")

    def follow(
        self,
        task_id: str,
        *,
        first: int = 0,
        deadline: float | None = None,
        started: float | None = None,
        poll_wait: float | None = None,
        should_stop: Stop | None = None,
    ) -> Generator[str, None, TaskResult]:
        """Yield a task's log lines, each once and in order, until it ends; return how it ended.

        Args:
            task_id: What `deploy` returned, or the same as text.
            first: Number of the first line wanted.
            deadline: Seconds after which to give up; 0 looks once; None never does while the server answers.
            started: The moment (`time.monotonic`) that `deadline` counts from; now when omitted.
            poll_wait: Seconds from one poll to the next; None polls again as soon as the server has waited.
            should_stop: Asked between polls.

        Raises:
            NoAnswerError: code ``task-timeout`` at the deadline, ``task-lost`` when the server stays silent.
            Cancelled: `should_stop` said so; the server's task runs on.
        """
        public_id = TaskRef(task_id).public_id

        def look(first: int, wait: int, timeout: float) -> parsing.TaskPage:
            details = self.task_details(task_id, first, wait, timeout=timeout, retry_seconds=0)
            return parsing.read_task_page(public_id, details)

        return (
            yield from follow_task(
                look,
                self.transport.wait_unless(should_stop),
                public_id,
                first=first,
                deadline=deadline,
                started=started,
                timeout=self.transport.timeout,
                poll_wait=poll_wait,
            )
        )

    def task_details(
        self,
        task_id: str,
        first: int = 0,
        wait: int = 0,
        *,
        timeout: float | None = None,
        retry_seconds: float | None = None,
    ) -> dict[str, Any]:
        """Return Connect's own description of a task, its lines from `first` on.

        Args:
            task_id: What `deploy` returned.
            first: Number of the first line wanted.
            wait: Seconds for which the server may wait for the task's end, 0 to 20.
            timeout: Seconds without a byte; the session's own when omitted.
            retry_seconds: Seconds over which to repeat a failed poll.
        """
        run = parse_untracked(task_id)
        if run is not None:
            return self._tracker.describe(run, first)
        path, params = self._task_query(task_id, first, wait)
        return read_object(self._get(path, params, timeout=timeout, retry_seconds=retry_seconds))

    def _task_query(self, task_id: str, first: int, wait: int) -> tuple[str, dict[str, int]]:
        return f"v1/tasks/{as_segment(task_id)}", {"first": first, "wait": wait}

    def check_page(self, content: Content, *, bundle_id: str | None = None) -> int:
        """Return the HTTP status of the page that readers see, or of a draft's page when `bundle_id` is given.

        Of a long page only the start is fetched. A page that leads elsewhere counts as 302.

        Raises:
            NoAnswerError: nothing answers there.
        """
        part = f"_bundle{bundle_id}/" if bundle_id else ""
        try:
            path = f"content/{content.guid}/{part}"
            return self.transport.exchange("GET", path, at_most=_PAGE_START, timeout=_PAGE_SECONDS).status
        except BadAnswerError:
            return 302
