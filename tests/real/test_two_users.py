"""Two users of one machine, each with a Jupyter and a sandbox of their own."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from authoring import write_notebook
from processes import children_with
from serving import Jupyter
from starting import start_server
from strangers import listening_stranger

pytestmark = pytest.mark.timeout(600)

USERS = (61_001, 61_002)


PACKAGES = (Path(__file__).parents[2], Path(sysconfig.get_paths()["purelib"]))
"""Where a Python finds this package and what it needs."""


def _python_of_all() -> str | None:
    """Return a Python like this one that each user of the system may run with our packages; None without."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    known = (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}")
    return next((each for each in known if _is_open(Path(each), *PACKAGES)), None)


def _is_open(*places: Path) -> bool:
    """Tell whether each user of the system may execute or enter these places."""
    ways = [path for each in places if each.exists() for path in (each.resolve(), *each.resolve().parents)]
    return all(map(Path.exists, places)) and all(each.stat().st_mode & stat.S_IXOTH for each in ways)


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
        (found,) = children_with("sandbox_child", self.jupyter.process.pid)
        return found


def _listed_by(user: User, folder: Path) -> str:
    """Return what a user of the system sees in a folder; nothing where they may not look."""
    command = ["ls", str(folder)]
    return subprocess.run(command, user=user.number, capture_output=True, text=True, check=False).stdout


@pytest.fixture(params=["one-with-two-homes", pytest.param("two-of-the-system", marks=pytest.mark.thorough)])
def users(request: pytest.FixtureRequest) -> Iterator[tuple[User, User]]:
    """One user of the system with two homes, or two users of it."""
    started: list[User] = []
    others, python = request.param == "two-of-the-system", sys.executable
    if others:
        if not hasattr(os, "getuid") or os.getuid() != 0:
            pytest.skip("only root starts programs as other users")
        python = _python_of_all() or pytest.skip("other users may not run this Python, nor is there one like it")
    packages = {"PYTHONPATH": os.pathsep.join(map(str, PACKAGES)), "PYTHONDONTWRITEBYTECODE": "1"}
    folders = [Path(tempfile.mkdtemp(prefix="user-")) for _ in USERS]
    for each in folders:
        each.chmod(0o755)
    for number, folder in zip(USERS, folders, strict=True):
        home, root = folder / "home", folder / "root"
        home.mkdir()
        write_notebook(root / "a.ipynb", f"# Of {number}", "1")
        options: dict[str, Any] = {"user": number, "python": python, "environment": packages} if others else {}
        start = start_server(home, root, token=f"{number}" * 4, **options)
        started.append(User(number, home, start))
    yield started[0], started[1]
    for user, folder in zip(started, folders, strict=True):
        user.jupyter.stop()
        shutil.rmtree(folder)


def test_no_key_of_one_reaches_the_others_process(users: tuple[User, User]) -> None:
    one, two = users
    runs_as = [psutil.Process(each.jupyter.process.pid).uids().real for each in users]
    addresses = [each.ask("POST", "sandbox", {})["url"] for each in users]
    assert addresses[0] != addresses[1]
    assert [each.sandbox().uids().real for each in users] == runs_as
    print("sandboxes run as users", *runs_as)
    guids = [each.publish()["result"]["guid"] for each in users]
    assert [each.ask("GET", "servers")["servers"][0]["url"] for each in users] == addresses
    for user, address, guid in zip(users, reversed(addresses), reversed(guids), strict=True):
        assert requests.get(f"{address}/__api__/v1/content/{guid}", timeout=30).status_code == 401, user.number

    folders = [one.home / "data" / each for each in ("rsconnect-jupyter", "rsconnect-sandbox")]
    for folder in folders:
        assert folder.stat().st_mode & 0o077 == 0, "others may look into it"
    if runs_as[0] != runs_as[1]:
        assert _listed_by(one, folders[0])
        assert [_listed_by(two, each) for each in folders] == ["", ""]

    ended = one.sandbox()
    ended.kill()
    psutil.wait_procs([ended], timeout=30)
    with listening_stranger(port=int(addresses[0].rpartition(":")[2])) as stranger:
        again = one.publish()
        assert again["state"] == "done", again["error"]
        assert again["result"]["guid"] == guids[0], "a second content, because the port is another one"
    assert not [each for each in stranger.headers if each in ("authorization", "x-rsc-authorization", "cookie")]
    assert two.publish()["result"]["guid"] == guids[1]
