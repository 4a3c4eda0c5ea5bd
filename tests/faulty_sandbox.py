"""A sandbox that goes wrong when a test says so: ``python faulty_sandbox.py`` takes the sandbox's own options.

Rules are set at ``/__sandbox__/faults``; what was asked so far is at ``/__sandbox__/requests``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import sys
from collections.abc import Mapping
from typing import Any

from fault_rules import SIGN_IN_HTML, Faults, happens_after
from tornado import iostream, web

from rsconnect_jupyter.sandbox import server
from rsconnect_jupyter.sandbox.services import Services

NOT_NOTED = {"authorization", "x-rsc-authorization", "cookie", "x-rsc-xsrf"}
LONGEST_NOTED = 64 * 1024
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
Base: Any = web.RequestHandler


class FaultMixin(Base):  # type: ignore[misc] # a mixin of any of the sandbox's handlers
    """Let happen to a request what the rules say, and note the request."""

    faults: Faults
    prefix: str
    fault: dict[str, Any] | None = None
    struck = False
    """True reads the request's body before a fault answers it, so that the answer is not lost in a reset."""
    pending: dict[str, Any] | None = None
    faulty_answer: asyncio.Future[None] | None = None

    async def prepare(self) -> None:
        self.noted_body = bytearray()
        self.fault = action = self.faults.take(self.request.method, self.request.path.removeprefix(self.prefix))
        if action is not None and happens_after(action):
            self.pending = action
        elif action is not None and action["action"] == "delay":
            await asyncio.sleep(float(action.get("seconds", 1)))
        elif action is not None and action["action"] == "reset":
            self.strike(action)
            return
        self.struck = action is not None and not happens_after(action) and action["action"] != "delay"
        if not self.struck:
            prepared = super().prepare()
            if prepared is not None:
                await prepared

    async def data_received(self, chunk: bytes) -> None:
        if len(self.noted_body) <= LONGEST_NOTED:
            self.noted_body += chunk
        if not self.struck:
            await super().data_received(chunk)

    async def run_method(self, name: str, *parts: Any) -> None:
        """Answer the request, or let the fault answer it."""
        if self.struck and self.fault is not None:
            self.strike(self.fault)
            return
        answer = getattr(super(), name)(*parts)
        if answer is not None:
            await answer
        if self.faulty_answer is not None:
            await self.faulty_answer

    def finish(self, chunk: Any = None) -> Any:
        """Answer as the fault says: cut off, slowly, late, or something else."""
        action, self.pending = self.pending, None
        if action is None or self._headers_written:
            return super().finish(chunk)
        if chunk is not None:
            self.write(chunk)
        body = b"".join(self._write_buffer)
        self._write_buffer: list[bytes] = []
        self.faulty_answer = asyncio.ensure_future(self.send_faulty(action, body))
        return self.faulty_answer

    def strike(self, action: dict[str, Any]) -> None:
        """Carry out a ``reset``, ``status`` or ``html`` fault on this request."""
        if action["action"] == "reset":
            self.set_status(0, "reset")
            self.on_finish()
            reset_connection(self)
            self._finished = True
            return
        answer_fault(self, action)
        self.finish()

    async def send_faulty(self, action: dict[str, Any], body: bytes) -> None:
        seconds = float(action.get("seconds", 1))
        if action["action"] == "delay":
            await asyncio.sleep(seconds)
            self.finish(body)
            return
        if action["action"] not in ("truncate", "slow-body"):
            self.strike(action)
            return
        self.set_header("Content-Length", len(body))
        pieces = [body[: len(body) // 2]] if action["action"] == "truncate" else [bytes([each]) for each in body]
        try:
            for piece in pieces:
                self.write(piece)
                await self.flush()
                if action["action"] == "slow-body":
                    await asyncio.sleep(seconds / max(1, len(pieces)))
        except iostream.StreamClosedError:
            return
        if action["action"] == "truncate":
            self.on_finish()
            self.request.connection.stream.close()
            self._finished = True
        else:
            self.finish()

    def on_finish(self) -> None:
        """Note the request, without what authorises it."""
        super().on_finish()
        address = getattr(self.request.connection.context, "address", None)
        self.faults.note(
            {
                "method": self.request.method,
                "path": self.request.path.removeprefix(self.prefix),
                "query": self.request.query,
                "status": self.get_status(),
                "connection": f"{address[0]}:{address[1]}" if address else None,
                "headers": {
                    name: value for name, value in self.request.headers.get_all() if name.lower() not in NOT_NOTED
                },
                "scheme": self.request.headers.get("Authorization", "").partition(" ")[0],
                "body": self._noted(),
                "fault": self.fault["action"] if self.fault else None,
            }
        )

    def _noted(self) -> Any:
        body = bytes(self.noted_body) or self.request.body
        if not body or len(body) > LONGEST_NOTED or "/environment" in self.request.path:
            return None
        try:
            return json.loads(body)
        except ValueError:
            return None


def _method(name: str) -> Any:
    async def run(self: Any, *parts: Any) -> None:
        await self.run_method(name, *parts)

    return run


for _name in METHODS:
    setattr(FaultMixin, _name, _method(_name))


def reset_connection(handler: web.RequestHandler) -> None:
    """Break a request's connection with a TCP reset."""
    stream = handler.request.connection.stream  # type: ignore[union-attr]
    if stream.socket is not None:
        with contextlib.suppress(OSError):
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.close()


def answer_fault(handler: web.RequestHandler, action: Mapping[str, Any]) -> None:
    """Give a handler the answer that a ``status`` or ``html`` fault orders; does not send it."""
    handler.clear()
    if action["action"] == "html":
        handler.set_status(int(action.get("status", 200)))
        handler.set_header("Content-Type", "text/html; charset=utf-8")
        handler.write(str(action.get("body", SIGN_IN_HTML)))
        return
    handler.set_status(int(action.get("status", 503)))
    for name, value in (action.get("headers") or {}).items():
        handler.set_header(name, value)
    body = action.get("body")
    if body is None and "headers" not in action:
        handler.set_header("Content-Type", "text/html; charset=utf-8")
    if isinstance(body, (dict, list)):
        handler.set_header("Content-Type", "application/json; charset=utf-8")
    handler.write(_text(action) if body is None else _body(body))


def _text(action: Mapping[str, Any]) -> str:
    return f"<html><body><h1>{int(action.get('status', 503))}</h1></body></html>"


def _body(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


class FaultOrders(web.RequestHandler):
    """``/__sandbox__/faults``: PUT rules, GET them with their counts, DELETE all."""

    def initialize(self, faults: Faults) -> None:
        self.faults = faults

    def put(self) -> None:
        try:
            self.faults.replace(json.loads(self.request.body))
        except (ValueError, TypeError, AttributeError) as error:
            self.set_status(400)
            self.finish({"code": 121, "error": str(error), "payload": None})
        else:
            self.get()

    def get(self) -> None:
        self.finish({"rules": [rule.as_dict() for rule in self.faults.rules]})

    def delete(self) -> None:
        self.faults.replace([])
        self.get()


class RequestLog(web.RequestHandler):
    """``/__sandbox__/requests``: GET what was asked so far, oldest first; DELETE forgets it."""

    def initialize(self, faults: Faults) -> None:
        self.faults = faults

    def get(self) -> None:
        self.finish({"requests": list(self.faults.log)})

    def delete(self) -> None:
        self.faults.clear_log()
        self.set_status(204)


def main() -> int:
    """Run the sandbox with handlers that obey the rules."""
    usual = server.request_handlers

    def faulty_handlers(services: Services) -> list[Any]:
        prefix, faults = services.settings.prefix, Faults()
        shared = {"faults": faults, "prefix": prefix}
        return [
            (f"{prefix}/__sandbox__/faults", FaultOrders, {"faults": faults}),
            (f"{prefix}/__sandbox__/requests", RequestLog, {"faults": faults}),
            *(
                (pattern, type(kind.__name__, (FaultMixin, kind), shared), *rest)
                for pattern, kind, *rest in usual(services)
            ),
        ]

    server.request_handlers = faulty_handlers
    return server.main()


if __name__ == "__main__":
    sys.exit(main())
