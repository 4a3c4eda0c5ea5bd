"""A restore while someone else publishes or deletes: readers have a working version after each step.

20 interleavings; ``INTERLEAVINGS=200`` runs as many as one likes, each from a seed of its own.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from publishing_project import Project, invite

from rsconnect_jupyter.connect.client import Client
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.errors import RSConnectException
from rsconnect_jupyter.models import RestoreRequest, Server
from rsconnect_jupyter.publishing.restore import restore

INTERLEAVINGS = int(os.environ.get("INTERLEAVINGS", "20"))


def publishing(client: Client, guid: str, archive: Path, md5: str) -> Generator[None, None, None]:
    """What another publish sends, in steps: upload, draft, look, activate."""
    bundle = client.upload(guid, archive, md5=md5)
    yield
    task = client.deploy(guid, bundle, activate=False)
    yield
    yield from _following(client, task)
    client.check_page(client.content(guid), bundle_id=bundle)
    yield
    task = client.deploy(guid, bundle)
    yield
    yield from _following(client, task)


def deleting(client: Client, guid: str, bundle_id: str) -> Generator[None, None, None]:
    """A colleague who deletes the very version that is restored."""
    yield
    with suppress(RSConnectException):
        client.delete_bundle(guid, bundle_id)


def _following(client: Client, task: str) -> Iterator[None]:
    for _line in client.follow(task):
        yield


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_interleavings_never_leave_readers_without_a_working_version(
    project: Project, colleague: Server, tmp_path: Path
) -> None:
    first = project.publish().good
    project.write("print('second')")
    project.publish()
    guid, archive = first.guid, tmp_path / "bundle.tar.gz"
    invite(project, guid, colleague)
    with project.client() as mine, open_client(colleague) as theirs:
        with archive.open("wb") as file:
            mine.download_bundle(guid, first.bundle_id, file)
        md5 = hashlib.md5(archive.read_bytes()).hexdigest()
        seen = still_working(mine, guid, "")
        for seed in range(INTERLEAVINGS):
            chance = random.Random(seed)
            spare = mine.upload(guid, archive, md5=md5)
            request = RestoreRequest(
                notebook=project.notebook,
                root=project.notebook.parent,
                server=project.server,
                guid=guid,
                bundle_id=spare,
                overwrite=True,
            )
            others: Any = publishing(theirs, guid, archive, md5) if seed % 3 else deleting(theirs, guid, spare)
            running: list[Any] = [restore(request, folder=project.folder), others]
            while running:
                each = chance.choice(running)
                try:
                    next(each)
                except StopIteration:
                    running.remove(each)
                except RSConnectException:
                    running.remove(each)  # the version was deleted under it
                seen = still_working(mine, guid, seen)
            assert mine.check_page(mine.content(guid)) == 200, seed


def still_working(client: Client, guid: str, seen: str) -> str:
    """Return the version that readers see; one that was not looked at yet must be there, and its page must open."""
    content = client.content(guid)
    assert content.bundle_id
    if content.bundle_id != seen:
        assert client.bundle(guid, content.bundle_id)["id"]
        assert client.check_page(content) == 200
    return content.bundle_id
