"""What all our routes share: sign-in, errors as ``Problem``, work off the event loop."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from http.client import responses
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError

from .. import errors
from ..errors import RequestError, RSConnectException
from ..translation import language_of_request, use_language
from .contents_drives import has_files, name_in_drive
from .contents_paths import NotebookFile, find_notebook_file, keep_copy, read_from_jupyter

if TYPE_CHECKING:
    from .runtime import Runtime
    from .services import Services

RESOURCE = "rsconnect_jupyter"
"""Name by which an authorizer knows all our routes."""

LARGEST_BODY = 2_000_000
LONGEST_TEXT = 4096
"""Bytes of a request's body, and characters of a text in its query; `openapi.yaml` has the limits of each field."""

T = TypeVar("T")

STATUS: tuple[tuple[type[errors.RSConnectException], int], ...] = (
    (errors.RequestError, 400),
    (errors.OptionError, 400),
    (errors.UnknownServerError, 404),
    (errors.JobRunningError, 409),
    (errors.ConflictError, 409),
    (errors.TargetError, 409),
    (errors.SandboxError, 409),
    (errors.AddressError, 422),
    (errors.SignInError, 422),
    (errors.ForbiddenError, 422),
    (errors.ConnectError, 424),
    (errors.RSConnectException, 422),
)
"""Error class -> status, first match.

The Connect server's failures are 424 (Failed Dependency), not 502: proxies before Jupyter replace the body of a 502
with a page of their own, and the reason would be lost. Connect's 401 and 403 are 422, since from Jupyter those two
mean "not signed in to Jupyter".
"""

BY_CODE = {
    "no-such-notebook": 404,
    "unknown-job": 404,
    "unknown-sign-in": 404,
    "files-exist": 409,
    "server-name-taken": 409,
    "server-read-only": 409,
    "servers-locked": 409,
    "value-too-long": 422,
}
"""Codes whose status differs from that of their class."""

BY_STATUS = {
    401: "not-signed-in",
    403: "not-signed-in/refused",
    404: "not-found/route",
    405: "method-not-allowed",
    413: "too-large/request",
}
"""Status of errors that Jupyter or Tornado raise -> their text in the catalog."""


class RestHandler(APIHandler):
    """A route of ours. Every verb of a subclass is decorated with ``web.authenticated`` and ``authorized``."""

    auth_resource = RESOURCE
    largest_body = LARGEST_BODY

    def initialize(self, extension: Runtime) -> None:
        """Remember the extension that this route belongs to."""
        self.extension = extension

    async def prepare(self, **details: Any) -> Any:
        """Answer in the language of whoever asks; each request has a context of its own."""
        use_language(language_of_request(self.request.headers.get("Accept-Language", "")))
        return await super().prepare(**details)

    async def services(self) -> Services:
        """Return the publishing core; the first call imports it, on a thread."""
        return await self.extension.services()

    async def off_loop(self, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Run blocking `work` on the extension's own threads and return its result."""
        return await self.extension.off_loop(work, *arguments, **named)

    async def ask_server(self, server: str, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Run `work` that waits for a Connect server; one that does not answer keeps nothing else waiting."""
        return await self.extension.ask_server(server, work, *arguments, **named)

    async def notebook(self, path: str) -> NotebookFile:
        """Return the notebook file behind a contents path."""
        if has_files(self.contents_manager, path):
            return await find_notebook_file(self.contents_manager, path)
        document = await read_from_jupyter(self.contents_manager, path)
        return await self.off_loop(keep_copy, document, path, name=name_in_drive(self.contents_manager, path))

    async def checked_body(self, schema: str) -> dict[str, Any]:
        """Return the JSON body when it fits the schema of that name in ``openapi.yaml``.

        Raises:
            RequestError: it does not.
        """
        from .request_schema import checked  # noqa: PLC0415 - Jupyter's start does without the contract

        return await self.off_loop(checked, schema, self.json_body())

    def json_body(self) -> Any:
        """Return the body; an empty one is an empty object.

        Raises:
            RequestError: it is not JSON.
        """
        if len(self.request.body) > self.largest_body:
            raise HTTPError(413)
        try:
            text = self.request.body.decode("utf-8")
            return json.loads(text) if text.strip() else {}
        except (ValueError, RecursionError) as exc:
            raise RequestError.of("bad-request/json") from exc

    async def checked_query(self, operation: str) -> dict[str, Any]:
        """Return the query parameters that ``openapi.yaml`` gives an operation, with their defaults.

        Raises:
            RequestError: one of them is not as it is described there.
        """
        from .request_schema import checked_query  # noqa: PLC0415 - Jupyter's start does without the contract

        given = {name: self.get_query_argument(name, strip=False) for name in self.request.query_arguments}
        return await self.off_loop(checked_query, operation, given)

    def answer(self, body: Any, *, status: int = 200) -> None:
        """Finish with `body` as JSON; bytes are JSON already."""
        self.set_status(status)
        self.finish(body if isinstance(body, bytes) else json.dumps(body))

    def nothing(self) -> None:
        """Finish without a body."""
        self.set_status(204)
        self.finish()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Finish with a ``Problem``, whatever went wrong."""
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        status, problem = problem_of(error, status_code)
        self.set_status(status)
        if status == 405:
            self.set_header("Allow", ", ".join(_verbs(self)))
        self.finish(json.dumps(problem))

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log what a person can act on in one line, and only surprises with their traceback."""
        if isinstance(value, errors.RSConnectException):
            self.log.info("rsconnect_jupyter: %s %s: %s", self.request.method, self.request.path, value.english)
        elif isinstance(value, HTTPError):
            super().log_exception(typ, value, tb)
        else:
            # without the values of variables and without the query, which may hold what a person typed
            trace = "".join(traceback.format_exception(typ, value, tb))
            self.log.error("rsconnect_jupyter: %s %s failed\n%s", self.request.method, self.request.path, trace)


def problem_of(error: BaseException | None, status: int) -> tuple[int, dict[str, Any]]:
    """Return the status and the ``Problem`` that tell about `error`; `status` is what Tornado made of it. No I/O."""
    if isinstance(error, errors.RSConnectException):
        found = next(number for kind, number in STATUS if isinstance(error, kind))
        return BY_CODE.get(error.code, found), error.as_dict()
    if isinstance(error, OSError):
        told = RSConnectException.of("file-unusable", reason=error.strerror or type(error).__name__)
        return 422, told.as_dict()
    if status in BY_STATUS:
        told = RSConnectException.of(BY_STATUS[status])
    elif status < 500:
        told = RSConnectException.of("bad-request/status", reason=responses.get(status, str(status)))
    else:
        told = RSConnectException.of("internal-error/jupyter")
    return status, told.as_dict()


def _verbs(handler: APIHandler) -> list[str]:
    verbs = ("get", "post", "patch", "delete")
    return [each.upper() for each in verbs if getattr(type(handler), each) is not getattr(APIHandler, each)]
