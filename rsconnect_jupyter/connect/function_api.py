"""`RSConnectServer` and `RSConnect`, the classes of the function-level API; `rsconnect_jupyter.api` publishes them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import ConnectError, RefusedError, TaskFailedError
from ..models import Secret, Server
from ..translation import _
from .address import strip_userinfo
from .applications import application, search_applications, whole_application
from .client import Client
from .discovery import FoundServer, open_client
from .parsing import as_number, as_text, read_task_page
from .responses import as_answer, read_json
from .tasks import collect_lines
from .upload import md5_of, plain_encoding, seekable

Callback = Callable[[str], Any]


class RSConnectServer:
    """A Connect server: its address, the API key for it and how its certificate is checked.

    Args:
        url: The server's root; a dashboard link will do. User name and password in it are dropped.
        api_key: The key's text; kept where printing does not show it.
        insecure: True accepts any certificate.
        ca_data: PEM text or DER bytes of a CA to trust besides the system's.
        bootstrap_jwt: A bootstrap token, for `RSConnect.bootstrap`.

    Attributes:
        cookie_jar: The server's cookies, shared by all clients made from this object (clusters pin sessions by them).
    """

    def __init__(
        self,
        url: str,
        api_key: str | Secret | None,
        insecure: bool = False,  # noqa: FBT001, FBT002 - the published signature
        ca_data: str | bytes | None = None,
        *,
        bootstrap_jwt: str | Secret | None = None,
    ) -> None:
        self.url = strip_userinfo(url)
        self.api_key = _secret(api_key)
        self.bootstrap_jwt = _secret(bootstrap_jwt)
        self.insecure = insecure
        self.ca_data = ca_data
        self.cookie_jar = CookieJar()
        self._found: FoundServer | None = None

    def __repr__(self) -> str:
        return f"RSConnectServer({self.url!r})"

    def handle_bad_response(self, response: Any) -> Any:
        """Return `response` when it is good; raise for a failed one.

        The methods of `RSConnect` raise by themselves, so that this only passes their values through.

        Raises:
            RSConnectException: `response` is a failed HTTP answer (anything with ``status`` or ``status_code``).
        """
        answer = as_answer(response, self.url)
        if answer is not None and not answer.good:
            read_json(answer)
        return response

    def open(self, cookies: CookieJar | None, timeout: float, until: float | None = None) -> Client:
        """Return a client of the server; what it is, is asked once. `until` as in `discovery.open_client`."""
        server = Server(name=self.url, url=self.url, api_key=self.api_key, insecure=self.insecure, ca_data=self.ca_data)
        jar = self.cookie_jar if cookies is None else cookies
        client = open_client(server, timeout=timeout, cookies=jar, found=self._found, until=until)
        self._found = FoundServer(url=client.server.url, dialect=client.dialect, version=client.version)
        return client


def _secret(text: str | Secret | None) -> Secret:
    return text if isinstance(text, Secret) else Secret(text or "")


class RSConnect:
    """A client of one server, whose connection is kept inside a ``with`` block.

    Args:
        server: Where to.
        cookies: A cookie jar to use instead of the server's own.
        timeout: Seconds without a byte after which an answer counts as missing.
    """

    def __init__(self, server: RSConnectServer, cookies: CookieJar | None = None, timeout: float = 30) -> None:
        self._server = server
        self._cookies = cookies
        self._timeout = timeout
        self._opened: Client | None = None

    def __enter__(self) -> RSConnect:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def bootstrap(self) -> dict[str, Any]:
        """Return ``{"api_key": …}`` of a new server's first administrator, for the server's ``bootstrap_jwt``.

        Raises:
            RSConnectException: the token is not accepted, users exist already, or the server (before 2022.10) cannot.
        """
        return self.client.bootstrap(self._server.bootstrap_jwt)

    def me(self) -> dict[str, Any]:
        """Return the key's user: ``username``, ``guid``, ``user_role`` … (``v1/user``, before 1.8.6 ``me``)."""
        return self.client.user_details()

    def server_settings(self) -> dict[str, Any]:
        """Return the server's settings (every version); ``version`` is missing or empty where the server hides it."""
        return self.client.settings()

    def python_settings(self) -> dict[str, Any]:
        """Return ``{"installations": [{"version": "3.11.7", …}], "api_enabled": …}``.

        Raises:
            RSConnectException: the user may not publish, or the server has no such list.
        """
        return self.client.python_settings()

    def app_search(self, filters: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return one page of applications: ``{"applications": […], "total", "count", "continuation"}``.

        Args:
            filters: ``search`` (text in title or name), ``filter`` (``"min_role:editor"``), ``count``, ``start``,
                ``cont``
                (the ``continuation`` of the page before). Servers from 2024.04 search, older ones list.
        """
        return search_applications(self.client, filters or {})

    def app_create(self, name: str) -> dict[str, Any]:
        """Create an item of exactly this name and return the application (v1 from Connect 1.8.6).

        A lost answer is resolved by looking for the name, never by creating twice.

        Raises:
            RSConnectException: the name is taken or not allowed, or the user may not publish.
        """
        return self.application(self.client.create_named(name, None))

    def app_get(self, app_id: int | str) -> dict[str, Any]:
        """Return an application by number or GUID, with the keys of the unversioned API that the server can fill.

        Among them are ``owner_username``, ``owner_email``, ``owner_first_name``, ``owner_last_name`` and
        ``vanity_url``; empty where the server does not tell.
        """
        return whole_application(self.client, str(app_id))

    def app_upload(self, app_id: int | str, tarball: BinaryIO | bytes | str | Path) -> dict[str, Any]:
        """Upload a bundle and return ``{"id": <bundle id>, …}``; streamed, with its checksum.

        Args:
            app_id: The application's.
            tarball: An open file, its bytes, or its path.
        """
        with seekable(tarball) as file:
            bundle = self.client.upload_file(self.client.guid_of(str(app_id)), file, plain_encoding(md5_of(file)))
        number = as_number(bundle["id"])
        return bundle if number is None else {**bundle, "id": number}

    def app_update(self, app_id: int | str, updates: Mapping[str, Any]) -> dict[str, Any]:
        """Change fields (``title``, ``description``, ``access_type`` …) and return the application."""
        return self.application(self.client.update_details(self.client.guid_of(str(app_id)), updates))

    def app_deploy(self, app_id: int | str, bundle_id: int | str | None = None) -> dict[str, Any]:
        """Deploy a bundle, the newest when None, and return its task: ``{"id", "task_id"}``, twice the same.

        Both are empty when the server's answer was lost and it was seen to deploy; `wait_for_task` takes that, too.
        """
        guid = self.client.guid_of(str(app_id))
        task = self.client.deploy(guid, "" if bundle_id is None else str(bundle_id)).public_id
        return {"id": task, "task_id": task}

    def app_publish(self, app_id: int | str, access: str) -> dict[str, Any]:
        """Open an application to ``all``, ``logged_in`` or ``acl`` and return it."""
        return self.app_update(app_id, {"access_type": access})

    def app_config(self, app_id: int | str) -> dict[str, Any]:
        """Return ``{"config_url": <dashboard>, "logs_url": <its log page>}``."""
        found = self._app(app_id)
        return {"config_url": found["config_url"], "logs_url": found["logs_url"]}

    def task_get(self, task_id: int | str, first_status: int | None = None) -> dict[str, Any]:
        """Return a task: ``status`` (lines from `first_status` on), ``last_status``, ``finished``, ``code``, ``error``.

        The v1 names ``output`` and ``last`` hold the same as ``status`` and ``last_status``.
        """
        task_id = str(task_id)
        task = self.client.task_details(task_id, first_status or 0)
        page = read_task_page(task_id, task)
        last = (first_status or 0) + len(page.lines) if page.last is None else page.last
        lines = list(page.lines)
        return {
            **task,
            "id": task_id,
            "status": lines,
            "output": lines,
            "last_status": last,
            "last": last,
            "finished": page.finished,
            "code": page.result.code,
            "error": page.result.error,
        }

    def deploy(
        self,
        app_id: int | str | None,
        app_name: str,
        app_title: str | None,
        title_is_default: bool,  # noqa: FBT001 - the published signature
        tarball: BinaryIO | bytes | str | Path,
        *,
        env_vars: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Publish a bundle: into `app_id`, or as new content when that is None.

        The title of existing content changes only after the upload, and not to a default one. New content whose upload
        fails, or whose bundle is refused, is deleted again. A taken name is replaced by the next free one.

        Args:
            app_id: Number or GUID, or None for new content.
            app_name: Name for new content.
            app_title: The title.
            title_is_default: True when the title is a default, which must not replace another.
            tarball: An open file, its bytes, or its path.
            env_vars: Environment variables to set before it runs; others of the content stay.

        Returns:
            ``{"task_id", "app_id", "app_guid", "app_url", "title"}``; ``app_url`` is the readers' page.
        """
        app = self._target(app_id, app_name, app_title)
        made = app["guid"] if app_id is None else None
        with self._undone_when_failed(made):
            bundle = self.app_upload(app["guid"], tarball)
            self.client.set_variables(app["guid"], {name: Secret(each) for name, each in (env_vars or {}).items()})
        if app_title and app["title"] != app_title and not (title_is_default and app["title"]):
            app = self.app_update(app["guid"], {"title": app_title})
        with self._undone_when_failed(made, only_refused=True):
            task = self.app_deploy(app["guid"], bundle["id"])
        return {
            "task_id": task["task_id"],
            "app_id": app["id"],
            "app_guid": app["guid"],
            "app_url": app["url"],
            "title": app["title"],
        }

    def wait_for_task(
        self,
        app_id: int | str,
        task_id: int | str,
        log_callback: Callback | None,
        timeout: float | None = None,
        *,
        abort_func: Callable[[], bool] | None = None,
        poll_wait: float | None = None,
        raise_on_error: bool = True,
    ) -> tuple[str, list[str] | None]:
        """Follow a task to its end; return ``(dashboard url, lines)``, lines being None when a callback took them.

        Args:
            app_id: The application's, for its address.
            task_id: What the deployment returned; empty follows the deployment of its newest bundle.
            log_callback: Called with each line, once and in order; None collects them.
            timeout: Seconds, honoured exactly, finding the server included; 0 looks once; None waits as long as the
                server answers.
            abort_func: Asked between polls; True stops.
            poll_wait: Seconds from one poll to the next; None polls again as soon as the server has waited for a
                second.
            raise_on_error: False returns after a failed task, too.

        Raises:
            RSConnectException: the task failed (``code`` is not 0, or ``error`` is set; ``data["config_url"]`` is the
                dashboard), or did not end in time.
        """
        started = time.monotonic()
        lines: list[str] = []
        with self._time_limit(started + timeout if timeout else None) as client:
            task = str(task_id or "") or client.newest_deployment(client.guid_of(str(app_id)))
            follower = client.follow(
                task, deadline=timeout, started=started, poll_wait=poll_wait, should_stop=abort_func
            )
            result = collect_lines(follower, lines, log_callback)
            url = self._dashboard(app_id)
        if raise_on_error:
            _raise_when_failed(result.code, result.error, lines, url)
        return url, (lines if log_callback is None else None)

    @staticmethod
    def output_task_log(task_status: Mapping[str, Any], last_status: int | None, log_callback: Callback) -> int | None:
        """Hand the lines of one look at a task to a callback; return the number to ask from next.

        Args:
            task_status: What `task_get` returned.
            last_status: What this returned for the look before; None at first.
            log_callback: Called with each line.

        Raises:
            RSConnectException: the task is finished and failed.
        """
        lines = task_status.get("status", task_status.get("output")) or []
        last = as_number(task_status.get("last_status", task_status.get("last")))
        if last is None or last != last_status:
            for line in lines:
                log_callback(line)
        if task_status.get("finished"):
            result = read_task_page("", {**task_status, "output": lines}).result
            _raise_when_failed(result.code, result.error, lines)
        return last_status if last is None else last

    @property
    def client(self) -> Client:
        """The client underneath, opened at first use: discovery has then chosen the dialect."""
        if self._opened is None:
            self._opened = self._server.open(self._cookies, self._timeout)
        return self._opened

    def application(self, details: Any) -> dict[str, Any]:
        """Return a server's description of an item as an application."""
        return application(details, self.client.transport.root)

    @contextlib.contextmanager
    def _time_limit(self, until: float | None) -> Iterator[Client]:
        """Return the client, for which nothing is waited for after `until`, opening it included."""
        if self._opened is None:
            self._opened = self._server.open(self._cookies, self._timeout, until)
        transport = self._opened.transport
        transport.until = until
        try:
            yield self._opened
        finally:
            transport.until = None

    def _dashboard(self, app_id: int | str) -> str:
        """Return an item's dashboard; the usual address when the server does not tell, as a task's end is known."""
        try:
            return as_text(self.app_config(app_id)["config_url"])
        except ConnectError:
            return f"{self.client.transport.root}/connect/#/apps/{app_id}"

    def _app(self, app_id: int | str) -> dict[str, Any]:
        return self.application(self.client.content_details(str(app_id)))

    def _target(self, app_id: int | str | None, name: str, title: str | None) -> dict[str, Any]:
        return self._app(self.client.create(name, title or None).guid if app_id is None else app_id)

    @contextlib.contextmanager
    def _undone_when_failed(self, guid: str | None, *, only_refused: bool = False) -> Iterator[None]:
        """Delete new content when what follows fails, so that no empty item stays behind.

        `only_refused` leaves it when there was no clear no: the server may be running it.
        """
        try:
            yield
        except BaseException as exc:
            refused = isinstance(exc, RefusedError) and exc.status < 500
            if guid is not None and (refused or not only_refused):
                with contextlib.suppress(ConnectError):
                    self.client.delete(guid)
            raise


def _raise_when_failed(code: int, error: str, lines: list[str], url: str = "") -> None:
    if code == 0 and not error:
        return
    where = _("at {url}").format(url=f"{url}/logs") if url else _("in the content's logs in Connect")
    data = {"config_url": url} if url else {}
    details = {"exit_code": code or 1, "lines": tuple(str(each) for each in lines[-20:])}
    error = f" {error}" if error else ""
    if code:
        raise TaskFailedError.of("task-failed/exit", data=data, details=details, code=code, error=error, place=where)
    raise TaskFailedError.of("task-failed", data=data, details=details, error=error, place=where)
