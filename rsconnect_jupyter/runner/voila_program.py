"""``voila``, whose readers of a kernel's answers ask again each second: ``python voila_program.py OPTIONS NOTEBOOK``.

pyzmq is told of a message once. Voilà sends a second request before the first is answered; sending it can take that
notice away, and the reader, who waits without a limit, then never looks at the answer that has arrived.
"""

import runpy
import sys
from typing import Any

sys.path.pop(0)  # the modules beside this one are not for the notebook

import zmq.asyncio

SECOND = 1000
poll: Any = zmq.asyncio.Socket.poll


async def poll_each_second(self: Any, timeout: int | None = None, flags: int = zmq.POLLIN) -> Any:
    """Wait as `zmq.asyncio.Socket.poll` does, in milliseconds; a wait without a limit looks again each second."""
    while timeout is None:
        if ready := await poll(self, SECOND, flags):
            return ready
    return await poll(self, timeout, flags)


setattr(zmq.asyncio.Socket, "poll", poll_each_second)  # noqa: B010 - the type checker knows no such assignment
runpy.run_module("voila", run_name="__main__", alter_sys=True)
