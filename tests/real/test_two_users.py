"""Two users of one machine, each with a Jupyter and a sandbox of their own."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from authoring import write_notebook
from serving import Jupyter
from starting import start_server
from strangers import listening_stranger

pytestmark = pytest.mark.timeout(600)

USERS = (61_001, 61_002)


def _may_be_others() -> bool:
    """Tell whether this process may start programs as other users, and they may run this Python."""
    if not hasattr(os, "getuid") or os.getuid() != 0:
        return False
    folders = Path(sys.executable).resolve().parents
    return all(each.stat().st_mode & stat.S_IXOTH for each in (*folders, *Path(__file__).parents))


@dataclass(frozen=True)
class User:
    """One of them: the number, home and Jupyter."""

    number: int
    home: Path
    jupyter: Jupyter

    def ask(self, verb: str, route: str, body: Any = None, **query: Any) -> Any:
        """Ask one of our routes and return its JSON."""
        headers = {"Authorization": f"token {self.jupyter.token}"}
        address = f"{self.jupyter.url}/rsconnect-jupyter/{route}"
        answer = requests.request(verb, address, json=body, params=query, headers=headers, timeout=120)
        return answer.json() if answer.content else None

    def publish(self) -> dict[str, Any]:
        """Publish to the user's sandbox and return the job at its end."""
        job = self.ask("POST", "publish", {"path": "a.ipynb", "mode": "html", "server": "sandbox"})
        first = 0
        while True:
            read: dict[str, Any] = self.ask("GET", f"publish/{job['id']}", first=first, wait=20)
            first = read["last"]
            if read["finished"]:
                return read

    def sandbox(self) -> psutil.Process:
        """Return the user's sandbox."""
        children = psutil.Process(self.jupyter.process.pid).children(recursive=True)
        (found,) = [each for each in children if "sandbox_child" in " ".join(each.cmdline())]
        return found


@pytest.fixture
def users() -> Iterator[tuple[User, User]]:
    """Two users of the system where this process may start programs as others, else one with two homes."""
    started: list[User] = []
    others = _may_be_others()
    print("two users of the system" if others else "one user of the system with two homes")
    folders = [Path(tempfile.mkdtemp(prefix="user-")) for _ in USERS]
    for number, folder in zip(USERS, folders, strict=True):
        home, root = folder / "home", folder / "root"
        home.mkdir()
        write_notebook(root / "a.ipynb", f"# Of {number}", "1")
        start = start_server(home, root, token=f"{number}" * 4, user=number if others else None)
        started.append(User(number, home, start))
    yield started[0], started[1]
    for user, folder in zip(started, folders, strict=True):
        user.jupyter.stop()
        shutil.rmtree(folder)


def test_no_key_of_one_reaches_the_others_process(users: tuple[User, User]) -> None:
    one, two = users
    addresses = [each.ask("POST", "sandbox", {})["url"] for each in users]
    assert addresses[0] != addresses[1]
    guids = [each.publish()["result"]["guid"] for each in users]
    assert [each.ask("GET", "servers")["servers"][0]["url"] for each in users] == addresses
    for user, address, guid in zip(users, reversed(addresses), reversed(guids), strict=True):
        assert requests.get(f"{address}/__api__/v1/content/{guid}", timeout=30).status_code == 401, user.number

    places = [path for path in one.home.rglob("*") if path.is_file() and "rsconnect-jupyter" in path.parts]
    folder = next(each for each in (one.home / "data").rglob("rsconnect-jupyter"))
    assert places
    assert folder.stat().st_mode & 0o077 == 0, "others may look into it"

    ended = one.sandbox()
    ended.kill()
    psutil.wait_procs([ended], timeout=30)
    with listening_stranger(port=int(addresses[0].rpartition(":")[2])) as stranger:
        again = one.publish()
        assert again["state"] == "done", again["error"]
        assert again["result"]["guid"] == guids[0], "a second content, because the port is another one"
    assert not [each for each in stranger.headers if each in ("authorization", "x-rsc-authorization", "cookie")]
    assert two.publish()["result"]["guid"] == guids[1]
