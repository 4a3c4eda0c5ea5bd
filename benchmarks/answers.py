"""Ask a Jupyter server for its status every 10 ms until standard input ends; print how long each answer took.

A program of its own, as a browser is: in the one that publishes, the measurement would wait for that one's threads.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from urllib.parse import urlsplit

PACE = 0.01


def main(address: str, token: str) -> None:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    ended = threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    times: list[float] = []
    began = time.perf_counter()
    while not ended.wait(began + PACE - time.perf_counter()):
        began = time.perf_counter()
        connection.request("GET", f"{parts.path}/api/status", headers={"Authorization": f"token {token}"})
        connection.getresponse().read()
        times.append(time.perf_counter() - began)
    print(json.dumps(times))


if __name__ == "__main__":
    main(*sys.argv[1:])
