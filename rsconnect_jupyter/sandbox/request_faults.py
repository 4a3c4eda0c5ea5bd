"""How a handler suffers the faults that were ordered, and notes what it was asked."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from tornado import iostream, web

from .codes import Refusal
from .faults import Faults, answer_fault, happens_after, reset_connection

if TYPE_CHECKING:
    from .engine import Engine

NOT_NOTED = {"authorization", "x-rsc-authorization", "cookie", "x-rsc-xsrf"}
LONGEST_NOTED = 64 * 1024


class FaultyHandler(web.RequestHandler):
    """A handler to which faults can happen; all handlers of the sandbox are."""

    engine: Engine
    fault: dict[str, Any] | None = None
    noted_body: bytes | None = None
    drains = False
    """True reads a request's body before a fault answers it, so that the answer is not lost in a reset."""
    struck = False

    async def suffer(self) -> bool:
        """Apply what was ordered for this request; True means that it is answered (or broken) already."""
        faults = self.engine.faults
        if not faults.allowed:
            return False
        path = self.request.path.removeprefix(self.engine.settings.prefix)
        self.fault = faults.take(self.request.method or "", path)
        if self.fault is None or happens_after(self.fault):
            return False
        if self.fault["action"] == "delay":
            await asyncio.sleep(float(self.fault.get("seconds", 1)))
            return False
        if self.drains and self.fault["action"] != "reset":
            self.struck = True
            return False
        return self.strike(self.fault)

    def strike(self, action: dict[str, Any]) -> bool:
        """Carry out a ``reset``, ``status`` or ``html`` fault on this request; True when it is done for."""
        if action["action"] == "reset":
            self.set_status(0, "reset")
            self.on_finish()
            reset_connection(self)
            self._finished = True
            return True
        answer_fault(self, action)
        self.finish()
        return True

    async def send_faulty(self, body: bytes) -> None:
        """Send an answer as its fault orders: cut off, slowly, late, or another one."""
        action = self.fault or {}
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
            self.request.connection.stream.close()  # type: ignore[union-attr]
            self._finished = True
        else:
            self.finish()

    def on_finish(self) -> None:
        """Note the request, without what authorises it."""
        faults = self.engine.faults
        if not faults.allowed or self.request.path.endswith(("/__sandbox__/faults", "/__sandbox__/requests")):
            return
        context = self.request.connection.context  # type: ignore[union-attr]
        address = getattr(context, "address", None)
        faults.note(
            {
                "method": self.request.method,
                "path": self.request.path.removeprefix(self.engine.settings.prefix),
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
        if not self.noted_body or len(self.noted_body) > LONGEST_NOTED or "/environment" in self.request.path:
            return None
        try:
            return json.loads(self.noted_body)
        except ValueError:
            return None


class FaultOrders(web.RequestHandler):
    """``/__sandbox__/faults``: PUT rules, GET them with their counts, DELETE all."""

    def initialize(self, faults: Faults) -> None:
        """Take the rules in force."""
        self.faults = faults

    def put(self) -> None:
        """Replace the rules."""
        try:
            self.faults.replace(json.loads(self.request.body))
        except (ValueError, TypeError, AttributeError) as error:
            self._refuse(Refusal(121, f"The request JSON cannot be parsed: {error}"))
        except Refusal as refusal:
            self._refuse(refusal)
        else:
            self.get()

    def get(self) -> None:
        """Show the rules."""
        self.finish({"rules": [rule.as_dict() for rule in self.faults.rules]})

    def delete(self) -> None:
        """Let nothing go wrong any more."""
        self.faults.replace([])
        self.get()

    def _refuse(self, refusal: Refusal) -> None:
        self.set_status(refusal.status)
        self.finish(refusal.envelope())


class RequestLog(web.RequestHandler):
    """``/__sandbox__/requests``: GET what was asked so far, oldest first; DELETE forgets it."""

    def initialize(self, faults: Faults) -> None:
        """Take the record."""
        self.faults = faults

    def get(self) -> None:
        """Show the record."""
        self.finish({"requests": list(self.faults.log)})

    def delete(self) -> None:
        """Forget the record."""
        self.faults.clear_log()
        self.set_status(204)
