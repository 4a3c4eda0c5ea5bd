"""How long a sign-in takes apart from its user: the REST API of a real Jupyter server, and a sandbox.

The user's part is left out: the clock stands still from the moment in which the server's page is known to the one in
which the answer "Allow" was sent.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from responsiveness import ask
from sandbox.signing_in import Browser
from serving import Jupyter, Sandbox, start_jupyter


@dataclass(frozen=True)
class SignIn:
    """One way to sign in.

    Attributes:
        begin: Seconds from the click to the address of the server's page.
        end: Seconds from the user's answer to a server that can be published to.
        requests: Of Jupyter to the server.
    """

    begin: float
    end: float
    requests: float


def measure(scratch: Path, sandbox: Sandbox, *, rounds: int, requests: Callable[[], int]) -> dict[str, SignIn]:
    """Sign in by both ways: ``browser``, whose page comes back to a port of this machine, and ``device``, by a code.

    Args:
        scratch: A folder.
        sandbox: Where to.
        rounds: How often by each way.
        requests: Returns how many requests Jupyter sent to the sandbox since it was called last.
    """
    home = scratch / "signing-in"
    (home / "root").mkdir(parents=True)
    jupyter = start_jupyter(home, home / "root")
    try:
        return {
            method: middle([sign_in(jupyter, sandbox, method, requests) for _ in range(rounds)])
            for method in ("browser", "device")
        }
    finally:
        jupyter.stop()


def sign_in(jupyter: Jupyter, sandbox: Sandbox, method: str, requests: Callable[[], int]) -> SignIn:
    user = Browser(sandbox.url, sandbox.key)
    requests()
    began = time.perf_counter()
    wanted = {"address": sandbox.url, "name": method, "remote": method == "device"}
    waiting = ask(jupyter, "POST", "rsconnect-jupyter/sign-in", wanted)
    shown = time.perf_counter()
    assert waiting["method"] == method, waiting
    sent_back = user.answer(waiting["page"]).headers.get("Location")
    answered = time.perf_counter()
    if sent_back is not None and method == "browser":
        user.session.get(sent_back, timeout=30).raise_for_status()
    done = ask(jupyter, "GET", f"rsconnect-jupyter/sign-in/{waiting['id']}?wait=60")
    ended = time.perf_counter()
    assert done["status"] == "done", done
    taken = SignIn(shown - began, ended - answered, requests())
    remove(jupyter, method)
    return taken


def remove(jupyter: Jupyter, name: str) -> None:
    """Use the server once, and remove it, so that the next sign-in is a first one."""
    ask(jupyter, "GET", f"rsconnect-jupyter/servers/{name}/content?search=")
    ask(jupyter, "DELETE", f"rsconnect-jupyter/servers/{name}")


def middle(taken: list[SignIn]) -> SignIn:
    def of(value: Callable[[SignIn], Any]) -> float:
        return float(statistics.median(map(value, taken)))

    return SignIn(of(lambda each: each.begin), of(lambda each: each.end), of(lambda each: each.requests))
