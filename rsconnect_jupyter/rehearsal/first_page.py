"""The first reader of an application: waits until it answers, and reads its page."""

from __future__ import annotations

import http.client
import threading
import time

PAUSE = 0.1
LARGEST = 50_000_000
BROKEN = b"There was an error when executing cell"
"""What Voilà writes into a page whose notebook failed; its log has the reason."""


def loads_first_page(port: int, *, token: str, ended: threading.Event, limit: float) -> bool:
    """Return True when the first page of an application is whole.

    Args:
        port: Where it answers on this machine.
        token: What it asks of readers.
        ended: Set when the application has ended.
        limit: Seconds.
    """
    deadline = time.monotonic() + limit
    while not ended.wait(PAUSE) and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=max(PAUSE, deadline - time.monotonic()))
        try:
            connection.request("GET", "/", headers={"Authorization": f"token {token}"})
            answer = connection.getresponse()
            return answer.status < 400 and BROKEN not in answer.read(LARGEST)
        except ConnectionRefusedError:
            continue  # it is starting
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
    return False
