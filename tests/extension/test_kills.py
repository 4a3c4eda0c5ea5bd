"""Jupyter is killed at random moments of publishes, restores and rehearsals, and started again.

``KILLS=20`` kills more often; ``KILLS_SEED`` repeats what failed.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from authoring import write_notebook
from serving import Jupyter, Sandbox
from starting import start_server

pytestmark = [pytest.mark.timeout(1200), pytest.mark.thorough]

ROUNDS = int(os.environ.get("KILLS", "3"))
SEED = os.environ.get("KILLS_SEED") or str(time.time_ns())
ACTIONS = ("publish", "restore", "rehearse")
MOST_EVENTS = {"publish": 12, "restore": 8, "rehearse": 8}
PATIENCE = 60
"""Seconds for what a killed Jupyter started to end."""


class Killed:
    """Somebody's home and notebook, and the Jupyters in it."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.home, self.root, self.sandbox = folder / "home", folder / "root", sandbox
        self.home.mkdir()
        self.scratch = folder / "scratch"
        self.scratch.mkdir()
        self.notebook = self.root / "a.ipynb"
        self.title = f"Killed {folder.name}"
        self.write(0)
        self.jupyter = self.start()

    def write(self, number: int) -> None:
        """Change the notebook."""
        write_notebook(self.notebook, f"# {self.title}", f"print({number})", "import time; time.sleep(0.2)")

    def start(self) -> Jupyter:
        """Start Jupyter."""
        server = {"CONNECT_SERVER": self.sandbox.url, "CONNECT_API_KEY": self.sandbox.key}
        self.jupyter = start_server(self.home, self.root, environment={**server, "TMPDIR": str(self.scratch)})
        return self.jupyter

    def ask(self, verb: str, route: str, body: Any = None, **query: Any) -> Any:
        """Ask one of our routes and return its JSON."""
        headers = {"Authorization": f"token {self.jupyter.token}"}
        address = f"{self.jupyter.url}/rsconnect-jupyter/{route}"
        answer = requests.request(verb, address, json=body, params=query, headers=headers, timeout=120)
        assert answer.ok, answer.text
        return answer.json()

    def begin(self, action: str, state: dict[str, Any], number: int) -> str:
        """Begin a publish, a restore or a rehearsal, and return the route of its job."""
        if action == "restore":
            versions = self.ask("GET", f"servers/{state['server']}/content/{state['guid']}/versions")["versions"]
            active = next(each["id"] for each in versions if each["state"] == "active")
            other = next((each["id"] for each in versions if each["state"] == "earlier"), active)
            asked = {"path": "a.ipynb", "server": state["server"], "guid": state["guid"]}
            return f"publish/{self.ask('POST', 'restore', {**asked, 'version': other, 'seen': active})['id']}"
        self.write(number)
        return f"{action}/{self.ask('POST', action, {'path': 'a.ipynb', 'mode': 'source'})['id']}"

    def finish(self, route: str) -> dict[str, Any]:
        """Follow a job to its end."""
        first = 0
        while True:
            read: dict[str, Any] = self.ask("GET", route, first=first, wait=20)
            first = read["last"]
            if read["finished"]:
                return read

    def kill_after(self, route: str, events: int, seconds: float) -> list[psutil.Process]:
        """Kill Jupyter some seconds after a job's event, or at its end; return what it had started."""
        read = {"last": 0, "finished": False}
        while read["last"] < events and not read["finished"]:
            read = self.ask("GET", route, first=read["last"], wait=5)
        time.sleep(seconds)
        children = psutil.Process(self.jupyter.process.pid).children(recursive=True)
        self.jupyter.process.kill()
        self.jupyter.process.wait()
        return children


@pytest.fixture
def killed(tmp_path: Path, sandbox: Sandbox) -> Iterator[Killed]:
    person = Killed(tmp_path, sandbox)
    yield person
    person.jupyter.stop()


@pytest.mark.peer
def test_nothing_is_lost_and_nothing_stays_when_jupyter_is_killed(killed: Killed) -> None:
    chance = random.Random(SEED)
    first = killed.finish(killed.begin("publish", {}, 0))
    assert first["state"] == "done", first["error"]
    state = {"server": first["server"], "guid": first["result"]["guid"]}
    jobs: list[str] = []
    for number in range(1, ROUNDS + 1):
        action = ACTIONS[number % len(ACTIONS)]
        moment = (chance.randrange(MOST_EVENTS[action]), chance.uniform(0, 0.5))
        said = f"round {number} of seed {SEED}: {action}, killed {moment[1]:.2f} s after event {moment[0]}"
        jobs.append(killed.begin(action, state, number))
        children = killed.kill_after(jobs[-1], *moment)
        left = _still_there(children)
        assert left == [], f"{said}: these go on: {left}"
        killed.start()
        ends = [killed.finish(each)["state"] for each in jobs]
        assert ends[-1] in (("done", "cancelled") if action == "rehearse" else ("done", "failed")), said
        publications = killed.ask("POST", "inspect", {"path": "a.ipynb"})["publications"]
        assert [each["guid"] for each in publications] == [state["guid"]], said
        print(f"{said}: {ends[-1]}")
    again = killed.finish(killed.begin("publish", state, ROUNDS + 1))
    assert (again["state"], again["result"]["guid"]) == ("done", state["guid"]), again["error"]
    assert _titled(killed) == [state["guid"]]
    assert [each.name for each in killed.scratch.glob("rsconnect-jupyter-*") if (each / ".lock").exists()] == []


@pytest.mark.parametrize("number", range(max(1, ROUNDS // 4)))
def test_a_first_publish_that_was_killed_makes_one_content(killed: Killed, number: int) -> None:
    """The content is made in the middle of it: the next publish uses it."""
    chance = random.Random(f"{SEED} {number}")
    events, seconds = chance.randrange(4, 10), chance.uniform(0, 0.3)
    job = killed.begin("publish", {}, 0)
    killed.kill_after(job, events, seconds)
    killed.start()
    said = f"seed {SEED}: killed {seconds:.2f} s after event {events}"
    ended = killed.finish(job)
    again = killed.finish(killed.begin("publish", {}, 1))
    assert again["state"] == "done", (said, again["error"])
    assert _titled(killed) == [again["result"]["guid"]], said
    print(f"{said}: {ended['state']}")


def _titled(killed: Killed) -> list[str]:
    headers = {"Authorization": f"Key {killed.sandbox.key}"}
    items = requests.get(f"{killed.sandbox.url}/__api__/v1/content", headers=headers, timeout=60).json()
    return [each["guid"] for each in items if each["title"] == killed.title]


def _still_there(processes: list[psutil.Process]) -> list[str]:
    """Return what still runs of some processes after their time to end."""
    _gone, left = psutil.wait_procs(processes, timeout=PATIENCE)
    names = []
    for each in left:
        with suppress(psutil.NoSuchProcess):
            names.append(" ".join(each.cmdline())[:200])
    return names
