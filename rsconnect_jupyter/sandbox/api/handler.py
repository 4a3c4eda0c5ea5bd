"""The handler behind ``/__api__``: identifies the caller, finds the route, runs it, writes the answer."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import inspect
import json
import sys
import traceback
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any, cast

from tornado import iostream, web

from ..api_errors import ApiError, disk_error
from ..authentication import check_xsrf, credentials_of, identify, session_of
from ..services import Services
from ..store.accounts import log_action
from .routing import Request, Response, Route, Upload, check_role, find_route
from .strictness import check_strict

LONGEST_JSON = 16 * 1024 * 1024
BLOCK = 1024 * 1024


@web.stream_request_body
class ApiHandler(web.RequestHandler):
    """All API requests. Bodies of uploads go to a file while they arrive, others stay in memory, bounded."""

    def initialize(self, services: Services) -> None:
        """Take the parts that requests work with."""
        self.services = services
        self._found: tuple[Route, dict[str, str]] | None = None
        self._refusal: ApiError | None = None
        self._account: Any = None
        self._signed = False
        self._body = bytearray()
        self._sink: _Sink | None = None
        self._gone = False

    async def prepare(self) -> None:
        """Find the route and the caller before the body arrives; a refusal waits until the body is read."""
        path = self.path_args[0]
        self._found = find_route(self.request.method or "", path, self.services.settings)
        if self._found is None:
            return
        try:
            credentials, session = credentials_of(self), session_of(self)
            if credentials is None and session is not None:
                check_xsrf(self)
            self._account = await self._in_thread(identify, self.services, credentials, session)
            self._signed = credentials is not None and credentials.scheme == "signed"
            check_role(self._found[0], self._account)
        except ApiError as refusal:
            self._refusal = refusal
        if self._found[0].receives_file and self._refusal is None:
            self._sink = _Sink(self.services.store.incoming_file())

    async def data_received(self, chunk: bytes) -> None:
        """Take a piece of the body."""
        if self._finished or self._found is None or self._refusal is not None:
            return
        self._body += chunk
        if self._sink is not None:
            if len(self._body) >= BLOCK:
                block, self._body = self._body, bytearray()
                await self._keep(self._sink, block)
        elif len(self._body) > LONGEST_JSON:
            self._refusal = ApiError(87, "The request body is too large.", status=413)

    async def _closed(self, sink: _Sink) -> Upload:
        try:
            return cast("Upload", await self._in_thread(sink.close))
        except OSError as error:
            sink.discard()
            raise disk_error(error) from error

    async def _keep(self, sink: _Sink, block: bytearray) -> None:
        """Write a piece of an upload; a full disk becomes a refusal (400/134)."""
        try:
            await self._in_thread(sink.write, block)
        except OSError as error:
            self._refusal = disk_error(error)
            sink.discard()

    async def _answer(self, _path: str) -> None:
        if self._found is None:
            self.set_status(404)
            await self._finish_with(Response(b"404 page not found", 404, {"Content-Type": "text/plain; charset=utf-8"}))
            return
        try:
            if self._refusal is not None:
                raise self._refusal  # noqa: TRY301 - one place makes refusals answers
            answer = await self._run(*self._found)
        except ApiError as refusal:
            answer = Response(refusal.envelope(), refusal.status)
        except Exception:  # noqa: BLE001 - the edge: say "internal failure" and tell the operator
            sys.stderr.write(traceback.format_exc())
            answer = Response(ApiError(1).envelope(), 500)
        if isinstance(answer.body, Path):
            await self._send_file(answer)
        elif isinstance(answer.body, AsyncIterator):
            await self._send_pieces(answer)
        else:
            await self._finish_with(answer)

    get = post = put = patch = delete = head = options = _answer

    async def _run(self, route: Route, path: dict[str, str]) -> Response:
        upload = None
        if self._sink is not None:
            await self._keep(self._sink, self._body)
            if self._refusal is not None:
                raise self._refusal
            upload = await self._closed(self._sink)
        if self._signed:
            self._check_body(upload)
        request = Request(
            services=self.services,
            account=self._account,
            method=self.request.method or "",
            path=path,
            queries={
                name: [value.decode("utf-8", "replace") for value in values]
                for name, values in self.request.query_arguments.items()
            },
            headers=self.request.headers,
            body=b"" if upload else bytes(self._body),
            route=self.path_args[0],
            root=self._root(),
            upload=upload,
        )
        if self.services.settings.strict:
            await self._in_thread(check_strict, request, route)
        if inspect.iscoroutinefunction(route.handler):
            result = await route.handler(request)
        else:
            result = await self._in_thread(route.handler, request)
        if route.deprecated:
            self.set_header("X-Deprecated-Endpoint", route.deprecated)
        answer = result if isinstance(result, Response) else Response(result)
        if request.method not in ("GET", "HEAD") and request.account is not None:
            await self._in_thread(_audit, request, route)
        return answer

    def _check_body(self, upload: Upload | None) -> None:
        """Refuse a body that is not the signed one (400/104)."""
        md5 = upload.md5 if upload else hashlib.md5(self._body, usedforsecurity=False).hexdigest()
        if self.request.headers.get("X-Content-Checksum") != base64.b64encode(bytes.fromhex(md5)).decode():
            raise ApiError(104)

    def _root(self) -> str:
        return f"{self.request.protocol}://{self.request.host}{self.services.settings.prefix}"

    def set_default_headers(self) -> None:
        """Set what every API answer of Connect carries."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-cache, no-store, must-revalidate")
        self.set_header("Pragma", "no-cache")
        self.set_header("Expires", "0")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("X-Correlation-ID", self.request.headers.get("X-Correlation-ID") or str(uuid.uuid4()))

    async def _finish_with(self, answer: Response) -> None:
        self._set_head(answer)
        body = answer.body
        if body is None:
            body = b""
        elif not isinstance(body, bytes):
            body = json.dumps(body).encode()
        with contextlib.suppress(iostream.StreamClosedError):  # the client has gone
            await self.finish(body or None)

    def _set_head(self, answer: Response) -> None:
        self.set_status(answer.status)
        self.set_header("Content-Type", "application/json; charset=utf-8")
        for name, value in answer.headers.items():
            self.set_header(name, value)
        if answer.status == 204:
            self.clear_header("Content-Type")

    async def _send_file(self, answer: Response) -> None:
        self._set_head(answer)
        self.set_header("Content-Length", answer.body.stat().st_size)
        with answer.body.open("rb") as file:
            while block := await self._in_thread(file.read, BLOCK):
                self.write(block)
                try:
                    await self.flush()
                except iostream.StreamClosedError:
                    return
        with contextlib.suppress(iostream.StreamClosedError):
            await self.finish()

    async def _send_pieces(self, answer: Response) -> None:
        self._set_head(answer)
        async for piece in answer.body:
            if self._gone:
                return
            if piece:
                self.write(piece)
                with contextlib.suppress(iostream.StreamClosedError):
                    await self.flush()
        await self.finish()

    async def _in_thread(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.services.workers, function, *arguments)

    def on_connection_close(self) -> None:
        """Forget an upload whose sender has gone, and end a stream that nobody reads."""
        self._gone = True
        if self._sink is not None:
            self._sink.discard()

    def write_error(self, status_code: int, **_details: Any) -> None:
        """Answer tornado's own refusals (such as an unknown method) like any unknown path."""
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_status(404 if status_code == 405 else status_code)
        self.finish("404 page not found" if status_code == 405 else f"{status_code}")


def _audit(request: Request, route: Route) -> None:
    """Note a change and who made it."""
    what = (route.handler.__doc__ or "").partition("\n")[0].rstrip(".")
    log_action(request.store, request.user, route.handler.__name__, f"{what}: {request.route}")


class _Sink:
    """A file that a body is written to, with its digests."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = path.open("xb")
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self._size = 0

    def write(self, block: bytes | bytearray) -> None:
        if self._file is None:
            return
        self._file.write(block)
        self._md5.update(block)
        self._sha1.update(block)
        self._size += len(block)

    def close(self) -> Upload:
        file, self._file = self._file, None
        if file is not None:
            file.close()
        return Upload(self._path, self._size, self._md5.hexdigest(), self._sha1.hexdigest())

    def discard(self) -> None:
        with contextlib.suppress(OSError):  # closing writes what a full disk did not take
            self.close()
        self._path.unlink(missing_ok=True)
