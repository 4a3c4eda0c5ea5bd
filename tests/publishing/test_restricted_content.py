"""Publishes that go wrong while somebody who may not read the content keeps asking for it: they never see it.

3 publishes of each kind; ``RESTRICTED=125`` makes that many, each with faults and a moment to stop from its own seed.
"""

from __future__ import annotations

import json
import os
import random
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from connect.conftest import Noted
from publishing_project import Project
from serving import running_sandbox

from rsconnect_jupyter.errors import RSConnectException
from rsconnect_jupyter.models import Secret, Server
from rsconnect_jupyter.publishing.publish import publish

ROUNDS = int(os.environ.get("RESTRICTED", "3"))
API = "/__api__/v1/content"
ALWAYS = (
    ("POST", f"{API}/*/bundles"),
    ("POST", f"{API}/*/deploy"),
    ("GET", "/__api__/v1/tasks/*"),
    ("GET", f"{API}/*"),
)
TARGETS = {
    "new": (("POST", API), ("PATCH", f"{API}/*"), ("POST", f"{API}/*/permissions")),
    "narrower access": (("PATCH", f"{API}/*"),),
    "permission withdrawn": (("DELETE", f"{API}/*/permissions/*"), ("GET", f"{API}/*/permissions")),
    "wider access": (("PATCH", f"{API}/*"),),
}
"""Kind of a publish -> requests about readers that it makes besides those of every publish."""

ACTIONS: tuple[dict[str, Any], ...] = (
    {"action": "reset"},
    {"action": "reset", "when": "after"},
    {"action": "truncate"},
    {"action": "html"},
    {"action": "html", "when": "after"},
    {"action": "status", "status": 500, "body": {"code": 1, "error": "It broke.", "payload": None}},
    {"action": "status", "status": 403, "body": {"code": 22, "error": "Not allowed.", "payload": None}},
    {"action": "status", "status": 403, "when": "after", "body": {"code": 22, "error": "No.", "payload": None}},
    {"action": "delay", "seconds": 0.05},
)
STOPS = (
    ("content", "success"),
    ("upload", "success"),
    ("deploy", "start"),
    ("deploy", "progress"),
    ("verify", "start"),
)
KINDS = ("new", "narrower access", "permission withdrawn", "wider access")


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Noted]:
    with running_sandbox(tmp_path_factory.mktemp("restricted"), "--allow-faults") as running:
        yield Noted(running, "v1")


@dataclass
class Stranger:
    """Somebody who may not read the content and asks for it all the time, signed in and not."""

    url: str
    key: str
    secret: str
    addresses: list[str] = field(default_factory=list)
    asked: int = 0
    seen: list[str] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Stranger:
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        self._thread.join()

    def watch(self, guid: str, bundle_id: str = "") -> None:
        """Ask for a content's page, and for one version of it as a draft and by its number."""
        place = f"{self.url}/content/{guid}/"
        parts = (f"_bundle{bundle_id}/", f"_rev{bundle_id}/") if bundle_id else ("", "__thumbnail__")
        self.addresses += [place + each for each in parts if place + each not in self.addresses]

    def _ask(self) -> None:
        signed_in, anonymous = requests.Session(), requests.Session()
        signed_in.headers["Authorization"] = f"Key {self.key}"
        last = 0
        while not self._end.is_set() or last < 2:  # twice more after the end
            last += self._end.is_set()
            for address in tuple(self.addresses):
                for session in (signed_in, anonymous):
                    with suppress(requests.RequestException):
                        answer = session.get(address, timeout=10)
                        self.asked += 1
                        if self.secret in answer.text:
                            self.seen.append(address)
            self._end.wait(0.002)


@pytest.fixture
def project(faulty: Noted, tmp_path: Path) -> Project:
    (tmp_path / "work").mkdir()
    server = Server(name="sandbox", url=faulty.url, api_key=Secret(faulty.key))
    faulty.break_with()
    return Project(tmp_path / "work" / f"{tmp_path.name}.ipynb", server, tmp_path / "data")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", KINDS)
def test_who_may_not_read_it_never_sees_it(kind: str, project: Project, faulty: Noted) -> None:
    viewer = json.loads((faulty.sandbox.data / "keys.json").read_text())["viewer"]
    asked = broken = failed = 0
    for number in range(ROUNDS):
        seed = f"{kind} {number}"
        before, after = f"BEFORE{number}X", f"AFTER{number}X"
        guid = None if kind == "new" else prepared(kind, project, before, number)
        secret = before if kind == "wider access" else after
        with Stranger(faulty.url, viewer, secret) as stranger:
            if guid:
                stranger.watch(guid)
            outcome = attempted(kind, project, after, guid, stranger, faulty, random.Random(seed))
        assert stranger.seen == [], seed
        asked, failed = asked + stranger.asked, failed + (outcome is not None)
        broken += faulty.broken()
        faulty.break_with()
    assert asked >= 5 * ROUNDS
    assert broken > 0
    assert failed > 0
    assert failed < ROUNDS or ROUNDS < 20


def prepared(kind: str, project: Project, text: str, number: int) -> str:
    """Publish a version, and let the stranger read it or not, as the kind wants."""
    chosen: dict[str, dict[str, Any]] = {
        "narrower access": {"access": "all"},
        "permission withdrawn": {"access": "acl", "share_with": ("viewer",)},
        "wider access": {"access": "acl", "share_with": ("!viewer",)},
    }
    project.write(f"print({text!r})")
    guid = project.publish(**chosen[kind], new=number == 0, overwrite=number > 0).good.guid
    if kind == "wider access":
        with project.client() as client:
            client.update(guid, access_type="acl")
    return guid


def attempted(
    kind: str, project: Project, text: str, guid: str | None, stranger: Stranger, faulty: Noted, rng: random.Random
) -> RSConnectException | None:
    """Publish while requests go wrong, perhaps stop it; return why it failed."""
    chosen: dict[str, dict[str, Any]] = {
        "new": {"access": "acl", "new": True, "share_with": ("publisher",)},
        "narrower access": {"access": "acl", "overwrite": True},
        "permission withdrawn": {"share_with": ("!viewer",), "overwrite": True},
        "wider access": {"access": "all", "overwrite": True},
    }
    project.write(f"print({text!r})")
    rules = []
    for _ in range(rng.randint(1, 2)):
        method, path = rng.choice((*TARGETS[kind], *ALWAYS))
        times, skip = rng.randint(1, 2), rng.choice([0, 0, 0, 1])
        rules.append({"method": method, "path": path, "times": times, "skip": skip, **rng.choice(ACTIONS)})
    faulty.break_with(*rules)
    stop = rng.choice([None] * 5 + [*STOPS])
    told: list[tuple[str, str]] = []
    steps = publish(project.request(**chosen[kind]), should_stop=lambda: stop in told, folder=project.folder)
    try:
        for each in steps:
            told.append((each.step, each.status))
            data = each.data or {}
            guid = data.get("guid") or guid
            if guid:
                stranger.watch(guid, str(data.get("bundle_id") or ""))
    except RSConnectException as exc:
        return exc
    return None
